//! Attributions before their content: `X said that …`, `X told Y: “…”`.

use std::ops::Range;

use super::super::lexicon::{Class, Order};
use super::super::reader::{Cue, Reader, Voice};
use super::super::rule::Rule;
use super::Pass;

/// Quotations that one cue may list.
const LISTED_MAX: usize = 6;

impl Reader<'_> {
    /// The quotations that and joins to the one that is all of `region`: spricht von „…“ und von „…“.
    fn listed(&self, region: &Range<usize>, end: usize) -> Vec<usize> {
        let mut listed = Vec::new();
        let single = region.len() == 1
            && self
                .token(region.start)
                .is_some_and(|token| token.quote().is_some());
        if !(single && self.lexicon.verb_second()) {
            return listed;
        }
        let mut last = region.start;
        while listed.len() < LISTED_MAX {
            let Some(next) = (last + 1..end.min(last + 9))
                .find(|at| self.token(*at).is_some_and(|token| token.quote().is_some()))
            else {
                break;
            };
            let joint = self.class(last + 1).has(Class::AND)
                || self.token(last + 1).is_some_and(|token| token.is_comma()) && next == last + 2;
            let plain = self.outer(last + 2..next).iter().all(|token| {
                token.is_word()
                    && !token
                        .class
                        .has(Class::AUX | Class::VERB | Class::CUE | Class::SUBJUNCTIVE | Class::THAT)
            });
            if !joint || !plain {
                break;
            }
            listed.push(next);
            last = next;
        }
        listed
    }
}

impl Pass<'_, '_> {
    /// Takes the content behind a cue; gives the speaker. `last` is the speaker of the attribution before it in
    /// the sentence.
    pub(super) fn before(
        &mut self,
        at: usize,
        cue: &Cue,
        last: Option<&Range<usize>>,
    ) -> Option<Range<usize>> {
        let reader = self.reader;
        let segment = reader.segments.get(at)?;
        let own = match cue.voice {
            Voice::Passive | Voice::Preposition => None,
            Voice::Shared => None,
            Voice::Finite | Voice::Behind | Voice::Noun => match reader.lexicon.order() {
                Order::VerbFirst => reader.subject_after(segment, cue),
                _ => reader
                    .subject_before(segment, cue)
                    .or_else(|| reader.subject_after(segment, cue)),
            },
        };
        let speaker = match cue.voice {
            Voice::Passive | Voice::Preposition => None,
            _ if own.is_none()
                && cue.voice == Voice::Finite
                && !cue.class.has(Class::SAY | Class::TELL)
                && !reader.class(cue.group.saturating_sub(1)).has(Class::AND) =>
            {
                None
            }
            _ => own
                .or_else(|| last.cloned())
                .or_else(|| {
                    let by = cue.voice == Voice::Shared
                        && cue.group > segment.tokens.start
                        && reader.class(cue.group - 1).has(Class::PREPOSITION);
                    by.then(|| reader.nearest_subject(segment, cue.group)).flatten()
                })
                .or_else(|| reader.sentence_subject(segment, cue.group)),
        };
        let dummy = speaker
            .as_ref()
            .is_some_and(|speaker| speaker.len() == 1 && reader.class(speaker.start).has(Class::DUMMY));
        let speaker = if dummy {
            // It says in the letter: the source is behind a preposition, after the verb or before it.
            let after = cue.tokens.end + 1;
            let behind = reader
                .class(after)
                .has(Class::PREPOSITION)
                .then(|| reader.phrase_after(after + 1, segment.tokens.end));
            let first = segment.tokens.start;
            behind
                .flatten()
                .or_else(|| reader.phrase_before(first, cue.group))
                .or_else(|| {
                    // Im Bericht, der heute erschien, heißt es.
                    reader
                        .class(first)
                        .has(Class::PREPOSITION)
                        .then(|| reader.phrase_after(first + 1, cue.group))
                        .flatten()
                })
        } else {
            speaker
        };
        // Verb first, and no subject behind it: whoever spoke last goes on.
        let dropped = speaker.is_none()
            && reader.lexicon.order() == Order::VerbFirst
            && cue.class.has(Class::SAY)
            && cue.group <= segment.tokens.start + 1
            && reader
                .token(cue.tokens.end)
                .is_some_and(|next| next.is_colon() || next.quote().is_some() || next.class.has(Class::THAT));
        let speaker = if dropped { self.latest_speaker(at) } else { speaker };
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
        let alone = cue
            .class
            .has(Class::ALONE)
            .then(|| reader.phrase_after(start, segment.tokens.end))
            .flatten();
        let mut end = alone.map_or_else(
            || reader.content_end(segment, start, cue.class),
            |object| object.end,
        );
        cue.tokens = tokens;
        if let Some(limit) = self.limits.iter().copied().filter(|limit| *limit > start).min()
            && limit < end
        {
            end = limit;
            while end > start
                && reader.class(end - 1).has(
                    Class::AND | Class::SUBORDINATOR | Class::RELATIVE | Class::PREPOSITION | Class::ADVERB,
                )
            {
                end -= 1;
            }
        }
        end = (start..end).find(|at| self.is_covered(*at)).unwrap_or(end);
        if start >= end {
            return speaker;
        }
        let region = start..end;
        let spans: Vec<usize> = region
            .clone()
            .filter(|at| reader.token(*at).is_some_and(|token| token.quote().is_some()))
            .collect();
        if spans.is_empty() && reader.word_count(region.clone()) < 2 && !cue.class.has(Class::ALONE) {
            return speaker;
        }
        let ends_marked = reader.token(end - 1).is_some_and(|token| token.quote().is_some())
            || end >= 2
                && reader.token(end - 1).is_some_and(|token| token.is_terminator())
                && reader.token(end - 2).is_some_and(|token| token.quote().is_some());
        let begins_marked = spans.first() == Some(&region.start);
        if begins_marked && ends_marked && spans.len() > 1 && reader.word_count(region.clone()) > 0 {
            // Marks at both edges and the reporter's words between them: each is quoted by itself.
            for span in spans {
                self.record(
                    at,
                    &[span..span + 1],
                    speaker.clone(),
                    Some(cue.tokens.clone()),
                    Rule::Before,
                );
            }
            return speaker;
        }
        let listed = reader.listed(&region, segment.tokens.end);
        let rule = match (spans.is_empty(), cue.class.has(Class::SAY | Class::TELL)) {
            (false, true) => Rule::Before,
            (true, true) => Rule::BeforeClause,
            (_, false) => Rule::BeforeOther,
        };
        let recorded = self.record(at, &[region], speaker.clone(), Some(cue.tokens.clone()), rule);
        if recorded
            && dropped
            && let Some(found) = self.found.last_mut()
        {
            found.continuation = true;
        }
        for quote in listed {
            self.record(
                at,
                &[quote..quote + 1],
                speaker.clone(),
                Some(cue.tokens.clone()),
                rule,
            );
        }
        speaker
    }

