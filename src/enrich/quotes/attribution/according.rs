//! Attributions by a preposition or a clause of source: `according to X`, `Polizeiangaben zufolge`, `wie X mitteilte`.

use std::ops::Range;

use super::super::lexicon::Class;
use super::super::reader::{Cue, Reader};
use super::super::rule::Rule;
use super::super::tokens::Kind;
use super::Pass;

impl Pass<'_, '_> {
    /// Takes the content of a preposition: according to X.
    pub(super) fn according(&mut self, at: usize, cue: &Cue) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let floor = segment.tokens.start;
        if cue.class.has(Class::ACCORDING_CLAUSE) {
            self.source_clause(at, cue);
            return;
        }
        if cue.class.has(Class::ACCORDING_AFTER) {
            self.according_after(at, cue);
            return;
        }
        let own = cue
            .tokens
            .clone()
            .find(|at| cue.tokens.len() > 1 && reader.class(*at).has(Class::POSSESSIVE));
        if let Some(own) = own {
            // По его словам: the source is inside the preposition.
            let mut start = cue.tokens.end;
            while reader.token(start).is_some_and(|token| token.is_comma()) {
                start += 1;
            }
            let left = floor..cue.tokens.start;
            let region = if reader.word_count(left.clone()) >= 3 {
                left
            } else {
                start..reader.content_end(segment, start, Class::SAY)
            };
            if reader.word_count(region.clone()) >= 3 {
                self.record(
                    at,
                    &[region],
                    Some(own..own + 1),
                    Some(cue.tokens.clone()),
                    Rule::According,
                );
            }
            return;
        }
        let Some(mut speaker) = reader
            .pronoun_source(cue.tokens.end, segment.tokens.end)
            .or_else(|| reader.phrase_after(cue.tokens.end, segment.tokens.end))
            // По предварительным данным, …: the source is inside the preposition.
            .or_else(|| {
                let closed = reader.token(cue.tokens.end).is_some_and(|token| token.is_comma());
                (closed && cue.tokens.len() > 2).then_some(cue.tokens.start + 1..cue.tokens.end)
            })
        else {
            return;
        };
        if reader
            .token(speaker.end)
            .is_some_and(|token| token.is_word() || token.kind == Kind::Number)
            || cue.tokens.start == floor
        {
            speaker.end = reader.genitive_end(&speaker);
        }
        if reader.lexicon.short_sources() {
            speaker.end = reader.short_end(&speaker);
        }
        let cue_tokens = Some(cue.tokens.clone());
        let ahead = (floor..cue.tokens.start)
            .rev()
            .find(|at| self.is_covered(*at))
            .map_or(floor, |at| at + 1);
        let mut left = ahead..cue.tokens.start;
        let quote = (ahead..cue.tokens.start)
            .rev()
            .take(2)
            .find(|at| reader.token(*at).is_some_and(|token| token.quote().is_some()));
        if let Some(quote) = quote.filter(|quote| {
            reader
                .token(*quote)
                .and_then(|token| reader.marked.get(token.quote()?))
                .is_some_and(|marked| marked.capital)
        }) {
            left.start = quote;
        }
        if reader.lexicon.verb_second()
            && reader.outer(left.clone()).iter().all(|token| token.is_word())
            && reader
                .outer(left.clone())
                .iter()
                .any(|token| token.class.has(Class::SAY) && token.class.has(Class::FINITE))
        {
            // Sagte X laut der Zeitung, …: X says it.
            return;
        }
        let joined = cue.tokens.start > floor
            && !reader
                .token(cue.tokens.start - 1)
                .is_some_and(|token| token.is_comma() || token.is_dash() || token.quote().is_some());
        let after = speaker.end;
        let goes_on = reader
            .token(after)
            .is_some_and(|token| token.is_word() || token.quote().is_some() || token.kind == Kind::Number);
        if reader.lexicon.verb_second() && joined && goes_on && cue.tokens.start > floor {
            // In the middle of the clause: what stands on both sides of it is the source's.
            let end = reader.content_end(segment, after, Class::SAY);
            self.record(
                at,
                &[left, after..end],
                Some(speaker),
                cue_tokens,
                Rule::According,
            );
            return;
        }
        let framed = reader.token(after).is_some_and(|token| token.is_comma())
            && left.end > left.start + 1
            && reader.token(left.end - 1).is_some_and(|token| token.is_comma());
        let cut = framed
            && reader
                .class(left.end - 2)
                .has(Class::RELATIVE | Class::AND | Class::SUBORDINATOR | Class::THAT);
        if reader.word_count(left.clone()) >= 3 && !cut {
            let mut regions = vec![left];
            let next = reader.class(after + 1);
            let rest = framed
                && after + 2 < segment.tokens.end
                && !next.has(
                    Class::AND | Class::RELATIVE | Class::GERUND | Class::SUBORDINATOR | Class::PREPOSITION,
                )
                && !(after + 1..segment.tokens.end).any(|at| self.is_covered(at))
                // According to X, the engineer.
                && !(reader.lexicon.has_possessive()
                    && reader.phrase_after(after + 1, segment.tokens.end).is_some_and(|phrase| {
                        phrase.end >= segment.tokens.end
                            || reader.token(phrase.end).is_some_and(|next| !next.is_word())
                    }));
            if rest {
                // The bridge, according to X, will open in May: the frame splits the clause.
                let end = reader.content_end(segment, after + 1, Class::SAY);
                regions.push(after + 1..end);
            }
            self.record(at, &regions, Some(speaker), cue_tokens, Rule::According);
            return;
        }
        if ahead > floor && reader.lexicon.has_possessive() {
            // What stands before it is somebody's already, so it is of that; nothing behind it is.
            return;
        }
        let left = if framed && !cut { left } else { after..after };
        // Behind the comma that closes the source.
        let reach = if reader.lexicon.verb_second() || reader.lexicon.short_sources() {
            speaker.end + 1
        } else {
            speaker.end + if reader.lexicon.has_possessive() { 24 } else { 14 }
        };
        let mut comma = (speaker.end..segment.tokens.end.min(reach))
            .find(|at| reader.token(*at).is_some_and(|token| token.is_comma()));
        if let Some(opens) = comma
            && reader.class(opens + 1).has(Class::RELATIVE)
            && !reader.class(opens + 1).has(Class::DETERMINER)
        {
            // According to the company, which …, the strike …: the relative clause is the source's.
            let closes = (opens + 2..segment.tokens.end.min(opens + 40))
                .find(|at| reader.token(*at).is_some_and(|token| token.is_comma()));
            comma = closes.or(comma);
        }
        let start = comma.map_or(speaker.end, |comma| comma + 1);
        let end = reader.content_end(segment, start, Class::SAY);
        let least = if reader.lexicon.has_possessive() || reader.lexicon.verb_second() {
            3
        } else {
            2
        };
        if reader.word_count(start..end) >= least {
            self.record(
                at,
                &[left, start..end],
                Some(speaker),
                cue_tokens,
                Rule::According,
            );
        }
    }
}

