//! Spelling: an unknown string that is one slip away from exactly one known label.
//!
//! Invariant: it is asked only about strings that no concept bears, so one known concept is never turned into
//! another; two candidates are none; nor is a word repaired that some label has. Deliberately absent: an index of deletions. All strings one edit away are
//! tried, which is a thousand look-ups and no memory.

use crate::message::TagKind;
use crate::vocabulary::fold::squash;
use crate::vocabulary::{ConceptId, Hash, Hit, Vocabulary, form};

/// Letters from which one slip is told from another word.
const LETTERS_MIN: usize = 7;
/// Letters of a label of one word, and of the word of several that has the slip.
const SINGLE_LETTERS_MIN: usize = 9;
const WORD_LETTERS_MIN: usize = 4;
/// Longer strings are sentences.
const LETTERS_MAX: usize = 48;
/// Concepts below are too obscure to be meant by a misspelt name.
const RANK_MIN: u8 = 80;
/// Concepts from this rank on are meant by their other names as well.
const RANK_WELL_KNOWN: u8 = 100;

/// The concept that was meant by a misspelt label, folded.
pub(super) fn repair<'v>(folded: &str, vocabulary: &'v Vocabulary) -> Option<Hit<'v>> {
    let words: Vec<&str> = folded.split(' ').collect();
    let key = squash(folded);
    let letters: Vec<char> = key.chars().collect();
    if !(LETTERS_MIN..=LETTERS_MAX).contains(&letters.len()) {
        return None;
    }
    // A slip makes a word that does not exist. Where labels have all these words they may be meant as they are.
    if words.iter().all(|word| vocabulary.has_word(word)) {
        return None;
    }
    let alphabet = alphabet_of(&letters)?;
    let mut found: Option<Hit<'v>> = None;
    let mut several = false;
    let mut candidate = String::with_capacity(key.len() + 4);
    let mut consider = |candidate: &str, slip: Slip| {
        if let Some(hit) = vocabulary.find_squashed(candidate).into_iter().next() {
            let likely = hit.rank >= RANK_MIN
                && !hit.is(form::WEAK)
                && is_slip_of(&words, &hit, vocabulary)
                && (slip == Slip::Typing || is_name_or_long(&words, &hit));
            match &found {
                _ if !likely => {}
                None => found = Some(hit),
                Some(known) if known.concept == hit.concept => {}
                Some(_) => several = true,
            }
        }
    };
    let mut attempt = |head: &[char], middle: &[char], tail: &[char], slip: Slip| {
        candidate.clear();
        candidate.extend(head.iter().chain(middle).chain(tail));
        consider(&candidate, slip);
    };
    let mut before = Hash::default();
    let near = Near::new(vocabulary, alphabet);
    // The first letter is never the slip: writers look at it.
    for at in 1..=letters.len() {
        let (head, tail) = letters.split_at(at);
        if let Some(last) = head.last() {
            push(&mut before, *last);
        }
        for letter in near.known(before, tail) {
            let doubles = head.last() == Some(&letter) || tail.first() == Some(&letter);
            attempt(head, &[letter], tail, Slip::doubling(doubles));
        }
        let Some((here, after)) = tail.split_first() else {
            continue;
        };
        // A digit is never a slip: Windows 10 is not Windows 11.
        if here.is_numeric() {
            continue;
        }
        let doubled = head.last() == Some(here) || after.first() == Some(here);
        attempt(head, &[], after, Slip::doubling(doubled));
        // The last letter of a single word is its ending in another language: Theologe is no theology.
        if !(after.is_empty() && words.len() == 1) {
            for letter in near.known(before, after).filter(|letter| letter != here) {
                attempt(head, &[letter], after, Slip::OtherLetter);
            }
        }
        if let Some((next, rest)) = after.split_first().filter(|(next, _)| *next != here) {
            attempt(head, &[*next, *here], rest, Slip::Typing);
        }
    }
    found.filter(|hit| !several && is_safe(hit, words.len()))
}

/// Which letters at one place make a key that a label may have: only such a key is ever spelt out.
struct Near<'v> {
    vocabulary: &'v Vocabulary,
    letters: Vec<char>,
}

impl<'v> Near<'v> {
    fn new(vocabulary: &'v Vocabulary, alphabet: &str) -> Self {
        Self {
            vocabulary,
            letters: alphabet.chars().collect(),
        }
    }

    /// The letters that may stand between what `before` is the hash of and `tail`, in the alphabet's order.
    fn known(&self, before: Hash, tail: &[char]) -> impl Iterator<Item = char> + use<'_, 'v> {
        let mut rest = Hash::default();
        tail.iter().for_each(|char| push(&mut rest, *char));
        let bytes = tail.iter().map(|char| char.len_utf8()).sum();
        self.letters.iter().copied().filter(move |letter| {
            let mut hash = before;
            push(&mut hash, *letter);
            hash.then(rest, bytes)
                .is_some_and(|hash| self.vocabulary.may_know(hash))
        })
    }
}

fn push(hash: &mut Hash, char: char) {
    hash.push(char.encode_utf8(&mut [0; 4]));
}

/// What went wrong in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slip {
    /// Two letters changed places, or one was doubled or not: the fingers' fault, which makes no other word.
    Typing,
    /// A letter too many, too few or another one: what tells one word from the next.
    OtherLetter,
}

impl Slip {
    fn doubling(is: bool) -> Self {
        if is { Self::Typing } else { Self::OtherLetter }
    }
}

