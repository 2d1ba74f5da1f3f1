//! Speech that the verb's mood alone reports: der Damm sei sicher.
//!
//! Invariant: a sentence that another attribution took is left alone. Deliberately absent: what makes a verb one of
//! reported speech; that is the lexicon's.

use super::super::lexicon::Class;
use super::super::rule::Rule;
use super::{Attribution, Pass};
use crate::message::QuoteKind;

impl Pass<'_, '_> {
    /// Takes sentences in the subjunctive of reported speech that follow an attribution in their paragraph.
    pub(super) fn reported(&mut self) {
        let reader = self.reader;
        let mut last: Option<usize> = None;
        let mut open: Option<usize> = None;
        let mut by_segment: Vec<Option<usize>> = vec![None; reader.segments.len()];
        for (index, found) in self.found.iter().enumerate() {
            if let Some(slot) = by_segment.get_mut(found.segment) {
                *slot = Some(index);
            }
        }
        let mut paragraph = usize::MAX;
        let mut before: Option<std::ops::Range<usize>> = None;
        for (at, segment) in reader.segments.iter().enumerate() {
            if segment.paragraph != paragraph {
                // The speech of the paragraph before may go on in this one.
                before = (segment.paragraph == paragraph.wrapping_add(1))
                    .then(|| {
                        last.and_then(|last| self.found.get(last))
                            .and_then(|found| found.speaker.clone())
                    })
                    .flatten();
                paragraph = segment.paragraph;
                last = None;
                open = None;
            }
            if let Some(index) = by_segment.get(at).copied().flatten() {
                last = Some(index);
                open = None;
                continue;
            }
            let tokens = reader.outer(segment.tokens.clone());
            let reported = tokens.iter().any(|token| token.class.has(Class::SUBJUNCTIVE))
                && !tokens.iter().any(|token| token.class.has(Class::CUE));
            if !reported {
                open = None;
                continue;
            }
            let Some(bytes) = reader.bytes(&segment.tokens) else {
                continue;
            };
            if let Some(attribution) = open.and_then(|open| self.found.get_mut(open)) {
                // Sentence after sentence of the same speech is one quotation.
                if let Some(part) = attribution.parts.last_mut() {
                    part.end = bytes.end;
                }
                continue;
            }
            let speaker = last
                .and_then(|last| self.found.get(last))
                .and_then(|found| found.speaker.clone());
            let quoted = tokens.iter().any(|token| token.quote().is_some());
            open = Some(self.found.len());
            self.found.push(Attribution {
                parts: vec![bytes],
                kind: if quoted {
                    QuoteKind::Mixed
                } else {
                    QuoteKind::Indirect
                },
                speaker: speaker
                    .or_else(|| reader.sentence_subject_before(at))
                    .or_else(|| before.clone()),
                cue: None,
                segment: at,
                continuation: false,
                rule: Rule::Reported,
            });
        }
    }
}
