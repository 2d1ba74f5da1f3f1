//! A site: some words of a text where labels stand, and which of the concepts that bear them can be meant there.
//!
//! Invariant: judges one label at one place by how it is written and what stands beside it; what the rest of the text
//! says is not asked.

use super::likelihood::is_city_code;
use super::reading::Reading;
use super::resolve::Resolver;
use super::sport::Sport;
use super::tables::{CALENDAR, GIVEN_NAMES};
use crate::message::TagKind;
use crate::vocabulary::fold::is_unspaced;
use crate::vocabulary::{Hit, form};

/// Concepts below are named by chance more often than meant.
const RANK_MIN: u8 = 80;
/// Other names of a place below this rank are other people's words.
const RANK_ALTERNATE: u8 = 100;

/// Words of a text.
pub(super) struct Site<'r, 'v, 't> {
    reading: &'r Reading<'v, 't>,
    start: usize,
    count: usize,
    /// As they are written.
    pub(super) surface: &'t str,
    writing: Writing,
}

/// What letters they are written with.
#[derive(Clone, Copy)]
struct Writing {
    /// How many.
    letters: usize,
    /// Whether one of them is small.
    small: bool,
    /// Whether they have small ones and capitals at all.
    cased: bool,
}

impl Writing {
    fn of(surface: &str) -> Self {
        let small = surface.chars().any(char::is_lowercase);
        Self {
            letters: surface.chars().filter(|char| char.is_alphabetic()).count(),
            small,
            cased: small || surface.chars().any(char::is_uppercase),
        }
    }
}

impl<'r, 'v, 't> Site<'r, 'v, 't> {
    /// The `count` words from `start` on.
    pub(super) fn of(reading: &'r Reading<'v, 't>, start: usize, count: usize) -> Option<Self> {
        let surface = reading.text.get(reading.range(start, count)?)?;
        Some(Self {
            reading,
            start,
            count,
            surface,
            writing: Writing::of(surface),
        })
    }

    /// Whether the label can be meant here. `told`: the keywords name the concept.
    pub(super) fn accepts(&self, hit: &Hit<'_>, told: bool, resolver: &Resolver<'_>, sport: &Sport) -> bool {
        let Self {
            reading,
            start,
            count,
            surface,
            ..
        } = *self;
        if is_city_code(hit) {
            return false;
        }
        // A weak name of another language is a word of this one, and so is one word for a company there.
        let by_word = hit.kind == TagKind::Organisation && count == 1 && !hit.is(form::PRIMARY);
        let foreign = || {
            !told
                && (hit.is(form::WEAK) || by_word)
                && !hit.languages.is_empty()
                && !resolver.is_own_language(hit)
                && !resolver.is_plausible_language(hit)
        };
        if foreign() {
            return false;
        }
        if surface.chars().next().is_some_and(is_unspaced) {
            return (told || hit.rank >= RANK_MIN)
                && surface.chars().count() > 1
                && (told || hit.kind != TagKind::Topic);
        }
        let Writing {
            letters,
            small,
            cased,
        } = self.writing;
        if letters < 2 || (hit.is(form::ACRONYM) && small) {
            return false;
        }
        if hit.kind == TagKind::Topic && !hit.is(form::CAPITAL) {
            // A common word of one language is another one's other word.
            let own = hit.languages.is_empty() || resolver.is_own_language(hit);
            return letters > 2 && own && !(count == 1 && reading.is_stop_word(start));
        }
        // Other languages than English write only the first word of a long name with a capital.
        let begun = count > 1
            && reading.is_capital(start)
            && hit.kind != TagKind::Person
            && resolver
                .language
                .is_some_and(|language| !language.starts_with("en"))
            && resolver.is_own_language(hit);
        if cased && !begun && !reading.is_named(start, count) || !cased && letters < 3 {
            return false;
        }
        // What has a name of its own is written as one, though some language writes it small.
        let proper = matches!(hit.kind, TagKind::Person | TagKind::Place | TagKind::Organisation);
        if !told && (hit.rank < RANK_MIN && count < 2 || !proper && !hit.is(form::CAPITAL)) {
            return false;
        }
        // A gazetteer's other names for a small town are other people's words.
        let alternate = hit.kind == TagKind::Place && !hit.is(form::PRIMARY) && hit.languages.is_empty();
        if !told && alternate && hit.rank < RANK_ALTERNATE {
            return false;
        }
        if reading.is_in_address(start, count) {
            return false;
        }
        if !told && hit.kind == TagKind::Other && reading.is_heading(start, count) {
            return false;
        }
        if !told && hit.kind == TagKind::Place && sport.is_team(reading, start, count) {
            return false;
        }
        // The 1987 Harbour Games are one of many, and so is the 7th Rowing Division.
        let one_of_many = match hit.kind {
            TagKind::Event | TagKind::Other => {
                reading.has_year_before(start) || reading.has_ordinal_before(start)
            }
            TagKind::Organisation => reading.has_ordinal_before(start),
            _ => false,
        };
        if !told && one_of_many {
            return false;
        }
        if !cased || count > 1 && !reading.is_abbreviated(start, count) {
            return true;
        }
        let common = reading.is_stop_word(start) && !hit.is(form::ACRONYM)
            || !told && hit.kind == TagKind::Other && self.is_common_word();
        !common && !reading.in_longer_name(start, count) && !reading.in_quoted_title(start, count)
    }

    /// Whether one word, written with a capital, is something else than a thing with this name: a first name alone, a
    /// month, an adjective of a nation.
    fn is_common_word(&self) -> bool {
        let key = self.reading.scanner.squashed(self.start, self.start + self.count);
        GIVEN_NAMES.has_squashed(key) || CALENDAR.has_squashed(key) || self.reading.is_adjective(self.start)
    }
}
