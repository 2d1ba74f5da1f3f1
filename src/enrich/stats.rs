//! Counts over the clean text.

use crate::message::Stats;

/// Words a minute of a silent reader: Brysbaert (2019) finds 238 for English non-fiction; newsrooms round to 200.
const WORDS_A_MINUTE: usize = 200;

/// Counts words, sentences and seconds of reading of a text with so many words.
pub fn of(text: &str, words: usize) -> Stats {
    Stats {
        words,
        sentences: super::quotes::sentences::count(text),
        reading_seconds: (words * 60).div_ceil(WORDS_A_MINUTE),
    }
}
