//! A text as attribution reads it: outer tokens, quotations, sentences, and the cues among them.
//!
//! Invariant: positions are outer tokens; [`Reader::bytes`] turns them into bytes. Deliberately absent: any
//! decision about who said what.

use std::ops::Range;

use super::lexicon::{Class, Lexicon};
use super::outer::{Marked, Segment};
use super::tokens::{Kind, Token};

/// The text with its tokens.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) lexicon: &'a Lexicon,
    pub(super) outer: &'a [Token],
    pub(super) marked: &'a [Marked],
    pub(super) segments: &'a [Segment],
}

/// A word or phrase that may attribute.
#[derive(Debug, Clone)]
pub(super) struct Cue {
    /// Its outer tokens, without auxiliaries.
    pub(super) tokens: Range<usize>,
    /// First token of its verb group: auxiliaries and adverbs before it.
    pub(super) group: usize,
    /// What it can do.
    pub(super) class: Class,
    /// How it stands in its sentence.
    pub(super) voice: Voice,
}

/// The form that a cue has where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// A finite verb with a subject of its own.
    Finite,
    /// A participle that shares the subject of the sentence: adding that.
    Shared,
    /// A participle right behind its noun: a report saying that.
    Behind,
    /// Is expected to.
    Passive,
    /// According to.
    Preposition,
    /// His claim that.
    Noun,
}

