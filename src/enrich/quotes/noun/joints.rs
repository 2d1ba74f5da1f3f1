//! What ties words to the noun phrase before them.
//!
//! Invariant: a joint has a noun on its left. Deliberately absent: where a phrase begins and ends; see [`super`].

use std::ops::Range;

use super::super::lexicon::Class;
use super::super::reader::Reader;
use super::super::tokens::Token;

impl Reader<'_> {
    /// Whether the pronoun at `at` belongs to the noun before it by a preposition: people close to him.
    pub(super) fn is_governed(&self, at: usize, floor: usize) -> bool {
        self.lexicon.has_possessive()
            && at > floor + 1
            && self.class(at).has(Class::OBJECT_PRONOUN)
            && self.class(at - 1).has(Class::PREPOSITION | Class::TO)
            && self.class(at - 2).is_none()
    }

    /// Whether the word at `at` joins what follows to a common noun before it: les commerçants du quai.
    pub(super) fn joins_nouns(&self, at: usize, floor: usize) -> bool {
        let joins = |token: &Token| token.class.has(Class::JOIN) && !token.upper;
        let noun = |token: &Token| {
            !token.upper
                && self.nominal(token)
                && !token.class.has(
                    Class::DETERMINER | Class::POSSESSIVE | Class::PRONOUN | Class::TIME | Class::PREPOSITION,
                )
        };
        !self.lexicon.has_possessive()
            && !self.lexicon.capital_nouns()
            && at > floor + 1
            && self.token(at).is_some_and(joins)
            && self.token(at - 1).is_some_and(noun)
            && self.token(at - 2).is_some_and(|before| {
                before.class.has(Class::DETERMINER | Class::POSSESSIVE) && !before.class.has(Class::JOIN)
            })
    }

    /// Whether the preposition at `at` belongs to the noun before it and not to the whole sentence: the phrase
    /// that it would join does not begin with another preposition at `floor`.
    pub(super) fn attaches(&self, at: usize, floor: usize) -> bool {
        let mut before = at;
        while before > floor {
            let Some(token) = self.token(before - 1) else {
                return false;
            };
            if token.class.has(Class::PREPOSITION) {
                return before - 1 > floor;
            }
            if !self.nominal(token) {
                return true;
            }
            before -= 1;
        }
        true
    }

    /// The token of the bracket that opens the group ending before `end`.
    pub(super) fn bracket_before(&self, floor: usize, end: usize) -> Option<usize> {
        let from = end.saturating_sub(12).max(floor);
        (from..end).rev().find(|at| {
            self.token(*at)
                .is_some_and(|token| token.is('(') || token.is('（'))
        })
    }

    /// The role with its name that ends a phrase of a language without articles, where nothing parts it from the
    /// noun before it: сказал в интервью агентству | глава фонда Иван Лосев.
    pub(in crate::enrich::quotes) fn role_inside(&self, phrase: &Range<usize>) -> Option<Range<usize>> {
        if !self.lexicon.comma_clause()
            || self.lexicon.capital_nouns()
            || self.class(phrase.start).has(Class::DETERMINER)
            || self.token(phrase.end).is_some_and(Token::is_word)
        {
            return None;
        }
        let role =
            (phrase.start + 1..phrase.end).find(|at| self.class(*at).has(Class::ROLE | Class::TITLE))?;
        (phrase.end - role > 1).then_some(role..phrase.end)
    }
}
