//! Attributions of the sentence before: `Das erklärte X.`, `Об этом сообщает X.`

use super::super::lexicon::Class;
use super::super::reader::Cue;
use super::super::rule::Rule;
use super::Pass;

/// Words of a sentence that is nothing but an attribution.
const WORDS_MAX: usize = 18;

impl Pass<'_, '_> {
    /// Takes the sentence before one that points back to it with a cue.
    pub(super) fn anaphora(&mut self, at: usize, cues: &[Cue]) {
        let reader = self.reader;
        let (Some(segment), Some(previous)) = (
            reader.segments.get(at),
            at.checked_sub(1)
                .and_then(|previous| reader.segments.get(previous)),
        ) else {
            return;
        };
        let first = segment.tokens.start;
        let phrase = reader
            .class(first)
            .has(Class::PHRASE)
            .then(|| reader.lower(first))
            .flatten()
            .and_then(|word| {
                reader
                    .lexicon
                    .phrase(&word, |offset| reader.lower(first + offset))
            })
            .filter(|(_, class)| class.has(Class::ANAPHORA))
            .map(|(length, _)| length);
        let Some(length) = phrase.or_else(|| reader.class(first).has(Class::ANAPHORA).then_some(1)) else {
            return;
        };
        let plain = reader.outer(segment.tokens.clone()).iter().all(|token| {
            token.quote().is_none() && !token.is_colon() && (!token.class.has(Class::THAT) || token.upper)
        });
        let apart = segment.paragraph == previous.paragraph || segment.paragraph == previous.paragraph + 1;
        let free = previous.tokens.clone().all(|token| !self.is_covered(token));
        let Some(cue) = cues.iter().find(|cue| {
            cue.class.has(Class::SAY | Class::TELL)
                && cue.group <= first + length + 2
                && cue.tokens.start >= first
        }) else {
            return;
        };
        if !plain
            || !apart
            || !free
            || previous.title_case
            || self.is_covered(cue.tokens.start)
            || reader.word_count(segment.tokens.clone()) > WORDS_MAX
            || reader.word_count(previous.tokens.clone()) < 4
        {
            return;
        }
        let mut from = cue.tokens.end;
        while reader
            .class(from)
            .has(Class::ADVERB | Class::TIME | Class::OBJECT_PRONOUN)
        {
            from += 1;
        }
        let Some(speaker) = reader.phrase_after(from, segment.tokens.end) else {
            return;
        };
        self.record(
            at - 1,
            std::slice::from_ref(&previous.tokens),
            Some(speaker),
            Some(cue.tokens.clone()),
            Rule::Anaphora,
        );
    }
}
