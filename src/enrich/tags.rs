//! Tags: raw keywords and the text's own words to canonical tags.
//!
//! The way of a raw string: decoded ([`decode`]), junk put aside ([`junk`]), taken apart and looked up
//! ([`keywords`]), at last what is known and what is not become tags, equal ones merged ([`merge`]). The text is
//! scanned for the vocabulary's labels ([`mentions`]); of places of one name the others decide ([`context`]). Invariant: a known concept is never taken for another
//! one, and what is not known stays, clean. Deliberately absent: anything outside the vocabulary that would tell
//! what a name means.

mod context;
mod decode;
mod elision;
mod junk;
mod keywords;
mod likelihood;
mod mentions;
mod merge;
mod numerals;
#[cfg(test)]
mod other_readings;
mod parentheses;
mod prefix;
mod reading;
mod reconciled;
#[cfg(test)]
mod regressions;
mod removed;
mod resolve;
mod short_names;
mod spelling;
mod split;
mod sport;
mod tables;
#[cfg(test)]
mod tests;

pub use reconciled::{reconcile, unknown_labels};

use super::clean::CleanText;
use crate::message::{KeywordReason, RemovedKeyword, Tag};
use crate::vocabulary::Vocabulary;
use resolve::Resolver;

/// Raw strings that are read of one article, and bytes of one string. Pages that list more are not tagging.
const RAW_MAX: usize = 1_000;
const RAW_BYTES_MAX: usize = 8 << 10;
/// Bytes of a string beyond them that are shown.
const SHOWN_BYTES: usize = 200;

/// What came of an article's keywords and text.
#[derive(Debug, Default)]
pub struct Read {
    /// Canonical tags.
    pub tags: Vec<Tag>,
    /// Keywords that gave none.
    pub removed: Vec<RemovedKeyword>,
}

/// Canonical tags of an article from its raw keywords and its text.
pub fn normalise(
    raw: &[&str],
    text: &CleanText,
    title: Option<&str>,
    language: Option<&str>,
    vocabulary: &Vocabulary,
) -> Vec<Tag> {
    read(raw, text, title, language, vocabulary, 0).tags
}

/// The same, with the keywords that gave no tag, up to `removed_bytes_max` bytes of them.
pub fn read(
    raw: &[&str],
    text: &CleanText,
    title: Option<&str>,
    language: Option<&str>,
    vocabulary: &Vocabulary,
    removed_bytes_max: usize,
) -> Read {
    let resolver = Resolver { vocabulary, language };
    let mut merged = merge::Merged::new(resolver);
    let reader = keywords::Reader::new(resolver);
    let mut dropped = removed::Dropped::default();
    for (at, raw) in raw.iter().enumerate() {
        if at >= RAW_MAX || raw.len() > RAW_BYTES_MAX {
            let start = raw
                .get(..raw.floor_char_boundary(SHOWN_BYTES))
                .unwrap_or_default();
            dropped.add(KeywordReason::TooMuch, start);
            continue;
        }
        for named in reader.read(raw, &mut dropped) {
            merged.add_keyword(named);
        }
    }
    mentions::find(text.as_str(), title, language, vocabulary, &mut merged);
    merged.settle_places(text.as_str());
    Read {
        tags: merged.into_tags(text.as_str()),
        removed: dropped.up_to(removed_bytes_max),
    }
}