/// Whether a label is a name, or of several words. One ordinary word is one letter away from many: a `Rezension`
/// is no recession.
fn is_name_or_long(words: &[&str], hit: &Hit<'_>) -> bool {
    words.len() > 1
        || hit.folded.contains(' ')
        || matches!(hit.kind, TagKind::Person | TagKind::Place | TagKind::Organisation)
}

/// Whether these words are the label's but for one that is long enough to be known in spite of its slip.
fn is_slip_of(words: &[&str], hit: &Hit<'_>, vocabulary: &Vocabulary) -> bool {
    let label: Vec<&str> = hit.folded.split(' ').collect();
    if label.len() != words.len() {
        // The slip took a space or brought one.
        return label.len().abs_diff(words.len()) == 1;
    }
    let mut other = words.iter().zip(&label).filter(|(word, known)| word != known);
    match (other.next(), other.next()) {
        (Some((word, known)), None) => {
            known.chars().count() >= WORD_LETTERS_MIN && !vocabulary.has_word(word)
        }
        // A letter that went from one word to the next.
        (Some(_), Some(_)) => true,
        (None, _) => false,
    }
}

/// Short single words are other words more often than slips.
fn is_safe(hit: &Hit<'_>, words: usize) -> bool {
    let label = hit.folded.chars().filter(|char| *char != ' ').count();
    words > 1
        || hit.folded.contains(' ')
        || label >= SINGLE_LETTERS_MIN && (hit.rank >= RANK_WELL_KNOWN || hit.is(form::PRIMARY))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vocabulary::fold::fold;

    fn vocabulary() -> Vocabulary {
        Vocabulary::of_lines(&[
            r#"{"label": "Iran", "type": "place", "ids": {"iso": "IR"}}"#,
            r#"{"label": "Iraq", "type": "place", "ids": {"iso": "IQ"}}"#,
            r#"{"label": "Netherlands", "type": "place", "ids": {"iso": "NL"}}"#,
            r#"{"label": "Zambia", "type": "place", "ids": {"iso": "ZM"}}"#,
            r#"{"label": "Vladimir Putin", "type": "person", "ids": {"qid": "Q7747"}}"#,
            r#"{"label": "Marion County", "type": "place", "ids": {"qid": "Q501014"}}"#,
            r#"{"label": "Marin Headlands", "type": "place", "ids": {"geonames": 1}}"#,
            r#"{"label": "vitamin E", "type": "topic", "ids": {"qid": "Q141180"}}"#,
            r#"{"label": "commuting", "type": "topic", "ids": {"qid": "Q48442"}}"#,
            r#"{"label": "information and computing", "type": "topic", "ids": {"qid": "Q1"}}"#,
            r#"{"label": "pensions", "type": "topic", "ids": {"qid": "Q156223"}}"#,
            r#"{"label": "renewable energy", "type": "topic", "ids": {"qid": "Q12705"}}"#,
            r#"{"label": "Windows 10", "type": "work", "ids": {"qid": "Q18168774"}}"#,
            r#"{"label": "Владимир Путин", "type": "person", "ids": {"qid": "Q7747"}}"#,
            r#"{"label": "Jane Alderman", "type": "person", "ids": {"qid": "Q2"}}"#,
            r#"{"label": "Janet Alderman", "type": "person", "ids": {"qid": "Q3"}}"#,
        ])
    }

    fn repaired(name: &str) -> Option<String> {
        let vocabulary = vocabulary();
        let hit = repair(&fold(name), &vocabulary)?;
        Some(vocabulary.label(hit.concept))
    }

    #[test]
    fn a_slip_in_a_long_name_is_repaired() {
        for (slip, meant) in [
            ("Netherands", "Netherlands"),
            ("Vladimir Putsn", "Vladimir Putin"),
            ("Vladimri Putin", "Vladimir Putin"),
            ("VladimirrPutin", "Vladimir Putin"),
            ("reneewable energy", "renewable energy"),
            ("Владимир Пустин", "Vladimir Putin"),
        ] {
            assert_eq!(repaired(slip).as_deref(), Some(meant), "{slip}");
        }
    }

    #[test]
    fn what_may_be_meant_as_it_is_stays() {
        for name in [
            "Irak",
            "Iram",
            "Gambia",
            "Marin County",
            "vitamin a",
            "computing",
            "tensions",
            "Windows 11",
            "Theologe",
            "Xladimir Putin",
            "",
        ] {
            assert_eq!(repaired(name), None, "{name}");
        }
    }

    #[test]
    fn two_candidates_are_none() {
        assert_eq!(repaired("Janet Aldermann").as_deref(), Some("Janet Alderman"));
        assert_eq!(repaired("Janex Alderman"), None);
    }

    #[test]
    fn an_added_e_is_read_as_the_dots_it_stands_for() {
        let vocabulary = Vocabulary::of_lines(&[
            r#"{"label": "Thomas Häßler", "type": "person", "ids": {"qid": "Q1"}}"#,
            r#"{"label": "Mull", "type": "place", "ids": {"qid": "Q2"}}"#,
        ]);
        assert!(without_added_e("thomashaessler", &vocabulary).is_some());
        assert!(without_added_e("muell", &vocabulary).is_none());
    }

    proptest! {
        #[test]
        fn no_string_makes_it_panic_and_no_label_is_changed(name in "\\PC{0,30}") {
            let vocabulary = vocabulary();
            let known = vocabulary.find(&name).first().map(|hit| hit.concept);
            let repaired = repair(&fold(&name), &vocabulary).map(|hit| hit.concept);
            prop_assert!(known.is_none() || repaired.is_none() || known == repaired);
        }
    }
}
