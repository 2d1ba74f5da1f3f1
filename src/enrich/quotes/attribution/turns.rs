//! Conversations that are written down: `Name: what they say`, paragraph after paragraph.
//!
//! Invariant: a turn reaches to the end of its paragraph. Deliberately absent: headlines with a colon, and turns that
//! have marks.

use super::super::lexicon::Class;
use super::super::outer::Segment;
use super::super::reader::Reader;
use super::super::rule::Rule;
use super::Pass;
use crate::message::QuoteKind;

/// Turns that make a conversation. Fewer are headings with a colon.
const TURNS_MIN: usize = 3;

impl Pass<'_, '_> {
    /// Takes the turns of a conversation that is written down: Name: what they say, paragraph after paragraph.
    pub(super) fn turns(&mut self) {
        let reader = self.reader;
        let mut turns: Vec<(usize, usize)> = Vec::new();
        let mut paragraph = None;
        for (at, segment) in reader.segments.iter().enumerate() {
            if paragraph == Some(segment.paragraph) {
                continue;
            }
            paragraph = Some(segment.paragraph);
            turns.extend(reader.turn(segment).map(|colon| (at, colon)));
        }
        let mut names: Vec<String> = turns
            .iter()
            .filter_map(|(_, colon)| reader.lower(colon - 1))
            .collect();
        names.sort_unstable();
        names.dedup();
        if turns.len() < TURNS_MIN || names.len() * 2 > turns.len() + 1 {
            // In a conversation somebody speaks again; topics with a colon do not come twice.
            return;
        }
        for (at, colon) in turns {
            let Some(segment) = reader.segments.get(at) else {
                continue;
            };
            let last = reader
                .segments
                .iter()
                .skip(at)
                .take_while(|other| other.paragraph == segment.paragraph)
                .last()
                .map_or(segment.tokens.end, |last| last.tokens.end);
            let speaker = segment.tokens.start..colon;
            let region = colon + 1..last;
            if !region.clone().any(|at| self.is_covered(at))
                && self.record(at, &[region], Some(speaker), Some(colon..colon + 1), Rule::Turn)
                && let Some(found) = self.found.last_mut()
            {
                found.kind = QuoteKind::Direct;
            }
        }
    }
}

impl Reader<'_> {
    /// The colon of a turn in a conversation, behind the name that the paragraph begins with: Matthews: Well, …
    fn turn(&self, segment: &Segment) -> Option<usize> {
        let first = segment.tokens.start;
        let colon = segment
            .tokens
            .clone()
            .take(5)
            .find(|at| self.token(*at).is_some_and(|token| token.is_colon()))
            .filter(|colon| *colon > first)?;
        let named = self.outer(first..colon).iter().all(|token| {
            token.is_word()
                && (token.upper || token.class.has(Class::PARTICLE))
                && !token.class.has(Class::CUE | Class::TIME)
        });
        let spoken = self.word_count(colon + 1..segment.tokens.end) >= 2
            && self.token(colon + 1).is_some_and(|token| token.quote().is_none());
        (named && spoken).then_some(colon)
    }
}
