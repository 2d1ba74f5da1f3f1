//! Attributions before their content: `X said that …`, `X told Y: “…”`, `according to X, …`.

use std::ops::Range;

use super::super::lexicon::{Class, Order};
use super::super::outer::Segment;
use super::super::reader::{Cue, Reader, Voice};
use super::super::tokens::{Kind, Token};
use super::Pass;

impl Pass<'_, '_> {
    /// Takes the content behind a cue; gives the speaker. `last` is the speaker of the attribution before it in
    /// the sentence.
    pub(super) fn before(&mut self, at: usize, cue: &Cue, last: Option<&Range<usize>>) -> Option<Range<usize>> {
        let reader = self.reader;
        let segment = reader.segments.get(at)?;
        let own = match cue.voice {
            Voice::Passive | Voice::Preposition => None,
            Voice::Shared => None,
            Voice::Finite | Voice::Behind => match reader.lexicon.order() {
                Order::VerbFirst => reader.subject_after(segment, cue),
                _ => reader.subject_before(segment, cue).or_else(|| reader.subject_after(segment, cue)),
            },
        };
        let speaker = match cue.voice {
            Voice::Passive | Voice::Preposition => None,
            _ if own.is_none() && cue.voice == Voice::Finite && !reader.class(cue.group.saturating_sub(1)).has(Class::AND) => None,
            _ => own.or_else(|| last.cloned()).or_else(|| reader.sentence_subject(segment, cue.group)),
        };
        let dummy = speaker.as_ref().is_some_and(|speaker| speaker.len() == 1 && reader.class(speaker.start).has(Class::DUMMY));
        let speaker = if dummy { None } else { speaker };
        if speaker.is_none() && !dummy && cue.voice != Voice::Passive {
            return None;
        }
        if cue.voice == Voice::Passive {
            return self.impersonal(at, cue);
        }
        let mut cue = cue.clone();
        let tokens = cue.tokens.clone();
        if let Some(speaker) = speaker.as_ref().filter(|speaker| speaker.start == cue.tokens.end) {
            // The subject stands between the verb and the content.
            cue.tokens.end = speaker.end;
        }
        let start = reader.content_start(segment, &cue)?;
        let mut end = reader.content_end(segment, start, cue.class);
        cue.tokens = tokens;
        if let Some(limit) = self.limits.iter().copied().filter(|limit| *limit > start).min()
            && limit < end
        {
            end = limit;
            while end > start && reader.class(end - 1).has(Class::AND | Class::SUBORDINATOR | Class::RELATIVE | Class::PREPOSITION | Class::ADVERB) {
                end -= 1;
            }
        }
        end = (start..end).find(|at| self.is_covered(*at)).unwrap_or(end);
        if start >= end {
            return speaker;
        }
        let region = start..end;
        let spans: Vec<usize> = region.clone().filter(|at| reader.token(*at).is_some_and(|token| token.quote().is_some())).collect();
        if spans.is_empty() && reader.word_count(region.clone()) < 2 {
            return speaker;
        }
        let ends_marked = reader.token(end - 1).is_some_and(|token| token.quote().is_some())
            || end >= 2 && reader.token(end - 1).is_some_and(|token| token.is_terminator()) && reader.token(end - 2).is_some_and(|token| token.quote().is_some());
        let begins_marked = spans.first() == Some(&region.start);
        if begins_marked && ends_marked && spans.len() > 1 && reader.word_count(region.clone()) > 0 {
            // Marks at both edges and the reporter's words between them: each is quoted by itself.
            for span in spans {
                self.record(at, &[span..span + 1], speaker.clone(), Some(cue.tokens.clone()), 0.9);
            }
            return speaker;
        }
        let confidence = match (spans.is_empty(), cue.class.has(Class::SAY | Class::TELL)) {
            (false, true) => 0.9,
            (true, true) => 0.7,
            _ => 0.5,
        };
        self.record(at, &[region], speaker.clone(), Some(cue.tokens.clone()), confidence);
        speaker
    }

