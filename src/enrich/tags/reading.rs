//! Reading: a text as words, and what the writing around a word says about it.
//!
//! Invariant: judges letters and marks only, never meaning. Deliberately absent: the vocabulary's labels.

use std::ops::Range;

use foldhash::HashSet;

use super::tables::{BESIDE_NAMES, CAPITAL_NOUNS, NAME_LINKS, STOP_WORDS};
use crate::vocabulary::Scanner;

/// Longer quotations are speech.
const TITLE_WORDS_MAX: usize = 8;

/// Endings of English adjectives of nations.
const NATIONAL: [&str; 6] = ["ian", "ish", "ese", "ean", "can", "ch"];

/// A text with its words.
#[derive(Debug)]
pub(super) struct Reading<'v, 't> {
    pub(super) text: &'t str,
    pub(super) words: &'t [Range<usize>],
    pub(super) scanner: Scanner<'v>,
    /// Whether the language writes every noun with a capital.
    capital_nouns: bool,
}

impl<'v, 't> Reading<'v, 't> {
    pub(super) fn new(
        text: &'t str,
        words: &'t [Range<usize>],
        scanner: Scanner<'v>,
        language: Option<&str>,
    ) -> Self {
        let capital_nouns = language
            .and_then(|language| language.split('-').next())
            .is_some_and(|language| CAPITAL_NOUNS.has(language));
        Self {
            text,
            words,
            scanner,
            capital_nouns,
        }
    }

    /// Where `count` words from `first` stand; with its last full stop where they are abbreviated with such.
    pub(super) fn range(&self, first: usize, count: usize) -> Option<Range<usize>> {
        let start = self.words.get(first)?.start;
        let end = self.words.get((first + count).checked_sub(1)?)?.end;
        let stopped = self.is_abbreviated(first, count) && self.text.get(end..)?.starts_with('.');
        Some(start..if stopped { end + 1 } else { end })
    }

    /// Whether the words are letters with full stops: `U.S.`
    pub(super) fn is_abbreviated(&self, first: usize, count: usize) -> bool {
        self.surface(first, count).is_some_and(|surface| {
            surface.contains('.') && surface.split('.').all(|letter| letter.chars().count() == 1)
        })
    }

