//! Resolving: one name to the concept that it means.
//!
//! Invariant: every rule only takes away what is not part of a name (marks, an ending, an article) and then asks
//! the vocabulary again; none guesses. How sure a rule is stands in its confidence.

use super::parentheses::{self, Gloss};
use super::spelling;
use super::tables::{ARTICLES, GIVEN_NAMES};
use crate::message::TagKind;
use crate::vocabulary::fold::{fold, squash, tokens};
use crate::vocabulary::{ConceptId, Hit, Vocabulary, form};

/// A concept and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Resolved {
    pub(super) concept: ConceptId,
    pub(super) confidence: f32,
}

/// Looks names up for one article.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolver<'v> {
    pub(super) vocabulary: &'v Vocabulary,
    pub(super) language: Option<&'v str>,
}

impl<'v> Resolver<'v> {
    /// The concept that `name` means, by every rule but the repair of spelling.
    pub(super) fn resolve(&self, name: &str) -> Option<Resolved> {
        let name = strip_marks(name);
        self.plain(name)
            .or_else(|| self.without_possessive(name))
            .or_else(|| self.without_article(name))
            .or_else(|| self.in_parentheses(name))
            .or_else(|| self.in_singular(name))
            .or_else(|| self.turned_round(name))
            .or_else(|| {
                spelling::without_added_e(&squash(&fold(name)), self.vocabulary).map(|concept| Resolved {
                    concept,
                    confidence: 0.95,
                })
            })
    }

    /// The concept that was meant by a misspelt `name`.
    pub(super) fn misspelt(&self, name: &str) -> Option<Resolved> {
        let name = strip_marks(name);
        let folded = fold(name);
        let words = folded.split(' ').count();
        let hit = spelling::repair(&squash(&folded), words, self.vocabulary)?;
        Some(Resolved {
            concept: hit.concept,
            confidence: 0.7,
        })
    }

    fn plain(&self, name: &str) -> Option<Resolved> {
        let hits = self.vocabulary.find(name);
        let (best, second) = self.best(&hits)?;
        // A stop word in small letters is not the country or body whose abbreviation it spells.
        let close = second.is_some_and(|second| second.rank.saturating_add(10) >= best.rank);
        Some(Resolved {
            concept: best.concept,
            confidence: match (close, best.is(form::WEAK)) {
                (false, false) => 1.0,
                (false, true) => 0.9,
                (true, _) => 0.6,
            },
        })
    }

    /// The likeliest of the concepts that bear a name, and the next.
    pub(super) fn best<'h>(&self, hits: &'h [Hit<'v>]) -> Option<(&'h Hit<'v>, Option<&'h Hit<'v>>)> {
        let likelihood = |hit: &Hit<'_>| {
            let told = self.language.is_some_and(|language| {
                hit.languages
                    .split(',')
                    .any(|known| known.split('-').next() == language.split('-').next())
            });
            u32::from(hit.rank) + if hit.is(form::PRIMARY) { 15 } else { 0 } + if told { 8 } else { 0 }
                - if hit.is(form::WEAK) {
                    20.min(u32::from(hit.rank))
                } else {
                    0
                }
        };
        let mut order: Vec<&Hit<'v>> = hits.iter().collect();
        order.sort_by_key(|hit| std::cmp::Reverse(likelihood(hit)));
        let mut order = order.into_iter();
        Some((order.next()?, order.next()))
    }

    fn without_possessive(&self, name: &str) -> Option<Resolved> {
        let bare = ["'s", "’s", "'S", "’S", "´s", "`s", "'", "’"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))?;
        self.plain(bare).or_else(|| self.without_article(bare))
    }

    fn without_article(&self, name: &str) -> Option<Resolved> {
        let bare = ARTICLES.strip(name)?;
        self.plain(bare).or_else(|| self.in_singular(bare))
    }

    fn in_parentheses(&self, name: &str) -> Option<Resolved> {
        match parentheses::read(name)? {
            Gloss::Of(before) => self
                .resolve_name(before)
                .or_else(|| self.plain(name.split_once('(')?.1.strip_suffix(')')?)),
            Gloss::SpeltOut(inside) => self
                .resolve_name(inside)
                .or_else(|| self.plain(name.split_once('(')?.0)),
            Gloss::Part => None,
        }
    }

    /// A name without parentheses: bounds the recursion.
    fn resolve_name(&self, name: &str) -> Option<Resolved> {
        self.plain(name)
            .or_else(|| self.without_article(name))
            .or_else(|| self.in_singular(name))
    }

    /// A subject in the plural, or one that the vocabulary has in the plural.
    fn in_singular(&self, name: &str) -> Option<Resolved> {
        let key = squash(&fold(name));
        if key.len() < 4 || !key.is_ascii() {
            return None;
        }
        let ies = key.strip_suffix("ies").map(|stem| format!("{stem}y"));
        let es = key.strip_suffix("es").map(str::to_owned);
        let s = key
            .strip_suffix('s')
            .filter(|stem| !stem.ends_with('s'))
            .map(str::to_owned);
        let plural = Some(format!("{key}s"));
        [ies, s, es, plural].into_iter().flatten().find_map(|key| {
            let hits = self.vocabulary.find_squashed(&key);
            let hit = hits.iter().find(|hit| {
                matches!(hit.kind, TagKind::Topic | TagKind::Event)
                    || hit.kind == TagKind::Other && !hit.is(form::CAPITAL)
            })?;
            Some(Resolved {
                concept: hit.concept,
                confidence: 0.95,
            })
        })
    }

    /// "Last, First", with years or without.
    fn turned_round(&self, name: &str) -> Option<Resolved> {
        let turned = turn_round(name)?;
        self.plain(&turned).filter(|found| {
            matches!(
                self.vocabulary.kind(found.concept),
                TagKind::Person | TagKind::Other
            )
        })
    }
}