    /// Takes the question that somebody answers in the same sentence: asked whether …, X said …
    pub(super) fn asked(&mut self, at: usize) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let first = segment.tokens.start;
        let Some(cue) = (first..segment.tokens.end.min(first + 40)).find(|at| {
            let before = at.checked_sub(1).filter(|before| *before >= first);
            reader.class(*at).has(Class::ASKED)
                && before.is_none_or(|before| {
                    reader.class(before).has(Class::SUBORDINATOR | Class::BE)
                        || *at == first + 1 && reader.class(before).has(Class::AND)
                })
        }) else {
            return;
        };
        let by = cue + 1;
        let agent = reader
            .class(by)
            .has(Class::AGENT)
            .then(|| reader.phrase_after(by + 1, segment.tokens.end))
            .flatten();
        let Some(start) = (cue + 1..segment.tokens.end.min(cue + 9))
            .take_while(|at| reader.token(*at).is_some_and(|token| token.is_word()))
            .find(|at| reader.class(*at).has(Class::QUESTION | Class::TOPIC))
        else {
            return;
        };
        let start = start + usize::from(reader.class(start).has(Class::TOPIC));
        let end = (start + 1..segment.tokens.end)
            .find(|at| {
                reader
                    .token(*at)
                    .is_some_and(|token| token.is_comma() || token.is_terminator() || token.is_dash())
                    || reader
                        .token(*at - 1)
                        .and_then(|token| reader.marked.get(token.quote()?))
                        .is_some_and(|marked| marked.last == ',')
            })
            .unwrap_or(segment.tokens.end);
        if reader.word_count(start..end) >= 1 && !(cue..end).any(|at| self.is_covered(at)) {
            self.record(
                at,
                std::slice::from_ref(&(start..end)),
                agent,
                Some(cue..cue + 1),
                Rule::Asked,
            );
        }
    }

    /// Takes what is said of a subject by nobody in particular: X is expected to …
    fn impersonal(&mut self, at: usize, cue: &Cue) -> Option<Range<usize>> {
        let reader = self.reader;
        let segment = reader.segments.get(at)?;
        let subject = reader.subject_before(segment, cue)?;
        let start = reader.content_start(segment, cue)?;
        let end = reader.content_end(segment, start, Class::OBJECT);
        let least = if cue.class.has(Class::SEEMING) { 1 } else { 2 };
        if reader.word_count(start..end) >= least {
            self.record(
                at,
                &[subject, start..end],
                None,
                Some(cue.tokens.clone()),
                Rule::Impersonal,
            );
        }
        None
    }
}
