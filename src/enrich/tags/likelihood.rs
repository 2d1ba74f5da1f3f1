//! Likelihood: which of the concepts that bear a name can be meant, and which is meant most likely.
//!
//! Invariant: judged by how the name is written, in which language, and how the source weighs the concept; never by
//! what the concept is about. What cannot be meant is never the likeliest for want of a better one.

use super::resolve::Resolver;
use super::split::is_place_in_region;
use super::tables::{NEWS_LANGUAGES, STOP_WORDS};
use crate::message::TagKind;
use crate::vocabulary::fold::key_of;
use crate::vocabulary::{Hit, form};

/// Namesakes whose likelihoods differ by less are both possible.
pub(super) const CLOSE: i32 = 10;
/// What a label of a language that the article is not in weighs less.
const FOREIGN: i32 = 80;
/// Cities above are so large that their codes are in use.
const CITY_CODE_RANK: u8 = 130;
/// Concepts from this rank on are known by their abbreviations, in whatever letters.
pub(super) const RANK_WELL_KNOWN: u8 = 100;
/// Capitals that a foreign word is not read from.
const CODE_LETTERS: usize = 3;
/// Capitals that are an abbreviation where something is known by it.
pub(super) const ACRONYM_LETTERS: usize = 5;
/// Concepts below come from lists that nobody has weighed.
const RANK_OBSCURE: u8 = 60;
/// Marks that part one name from the next, unless the concept's own name has them.
const PARTING: [&str; 5] = [",", ";", "|", "\n", " / "];

impl<'v> Resolver<'v> {
    /// Whether a label that has the letters of `name` can be what was written.
    pub(super) fn allows(&self, hit: &Hit<'_>, name: &str) -> bool {
        if is_city_code(hit) {
            return false;
        }
        let has_lower = name.chars().any(char::is_lowercase);
        if has_lower && !hit.is(form::PRIMARY) && STOP_WORDS.has(name) {
            return false;
        }
        // Shops and firms have words for names, and short forms of their own: what is obscure goes by its label.
        let own = || self.vocabulary.label(hit.concept);
        if hit.rank < RANK_OBSCURE && !name.contains(' ') && key_of(&own()) != key_of(name) {
            return false;
        }
        // Short abbreviations of languages that nobody here writes are other people's words.
        let short = hit.is(form::ACRONYM) && hit.folded.chars().count() <= 3;
        let strange =
            !hit.languages.is_empty() && !self.is_own_language(hit) && !self.is_plausible_language(hit);
        if short && strange {
            return false;
        }
        // Three capitals are an abbreviation before they are a foreign word in capitals: IRA is not Irã.
        let travels = || languages_of(hit).any(|known| same_language(known, "en"));
        if !hit.languages.is_empty()
            && is_code(name, CODE_LETTERS)
            && !hit.is(form::ACRONYM | form::PRIMARY)
            && !self.is_own_language(hit)
            && !travels()
        {
            return false;
        }
        // An abbreviation in small letters is one only of what is widely known by it.
        if has_lower && hit.is(form::ACRONYM) && !hit.is(form::PRIMARY) && hit.rank < RANK_WELL_KNOWN {
            return false;
        }
        // `M&A` has the letters of `Manda`.
        if name.contains('&') && !hit.folded.split(' ').any(|word| word == "and") {
            return false;
        }
        // What a delimiter parts is one name only where the concept's own name is parted as well.
        PARTING
            .iter()
            .all(|mark| !name.contains(mark) || own().contains(mark))
            || hit.kind == TagKind::Place && is_place_in_region(name)
    }

    /// The likeliest of the concepts that bear a name, and the next.
    pub(super) fn best<'h>(
        &self,
        hits: &'h [Hit<'v>],
        name: &str,
    ) -> Option<(&'h Hit<'v>, Option<&'h Hit<'v>>)> {
        let mut order: Vec<(i32, &Hit<'v>)> =
            hits.iter().map(|hit| (self.likelihood(hit, name), hit)).collect();
        order.sort_by_key(|(likelihood, _)| std::cmp::Reverse(*likelihood));
        let mut order = order.into_iter().map(|(_, hit)| hit);
        Some((order.next()?, order.next()))
    }

    /// How likely a concept is meant by a name that is written so, in this article.
    pub(super) fn likelihood(&self, hit: &Hit<'_>, name: &str) -> i32 {
        let own = self.vocabulary.label(hit.concept);
        let spelt = if own == name {
            14
        } else if lower(&own).eq(lower(name)) {
            8
        } else {
            0
        };
        let points = |yes: bool, points: i32| if yes { points } else { 0 };
        let coded = name.len() == 2
            && self
                .vocabulary
                .ids(hit.concept)
                .get("iso3166")
                .is_some_and(|code| code == name);
        let own_language = self.is_own_language(hit);
        let foreign = !own_language && !hit.languages.is_empty() && !self.is_plausible_language(hit);
        i32::from(hit.rank)
            + spelt
            + points(hit.is(form::PRIMARY), 15)
            + points(own_language, 8)
            + points(self.vocabulary.has_id(hit.concept, "wikidata"), 6)
            + points(coded, 20)
            - points(hit.is(form::WEAK), 20)
            - points(foreign, FOREIGN)
    }

    /// Whether the label is one of the article's language.
    pub(super) fn is_own_language(&self, hit: &Hit<'_>) -> bool {
        self.language
            .is_some_and(|language| languages_of(hit).any(|known| same_language(known, language)))
    }

    /// Whether somebody who writes in the article's language may use the label: English ones travel. Where the
    /// language is not known, the languages of the news are plausible.
    pub(super) fn is_plausible_language(&self, hit: &Hit<'_>) -> bool {
        languages_of(hit).any(|known| match self.language {
            Some(_) => same_language(known, "en"),
            None => NEWS_LANGUAGES.has(known.split('-').next().unwrap_or(known)),
        })
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

/// Whether a name is so few capitals that it is read as an abbreviation.
pub(super) fn is_code(name: &str, letters_max: usize) -> bool {
    let mut letters = name.bytes().filter(|byte| *byte != b'.');
    letters.all(|byte| byte.is_ascii_uppercase())
        && (2..=letters_max).contains(&name.bytes().filter(|byte| *byte != b'.').count())
}

/// Three capitals that stand for a city on luggage, not in the news.
pub(super) fn is_city_code(hit: &Hit<'_>) -> bool {
    hit.kind == TagKind::Place
        && hit.rank < CITY_CODE_RANK
        && hit.is(form::ACRONYM)
        && !hit.is(form::PRIMARY)
        && hit.folded.len() == 3
}

fn languages_of<'h>(hit: &Hit<'h>) -> impl Iterator<Item = &'h str> {
    hit.languages.split(',').filter(|language| !language.is_empty())
}

fn same_language(one: &str, other: &str) -> bool {
    primary_of(one) == primary_of(other)
}

/// A tag's language without script and region. Labels in "Norwegian" are in its common form.
fn primary_of(tag: &str) -> &str {
    match tag.split('-').next().unwrap_or_default() {
        "nb" | "nn" => "no",
        tag => tag,
    }
}
