//! Words as numbers: what is compared of texts is which words they share, and numbers are compared in a step.
//!
//! Invariant: of a folded text; a word has one number wherever it stands.

use crate::enrich::eights::{HIGH, STEP, between, eight, first};
use crate::enrich::letters::is_of_word;

/// Puts the numbers of a folded text's words behind others. Words are runs of letters and digits.
pub(super) fn put(folded: &str, words: &mut Vec<u64>) {
    if folded.is_ascii() {
        put_ascii(folded.as_bytes(), words);
    } else {
        put_any(folded, words);
    }
}

fn put_ascii(bytes: &[u8], words: &mut Vec<u64>) {
    let mut at = 0;
    while at < bytes.len() {
        let mut number = SEED;
        let mut read = 0;
        // Most words are shorter than a step.
        loop {
            let eight = eight(bytes, at + read);
            let run = run_of_word(eight);
            if run > 0 {
                number = mixed(number, first(eight, run));
                read += run;
            }
            if run < STEP {
                break;
            }
        }
        if read > 0 {
            words.push(number);
        }
        // What ended the word.
        at += read + 1;
    }
}

fn put_any(folded: &str, words: &mut Vec<u64>) {
    let mut rest = folded;
    loop {
        let mut chars = rest.char_indices();
        let end = chars.find(|(_, char)| !is_of_word(*char));
        let (at, after) = end.map_or((rest.len(), ""), |(at, _)| (at, chars.as_str()));
        if at > 0 {
            words.push(of_word(rest.as_bytes().get(..at).unwrap_or_default()));
        }
        if end.is_none() {
            return;
        }
        rest = after;
    }
}

fn of_word(word: &[u8]) -> u64 {
    let steps = (0..word.len()).step_by(STEP);
    steps.fold(SEED, |number, at| mixed(number, eight(word, at)))
}

/// How many of eight bytes of ASCII are small letters and digits before the first that is not.
fn run_of_word(eight: u64) -> usize {
    let others = !(between(eight, b'a', b'z') | between(eight, b'0', b'9')) & HIGH;
    others.trailing_zeros() as usize / 8
}

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// Takes eight more bytes into a number: both halves of their product (wyhash, Wang Yi), so that every bit depends on
/// every other.
fn mixed(number: u64, eight: u64) -> u64 {
    let product = u128::from(number ^ eight) * 0xA076_1D64_78BD_642F;
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::enrich::clean::lexicon::fold;

    fn numbers(text: &str) -> Vec<u64> {
        let mut numbers = Vec::new();
        put(text, &mut numbers);
        numbers
    }

    proptest! {
        #[test]
        fn words_are_runs_of_letters_and_digits(text in "[a-zA-Z0-9 .,’éßжЖ中_+-]{0,60}") {
            let folded = fold(&text);
            let words: Vec<u64> = folded
                .split(|char: char| !char.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(|word| of_word(word.as_bytes()))
                .collect();
            prop_assert_eq!(numbers(&folded), words);
        }

        #[test]
        fn two_words_have_two_numbers(left in "[a-z0-9é]{1,20}", right in "[a-z0-9é]{1,20}") {
            prop_assert_eq!(left == right, numbers(&left) == numbers(&right));
        }
    }
}