    fn surface(&self, first: usize, count: usize) -> Option<&'t str> {
        let start = self.words.get(first)?.start;
        let end = self.words.get((first + count).checked_sub(1)?)?.end;
        self.text.get(start..end)
    }

    /// Whether the words are part of an address: `example.org`, `@example`.
    pub(super) fn is_in_address(&self, first: usize, count: usize) -> bool {
        let Some((start, end)) = self
            .words
            .get(first)
            .zip(self.words.get((first + count).saturating_sub(1)))
            .map(|(first, last)| (first.start, last.end))
        else {
            return false;
        };
        let after = self.text.get(end..).unwrap_or_default();
        let before = self.text.get(..start).unwrap_or_default();
        let goes_on = after
            .strip_prefix(['.', '@'])
            .is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_lowercase()));
        goes_on || before.ends_with('@') || before.ends_with('/')
    }

    /// What stands in parentheses right after these words, if it is one word.
    pub(super) fn word_in_parentheses(&self, first: usize, count: usize) -> Option<usize> {
        let inside = first + count;
        let opens = self.between(inside.checked_sub(1)?, inside) == " (";
        let end = self.words.get(inside)?.end;
        (opens && self.text.get(end..)?.starts_with(')')).then_some(inside)
    }

    pub(super) fn word(&self, at: usize) -> &'t str {
        self.words
            .get(at)
            .and_then(|range| self.text.get(range.clone()))
            .unwrap_or_default()
    }

    pub(super) fn is_capital(&self, at: usize) -> bool {
        let first = self.words.get(at).map(|word| word.start);
        match first.and_then(|first| self.text.as_bytes().get(first)) {
            // Asked of every word several times, and most of them are ASCII.
            Some(byte) if byte.is_ascii() => byte.is_ascii_uppercase(),
            _ => self.word(at).starts_with(char::is_uppercase),
        }
    }

    /// Whether a word begins with a small letter.
    pub(super) fn is_small(&self, at: usize) -> bool {
        let first = self.words.get(at).map(|word| word.start);
        match first.and_then(|first| self.text.as_bytes().get(first)) {
            Some(byte) if byte.is_ascii() => byte.is_ascii_lowercase(),
            _ => self.word(at).starts_with(char::is_lowercase),
        }
    }

    /// Whether the words are written as a name: the first and the last with a capital, or without case.
    pub(super) fn is_named(&self, first: usize, count: usize) -> bool {
        !self.is_small(first) && !self.is_small((first + count).saturating_sub(1))
    }

    pub(super) fn is_stop_word(&self, at: usize) -> bool {
        STOP_WORDS.has_squashed(self.scanner.squashed(at, at + 1))
    }

    /// Whether a sentence, or something that is written as one, begins with this word.
    pub(super) fn opens_sentence(&self, at: usize) -> bool {
        match at.checked_sub(1) {
            None => true,
            Some(before) => self
                .between(before, at)
                .chars()
                .any(|char| ".!?\n:\"“”«…„•".contains(char)),
        }
    }

    /// Whether the words are part of what quotation marks show to be a title: “Moon Over the Canal”.
    pub(super) fn in_quoted_title(&self, first: usize, count: usize) -> bool {
        if self.capital_nouns {
            return false;
        }
        let quoted = |char: char| "\"“”„«»‘’".contains(char);
        let Some(start) = (first.saturating_sub(TITLE_WORDS_MAX)..=first)
            .rev()
            .take_while(|at| *at == first || self.joins(*at, *at + 1))
            .find(|at| self.before(*at).ends_with(quoted))
        else {
            return false;
        };
        let last = (first + count).saturating_sub(1);
        let Some(end) = (last..(start + TITLE_WORDS_MAX).min(self.words.len()))
            .take_while(|at| *at == last || self.joins(*at - 1, *at))
            .find(|at| self.after(*at).starts_with(quoted))
        else {
            return false;
        };
        end - start + 1 > count
            && self.is_capital(start)
            && self.is_capital(end)
            && (start..=end).all(|at| self.is_capital(at) || self.is_stop_word(at))
    }

    /// Whether a word that names a nation's people or language is an adjective here: "Turkish forces".
    pub(super) fn is_adjective(&self, at: usize) -> bool {
        let word = self.word(at);
        NATIONAL.iter().any(|ending| word.ends_with(ending))
            && self.joins(at, at + 1)
            && self.word(at + 1).starts_with(char::is_lowercase)
            && !self.is_stop_word(at + 1)
    }

    /// Whether the words stand before a colon where a sentence would begin: "Second Look: …"
    pub(super) fn is_heading(&self, first: usize, count: usize) -> bool {
        self.opens_sentence(first)
            && self
                .between((first + count).saturating_sub(1), first + count)
                .starts_with(':')
    }

    /// The text before a word, and after it.
    fn before(&self, at: usize) -> &'t str {
        self.words
            .get(at)
            .and_then(|word| self.text.get(..word.start))
            .unwrap_or_default()
    }

    fn after(&self, at: usize) -> &'t str {
        self.words
            .get(at)
            .and_then(|word| self.text.get(word.end..))
            .map(|rest| rest.strip_prefix([',', '.']).unwrap_or(rest))
            .unwrap_or_default()
    }

    /// Whether words beside these, capitalised and not known to stand beside names, make a longer name of them.
    pub(super) fn in_longer_name(&self, first: usize, count: usize) -> bool {
        if self.capital_nouns {
            return false;
        }
        let after = first + count;
        let joined = |after: usize| {
            self.joins(after - 1, after)
                || self.is_abbreviated(first, count) && self.between(after - 1, after) == ". "
        };
        let followed = after < self.words.len() && joined(after) && self.is_part_of_name(after);
        followed || self.is_led(first)
    }

    /// Whether a year stands right before a word.
    pub(super) fn has_year_before(&self, at: usize) -> bool {
        self.word_before(at)
            .is_some_and(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Whether an English ordinal in digits stands right before a word: `20th`.
    pub(super) fn has_ordinal_before(&self, at: usize) -> bool {
        self.word_before(at).is_some_and(|word| {
            let digits = word.trim_end_matches(|char: char| char.is_ascii_lowercase());
            matches!(word.strip_prefix(digits), Some("st" | "nd" | "rd" | "th"))
                && !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    fn word_before(&self, at: usize) -> Option<&'t str> {
        let before = at.checked_sub(1).filter(|before| self.joins(*before, at))?;
        Some(self.word(before))
    }

    /// Words, folded, that end a longer name outside `covered`: somebody else's last names.
    pub(super) fn last_names(&self, covered: &HashSet<usize>) -> HashSet<&str> {
        (0..self.words.len())
            .filter(|word| self.is_capital(*word) && !covered.contains(word) && self.is_led(*word))
            .map(|word| self.scanner.squashed(word, word + 1))
            .collect()
    }

    fn is_led(&self, first: usize) -> bool {
        let Some(before) = first.checked_sub(1).filter(|before| self.joins(*before, first)) else {
            return false;
        };
        if self.is_part_of_name(before) {
            return !self.opens_sentence(before);
        }
        let linked = NAME_LINKS.has_squashed(self.scanner.squashed(before, first))
            && self.word(before).starts_with(char::is_lowercase);
        linked
            && before.checked_sub(1).is_some_and(|head| {
                self.joins(head, before) && self.is_part_of_name(head) && !self.opens_sentence(head)
            })
    }

    fn is_part_of_name(&self, at: usize) -> bool {
        self.is_capital(at)
            && !BESIDE_NAMES.has_squashed(self.scanner.squashed(at, at + 1))
            && !self.is_stop_word(at)
    }

    fn joins(&self, left: usize, right: usize) -> bool {
        matches!(self.between(left, right), " " | "-" | "\u{A0}")
    }

    /// What stands between two neighbouring words.
    pub(super) fn between(&self, left: usize, right: usize) -> &'t str {
        self.words
            .get(left)
            .zip(self.words.get(right))
            .and_then(|(left, right)| self.text.get(left.end..right.start))
            .unwrap_or("\n")
    }
}
