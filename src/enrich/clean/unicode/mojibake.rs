//! Text whose bytes were once read in the wrong charset, read in the right one.
//!
//! What is wrong is told by the bytes themselves: characters that, in one charset, spell a valid character of UTF-8
//! ([`Found`]). Whether they are meant is told by how they stand: a sign inside a word, a capital behind a small letter
//! ([`Strength`]). The idea of weighing what looks odd, and what systems lose on the way (no-break spaces, bytes
//! without a character), are those of ftfy by Robyn Speer.
//!
//! Invariant: conservative. A line without an odd sequence, and one whose accented letters are mostly sound, stay.

mod strength;

use std::borrow::Cow;

use strength::{Strength, ends_words, strength};

use super::charsets::{self, CYRILLIC, WESTERN};
use crate::enrich::clean::steps;
use crate::enrich::eights::position_outside_ascii;

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
    while let Some(at) = position_outside_ascii(rest.as_bytes()) {
        if at > 0 {
            before = ' ';
        }
        let mut chars = rest.get(at..).unwrap_or_default().chars();
        for char in chars.by_ref() {
            if char.is_ascii() {
                // "à" that lost its no-break space has no neighbour left to tell it by.
                suspects |= u8::from(before == 'Ã' && char == ' ') << WESTERN;
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
    let mut suspects = suspects(text);
    // A text that is surely spoilt in a charset is so in the lines where it is less clear.
    let mut sure = [false; charsets::COUNT];
    for (charset, sure) in sure.iter_mut().enumerate() {
        if suspects >> charset & 1 == 0 {
            continue;
        }
        let mut found = sequences(text, charset).peekable();
        if found.peek().is_none() {
            suspects &= !(1 << charset);
        }
        *sure = found.any(|found| found.strength == Strength::Sure);
    }
    if suspects == 0 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    for line in text.split_inclusive('\n') {
        if line.is_ascii() {
            out.push_str(line);
            continue;
        }
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

/// Characters that spell one character of UTF-8.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// Bytes of the line that they take.
    from: usize,
    to: usize,
    chars: usize,
    decoded: char,
    lead: u8,
    /// Whether its second character is a mark that ends words in sound text.
    quoted: bool,
    strength: Strength,
}

/// The sequences of a line that are to be replaced, if it is spoilt in that charset.
fn chosen(line: &str, charset: usize, known: bool) -> Option<Vec<Found>> {
    let found: Vec<Found> = sequences(line, charset).collect();
    if found.is_empty() {
        return None;
    }
    let odd = found
        .iter()
        .filter(|found| found.strength > Strength::Weak)
        .count();
    let sure = known || found.iter().any(|found| found.strength == Strength::Sure);
    let sound = sound_letters(line, charset, &found);
    // A script that needs two bytes a letter leaves few letters over; its sequences begin alike.
    // One that touches the next is no word's end.
    let mut counts = [0usize; 256];
    for (at, one) in found.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| found.get(at));
        let touches = before.is_some_and(|two| two.to == one.from)
            || found.get(at + 1).is_some_and(|two| one.to == two.from);
        if let Some(count) = counts
            .get_mut(usize::from(one.lead & !1))
            .filter(|_| !one.quoted || touches)
        {
            *count += 1;
        }
    }
    let alike = counts.iter().copied().max().unwrap_or(0);
    let letters = || line.chars().filter(|char| char.is_alphabetic()).count();
    // Words in capitals hold pairs of Latin letters, and tables drawn in signs are full of them: without anything odd,
    // only another script is believed.
    let script = counts
        .iter()
        .enumerate()
        .any(|(lead, count)| *count >= MANY && matches!(lead, 0xCE | 0xD0 | 0xD6 | 0xD8 | 0xE0..=0xEF));
    let enough = odd > 0 || (script && charset != charsets::DOS && found.len() * 4 >= letters());
    let dense = alike >= MANY && sound * 4 <= found.len() && enough;
    let whole = if charset == CYRILLIC && !sure {
        // Every letter became a pair, and the second of a pair is often no letter.
        let pairs = line
            .chars()
            .filter(|char| ('\u{400}'..='\u{45f}').contains(char))
            .count();
        // In a Latin line a pair with a sign in it is no Cyrillic word.
        let foreign =
            line.chars().filter(char::is_ascii_alphabetic).count() > pairs && pairs < 2 * found.len();
        found.len() >= MANY && found.len() * 2 >= pairs
            || (sound == 0 && (odd > 0 || (foreign && found.len() > 1)))
    } else {
        sound == 0 && (odd > 0 || sure) || dense || (charset == WESTERN && (sure || alike >= MANY))
    };
    if whole {
        Some(found)
    } else if sure || odd >= MANY {
        let strong: Vec<Found> = found
            .into_iter()
            .filter(|found| found.strength > Strength::Weak)
            .collect();
        (!strong.is_empty()).then_some(strong)
    } else {
        None
    }
}

/// Letters outside ASCII that no sequence explains, and that did not lose what followed them.
fn sound_letters(line: &str, charset: usize, found: &[Found]) -> usize {
    let mut spans = found.iter().peekable();
    let mut chars = line.char_indices().peekable();
    let mut sound = 0;
    while let Some((at, char)) = chars.next() {
        while spans.next_if(|found| found.to <= at).is_some() {}
        let covered = spans.peek().is_some_and(|found| found.from <= at);
        if covered || char.is_ascii() || !char.is_alphabetic() {
            continue;
        }
        let begins = charsets::byte(char, charset).is_some_and(|byte| (0xC2..=0xF4).contains(&byte));
        let cut = chars
            .peek()
            .is_none_or(|(_, next)| matches!(next, ' ' | '\u{fffd}'));
        sound += usize::from(!(begins && cut));
    }
    sound
}

/// The sequences of a text, one after another.
fn sequences(text: &str, charset: usize) -> impl Iterator<Item = Found> {
    steps::count(text.len());
    let mut before = ' ';
    let mut chars = text.char_indices();
    std::iter::from_fn(move || {
        loop {
            let (from, first) = chars.next()?;
            if charset == WESTERN
                && first == 'Ã'
                && before.is_lowercase()
                && let Some((found, bytes)) = grave(from, chars.as_str())
            {
                before = found.decoded;
                while chars.clone().next().is_some_and(|(at, _)| at < from + bytes) {
                    chars.next();
                }
                return Some(found);
            }
            let found = (!first.is_ascii())
                .then(|| sequence(from, first, chars.clone(), text.len(), charset))
                .flatten();
            let Some((mut found, seen, rest)) = found else {
                before = first;
                continue;
            };
            let after = rest.clone().next().map_or(' ', |(_, char)| char);
            found.strength = strength(charset, &found, seen, before, after);
            chars = rest;
            before = found.decoded;
            return Some(found);
        }
    })
}

/// An "à" whose second byte, a no-break space, is a plain one by now, with the bytes that it takes.
fn grave(from: usize, rest: &str) -> Option<(Found, usize)> {
    let (_, taken) = lost(0xC3, rest, WESTERN).filter(|(mended, _)| mended == "à")?;
    let bytes = 'Ã'.len_utf8() + taken;
    let found = Found {
        from,
        to: from + bytes,
        chars: 2,
        decoded: 'à',
        lead: 0xC3,
        quoted: false,
        strength: Strength::Odd,
    };
    Some((found, bytes))
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
    let mut lossy = None;
    let mut read = |from: usize, to: usize, rest: &mut std::str::CharIndices<'a>| {
        for (at, slot) in bytes.get_mut(from..to)?.iter_mut().enumerate() {
            let (_, char) = rest.next()?;
            if char == '\u{fffd}' {
                lossy = Some(from + at + 1);
                return Some(());
            }
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
    let (decoded, taken) = if let Some(taken) = lossy {
        ('\u{fffd}', taken)
    } else if plain || bytes.get(1).is_some_and(|second| *second < 0xA0) {
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
        quoted: ends_words(second),
        strength: Strength::Weak,
    };
    Some((found, [first, second], rest))
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
                out.push_str(&mended);
                chars = chars.as_str().get(bytes..).unwrap_or_default().chars();
            }
            None => out.push(char),
        }
    }
}

