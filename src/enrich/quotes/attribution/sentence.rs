//! The subject of a whole sentence, for a cue that has none of its own.
//!
//! Invariant: what is found stands before the cue. Deliberately absent: subjects beside their verb; see
//! [`super::subject`].

use std::ops::Range;

use super::super::lexicon::Class;
use super::super::outer::Segment;
use super::super::reader::Reader;
use super::super::tokens::Token;

impl Reader<'_> {
    /// The subject of the last clause before `before`, which a participle behind a preposition shares: Rossi angered
    /// them by saying.
    pub(super) fn nearest_subject(&self, segment: &Segment, before: usize) -> Option<Range<usize>> {
        let from = (segment.tokens.start..before)
            .rev()
            .find(|at| {
                self.token(*at)
                    .is_some_and(|token| token.is_comma() || token.is_dash() || token.is(')'))
            })
            .map_or(segment.tokens.start, |at| at + 1);
        let phrase = self.phrase_after(from, before)?;
        let verb = self.class(phrase.end);
        (self.person_like(&phrase)
            && (verb.has(Class::AUX | Class::VERB | Class::CUE | Class::ADVERB)
                || self.is_past(from, phrase.end)))
        .then_some(phrase)
    }

    /// The subject of a sentence: its first noun phrase that is followed by a verb, else its first that can be
    /// somebody.
    pub(super) fn sentence_subject(&self, segment: &Segment, before: usize) -> Option<Range<usize>> {
        let mut at = segment.tokens.start;
        let mut first = None;
        let mut plain = None;
        while at < before {
            let class = self.class(at);
            if let Some(length) = self.according_at(at) {
                // According to X, the drivers …: X is the source of the sentence and not its subject.
                at = self
                    .phrase_after(at + length, before)
                    .map_or(at + length, |phrase| phrase.end);
                continue;
            }
            if class.has(Class::PREPOSITION | Class::SUBORDINATOR) && !class.has(Class::DETERMINER) {
                // A leading adverbial: go behind its noun, unless that is the subject of a clause that is not over.
                let phrase = self.phrase_after(at + 1, before);
                if self.lexicon.has_possessive()
                    && class.has(Class::SUBORDINATOR)
                    && let Some(phrase) = &phrase
                    && (at == segment.tokens.start
                        || self.class(phrase.start).has(Class::PRONOUN)
                            && !self
                                .class(phrase.start)
                                .has(Class::DETERMINER | Class::OBJECT_PRONOUN))
                    && self
                        .class(phrase.end)
                        .has(Class::AUX | Class::VERB | Class::CUE | Class::ADVERB)
                    && !self.outer(phrase.end..before).iter().any(Token::is_comma)
                    && self.person_like(phrase)
                {
                    return Some(phrase.clone());
                }
                at = phrase.map_or(at + 1, |phrase| phrase.end);
                continue;
            }
            if at == segment.tokens.start && self.opens_with_participle(at) {
                // Speaking in May, he said.
                at += 1;
                continue;
            }
            if let Some(phrase) = self.phrase_after(at, before) {
                if self.person_like(&phrase) {
                    let next = self.class(phrase.end);
                    if next.has(Class::TIME) && self.class(phrase.start).has(Class::DETERMINER) {
                        // One late afternoon, …
                        at = phrase.end;
                        continue;
                    }
                    let verbal = Class::AUX | Class::VERB | Class::CUE;
                    let subject = next.has(verbal | Class::ADVERB) && !self.is_oblique(phrase.start);
                    if subject {
                        return Some(phrase);
                    }
                    if first.is_none() {
                        first = Some(phrase.clone());
                    }
                } else if plain.is_none()
                    && self.class(phrase.start).has(Class::DETERMINER)
                    && self.class(phrase.end).has(Class::FINITE)
                {
                    plain = Some(phrase.clone());
                }
                at = phrase.end;
            } else {
                at += 1;
            }
        }
        first.or(plain)
    }

    /// Whether a participle of English opens a clause at `at`: Speaking to reporters, …
    pub(super) fn opens_with_participle(&self, at: usize) -> bool {
        self.lexicon.has_possessive()
            && self
                .lower(at)
                .is_some_and(|word| word.len() > 4 && word.ends_with("ing"))
            && self.class(at + 1).has(
                Class::PREPOSITION
                    | Class::DETERMINER
                    | Class::POSSESSIVE
                    | Class::TIME
                    | Class::OBJECT_PRONOUN
                    | Class::TO,
            )
    }
}
