//! The subject of a cue.

use std::ops::Range;

use super::super::lexicon::{Class, Order};
use super::super::outer::Segment;
use super::super::reader::{Cue, Reader, Voice};
use super::super::tokens::Kind;

impl Reader<'_> {
    /// The noun phrase that is the subject of a cue by standing before it.
    pub(super) fn subject_before(&self, segment: &Segment, cue: &Cue) -> Option<Range<usize>> {
        let floor = segment.tokens.start;
        let before = cue.group.checked_sub(1).filter(|before| *before >= floor)?;
        let token = self.token(before)?;
        if token.class.has(Class::RELATIVE) {
            if before > floor && self.class(before - 1).has(Class::PREPOSITION) {
                return None;
            }
            return Some(before..before + 1);
        }
        let title = self.lexicon.has_possessive() && token.quote().is_some() && self.is_title(before);
        if token.is_comma() || token.is_dash() || title && self.frame_head(floor, before).is_some() {
            let head = if self.lexicon.has_possessive() {
                self.frame_head(floor, before)
            } else {
                None
            };
            let framed = head.or_else(|| self.framed(floor, before));
            if self.lexicon.verb_second()
                && let Some(head) = framed
                    .as_ref()
                    .and_then(|framed| self.apposed(floor, framed, before))
            {
                return Some(head);
            }
            if self.lexicon.verb_second()
                && cue.class.has(Class::FINITE)
                && framed
                    .as_ref()
                    .is_none_or(|framed| !self.opens(floor, framed.start))
                && let Some(behind) = self.behind_verb(cue.tokens.end, segment.tokens.end)
                && !self.is_oblique(behind.start)
                && self.person_like(&behind)
            {
                // In der Erklärung, die heute erschien, rechtfertigte das Ministerium …: a clause stands first.
                return Some(behind);
            }
            return framed;
        }
        if cue.voice == Voice::Noun {
            if token.class.has(Class::GENITIVE) {
                return self
                    .phrase_before(floor, before)
                    .map(|phrase| self.possessor(phrase));
            }
            return Some(before..before + 1);
        }
        if cue.voice == Voice::Behind {
            // Issued a statement saying: the subject of the sentence speaks, not its object.
            let phrase = self.phrase_before(floor, cue.group)?;
            let object = phrase.start > floor
                && self
                    .outer(phrase.clone())
                    .iter()
                    .any(|token| token.class.has(Class::MEDIUM))
                && self
                    .token(phrase.start - 1)
                    .is_some_and(|before| before.is_word() && !before.class.has(Class::AND));
            return if object {
                self.sentence_subject(segment, phrase.start)
            } else {
                Some(phrase)
            };
        }
        if self.lexicon.order() == Order::VerbLast {
            return self.clause_head(floor, cue.group);
        }
        let second = self.lexicon.verb_second();
        if second && let Some(pronoun) = self.pronoun_behind(cue, segment.tokens.end) {
            return Some(pronoun);
        }
        if second && token.class.has(Class::AND) {
            // X kam und bezeichnete Y als …: the subject is the one of the verb before.
            return None;
        }
        if second && cue.class.has(Class::PARTICIPLE) && !cue.class.has(Class::FINITE) {
            // Verb second: the subject stands around the auxiliary, not before the participle.
            let auxiliary = (floor..cue.group)
                .rev()
                .find(|at| self.class(*at).has(Class::HAVE))?;
            return self
                .clause_subject(floor, auxiliary)
                .or_else(|| self.phrase_after(auxiliary + 1, cue.group));
        }
        if second && let Some(subject) = self.behind_oblique(floor, cue, segment.tokens.end) {
            return Some(subject);
        }
        if self.lexicon.order() == Order::Unspaced {
            let clause = (floor..cue.group)
                .rev()
                .find(|at| {
                    self.token(*at)
                        .is_some_and(|token| token.is_comma() || token.is_colon())
                })
                .map_or(floor, |at| at + 1);
            // 市长在…时表示: an adverbial stands between the subject and its verb.
            let adverbial = (clause..cue.group).any(|at| self.class(at).has(Class::PREPOSITION));
            let opening = adverbial
                .then(|| self.clause_opening(clause, cue.group))
                .flatten();
            return opening
                .or_else(|| self.clause_subject(floor, cue.group))
                .or_else(|| self.clause_opening(floor, cue.group));
        }
        match self.clause_subject(floor, cue.group) {
            Some(subject) => Some(subject),
            None if second => self
                .behind_verb(cue.tokens.end, segment.tokens.end)
                .or_else(|| self.phrase_before(floor, cue.group)),
            None => self.phrase_before(floor, cue.group),
        }
    }

    /// The phrase that opens the last clause before `end`, where no spaces part words: …，王芳的结论是：
    pub(super) fn last_opening(&self, floor: usize, end: usize) -> Option<Range<usize>> {
        let clause = (floor..end)
            .rev()
            .find(|at| {
                self.token(*at)
                    .is_some_and(|token| token.is_comma() || token.is_colon())
            })
            .map_or(floor, |at| at + 1);
        self.clause_opening(clause, end)
    }

    /// The phrase that opens the sentence before `end`, where no spaces part words: 总统以…为由，于8月14日下令.
    fn clause_opening(&self, floor: usize, end: usize) -> Option<Range<usize>> {
        let mut at = floor;
        while at < end
            && self
                .class(at)
                .has(Class::ADVERB | Class::TIME | Class::SUBORDINATOR | Class::AND)
        {
            at += 1;
        }
        let stop = (at..end).find(|at| {
            self.token(*at).is_none_or(|token| {
                !token.is_word() && token.kind != Kind::Number
                    || token
                        .class
                        .has(Class::PREPOSITION | Class::VERB | Class::ADVERB | Class::CUE | Class::AUX)
            })
        })?;
        self.phrase_before(at, stop)
    }

    /// The first noun phrase of the clause that ends before `end`, where objects stand between subject and verb.
    fn clause_head(&self, floor: usize, end: usize) -> Option<Range<usize>> {
        let bound = Class::VERB | Class::THAT | Class::AND | Class::AUX;
        let mut at = (floor..end)
            .rev()
            .find(|at| {
                self.token(*at).is_some_and(|token| {
                    !(token.is_word() || token.kind == super::super::tokens::Kind::Number)
                        || token.class.has(bound)
                })
            })
            .map_or(floor, |at| at + 1);
        while at < end
            && self
                .class(at)
                .has(Class::ADVERB | Class::TIME | Class::SUBORDINATOR)
        {
            at += 1;
        }
        if self.class(at).has(Class::PREPOSITION) {
            return self.phrase_before(at, end);
        }
        let mut phrase = self.phrase_after(at, end)?;
        phrase.end = self.short_end(&phrase);
        Some(phrase)
    }

    /// Whether a cue is the participle that ends a bracket with an auxiliary: wird als „…“ bezeichnet. What stands
    /// right before it is inside the bracket and no subject.
    pub(super) fn is_bracket(&self, segment: &Segment, cue: &Cue) -> bool {
        let ends = self
            .token(cue.tokens.end)
            .filter(|_| cue.tokens.end < segment.tokens.end)
            .is_none_or(|next| !next.is_word() && next.quote().is_none());
        self.lexicon.verb_second()
            && cue.class.has(Class::PARTICIPLE)
            && ends
            && self
                .outer(segment.tokens.start..cue.group)
                .iter()
                .any(|token| token.class.has(Class::BE))
            && self
                .token(cue.group.wrapping_sub(1))
                .is_some_and(|before| before.quote().is_none() && !before.is_comma())
    }

    /// Who does what a passive says, before `end`: wird von vielen als „…“ bezeichnet.
    pub(super) fn agent(&self, floor: usize, end: usize) -> Option<Range<usize>> {
        let passive = self.lexicon.verb_second()
            && self
                .outer(floor..end)
                .iter()
                .any(|token| token.class.has(Class::BE));
        let by = (floor..end).rev().find(|at| self.class(*at).has(Class::AGENT))?;
        passive
            .then(|| {
                self.phrase_after(by + 1, end).or_else(|| {
                    self.token(by + 1)
                        .filter(|token| token.is_word())
                        .map(|_| by + 1..by + 2)
                })
            })
            .flatten()
    }

    /// The subject behind its verb where what stands before the verb is in no nominative: den Ablauf
    /// beschrieb X.
    fn behind_oblique(&self, floor: usize, cue: &Cue, end: usize) -> Option<Range<usize>> {
        if !cue.class.has(Class::FINITE) {
            return None;
        }
        // Gestern warnte X; but in auch das Amt warnte, the particle belongs to the subject.
        let particle = cue.group > floor + 1 && self.class(floor).has(Class::FOCUS);
        let adverb =
            self.class(floor).has(Class::ADVERB) && !self.class(floor).has(Class::PRONOUN) && !particle;
        let oblique = self.is_oblique(floor) || adverb;
        let plain = self
            .outer(floor..cue.group)
            .iter()
            .all(|token| token.is_word() && !token.class.has(Class::FINITE | Class::AUX | Class::VERB));
        if !(oblique && plain) {
            return None;
        }
        self.behind_verb(cue.tokens.end, end)
    }

    /// Whether a determiner at `at` cannot be in the nominative.
    pub(super) fn is_oblique(&self, at: usize) -> bool {
        self.class(at).has(Class::OBLIQUE)
    }

    /// The pronoun right behind a verb that can only be its subject: bezeichnete er.
    fn pronoun_behind(&self, cue: &Cue, end: usize) -> Option<Range<usize>> {
        if !cue.class.has(Class::FINITE) {
            return None;
        }
        let at = cue.tokens.end;
        let class = self.token(at).filter(|_| at < end)?.class;
        let subject = class.has(Class::PRONOUN)
            && class.has(Class::MALE | Class::SPEAKER_SELF)
            && !class.has(Class::POSSESSIVE);
        subject.then_some(at..at + 1)
    }

    /// The phrase before `end` that no preposition governs.
    fn clause_subject(&self, floor: usize, end: usize) -> Option<Range<usize>> {
        let mut end = end;
        for _ in 0..3 {
            let phrase = self.with_genitives(floor, self.phrase_before(floor, end)?);
            let governed = phrase.start > floor
                && self.class(phrase.start - 1).has(if self.lexicon.verb_second() {
                    Class::PREPOSITION | Class::SUBORDINATOR
                } else {
                    Class::PREPOSITION
                })
                && !self.class(phrase.start - 1).has(Class::DETERMINER);
            // As she said: he and she are the objects of nothing.
            let nominative = phrase.len() == 1
                && self.class(phrase.start).has(Class::PRONOUN)
                && !self
                    .class(phrase.start)
                    .has(Class::OBJECT_PRONOUN | Class::DETERMINER | Class::POSSESSIVE)
                && self.lexicon.has_possessive();
            if !governed || nominative {
                return Some(phrase);
            }
            end = phrase.start - 1;
            // Who has in the past described.
            while end > floor && self.class(end - 1).has(Class::AUX) {
                end -= 1;
            }
            if end > floor
                && self.class(end - 1).has(Class::RELATIVE)
                && !self.class(end - 1).has(Class::DETERMINER)
            {
                return Some(end - 1..end);
            }
        }
        None
    }

    /// A phrase with the nouns before it that it is the genitive of: Den Folgen | des Sturms.
    pub(super) fn with_genitives(&self, floor: usize, phrase: Range<usize>) -> Range<usize> {
        let mut phrase = phrase;
        while self.lexicon.capital_nouns()
            && phrase.start > floor
            && self.class(phrase.start).has(Class::JOIN)
            && self.class(phrase.start).has(Class::DETERMINER)
            && self
                .token(phrase.start - 1)
                .is_some_and(|noun| noun.is_word() && noun.upper)
            && let Some(head) = self.phrase_before(floor, phrase.start)
            && head.start < phrase.start
        {
            phrase.start = head.start;
        }
        phrase
    }

    /// The phrase behind a verb, over adverbs and pronouns.
    fn behind_verb(&self, at: usize, end: usize) -> Option<Range<usize>> {
        let mut at = at;
        while at < end
            && self
                .class(at)
                .has(Class::ADVERB | Class::TIME | Class::OBJECT_PRONOUN)
            && !self.class(at).has(Class::PRONOUN)
        {
            at += 1;
        }
        self.phrase_after(at, end)
    }

    /// Whether a phrase can be somebody: a name, a pronoun, a role or a body.
    pub(super) fn person_like(&self, phrase: &Range<usize>) -> bool {
        self.outer(phrase.clone()).iter().any(|token| {
            token.upper
                && !token
                    .class
                    .has(Class::TIME | Class::DETERMINER | Class::ADVERB | Class::PREPOSITION)
                || token.class.has(Class::PRONOUN | Class::ROLE | Class::BODY)
        })
    }

    /// The subject behind its verb: dijo el ministro que.
    pub(super) fn subject_after(&self, segment: &Segment, cue: &Cue) -> Option<Range<usize>> {
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
        (next.class.has(Class::THAT) || next.is_colon() || next.is_comma() && self.lexicon.comma_clause())
            .then_some(subject)
    }
}
