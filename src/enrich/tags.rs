//! Tags: raw keywords and the text's own words to canonical tags.

use super::clean::CleanText;
use crate::message::Tag;
use crate::vocabulary::Vocabulary;

/// Canonical tags of an article from its raw keywords and its text.
pub fn normalise(
    _raw: &[&str],
    _text: &CleanText,
    _title: Option<&str>,
    _language: Option<&str>,
    _vocabulary: &Vocabulary,
) -> Vec<Tag> {
    Vec::new()
}
