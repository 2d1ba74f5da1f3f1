//! Text whose bytes were once read in the wrong charset, read in the right one.
//!
//! Invariant: conservative. A sequence is repaired only where its bytes are UTF-8 and it is one that no sound text
//! holds, or where several of its kind stand in the same text.

/// Bytes of windows-1252 whose characters are outside Latin-1, from 0x80.
pub(super) const HIGH_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Bytes of windows-1251 from 0x80 to 0xBF.
const HIGH_1251: [char; 64] = [
    'Ђ', 'Ѓ', '‚', 'ѓ', '„', '…', '†', '‡', '€', '‰', 'Љ', '‹', 'Њ', 'Ќ', 'Ћ', 'Џ', 'ђ', '‘', '’', '“', '”',
    '•', '–', '—', '\u{98}', '™', 'љ', '›', 'њ', 'ќ', 'ћ', 'џ', '\u{a0}', 'Ў', 'ў', 'Ј', '¤', 'Ґ', '¦', '§',
    'Ё', '©', 'Є', '«', '¬', '\u{ad}', '®', 'Ї', '°', '±', 'І', 'і', 'ґ', 'µ', '¶', '·', 'ё', '№', 'є', '»',
    'ј', 'Ѕ', 'ѕ', 'ї',
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Windows1252,
    Windows1251,
}

fn byte_of(char: char, charset: Charset) -> Option<u8> {
    let code = u32::from(char);
    if code < 0x80 {
        return u8::try_from(code).ok();
    }
    match charset {
        Charset::Windows1252 => {
            if (0x80..=0xFF).contains(&code) {
                return u8::try_from(code).ok();
            }
            HIGH_1252
                .iter()
                .position(|high| *high == char)
                .and_then(|at| u8::try_from(at + 0x80).ok())
        }
        Charset::Windows1251 => {
            if ('А'..='я').contains(&char) {
                return u8::try_from(code - u32::from('А') + 0xC0).ok();
            }
            HIGH_1251
                .iter()
                .position(|high| *high == char)
                .and_then(|at| u8::try_from(at + 0x80).ok())
        }
    }
}

/// Rounds of repair: text is sometimes spoilt two or three times.
const ROUNDS: usize = 3;
/// Doubtful sequences of one kind that are no accident together.
const MANY: usize = 3;

/// The repaired text, or `None` where nothing is wrong.
pub(super) fn repair(text: &str) -> Option<String> {
    let mut repaired: Option<String> = None;
    for _ in 0..ROUNDS {
        let current = repaired.as_deref().unwrap_or(text);
        match western(current).or_else(|| cyrillic(current)) {
            Some(next) => repaired = Some(next),
            None => break,
        }
    }
    repaired
}

/// A sequence that could be one character of UTF-8.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// Bytes of the text that it takes.
    from: usize,
    to: usize,
    decoded: char,
    lead: u8,
    /// Whether no sound text holds it.
    sure: bool,
}

/// UTF-8 that was read as windows-1252 or Latin-1.
fn western(text: &str) -> Option<String> {
    if !text.chars().any(|char| ('\u{c2}'..='\u{f4}').contains(&char)) {
        return None;
    }
    let found = sequences(text, Charset::Windows1252);
    let sure = found.iter().any(|found| found.sure);
    // A text in one script has few lead bytes: one of them often shows that all are meant.
    let mut counts = [0usize; 256];
    for found in &found {
        if let Some(count) = counts.get_mut(usize::from(found.lead)) {
            *count += 1;
        }
    }
    if !sure && counts.iter().all(|count| *count < MANY) {
        return None;
    }
    let repaired = replaced(text, found.iter())?;
    // The second byte of "à" is a no-break space, which many systems make a plain one.
    Some(if sure {
        repaired.replace("Ã ", "à ")
    } else {
        repaired
    })
}

