//! Keywords, and parts of them, that gave no tag.
//!
//! Absent on purpose: the decision. What is junk stands in `junk` and `keywords`.

use crate::message::{KeywordReason, RemovedKeyword};

/// What was dropped, in order.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    pub(super) keywords: Vec<RemovedKeyword>,
}

impl Dropped {
    /// Lists a string, if it says anything.
    pub(super) fn add(&mut self, reason: KeywordReason, raw: &str) {
        let raw = raw.trim();
        if !raw.is_empty() {
            self.keywords.push(RemovedKeyword {
                reason,
                raw: raw.to_owned(),
            });
        }
    }

    /// The same; what the string names is nothing.
    pub(super) fn names_nothing<T>(&mut self, reason: KeywordReason, raw: &str) -> Vec<T> {
        self.add(reason, raw);
        Vec::new()
    }

    /// The first of them, up to a number of bytes.
    pub(super) fn up_to(mut self, bytes_max: usize) -> Vec<RemovedKeyword> {
        let mut bytes = 0;
        self.keywords.retain(|keyword| {
            bytes += keyword.raw.len();
            bytes <= bytes_max
        });
        self.keywords
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::clean::CleanText;
    use crate::enrich::tags::{Input, TagRules, read};
    use crate::vocabulary::Vocabulary;

    fn removed(raw: &[&str], bytes_max: usize) -> Vec<(KeywordReason, String)> {
        let input = Input {
            keywords: raw,
            text: &CleanText::default(),
            title: None,
            language: None,
        };
        read(&input, &Vocabulary::default(), TagRules::default(), bytes_max)
            .removed
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
    fn parts_of_a_list_are_dropped_one_by_one() {
        let expected = [(KeywordReason::Phrase, "Read more".to_owned())];
        assert_eq!(removed(&["Quillfen; Read more; Brask"], 1000), expected);
    }

    #[test]
    fn what_is_no_keyword_for_its_size_is_told_as_that() {
        let long = "a b ".repeat(4000);
        assert_eq!(removed(&[&long], 1 << 20)[0].0, KeywordReason::TooMuch);
    }
}
