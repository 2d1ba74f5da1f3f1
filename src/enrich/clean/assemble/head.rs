//! Date and authors off the lines around the headline, where the page's data tell none.
//!
//! Invariant: what is told already stays; of the text itself only its first words are read.

use crate::enrich::clean::Metadata;
use crate::enrich::clean::lexicon::{self, Fit, Hit};
use crate::enrich::clean::lines::{Fate, Line};
use crate::enrich::clean::metadata::{Found, after_by, names_in};
use crate::message::RemovedReason;

/// Lines before the text, the nearest first, among which its byline and date are looked for.
const HEAD: usize = 25;
/// Lines after the text's beginning that may be its head still: a deck stands before the date on many pages.
const NECK: usize = 8;
/// Words of the longest line that is looked into.
const HEAD_WORDS: usize = 16;
/// Words of the longest line that is a date and little else.
const DATE_WORDS: usize = 8;

/// Reads the date and the authors off the lines at the text's head where the page's data tell none.
pub(super) fn complete(metadata: &mut Metadata, lines: &[Line], found: &Found) {
    let first = lines.iter().position(|line| line.fate == Fate::Text).unwrap_or(0);
    let headline = lines
        .iter()
        .take(first)
        .rposition(|line| line.fate == Fate::Removed(RemovedReason::DuplicateTitle))
        .unwrap_or(first);
    let short = |line: &&Line| line.text.split_whitespace().count() <= HEAD_WORDS;
    let others = |line: &Line| {
        matches!(
            line.fate,
            Fate::Removed(RemovedReason::RelatedLinks | RemovedReason::Comments) | Fate::Caption(_)
        )
    };
    let head = || {
        let before = lines.iter().take(first).rev().take(HEAD);
        before.filter(short).filter(|line| !others(line))
    };
    if metadata.published_at.is_none() {
        // Between headline and text no other article has its date, whatever the line was taken for.
        let between = lines
            .iter()
            .take(first)
            .skip(headline)
            .filter(|line| others(line) && line.text.split_whitespace().count() <= DATE_WORDS);
        let neck = lines
            .iter()
            .skip(first)
            .take(NECK)
            .filter(|line| line.fate != Fate::Text);
        metadata.published_at = head()
            .chain(between)
            .chain(neck.filter(short).filter(|line| !others(line)))
            .find_map(|line| found.date_in(&line.text))
            .or_else(|| at_the_texts_beginning(lines, first, found))
            .or_else(|| behind_a_label(lines, found));
    }
    if metadata.authors.is_empty() {
        let byline = |line: &Line| {
            let named = line.fate == Fate::Removed(RemovedReason::Byline);
            named.then(|| after_by(&line.text)).flatten().map(names_in)
        };
        metadata.authors = head()
            .filter_map(byline)
            .find(|names| !names.is_empty())
            .unwrap_or_default();
    }
}

/// Letters of the text's first lines among which a date is the article's own: "Release of 17 May 2018 | Port Ansgar".
const OPENING: usize = 60;

/// The date with which the text begins.
fn at_the_texts_beginning(lines: &[Line], first: usize, found: &Found) -> Option<String> {
    let mut texts = lines
        .iter()
        .skip(first)
        .filter(|line| line.fate == Fate::Text)
        .take(2);
    texts.find_map(|line| {
        let opening: String = line.text.chars().take(OPENING).collect();
        found.date_in(&opening)
    })
}

/// The date of a line that says of itself that it dates the article, wherever it stands: "Published: 17 May 2018".
fn behind_a_label(lines: &[Line], found: &Found) -> Option<String> {
    let labelled = |line: &&Line| {
        let of_date = |hit: &Hit| hit.reason == RemovedReason::Dateline && hit.fit == Fit::Starts;
        line.text.len() < LABELLED && lexicon::hits(&lexicon::fold(&line.text)).iter().any(of_date)
    };
    let mut dated = lines
        .iter()
        .filter(|line| line.fate != Fate::Text)
        .filter(labelled);
    dated.find_map(|line| found.date_in(&line.text))
}

/// Bytes of the longest line that is a label and a date.
const LABELLED: usize = 80;
