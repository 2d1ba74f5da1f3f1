//! Text whose bytes were once read in the wrong charset, read in the right one.
//!
//! What is wrong is told by the bytes themselves: characters that, in one charset, spell a valid character of UTF-8
//! ([`Found`]). Whether they are meant is told by how they stand: a sign inside a word, a capital behind a small letter
//! ([`Strength`]). The idea of weighing what looks odd, and what systems lose on the way (no-break spaces, bytes
//! without a character), are those of ftfy by Robyn Speer.
//!
//! Invariant: conservative. A line without an odd sequence, and one whose accented letters are mostly sound, stay.

use super::charsets::{self, CYRILLIC, WESTERN};
use crate::enrich::clean::steps;

/// Bytes of windows-1252 whose characters are outside Latin-1, from 0x80.
pub(super) const HIGH_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Rounds of repair: text is sometimes spoilt two or three times.
const ROUNDS: usize = 4;
/// Doubtful sequences that are no accident together.
const MANY: usize = 3;

/// The repaired text, or `None` where nothing is wrong.
pub(super) fn repair(text: &str) -> Option<String> {
    let mut repaired: Option<String> = None;
    for _ in 0..ROUNDS {
        let current = repaired.as_deref().unwrap_or(text);
        match round(current) {
            Some(next) if next != current => repaired = Some(next),
            _ => break,
        }
    }
    repaired
}

/// The charsets, as bits, in which any two neighbours could belong to one character.
fn suspects(text: &str) -> u8 {
    let mut suspects = 0;
    let mut before = ' ';
    let mut rest = text;
    // From one character outside ASCII to the next.
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        if at > 0 {
            before = ' ';
        }
        let mut chars = rest.get(at..).unwrap_or_default().chars();
        for char in chars.by_ref() {
            if char.is_ascii() {
                before = ' ';
                break;
            }
            suspects |= charsets::pairs(before, char);
            before = char;
        }
        rest = chars.as_str();
    }
    suspects
}

fn round(text: &str) -> Option<String> {
    let suspects = suspects(text);
    if suspects == 0 {
        return None;
    }
    // A text that is surely spoilt in a charset is so in the lines where it is less clear.
    let mut sure = [false; charsets::COUNT];
    for (charset, sure) in sure.iter_mut().enumerate() {
        *sure = suspects >> charset & 1 == 1
            && sequences(text, charset)
                .iter()
                .any(|found| found.strength == Strength::Sure);
    }
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    for line in text.split_inclusive('\n') {
        let best = (0..charsets::COUNT)
            .filter(|charset| suspects >> charset & 1 == 1)
            .filter_map(|charset| {
                let chosen = chosen(line, charset, sure.get(charset).copied().unwrap_or_default())?;
                let covered: usize = chosen.iter().map(|found| found.chars).sum();
                Some((covered, charsets::COUNT - charset, charset, chosen))
            })
            .max_by_key(|(covered, order, ..)| (*covered, *order));
        match best {
            Some((_, _, charset, chosen)) => {
                changed = true;
                replace(line, charset, &chosen, &mut out);
            }
            None => out.push_str(line),
        }
    }
    changed.then_some(out)
}

/// How little a sequence could be meant as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// A word or a quotation may end so.
    Weak,
    /// No word is written so.
    Odd,
    /// No text holds it.
    Sure,
}

/// Characters that spell one character of UTF-8.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// Bytes of the line that they take.
    from: usize,
    to: usize,
    chars: usize,
    decoded: char,
    lead: u8,
    strength: Strength,
}

/// The sequences of a line that are to be replaced, if it is spoilt in that charset.
fn chosen(line: &str, charset: usize, known: bool) -> Option<Vec<Found>> {
    let found = sequences(line, charset);
    let odd = found
        .iter()
        .filter(|found| found.strength > Strength::Weak)
        .count();
    let sure = known || found.iter().any(|found| found.strength == Strength::Sure);
    let letters = |char: &char| !char.is_ascii() && char.is_alphabetic();
    let all = line.chars().filter(letters).count();
    let covered: usize = found
        .iter()
        .filter_map(|found| line.get(found.from..found.to))
        .map(|piece| piece.chars().filter(letters).count())
        .sum();
    let sound = all - covered.min(all);
    // A script that needs two bytes a letter leaves few letters over; its sequences begin alike.
    let same = |lead: u8| found.iter().filter(|found| found.lead & !1 == lead & !1).count();
    let dense = found.len() >= MANY && sound * 4 <= found.len() && {
        let alike = found.iter().map(|found| same(found.lead)).max().unwrap_or(0);
        // Words in capitals are pairs too, in the charsets of languages that have them.
        alike >= MANY
            && (odd > 0 || found.len() * 2 >= line.chars().filter(|char| char.is_alphabetic()).count() / 2)
    };
    if found.is_empty() {
        None
    } else if charset == CYRILLIC && !sure {
        // Every letter became a pair, and the second of a pair is often no letter.
        let pairs = line
            .chars()
            .filter(|char| ('\u{400}'..='\u{45f}').contains(char))
            .count();
        (found.len() >= MANY && found.len() * 2 >= pairs || (odd > 0 && sound == 0)).then_some(found)
    } else if sound == 0 && (odd > 0 || sure) || dense {
        Some(found)
    } else if sure || odd >= MANY {
        let strong: Vec<Found> = found
            .into_iter()
            .filter(|found| found.strength > Strength::Weak || (sure && charset == WESTERN))
            .collect();
        (!strong.is_empty()).then_some(strong)
    } else {
        None
    }
}

