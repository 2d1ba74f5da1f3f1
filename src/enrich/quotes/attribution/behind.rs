//! Attributions behind their content, or in the middle of it: `…, X said`, `“…,” said X, “…”`.

use std::ops::Range;

use super::super::lexicon::{Class, Order};
use super::super::outer::Segment;
use super::super::reader::{Cue, Voice};
use super::super::rule::Rule;
use super::super::tokens::Kind;
use super::Pass;
use super::tail::Tail;

impl Pass<'_, '_> {
    /// Takes the content before a cue, if the cue stands behind it.
    pub(super) fn behind(&mut self, at: usize, cue: &Cue) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let thus = cue.class.has(Class::THUS);
        if cue.voice != Voice::Finite && !thus
            || self.is_covered(cue.tokens.start)
            || !(cue.class.has(Class::SAY | Class::TELL | Class::THUS) || self.fronted(segment, cue))
        {
            return;
        }
        let floor = segment.tokens.start;
        let Some((speaker, edge, after)) = self.around(segment, cue) else {
            self.dropped(at, cue);
            return;
        };
        if reader.lexicon.verb_second()
            && cue.class.has(Class::PARTICIPLE)
            && speaker.end < cue.group
            && cue.group > floor
            && reader
                .token(cue.group - 1)
                .is_some_and(|token| token.quote().is_some())
            && !reader.is_title(cue.group - 1)
            && !self.is_covered(cue.group - 1)
        {
            // X hatte Y als „…“ zurückgewiesen.
            let quote = cue.group - 1;
            self.record(
                at,
                &[quote..quote + 1],
                Some(speaker),
                Some(cue.tokens.clone()),
                Rule::Between,
            );
            return;
        }
        if edge <= floor || reader.is_bracket(segment, cue) {
            return;
        }
        if reader.lexicon.verb_second()
            && speaker.end <= cue.group
            && reader
                .token(edge - 1)
                .is_some_and(|token| token.quote().is_some())
            && reader
                .outer(cue.tokens.end..segment.tokens.end.min(cue.tokens.end + 4))
                .iter()
                .any(|token| token.is_colon())
        {
            // „….“ X sagte weiter: „…“: the verb comes second, so a sentence of its own begins at X.
            return;
        }
        let speaker = if speaker.len() == 1 && reader.class(speaker.start).has(Class::DUMMY) {
            // It says in the letter: the source stands behind a preposition, or nowhere.
            let mut after = after;
            while reader.class(after).has(Class::ADVERB) && !reader.class(after).has(Class::PREPOSITION) {
                after += 1;
            }
            let source = reader
                .class(after)
                .has(Class::PREPOSITION)
                .then(|| reader.phrase_after(after + 1, segment.tokens.end));
            source.flatten()
        } else {
            Some(speaker)
        };
        let Some(joint) = reader.token(edge - 1) else {
            return;
        };
        let title = |at: usize| reader.is_title(at);
        let (content_end, marked) = if joint.quote().is_some() {
            (edge, !title(edge - 1))
        } else if joint.is_comma() || joint.is_dash() {
            let mut end = edge - 1;
            while end > floor
                && reader
                    .token(end - 1)
                    .is_some_and(|token| token.is_comma() || token.is_dash())
            {
                end -= 1;
            }
            let quoted = end > floor
                && reader.token(end - 1).is_some_and(|token| token.quote().is_some())
                && !title(end - 1);
            (end, quoted)
        } else {
            return;
        };
        if content_end <= floor {
            return;
        }
        let short = content_end < floor + 4;
        let tail = self.tail(segment, cue, after, marked, short);
        let start = self.content_start(floor, content_end);
        if start >= content_end {
            return;
        }
        if !marked && reader.lexicon.has_possessive() && reader.according_at(start).is_some() {
            // According to the company, X complained: what stands before the comma is a source of its own.
            return;
        }
        let introduced = marked
            && !reader.lexicon.has_possessive()
            && content_end > floor + 2
            && reader
                .token(content_end - 2)
                .is_some_and(|token| token.is_colon())
            && reader
                .outer(floor..content_end - 2)
                .iter()
                .any(|token| token.class.has(Class::SAY) && token.class.has(Class::FINITE));
        if introduced {
            // A cue before the colon has the older claim.
            return;
        }
        let mut region = start..content_end;
        let reported = reader.lexicon.verb_second()
            && reader
                .outer(region.clone())
                .iter()
                .any(|token| token.class.has(Class::SUBJUNCTIVE));
        if reported
            && let Some(colon) = region
                .clone()
                .rev()
                .find(|at| reader.token(*at).is_some_and(|token| token.is_colon()))
        {
            region.start = colon + 1;
        }
        if marked && self.fronted(segment, cue) {
            region.start = content_end - 1;
        } else if marked
            && !reported
            && region.len() > 2
            && reader
                .token(content_end - 2)
                .is_some_and(|token| token.is_comma() || token.is_colon() || token.is_dash())
        {
            // In 2009, “…,” X said: what stands before the comma is the reporter's.
            region.start = content_end - 1;
        }
        // A hearer is a word or two, a clause is longer: 告诉记者，“…”
        let clause = (after..segment.tokens.end.min(after + 5))
            .take_while(|at| reader.token(*at).is_some_and(|token| token.is_word()))
            .count()
            > 4;
        if marked && clause && reader.lexicon.order() == Order::Unspaced && matches!(tail, Tail::Clause) {
            // “…”，X认为…: where no space parts words, a cue with a clause behind it has its own content.
            return;
        }
        if !marked
            && reader.lexicon.order() == Order::Unspaced
            && !matches!(tail, Tail::Ends { strictly: true })
        {
            // 展望未来，X说，…: its clause is behind the cue.
            return;
        }
        if !marked {
            let words = reader.word_count(region.clone());
            let first = reader.class(region.start);
            let adverbial = !(reader.lexicon.has_possessive() && first.has(Class::DETERMINER))
                && first.has(
                    Class::PREPOSITION
                        | Class::SUBORDINATOR
                        | Class::TIME
                        | Class::ADVERB
                        | Class::GERUND
                        | Class::PARTICIPLE
                        | Class::AND
                        | Class::TO,
                )
                || reader.opens_with_participle(region.start);
            // Said X: nothing that opens a sentence but its content stands before a verb that its subject follows.
            let inverted = reader.lexicon.has_possessive() && after > cue.tokens.end;
            let adverbial = adverbial && !thus && !inverted;
            let commas = reader.outer(region.clone()).iter().any(|token| token.is_comma());
            match tail {
                Tail::Clause => return,
                Tail::Ends { strictly: false } if adverbial && !commas || words < 3 => return,
                Tail::Ends { strictly: true } if words < 2 => return,
                Tail::GoesOn(from) if from == cue.tokens.end => return,
                Tail::GoesOn(from)
                    if adverbial && reader.token(from).is_none_or(|token| token.quote().is_some()) =>
                {
                    return;
                }
                _ => {}
            }
        }
        let dated = reader.lexicon.has_possessive()
            && !marked
            && reader.class(region.start).has(Class::PREPOSITION)
            && region.len() <= 5
            && reader
                .outer(region.clone())
                .iter()
                .any(|token| token.class.has(Class::TIME) || token.kind == Kind::Number);
        // In 2008, X said, …: the date is the reporter's.
        let mut regions = if dated && matches!(tail, Tail::GoesOn(_)) {
            Vec::new()
        } else {
            vec![region]
        };
        if let Tail::GoesOn(from) = tail {
            let end = reader.content_end(segment, from, Class::SAY);
            if from < end {
                regions.push(from..end);
            }
        }
        let rule = if marked { Rule::Behind } else { Rule::BehindClause };
        self.record(at, &regions, speaker, Some(cue.tokens.clone()), rule);
    }

    /// Whether a quotation stands right before a verb of naming: von einer „…“ sprach X.
    fn fronted(&self, segment: &Segment, cue: &Cue) -> bool {
        self.reader.lexicon.verb_second()
            && cue.class.has(Class::NAMING)
            && cue.group > segment.tokens.start
            && self
                .reader
                .token(cue.group - 1)
                .is_some_and(|token| token.quote().is_some())
    }

    /// Takes a quotation before a verb whose subject is left out: “…”, afirmou. Whoever spoke last goes on.
    fn dropped(&mut self, at: usize, cue: &Cue) {
        let reader = self.reader;
        let Some(segment) = reader.segments.get(at) else {
            return;
        };
        let floor = segment.tokens.start;
        let ends = reader
            .token(cue.tokens.end)
            .filter(|_| cue.tokens.end < segment.tokens.end)
            .is_none_or(|next| {
                !next.is_word()
                    || next.class.has(
                        Class::PREPOSITION | Class::TIME | Class::ADVERB | Class::AND | Class::SUBORDINATOR,
                    )
            });
        let quote = (floor..cue.group)
            .rev()
            .find(|at| {
                reader
                    .token(*at)
                    .is_none_or(|token| !(token.is_comma() || token.is_dash()))
            })
            .filter(|at| {
                reader.token(*at).is_some_and(|token| token.quote().is_some())
                    && !reader.is_title(*at)
                    && !self.is_covered(*at)
            });
        let (true, false, Some(quote)) = (ends, reader.lexicon.has_possessive(), quote) else {
            return;
        };
        let agent = reader.agent(floor, quote);
        let named = agent.is_some();
        let speaker = agent.or_else(|| self.latest_speaker(at));
        let mut regions = vec![quote..quote + 1];
        let more = reader.token(cue.tokens.end).is_some_and(|token| token.is_comma())
            && cue.tokens.end + 1 < segment.tokens.end
            && reader
                .token(cue.tokens.end + 1)
                .and_then(|token| reader.marked.get(token.quote()?))
                .is_some_and(|marked| !marked.capital);
        if more {
            // «…», ha aggiunto, «…»: the sentence goes on behind its attribution.
            regions.push(cue.tokens.end + 1..cue.tokens.end + 2);
        }
        if self.record(at, &regions, speaker, Some(cue.tokens.clone()), Rule::Dropped)
            && let Some(found) = self.found.last_mut()
        {
            found.continuation = !named;
        }
    }

    /// Whoever spoke last, a few sentences before `at` at most.
    pub(super) fn latest_speaker(&self, at: usize) -> Option<Range<usize>> {
        self.found
            .last()
            .filter(|last| last.segment + 6 > at)
            .and_then(|last| last.speaker.clone())
    }

    /// The speaker of a cue that may stand behind its content, the first token of the attribution, and the first
    /// one after it.
    fn around(&self, segment: &Segment, cue: &Cue) -> Option<(Range<usize>, usize, usize)> {
        let reader = self.reader;
        let floor = segment.tokens.start;
        let joint = cue.group.checked_sub(1).filter(|before| *before >= floor);
        let quoted = (floor..cue.group)
            .rev()
            .find(|at| {
                reader
                    .token(*at)
                    .is_none_or(|token| !(token.is_comma() || token.is_dash()))
            })
            .is_some_and(|at| {
                reader.token(at).is_some_and(|token| token.quote().is_some()) && !reader.is_title(at)
            });
        let loose = joint
            .and_then(|before| reader.token(before))
            .is_some_and(|token| token.is_comma() || token.is_dash() || token.quote().is_some());
        // X, der Sprecher, sagte der Zeitung …: what stands before the verb is no clause, so it is no content.
        let clause = quoted
            || !reader.lexicon.verb_second()
            || cue.class.has(Class::THUS)
            || reader.outer(floor..cue.group).iter().any(|token| {
                token
                    .class
                    .has(Class::AUX | Class::VERB | Class::SUBJUNCTIVE | Class::FINITE)
                    || token.quote().is_some()
                    || token.is_word() && token.class.is_none() && !token.upper
            });
        // “…,” X, who is 81, said: the frame begins behind the quotation.
        let opened = (floor..cue.group)
            .rev()
            .find(|at| {
                reader.token(*at).is_some_and(|token| token.quote().is_some()) && !reader.is_title(*at)
            })
            .map_or(floor, |quote| quote + 1);
        if loose
            && !quoted
            && reader.lexicon.has_possessive()
            && let Some(head) = joint.and_then(|joint| reader.frame_head(opened, joint))
        {
            let edge = head.start;
            return Some((head, edge, cue.tokens.end));
        }
        // English turns round a verb alone: nobody writes “…,” has said X.
        let turns = !reader.lexicon.has_possessive()
            || cue.group == cue.tokens.start
            || !reader.class(cue.group).has(Class::AUX);
        if loose && clause && turns && reader.lexicon.order() != Order::Unspaced {
            let after = self.inverted(segment, cue.tokens.end);
            if let Some(speaker) = after
                && (quoted || reader.person_like(&speaker) || self.is_source(&speaker))
                && (!cue.class.has(Class::TELL)
                    || cue.class.has(Class::SAY)
                    || joint
                        .and_then(|before| reader.token(before))
                        .is_some_and(|token| token.quote().is_some()))
            {
                let next = speaker.end;
                let closed = reader
                    .token(next)
                    .filter(|_| next < segment.tokens.end)
                    .is_none_or(|token| !token.is_word());
                if quoted || closed || !reader.lexicon.verb_second() {
                    return Some((speaker, cue.group, next));
                }
            }
        }
        if cue.class.has(Class::THUS) {
            return None;
        }
        let speaker = reader.subject_before(segment, cue)?;
        let edge = speaker.start;
        Some((speaker, edge, cue.tokens.end))
    }

    /// Whether a phrase can turn round its verb in English, though it is nobody: said the report, said one of them.
    fn is_source(&self, phrase: &Range<usize>) -> bool {
        self.reader.lexicon.has_possessive()
            && self
                .reader
                .outer(phrase.clone())
                .iter()
                .any(|token| token.class.has(Class::MEDIUM | Class::MANY) || token.kind == Kind::Number)
    }

    /// The subject behind its verb, over an adverb, a day or one prepositional phrase between them.
    fn inverted(&self, segment: &Segment, at: usize) -> Option<Range<usize>> {
        let reader = self.reader;
        let end = segment.tokens.end;
        if reader.lexicon.has_possessive() {
            // English puts nothing between the two, and nothing but the end or a frame behind them.
            if reader.class(at).has(Class::THAT) {
                return None;
            }
            let speaker = reader.phrase_after(at, end)?;
            let quoted = at >= 2
                && (segment.tokens.start..at)
                    .rev()
                    .take(6)
                    .any(|at| reader.token(at).is_some_and(|token| token.quote().is_some()));
            let next = reader.token(speaker.end).filter(|_| speaker.end < end);
            // Said she “…”: what stands in marks right behind a subject is what it said.
            let closed = next.is_none_or(|next| {
                !next.is_word() && next.quote().is_none()
                    || next.class.has(Class::PREPOSITION | Class::TIME | Class::RELATIVE)
            });
            return (quoted || closed).then_some(speaker);
        }
        let mut at = at;
        let mut skipped = 0;
        while at < end && skipped < 6 {
            if let Some(speaker) = reader.phrase_after(at, end) {
                // Заявила журналистам | мэр: who is told stands between the verb and who speaks.
                return Some(reader.role_inside(&speaker).unwrap_or(speaker));
            }
            if skipped == 0 && reader.is_name_in_marks(at) {
                // …, schrieb „Die Woche“.
                return Some(at..at + 1);
            }
            let class = reader.class(at);
            if class.has(Class::DETERMINER) && reader.class(at + 1).has(Class::TIME) {
                // Dijo el lunes la ministra.
                at += 2;
            } else if class.has(Class::PREPOSITION) {
                let governed = reader.phrase_after(at + 1, end);
                if let Some(speaker) = governed.as_ref().and_then(|phrase| reader.role_inside(phrase)) {
                    return Some(speaker);
                }
                at = governed.map_or(at + 1, |phrase| phrase.end);
            } else if class.has(Class::ADVERB | Class::TIME | Class::OBJECT_PRONOUN | Class::NOT) {
                at += 1;
            } else {
                return None;
            }
            skipped += 1;
        }
        None
    }

    /// Where the content that ends before `end` begins: behind what an earlier attribution took, and behind a
    /// leading conjunction's own clause.
    fn content_start(&self, floor: usize, end: usize) -> usize {
        (floor..end)
            .rev()
            .find(|at| self.is_covered(*at))
            .map_or(floor, |at| at + 1)
    }
}
