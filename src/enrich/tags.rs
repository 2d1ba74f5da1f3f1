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
use crate::message::Tag;
use crate::vocabulary::Vocabulary;
use resolve::Resolver;

/// Raw strings that are read of one article, and bytes of one string. Pages that list more are not tagging.
const RAW_MAX: usize = 1_000;
const RAW_BYTES_MAX: usize = 8 << 10;

/// Canonical tags of an article from its raw keywords and its text.
pub fn normalise(
    raw: &[&str],
    text: &CleanText,
    title: Option<&str>,
    language: Option<&str>,
    vocabulary: &Vocabulary,
) -> Vec<Tag> {
    let resolver = Resolver { vocabulary, language };
    let mut merged = merge::Merged::new(resolver);
    let reader = keywords::Reader::new(resolver);
    for raw in raw.iter().take(RAW_MAX).filter(|raw| raw.len() <= RAW_BYTES_MAX) {
        for named in reader.read(raw) {
            merged.add_keyword(named);
        }
    }
    mentions::find(text.as_str(), title, language, vocabulary, &mut merged);
    merged.settle_places(text.as_str());
    merged.into_tags(text.as_str())
}