    /// Takes what is said of a subject by nobody in particular: X is expected to …
    fn impersonal(&mut self, at: usize, cue: &Cue) -> Option<Range<usize>> {
        let reader = self.reader;
        let segment = reader.segments.get(at)?;
        let subject = reader.subject_before(segment, cue)?;
        let start = reader.content_start(segment, cue)?;
        let end = reader.content_end(segment, start, Class::OBJECT);
        if reader.word_count(start..end) >= 2 {
            self.record(at, &[subject, start..end], None, Some(cue.tokens.clone()), 0.5);
        }
        None
    }

    /// Takes the content of a preposition: according to X.
    pub(super) fn according(&mut self, at: usize, cue: &Cue) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else { return };
        let floor = segment.tokens.start;
        if cue.class.has(Class::ACCORDING_CLAUSE) {
            self.source_clause(at, cue);
            return;
        }
        if cue.class.has(Class::ACCORDING_AFTER) {
            self.according_after(at, cue);
            return;
        }
        let Some(speaker) = reader.phrase_after(cue.tokens.end, segment.tokens.end) else { return };
        let cue_tokens = Some(cue.tokens.clone());
        let ahead = (floor..cue.tokens.start).rev().find(|at| self.is_covered(*at)).map_or(floor, |at| at + 1);
        let mut left = ahead..cue.tokens.start;
        let quote = (ahead..cue.tokens.start).rev().take(2).find(|at| reader.token(*at).is_some_and(|token| token.quote().is_some()));
        if let Some(quote) = quote.filter(|quote| reader.token(*quote).and_then(|token| reader.marked.get(token.quote()?)).is_some_and(|marked| marked.capital)) {
            left.start = quote;
        }
        let joined = cue.tokens.start > floor && !reader.token(cue.tokens.start - 1).is_some_and(|token| token.is_comma() || token.is_dash() || token.quote().is_some());
        let after = speaker.end;
        let goes_on = reader.token(after).is_some_and(|token| token.is_word() || token.quote().is_some() || token.kind == Kind::Number);
        if reader.lexicon.verb_second() && joined && goes_on && cue.tokens.start > floor {
            // In the middle of the clause: what stands on both sides of it is the source's.
            let end = reader.content_end(segment, after, Class::SAY);
            self.record(at, &[left, after..end], Some(speaker), cue_tokens, 0.8);
            return;
        }
        if reader.word_count(left.clone()) >= 3 {
            self.record(at, &[left], Some(speaker), cue_tokens, 0.85);
            return;
        }
        // Behind the comma that closes the source.
        let reach = if reader.lexicon.verb_second() { speaker.end + 1 } else { speaker.end + 14 };
        let comma = (speaker.end..segment.tokens.end.min(reach)).find(|at| reader.token(*at).is_some_and(|token| token.is_comma()));
        let start = comma.map_or(speaker.end, |comma| comma + 1);
        let end = reader.content_end(segment, start, Class::SAY);
        if reader.word_count(start..end) >= 3 {
            self.record(at, &[start..end], Some(speaker), cue_tokens, 0.85);
        }
    }
}

impl Pass<'_, '_> {
    /// Takes the content around a clause that names its source: wie die Polizei mitteilte.
    fn source_clause(&mut self, at: usize, cue: &Cue) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else { return };
        let floor = segment.tokens.start;
        let Some(speaker) = reader.phrase_after(cue.tokens.start + 1, cue.tokens.end) else { return };
        let verb = (speaker.end..cue.tokens.end).rev().find(|at| reader.class(*at).has(Class::SAY));
        let verb = verb.map(|verb| verb..verb + 1);
        let left = floor..cue.tokens.start;
        let region = if reader.word_count(left.clone()) >= 3 {
            left
        } else {
            let start = (cue.tokens.end + 1).min(segment.tokens.end);
            start..reader.content_end(segment, start, Class::SAY)
        };
        if reader.word_count(region.clone()) >= 3 {
            self.record(at, &[region], Some(speaker), verb, 0.85);
        }
    }

    /// Takes the content around a source that its preposition follows: Polizeiangaben zufolge.
    fn according_after(&mut self, at: usize, cue: &Cue) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else { return };
        let floor = segment.tokens.start;
        let Some(speaker) = reader.phrase_before(floor, cue.tokens.start) else { return };
        let left = floor..speaker.start;
        let region = if reader.word_count(left.clone()) >= 3 {
            left
        } else {
            cue.tokens.end..reader.content_end(segment, cue.tokens.end, Class::SAY)
        };
        if reader.word_count(region.clone()) >= 3 {
            self.record(at, &[region], Some(speaker), Some(cue.tokens.clone()), 0.85);
        }
    }
}

