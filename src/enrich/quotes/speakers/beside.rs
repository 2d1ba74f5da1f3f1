//! People whose name stands in a mention or beside it.
//!
//! Invariant: whoever is given has a mention in the name table at that place. Deliberately absent: pronouns and
//! roles, whose people stand elsewhere; see [`super`].

use std::ops::Range;

use super::super::lexicon::Class;
use super::super::names::Mention;
use super::super::tokens::Kind;
use super::Speakers;

impl Speakers<'_, '_> {
    /// The person named in a mention.
    pub(super) fn named(&self, tokens: &Range<usize>) -> Option<(usize, bool)> {
        let from = self
            .names
            .mentions
            .partition_point(|mention| mention.tokens.end <= tokens.start);
        let mut best: Option<&Mention> = None;
        for mention in self.names.mentions.iter().skip(from) {
            if mention.tokens.start >= tokens.end {
                break;
            }
            let possessed =
                self.reader.class(mention.tokens.end).has(Class::GENITIVE) && mention.tokens.end < tokens.end;
            if possessed {
                continue;
            }
            let mut before = mention.tokens.start.saturating_sub(1);
            while before > tokens.start && self.reader.class(before).has(Class::DETERMINER) {
                before -= 1;
            }
            let after_of = best.is_some() && self.reader.class(before).has(Class::PREPOSITION);
            if after_of {
                break;
            }
            let headed = mention.tokens.start > tokens.start
                && self
                    .reader
                    .class(mention.tokens.start - 1)
                    .has(Class::PREPOSITION);
            // Secretary of State X is X.
            let titled = headed
                && self.reader.class(mention.tokens.start).has(Class::BODY)
                && mention.tokens.start >= 2
                && self.reader.class(mention.tokens.start - 1).has(Class::JOIN)
                && self.reader.class(mention.tokens.start - 2).has(Class::TITLE);
            if headed && best.is_none() && !titled {
                // A spokesman for X is not X.
                break;
            }
            best = Some(mention);
        }
        best.map(|mention| (mention.person, mention.tokens == *tokens))
    }

    /// The person whose name stands before a role in apposition: Ana Prado, head of the union, said.
    pub(super) fn before_apposition(&self, tokens: &Range<usize>) -> Option<usize> {
        let reader = self.reader;
        let comma = tokens.start.checked_sub(1)?;
        if !reader.token(comma)?.is_comma() {
            return None;
        }
        let head = tokens
            .clone()
            .find(|at| reader.class(*at).has(Class::PREPOSITION | Class::AND))
            .unwrap_or(tokens.end);
        let role = (tokens.start..head).any(|at| {
            reader.class(at).has(Class::ROLE | Class::TITLE)
                && reader
                    .token(at)
                    .is_some_and(|token| !token.upper || token.class.has(Class::ROLE))
        });
        let named = (tokens.start..head).any(|at| {
            reader.token(at).is_some_and(|token| {
                token.upper
                    && !token
                        .class
                        .has(Class::ROLE | Class::TITLE | Class::BODY | Class::ADJECTIVE)
            })
        });
        let first = reader.class(tokens.start);
        let opens = first.has(Class::DETERMINER | Class::ROLE | Class::TITLE | Class::ADJECTIVE)
            || !reader.token(tokens.start)?.upper;
        if !role || named && head == tokens.end || !opens {
            return None;
        }
        let until = self
            .names
            .mentions
            .partition_point(|mention| mention.tokens.start < comma);
        let mention = self.names.mentions.get(until.checked_sub(1)?)?;
        let person = self.names.people.get(mention.person)?;
        (mention.tokens.end == comma && !person.body).then_some(mention.person)
    }

    /// The person whose name stands in commas behind a mention: its forecaster, Imre Szalai, warned.
    pub(super) fn apposed(&self, tokens: &Range<usize>) -> Option<usize> {
        let reader = self.reader;
        let comma = reader.token(tokens.end).filter(|token| token.is_comma())?;
        let from = self
            .names
            .mentions
            .partition_point(|mention| mention.tokens.start <= tokens.end);
        let mention = self.names.mentions.get(from)?;
        let begins = mention.tokens.start == tokens.end + 1;
        let closed = reader.token(mention.tokens.end).is_none_or(|next| {
            next.is_comma() || next.is_terminator() || next.kind == Kind::Break || next.is_dash()
        });
        let person = self.names.people.get(mention.person)?;
        let outer = reader.outer(tokens.clone());
        let common = outer
            .iter()
            .rev()
            .find(|token| token.is_word())
            .is_some_and(|token| !token.upper || reader.lexicon.capital_nouns())
            || outer.iter().any(|token| token.class.has(Class::ROLE));
        (begins && closed && common && !person.body && comma.start < comma.end).then_some(mention.person)
    }
}