impl<'a> Reader<'a> {
    pub(super) fn token(&self, at: usize) -> Option<&'a Token> {
        self.outer.get(at)
    }

    /// The tokens of a range, none where it leaves the text.
    pub(super) fn outer(&self, range: Range<usize>) -> &'a [Token] {
        self.outer.get(range).unwrap_or_default()
    }

    /// The classes of a token.
    pub(super) fn class(&self, at: usize) -> Class {
        self.token(at).map(|token| token.class).unwrap_or_default()
    }

    /// A token's text in lower case.
    pub(super) fn lower(&self, at: usize) -> Option<String> {
        let token = self.token(at).filter(|token| token.is_word())?;
        let word = self.text.get(token.start..token.end)?;
        Some(if word.is_ascii() {
            word.to_ascii_lowercase()
        } else {
            word.to_lowercase().replace('’', "'")
        })
    }

    /// The bytes of outer tokens.
    pub(super) fn bytes(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let first = self.token(range.start)?;
        let last = self.token(range.end.checked_sub(1)?)?;
        (first.start < last.end).then_some(first.start..last.end)
    }

    /// Whether the quotation at `at` is the title of a work: MSNBC’s “Morning Joe”, the film “Taxi”.
    pub(super) fn is_title(&self, at: usize) -> bool {
        let Some(marked) = self.token(at).and_then(|token| self.marked.get(token.quote()?)) else {
            return false;
        };
        let Some(before) = at.checked_sub(1).and_then(|before| self.token(before)) else {
            return false;
        };
        marked.title
            && before
                .class
                .has(Class::GENITIVE | Class::PREPOSITION | Class::WORK)
            || before.class.has(Class::WORK)
                && before.is_word()
                && marked.words <= 8
                && !before.class.has(Class::CUE)
    }

    /// The words of a range and the quotations in it.
    pub(super) fn word_count(&self, range: Range<usize>) -> usize {
        self.outer(range)
            .iter()
            .map(|token| match token.quote() {
                Some(span) => self.marked.get(span).map_or(1, |marked| marked.words),
                None if token.is_word() => token.weight(self.text),
                None => 0,
            })
            .sum()
    }

    /// The cue at `at` in a sentence, if there is one, and where to read on.
    pub(super) fn cue_at(&self, segment: &Segment, at: usize) -> Result<Cue, usize> {
        let mut hidden = 1;
        self.cue_or_hidden(segment, at, &mut hidden).ok_or(hidden)
    }

    fn cue_or_hidden(&self, segment: &Segment, at: usize, hidden: &mut usize) -> Option<Cue> {
        let token = self.token(at).filter(|token| token.is_word())?;
        let mut class = token.class;
        let mut length = 1;
        if class.has(Class::PHRASE)
            && let Some(first) = self.lower(at)
            && let Some((words, phrase)) = self.lexicon.phrase(&first, |offset| {
                if at + offset < segment.tokens.end {
                    self.lower(at + offset)
                } else {
                    None
                }
            })
        {
            // Hoping to … behind a comma says what somebody meant; was hoping to … what somebody said.
            let bound = phrase.has(Class::GERUND) && phrase.has(Class::HIDDEN);
            if bound {
                if at > segment.tokens.start && self.token(at - 1).is_some_and(|before| before.is_comma()) {
                    *hidden = words;
                    return None;
                }
            } else {
                length = words;
                class = phrase;
                if class.has(Class::HIDDEN) {
                    *hidden = words;
                    return None;
                }
            }
        }
        let tokens = at..at + length;
        if class.has(Class::ACCORDING_MEDIUM)
            && (at + 1..segment.tokens.end.min(at + 4)).any(|at| self.class(at).has(Class::MEDIUM))
        {
            return Some(Cue {
                group: at,
                tokens,
                class: class | Class::ACCORDING,
                voice: Voice::Preposition,
            });
        }
        if class.has(Class::ACCORDING_CLAUSE) {
            if let Some(cue) = self.inverted_clause(segment, at, length) {
                return Some(cue);
            }
            if !class.has(Class::ACCORDING) {
                return self.source_clause(segment, at);
            }
            class = Class::ACCORDING;
        }
        if class.has(Class::ACCORDING | Class::ACCORDING_AFTER | Class::THUS) {
            return Some(Cue {
                group: at,
                tokens,
                class,
                voice: Voice::Preposition,
            });
        }
        if class.has(Class::NOUN)
            && !token.upper
            && self.token(tokens.end).is_some_and(|next| {
                tokens.end < segment.tokens.end
                    && (next.class.has(Class::THAT)
                        || next.class.has(Class::TO) && !class.has(Class::SAY)
                        || next.class.has(Class::TO) && class.has(Class::TOINF))
            })
            && at > segment.tokens.start
            && self.class(at - 1).has(Class::POSSESSIVE | Class::GENITIVE)
        {
            return Some(Cue {
                tokens,
                group: at,
                class: Class::NOUN | Class::SAY | Class::TOINF,
                voice: Voice::Noun,
            });
        }
        if class.has(Class::MARKED)
            && !self.beside_marks(segment, &tokens, 5)
            && !(self.class(tokens.end).has(Class::THAT) && self.lexicon.has_possessive())
        {
            class = class.without(Class::SAY | Class::TELL);
        }
        if !class.has(Class::CUE) || class.has(Class::BESIDE) && !self.beside_marks(segment, &tokens, 7) {
            return None;
        }
        if class.has(Class::SEPARABLE)
            && class.has(Class::FINITE)
            && !self.prefix_follows(at, segment.tokens.end)
        {
            return None;
        }
        let first = at == segment.tokens.start;
        if token.upper && !first && !segment.title_case {
            return None;
        }
        let (group, auxiliaries, to) = self.verb_group(segment.tokens.start, at);
        let before = group
            .checked_sub(1)
            .filter(|before| *before >= segment.tokens.start)
            .and_then(|before| self.token(before));
        let nouny = self.lexicon.has_possessive()
            && group == at
            && before.is_some_and(|before| {
                before
                    .class
                    .has(Class::DETERMINER | Class::POSSESSIVE | Class::GENITIVE | Class::PREPOSITION)
                    && (!before.class.has(Class::PRONOUN)
                        || before.class.has(Class::MANY)
                            && self.lower(at).is_some_and(|word| word.ends_with('s')))
                    || before.class.has(Class::ADJECTIVE)
                        && !before.upper
                        // The chief said, but the chief claim.
                        && (!before.class.has(Class::ROLE) || class.has(Class::NOUN))
            });
        let next = self.token(tokens.end).filter(|_| tokens.end < segment.tokens.end);
        if class.has(Class::GERUND) {
            if auxiliaries.has(Class::AUX) {
                return Some(Cue {
                    tokens,
                    group,
                    class,
                    voice: Voice::Finite,
                });
            }
            let shared = match before {
                None => return None,
                Some(before)
                    if before.is_comma()
                        || before.class.has(Class::AND)
                        || before.quote().is_some()
                        || before.is_dash() =>
                {
                    true
                }
                Some(before)
                    if before.class.has(Class::PREPOSITION | Class::SUBORDINATOR)
                        && (self.introduces(tokens.end, segment.tokens.end)
                            || class.has(Class::SAY)
                                && self.class(tokens.end).has(Class::PRONOUN)
                                && !self
                                    .class(tokens.end)
                                    .has(Class::OBJECT_PRONOUN | Class::DETERMINER)
                            || class.has(Class::NAMING)
                                && self.names_in_marks(tokens.end, segment.tokens.end)) =>
                {
                    true
                }
                Some(before)
                    if before.class.has(
                        Class::PREPOSITION | Class::DETERMINER | Class::POSSESSIVE | Class::GENITIVE,
                    ) =>
                {
                    return None;
                }
                Some(before) => !self.nominal(before),
            };
            return Some(Cue {
                tokens,
                group,
                class,
                voice: if shared { Voice::Shared } else { Voice::Behind },
            });
        }
        if nouny {
            return None;
        }
        if to {
            let shared = class.has(Class::INFINITIVE)
                && class.has(Class::SAY | Class::TELL)
                && self.introduces(tokens.end, segment.tokens.end);
            return shared.then_some(Cue {
                tokens,
                group,
                class,
                voice: Voice::Shared,
            });
        }
        if auxiliaries.has(Class::MODAL)
            && !auxiliaries.has(Class::PARTICIPLE)
            && !self.introduces(tokens.end, segment.tokens.end)
        {
            return None;
        }
        // What he described as: somebody does, so it is no passive.
        let active = tokens.len() > 1
            && !auxiliaries.has(Class::VERB)
            && before
                .is_some_and(|before| before.class.has(Class::PRONOUN) || before.upper && before.is_word());
        if class.has(Class::SEEMING) && active && token.class.has(Class::NAMING) {
            return Some(Cue {
                tokens: at..at + 1,
                group,
                class: token.class,
                voice: Voice::Finite,
            });
        }
        if class.has(Class::SEEMING)
            && class.has(Class::FINITE)
            && next.is_some_and(|next| {
                next.is_word()
                    && (!next.class.has(Class::PREPOSITION) || next.class.has(Class::CUE | Class::TO))
            })
        {
            return Some(Cue {
                tokens,
                group,
                class,
                voice: Voice::Passive,
            });
        }
        if class.has(Class::PARTICIPLE) && !class.has(Class::FINITE) && !auxiliaries.has(Class::PARTICIPLE) {
            let perfect = self.lexicon.verb_second()
                && self
                    .outer(segment.tokens.start.max(at.saturating_sub(20))..at)
                    .iter()
                    .any(|token| token.class.has(Class::HAVE));
            if !perfect {
                return None;
            }
        }
        let passive = class.has(Class::PARTICIPLE)
            && auxiliaries.has(Class::VERB)
            && !auxiliaries.has(Class::PARTICIPLE);
        if passive {
            let voice = Voice::Passive;
            let known = class.has(Class::IMPERSONAL)
                && next.is_some_and(|next| {
                    next.class.has(Class::TO) && !class.has(Class::SEEMING)
                        || class.has(Class::SEEMING) && !next.is_comma()
                });
            return known.then_some(Cue {
                tokens,
                group,
                class,
                voice,
            });
        }
        // Said by phone that: a medium is no agent.
        let agent = next.is_some_and(|next| self.lexicon.is_agent(next.class))
            && !self.class(at + 2).has(Class::MEDIUM);
        if class.has(Class::PARTICIPLE) && agent {
            return None;
        }
        let base = class.has(Class::INFINITIVE) && !class.has(Class::PARTICIPLE);
        if base && !auxiliaries.has(Class::AUX) {
            if before.is_some_and(|before| {
                before.class.has(Class::OBJECT_PRONOUN) && !before.class.has(Class::PRONOUN)
            }) {
                return None;
            }
            let common =
                before.is_some_and(|before| before.is_word() && !before.upper && before.class.is_none());
            if (class.has(Class::NOUN | Class::MEDIUM) || common && self.lexicon.has_possessive())
                && !self.plural_before(segment.tokens.start, group)
                && !self.is_source(segment, group)
                && !(group < at
                    && !class.has(Class::NOUN | Class::MEDIUM)
                    && next.is_some_and(|next| next.class.has(Class::THAT)))
            {
                return None;
            }
        }
        if class.has(Class::NOUN | Class::MEDIUM | Class::ROLE | Class::BODY)
            && !class.has(Class::PARTICIPLE)
            && !auxiliaries.has(Class::AUX)
        {
            // A verb that looks like a noun shows itself by what follows.
            let verbal = next.is_some_and(|next| {
                next.quote().is_some()
                    || next.is_comma()
                    || next.is_colon()
                    || next.upper
                    || next.kind == Kind::Number
                    || next.class.has(
                        Class::THAT
                            | Class::DETERMINER
                            | Class::PRONOUN
                            | Class::POSSESSIVE
                            | Class::QUESTION
                            | Class::OBJECT_PRONOUN,
                    )
                    || next.class.has(Class::TO) && class.has(Class::TOINF)
            });
            let quoted = self
                .outer(group.saturating_sub(7).max(segment.tokens.start)..group)
                .iter()
                .any(|token| token.quote().is_some());
            let plural = before
                .is_some_and(|before| before.upper || before.class.has(Class::ROLE | Class::PRONOUN))
                && class.has(Class::INFINITIVE)
                && class.has(Class::OBJECT)
                && next.is_some_and(|next| self.nominal(next));
            // …, records show.
            let closing = next.is_none_or(Token::is_terminator)
                && class.has(Class::INFINITIVE)
                && (self.plural_before(segment.tokens.start, group) || self.is_source(segment, group));
            if !verbal && !quoted && !plural && !closing {
                return None;
            }
        }
        if class.has(Class::CLEAR)
            && !self.is_source(segment, group)
            && !next.is_some_and(|next| {
                next.quote().is_some()
                    || next.is_comma()
                    || next.is_colon()
                    || next.class.has(Class::THAT | Class::QUESTION | Class::PRONOUN)
                    || next.class.has(Class::TO) && class.has(Class::TOINF)
            })
            && !self
                .outer(group.saturating_sub(6).max(segment.tokens.start)..group)
                .iter()
                .any(|token| token.is_comma() || token.quote().is_some())
        {
            return None;
        }
        if class.has(Class::NOUN | Class::MEDIUM) && next.is_some_and(|next| next.class.has(Class::AUX)) {
            return None;
        }
        Some(Cue {
            tokens,
            group,
            class,
            voice: Voice::Finite,
        })
    }

    /// Whether a document or a poll stands before `group` as its subject, which finds and shows what it says.
    fn is_source(&self, segment: &Segment, group: usize) -> bool {
        self.lexicon.has_possessive()
            && self
                .phrase_before(segment.tokens.start, group)
                .is_some_and(|phrase| {
                    self.outer(phrase)
                        .iter()
                        .any(|token| token.class.has(Class::BODY | Class::MEDIUM))
                })
    }

    /// Whether words in marks stand close to a verb, on either side.
    fn beside_marks(&self, segment: &Segment, tokens: &Range<usize>, reach: usize) -> bool {
        let from = tokens.start.saturating_sub(7).max(segment.tokens.start);
        let to = segment.tokens.end.min(tokens.end + reach);
        self.outer(from..to).iter().any(|token| token.quote().is_some())
    }

    /// Whether clear content follows at `at`: a conjunction of content, a quotation, or either behind a hearer.
    fn introduces(&self, at: usize, end: usize) -> bool {
        let clear = |at: usize| {
            self.token(at).filter(|_| at < end).is_some_and(|token| {
                token.quote().is_some()
                    || token.class.has(Class::THAT)
                    || (token.is_comma() || token.is_colon())
                        && self.token(at + 1).is_some_and(|next| next.quote().is_some())
            })
        };
        if clear(at) || self.class(at).has(Class::OBJECT_PRONOUN) && clear(at + 1) {
            return true;
        }
        // Tried to argue Sunday on the radio that.
        let mut here = at;
        while here < end && self.class(here).has(Class::TIME) {
            here += 1;
        }
        if here < end && self.class(here).has(Class::PREPOSITION) && !self.class(here).has(Class::TO) {
            here = self.phrase_after(here + 1, end).map_or(here, |phrase| phrase.end);
        }
        here > at && here < end && self.class(here).has(Class::THAT) && self.lexicon.has_possessive()
    }

    /// Whether words in marks follow at `at` as the name of something: by describing the bridge as “…”.
    fn names_in_marks(&self, at: usize, end: usize) -> bool {
        (at..end.min(at + 10))
            .take_while(|at| {
                self.token(*at)
                    .is_some_and(|token| token.is_word() || token.quote().is_some())
            })
            .find(|at| self.token(*at).is_some_and(|token| token.quote().is_some()))
            .is_some_and(|quote| {
                self.class(quote - 1).has(Class::AS) || quote == at || self.class(quote - 2).has(Class::AS)
            })
    }

    /// A clause that names the source, with its verb at its end: wie die Polizei mitteilte. The cue is all of it.
    fn source_clause(&self, segment: &Segment, at: usize) -> Option<Cue> {
        let end = segment.tokens.end;
        let opens = at == segment.tokens.start || self.token(at - 1).is_some_and(|token| token.is_comma());
        if !opens {
            return None;
        }
        let close = (at + 1..end.min(at + 16)).find(|at| {
            let at = *at;
            self.token(at).is_some_and(|token| {
                token.is_comma()
                    || token.is_terminator()
                    || token.is_colon()
                    || token.quote().is_some() && !self.is_medium_name(at)
            })
        })?;
        let verb = (at + 2..close).rev().find(|at| self.class(*at).has(Class::SAY))?;
        // As X told the agency on Monday, …: English puts the hearer and the day behind the verb.
        let reach = if self.lexicon.has_possessive() && at == segment.tokens.start {
            9
        } else {
            2
        };
        let quoted = self.token(close + 1).is_some_and(|next| next.quote().is_some());
        // As X noted at one point, …
        let placed = self.lexicon.has_possessive()
            && self.class(verb + 1).has(Class::PREPOSITION | Class::TIME)
            && !self.class(verb + 1).has(Class::TO | Class::AS)
            && !self.class(verb).has(Class::MARKED)
            && close - verb <= 5;
        (close - verb <= 2 || placed || close - verb <= reach && quoted).then_some(Cue {
            tokens: at..close,
            group: at,
            class: Class::ACCORDING | Class::ACCORDING_CLAUSE,
            voice: Voice::Preposition,
        })
    }

    /// A clause that names the source with its verb before it: como explicó el ministro, comme l’a dit X. The cue is
    /// its conjunction and verb.
    fn inverted_clause(&self, segment: &Segment, at: usize, length: usize) -> Option<Cue> {
        if self.lexicon.has_possessive() || self.lexicon.verb_second() {
            return None;
        }
        let opens = at == segment.tokens.start
            || self
                .token(at - 1)
                .is_some_and(|token| !token.is_word() || token.class.has(Class::AND));
        let from = at + length;
        let verb = (from..segment.tokens.end.min(from + 5))
            .take_while(|at| {
                self.class(*at).has(
                    Class::OBJECT_PRONOUN
                        | Class::DETERMINER
                        | Class::AUX
                        | Class::ADVERB
                        | Class::PRONOUN
                        | Class::SAY,
                )
            })
            .find(|at| {
                let class = self.class(*at);
                class.has(Class::SAY) && class.has(Class::FINITE | Class::PARTICIPLE)
            })?;
        let named = self.phrase_after(verb + 1, segment.tokens.end).is_some();
        (opens && named).then_some(Cue {
            tokens: at..verb + 1,
            group: at,
            class: Class::ACCORDING,
            voice: Voice::Preposition,
        })
    }

    /// Whether the prefix of a separable verb at `at` follows in its clause.
    fn prefix_follows(&self, at: usize, end: usize) -> bool {
        self.outer((at + 1).min(end)..end.min(at + 18))
            .iter()
            .take_while(|token| !(token.is_comma() || token.is_colon() || token.is_terminator()))
            .last()
            .is_some_and(|token| token.class.has(Class::PREFIX))
    }

    /// Auxiliaries and adverbs before the verb at `at`: where they begin, their classes, whether "to" is there.
    /// `VERB` in the classes stands for a form of be, `PARTICIPLE` for a form of have.
    fn verb_group(&self, floor: usize, at: usize) -> (usize, Class, bool) {
        let mut group = at;
        let mut classes = Class::NONE;
        let mut to = false;
        while group > floor {
            let class = self.class(group - 1);
            if class.has(Class::TO) && group == at {
                to = true;
                break;
            }
            if class.has(Class::GENITIVE) {
                // He's calling for: a form of be, written like a possessive.
                if group - 1 > floor && self.class(group - 2).has(Class::PRONOUN) {
                    classes |= Class::AUX | Class::VERB;
                } else {
                    break;
                }
            } else if class.has(Class::AUX) && !class.has(Class::PRONOUN) {
                classes |= Class::AUX;
                if class.has(Class::MODAL) {
                    classes |= Class::MODAL;
                }
                if class.has(Class::BE) {
                    classes |= Class::VERB;
                }
                if class.has(Class::HAVE) {
                    classes |= Class::PARTICIPLE;
                }
            } else if (!class.has(Class::ADVERB | Class::NOT)
                || class.has(Class::PRONOUN | Class::DETERMINER))
                && !self.is_since(floor, group - 1)
            {
                break;
            }
            group -= 1;
        }
        // Adverbs before the first auxiliary do not belong to the group unless an auxiliary does.
        (group, classes, to)
    }

    /// Whether a conjunction at `at` is an adverb, since an auxiliary of the perfect stands before it: has since said.
    fn is_since(&self, floor: usize, at: usize) -> bool {
        self.lexicon.has_possessive()
            && at > floor
            && self.class(at).has(Class::SUBORDINATOR)
            && self.class(at - 1).has(Class::HAVE)
    }

    /// Whether what stands before `end` can be the subject of a plural verb.
    pub(super) fn plural_before(&self, floor: usize, end: usize) -> bool {
        let Some(before) = end
            .checked_sub(1)
            .filter(|before| *before >= floor)
            .and_then(|before| self.token(before))
        else {
            return false;
        };
        if before
            .class
            .has(Class::PLURAL | Class::SPEAKER_SELF | Class::RELATIVE)
            || before.is_comma()
            || before.is(')')
        {
            return true;
        }
        // Those surveyed say, two in ten say: what opens the phrase tells its number.
        let counted = self.phrase_before(floor, end).is_some_and(|phrase| {
            let first = self.class(phrase.start);
            first.has(Class::MANY) && first.has(Class::DETERMINER | Class::PRONOUN)
                || self
                    .token(phrase.start)
                    .is_some_and(|token| token.kind == Kind::Number)
        });
        if counted {
            return true;
        }
        let text = self.text.get(before.start..before.end).unwrap_or_default();
        before.is_word()
            && (text.ends_with('s')
                && !text.ends_with("ss")
                && !text.ends_with("'s")
                && !text.ends_with("’s")
                || before.class.has(Class::PRONOUN) && !before.class.has(Class::MALE | Class::FEMALE))
            || before.class.has(Class::MANY)
    }
}
