//! Quotations that no cue of their sentence took: a speech that goes on, or a mark that is no quotation.

use super::super::lexicon::Class;
use super::super::reader::Reader;
use super::super::rule::Rule;
use super::{Attribution, Pass};
use crate::message::QuoteKind;

/// Fewest words of a quotation that stands alone.
const WORDS_MIN: usize = 4;

impl Pass<'_, '_> {
    /// Takes sentences that are nothing but a quotation and follow an attribution.
    pub(super) fn float(&mut self) {
        let reader = self.reader;
        let mut ends: Vec<(usize, usize)> = self
            .found
            .iter()
            .enumerate()
            .map(|(index, found)| (self.end_of(found), index))
            .collect();
        ends.sort_unstable();
        let mut ends = ends.into_iter().peekable();
        let mut latest: Option<usize> = None;
        for at in 0..reader.segments.len() {
            let Some(segment) = reader.segments.get(at) else {
                break;
            };
            let Some(byte) = reader.token(segment.tokens.start).map(|token| token.start) else {
                continue;
            };
            while let Some((_, index)) = ends.next_if(|(end, _)| *end <= byte) {
                latest = Some(index);
            }
            let alone = reader.alone(at);
            let Some(span) = alone.or_else(|| reader.leading(at)).or_else(|| reader.led(at)) else {
                continue;
            };
            if self.claimed.get(span).copied().flatten().is_some() {
                continue;
            }
            let Some(marked) = reader.marked.get(span) else {
                continue;
            };
            let same_paragraph = at > 0
                && reader
                    .segments
                    .get(at - 1)
                    .is_some_and(|before| before.paragraph == segment.paragraph);
            let near = latest
                .and_then(|latest| self.found.get(latest))
                .is_some_and(|found| segment.paragraph.saturating_sub(self.paragraph_of(found)) <= 1);
            if !near
                && reader.lexicon.verb_second()
                && same_paragraph
                && alone.is_some()
                && marked.capital
                && marked.words > WORDS_MIN
                && let Some(speaker) = reader.sentence_subject_before(at)
            {
                // Whoever the sentence before is about speaks, though no word says so.
                if let Some(claimed) = self.claimed.get_mut(span) {
                    *claimed = Some(self.found.len());
                }
                latest = Some(self.found.len());
                self.found.push(Attribution {
                    parts: super::paragraphs(reader.text, &marked.inner),
                    kind: QuoteKind::Direct,
                    speaker: Some(speaker),
                    cue: None,
                    segment: at,
                    continuation: false,
                    rule: Rule::Alone,
                });
                continue;
            }
            if alone.is_some()
                && marked.words >= WORDS_MIN
                && let Some(speaker) = reader.introducing_colon(at).or_else(|| reader.signed(at))
            {
                if let Some(claimed) = self.claimed.get_mut(span) {
                    *claimed = Some(self.found.len());
                }
                latest = Some(self.found.len());
                self.found.push(Attribution {
                    parts: super::paragraphs(reader.text, &marked.inner),
                    kind: QuoteKind::Direct,
                    speaker: Some(speaker),
                    cue: None,
                    segment: at,
                    continuation: false,
                    rule: Rule::Framed,
                });
                continue;
            }
            let Some(previous) = latest.map(|latest| self.main(latest)) else {
                continue;
            };
            let Some(attribution) = self.found.get(previous) else {
                continue;
            };
            let gap = segment.paragraph.saturating_sub(self.paragraph_of(attribution));
            if gap > 1 {
                continue;
            }
            if alone.is_none()
                && !(same_paragraph
                    && attribution.kind == QuoteKind::Direct
                    && marked.capital
                    && marked.words > WORDS_MIN)
            {
                continue;
            }
            let cut_in = same_paragraph
                .then(|| reader.hanging(at))
                .flatten()
                .filter(|speaker| {
                    attribution.speaker.as_ref() != Some(speaker)
                        && !(attribution.kind != QuoteKind::Indirect
                            && attribution.segment + 1 == at
                            && self.is_covered(speaker.start))
                });
            let joined = cut_in.is_none()
                && same_paragraph
                && attribution.segment + 2 > at
                && attribution.kind != QuoteKind::Indirect
                || cut_in.is_none()
                    && !same_paragraph
                    && attribution.kind == QuoteKind::Direct
                    && marked.words >= WORDS_MIN
                    && marked.capital;
            if joined {
                let inner = super::paragraphs(reader.text, &marked.inner);
                if let Some(claimed) = self.claimed.get_mut(span) {
                    *claimed = Some(previous);
                }
                if let Some(attribution) = self.found.get_mut(previous) {
                    attribution.parts.extend(inner);
                    attribution.parts.sort_by_key(|part| part.start);
                    attribution.segment = at;
                }
                continue;
            }
            if marked.words < WORDS_MIN || !marked.capital || alone.is_none() {
                continue;
            }
            let unattributed = same_paragraph && attribution.segment + 1 < at;
            let speaker = cut_in
                .or_else(|| unattributed.then(|| reader.sentence_subject_before(at)).flatten())
                .or_else(|| attribution.speaker.clone());
            if speaker.is_none() {
                continue;
            }
            if let Some(claimed) = self.claimed.get_mut(span) {
                *claimed = Some(self.found.len());
            }
            latest = Some(self.found.len());
            self.found.push(Attribution {
                parts: super::paragraphs(reader.text, &marked.inner),
                kind: QuoteKind::Direct,
                speaker,
                cue: None,
                segment: at,
                continuation: !same_paragraph,
                rule: Rule::GoesOn,
            });
        }
    }

