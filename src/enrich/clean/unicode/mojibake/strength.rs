//! How little a sequence that could be misread bytes could be meant as it stands.
//!
//! Judged by what stands around it: a sign inside a word, a capital behind a small letter, letters of another script
//! among ASCII ones.

use super::Found;
use crate::enrich::clean::unicode::charsets::{self, WESTERN};

/// How little a sequence could be meant as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// A word or a quotation may end so.
    Weak,
    /// No word is written so.
    Odd,
    /// No text holds it.
    Sure,
}

/// Marks that stand behind a word in sound text.
pub(super) fn ends_words(char: char) -> bool {
    matches!(
        char,
        '\u{201d}' | '\u{201c}' | '\u{2019}' | '\u{2018}' | '»' | '›' | '…' | '–' | '—'
    )
}

fn is_latin(char: char) -> bool {
    matches!(char, '\u{a0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{fb00}'..='\u{fb06}')
}

/// Judges a sequence by its first two characters and its neighbours.
pub(super) fn strength(
    charset: usize,
    found: &Found,
    [first, second]: [char; 2],
    before: char,
    after: char,
) -> Strength {
    let western = charset == WESTERN;
    let capital = first.is_uppercase() && before.is_lowercase();
    match found.decoded {
        '\u{fffd}' if found.chars > 2 => return Strength::Sure,
        '\u{fffd}' if capital && after.is_alphabetic() => return Strength::Odd,
        '\u{fffd}' | 'ſ' | '\u{e000}'..='\u{f8ff}' | '\u{250}'..='\u{36f}' => return Strength::Weak,
        decoded if decoded.is_control() => return Strength::Weak,
        _ if found.chars > 3 => return Strength::Sure,
        _ if found.chars == 3 => return three(charset, found.decoded, second, before, after),
        _ => {}
    }
    let inside = before.is_lowercase() && after.is_alphabetic();
    let shouting = before.is_uppercase() && after.is_uppercase() && !matches!(second, '–' | '—' | '…');
    if western && matches!(found.lead, 0xC2 | 0xC3) {
        let meant = found.quoted && (second == '\u{2019}' || !(inside || shouting));
        return if meant { Strength::Weak } else { Strength::Sure };
    }
    if !matches!(
        found.lead,
        0xC2..=0xC5 | 0xCE | 0xCF | 0xD0 | 0xD1 | 0xD7 | 0xD8 | 0xD9
    ) {
        return Strength::Weak;
    }
    // Between ASCII letters stands no letter of another script, but for Greek ones in science.
    let beside = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
    if beside && found.decoded.is_alphabetic() && !is_latin(found.decoded) && found.lead != 0xCE {
        return Strength::Weak;
    }
    let drawing = |char: char| matches!(char, '\u{2500}'..='\u{259f}');
    if drawing(first)
        && drawing(second)
        && !before.is_ascii_alphabetic()
        && !matches!(found.lead, 0xD0 | 0xD1)
    {
        return Strength::Weak;
    }
    let word = before.is_alphabetic() || (after.is_alphabetic() && charset != charsets::DOS);
    let drawn = matches!(first, '√' | '≈' | 'ƒ' | '∆' | '◊' | '\u{2500}'..='\u{257f}') && word;
    let quiet =
        ends_words(first) || matches!(first, '«' | '‹' | 'œ' | 'Œ' | '÷' | '•' | '\u{2500}'..='\u{257f}');
    let opens = matches!(second, '«' | '‹' | '„' | '‚') && before.is_alphabetic() && after.is_alphabetic();
    let sign = !second.is_alphabetic() && !second.is_whitespace() && !found.quoted && after.is_alphabetic();
    let wedged = found.quoted && second != '\u{2019}' && inside;
    let shouted =
        first.is_uppercase() && second.is_uppercase() && after.is_lowercase() && before.is_alphabetic();
    if drawn || (!quiet && (capital || opens || sign || wedged || shouted)) {
        Strength::Odd
    } else {
        Strength::Weak
    }
}

/// The strength of three characters that spell one.
fn three(charset: usize, decoded: char, second: char, before: char, after: char) -> Strength {
    let beside = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
    match decoded {
        '\u{2010}'..='\u{203f}'
        | '\u{20a0}'..='\u{20bf}'
        | '\u{2100}'..='\u{2bff}'
        | '\u{3000}'..='\u{303f}'
        | '\u{fb00}'..='\u{fb06}'
        | '\u{ff00}'..='\u{ff60}' => Strength::Sure,
        '\u{1e00}'..='\u{1eff}' if after.is_alphabetic() => Strength::Odd,
        // A small letter before two closing marks is sound.
        _ if beside || ends_words(second) || matches!(second, '´' | '¨' | '°' | 'º' | 'ª') => {
            Strength::Weak
        }
        _ if charset == WESTERN => Strength::Sure,
        _ => Strength::Odd,
    }
}