impl Reader<'_> {
    /// The pronoun that is the source of a preposition: selon lui, laut ihr.
    fn pronoun_source(&self, at: usize, end: usize) -> Option<Range<usize>> {
        let class = self.token(at).filter(|token| at < end && token.is_word())?.class;
        let pronoun = class.has(Class::PRONOUN | Class::OBJECT_PRONOUN)
            && !class.has(Class::ROLE | Class::THAT | Class::RELATIVE);
        let alone = !class.has(Class::DETERMINER | Class::POSSESSIVE)
            || !self
                .token(at + 1)
                .is_some_and(|next| at + 1 < end && self.nominal(next));
        (pronoun && alone).then_some(at..at + 1)
    }

    /// Where a source ends that nothing parts from the clause behind it: a demonstrative and its noun, a role and
    /// the two words behind it, else two words.
    pub(super) fn short_end(&self, phrase: &Range<usize>) -> usize {
        let closed = self
            .token(phrase.end)
            .is_none_or(|next| !next.is_word() && next.kind != Kind::Number && next.quote().is_none());
        if closed {
            return phrase.end;
        }
        let first = self.class(phrase.start);
        let role = phrase
            .clone()
            .take(3)
            .find(|at| self.class(*at).has(Class::ROLE | Class::BODY | Class::TITLE));
        let words = if first.has(Class::PRONOUN) {
            1
        } else if first.has(Class::DETERMINER) {
            2
        } else {
            role.map_or(2, |role| {
                role - phrase.start + if self.class(role).has(Class::PLURAL) { 1 } else { 3 }
            })
        };
        phrase.end.min(phrase.start + words)
    }

    /// Where the genitive of a source ends, in a language whose endings show it: według organizatorów | mecz.
    fn genitive_end(&self, phrase: &Range<usize>) -> usize {
        if !self.lexicon.has_genitive_endings() {
            return phrase.end;
        }
        let first_other = (phrase.start + 1..phrase.end).find(|at| {
            self.token(*at).is_some_and(|token| !token.upper)
                && self
                    .lower(*at)
                    .is_some_and(|word| !self.lexicon.ends_as_genitive(&word))
        });
        first_other.unwrap_or(phrase.end)
    }
}

impl Pass<'_, '_> {
    /// Takes the content around a clause that names its source: wie die Polizei mitteilte.
    fn source_clause(&mut self, at: usize, cue: &Cue) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let floor = segment.tokens.start;
        let Some(speaker) = reader.phrase_after(cue.tokens.start + 1, cue.tokens.end) else {
            return;
        };
        let verb = (speaker.end..cue.tokens.end)
            .rev()
            .find(|at| reader.class(*at).has(Class::SAY));
        let verb = verb.map(|verb| verb..verb + 1);
        let left = floor..cue.tokens.start;
        let right = (cue.tokens.end + 1).min(segment.tokens.end);
        // Shook a finger as she said, “…”: words in marks behind the clause are nearer to it than what stands before.
        let quoted = |at: usize| reader.token(at).is_some_and(|token| token.quote().is_some());
        let led = right < segment.tokens.end
            && quoted(right)
            && !(left.end.saturating_sub(2).max(floor)..left.end).any(quoted);
        let open = left.end >= 2
            && reader.lexicon.has_possessive()
            && reader.token(left.end - 1).is_some_and(|token| token.is_comma())
            && reader.class(left.end - 2).has(Class::SUBORDINATOR);
        let region = if reader.word_count(left.clone()) >= 3 && !led && !open {
            left
        } else {
            right..reader.content_end(segment, right, Class::SAY)
        };
        if reader.word_count(region.clone()) >= 3 || led {
            self.record(at, &[region], Some(speaker), verb, Rule::According);
        }
    }

    /// Takes the content around a source that its preposition follows: Polizeiangaben zufolge.
    fn according_after(&mut self, at: usize, cue: &Cue) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let floor = segment.tokens.start;
        let Some(speaker) = reader.phrase_before(floor, cue.tokens.start) else {
            return;
        };
        let left = floor..speaker.start;
        let region = if reader.word_count(left.clone()) >= 3 {
            left
        } else {
            cue.tokens.end..reader.content_end(segment, cue.tokens.end, Class::SAY)
        };
        if reader.word_count(region.clone()) >= 3 {
            self.record(
                at,
                &[region],
                Some(speaker),
                Some(cue.tokens.clone()),
                Rule::According,
            );
        }
    }
}