    /// The attribution of words in marks in the sentence of `latest`, if that one is of other words: “…,” said X, who
    /// said that …
    fn main(&self, latest: usize) -> usize {
        let Some(attribution) = self
            .found
            .get(latest)
            .filter(|found| found.kind == QuoteKind::Indirect)
        else {
            return latest;
        };
        let segment = attribution.segment;
        self.found
            .iter()
            .enumerate()
            .rev()
            .skip_while(|(index, _)| *index > latest + 4)
            .take(12)
            .find(|(_, found)| found.segment == segment && found.kind == QuoteKind::Direct)
            .map_or(latest, |(index, _)| index)
    }

    /// Where the content and the cue of an attribution are over.
    fn end_of(&self, found: &Attribution) -> usize {
        let cue = found
            .cue
            .as_ref()
            .and_then(|cue| self.reader.bytes(cue))
            .map_or(0, |cue| cue.end);
        found.parts.last().map_or(0, |part| part.end).max(cue)
    }

    fn paragraph_of(&self, attribution: &Attribution) -> usize {
        self.reader
            .segments
            .get(attribution.segment)
            .map_or(0, |segment| segment.paragraph)
    }
}

impl Reader<'_> {
    /// The subject of the sentence before, in the same paragraph or at the end of the one before.
    pub(super) fn sentence_subject_before(&self, segment: usize) -> Option<std::ops::Range<usize>> {
        let here = self.segments.get(segment)?;
        let before = self.segments.get(segment.checked_sub(1)?)?;
        if here.paragraph > before.paragraph + 1 {
            return None;
        }
        self.sentence_subject(before, before.tokens.end)
    }

    /// Whoever the sentence before ends with as about to speak: …, and her husband cut in. “…”
    fn hanging(&self, segment: usize) -> Option<std::ops::Range<usize>> {
        let before = self.segments.get(segment.checked_sub(1)?)?;
        let end = before.tokens.end;
        let cue = (before.tokens.start..end)
            .rev()
            .take(6)
            .find_map(|at| self.cue_at(before, at).ok())
            .filter(|cue| {
                cue.class.has(Class::SAY)
                    && !cue.class.has(Class::MARKED | Class::NOUN)
                    && cue.voice == super::super::reader::Voice::Finite
                    && self.lexicon.has_possessive()
                    && self.outer(cue.tokens.end..end).iter().all(|token| {
                        token.is_terminator() || token.class.has(Class::ADVERB | Class::OBJECT_PRONOUN)
                    })
            })?;
        self.subject_before(before, &cue)
    }

    /// Whoever speaks by a colon that ends the paragraph before: She went on to say: | “…”
    fn introducing_colon(&self, segment: usize) -> Option<std::ops::Range<usize>> {
        let here = self.segments.get(segment)?;
        let before = self.segments.get(segment.checked_sub(1)?)?;
        let last = before.tokens.end.checked_sub(1)?;
        let fits = here.paragraph == before.paragraph + 1 && self.token(last)?.is_colon();
        if !fits {
            return None;
        }
        let cue = before
            .tokens
            .clone()
            .rev()
            .find_map(|at| self.cue_at(before, at).ok())
            .and_then(|cue| self.subject_before(before, &cue));
        cue.or_else(|| self.sentence_subject(before, last))
    }

    /// Whoever signs a quotation in the paragraph behind it: “…” | – Name.
    fn signed(&self, segment: usize) -> Option<std::ops::Range<usize>> {
        let here = self.segments.get(segment)?;
        let next = self.segments.get(segment + 1)?;
        let first = next.tokens.start;
        if next.paragraph != here.paragraph + 1 || !self.token(first)?.is_dash() {
            return None;
        }
        let phrase = self.phrase_after(first + 1, next.tokens.end)?;
        let rest = self.outer(phrase.end..next.tokens.end);
        (rest.iter().all(|token| token.is_terminator()) && self.token(phrase.start)?.upper).then_some(phrase)
    }

    /// The quotation that a sentence begins with.
    pub(super) fn leading(&self, segment: usize) -> Option<usize> {
        let first = self.segments.get(segment)?.tokens.start;
        self.token(first)?.quote()
    }

    /// The quotation that ends a sentence behind a word or two: Indeed, “…”
    fn led(&self, segment: usize) -> Option<usize> {
        let tokens = self.segments.get(segment)?.tokens.clone();
        let at = tokens
            .clone()
            .take(5)
            .find(|at| self.token(*at).is_some_and(|token| token.quote().is_some()))?;
        let closes = self
            .outer(at + 1..tokens.end)
            .iter()
            .all(|token| token.is_terminator());
        let words = self.outer(tokens.start..at);
        let plain = words
            .iter()
            .all(|token| !token.class.has(Class::CUE | Class::AUX | Class::VERB) && !token.is_colon());
        (closes && plain && words.len() <= 3)
            .then(|| self.token(at)?.quote())
            .flatten()
    }

    /// The quotation that is all of a sentence.
    pub(super) fn alone(&self, segment: usize) -> Option<usize> {
        let tokens = self.segments.get(segment)?.tokens.clone();
        let mut only = None;
        for token in self.outer(tokens) {
            match token.quote() {
                Some(span) if only.is_none() => only = Some(span),
                Some(_) => return None,
                None if token.is_word() => return None,
                None => {}
            }
        }
        only
    }
}