fn sequences(text: &str, charset: usize) -> Vec<Found> {
    steps::count(text.len());
    let mut out = Vec::new();
    let mut before = ' ';
    let mut chars = text.char_indices();
    while let Some((from, first)) = chars.next() {
        let found = (!first.is_ascii())
            .then(|| sequence(from, first, chars.clone(), text.len(), charset))
            .flatten();
        let Some((mut found, seen, rest)) = found else {
            before = first;
            continue;
        };
        let after = rest.clone().next().map_or(' ', |(_, char)| char);
        found.strength = strength(charset, &found, seen, before, after);
        out.push(found);
        chars = rest;
        before = found.decoded;
    }
    out
}

/// The sequence that begins with `first`, its first two characters, and what follows it.
fn sequence<'a>(
    from: usize,
    first: char,
    mut rest: std::str::CharIndices<'a>,
    end: usize,
    charset: usize,
) -> Option<(Found, [char; 2], std::str::CharIndices<'a>)> {
    let lead = charsets::byte(first, charset)?;
    let length = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut bytes = [lead, 0, 0, 0, 0, 0];
    let mut second = ' ';
    let mut read = |from: usize, to: usize, rest: &mut std::str::CharIndices<'a>| {
        for slot in bytes.get_mut(from..to)? {
            let (_, char) = rest.next()?;
            // What was a no-break space is a plain one by now, where a surrogate has it.
            let spaced = lead == 0xED && char == ' ';
            let byte = if spaced {
                Some(0xA0)
            } else {
                charsets::byte(char, charset)
            };
            *slot = byte.filter(|byte| (0x80..0xC0).contains(byte) || *byte == 0xED)?;
            if second == ' ' {
                second = char;
            }
        }
        Some(())
    };
    read(1, length, &mut rest)?;
    let plain = lead != 0xED;
    let (decoded, taken) = if plain || bytes.get(1).is_some_and(|second| *second < 0xA0) {
        let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
        (text.chars().next()?, length)
    } else {
        // Two surrogates of UTF-16, three bytes each.
        let mut read = |from: usize, to: usize| {
            for slot in bytes.get_mut(from..to)? {
                let (_, char) = rest.next()?;
                *slot = charsets::byte(char, charset)?;
            }
            Some(())
        };
        read(3, 6)?;
        let unit = |from: usize| {
            let [one, two, three] = *bytes.get(from..from + 3)?.first_chunk::<3>()?;
            Some(u16::from(one & 0xF) << 12 | u16::from(two & 0x3F) << 6 | u16::from(three & 0x3F))
        };
        let pair = [unit(0)?, unit(3)?];
        (char::decode_utf16(pair).next()?.ok()?, 6)
    };
    let to = rest.clone().next().map_or(end, |(at, _)| at);
    let found = Found {
        from,
        to,
        chars: taken,
        decoded,
        lead,
        strength: Strength::Weak,
    };
    Some((found, [first, second], rest))
}

/// Marks that stand behind a word in sound text.
fn closes(char: char) -> bool {
    matches!(
        char,
        '\u{201d}'
            | '\u{201c}'
            | '\u{2019}'
            | '\u{2018}'
            | '»'
            | '«'
            | '›'
            | '‹'
            | '…'
            | '–'
            | '—'
            | '•'
            | '„'
            | '‚'
            | '´'
            | '®'
            | '™'
            | '°'
            | 'ª'
            | 'º'
    )
}

fn is_latin(char: char) -> bool {
    matches!(char, '\u{a0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{fb00}'..='\u{fb06}')
}

