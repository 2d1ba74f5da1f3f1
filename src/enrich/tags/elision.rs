//! Elision: a name behind a word that lost its vowel to it, `l’Iran`, is a word of its own.
//!
//! Invariant: the number of words stays, each only gets shorter; a word that some label has as it stands, as in
//! `L’Oréal` or `Côte d’Ivoire`, is cut only where more is known without what precedes the apostrophe.

use std::ops::Range;

use super::tables::ELISIONS;
use crate::vocabulary::{Scanner, Vocabulary};

/// Words before an elision with which it can be one name.
const BEFORE_MAX: usize = 4;

/// The words of a text, those that an elision leads without it.
pub(super) fn without(
    text: &str,
    mut words: Vec<Range<usize>>,
    language: Option<&str>,
    vocabulary: &Vocabulary,
) -> Vec<Range<usize>> {
    let Some(language) = language
        .and_then(|language| language.split('-').next())
        .filter(|language| ELISIONS.speaks(language))
    else {
        return words;
    };
    let cuts: Vec<(usize, usize)> = words
        .iter()
        .enumerate()
        .filter_map(|(at, word)| Some((at, word.start + elided(text.get(word.clone())?, language)?)))
        .collect();
    if cuts.is_empty() {
        return words;
    }
    let whole = words.clone();
    for (at, start) in cuts {
        if let Some(word) = words.get_mut(at) {
            word.start = start;
        }
    }
    let kept: Vec<usize> = {
        let with = vocabulary.scanner(text, &whole);
        let without = vocabulary.scanner(text, &words);
        let is_part = |at: usize| {
            let inside =
                (at.saturating_sub(BEFORE_MAX)..at).any(|before| longest(&with, before) > at - before);
            inside || {
                let known = longest(&with, at);
                known > 0 && known >= longest(&without, at)
            }
        };
        (0..words.len())
            .filter(|at| words.get(*at) != whole.get(*at) && is_part(*at))
            .collect()
    };
    for at in kept {
        if let Some((word, as_it_was)) = words.get_mut(at).zip(whole.get(at)) {
            *word = as_it_was.clone();
        }
    }
    words
}

/// Words of the longest label from here on.
fn longest(scanner: &Scanner<'_>, at: usize) -> usize {
    scanner.at(at).next().map_or(0, |(count, _)| count)
}

/// Bytes of the elided word and its apostrophe.
fn elided(word: &str, language: &str) -> Option<usize> {
    let (at, mark) = word
        .char_indices()
        .find(|(_, char)| matches!(char, '\'' | '’' | 'ʼ'))?;
    let end = at + mark.len_utf8();
    (ELISIONS.has(language, word.get(..at)?) && word.len() > end).then_some(end)
}
