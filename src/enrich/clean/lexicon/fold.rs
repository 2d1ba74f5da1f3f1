//! Folding a line: the form in which phrases are looked for.
//!
//! Invariant: single spaces, small letters, no marks at the ends; marks of one meaning are one.

use crate::enrich::clean::steps;
use crate::enrich::eights::{STEP, equal, outside_visible};
use crate::enrich::letters::{is_of_word, put_small};

/// A line for comparison: lower case, white space as one space, without marks at either end.
pub(in crate::enrich::clean) fn fold(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let folded = fold_into(line, &mut out).len();
    // The room is the line's own, but for marks at its beginning.
    if folded == out.len() {
        out
    } else {
        bare(&out).to_owned()
    }
}

/// The same in room that was there before.
pub(in crate::enrich::clean) fn fold_into<'r>(line: &str, room: &'r mut String) -> &'r str {
    steps::count(line.len());
    room.clear();
    if is_even_ascii(line) {
        room.push_str(line);
        room.make_ascii_lowercase();
    } else {
        lower_into(line, room);
    }
    bare(room)
}

/// A text without the marks at its ends.
fn bare(text: &str) -> &str {
    let mark = |char: char| {
        !is_of_word(char) && !matches!(char, '©' | '[' | ']' | '{' | '}' | '&' | '@' | '#' | '$')
    };
    text.trim_matches(mark)
}

/// Whether a line is ASCII whose white space is single spaces inside it.
fn is_even_ascii(line: &str) -> bool {
    let bytes = line.as_bytes();
    if bytes.first().is_none_or(|byte| *byte == b' ') || bytes.last() == Some(&b' ') {
        return false;
    }
    // No way out in between: what is asked of all bytes alike is asked of many at once.
    let odd = bytes
        .iter()
        .fold(false, |odd, byte| odd | matches!(byte, b'\t'..=b'\r' | 0x80..));
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let doubled = pairs.fold(false, |doubled, (one, two)| {
        doubled | ((*one == b' ') & (*two == b' '))
    });
    !odd && !doubled
}

/// The highest bit of the first of eight bytes.
const HIGH_OF_FIRST: u64 = 0x80;

/// Bytes of the visible ASCII, its words parted by single spaces, that a text begins with.
fn even_bytes(bytes: &[u8]) -> usize {
    // Eight at a time as far as that goes.
    let mut whole = 0;
    let mut ends_blank = HIGH_OF_FIRST;
    while let Some(eight) = bytes
        .get(whole..whole + STEP)
        .and_then(|eight| eight.first_chunk())
    {
        let eight = u64::from_le_bytes(*eight);
        let blanks = equal(eight, b' ');
        let doubled = blanks & (blanks << 8 | ends_blank);
        if outside_visible(eight) | doubled != 0 {
            break;
        }
        ends_blank = blanks >> (8 * (STEP - 1));
        whole += STEP;
    }
    let (mut end, mut before) = match whole.checked_sub(1) {
        None => (0, b' '),
        Some(last) if ends_blank == 0 => (whole, bytes.get(last).copied().unwrap_or_default()),
        Some(last) => (last, b' '),
    };
    for (at, byte) in bytes.iter().enumerate().skip(whole) {
        match byte {
            b'!'..=b'~' => end = at + 1,
            b' ' if before != b' ' => {}
            _ => break,
        }
        before = *byte;
    }
    end
}

fn lower_into(line: &str, out: &mut String) {
    let mut space = false;
    let mut rest = line;
    while let Some(char) = rest.chars().next() {
        // Nearly all of most lines, in one go.
        let even = even_bytes(rest.as_bytes());
        let (taken, after) = rest.split_at(even.max(char.len_utf8()));
        rest = after;
        if even == 0 && char.is_whitespace() {
            space = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut space) {
            out.push(' ');
        }
        let from = out.len();
        match char {
            '\0'..='\x7f' => {
                out.push_str(taken);
                out.get_mut(from..).unwrap_or_default().make_ascii_lowercase();
            }
            '\u{2019}' | '\u{2018}' => out.push('\''),
            '\u{2010}' | '\u{2011}' => out.push('-'),
            '\u{2026}' => out.push_str("..."),
            _ => put_small(char, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same a character at a time.
    fn slowly(line: &str) -> String {
        let words: Vec<String> = line
            .split_whitespace()
            .map(|word| word.chars().flat_map(char::to_lowercase).collect())
            .collect();
        let line = words.join(" ").replace(['\u{2019}', '\u{2018}'], "'");
        let line = line
            .replace(['\u{2010}', '\u{2011}'], "-")
            .replace('\u{2026}', "...");
        bare(&line).to_owned()
    }

    proptest! {
        #[test]
        fn lines_are_folded_as_a_character_at_a_time(line in "([a-zA-Z,]{0,9}[ é’…‑\\n\\t\u{a0}.]{0,2}){0,6}") {
            prop_assert_eq!(fold(&line), slowly(&line));
        }
    }
}
