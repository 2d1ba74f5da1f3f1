//! Subjects that a frame of commas parts from their verb: `X, who was elected in May, said`.
//!
//! Invariant: what is found stands before the comma that was given. Deliberately absent: subjects right before their
//! verb; see [`super::subject`].

use std::ops::Range;

use super::super::lexicon::{Class, Order};
use super::super::reader::Reader;
use super::super::tokens::{Kind, Token};

impl Reader<'_> {
    /// The noun phrase before a frame of commas that ends at the comma `close`: X, who …, said.
    pub(super) fn framed(&self, floor: usize, close: usize) -> Option<Range<usize>> {
        let limit = close.saturating_sub(40).max(floor);
        let nearest = self.phrase_before(floor, close).filter(|phrase| {
            self.token(phrase.start)
                .is_some_and(|token| token.upper && !token.class.has(Class::DETERMINER | Class::PREPOSITION))
                && (phrase.start == floor || !self.class(phrase.start - 1).has(Class::PREPOSITION))
        });
        let mut at = close;
        let mut tries = 0;
        while at > limit {
            at -= 1;
            let token = self.token(at)?;
            if token
                .quote()
                .and_then(|span| self.marked.get(span))
                .is_some_and(|marked| marked.words > 4)
                && at + 1 < close
                && !self.token(at + 1).is_some_and(|next| next.is_comma())
            {
                // A quotation ends the search: the subject cannot stand before it.
                return None;
            }
            if !(token.is_comma() || token.is_dash()) {
                continue;
            }
            tries += 1;
            if tries > 4 {
                return None;
            }
            if let Some(phrase) = self
                .phrase_before(floor, at)
                .map(|phrase| self.with_genitives(floor, phrase))
                // A script without capitals does not show its names.
                && (self.person_like(&phrase) || self.lexicon.order() == Order::VerbLast)
            {
                let governed = phrase.start > floor
                    && self
                        .class(phrase.start - 1)
                        .has(Class::PREPOSITION | Class::GERUND);
                if !governed && !self.class(phrase.start).has(Class::GERUND) && !self.is_oblique(phrase.start)
                {
                    return Some(phrase);
                }
                if nearest.as_ref().is_some_and(|nearest| nearest.len() > 1) {
                    return nearest;
                }
            }
        }
        nearest
    }

    /// The head of a frame of commas that begins a sentence and ends at the comma `close`: The mayor, who was elected
    /// in May, said the harbour “…”. Without it the frame would be content and the harbour would speak.
    pub(super) fn frame_head(&self, floor: usize, close: usize) -> Option<Range<usize>> {
        let closing = self.token(close)?;
        let dashed = closing.is_dash();
        // Host of the show “Morning,” said: the comma of the frame stands inside the marks of a title.
        let inside = closing
            .quote()
            .and_then(|span| self.marked.get(span))
            .is_some_and(|marked| marked.last == ',' && self.is_title(close));
        if !closing.is_comma() && !dashed && !inside {
            return None;
        }
        let mut from = floor;
        while self.class(from).has(Class::AND | Class::SUBORDINATOR)
            || self.class(from).has(Class::ADVERB)
                && !self.class(from).has(Class::DETERMINER)
                && !self.class(from + 1).has(Class::SUBORDINATOR)
            || self.token(from)?.is_dash()
        {
            from += 1;
        }
        let comma = (from + 1..close.min(from + 16)).find(|at| {
            self.token(*at)
                .is_some_and(|token| if dashed { token.is_dash() } else { token.is_comma() })
        })?;
        if dashed
            && let Some(name) = self
                .phrase_before(from, comma)
                .filter(|name| name.start > from + 1)
            && self.token(name.start - 1).is_some_and(|token| token.is_comma())
        {
            // The mayor, Ana Prado — a former captain — said.
            return self
                .phrase_before(from, name.start - 1)
                .filter(|head| head.start == from && self.person_like(head));
        }
        let aside = close == comma + 2 && self.class(comma + 1).has(Class::ADVERB | Class::SUBORDINATOR);
        let next = self.token(comma + 1)?;
        let listed = next.class.has(Class::PREPOSITION);
        let head = self
            .phrase_before(from, comma)
            .filter(|head| head.start == from && (self.person_like(head) || listed || aside))
            .filter(|head| {
                !self
                    .outer(head.clone())
                    .iter()
                    .any(|token| token.class.has(Class::SUBORDINATOR))
            })?;
        let described = aside
            || dashed
            || next.class.has(
                Class::RELATIVE
                    | Class::DETERMINER
                    | Class::ROLE
                    | Class::TITLE
                    | Class::ADJECTIVE
                    | Class::PREPOSITION,
            )
            || next.kind == Kind::Number
            || next.class.has(Class::ADVERB)
                && self
                    .token(comma + 2)
                    .is_some_and(|after| after.kind == Kind::Number)
            || next.class.has(Class::POSSESSIVE)
            || self
                .lower(comma + 1)
                .is_some_and(|word| word.ends_with("ing") || word.ends_with("ed"));
        let verbless = next.class.has(Class::RELATIVE)
            || !self.outer(comma + 1..close.min(comma + 4)).iter().any(|token| {
                token.class.has(Class::AUX | Class::PRONOUN) && !token.class.has(Class::DETERMINER)
            });
        (described && verbless).then_some(head)
    }

    /// Whoever owns what stands behind a possessive: the name behind the last preposition of the phrase, in made an
    /// issue out of X's claim.
    pub(super) fn possessor(&self, phrase: Range<usize>) -> Range<usize> {
        let joint = phrase
            .clone()
            .rev()
            .find(|at| self.class(*at).has(Class::PREPOSITION) && !self.class(*at).has(Class::JOIN));
        match joint {
            Some(joint) if joint + 1 < phrase.end => joint + 1..phrase.end,
            _ => phrase,
        }
    }

    /// Whether a phrase at `at` opens the sentence, or the one behind its colon.
    pub(super) fn opens(&self, floor: usize, at: usize) -> bool {
        at == floor || self.token(at - 1).is_some_and(Token::is_colon)
    }

    /// The phrase that opens the sentence before the name `named` between commas, of which the second is at `close`:
    /// Der Sprecher der Stadt, Paul Weber, wies …
    pub(super) fn apposed(&self, floor: usize, named: &Range<usize>, close: usize) -> Option<Range<usize>> {
        let comma = named.start.checked_sub(1).filter(|comma| *comma > floor)?;
        if named.end != close || !self.token(comma)?.is_comma() {
            return None;
        }
        self.phrase_before(floor, comma)
            .map(|head| self.with_genitives(floor, head))
            .filter(|head| self.opens(floor, head.start) && !self.is_oblique(head.start))
    }
}