/// A name without the marks around it: quotes, `#`, `@`, bullets, closing punctuation.
pub(super) fn strip_marks(name: &str) -> &str {
    let opening =
        |char: char| char.is_whitespace() || "\"'`´«»„“”‘’‚‹›「『【[{*•·-–—#＃@:;,.!?|>/".contains(char);
    let closing = |char: char| char.is_whitespace() || "\"`´«»„“”‘‚‹›」』】]}*•·-–—:;,!?|</".contains(char);
    let mut bare = name.trim_start_matches(opening).trim_end_matches(closing);
    // A full stop ends a sentence unless it ends an abbreviation.
    if let Some(stopped) = bare.strip_suffix('.')
        && !stopped.contains('.')
        && !ends_in_abbreviation(stopped)
    {
        bare = stopped.trim_end_matches(closing);
    }
    // A closing apostrophe that an opening one belongs to.
    if name.starts_with(['\'', '’', '‘', '‚']) {
        bare = bare.trim_end_matches(['\'', '’']);
    }
    bare
}

fn ends_in_abbreviation(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default();
    last.chars().count() <= 2 && text.contains(' ')
}

/// A name that stands "Last, First (years)" put the right way round; none where it does not look like one.
pub(super) fn turn_round(name: &str) -> Option<String> {
    let (name, years) = match name.split_once('(') {
        Some((before, rest)) => {
            let inside = rest.trim_end().strip_suffix(')')?;
            let years = inside.chars().any(|char| char.is_ascii_digit())
                && inside
                    .chars()
                    .all(|char| char.is_ascii_digit() || " -–—?/.,bdc".contains(char));
            if !years {
                return None;
            }
            (before.trim(), true)
        }
        None => (name.trim(), false),
    };
    let (last, first) = name.split_once(',')?;
    let (last, first) = (last.trim(), first.trim());
    if first.contains(',') {
        return None;
    }
    let is_name = |part: &str, most: usize| {
        let words = tokens(part).len();
        (1..=most).contains(&words)
            && part.chars().next().is_some_and(char::is_alphabetic)
            && !part.chars().any(char::is_numeric)
    };
    (is_name(last, 3) && is_name(first, 3)).then_some(())?;
    (years || name.contains(", ")).then(|| format!("{first} {last}"))
}

/// Whether the first word of a name is a given name.
pub(super) fn begins_with_given_name(name: &str) -> bool {
    name.split([' ', '-'])
        .next()
        .is_some_and(|first| GIVEN_NAMES.has(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_around_a_name_go_and_marks_in_it_stay() {
        assert_eq!(strip_marks("„Ghana”"), "Ghana");
        assert_eq!(strip_marks("renewable energy - "), "renewable energy");
        assert_eq!(strip_marks("U.S."), "U.S.");
        assert_eq!(strip_marks("politics."), "politics");
        assert_eq!(strip_marks("'Turkey'"), "Turkey");
        assert_eq!(strip_marks("Donald Trump Jr."), "Donald Trump Jr.");
    }

    #[test]
    fn last_first_is_turned_round() {
        assert_eq!(
            turn_round("Edwards, John Bel (1966- )").as_deref(),
            Some("John Bel Edwards")
        );
        assert_eq!(turn_round("Merkel, Angela").as_deref(), Some("Angela Merkel"));
        assert_eq!(turn_round("a, b, c"), None);
        assert_eq!(turn_round("Mercury (element)"), None);
    }
}
