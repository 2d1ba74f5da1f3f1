//! Resolving: one name to the concept that it means.
//!
//! Invariant: every rule only takes away what is not part of a name (marks, an ending, an article) and then asks
//! the vocabulary again; none guesses. How sure a rule is stands in its confidence.

use super::likelihood::{ACRONYM_LETTERS, CLOSE, RANK_WELL_KNOWN, is_code};
use super::parentheses::{self, Gloss};
use super::tables::{
    APOSTROPHE_ENDINGS, ARTICLES, BESIDE_NAMES, GENITIVES, GIVEN_NAMES, NUMBERS, OTHER_PLURALS,
};
use super::{TagRules, numerals, spelling};
use crate::message::{TagKind, TagRule};
use crate::vocabulary::fold::{fold, key_of, tokens};
use crate::vocabulary::{ConceptId, Hit, Vocabulary, form};

/// Letters from which a word's ending tells its number.
const NUMBER_LETTERS_MIN: usize = 4;
/// Titles that are taken off one name.
const TITLES_MAX: usize = 4;

/// A concept, how it was found, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Resolved {
    pub(super) concept: ConceptId,
    pub(super) rule: TagRule,
    pub(super) confidence: f32,
}

impl Resolved {
    fn by(self, rule: TagRule) -> Self {
        Self { rule, ..self }
    }
}

/// Looks names up for one article.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolver<'v> {
    pub(super) vocabulary: &'v Vocabulary,
    pub(super) language: Option<&'v str>,
    pub(super) rules: TagRules,
}

impl<'v> Resolver<'v> {
    /// The concept that `name` means, by every rule but the repair of spelling.
    pub(super) fn resolve(&self, name: &str) -> Option<Resolved> {
        let name = strip_marks(name);
        let by = |rule: TagRule| move |found: Resolved| found.by(rule);
        self.plain(name)
            .or_else(|| self.without_possessive(name).map(by(TagRule::Ending)))
            .or_else(|| self.without_article(name).map(by(TagRule::Article)))
            .or_else(|| self.in_parentheses(name).map(by(TagRule::Parentheses)))
            .or_else(|| self.in_other_number(name))
            .or_else(|| self.turned_round(name).map(by(TagRule::Order)))
            .or_else(|| self.without_added_e(name))
            .or_else(|| self.with_other_numeral(name).map(by(TagRule::Variant)))
            .or_else(|| self.without_titles(name).map(by(TagRule::Title)))
            .or_else(|| self.without_year(name).map(by(TagRule::Year)))
    }

