//! What the standard's tables say of a character, for those of most news without a look into them.
//!
//! Invariant: what the library says; tests ask it of every character.

/// Whether words are made of it: a letter or a digit.
pub(super) fn is_of_word(char: char) -> bool {
    match char {
        '\0'..='\x7f' => char.is_ascii_alphanumeric(),
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ʯ' | 'Ѐ'..='ҁ' | '\u{620}'..='\u{64a}' | '\u{4e00}'..='\u{9fff}' => {
            true
        }
        '\u{2010}'..='\u{205e}' | '\u{3001}'..='\u{3004}' | '\u{300a}'..='\u{3011}' => false,
        _ => char.is_alphanumeric(),
    }
}

/// Whether it is a capital.
pub(super) fn is_capital(char: char) -> bool {
    match char {
        '\0'..='\x7f' => char.is_ascii_uppercase(),
        'À'..='Ö' | 'Ø'..='Þ' | 'Ѐ'..='Я' => true,
        _ if is_small(char) => false,
        _ => char.is_uppercase(),
    }
}

/// Puts it behind a text, small.
pub(super) fn put_small(char: char, out: &mut String) {
    match char {
        '\0'..='\x7f' => out.push(char.to_ascii_lowercase()),
        _ if is_small(char) => out.push(char),
        _ => out.extend(char.to_lowercase()),
    }
}

/// Small letters, and what has neither small nor capital ones, of those that are common.
fn is_small(char: char) -> bool {
    matches!(char, 'ß'..='ÿ' | 'а'..='џ' | '\u{2010}'..='\u{205e}' | '\u{3000}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_what_they_are_taken_for() {
        for char in '\0'..=char::MAX {
            assert_eq!(is_of_word(char), char.is_alphanumeric(), "{char:?}");
            assert_eq!(is_capital(char), char.is_uppercase(), "{char:?}");
            let mut small = String::new();
            put_small(char, &mut small);
            assert!(char.to_lowercase().eq(small.chars()), "{char:?}");
        }
    }
}
