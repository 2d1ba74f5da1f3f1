//! Offsets as the wire counts them: Unicode code points, `end` exclusive.
//!
//! Inside the stages positions are byte offsets, since those are what slicing needs. They become code points
//! in one place, here, when a stage hands its answer over.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A stretch of the record's `text`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
    /// The text between them.
    pub text: String,
}

/// Translates byte offsets of one text into code points, in constant time.
///
/// Holds one count for every [`BLOCK`](Self::BLOCK) bytes, so it costs a sixteenth of the text's size.
#[derive(Debug)]
pub struct CodePoints<'a> {
    text: &'a str,
    /// Code points before byte `i * BLOCK`; empty when the text is ASCII, where the two counts are equal.
    before: Vec<u32>,
}

impl<'a> CodePoints<'a> {
    const BLOCK: usize = 64;

    /// Reads `text` once.
    pub fn new(text: &'a str) -> Self {
        let before = if text.is_ascii() {
            Vec::new()
        } else {
            let mut count = 0u32;
            text.as_bytes()
                .chunks(Self::BLOCK)
                .map(|block| {
                    let before = count;
                    count += block.iter().filter(|byte| starts_code_point(**byte)).count() as u32;
                    before
                })
                .collect()
        };
        Self { text, before }
    }

    /// Code points before byte `at`; past the end counts as the end.
    pub fn at(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        if self.before.is_empty() {
            return at;
        }
        let block = at / Self::BLOCK;
        let Some(before) = self.before.get(block) else {
            // `at` is the end of a text whose length is a multiple of the block.
            return self.text.chars().count();
        };
        let from = block * Self::BLOCK;
        let rest = self.text.as_bytes().get(from..at).unwrap_or_default();
        *before as usize + rest.iter().filter(|byte| starts_code_point(**byte)).count()
    }

    /// The span of `bytes`, or `None` where they do not lie on character boundaries of the text.
    pub fn span(&self, bytes: Range<usize>) -> Option<Span> {
        let text = self.text.get(bytes.clone())?.to_owned();
        Some(Span {
            start: self.at(bytes.start),
            end: self.at(bytes.end),
            text,
        })
    }
}

/// Whether a byte of UTF-8 begins a code point (it is not a continuation byte).
fn starts_code_point(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_span_counts_code_points_not_bytes() {
        let text = "Élysée: «oui»";
        let points = CodePoints::new(text);
        let at = text.find("oui").unwrap();
        let span = points.span(at..at + 3).unwrap();
        assert_eq!((span.start, span.end, span.text.as_str()), (9, 12, "oui"));
    }

    #[test]
    fn a_cut_through_a_character_is_no_span() {
        assert_eq!(CodePoints::new("é").span(0..1), None);
    }

    proptest! {
        #[test]
        fn every_offset_agrees_with_counting(text in "\\PC{0,200}") {
            let points = CodePoints::new(&text);
            for (count, (at, _)) in text.char_indices().enumerate() {
                prop_assert_eq!(points.at(at), count);
            }
            prop_assert_eq!(points.at(text.len()), text.chars().count());
        }
    }
}