impl Reader<'_> {
    /// The subject behind its verb: dijo el ministro que.
    fn subject_after(&self, segment: &Segment, cue: &Cue) -> Option<Range<usize>> {
        if self.lexicon.has_possessive() {
            return None;
        }
        let end = segment.tokens.end;
        let mut at = cue.tokens.end;
        while at < end && self.class(at).has(Class::ADVERB | Class::TIME) {
            at += 1;
        }
        let subject = self.phrase_after(at, end)?;
        if self.lexicon.order() == Order::VerbFirst {
            return Some(subject);
        }
        let next = self.token(subject.end)?;
        (next.class.has(Class::THAT) || next.is_colon() || next.is_comma() && self.lexicon.comma_clause()).then_some(subject)
    }

    /// Where the content of a cue begins, if it has any behind it.
    pub(super) fn content_start(&self, segment: &Segment, cue: &Cue) -> Option<usize> {
        let end = segment.tokens.end;
        let mut at = cue.tokens.end;
        let class = cue.class;
        while at < end && self.class(at).has(Class::ADVERB) && !self.class(at).has(Class::THAT | Class::QUESTION) {
            at += 1;
        }
        if at >= end {
            return None;
        }
        if class.has(Class::TOINF | Class::IMPERSONAL) && self.class(at).has(Class::TO) {
            return Some(at);
        }
        if cue.voice == Voice::Passive {
            let token = self.token(at)?;
            return (token.is_word() && !token.class.has(Class::AND | Class::SUBORDINATOR | Class::THAT)).then_some(at);
        }
        if class.has(Class::TELL)
            && let Some(start) = self.behind_hearer(at, end)
        {
            return Some(start);
        }
        if class.has(Class::SAY) {
            return self.clause_start(at, end, class);
        }
        if class.has(Class::OBJECT) {
            let token = self.token(at)?;
            let object = token.quote().is_some()
                || token.is_word()
                    && (self.nominal(token) || token.class.has(Class::OBJECT_PRONOUN | Class::QUESTION) || token.class.has(Class::POSSESSIVE));
            return object.then_some(at);
        }
        if class.has(Class::NAMING) && self.class(at).has(Class::OBJECT_PRONOUN) && at + 1 < end && self.token(at + 1).is_some_and(|next| self.nominal(next) || next.quote().is_some()) {
            return Some(at);
        }
        if class.has(Class::NAMING) {
            let quote = (at..end.min(at + 10)).find(|at| self.token(*at).is_some_and(|token| token.quote().is_some()))?;
            let clean = self.outer(at..quote).iter().all(|token| token.is_word() && !token.class.has(Class::AUX | Class::VERB));
            return clean.then_some(if self.lexicon.has_possessive() { at } else { quote });
        }
        None
    }

    fn clause_start(&self, at: usize, end: usize, class: Class) -> Option<usize> {
        let token = self.token(at)?;
        if token.quote().is_some() || token.class.has(Class::THAT | Class::QUESTION) {
            return Some(at);
        }
        if token.is_colon() {
            return Some(at + 1);
        }
        if token.is_comma() && self.class(at + 1).has(Class::THAT | Class::QUESTION) {
            return Some(at + 1);
        }
        if token.is_comma() && self.lexicon.comma_clause() && at + 1 < end {
            // An apposition may stand before the clause: sagte X, der Sprecher, dass.
            let later = (at + 2..end.min(at + 20))
                .take_while(|at| !self.class(*at).has(Class::SUBJUNCTIVE | Class::PRONOUN))
                .find(|at| self.class(*at).has(Class::THAT) && self.token(at - 1).is_some_and(|before| before.is_comma()));
            return Some(later.unwrap_or(at + 1));
        }
        if token.is_comma() {
            if self.token(at + 1).is_some_and(|next| next.quote().is_some()) {
                return Some(at + 1);
            }
            // A frame: said, however, that.
            let close = (at + 1..end.min(at + 12)).find(|at| self.token(*at).is_some_and(|token| token.is_comma()))?;
            let next = self.token(close + 1)?;
            return (next.quote().is_some() || next.class.has(Class::THAT)).then_some(close + 1);
        }
        if token.class.has(Class::PREPOSITION | Class::TIME | Class::TO) {
            let limit = end.min(at + 16);
            let mut here = at;
            while here < limit {
                let inside = self.token(here)?;
                if inside.class.has(Class::THAT) && here > at {
                    return Some(here);
                }
                if inside.is_comma() || inside.is_colon() {
                    let next = self.token(here + 1)?;
                    return (next.quote().is_some() || next.class.has(Class::THAT) || inside.is_colon()).then_some(here + 1);
                }
                if inside.class.has(Class::PRONOUN) && !inside.class.has(Class::DETERMINER) {
                    return Some(here);
                }
                if inside.class.has(Class::TIME) {
                    let next = self.token(here + 1)?;
                    if next.class.has(Class::DETERMINER | Class::POSSESSIVE) || next.upper && !next.class.has(Class::TIME) {
                        return Some(here + 1);
                    }
                }
                here += 1;
            }
            return class.has(Class::OBJECT).then_some(at);
        }
        if !self.lexicon.has_possessive() && self.lexicon.order() != Order::Unspaced {
            // Other languages than English do not drop the conjunction: look for it behind the hearer.
            let limit = end.min(at + 14);
            return (at..limit)
                .find(|at| {
                    self.token(*at).is_some_and(|token| {
                        token.class.has(Class::THAT) || token.is_colon() || token.quote().is_some() || token.is_comma() && self.lexicon.comma_clause()
                    })
                })
                .map(|at| if self.token(at).is_some_and(|token| token.is_colon() || token.is_comma()) { at + 1 } else { at });
        }
        if token.is_word() || token.kind == super::super::tokens::Kind::Number {
            return Some(at);
        }
        None
    }

    /// Where the content begins behind the one who is told.
    fn behind_hearer(&self, at: usize, end: usize) -> Option<usize> {
        let token = self.token(at)?;
        let opens = |at: usize| -> Option<usize> {
            let token = self.token(at).filter(|_| at < end)?;
            if token.quote().is_some() || token.class.has(Class::THAT | Class::QUESTION | Class::TO) {
                return Some(at);
            }
            if token.is_colon() || token.is_comma() && self.token(at + 1).is_some_and(|next| next.quote().is_some()) {
                return Some(at + 1);
            }
            None
        };
        if let Some(start) = opens(at) {
            return Some(start);
        }
        let after = if token.class.has(Class::OBJECT_PRONOUN)
            && !(token.class.has(Class::POSSESSIVE) && self.token(at + 1).is_some_and(|next| self.nominal(next)))
        {
            at + 1
        } else {
            self.phrase_after(at, end)?.end
        };
        if let Some(start) = opens(after) {
            return Some(start);
        }
        let next = self.token(after).filter(|_| after < end)?;
        if next.class.has(Class::PREPOSITION | Class::TIME | Class::ADVERB) {
            let start = self.clause_start(after, end, Class::SAY)?;
            return Some(start);
        }
        (next.class.has(Class::PRONOUN | Class::DETERMINER | Class::POSSESSIVE) || next.upper).then_some(after)
    }

    /// One past the last token of content that begins at `start`.
    pub(super) fn content_end(&self, segment: &Segment, start: usize, class: Class) -> usize {
        let end = segment.tokens.end;
        if let Some(span) = self.token(start).and_then(|token| token.quote())
            && let Some(marked) = self.marked.get(span)
        {
            let last = marked.last;
            let next = self.token(start + 1);
            let more = next.is_some_and(|next| next.quote().is_some());
            if (super::super::tokens::is_terminator(last) || matches!(last, ',')) && !more {
                return start + 1;
            }
            let closes = next.is_some_and(|next| next.is_comma())
                && self.token(start + 2).is_none_or(|after| after.quote().is_none() && !after.class.has(Class::AND));
            if closes {
                return start + 1;
            }
            if class.has(Class::NAMING) && !self.lexicon.has_possessive() {
                return start + 1;
            }
        }
        let clausal = class.has(Class::SAY | Class::TELL);
        let mut at = start;
        while at < end {
            let Some(token) = self.token(at) else { break };
            if let Some(marked) = token.quote().and_then(|span| self.marked.get(span)) {
                let next = self.class(at + 1);
                let listed = self.token(at + 1).is_some_and(|token| token.quote().is_some())
                    || next.has(Class::AND) && self.token(at + 2).is_some_and(|token| token.quote().is_some());
                let more = self
                    .outer(at + 1..end)
                    .iter()
                    .take_while(|token| !token.class.has(Class::CUE | Class::PRONOUN) && !token.is(';'))
                    .any(|token| token.quote().is_some());
                if matches!(marked.last, ',') && !listed && !more {
                    return at + 1;
                }
                let adverbial = next.has(Class::SUBORDINATOR) && !next.has(Class::THAT | Class::RELATIVE | Class::QUESTION)
                    || !clausal && next.has(Class::PREPOSITION) && !next.has(Class::JOIN);
                if self.lexicon.has_possessive() && adverbial {
                    return at + 1;
                }
            }
            if token.is_dash() && at > start + 3 && self.spaced(at) && !self.outer(at + 1..end).iter().any(Token::is_dash) {
                return at;
            }
            if token.is(';') && at > start {
                return at;
            }
            if token.is_comma() && at > start {
                let next = self.class(at + 1);
                let after = self.class(at + 2);
                if next.has(Class::ACCORDING) || next.has(Class::PHRASE) && self.begins_according(at + 1) {
                    return at;
                }
                if next.has(Class::GERUND) && next.has(Class::CUE) || next.has(Class::ADVERB) && after.has(Class::GERUND) && after.has(Class::CUE) {
                    return at;
                }
                if next.has(Class::AND | Class::SUBORDINATOR) && self.new_attribution(at + 2, end) {
                    return at;
                }
                if !clausal && next.has(Class::AND | Class::SUBORDINATOR | Class::RELATIVE | Class::GERUND | Class::PRONOUN) {
                    return at;
                }
            }
            if token.class.has(Class::AND) && at > start && self.new_attribution(at + 1, (at + 4).min(end)) {
                return at;
            }
            at += 1;
        }
        end
    }

    /// Whether white space stands around a token.
    fn spaced(&self, at: usize) -> bool {
        let (Some(before), Some(token), Some(after)) = (self.token(at - 1), self.token(at), self.token(at + 1)) else {
            return false;
        };
        before.end < token.start && token.end < after.start || token.kind == Kind::Punct('—')
    }

    fn begins_according(&self, at: usize) -> bool {
        self.lower(at)
            .and_then(|first| self.lexicon.phrase(&first, |offset| self.lower(at + offset)))
            .is_some_and(|(_, class)| class.has(Class::ACCORDING))
    }

    /// Whether a finite verb of speech stands within a few words.
    fn new_attribution(&self, from: usize, end: usize) -> bool {
        self.outer(from..end.min(from + 7).max(from))
            .iter()
            .take_while(|token| token.is_word())
            .any(|token| token.class.has(Class::SAY) && token.class.has(Class::FINITE) && !token.class.has(Class::INFINITIVE))
    }
}
