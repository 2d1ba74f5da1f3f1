//! Numerals: the other ways to write the number in a name.
//!
//! Invariant: the number stays the same one; only its writing changes. Deliberately absent: numbers in words but
//! for ordinals that lead a name, and any look at the vocabulary.

use super::tables::ORDINALS;

/// Numbers that names bear.
const MAX: u32 = 99;
const ROMAN: [(u32, &str); 9] = [
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
    (0, ""),
];

/// The name with its number written in the other ways: `World War 3` gives `World War III`.
pub(super) fn other_spellings(name: &str) -> Vec<String> {
    let mut spellings = Vec::new();
    let words: Vec<&str> = name.split_whitespace().collect();
    if let Some((first, rest)) = words.split_first().filter(|(_, rest)| !rest.is_empty())
        && let Some(number) = ordinal(first)
    {
        let rest = rest.join(" ");
        spellings.extend([format!("{rest} {}", roman(number)), format!("{rest} {number}")]);
    }
    for (at, word) in words.iter().enumerate() {
        let Some(other) = other_numeral(word, words.len() > 1) else {
            continue;
        };
        let mut changed = words.clone();
        if let Some(slot) = changed.get_mut(at) {
            *slot = &other;
        }
        spellings.push(changed.join(" "));
    }
    spellings
}

/// `3` for `III`, `III` for `3`, and the same at the end of capitals: `WW3`, `WWIII`.
fn other_numeral(word: &str, alone: bool) -> Option<String> {
    let head = word.trim_end_matches(|char: char| char.is_ascii_digit());
    let digits = word.get(head.len()..)?;
    let capitals =
        |head: &str| head.is_empty() && alone || head.len() >= 2 && head.chars().all(char::is_uppercase);
    if !digits.is_empty() {
        let number: u32 = digits.parse().ok().filter(|number| (1..=MAX).contains(number))?;
        return capitals(head).then(|| format!("{head}{}", roman(number)));
    }
    // The longest Roman numeral at the end, of two letters and more: `X` and `V` are names.
    (0..word.len().saturating_sub(1)).find_map(|at| {
        let (head, tail) = word.split_at_checked(at)?;
        let number = number_of(tail)?;
        capitals(head).then(|| format!("{head}{number}"))
    })
}

fn ordinal(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|char: char| char.is_ascii_lowercase());
    if digits.len() < word.len() && word.starts_with(|char: char| char.is_ascii_digit()) {
        return digits.parse().ok().filter(|number| (1..=MAX).contains(number));
    }
    ORDINALS.place_of(word)
}

fn roman(mut number: u32) -> String {
    let mut text = String::new();
    for (value, letters) in ROMAN {
        while value > 0 && number >= value {
            text.push_str(letters);
            number -= value;
        }
    }
    text
}

fn number_of(text: &str) -> Option<u32> {
    // Nearly every ending has a letter that no numeral has.
    if !text.bytes().all(|byte| b"CLXVI".contains(&byte)) {
        return None;
    }
    (1..=MAX).find(|number| roman(*number) == text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_written_in_its_other_ways() {
        assert_eq!(other_spellings("World War 3"), ["World War III"]);
        assert_eq!(other_spellings("World War III"), ["World War 3"]);
        assert!(other_spellings("Third World War").contains(&"World War III".to_owned()));
        assert!(other_spellings("2nd Gulf War").contains(&"Gulf War II".to_owned()));
        assert_eq!(other_spellings("WW3"), ["WWIII"]);
        assert_eq!(other_spellings("WWII"), ["WW2"]);
    }

    #[test]
    fn a_name_without_a_number_has_no_other_spelling() {
        for name in ["Malcolm X", "MIX", "Mali", "1999", "", "C", "DIVI"] {
            assert_eq!(
                other_spellings(name)
                    .iter()
                    .filter(|other| *other == name)
                    .count(),
                0
            );
        }
        assert!(other_spellings("Malcolm X").is_empty());
        assert!(other_spellings("1999").is_empty());
    }

    proptest! {
        #[test]
        fn roman_numerals_are_read_as_they_are_written(number in 1u32..=MAX) {
            prop_assert_eq!(number_of(&roman(number)), Some(number));
        }

        #[test]
        fn no_name_makes_it_panic(name in "\\PC{0,40}") {
            prop_assert!(other_spellings(&name).len() <= name.len() + 2);
        }
    }
}
