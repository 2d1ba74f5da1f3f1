//! Spelling: an unknown string that is one slip away from exactly one known label.
//!
//! Invariant: it is asked only about strings that no concept bears, so one known concept is never turned into
//! another; two candidates are none. Deliberately absent: an index of deletions. All strings one edit away are
//! tried, which is a thousand look-ups and no memory.

use crate::message::TagKind;
use crate::vocabulary::{ConceptId, Hit, Vocabulary, form};

/// Letters from which one slip is told from another word.
const LETTERS_MIN: usize = 7;
/// Longer strings are sentences.
const LETTERS_MAX: usize = 48;
/// Concepts below are too obscure to be meant by a misspelt name.
const RANK_MIN: u8 = 80;

/// The concept that was meant by a misspelt `key`, a folded label without spaces.
pub(super) fn repair<'v>(key: &str, words: usize, vocabulary: &'v Vocabulary) -> Option<Hit<'v>> {
    let letters: Vec<char> = key.chars().collect();
    if !(LETTERS_MIN..=LETTERS_MAX).contains(&letters.len()) {
        return None;
    }
    let alphabet = alphabet_of(&letters)?;
    let mut found: Option<Hit<'v>> = None;
    let mut several = false;
    let mut candidate = String::with_capacity(key.len() + 4);
    let mut consider = |candidate: &str| {
        if let Some(hit) = vocabulary.find_squashed(candidate).into_iter().next() {
            let likely = hit.rank >= RANK_MIN
                && !hit.is(form::WEAK)
                && hit.folded.split(' ').count().abs_diff(words) <= 1;
            match &found {
                _ if !likely => {}
                None => found = Some(hit),
                Some(known) if known.concept == hit.concept => {}
                Some(_) => several = true,
            }
        }
    };
    let mut attempt = |head: &[char], middle: &[char], tail: &[char]| {
        candidate.clear();
        candidate.extend(head.iter().chain(middle).chain(tail));
        consider(&candidate);
    };
    for at in 0..=letters.len() {
        let (head, tail) = letters.split_at(at);
        for letter in alphabet.chars() {
            attempt(head, &[letter], tail);
        }
        let Some((here, after)) = tail.split_first() else {
            continue;
        };
        // A digit is never a slip: Windows 10 is not Windows 11.
        if here.is_numeric() {
            continue;
        }
        attempt(head, &[], after);
        for letter in alphabet.chars().filter(|letter| letter != here) {
            attempt(head, &[letter], after);
        }
        if let Some((next, rest)) = after.split_first().filter(|(next, _)| *next != here) {
            attempt(head, &[*next, *here], rest);
        }
    }
    found.filter(|hit| !several && is_safe(hit, &letters, words))
}

/// Short single words are other words more often than slips.
fn is_safe(hit: &Hit<'_>, letters: &[char], words: usize) -> bool {
    match hit.kind {
        TagKind::Other if words < 2 => false,
        _ => letters.len() > LETTERS_MIN || hit.rank >= 100,
    }
}

fn alphabet_of(letters: &[char]) -> Option<&'static str> {
    let all = |from: char, to: char| {
        letters
            .iter()
            .all(|char| (from..=to).contains(char) || char.is_ascii_digit())
    };
    if all('a', 'z') {
        Some("abcdefghijklmnopqrstuvwxyz")
    } else if all('\u{0400}', '\u{04FF}') {
        Some("абвгдежзийклмнопрстуфхцчшщъыьэюяєіґ")
    } else if all('α', 'ω') {
        Some("αβγδεζηθικλμνξοπρστυφχψω")
    } else {
        None
    }
}

/// The concepts that a spelling with an added `e` means: `Muenchen`, `Haessler`.
pub(super) fn without_added_e(key: &str, vocabulary: &Vocabulary) -> Option<ConceptId> {
    if !["ae", "oe", "ue"].iter().any(|pair| key.contains(pair)) {
        return None;
    }
    let plain = key.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    vocabulary
        .find_squashed(&plain)
        .into_iter()
        .find(|hit| hit.is(form::UMLAUT))
        .map(|hit| hit.concept)
}
