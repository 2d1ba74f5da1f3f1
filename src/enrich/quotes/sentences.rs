//! Sentences.

use unicode_segmentation::UnicodeSegmentation;

/// How many sentences a text has.
pub fn count(text: &str) -> usize {
    text.unicode_sentences().count()
}
