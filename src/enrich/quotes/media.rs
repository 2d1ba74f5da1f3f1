//! Names of media between marks, and media that hear: `sagte der „Berliner Zeitung“`, `schrieb „Die Woche“`.
//!
//! Invariant: positions are outer tokens. Deliberately absent: titles of works; [`super::reader`] knows them.

use super::lexicon::Class;
use super::reader::Reader;

impl Reader<'_> {
    /// Whether the quotation at `at` names a hearer or a medium behind a verb of speech: sagte der „Berliner Zeitung“.
    pub(super) fn is_named_hearer(&self, at: usize) -> bool {
        let title = self
            .token(at)
            .and_then(|token| self.marked.get(token.quote()?))
            .is_some_and(|marked| {
                marked.title && marked.words <= 4 && !super::tokens::is_terminator(marked.last)
            });
        self.is_medium_name(at)
            || title
                && at
                    .checked_sub(1)
                    .is_some_and(|before| self.class(before).has(Class::DEFINITE))
    }

    /// Whether the quotation at `at` is the name of the medium before it.
    pub(super) fn is_medium_name(&self, at: usize) -> bool {
        let short = self
            .token(at)
            .and_then(|token| self.marked.get(token.quote()?))
            .is_some_and(|marked| marked.words <= 5);
        short
            && at
                .checked_sub(1)
                .is_some_and(|before| self.class(before).has(Class::BODY | Class::WORK))
    }

    /// Whether the quotation at `at` is a name and nothing that anybody says: „Die Woche“.
    pub(super) fn is_name_in_marks(&self, at: usize) -> bool {
        self.lexicon.verb_second()
            && self
                .token(at)
                .and_then(|token| self.marked.get(token.quote()?))
                .is_some_and(|marked| {
                    marked.title
                        && marked.capital
                        && marked.words <= 4
                        && !super::tokens::is_terminator(marked.last)
                })
    }

    /// Whether a medium that hears begins at `at` behind a name, where nothing but its article parts them:
    /// sagte Greta Lohse | der Zeitung „Die Woche“.
    pub(super) fn is_hearer(&self, start: usize, at: usize) -> bool {
        let named = |at: usize| {
            self.token(at).is_some_and(|token| {
                token.upper
                    && !token
                        .class
                        .has(Class::ROLE | Class::BODY | Class::TITLE | Class::DETERMINER)
            })
        };
        self.lexicon.capital_nouns()
            && self.class(at).has(Class::DEFINITE)
            && at >= start + 2
            && named(at - 1)
            && named(at - 2)
            && self.class(at + 1).has(Class::BODY)
    }
}
