//! Quotations that a colon or a comma introduces, and headlines: `Name: what they say`.
//!
//! Invariant: what a cue took is left to it. Deliberately absent: colons behind a cue; see [`super::before`].

use super::super::lexicon::{Class, Order};
use super::super::rule::Rule;
use super::super::tokens;
use super::Pass;

impl Pass<'_, '_> {
    /// Takes quotations that a colon, or a comma before a whole sentence, introduces without a verb that is known.
    pub(super) fn introduced(&mut self, at: usize) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        for token in segment.tokens.clone() {
            let Some(span) = reader.token(token).and_then(|token| token.quote()) else {
                continue;
            };
            let Some(marked) = reader.marked.get(span) else {
                continue;
            };
            if self.is_covered(token) || token <= segment.tokens.start + 1 {
                continue;
            }
            let Some(before) = reader.token(token - 1) else {
                continue;
            };
            let title = marked.title && !tokens::is_terminator(marked.last);
            let answer = reader.lexicon.has_possessive()
                && reader
                    .class(token - 2)
                    .has(Class::NOUN | Class::MEDIUM | Class::WORDING | Class::CUE);
            let whole = marked.capital && marked.words == 2 && tokens::is_terminator(marked.last);
            let colon = before.is_colon() && (marked.words >= 3 || whole || answer) && !title;
            let comma = before.is_comma()
                && marked.capital
                && marked.words >= 5
                && tokens::is_terminator(marked.last);
            if !(colon || comma) || reader.is_title(token) {
                continue;
            }
            let cited = segment
                .tokens
                .clone()
                .take_while(|at| *at < token)
                .find(|at| reader.class(*at).has(Class::CITING))
                .and_then(|at| reader.phrase_after(at + 1, token - 1));
            let thus = (segment.tokens.start + 1..token)
                .rev()
                .take(7)
                .find(|at| {
                    reader.class(*at).has(Class::THUS)
                        && reader.token(*at - 1).is_some_and(|token| token.is_comma())
                })
                .and_then(|at| reader.phrase_after(at + 1, token - 1));
            let opening = (reader.lexicon.order() == Order::Unspaced)
                .then(|| reader.last_opening(segment.tokens.start, token - 1))
                .flatten();
            let speaker = cited
                .or(thus)
                .or(opening)
                .or_else(|| reader.sentence_subject(segment, token - 1))
                .or_else(|| reader.phrase_before(segment.tokens.start, token - 1));
            // Her neighbour's reply: “…”: whoever owns the reply speaks.
            if let Some(mut speaker) = speaker {
                let genitive = (speaker.start + 1..speaker.end)
                    .find(|at| answer && reader.class(*at).has(Class::GENITIVE));
                speaker.end = genitive.unwrap_or(speaker.end);
                self.record(at, &[token..token + 1], Some(speaker), None, Rule::Introduced);
            }
        }
    }

    /// `Name: what they say`, in a headline.
    pub(super) fn headline(&mut self, at: usize) {
        let reader = self.reader;
        let Some(segment) = reader
            .segments
            .get(at)
            .filter(|segment| segment.title_case || segment.paragraph == 0)
        else {
            return;
        };
        let tokens = segment.tokens.clone();
        let Some(colon) = tokens
            .clone()
            .take(7)
            .find(|at| reader.token(*at).is_some_and(|token| token.is_colon()))
        else {
            return;
        };
        let named = reader
            .outer(tokens.start..colon)
            .iter()
            .all(|token| token.upper || token.class.has(Class::PARTICLE | Class::PREPOSITION));
        if !named
            || colon == tokens.start
            || self.is_covered(colon + 1)
            || reader.word_count(colon + 1..tokens.end) < 3
        {
            return;
        }
        if reader
            .phrase_before(tokens.start, colon)
            .is_some_and(|phrase| phrase.start == tokens.start && phrase.len() <= 4)
        {
            // Said Name: “…”
            let verb = reader.class(tokens.start);
            let said = colon > tokens.start + 1 && verb.has(Class::SAY) && verb.has(Class::FINITE);
            let (speaker, cue) = if said {
                (tokens.start + 1..colon, tokens.start..tokens.start + 1)
            } else {
                (tokens.start..colon, colon..colon + 1)
            };
            self.record(
                at,
                &[colon + 1..tokens.end],
                Some(speaker),
                Some(cue),
                Rule::Headline,
            );
        }
    }
}
