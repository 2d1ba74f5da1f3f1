//! Characters put right: mojibake, doubled entities, marks that nobody sees, one form for each letter.
//!
//! Invariant: quotation marks, dashes and all visible characters stay as the article has them; a text without fault
//! comes out as it went in.

mod charsets;
mod mojibake;

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::enrich::eights::{position_outside_ascii, position_outside_visible};

/// Entities that are found in text when a page was escaped twice.
const ENTITIES: [(&str, &str); 40] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("ensp", " "),
    ("emsp", " "),
    ("thinsp", " "),
    ("shy", ""),
    ("zwnj", "\u{200c}"),
    ("zwj", "\u{200d}"),
    ("lrm", ""),
    ("rlm", ""),
    ("ndash", "–"),
    ("mdash", "—"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("sbquo", "‚"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("bdquo", "„"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("lsaquo", "‹"),
    ("rsaquo", "›"),
    ("hellip", "…"),
    ("bull", "•"),
    ("middot", "·"),
    ("euro", "€"),
    ("pound", "£"),
    ("cent", "¢"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("deg", "°"),
    ("eacute", "é"),
    ("uuml", "ü"),
    ("ouml", "ö"),
    ("auml", "ä"),
];

/// Puts a text right. Line ends stay.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let text = if text.contains('&') {
        entities(text)
    } else {
        Cow::Borrowed(text)
    };
    let text = match mojibake::repair(&text) {
        Some(repaired) => Cow::Owned(repaired),
        None => text,
    };
    let text = if needs_marks_out(&text) {
        Cow::Owned(without_marks(&text))
    } else {
        text
    };
    if is_surely_composed(&text) {
        return text;
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => Cow::Owned(text.nfc().collect()),
    }
}

/// Whether a text is visible ASCII and no ampersand: nothing can be wrong with it. Asked of a stretch at a time, which
/// costs a few instructions.
fn is_plain(text: &str) -> bool {
    text.as_bytes().chunks(64).all(|stretch| {
        stretch.iter().fold(true, |plain, byte| {
            plain & matches!(byte, b' '..=b'~' | b'\n') & (*byte != b'&')
        })
    })
}

/// Whether a text is in its composed form, told without a look at the standard's tables: where every character outside
/// ASCII is of those that most news has.
fn is_surely_composed(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = position_outside_ascii(rest.as_bytes()) {
        let mut chars = rest.get(at..).unwrap_or_default().chars();
        if !chars.next().is_some_and(is_whole) {
            return false;
        }
        rest = chars.as_str();
    }
    true
}

/// Characters that are their own composed form whatever stands beside them; a test asks the library.
fn is_whole(char: char) -> bool {
    matches!(
        char,
        '\u{80}'..='\u{2ff}'
            | '\u{400}'..='\u{47f}'
            | '\u{621}'..='\u{63a}'
            | '\u{641}'..='\u{64a}'
            | '\u{2010}'..='\u{205e}'
            | '\u{4e00}'..='\u{9fff}'
    )
}

/// Entities decoded, once more for those that were escaped three times.
pub(super) fn entities(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match entity(from) {
            Some((decoded, bytes)) => {
                out.push_str(&decoded);
                rest = from.get(bytes..).unwrap_or_default();
                changed = true;
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    if changed {
        Cow::Owned(out)
    } else {
        Cow::Borrowed(text)
    }
}

/// The entity at the beginning, with its length in bytes.
fn entity(text: &str) -> Option<(String, usize)> {
    let mut inner = text.get(1..)?;
    let mut skipped = 1;
    // `&amp;nbsp;`
    while let Some(rest) = inner.strip_prefix("amp;") {
        let more = rest.starts_with('#')
            || ENTITIES
                .iter()
                .any(|(name, _)| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(';')));
        if !more {
            break;
        }
        inner = rest;
        skipped += 4;
    }
    let end = inner.bytes().take(10).position(|byte| byte == b';')?;
    let name = inner.get(..end)?;
    let decoded = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
                .filter(|char| !char.is_control() || *char == '\n')?
                .to_string()
        }
        None => ENTITIES.iter().find(|(known, _)| *known == name)?.1.to_owned(),
    };
    Some((decoded, skipped + end + 1))
}

