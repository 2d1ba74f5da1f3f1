//! Where the content of a cue ends in its sentence.
//!
//! Invariant: content never reaches over its sentence, and not over the next attribution in it. Deliberately
//! absent: where content begins; see [`super::content`].

use super::super::lexicon::{Class, Order};
use super::super::outer::Segment;
use super::super::reader::Reader;
use super::super::tokens::{Kind, Token};

impl Reader<'_> {
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
            if self.lexicon.has_possessive()
                && (class.has(Class::NAMING) || !class.has(Class::SAY | Class::TELL))
                && next.is_some_and(|next| next.class.has(Class::AUX) && !next.class.has(Class::PRONOUN))
            {
                // What X called “…” was: the verb is the reporter's.
                return start + 1;
            }
            let closes = next.is_some_and(|next| next.is_comma())
                && self
                    .token(start + 2)
                    .is_none_or(|after| after.quote().is_none() && !after.class.has(Class::AND));
            if closes {
                return start + 1;
            }
            let introduced = start > 0
                && self
                    .token(start - 1)
                    .is_some_and(|before| before.is_comma() || before.is_colon());
            // Tweeted, “…” on Friday; said: “…” and vowed to: what stands behind the marks is the reporter's.
            if introduced
                && marked.capital
                && self.lexicon.has_possessive()
                && next.is_some_and(|next| {
                    next.class.has(Class::PREPOSITION | Class::TIME)
                        || next.class.has(Class::AND)
                            && self.token(start + 2).is_some_and(|after| after.quote().is_none())
                })
            {
                return start + 1;
            }
            if !self.lexicon.has_possessive()
                && !introduced
                && self.lexicon.order() == Order::SubjectFirst
                && self.lexicon.verb_second()
            {
                return start + 1;
            }
        }
        let clausal = class.has(Class::SAY | Class::TELL);
        // While X said that …, Y: the content ends with the clause.
        let subordinate = self.class(segment.tokens.start).has(Class::CONCESSION)
            && start < segment.tokens.start + 24
            && !self
                .outer(segment.tokens.start..start)
                .iter()
                .any(Token::is_comma);
        // Say the driver, a man from Leeds, had slept: a subject alone stands before the comma, its verb is to come.
        let bare = clausal && self.lexicon.has_possessive() && self.is_bare_subject(start, end);
        let aside = self.aside_end(segment, start);
        let mut commas = 0;
        let mut at = start;
        while at < end {
            let Some(token) = self.token(at) else { break };
            if aside == Some(at) {
                return at;
            }
            if let Some(marked) = token.quote().and_then(|span| self.marked.get(span)) {
                let next = self.class(at + 1);
                let listed = self.token(at + 1).is_some_and(|token| token.quote().is_some())
                    || next.has(Class::AND)
                        && self.token(at + 2).is_some_and(|token| token.quote().is_some());
                let more = next.has(Class::AND) && self.class(at + 2).has(Class::THAT)
                    || self
                        .outer(at + 1..end.min(at + 40))
                        .iter()
                        .take_while(|token| !token.class.has(Class::CUE | Class::PRONOUN) && !token.is(';'))
                        .any(|token| token.quote().is_some());
                if matches!(marked.last, ',') && !listed && !more {
                    return at + 1;
                }
                let adverbial = next.has(Class::SUBORDINATOR)
                    && !next.has(Class::THAT | Class::RELATIVE | Class::QUESTION | Class::REASON)
                    && (!clausal || self.class(at + 2).has(Class::GERUND))
                    || !clausal && next.has(Class::PREPOSITION) && !next.has(Class::JOIN);
                if self.lexicon.has_possessive() && adverbial {
                    return at + 1;
                }
                if self.lexicon.verb_second()
                    && super::super::tokens::is_terminator(marked.last)
                    && self
                        .phrase_after(at + 1, end)
                        .is_some_and(|subject| self.class(subject.end).has(Class::SAY))
                {
                    // …, dass „….“ X sagte weiter: the sentence of X begins behind the marks.
                    return at + 1;
                }
            }
            let marks = || self.outer(start..at).iter().any(|token| token.quote().is_some());
            if (!clausal && at > start + 3 && matches!(token.kind, Kind::Punct('-' | '–'))
                || self.lexicon.has_possessive() && token.is_dash() && marks())
                && self.spaced(at)
                && !self.outer(at + 1..end.min(at + 60)).iter().any(Token::is_dash)
            {
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
                // That X, citing Y, had left: its verb stands behind the participle's comma.
                let inside = bare
                    && commas == 0
                    && (at + 1..end)
                        .find(|at| self.token(*at).is_some_and(Token::is_comma))
                        .is_some_and(|close| self.verb_at(close + 1));
                if !inside && next.has(Class::GERUND) && next.has(Class::CUE)
                    || next.has(Class::ADVERB) && after.has(Class::GERUND) && after.has(Class::CUE)
                {
                    return at;
                }
                if self.lexicon.order() == Order::Unspaced
                    && at > start + 1
                    && self.new_clause(segment, at + 1)
                {
                    return at;
                }
                if next.has(Class::CONTRAST) || subordinate {
                    return at;
                }
                // Say the driver, who was not named, had slept: the frame is inside the content.
                let inner = clausal
                    && (next.has(Class::AUX) && commas > 0 || bare && commas < 2)
                    && !self
                        .outer(segment.tokens.start..start)
                        .iter()
                        .any(|token| token.class.has(Class::RELATIVE));
                if self.lexicon.has_possessive() && !inner && self.leaves_frame(at + 1, end, clausal) {
                    return at;
                }
                let subject = self.phrase_after(at + 1, end.min(at + 8)).filter(|phrase| {
                    self.token(phrase.start)
                        .is_some_and(|token| token.upper || token.class.has(Class::PRONOUN))
                });
                if !clausal
                    && subject.as_ref().is_some_and(|subject| {
                        self.class(subject.end)
                            .has(Class::AUX | Class::VERB | Class::FINITE)
                    })
                {
                    return at;
                }
                if subject.is_some_and(|subject| {
                    let class = self.class(subject.end);
                    class.has(Class::SAY | Class::TELL)
                        && class.has(Class::FINITE)
                        && !class.has(Class::NOUN)
                        && subject.end + 1 < end
                }) {
                    return at;
                }
                if next.has(Class::AND | Class::SUBORDINATOR) && self.new_attribution(at + 2, end) {
                    return at;
                }
                if !clausal
                    && next.has(
                        Class::AND | Class::SUBORDINATOR | Class::RELATIVE | Class::GERUND | Class::PRONOUN,
                    )
                {
                    return at;
                }
            }
            if !clausal
                && token.class.has(Class::AND)
                && at > start
                && (self.verb_at(at + 1) || self.is_perfect(at + 1))
            {
                return at;
            }
            if token.class.has(Class::AND) && at > start && self.sister_participle(start, at + 1) {
                return at;
            }
            if token.class.has(Class::AND) && at > start + 1 && self.sister_cue(at + 1) {
                return at;
            }
            if token.class.has(Class::AND)
                && at > start
                && !(clausal
                    && self.class(at + 1).has(Class::PRONOUN)
                    && self
                        .token(at - 1)
                        .is_some_and(|before| before.is_word() || before.quote().is_some()))
                && self.new_attribution(at + 1, (at + 4).min(end))
            {
                return at;
            }
            commas += usize::from(token.is_comma());
            at += 1;
        }
        end
    }

    /// Whether nothing but a noun phrase stands between `start` and the first comma.
    fn is_bare_subject(&self, start: usize, end: usize) -> bool {
        let start = if self.class(start).has(Class::THAT) {
            start + 1
        } else {
            start
        };
        self.phrase_after(start, end)
            .is_some_and(|subject| self.token(subject.end).is_some_and(Token::is_comma))
    }

    /// The dash that closes an aside in which content begins: X — who says that Y — did Z.
    fn aside_end(&self, segment: &Segment, start: usize) -> Option<usize> {
        if !self.lexicon.has_possessive() {
            return None;
        }
        let mut dashes = segment
            .tokens
            .clone()
            .filter(|at| self.token(*at).is_some_and(Token::is_dash) && self.spaced(*at));
        let (opens, closes) = (dashes.next()?, dashes.next()?);
        (dashes.next().is_none() && (opens..closes).contains(&start)).then_some(closes)
    }

    /// Whether what begins at `at`, behind a comma, is the reporter's: the verb of the frame that the content ends
    /// (X, who backs the bridge, was there), a participle, or a noun in apposition to all that was said.
    fn leaves_frame(&self, at: usize, end: usize, clausal: bool) -> bool {
        let class = self.class(at);
        let after = self.class(at + 1);
        if class.has(Class::AUX) && !class.has(Class::PRONOUN)
            || class.has(Class::CUE)
                && class.has(Class::FINITE)
                && !class.has(Class::INFINITIVE | Class::NOUN)
        {
            return true;
        }
        if class.has(Class::AND) && after.has(Class::MALE | Class::FEMALE) && after.has(Class::PRONOUN) {
            return true;
        }
        let listed = || {
            self.outer(at..end.min(at + 9))
                .iter()
                .take_while(|token| !token.class.has(Class::VERB | Class::AUX))
                .any(|token| token.class.has(Class::AND))
        };
        let participle = self.token(at).is_some_and(|token| !token.upper)
            && self
                .lower(at)
                .is_some_and(|word| word.len() > 5 && word.ends_with("ing"));
        let noun = class.has(Class::DETERMINER) && !class.has(Class::PRONOUN | Class::DEFINITE | Class::MANY);
        if clausal {
            return noun && after.is_none() && !listed();
        }
        (participle
            || class.has(Class::DETERMINER) && !class.has(Class::PRONOUN)
            || class.has(Class::RELATIVE))
            && !listed()
    }

    /// Whether a verb in the past, an auxiliary or a cue stands at `at`, over adverbs.
    fn verb_at(&self, at: usize) -> bool {
        let at = if self.class(at).has(Class::ADVERB) {
            at + 1
        } else {
            at
        };
        let class = self.class(at);
        class.has(Class::AUX | Class::VERB)
            || class.has(Class::FINITE) && !class.has(Class::INFINITIVE | Class::NOUN)
            || class.is_none()
                && self.lexicon.has_possessive()
                && self.lower(at).is_some_and(|word| word.ends_with("ed"))
    }

    /// Whether a participle of a cue stands at `at`, as in a language whose verbs of the perfect share one
    /// auxiliary: a qualifié le plan de « … » et demandé une enquête.
    fn is_perfect(&self, at: usize) -> bool {
        let class = self.class(at);
        class.has(Class::CUE)
            && class.has(Class::PARTICIPLE)
            && !self.lexicon.has_possessive()
            && !self.lexicon.verb_second()
    }

    /// Whether such a participle follows content that begins with words in marks.
    fn sister_participle(&self, start: usize, at: usize) -> bool {
        self.is_perfect(at) && self.token(start).is_some_and(|token| token.quote().is_some())
    }

    /// Whether a participle of speech, or a verb of telling, stands at `at`, over adverbs: saying … and urging …
    fn sister_cue(&self, at: usize) -> bool {
        let at = if self.class(at).has(Class::ADVERB) {
            at + 1
        } else {
            at
        };
        let class = self.class(at);
        self.lexicon.has_possessive()
            && class.has(Class::CUE)
            && !class.has(Class::NOUN | Class::MARKED | Class::BESIDE | Class::INFINITIVE)
            && (class.has(Class::GERUND) || class.has(Class::TELL) && class.has(Class::FINITE))
    }

    /// Whether white space stands around a token.
    fn spaced(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.token(before));
        let (Some(before), Some(token), Some(after)) = (before, self.token(at), self.token(at + 1)) else {
            return false;
        };
        before.end < token.start && token.end < after.start || token.kind == Kind::Punct('—')
    }

    fn begins_according(&self, at: usize) -> bool {
        self.according_at(at).is_some_and(|length| length > 1)
    }

    /// The words of the preposition of a source that begins at `at`.
    pub(super) fn according_at(&self, at: usize) -> Option<usize> {
        let class = self.class(at);
        let phrase = class
            .has(Class::PHRASE)
            .then(|| self.lower(at))
            .flatten()
            .and_then(|first| self.lexicon.phrase(&first, |offset| self.lower(at + offset)))
            .filter(|(_, class)| class.has(Class::ACCORDING))
            .map(|(length, _)| length);
        phrase.or_else(|| class.has(Class::ACCORDING).then_some(1))
    }

    /// Whether a subject and its cue begin at `at` in a language without spaces: …，也有学者认为…
    fn new_clause(&self, segment: &Segment, at: usize) -> bool {
        let cue = (at + 1..segment.tokens.end.min(at + 10))
            .take_while(|at| self.token(*at).is_some_and(Token::is_word))
            .find_map(|at| self.cue_at(segment, at).ok());
        cue.is_some_and(|cue| {
            cue.class.has(Class::SAY)
                && !cue.class.has(Class::CLEAR)
                && self.phrase_before(at, cue.group).is_some()
        })
    }

    /// Whether a finite verb of speech stands within a few words.
    fn new_attribution(&self, from: usize, end: usize) -> bool {
        (from..end.min(from + 7).max(from))
            .take_while(|at| self.token(*at).is_some_and(Token::is_word))
            .any(|at| {
                let class = self.class(at);
                // Y ha añadido.
                let finite = class.has(Class::FINITE)
                    || at > from && self.class(at - 1).has(Class::AUX) && self.is_perfect(at);
                // …, but economists say …
                let plural = class.has(Class::INFINITIVE)
                    && self.lexicon.has_possessive()
                    && at > from
                    && self.plural_before(from, at);
                class.has(Class::SAY) && (finite && !class.has(Class::INFINITIVE) || plural)
            })
    }
}
