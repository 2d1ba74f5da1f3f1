//! Sport: in a match report the name of a place is its team.
//!
//! "Westerby beat Osthafen" names no place, "the final in Westerby" does. Invariant: only a preposition of place, an
//! address (`Leeds, England`) or a dateline makes a place of a name there; without the vocabulary of sport in the
//! text nothing is changed. Deliberately absent: which team, which takes a vocabulary that knows it.

use std::collections::HashSet;

use super::reading::Reading;
use super::tables::{LOCATIVES, SPORT};

/// Different words of sport that make a text a report of it.
const WORDS_MIN: usize = 4;
/// Bytes after a name in which a dash shows a dateline.
const DATELINE_BYTES: usize = 40;

/// The reading of a match report, or of no such thing.
#[derive(Debug)]
pub(super) struct Sport {
    locatives: Option<&'static foldhash::HashSet<String>>,
}

impl Sport {
    pub(super) fn of(reading: &Reading<'_, '_>, language: Option<&str>) -> Self {
        let language = language
            .and_then(|language| language.split('-').next())
            .unwrap_or_default();
        let told = SPORT.get(language).is_some_and(|sport| {
            (0..reading.words.len())
                .filter_map(|word| sport.get(reading.scanner.squashed(word, word + 1)))
                .collect::<HashSet<_>>()
                .len()
                >= WORDS_MIN
        });
        Self {
            locatives: LOCATIVES.get(language).filter(|_| told),
        }
    }

    /// Whether the name of a place stands where a team's would.
    pub(super) fn is_team(&self, reading: &Reading<'_, '_>, first: usize, count: usize) -> bool {
        let Some(locatives) = self.locatives else {
            return false;
        };
        let is_locative = |word: usize| {
            locatives.contains(reading.scanner.squashed(word, word + 1)) && !reading.is_capital(word)
        };
        // "in the Netherlands", "in northern Italy"
        let located = (1..=2).any(|back| {
            first.checked_sub(back).is_some_and(|word| {
                (word + 1..first).all(|between| !reading.is_capital(between)) && is_locative(word)
            })
        });
        let addressed = first
            .checked_sub(1)
            .is_some_and(|before| reading.is_capital(before) && reading.between(before, first) == ", ");
        let dateline = reading.opens_sentence(first)
            && reading.range(first, count).is_some_and(|range| {
                let rest = reading.text.get(range.end..).unwrap_or_default();
                rest.char_indices()
                    .take_while(|(at, char)| *at < DATELINE_BYTES && !matches!(char, '\n' | '!' | '?'))
                    .any(|(_, char)| matches!(char, '—' | '–'))
            });
        !(located || addressed || dateline)
    }
}
