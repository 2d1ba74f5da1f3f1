//! Decoding: what the pipes between an editor and us did to a string is undone.
//!
//! Invariant: letters are never dropped, only repaired. Deliberately absent: any change of case.

use unicode_normalization::UnicodeNormalization;

use crate::vocabulary::fold::is_invisible;

/// Rounds of entities: templates escape what is escaped already.
const ENTITY_ROUNDS: usize = 3;

/// A raw string as its editor wrote it: entities, mojibake, width, invisible characters and white space undone.
pub(super) fn decode(raw: &str) -> String {
    let mut text = raw.to_owned();
    for _ in 0..ENTITY_ROUNDS {
        if !text.contains('&') && !text.contains('<') {
            break;
        }
        let plain = without_markup(&text);
        if plain == text || plain.trim().is_empty() {
            break;
        }
        text = plain;
    }
    if let Some(repaired) = repair_mojibake(&text) {
        text = repaired;
    }
    let visible: String = text
        .chars()
        .filter(|char| *char == '\u{200C}' || *char == '\u{200D}' || !is_invisible(*char))
        .map(|char| match char {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(char as u32 - 0xFEE0).unwrap_or(char),
            // A line end parts keywords, other blanks do not.
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => '\n',
            _ if char.is_whitespace() || char.is_control() => ' ',
            _ => char,
        })
        .nfc()
        .collect();
    let lines: Vec<String> = visible
        .split('\n')
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

fn without_markup(text: &str) -> String {
    let mut plain = Vec::with_capacity(text.len());
    for token in html5gum::Tokenizer::new(text).flatten() {
        if let html5gum::Token::String(string) = token {
            plain.extend_from_slice(&string);
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

/// UTF-8 that was read as Latin-1 or Windows-1252, read again; none when the string is not such.
fn repair_mojibake(text: &str) -> Option<String> {
    if !text.chars().any(|char| matches!(char, 'Â'..='ô')) {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(byte_of).collect();
    let repaired = String::from_utf8(bytes?).ok()?;
    (repaired != text).then_some(repaired)
}

/// The byte that Windows-1252, or Latin-1 where it has none, shows as this character.
fn byte_of(char: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(char as u32) {
        return Some(byte);
    }
    let mut buffer = [0; 4];
    let (bytes, _, failed) = encoding_rs::WINDOWS_1252.encode(char.encode_utf8(&mut buffer));
    match (bytes.as_ref(), failed) {
        ([byte], false) => Some(*byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_undone_as_often_as_they_were_done() {
        assert_eq!(decode("Politics &amp;amp; Government"), "Politics & Government");
        assert_eq!(decode("Xu&amp;nbsp;Li"), "Xu Li");
        assert_eq!(decode("Endger&auml;te"), "Endgeräte");
        assert_eq!(decode("<b>Syria</b>"), "Syria");
    }

    #[test]
    fn utf8_read_as_latin1_is_read_again() {
        assert_eq!(decode("MedellÃ\u{AD}n"), "Medellín");
        assert_eq!(decode("Ã\u{89}cole"), "École");
        assert_eq!(decode("KwaÅ›niewski"), "Kwaśniewski");
        assert_eq!(decode("São Paulo"), "São Paulo");
    }

    #[test]
    fn width_and_blanks_are_undone_and_lines_kept() {
        assert_eq!(decode("\n\t Ｎ ＡＳＡ \u{A0} x\n\nb "), "N ASA x\nb");
    }
}
