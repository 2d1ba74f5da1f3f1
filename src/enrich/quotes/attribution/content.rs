//! Where the content of a cue begins in its sentence.
//!
//! Invariant: what is found lies behind the cue, in its sentence. Deliberately absent: where content ends; see
//! [`super::ending`].

use super::super::lexicon::{Class, Order};
use super::super::outer::Segment;
use super::super::reader::{Cue, Reader, Voice};
use super::super::tokens::Kind;

impl Reader<'_> {
    /// Where the content of a cue begins, if it has any behind it.
    pub(super) fn content_start(&self, segment: &Segment, cue: &Cue) -> Option<usize> {
        let end = segment.tokens.end;
        let mut at = cue.tokens.end;
        let class = cue.class;
        while at < end && self.is_between(at) {
            at += 1;
        }
        while at < end && self.lexicon.order() == Order::VerbLast && self.class(at).has(Class::VERB) {
            // اشاره کرد: the light verb of a compound one.
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
            return (token.is_word() && !token.class.has(Class::AND | Class::SUBORDINATOR | Class::THAT))
                .then_some(at);
        }
        if class.has(Class::TELL)
            && let Some(start) = self.behind_hearer(at, end)
        {
            return Some(start);
        }
        if class.has(Class::NAMING) && self.lexicon.has_possessive() && self.class(at).has(Class::AS) {
            // What X described as a “…”.
            let quote = (at + 1..end.min(at + 3))
                .find(|at| self.token(*at).is_some_and(|token| token.quote().is_some()));
            if quote.is_some() {
                return quote;
            }
        }
        if class.has(Class::SAY) {
            let clause = self.clause_start(at, end, class);
            if clause.is_some() || !class.has(Class::OBJECT) {
                return clause;
            }
        }
        if class.has(Class::OBJECT) {
            let token = self.token(at)?;
            let object = token.quote().is_some()
                || token.is_word()
                    && (self.nominal(token)
                        || token.class.has(Class::OBJECT_PRONOUN | Class::QUESTION)
                        || token.class.has(Class::POSSESSIVE));
            return object.then_some(at);
        }
        if class.has(Class::NAMING)
            && self.class(at).has(Class::OBJECT_PRONOUN)
            && at + 1 < end
            && self
                .token(at + 1)
                .is_some_and(|next| self.nominal(next) || next.quote().is_some())
        {
            return Some(at);
        }
        if class.has(Class::NAMING) {
            let quote = (at..end.min(at + if self.lexicon.has_possessive() { 16 } else { 18 }))
                .find(|at| self.token(*at).is_some_and(|token| token.quote().is_some()))?;
            let clean = self
                .outer(at..quote)
                .iter()
                .all(|token| token.is_word() && !token.class.has(Class::AUX | Class::VERB));
            return clean.then_some(if self.lexicon.has_possessive() { at } else { quote });
        }
        None
    }

    /// Whether an adverb at `at` stands between a verb and its content; the one of “there was” opens a clause.
    fn is_between(&self, at: usize) -> bool {
        let class = self.class(at);
        let opens = self.lexicon.has_possessive() && self.class(at + 1).has(Class::BE);
        class.has(Class::ADVERB)
            && !class.has(Class::THAT | Class::QUESTION | Class::PRONOUN | Class::DETERMINER)
            && !opens
    }

    fn clause_start(&self, at: usize, end: usize, class: Class) -> Option<usize> {
        let mut at = at;
        while at + 1 < end && self.is_between(at) {
            at += 1;
        }
        if self.lexicon.has_possessive()
            && self.class(at).has(Class::DETERMINER)
            && self.class(at + 1).has(Class::TIME)
            && self.class(at + 2).has(Class::THAT)
        {
            // Said earlier this year that.
            at += 2;
        }
        if let Some(quote) = self.announced(at, end) {
            return Some(quote);
        }
        if self.opens_clause(at, end) {
            return Some(at);
        }
        let token = self.token(at)?;
        let unspaced = self.lexicon.order() == Order::Unspaced && token.is_word();
        if unspaced || token.quote().is_some() || token.class.has(Class::THAT | Class::QUESTION) {
            return Some(at);
        }
        if token.is_colon() {
            return Some(at + 1);
        }
        if token.is_comma() && self.class(at + 1).has(Class::THAT | Class::QUESTION) {
            return Some(at + 1);
        }
        let main = self.class(at + 1);
        if token.is_comma()
            && self.lexicon.verb_second()
            && (main.has(Class::CUE) && main.has(Class::FINITE) || main.has(Class::VERB))
            && !main.has(Class::SUBJUNCTIVE | Class::AUX | Class::PARTICIPLE)
        {
            // Die den Brief schrieben, verurteilten …: the cue ends a relative clause.
            return None;
        }
        if token.is_comma() && self.lexicon.comma_clause() && at + 1 < end {
            // An apposition may stand before the clause: sagte X, der Sprecher, dass.
            let later = (at + 2..end.min(at + 20))
                .take_while(|at| !self.class(*at).has(Class::SUBJUNCTIVE | Class::PRONOUN))
                .find(|at| {
                    self.class(*at).has(Class::THAT)
                        && self.token(at - 1).is_some_and(|before| before.is_comma())
                });
            return Some(later.unwrap_or(at + 1));
        }
        if token.is_comma() {
            if self.token(at + 1).is_some_and(|next| next.quote().is_some()) {
                return Some(at + 1);
            }
            // A frame: said, however, that.
            let close = (at + 1..end.min(at + 12))
                .find(|at| self.token(*at).is_some_and(|token| token.is_comma()))?;
            let next = self.token(close + 1)?;
            return (next.quote().is_some() || next.class.has(Class::THAT)).then_some(close + 1);
        }
        if self.lexicon.has_possessive()
            && token.class.has(Class::SUBORDINATOR)
            && token.class.has(Class::PREPOSITION)
        {
            // Said as he opened the bridge, “…”: the clause is the reporter's.
            let quote = (at + 1..end.min(at + 16)).find(|at| {
                self.token(*at).is_some_and(|token| token.quote().is_some())
                    && self
                        .token(at - 1)
                        .is_some_and(|before| before.is_comma() || before.is_colon())
            });
            if quote.is_some() {
                return quote;
            }
        }
        if token.class.has(Class::TIME) && self.class(at + 1).has(Class::QUESTION) && at + 1 < end {
            // Asked X Friday how.
            return Some(at + 1);
        }
        if token.class.has(Class::PREPOSITION | Class::TIME | Class::TO) {
            let limit = end.min(at + 16);
            let mut here = at;
            while here < limit {
                let inside = self.token(here)?;
                if self.lexicon.verb_second() && inside.quote().is_some() && !self.is_named_hearer(here) {
                    // Konstatierte im Zusammenhang mit … eine wachsende „…“.
                    return Some(here);
                }
                if inside.class.has(Class::THAT) && here > at {
                    return Some(here);
                }
                if inside.is_comma()
                    && self.class(here + 1).has(Class::QUESTION | Class::RELATIVE)
                    && !self.class(here + 1).has(Class::THAT)
                    && let Some(close) = (here + 2..end.min(here + 14))
                        .find(|at| self.token(*at).is_some_and(|token| token.is_comma()))
                    && self.class(close + 1).has(Class::THAT)
                {
                    // Said on the radio, where she is a guest, that.
                    return Some(close + 1);
                }
                if inside.is_comma() || inside.is_colon() {
                    let next = self.token(here + 1)?;
                    return (next.quote().is_some()
                        || next.class.has(Class::THAT)
                        || inside.is_colon()
                        || self.lexicon.verb_second())
                    .then_some(here + 1);
                }
                if inside.class.has(Class::PRONOUN) && !inside.class.has(Class::DETERMINER) {
                    return Some(here);
                }
                if inside.class.has(Class::TIME) {
                    let next = self.token(here + 1)?;
                    if next.class.has(Class::DETERMINER | Class::POSSESSIVE)
                        || next.upper && !next.class.has(Class::TIME)
                    {
                        return Some(here + 1);
                    }
                }
                here += 1;
            }
            return class.has(Class::OBJECT).then_some(at);
        }
        if !self.lexicon.bare_clause() {
            // Other languages than English do not drop the conjunction: look for it behind the hearer.
            let limit = end.min(at + 14);
            return (at..limit)
                .find(|at| {
                    self.token(*at).is_some_and(|token| {
                        token.class.has(Class::THAT)
                            || token.is_colon()
                            || token.quote().is_some() && !self.before_conjunction(*at, end)
                            || token.is_comma() && self.lexicon.comma_clause()
                    })
                })
                .map(|at| {
                    if self
                        .token(at)
                        .is_some_and(|token| token.is_colon() || token.is_comma())
                    {
                        at + 1
                    } else {
                        at
                    }
                });
        }
        if token.is_word() || token.kind == super::super::tokens::Kind::Number {
            return Some(at);
        }
        None
    }

    /// Whether a noun phrase that looks like a day or a place opens a clause without its conjunction: said Sunday
    /// night's storm was, said at least six boats were.
    fn opens_clause(&self, at: usize, end: usize) -> bool {
        if !self.lexicon.bare_clause() {
            return false;
        }
        let day = (at..end.min(at + 4))
            .find(|at| !self.class(*at).has(Class::TIME))
            .is_some_and(|after| after > at && self.class(after).has(Class::GENITIVE));
        let least = self.class(at).has(Class::PREPOSITION)
            && self
                .lower(at + 1)
                .is_some_and(|word| matches!(word.as_str(), "least" | "most"))
            && self.token(at + 2).is_some_and(|token| {
                token.kind == Kind::Number || token.class.has(Class::DETERMINER | Class::MANY)
            });
        day || least
    }

    /// The quotation that a colon introduces behind a place or a day: said early in the spring: “…”
    fn announced(&self, at: usize, end: usize) -> Option<usize> {
        let colon = (at..end.min(at + 12)).find(|at| {
            self.token(*at).is_none_or(|token| {
                !(token.is_word() || token.kind == Kind::Number)
                    || token
                        .class
                        .has(Class::AUX | Class::VERB | Class::THAT | Class::PRONOUN)
            })
        })?;
        (self.token(colon)?.is_colon()
            && self
                .token(colon + 1)
                .filter(|_| colon + 1 < end)?
                .quote()
                .is_some())
        .then_some(colon + 1)
    }

    /// Whether the quotation at `at` is a name among those who are told, and the content comes with its conjunction:
    /// сказал директору «Водоканала» Седых, что.
    fn before_conjunction(&self, at: usize, end: usize) -> bool {
        if self.lexicon.verb_second() {
            return self.is_named_hearer(at);
        }
        let name = self
            .token(at)
            .and_then(|token| self.marked.get(token.quote()?))
            .is_some_and(|marked| marked.capital && marked.words <= 2);
        name && (at + 1..end.min(at + 8)).any(|at| {
            self.token(at).is_some_and(|token| token.is_comma()) && self.class(at + 1).has(Class::THAT)
        })
    }

    /// Where the content begins behind the one who is told.
    fn behind_hearer(&self, at: usize, end: usize) -> Option<usize> {
        let token = self.token(at)?;
        let opens = |at: usize| -> Option<usize> {
            let token = self.token(at).filter(|_| at < end)?;
            if token.quote().is_some() || token.class.has(Class::THAT | Class::QUESTION | Class::TO) {
                return Some(at);
            }
            if token.is_colon()
                || token.is_comma() && self.token(at + 1).is_some_and(|next| next.quote().is_some())
            {
                return Some(at + 1);
            }
            None
        };
        if let Some(start) = opens(at) {
            return Some(start);
        }
        let after = if token.class.has(Class::OBJECT_PRONOUN)
            && !(token.class.has(Class::POSSESSIVE)
                && self.token(at + 1).is_some_and(|next| self.nominal(next)))
        {
            at + 1
        } else if token.class.has(Class::GERUND) && self.lexicon.has_possessive() {
            // Told cheering supporters that.
            self.phrase_after(at + 1, end)?.end
        } else {
            self.phrase_after(at, end)?.end
        };
        if let Some(start) = opens(after) {
            // Urged the council to open it: what is urged is that the council does.
            let whole = self.lexicon.has_possessive() && self.class(start).has(Class::TO);
            return Some(if whole { at } else { start });
        }
        let next = self.token(after).filter(|_| after < end)?;
        if next.class.has(Class::NOT) && self.class(after + 1).has(Class::TO) {
            // Told X not to worry.
            return Some(after);
        }
        if next.is_comma() || next.class.has(Class::PREPOSITION | Class::TIME | Class::ADVERB) {
            let start = self.clause_start(after, end, Class::SAY)?;
            return Some(start);
        }
        (next
            .class
            .has(Class::PRONOUN | Class::DETERMINER | Class::POSSESSIVE)
            || next.upper)
            .then_some(after)
    }
}