    /// The concept that was meant by a misspelt `name`.
    pub(super) fn misspelt(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Misspelling)?;
        let name = strip_marks(name);
        let hit = spelling::repair(&fold(name), self.vocabulary)?;
        self.allows(&hit, name).then_some(Resolved {
            concept: hit.concept,
            rule: TagRule::Misspelling,
            confidence: 0.7,
        })
    }

    /// A name as the vocabulary has it.
    pub(super) fn plain(&self, name: &str) -> Option<Resolved> {
        let mut hits: Vec<Hit<'v>> = self
            .vocabulary
            .find(name)
            .into_iter()
            .filter(|hit| self.allows(hit, name))
            .collect();
        // Capitals mean what is abbreviated so before they mean a word that was written in them.
        if hits.len() > 1 && is_code(name, ACRONYM_LETTERS) && hits.iter().any(|hit| hit.is(form::ACRONYM)) {
            hits.retain(|hit| hit.is(form::ACRONYM | form::PRIMARY));
        }
        let (best, second) = self.best(&hits, name)?;
        let close =
            second.is_some_and(|second| self.likelihood(second, name) + CLOSE >= self.likelihood(best, name));
        Some(Resolved {
            concept: best.concept,
            rule: TagRule::Label,
            confidence: match (close, best.is(form::WEAK)) {
                (false, false) => 1.0,
                (false, true) => 0.9,
                (true, _) => 0.6,
            },
        })
    }

    /// The concepts that a name may mean, the likeliest first, each with how likely it is.
    pub(super) fn namesakes(&self, name: &str) -> Vec<(ConceptId, i32)> {
        let name = strip_marks(name);
        let mut hits = self.vocabulary.find(name);
        hits.retain(|hit| self.allows(hit, name));
        // Most names have no namesake, and then it is all the same how likely it is.
        if let [only] = hits.as_slice() {
            return vec![(only.concept, i32::from(only.rank))];
        }
        let mut namesakes: Vec<(ConceptId, i32)> = hits
            .iter()
            .map(|hit| (hit.concept, self.likelihood(hit, name)))
            .collect();
        namesakes.sort_by_key(|(_, likelihood)| std::cmp::Reverse(*likelihood));
        namesakes
    }

    fn without_possessive(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Ending)?;
        let (at, mark) = name
            .char_indices()
            .rfind(|(_, char)| matches!(char, '\'' | '’' | '´' | '`'))?;
        let ending = name.get(at + mark.len_utf8()..)?;
        if !(ending.is_empty() || APOSTROPHE_ENDINGS.has(ending)) {
            return None;
        }
        let bare = name.get(..at)?;
        self.plain(bare).or_else(|| self.without_article(bare))
    }

    fn without_article(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Article)?;
        let bare = ARTICLES.strip(name)?;
        self.plain(bare)
            // `La Soledad` is not Soledad: of places only countries and the like stand with an article.
            .filter(|found| {
                name.to_lowercase().starts_with("the ")
                    || self.vocabulary.kind(found.concept) != TagKind::Place
                    || self.vocabulary.has_id(found.concept, "iso3166")
            })
            .or_else(|| self.in_other_number(bare))
    }

    fn in_parentheses(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Parentheses)?;
        // A country's code beside something is where that is, and short forms of the obscure mean others.
        let short = |found: &Resolved| {
            !self.vocabulary.has_id(found.concept, "iso3166")
                && self.vocabulary.rank(found.concept) >= RANK_WELL_KNOWN
        };
        match parentheses::read(name)? {
            Gloss::Of(before) => self.resolve_name(before),
            Gloss::Short(before, inside) => self
                .resolve_name(before)
                .or_else(|| self.plain(inside).filter(short)),
            Gloss::SpeltOut(inside) => self
                .resolve_name(inside)
                .or_else(|| self.plain(name.split_once('(')?.0.trim()).filter(short)),
            Gloss::Part => None,
        }
    }

    /// A name without parentheses: bounds the recursion.
    fn resolve_name(&self, name: &str) -> Option<Resolved> {
        self.plain(name)
            .or_else(|| self.without_possessive(name))
            .or_else(|| self.without_article(name))
            .or_else(|| self.in_other_number(name))
    }

    /// A subject in the plural, or one that the vocabulary has in the plural.
    fn in_other_number(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Number)?;
        let key = key_of(name);
        if key.chars().count() < NUMBER_LETTERS_MIN {
            return None;
        }
        NUMBERS.iter().find_map(|(language, singular, plural)| {
            let other = |from: &str, to: &str| {
                let stem = key.strip_suffix(from)?;
                (stem.chars().count() + to.chars().count() >= 3).then(|| format!("{stem}{to}"))
            };
            let one = other(plural, singular).and_then(|one| self.subject(&one, language));
            // Securities are no kind of security.
            one.or_else(|| {
                let many = other(singular, plural).filter(|many| !OTHER_PLURALS.has_squashed(many))?;
                self.subject(&many, language)
            })
        })
    }

    /// The subject, no name, that has this key as a word of a language.
    fn subject(&self, key: &str, language: &str) -> Option<Resolved> {
        let hits = self.vocabulary.find_squashed(key);
        let hit = hits.iter().find(|hit| {
            let common = match hit.kind {
                TagKind::Topic | TagKind::Event => true,
                TagKind::Other => !hit.is(form::CAPITAL),
                _ => false,
            };
            common && (hit.languages.is_empty() || hit.in_language(language))
        })?;
        Some(Resolved {
            concept: hit.concept,
            rule: TagRule::Number,
            confidence: 0.95,
        })
    }

    /// "Last, First", with years or without.
    fn turned_round(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Order)?;
        let turned = turn_round(name)?;
        self.plain(&turned).filter(|found| {
            matches!(
                self.vocabulary.kind(found.concept),
                TagKind::Person | TagKind::Other
            )
        })
    }

    /// `Muenchen` for `München`.
    fn without_added_e(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Variant)?;
        spelling::without_added_e(&key_of(name), self.vocabulary).map(|concept| Resolved {
            concept,
            rule: TagRule::Variant,
            confidence: 0.95,
        })
    }

    /// `World War 3` and `Third World War` for `World War III`.
    fn with_other_numeral(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Variant)?;
        numerals::other_spellings(name)
            .iter()
            .find_map(|spelling| self.plain(spelling))
    }

    /// "President Joe Biden": a person behind titles. A given name alone names nobody.
    fn without_titles(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Title)?;
        let mut rest = name;
        for _ in 0..TITLES_MAX {
            let Some((title, after)) = rest.split_once(' ') else {
                break;
            };
            if !BESIDE_NAMES.has(title) {
                break;
            }
            rest = after.trim_start();
        }
        if rest.len() == name.len() || GIVEN_NAMES.has(rest) {
            return None;
        }
        self.plain(rest)
            .filter(|found| self.vocabulary.kind(found.concept) == TagKind::Person)
    }

    /// The nominative of a name in the genitive, for names behind words that ask for it: "Новости Украины".
    pub(super) fn in_genitive(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Ending)?;
        GENITIVES.iter().find_map(|(genitive, nominative)| {
            let stem = name.strip_suffix(genitive)?;
            let found = self.plain(&format!("{stem}{nominative}"))?;
            Some(found.by(TagRule::Ending))
        })
    }

    /// "Elections 2024": a subject in a year.
    fn without_year(&self, name: &str) -> Option<Resolved> {
        self.rules.run(TagRule::Year)?;
        let (head, year) = name.split_at_checked(name.len().checked_sub(4)?)?;
        let is_year = (year.starts_with("19") || year.starts_with("20"))
            && year.bytes().all(|byte| byte.is_ascii_digit());
        let head = strip_marks(head);
        if !is_year || head.chars().count() < NUMBER_LETTERS_MIN || head.ends_with(char::is_numeric) {
            return None;
        }
        self.plain(head)
            .or_else(|| self.in_other_number(head))
            .filter(|found| self.vocabulary.kind(found.concept) == TagKind::Topic)
            .map(|found| Resolved {
                confidence: 0.7,
                ..found
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
