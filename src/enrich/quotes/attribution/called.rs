//! Quotations that say what somebody calls something: `als „…“ bezeichnet`, `für den Trainer war es „…“`.

use std::ops::Range;

use super::super::lexicon::Class;
use super::super::reader::{Cue, Reader, Voice};
use super::super::rule::Rule;
use super::super::tokens::Token;
use super::Pass;

impl Pass<'_, '_> {
    /// Takes quotations behind als, or behind a noun of wording, whose verb stands anywhere in the sentence.
    pub(super) fn called(&mut self, at: usize, cues: &[Cue]) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let second = reader.lexicon.verb_second();
        for token in segment.tokens.clone() {
            if self.is_covered(token)
                || reader.token(token).is_none_or(|token| token.quote().is_none())
                || !reader.is_called(segment.tokens.start, token)
            {
                continue;
            }
            let verb = cues
                .iter()
                .filter(|cue| {
                    !self.is_covered(cue.tokens.start)
                        && cue.class.has(Class::CUE)
                        && (second
                            || cue.tokens.end < token
                                && token - cue.tokens.end < 16
                                && cue.class.has(Class::NAMING | Class::OBJECT)
                                && cue.voice == Voice::Finite)
                })
                .min_by_key(|cue| (cue.tokens.start > token, cue.tokens.start.abs_diff(token)));
            let verb = verb
                .map(|cue| cue.tokens.clone())
                .or_else(|| reader.participle(token, segment.tokens.end));
            let Some(verb) = verb else { continue };
            let passive = second
                && reader
                    .outer(segment.tokens.start..token)
                    .iter()
                    .any(|token| token.class.has(Class::BE));
            let speaker = if passive {
                reader.agent(segment.tokens.start, token)
            } else {
                cues.iter()
                    .find(|cue| cue.tokens == verb)
                    .and_then(|cue| reader.subject_before(segment, cue))
                    .or_else(|| reader.sentence_subject(segment, token))
            };
            self.record(at, &[token..token + 1], speaker, Some(verb), Rule::Called);
        }
    }

    /// Takes quotations behind a noun of wording: chants of “…”, mit der Aufschrift „…“.
    pub(super) fn worded(&mut self, at: usize) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        for token in segment.tokens.start + 1..segment.tokens.end {
            if self.is_covered(token) || reader.token(token).is_none_or(|token| token.quote().is_none()) {
                continue;
            }
            let mut noun = token - 1;
            if noun > segment.tokens.start
                && (reader.class(noun).has(Class::JOIN)
                    || reader
                        .token(noun)
                        .is_some_and(|token| token.is_colon() || token.is_comma()))
            {
                noun -= 1;
            }
            if !reader.class(noun).has(Class::WORDING) {
                continue;
            }
            // In X's words, “…”; in her words, “…”.
            let owner = match noun.checked_sub(1).map(|before| (before, reader.class(before))) {
                Some((before, class)) if class.has(Class::GENITIVE) => {
                    reader.phrase_before(segment.tokens.start, before)
                }
                Some((before, class)) if class.has(Class::POSSESSIVE) => Some(before..before + 1),
                _ => None,
            };
            if owner.is_none() && reader.token(token - 1).is_some_and(|token| token.is_comma()) {
                continue;
            }
            let speaker = owner.or_else(|| reader.sentence_subject(segment, noun));
            self.record(
                at,
                &[token..token + 1],
                speaker,
                Some(noun..noun + 1),
                Rule::Worded,
            );
        }
    }

    /// Takes the marked words of a sentence that begins with whose opinion it is: für den Trainer war es „…“.
    pub(super) fn opinion(&mut self, at: usize) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let first = segment.tokens.start;
        if !reader.class(first).has(Class::OPINION) || self.is_covered(first) {
            return;
        }
        let Some(speaker) = reader
            .phrase_after(first + 1, segment.tokens.end)
            .filter(|phrase| reader.person_like(phrase))
        else {
            return;
        };
        if !reader.lexicon.verb_second() {
            self.opinion_framed(at, speaker);
            return;
        }
        let copula = reader.lower(speaker.end).is_some_and(|word| {
            matches!(
                word.as_str(),
                "ist" | "sind" | "war" | "waren" | "sei" | "seien" | "bedeutet" | "bleibt"
            )
        });
        if !copula {
            return;
        }
        for token in speaker.end + 1..segment.tokens.end {
            if reader.token(token).is_some_and(|token| token.quote().is_some())
                && !self.is_covered(token)
                && !reader.is_title(token)
            {
                self.record(
                    at,
                    &[token..token + 1],
                    Some(speaker.clone()),
                    None,
                    Rule::Opinion,
                );
            }
        }
    }
}

impl Pass<'_, '_> {
    /// Takes the clause with marked words behind a comma: para la alcaldesa, el plan es “…”.
    fn opinion_framed(&mut self, at: usize, speaker: Range<usize>) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let start = speaker.end + 1;
        if !reader.token(speaker.end).is_some_and(Token::is_comma) || start >= segment.tokens.end {
            return;
        }
        let end = reader.content_end(segment, start, Class::SAY);
        let marked = reader
            .outer(start..end)
            .iter()
            .any(|token| token.quote().is_some());
        if marked && !(start..end).any(|at| self.is_covered(at)) {
            let first = segment.tokens.start;
            self.record(
                at,
                &[start..end],
                Some(speaker),
                Some(first..first + 1),
                Rule::Opinion,
            );
        }
    }
}

impl Reader<'_> {
    /// Whether als, over an article, stands before the quotation at `at`.
    fn is_called(&self, floor: usize, at: usize) -> bool {
        let mut before = at;
        while before > floor
            && at - before < 3
            && (self.class(before - 1).has(Class::DETERMINER | Class::ADVERB)
                || before < at
                    && self
                        .token(before - 1)
                        .is_some_and(|token| token.quote().is_some()))
        {
            before -= 1;
        }
        before > floor && self.class(before - 1).has(Class::AS)
    }

    /// The participle or verb of naming behind a quotation: als „…“ bezeichnet.
    fn participle(&self, at: usize, end: usize) -> Option<Range<usize>> {
        (at + 1..end.min(at + 6))
            .take_while(|at| self.token(*at).is_some_and(|token| token.is_word()))
            .find(|at| self.class(*at).has(Class::CUE))
            .map(|at| at..at + 1)
    }
}
