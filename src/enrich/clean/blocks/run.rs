//! A run of text as it grows: words, white space between them as one space.
//!
//! Invariant: no-break spaces are part of the text, for tidying decides on them; every other white space parts words.

use crate::enrich::clean::steps;
use crate::enrich::eights::{HIGH, STEP, each, eight, equal, first};

#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) text: String,
    /// Whether white space stands behind the text.
    pub(super) space: bool,
    /// Characters without spaces.
    pub(super) chars: u32,
    pub(super) link_chars: u32,
    pub(super) links: u16,
    pub(super) bold_chars: u32,
    pub(super) italic_chars: u32,
    pub(super) inline_roles: u32,
    pub(super) within: u32,
}

impl Run {
    /// Takes a text.
    pub(super) fn put(&mut self, text: &str) {
        steps::count(text.len());
        if text.is_ascii() || !has_wide_space(text) {
            self.put_lines(text);
        } else {
            self.put_words(text);
        }
    }

    /// Text that has only white space of ASCII: lines whose words have single blanks between them are taken in one go.
    fn put_lines(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let line = rest.trim_ascii_start();
            self.space |= line.len() < rest.len();
            if line.is_empty() {
                return;
            }
            let end = memchr::memchr2(b'\n', b'\t', line.as_bytes()).unwrap_or(line.len());
            let (line, after) = line.split_at(end);
            let bare = line.trim_ascii_end();
            match chars_of_even(bare.as_bytes()) {
                Some(chars) => self.put_stretch(bare, chars),
                None => self.put_words(bare),
            }
            self.space |= bare.len() < line.len();
            rest = after;
        }
    }

    fn put_words(&mut self, text: &str) {
        let mut first = true;
        for word in text.split(|char: char| char.is_whitespace() && char != '\u{a0}') {
            // Between two words, and at either end, stood white space.
            self.space |= !std::mem::take(&mut first);
            if !word.is_empty() {
                self.put_stretch(word, word.chars().count());
            }
        }
    }

    fn put_stretch(&mut self, stretch: &str, chars: usize) {
        if std::mem::take(&mut self.space) && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(stretch);
        self.chars += chars as u32;
    }
}

/// Whether a text has white space outside ASCII, no-break spaces aside.
fn has_wide_space(text: &str) -> bool {
    // The first bytes of those that there are; among other characters few begin with them.
    let mut bytes = text.bytes().zip(0..);
    bytes.any(|(byte, at)| {
        matches!(byte, 0xc2 | 0xe1..=0xe3)
            && text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .is_some_and(|char| char.is_whitespace() && char != '\u{a0}')
    })
}

/// How many characters without blanks a text has, if its white space is single blanks inside it.
fn chars_of_even(bytes: &[u8]) -> Option<usize> {
    let mut ends_blank = 0;
    let mut chars = 0;
    for at in (0..bytes.len()).step_by(STEP) {
        let length = STEP.min(bytes.len() - at);
        let all = eight(bytes, at);
        // Behind the end stand noughts.
        let here = first(HIGH, length);
        let blanks = equal(all, b' ');
        let controls = !((all & !HIGH) + each(0x80 - b' ')) & !all & here;
        if controls != 0 || blanks & (blanks << 8 | ends_blank) != 0 {
            return None;
        }
        ends_blank = blanks >> (8 * (STEP - 1));
        let continuing = all & !(all << 1) & HIGH;
        chars += length - (blanks | continuing).count_ones() as usize;
    }
    (ends_blank == 0).then_some(chars)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same a character at a time.
    fn slowly(texts: &[String]) -> (String, bool, u32) {
        let mut run = Run::default();
        for text in texts {
            run.put_words(text);
        }
        (run.text, run.space, run.chars)
    }

    fn put(texts: &[String]) -> (String, bool, u32) {
        let mut run = Run::default();
        for text in texts {
            run.put(text);
        }
        (run.text, run.space, run.chars)
    }

    proptest! {
        #[test]
        fn any_texts_are_taken_as_a_character_at_a_time(
            texts in prop::collection::vec("[a-c éж中’ \\n\\t\\r\u{0b}\u{0c}\u{01}\u{a0}\u{85}\u{2003}\u{3000}]{0,24}", 0..4),
        ) {
            prop_assert_eq!(put(&texts), slowly(&texts));
        }

        #[test]
        fn lines_of_words_too(texts in prop::collection::vec("( ?([a-zé’]{1,9} ){0,5}[a-z]{1,9}\\n?){0,3}", 0..3)) {
            prop_assert_eq!(put(&texts), slowly(&texts));
        }
    }
}