fn strength(
    charset: usize,
    found: &Found,
    [first, second]: [char; 2],
    before: char,
    after: char,
) -> Strength {
    let decoded = found.decoded;
    if decoded.is_control() || matches!(decoded, '\u{e000}'..='\u{f8ff}' | '\u{250}'..='\u{36f}') {
        return Strength::Weak;
    }
    let beside = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
    if found.chars > 3 {
        return Strength::Sure;
    }
    if found.chars == 3 {
        return match decoded {
            '\u{2010}'..='\u{203f}'
            | '\u{20a0}'..='\u{20bf}'
            | '\u{2100}'..='\u{2bff}'
            | '\u{fb00}'..='\u{fb06}' => Strength::Sure,
            // A small letter before two closing marks is sound.
            _ if closes(second) || second == '¨' => Strength::Weak,
            '\u{1e00}'..='\u{1eff}' => Strength::Odd,
            _ if beside => Strength::Weak,
            _ if charset == WESTERN => Strength::Sure,
            _ => Strength::Odd,
        };
    }
    let western = charset == WESTERN;
    if western && matches!(found.lead, 0xC2 | 0xC3) && !closes(second) {
        return Strength::Sure;
    }
    let inside = before.is_lowercase() && after.is_alphabetic();
    if western
        && matches!(found.lead, 0xC2 | 0xC3)
        && second != '\u{2019}'
        && (inside || (before.is_uppercase() && after.is_uppercase() && !matches!(second, '–' | '—' | '…')))
    {
        return Strength::Sure;
    }
    if !matches!(
        found.lead,
        0xC2..=0xC5 | 0xCE | 0xCF | 0xD0 | 0xD1 | 0xD7 | 0xD8 | 0xD9
    ) {
        return Strength::Weak;
    }
    // Between ASCII letters stands no letter of another script, but for Greek ones in science.
    if beside && decoded.is_alphabetic() && !is_latin(decoded) && !matches!(found.lead, 0xCE) {
        return Strength::Weak;
    }
    let quiet = closes(first) || matches!(first, 'œ' | 'Œ' | '÷');
    let capital = first.is_uppercase() && before.is_lowercase();
    let sign = !second.is_alphanumeric()
        && !closes(second)
        && second != '\u{a0}'
        && (after.is_alphabetic() || before.is_alphabetic());
    let wedged = closes(second) && second != '\u{2019}' && before.is_lowercase() && after.is_alphabetic();
    let shouted =
        first.is_uppercase() && second.is_uppercase() && after.is_lowercase() && before.is_alphabetic();
    let drawn = matches!(first, '√' | '≈' | 'ƒ' | '∆' | '◊' | '\u{2500}'..='\u{257f}')
        && (decoded.is_alphabetic() || !western);
    if !quiet && (capital || sign || wedged || shouted || drawn) {
        Strength::Odd
    } else {
        Strength::Weak
    }
}

/// Words before which "à" lost its no-break space with nothing in its place.
const GRAVE_JOINS: [&str; 4] = ["quele", "quela", "quilo", "s "];

/// Writes a line with its sequences replaced, and what was lost beside them mended as far as it can be.
fn replace(line: &str, charset: usize, chosen: &[Found], out: &mut String) {
    let mut at = 0;
    for found in chosen {
        mend(line.get(at..found.from).unwrap_or_default(), charset, out);
        out.push(found.decoded);
        at = found.to;
    }
    mend(line.get(at..).unwrap_or_default(), charset, out);
}

/// Writes a piece between sequences. A lead without its rest lost a no-break space to a plain one, or a byte to the
/// sign that stands for none.
fn mend(piece: &str, charset: usize, out: &mut String) {
    let mut chars = piece.chars();
    while let Some(char) = chars.next() {
        let lead = if char.is_ascii() {
            None
        } else {
            charsets::byte(char, charset)
        };
        let Some(lead) = lead.filter(|lead| (0xC2..=0xF4).contains(lead)) else {
            out.push(char);
            continue;
        };
        match lost(lead, chars.as_str(), charset) {
            Some((mended, bytes)) => {
                out.push_str(mended);
                chars = chars.as_str().get(bytes..).unwrap_or_default().chars();
            }
            None => out.push(char),
        }
    }
}

/// What a lead and what follows it were, with the bytes of `rest` that they take.
fn lost(lead: u8, rest: &str, charset: usize) -> Option<(&'static str, usize)> {
    let length = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    };
    let tail = |char: char| charsets::byte(char, charset).is_some_and(|byte| (0x80..0xC0).contains(&byte));
    let mut lossy = false;
    let mut bytes = 0;
    for char in rest.chars().take(length - 1) {
        match char {
            '\u{fffd}' => lossy = true,
            '?' if charset == WESTERN => lossy = true,
            _ if tail(char) => {}
            _ => break,
        }
        bytes += char.len_utf8();
        if lossy && char == '\u{fffd}' {
            break;
        }
    }
    if lossy {
        return Some(("\u{fffd}", bytes));
    }
    let after = rest.strip_prefix(' ')?;
    match lead {
        0xC3 if GRAVE_JOINS.iter().any(|word| after.starts_with(word)) => Some(("à", 1)),
        0xC3 if after.starts_with(' ') => Some(("à", 1)),
        0xC3 => Some(("à", 0)),
        0xC2 => Some(("", 0)),
        0xC5 if after.starts_with(char::is_lowercase) => Some(("Š", 1)),
        0xD0 if !after.starts_with(' ') => Some(("Р", 1)),
        0xCE if after.starts_with(|char: char| !char.is_ascii()) => Some(("Π", 1)),
        0xD9 if after.starts_with(|char: char| !char.is_ascii()) => Some(("٠", 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