/// UTF-8 that was read as windows-1251: lines made of pairs that begin with two letters only.
fn cyrillic(text: &str) -> Option<String> {
    if !text.contains(['\u{420}', '\u{421}', '\u{432}']) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    for line in text.split_inclusive('\n') {
        let found = sequences(line, Charset::Windows1251);
        if found.iter().any(|found| found.sure)
            && let Some(repaired) = replaced(line, found.iter().filter(|found| found.sure))
        {
            out.push_str(&repaired);
            changed = true;
            continue;
        }
        let letters = line
            .chars()
            .filter(|char| ('\u{400}'..='\u{45f}').contains(char))
            .count();
        // Every letter became a pair, and the second of a pair is often no letter.
        let dense = found.len() >= MANY && found.len() * 2 >= letters;
        match dense.then(|| replaced(line, found.iter())).flatten() {
            Some(repaired) => {
                out.push_str(&repaired);
                changed = true;
            }
            None => out.push_str(line),
        }
    }
    changed.then_some(out)
}

fn replaced<'a>(text: &str, found: impl Iterator<Item = &'a Found>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for found in found {
        out.push_str(text.get(at..found.from).unwrap_or_default());
        out.push(found.decoded);
        at = found.to;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    (at > 0).then_some(out)
}

fn sequences(text: &str, charset: Charset) -> Vec<Found> {
    let mut out = Vec::new();
    let mut chars = text.char_indices();
    while let Some((from, first)) = chars.next() {
        if first.is_ascii() {
            continue;
        }
        let Some(lead) = byte_of(first, charset) else {
            continue;
        };
        let length = match lead {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => continue,
        };
        let mut bytes = vec![lead];
        let mut rest = chars.clone();
        let mut second = ' ';
        while bytes.len() < length {
            let Some((_, char)) = rest.next() else { break };
            let Some(byte) = byte_of(char, charset).filter(|byte| (0x80..0xC0).contains(byte)) else {
                break;
            };
            if bytes.len() == 1 {
                second = char;
            }
            bytes.push(byte);
        }
        let Some(decoded) = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|decoded| decoded.chars().next())
        else {
            continue;
        };
        let to = rest.clone().next().map_or(text.len(), |(at, _)| at);
        out.push(Found {
            from,
            to,
            decoded,
            lead,
            sure: match charset {
                Charset::Windows1252 => is_sure(lead, second, decoded),
                // "вЂ™" and its kin: no word holds that pair.
                Charset::Windows1251 => lead == 0xE2 && second == 'Ђ',
            },
        });
        chars = rest;
    }
    out
}

/// Whether no sound text holds a sequence. A capital with an accent before a closing quotation mark is sound.
fn is_sure(lead: u8, second: char, decoded: char) -> bool {
    let closing = matches!(
        second,
        '\u{201d}'
            | '\u{201c}'
            | '\u{2019}'
            | '\u{2018}'
            | '\u{bb}'
            | '\u{203a}'
            | '\u{2026}'
            | '\u{2013}'
            | '\u{2014}'
    );
    match lead {
        0xC2 => !decoded.is_control() && !closing,
        0xC3 => !closing,
        0xE2 | 0xEF | 0xF0 => !decoded.is_control(),
        0xE0..=0xEF => !closing,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoilt_text_is_repaired() {
        for (spoilt, sound) in [
            ("It\u{e2}\u{20ac}\u{2122}s", "It\u{2019}s"),
            ("caf\u{c3}\u{a9}", "caf\u{e9}"),
            ("5\u{c2}\u{a0}km", "5\u{a0}km"),
            (
                "\u{420}\u{45f}\u{421}\u{402}\u{420}\u{451}\u{420}\u{406}\u{420}\u{b5}\u{421}\u{201a}",
                "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}",
            ),
        ] {
            assert_eq!(repair(spoilt).as_deref(), Some(sound), "{spoilt}");
        }
    }

    #[test]
    fn sound_text_stays() {
        for sound in [
            "S\u{c3}O PAULO",
            "\u{201c}CAF\u{c9}\u{201d}",
            "AMANH\u{c3}\u{201d}",
            "Привет, Россия. СССР",
            "na\u{ef}ve \u{e2}ge",
        ] {
            assert_eq!(repair(sound), None, "{sound}");
        }
    }
}
