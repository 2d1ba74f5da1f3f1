//! What follows an attribution that stands behind its content.
//!
//! Invariant: nothing is recorded here. Deliberately absent: what stands before the cue; see [`super::behind`].

use super::super::lexicon::Class;
use super::super::outer::Segment;
use super::super::reader::Cue;
use super::super::tokens::Kind;
use super::Pass;

/// What follows an attribution that stands behind its content.
pub(super) enum Tail {
    /// Nothing more of the content; whether the sentence ends right there.
    Ends { strictly: bool },
    /// More of it, from a token on.
    GoesOn(usize),
    /// A clause that is the cue's own content.
    Clause,
}

impl Pass<'_, '_> {
    pub(super) fn tail(&self, segment: &Segment, cue: &Cue, after: usize, marked: bool, short: bool) -> Tail {
        let reader = self.reader;
        let end = segment.tokens.end;
        let mut at = after;
        if cue.class.has(Class::TELL)
            && let Some(hearer) = reader.phrase_after(at, end)
        {
            at = hearer.end;
        } else if cue.class.has(Class::TELL) && reader.class(at).has(Class::OBJECT_PRONOUN) {
            at += 1;
        }
        while reader.lexicon.verb_second() && at < end && reader.class(at).has(Class::PREFIX) && at == after {
            // Stellte X fest, seien …
            at += 1;
        }
        let strictly = |at: usize| {
            at >= end || reader.token(at).is_some_and(|token| token.is_terminator()) && at + 1 >= end
        };
        if strictly(at) {
            return Tail::Ends { strictly: true };
        }
        // To the end of adverbs, days and prepositional phrases behind the cue.
        let limit = end.min(at + 24);
        let mut here = at;
        while here < limit {
            let Some(token) = reader.token(here) else { break };
            if token.class.has(Class::THAT | Class::QUESTION)
                && here <= at + 10
                && !token.class.has(Class::TIME)
                && here == at
            {
                return Tail::Clause;
            }
            if token.is_comma() || token.is(';') || token.is_colon() || token.quote().is_some() {
                break;
            }
            here += 1;
        }
        let first = reader.token(at);
        let loose = first.is_some_and(|token| {
            token
                .class
                .has(Class::PREPOSITION | Class::TIME | Class::ADVERB | Class::SUBORDINATOR | Class::AND)
                && !token.class.has(Class::THAT)
                || !token.is_word() && (marked || token.kind != Kind::Number)
        });
        // Said late Monday.
        let dated = reader.lexicon.has_possessive()
            && reader.class(at + 1).has(Class::TIME)
            && reader
                .lower(at)
                .is_some_and(|word| matches!(word.as_str(), "late" | "early"));
        if !loose && !dated {
            return Tail::Clause;
        }
        let relative = (at + 1..here)
            .find(|at| reader.class(*at).has(Class::THAT))
            .is_some_and(|that| {
                let next = reader.class(that + 1);
                reader.lexicon.has_possessive()
                    && (next.has(Class::AUX | Class::VERB)
                        || reader
                            .lower(that + 1)
                            .is_some_and(|word| word.ends_with("ed") && next.is_none()))
            });
        if !relative
            && reader.outer(at..here).iter().any(|token| {
                token.class.has(Class::THAT) && !token.class.has(Class::DETERMINER)
                    || token.class.has(Class::THAT) && reader.lexicon.has_possessive()
            })
        {
            return Tail::Clause;
        }
        let Some(stop) = reader.token(here).filter(|_| here < end) else {
            return Tail::Ends { strictly: false };
        };
        if stop.quote().is_some() {
            // Behind a preposition's noun and no comma it is a title: said on “Today”.
            return if here == at {
                Tail::GoesOn(here)
            } else {
                Tail::Ends { strictly: false }
            };
        }
        if stop.is_comma()
            && reader.lexicon.verb_second()
            && here == at
            && after > cue.tokens.end
            && reader.token(here + 1).is_some_and(|next| {
                cue.class.has(Class::THUS) && next.is_word() && !next.class.has(Class::RELATIVE | Class::AND)
                    || next.class.has(Class::SUBJUNCTIVE | Class::AUX)
            })
        {
            // …, so X, sei …: the clause goes on behind its attribution.
            return Tail::GoesOn(here + 1);
        }
        if stop.is_comma() || stop.is(';') || stop.is_colon() {
            let mut next = here + 1;
            while next < end && reader.token(next).is_some_and(|token| token.is_dash()) {
                // …, — сказал X, — …
                next += 1;
            }
            let Some(token) = reader.token(next).filter(|_| next < end) else {
                return Tail::Ends { strictly: false };
            };
            if token.quote().is_some() {
                return Tail::GoesOn(next);
            }
            let other = token.class.has(
                Class::GERUND
                    | Class::RELATIVE
                    | Class::ACCORDING
                    | Class::PREPOSITION
                    | Class::SUBORDINATOR
                    | Class::AND
                    | Class::TIME,
            ) && !token.class.has(Class::AUX)
                || token.class.has(Class::DETERMINER) && after > cue.tokens.end;
            if !marked && here == at && self.carries_on(next, end) {
                return Tail::GoesOn(next);
            }
            if !marked
                && reader.lexicon.has_possessive()
                && token.class.has(Class::AUX)
                && !token.class.has(Class::PRONOUN)
            {
                // The boats, he said in May, don't last: the verb of the content stands behind its attribution.
                return Tail::GoesOn(next);
            }
            // Over a place or a date between commas: said in Kenansville, N.C., “but …”
            let further = marked
                .then(|| {
                    (next..limit)
                        .take_while(|at| {
                            !reader.class(*at).has(Class::CUE | Class::AND)
                                || reader.class(*at - 1).has(Class::DETERMINER)
                                    && !reader.class(*at - 1).has(Class::PRONOUN)
                        })
                        .find(|at| reader.token(*at).is_some_and(|token| token.quote().is_some()))
                })
                .flatten();
            if let Some(quote) = further
                && reader.token(quote - 1).is_some_and(|before| before.is_comma())
            {
                return Tail::GoesOn(quote);
            }
            // …,” he said, only with a “…”: what leads to more words in marks without a cue of its own.
            let led = (marked && reader.lexicon.has_possessive() && here == at && token.is_word())
                .then(|| {
                    (next..limit.min(next + 9))
                        .take_while(|at| {
                            reader.token(*at).is_some_and(|token| {
                                !token.is_comma()
                                    && !token.class.has(
                                        Class::CUE
                                            | Class::PRONOUN
                                            | Class::GERUND
                                            | Class::RELATIVE
                                            | Class::ACCORDING,
                                    )
                            })
                        })
                        .find(|at| reader.token(*at).is_some_and(|token| token.quote().is_some()))
                })
                .flatten();
            if led.is_some_and(|quote| !reader.is_title(quote)) {
                return Tail::GoesOn(next);
            }
            if token.class.has(Class::THAT) && !marked && reader.lexicon.comma_clause() {
                return Tail::Clause;
            }
            if token.class.has(Class::THAT) && !token.class.has(Class::RELATIVE)
                || token.class.has(Class::THAT) && self.reader.lexicon.has_possessive()
            {
                return Tail::GoesOn(next);
            }
            let inverted = after > cue.tokens.end;
            if inverted && !marked && short && !token.class.has(Class::DETERMINER | Class::RELATIVE) {
                return Tail::GoesOn(next);
            }
            let participle = self.reader.lower(next).is_some_and(|word| word.ends_with("ing"));
            if stop.is(';') && !marked || !other && !marked && !inverted && !participle && here == at {
                return Tail::GoesOn(next);
            }
        }
        Tail::Ends { strictly: false }
    }

    /// Whether a clause without marks that an attribution breaks off goes on at `at`, behind its comma: X, she said,
    /// but only in May; X, she said, because it rained; X, she said, including Y.
    fn carries_on(&self, at: usize, end: usize) -> bool {
        let reader = self.reader;
        let class = reader.class(at);
        if !reader.lexicon.has_possessive() || class.has(Class::ACCORDING) {
            return false;
        }
        if class.has(Class::REASON) || class.has(Class::PREPOSITION) && !class.has(Class::SUBORDINATOR) {
            return true;
        }
        let subject = reader.phrase_after(at + 1, end);
        let verb = subject.as_ref().map_or(at + 1, |subject| subject.end);
        class.has(Class::AND)
            && !reader.class(verb).has(Class::CUE | Class::GERUND)
            && !(at + 1..end.min(at + 7)).any(|at| reader.class(at).has(Class::SAY | Class::TELL))
            && (subject.is_some()
                || reader
                    .class(at + 1)
                    .has(Class::ADVERB | Class::PREPOSITION | Class::THAT))
    }
}
