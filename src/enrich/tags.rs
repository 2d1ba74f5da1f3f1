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
mod rules;
mod short_names;
mod site;
mod spelling;
mod split;
mod sport;
mod tables;
#[cfg(test)]
mod tests;

pub use reconciled::{reconcile, unknown_labels};
pub use rules::TagRules;

use super::clean::CleanText;
use crate::message::{KeywordReason, RemovedKeyword, Tag, TagRule};
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

/// What of an article tags are made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Its raw keywords.
    pub keywords: &'a [&'a str],
    /// Its clean text.
    pub text: &'a CleanText,
    /// Its title.
    pub title: Option<&'a str>,
    /// Its language (BCP 47).
    pub language: Option<&'a str>,
}

/// Canonical tags of an article from its raw keywords and its text.
pub fn normalise(
    keywords: &[&str],
    text: &CleanText,
    title: Option<&str>,
    language: Option<&str>,
    vocabulary: &Vocabulary,
) -> Vec<Tag> {
    let input = Input {
        keywords,
        text,
        title,
        language,
    };
    read(&input, vocabulary, TagRules::default(), 0).tags
}

/// The same by some of the rules, with the keywords that gave no tag, up to `removed_bytes_max` bytes of them.
pub fn read(input: &Input<'_>, vocabulary: &Vocabulary, rules: TagRules, removed_bytes_max: usize) -> Read {
    let resolver = Resolver {
        vocabulary,
        language: input.language,
        rules,
    };
    let text = input.text.as_str();
    let mut merged = merge::Merged::new(resolver);
    let reader = keywords::Reader::new(resolver);
    let mut dropped = removed::Dropped::default();
    for (at, raw) in input.keywords.iter().enumerate() {
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
    mentions::find(text, input.title, resolver, &mut merged);
    if rules.has(TagRule::Context) {
        merged.settle_places(text);
    }
    Read {
        tags: merged.into_tags(text),
        removed: dropped.up_to(removed_bytes_max),
    }
}
