//! Keywords that gave no tag, and what each was taken for.
//!
//! Absent on purpose: the decision. What is junk stands in `junk` and `keywords`; here a string that they have dropped
//! is asked what it is.

use super::decode::decode;
use super::junk;
use super::resolve::strip_marks;
use crate::message::{KeywordReason, RemovedKeyword};

/// Dropped keywords, up to a number of bytes.
#[derive(Debug)]
pub(super) struct List {
    pub(super) keywords: Vec<RemovedKeyword>,
    bytes_left: usize,
}

impl List {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            keywords: Vec::new(),
            bytes_left: bytes_max,
        }
    }

    /// Lists a keyword that says something and still has room.
    pub(super) fn add(&mut self, reason: KeywordReason, raw: &str) {
        let raw = raw.trim();
        let Some(left) = self.bytes_left.checked_sub(raw.len()).filter(|_| !raw.is_empty()) else {
            return;
        };
        self.bytes_left = left;
        self.keywords.push(RemovedKeyword {
            reason,
            raw: raw.to_owned(),
        });
    }
}

/// What a dropped keyword was taken for.
pub(super) fn reason(raw: &str) -> KeywordReason {
    let text = decode(raw);
    let bare = strip_marks(&text);
    if junk::is_code(&text) {
        KeywordReason::Code
    } else if junk::is_phrase(bare) {
        KeywordReason::Phrase
    } else if junk::is_sentence(bare) {
        KeywordReason::Sentence
    } else {
        // A prefix of the site's own, or parts of which none is more than that.
        KeywordReason::Machinery
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::clean::CleanText;
    use crate::enrich::tags::read;
    use crate::vocabulary::Vocabulary;

    fn removed(raw: &[&str], bytes_max: usize) -> Vec<(KeywordReason, String)> {
        let read = read(
            raw,
            &CleanText::default(),
            None,
            None,
            &Vocabulary::default(),
            bytes_max,
        );
        read.removed
            .into_iter()
            .map(|keyword| (keyword.reason, keyword.raw))
            .collect()
    }

    #[test]
    fn what_gives_no_tag_is_listed_with_what_it_was_taken_for() {
        let raw = [
            "https://example.org/a",
            "Quillfen",
            "Read more",
            "the_page_template_type",
            "How the harbour of a small town was saved by its own workers",
            "  ",
        ];
        let expected = [
            (KeywordReason::Code, raw[0].to_owned()),
            (KeywordReason::Phrase, raw[2].to_owned()),
            (KeywordReason::Machinery, raw[3].to_owned()),
            (KeywordReason::Sentence, raw[4].to_owned()),
        ];
        assert_eq!(removed(&raw, 1000), expected);
        assert_eq!(removed(&raw, 31), expected[..2], "up to its bound");
    }

    #[test]
    fn what_is_no_keyword_for_its_size_is_told_as_that() {
        let long = "a b ".repeat(4000);
        assert_eq!(removed(&[&long], 1 << 20)[0].0, KeywordReason::TooMuch);
    }
}
