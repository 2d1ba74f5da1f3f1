//! Noun phrases without a parser: the words before a verb, or after it, that can name a speaker.
//!
//! Invariant: a phrase is a non-empty range of outer tokens inside the bounds that were asked for. Deliberately
//! absent: modifiers behind a comma; a mention is the phrase's head with what stands before it.

mod joints;

use std::ops::Range;

use super::lexicon::{Class, Order};
use super::reader::Reader;
use super::tokens::{Kind, Token};

impl Reader<'_> {
    /// The noun phrase that ends before `end`, not reaching before `floor`.
    pub(super) fn phrase_before(&self, floor: usize, end: usize) -> Option<Range<usize>> {
        let limit = end;
        let mut end = end;
        // Adverbs and brackets between the phrase and its verb.
        while end > floor {
            let token = self.token(end - 1)?;
            if token.is(')') || token.is('）') {
                end = self.bracket_before(floor, end)?;
            } else if !self.lexicon.has_possessive()
                && self.lexicon.order() != Order::Unspaced
                && end == limit
                && token.class.has(Class::DETERMINER | Class::OBJECT_PRONOUN)
                && !token.class.has(Class::PRONOUN | Class::MANY)
                && end - 1 > floor
            {
                // A clitic before its verb: un témoin leur assure.
                end -= 1;
            } else if self.lexicon.has_possessive()
                && end == limit
                && end - 1 > floor
                && token.class.has(Class::DETERMINER)
                && token.class.has(Class::ADVERB)
                && self
                    .token(end - 2)
                    .is_some_and(|before| before.is_word() && self.nominal(before))
            {
                // The captains both said.
                end -= 1;
            } else if (token.class.has(Class::TIME) && end - 1 > floor && !token.class.has(Class::AUX))
                || (token.class.has(Class::ADVERB) && !token.class.has(Class::PRONOUN | Class::ROLE))
            {
                end -= 1;
            } else if end < limit
                && self.lexicon.has_possessive()
                && end - 1 > floor
                && self.class(end).has(Class::TIME)
                && (token.kind == Kind::Number || token.class.has(Class::DETERMINER))
            {
                // X two weeks ago said: what counts the days goes with them.
                end -= 1;
            } else if token.class.has(Class::OBJECT_PRONOUN)
                && token.class.has(Class::MALE | Class::FEMALE | Class::PLURAL)
                && !token.class.has(Class::PRONOUN)
                && end - 1 > floor
                && !self.is_governed(end - 1, floor)
            {
                // himself, herself
                end -= 1;
            } else {
                break;
            }
        }
        if end <= floor {
            return None;
        }
        if end < limit
            && self.class(end - 1).has(Class::PREPOSITION)
            && self.class(end).has(Class::TIME)
            && end - 1 > floor
        {
            // X on Thursday evening said.
            end -= 1;
        }
        let mut last = self.token(end - 1)?;
        if (last.is('%') || last.is('》')) && end - 1 > floor {
            last = self.token(end - 2)?;
        }
        if last.is_word()
            && last.class.has(Class::PRONOUN)
            && !last.class.has(Class::DETERMINER | Class::ROLE)
        {
            return Some(end - 1..end);
        }
        let governed = self.is_governed(end - 1, floor);
        if !self.nominal(last) && !governed {
            return None;
        }
        let mut start = if governed { end - 1 } else { end };
        let mut after_determiner = false;
        while start > floor {
            let Some(token) = self.token(start - 1) else { break };
            let inside = match token.kind {
                Kind::Number | Kind::Punct('%') => !after_determiner,
                Kind::Punct('《' | '》' | '·') => true,
                Kind::Punct(')' | '）') => match self.bracket_before(floor, start) {
                    Some(open) if !after_determiner => {
                        start = open;
                        continue;
                    }
                    _ => false,
                },
                Kind::Word => {
                    if token.class.has(Class::GENITIVE) || self.joins_nouns(start - 1, floor) {
                        true
                    } else if token.class.has(Class::PREPOSITION) && !(token.upper && start - 1 > floor) {
                        // Of, for, in: only behind a noun of the same phrase.
                        start - 1 > floor
                            && start < end
                            && self.token(start - 2).is_some_and(|before| {
                                self.nominal(before)
                                    && !before.class.has(
                                        Class::DETERMINER | Class::POSSESSIVE | Class::PRONOUN | Class::TIME,
                                    )
                            })
                            && self.attaches(start - 1, floor)
                    } else if after_determiner || self.is_past(floor, start - 1) {
                        false
                    } else if self.lexicon.order() == Order::Unspaced
                        && token.class.has(Class::AND | Class::JOIN | Class::PRONOUN)
                    {
                        // 他的考官, 王芳和李明: no space shows where a phrase begins, but a joint has two sides.
                        start - 1 > floor && start < end || token.class.has(Class::PRONOUN)
                    } else if token.class.has(Class::AND) {
                        start - 1 > floor
                            && start < end
                            && (self.token(start).is_some_and(|right| right.upper)
                                || self.lexicon.has_possessive()
                                    && self.outer(start..end).iter().any(|right| right.upper))
                            && self.token(start - 2).is_some_and(|left| {
                                left.upper && !left.class.has(Class::TIME)
                                    || self.lexicon.has_possessive() && left.class.has(Class::ROLE | Class::TITLE)
                            })
                            // President and CEO of …
                            || start - 1 > floor
                                && self.lexicon.has_possessive()
                                && self.class(start).has(Class::ROLE | Class::TITLE)
                                && self.class(start - 2).has(Class::ROLE | Class::TITLE)
                    } else {
                        // A smiling Rossi.
                        let adjective = self.lexicon.has_possessive()
                            && start - 1 > floor
                            && start < end
                            && token.class.has(Class::GERUND)
                            && self.class(start - 2).has(Class::DETERMINER);
                        adjective || self.nominal(token)
                    }
                }
                _ => false,
            };
            if !inside {
                break;
            }
            start -= 1;
            after_determiner = (token.class.has(Class::DETERMINER | Class::POSSESSIVE) && !token.upper
                || token.class.has(Class::DETERMINER) && token.upper)
                && !self.joins_nouns(start, floor);
            if end - start > 16 {
                break;
            }
        }
        // A preposition, an adverb or a conjunction cannot begin it.
        while start < end
            && self.token(start).is_some_and(|token| {
                token
                    .class
                    .has(Class::PREPOSITION | Class::AND | Class::GENITIVE | Class::SUBORDINATOR)
                    && !token.class.has(Class::DETERMINER | Class::PRONOUN)
                    || self.lexicon.order() == Order::Unspaced && token.class.has(Class::ADVERB | Class::JOIN)
            })
        {
            start += 1;
        }
        // …, citing health reasons: a participle of speech and its object are no subject.
        let participle = self.lexicon.has_possessive()
            && start > floor
            && self.token(start - 1).is_some_and(|before| before.is_comma())
            && self.class(start).has(Class::GERUND)
            && self.class(start).has(Class::CUE);
        (start < end && !participle && self.names_something(start..end)).then_some(start..end)
    }

    /// The noun phrase that begins at `start`, not reaching `ceiling`.
    pub(super) fn phrase_after(&self, start: usize, ceiling: usize) -> Option<Range<usize>> {
        let first = self.token(start).filter(|_| start < ceiling)?;
        if !first.is_word() && first.kind != Kind::Number {
            return None;
        }
        if first.class.has(Class::PRONOUN) && !first.class.has(Class::DETERMINER | Class::ROLE) {
            return Some(start..start + 1);
        }
        let unspaced = self.lexicon.order() == Order::Unspaced;
        let mut end = start;
        while end < ceiling {
            let Some(token) = self.token(end) else { break };
            let inside = match token.kind {
                Kind::Number => end == start || !self.lexicon.capital_nouns(),
                Kind::Word => {
                    let first = end == start;
                    if !first
                        && !self.is_hearer(start, end)
                        && (token.class.has(Class::GENITIVE | Class::PARTICLE)
                            || (self.lexicon.capital_nouns() && token.class.has(Class::JOIN)))
                    {
                        true
                    } else if !first
                        && self.lexicon.capital_nouns()
                        && !token.upper
                        && self.token(end - 1).is_some_and(|before| {
                            before.upper && !before.class.has(Class::DETERMINER | Class::POSSESSIVE)
                        })
                    {
                        // Adjectives stand before their noun: a small letter behind a noun is the next phrase.
                        false
                    } else if token.class.has(Class::DETERMINER | Class::POSSESSIVE) {
                        first
                            || self.token(end - 1).is_some_and(|before| {
                                before
                                    .class
                                    .has(Class::PREPOSITION | Class::PARTICLE | Class::DETERMINER)
                            })
                    } else if token.class.has(Class::PREPOSITION) {
                        !first && self.lexicon.joins(token.class)
                    } else if token.class.has(Class::AND) {
                        !first
                            && self.token(end - 1).is_some_and(|before| before.upper)
                            && self
                                .token(end + 1)
                                .is_some_and(|after| after.upper && !after.class.has(Class::PRONOUN))
                    } else if first && token.class.has(Class::TIME) {
                        // July's poll.
                        self.class(end + 1).has(Class::GENITIVE)
                    } else {
                        self.nominal(token) && (first || !self.is_past(start, end))
                    }
                }
                // Radio Nord/Port Times, 9/11 widow.
                Kind::Punct('/') => {
                    end > start
                        && self
                            .token(end + 1)
                            .is_some_and(|after| after.upper || after.kind == Kind::Number)
                }
                // A title that a body possesses: ABC’s “Good Morning America”. The name of a medium: die Zeitung „Bild“.
                Kind::Quote(_) => {
                    end > start
                        && (self.class(end - 1).has(Class::GENITIVE)
                            || self.lexicon.capital_nouns() && self.is_medium_name(end))
                }
                _ => false,
            };
            if !inside || end - start > if unspaced { 20 } else { 12 } {
                break;
            }
            end += 1;
        }
        if end == start + 1
            && end < ceiling
            && self.class(end - 1).has(Class::DETERMINER | Class::POSSESSIVE)
            && self.token(end).is_some_and(|token| token.quote().is_some())
        {
            // The “Medicare for all” document.
            end += 1;
            while end < ceiling
                && self
                    .token(end)
                    .is_some_and(|token| token.is_word() && self.nominal(token))
            {
                end += 1;
            }
            return Some(start..end);
        }
        while end > start
            && self.token(end - 1).is_some_and(|token| {
                token
                    .class
                    .has(Class::PREPOSITION | Class::AND | Class::DETERMINER)
                    // Tweeted another: it stands for whom it counts.
                    && !(end == start + 1 && token.class.has(Class::PRONOUN) && self.lexicon.has_possessive())
            })
        {
            end -= 1;
        }
        (start < end && self.names_something(start..end)).then_some(start..end)
    }

    /// Whether a token may stand in a noun phrase as a noun, an adjective, a name or a determiner.
    pub(super) fn nominal(&self, token: &Token) -> bool {
        if token.kind == Kind::Number {
            return true;
        }
        if !token.is_word() {
            return false;
        }
        let class = token.class;
        if class.has(
            Class::GENITIVE
                | Class::DETERMINER
                | Class::POSSESSIVE
                | Class::ROLE
                | Class::BODY
                | Class::TITLE,
        ) {
            return !class.has(Class::THAT) || class.has(Class::DETERMINER);
        }
        if class.has(Class::TIME) && !class.has(Class::MEDIUM) {
            return false;
        }
        if class.has(
            Class::AUX
                | Class::RELATIVE
                | Class::SUBORDINATOR
                | Class::THAT
                | Class::PRONOUN
                | Class::OBJECT_PRONOUN
                | Class::AND
                | Class::PREPOSITION
                | Class::TO
                | Class::NOT,
        ) {
            return false;
        }
        if token.upper {
            // In languages that write verbs second, an adverb may be capitalised at the head of its sentence.
            return !(self.lexicon.verb_second() && class.has(Class::ADVERB | Class::THUS));
        }
        if class.has(Class::ADVERB | Class::VERB | Class::SUBJUNCTIVE) {
            return false;
        }
        if class.has(Class::CUE) {
            return class.has(Class::NOUN | Class::MEDIUM)
                || class.has(Class::PARTICIPLE) && !class.has(Class::FINITE)
                || class.has(Class::GERUND) && !class.has(Class::SAY);
        }
        true
    }

    /// Whether the unlisted word at `at` is a verb in the past by its ending and the name or pronoun before it:
    /// Rossi tweaked his promise.
    pub(super) fn is_past(&self, floor: usize, at: usize) -> bool {
        let Some(token) = self
            .token(at)
            .filter(|token| token.is_word() && !token.upper && token.class.is_none())
        else {
            return false;
        };
        let ending = self
            .text
            .get(token.start..token.end)
            .is_some_and(|word| word.len() > 4 && word.ends_with("ed") && !word.contains('-'));
        ending
            && self.lexicon.has_possessive()
            && at > floor
            && self.token(at - 1).is_some_and(|before| {
                before.is_word()
                    && (before.upper
                        && !before
                            .class
                            .has(Class::DETERMINER | Class::ADJECTIVE | Class::PREPOSITION)
                        || before.class.has(Class::PRONOUN) && !before.class.has(Class::DETERMINER))
            })
    }

    fn names_something(&self, range: Range<usize>) -> bool {
        if self.lexicon.capital_nouns() {
            // Where nouns are capitalised, no phrase without a capital names anybody, but for pronouns.
            let single = range.len() == 1;
            return self.outer(range).iter().any(|token| {
                let compound = token.kind == Kind::Number
                    && self
                        .text
                        .get(token.start..token.end)
                        .is_some_and(|text| text.chars().any(char::is_uppercase));
                compound
                    || token.is_word()
                        && (token.upper && !token.class.has(Class::TIME)
                            || token.class.has(Class::PRONOUN)
                            || single
                                && token.class.has(Class::DETERMINER | Class::POSSESSIVE)
                                && !token.class.has(Class::DEFINITE))
            });
        }
        self.outer(range).iter().any(|token| {
            token.kind == Kind::Number
                || token.is_word()
                    && !token
                        .class
                        .has(Class::PREPOSITION | Class::AND | Class::GENITIVE | Class::ADVERB)
                    && (!token.class.has(Class::DETERMINER | Class::POSSESSIVE)
                        || token.class.has(Class::PRONOUN | Class::ROLE | Class::MANY))
        })
    }
}