/// What a lead and what follows it were, with the bytes of `rest` that they take.
fn lost(lead: u8, rest: &str, charset: usize) -> Option<(Cow<'static, str>, usize)> {
    let length = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    };
    let tail = |char: char| charsets::byte(char, charset).filter(|byte| (0x80..0xC0).contains(byte));
    let mut bytes = vec![lead];
    let mut taken = 0;
    let mut lossy = false;
    for char in rest.chars().take(length - 1) {
        match char {
            '\u{fffd}' => lossy = true,
            '?' if charset == WESTERN && length == 3 => lossy = true,
            ' ' if length == 3 => bytes.push(0xA0),
            _ => match tail(char) {
                Some(byte) => bytes.push(byte),
                None => break,
            },
        }
        taken += char.len_utf8();
        if char == '\u{fffd}' {
            break;
        }
    }
    if lossy {
        return Some(("\u{fffd}".into(), taken));
    }
    if length == 3 {
        // A letter of a script of its own, followed by another; a piece ends where the next sequence begins.
        let decoded = std::str::from_utf8(&bytes).ok()?;
        let rest = rest.get(taken..)?;
        let goes_on = rest.is_empty() || rest.starts_with(|char: char| !char.is_ascii());
        return (goes_on && decoded.chars().all(char::is_alphabetic))
            .then(|| (decoded.to_owned().into(), taken));
    }
    let after = rest.strip_prefix(' ')?;
    let foreign = after.is_empty() || after.starts_with(|char: char| !char.is_ascii());
    match lead {
        0xC3 if after.starts_with(' ') || GRAVE_JOINS.iter().any(|word| after.starts_with(word)) => {
            Some(("à".into(), 1))
        }
        0xC3 => Some(("à".into(), 0)),
        0xC2 => Some(("".into(), 0)),
        0xC5 if after.starts_with(char::is_lowercase) => Some(("Š".into(), 1)),
        0xD0 if foreign => Some(("Р".into(), 1)),
        0xCE if foreign => Some(("Π".into(), 1)),
        0xD9 if foreign => Some(("٠".into(), 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
