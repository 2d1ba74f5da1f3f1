//! Sentences, inside and outside quotation marks.
//!
//! Invariant: one pass over the characters; a full stop of an abbreviation, an initial, a number or an ellipsis
//! before a small letter ends nothing, and a closing mark belongs to the sentence before it. Deliberately absent:
//! the sentences of attribution, which never cut a quotation; see [`super::outer`].

use super::tokens::is_terminator;
use crate::enrich::eights::end_of_word;
use crate::enrich::letters::is_of_word;

/// Abbreviations of several languages after which a sentence goes on, without their full stops, in lower case.
const ABBREVIATIONS: [&str; 61] = [
    "mr", "mrs", "ms", "dr", "prof", "sen", "rep", "gov", "gen", "col", "lt", "sgt", "capt", "maj", "rev",
    "hon", "st", "jr", "sr", "inc", "corp", "co", "ltd", "vs", "jan", "feb", "mar", "apr", "aug", "sept",
    "oct", "nov", "dec", "e.g", "i.e", "u.s", "u.k", "u.n", "bzw", "ca", "z.b", "u.a", "d.h", "mio", "mrd",
    "nr", "hr", "fr", "sig", "dott", "ing", "mgr", "dhr", "mevr", "sra", "dra", "núm", "mme", "mlle", "ул",
    "им",
];

/// How many sentences a text has.
pub fn count(text: &str) -> usize {
    let mut sentences = 0;
    let mut words = false;
    let mut word: Option<usize> = None;
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at).copied() {
        let start = at;
        if byte.is_ascii_alphanumeric() {
            word.get_or_insert(start);
            words = true;
            at = end_of_word(bytes, at);
            continue;
        }
        if byte == b' ' {
            word = None;
            at += 1;
            continue;
        }
        let Some(c) = char_at(text, at) else { break };
        at += c.len_utf8();
        if is_of_word(c) {
            word.get_or_insert(start);
            words = true;
            continue;
        }
        if c == '\n' {
            sentences += usize::from(words);
            words = false;
            word = None;
            continue;
        }
        if !is_terminator(c) {
            // U.S and z.B are words of their own, so a stop inside one does not end the word.
            word = None;
            continue;
        }
        let next = char_at(text, at);
        if c == '.' && next.is_some_and(char::is_alphanumeric) {
            continue;
        }
        if c == '.' && word.is_some_and(|from| goes_on_after(text.get(from..start).unwrap_or_default())) {
            continue;
        }
        while let Some(c) = char_at(text, at).filter(|c| is_terminator(*c) || closes(*c)) {
            at += c.len_utf8();
        }
        word = None;
        // Look at a bounded number of characters for the next letter.
        let rest = text.get(at..).unwrap_or_default();
        let follows = rest.chars().take(8).find(|c| c.is_alphanumeric() || *c == '\n');
        if follows.is_some_and(char::is_lowercase) {
            continue;
        }
        sentences += usize::from(words);
        words = false;
    }
    sentences + usize::from(words)
}

fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// Whether a full stop after this word is part of it.
fn goes_on_after(word: &str) -> bool {
    let initial = word.chars().count() == 1 && word.chars().all(|c| c.is_uppercase() && c != 'I');
    initial || word.len() <= 8 && ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Whether a character after a terminator still belongs to the sentence.
fn closes(c: char) -> bool {
    matches!(
        c,
        '"' | '”' | '“' | '’' | '\'' | '»' | '«' | '›' | '‹' | '」' | '』' | ')' | ']'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::count;

    #[test]
    fn abbreviations_initials_and_numbers_end_nothing() {
        assert_eq!(
            count("Dr. J. R. Smith of the U.S. paid 3.50 to Acme Inc. of London. He left."),
            2
        );
    }

    #[test]
    fn a_question_inside_marks_with_its_attribution_is_one_sentence() {
        assert_eq!(count("“Is it far?” she asked. “No.” He went on rowing."), 3);
    }

    #[test]
    fn paragraphs_end_sentences_and_empty_text_has_none() {
        assert_eq!(count("A headline\n\nA sentence"), 2);
        assert_eq!(count(" … \n"), 0);
    }

    #[test]
    fn chinese_and_arabic_stops_count() {
        assert_eq!(count("我们不会放弃。大桥将于五月开放。"), 2);
        assert_eq!(count("هل هذا صحيح؟ نعم."), 2);
    }

    proptest! {
        #[test]
        fn never_more_sentences_than_characters(text in "\\PC{0,200}") {
            prop_assert!(count(&text) <= text.chars().count());
        }
    }
}