fn needs_marks_out(text: &str) -> bool {
    let mut rest = text;
    // From one character that is not visible ASCII to the next.
    while let Some(at) = position_outside_visible(rest.as_bytes()) {
        let mut chars = rest.get(at..).unwrap_or_default().chars();
        if chars.next().is_some_and(|char| replacement(char).is_some()) {
            return true;
        }
        rest = chars.as_str();
    }
    false
}

/// What an unseen character becomes; `None` for one that stays.
fn replacement(char: char) -> Option<&'static str> {
    match char {
        // Soft hyphen, zero-width space, word joiner and its invisible kin, byte order mark.
        '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => Some(""),
        // Directional embeddings and isolates: without their partners they turn the rest of the text around.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(""),
        '\u{200e}' | '\u{200f}' | '\u{61c}' => Some(""),
        '\u{a0}' | '\u{202f}' | '\u{2000}'..='\u{200a}' | '\u{3000}' | '\u{205f}' | '\u{1680}' => Some(" "),
        '\u{2028}' | '\u{2029}' => Some("\n"),
        '\t' => Some(" "),
        '\n' => None,
        '\r' => Some("\n"),
        char if char.is_control() => Some(""),
        _ => None,
    }
}

fn without_marks(text: &str) -> String {
    // Single directional marks matter only beside letters written from right to left.
    let leftward = text
        .chars()
        .any(|char| matches!(u32::from(char), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC));
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for char in text.chars() {
        let keep = leftward && matches!(char, '\u{200e}' | '\u{200f}' | '\u{61c}');
        match replacement(char) {
            // `\r\n` is one line end.
            _ if char == '\n' && before == '\r' => {}
            // A byte of windows-1252 that was read as Latin-1.
            _ if matches!(char, '\u{80}'..='\u{9f}') => {
                let meant = mojibake::HIGH_1252.get(char as usize - 0x80).copied();
                out.extend(meant.filter(|meant| !meant.is_control()));
            }
            Some(other) if !keep => out.push_str(other),
            _ => out.push(char),
        }
        before = char;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unseen_characters_go_and_quotation_marks_stay() {
        assert_eq!(tidy("“So\u{ad}so”\u{a0}\u{200b}«ok»"), "“Soso” «ok»");
        assert_eq!(tidy("a\r\nb"), "a\nb");
    }

    #[test]
    fn bytes_of_windows_1252_are_what_they_were_meant_to_be() {
        assert_eq!(tidy("\u{84}Ja\u{93}\u{85} 5\u{80}"), "„Ja“… 5€");
    }

    #[test]
    fn doubled_entities_are_decoded() {
        assert_eq!(
            tidy("Fish &amp; chips&nbsp;&amp;#8217;s AT&T"),
            "Fish & chips ’s AT&T"
        );
    }

    #[test]
    fn letters_have_one_form() {
        assert_eq!(tidy("e\u{301}t"), "ét");
    }

    #[test]
    fn what_is_taken_for_composed_is() {
        for char in ('\0'..='\u{ffff}').filter(|char| is_whole(*char)) {
            assert_eq!(is_nfc_quick([char].into_iter()), IsNormalized::Yes, "{char:?}");
            assert_eq!(
                unicode_normalization::char::canonical_combining_class(char),
                0,
                "{char:?}"
            );
        }
        assert!(!is_surely_composed("e\u{301}t") && is_surely_composed("“Größe” — ясно"));
    }

    proptest! {
        #[test]
        fn tidy_text_stays_as_it_is(text in "\\PC{0,80}") {
            let once = tidy(&text).into_owned();
            prop_assert_eq!(tidy(&once), once.as_str());
        }
    }
}
