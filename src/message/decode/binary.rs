//! Tells text from everything else: by the first bytes of well-known formats, then by its control characters.

use super::DecodeError;

/// First bytes of formats that are sent by mistake.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xFF\xD8\xFF", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a RIFF file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1F\x8B", "gzip data that `content_encoding` does not name"),
    (
        b"\x28\xB5\x2F\xFD",
        "zstd data that `content_encoding` does not name",
    ),
    (b"BZh", "bzip2 data"),
    (b"\xFD7zXZ", "xz data"),
    (b"7z\xBC\xAF", "a 7z archive"),
    (b"\x7FELF", "a program"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3 file"),
    (b"\xD0\xCF\x11\xE0", "an Office document"),
];

/// Refuses bytes that begin as a well-known binary format does.
pub(super) fn refuse_known_formats(bytes: &[u8]) -> Result<(), DecodeError> {
    // `RIFF`, `ID3`, `BZh` and `GIF8` are also how a text may begin: what follows must be no text.
    let known = MAGIC.iter().find(|(magic, _)| {
        bytes.starts_with(magic)
            && (!magic.is_ascii()
                || magic == b"%PDF-"
                || bytes.iter().take(64).any(|byte| is_control(*byte as char)))
    });
    match known {
        Some((_, looks_like)) => Err(DecodeError::Binary { looks_like }),
        None => Ok(()),
    }
}

/// Refuses a text of which more than one character in fifty is a control character or undecodable. Real pages
/// have a stray one now and then. Replacement characters that stood in valid UTF-8 are the sender's.
pub(super) fn refuse_control_characters(text: &str, was_utf8: bool) -> Result<(), DecodeError> {
    let mut controls = if has_ascii_controls(text) {
        // One plain question a pass: the compiler answers it for many bytes at once.
        count(text, |byte| byte < b' ') + count(text, |byte| byte == 0x7f)
            - count(text, |byte| (b'\t'..=b'\r').contains(&byte))
            - count(text, |byte| byte == 0x1a || byte == 0x1b)
    } else {
        0
    };
    // The other controls are two bytes, the first of them 0xC2. Behind another character outside ASCII such a control is
    // a byte of UTF-8 that was read as Latin-1: text.
    let bytes = text.as_bytes();
    controls += memchr::memchr_iter(0xC2, bytes)
        .filter(|at| {
            let control = bytes
                .get(at + 1)
                .is_some_and(|second| (0x80..=0x9F).contains(second) && *second != 0x85);
            let ascii_before = at
                .checked_sub(1)
                .and_then(|at| bytes.get(at))
                .is_none_or(u8::is_ascii);
            control && ascii_before
        })
        .count();
    if !was_utf8 {
        controls += text.matches(char::REPLACEMENT_CHARACTER).count();
    }
    // Counted only where it matters.
    if controls > 1 && controls > 1 + text.chars().count() / 50 {
        return Err(DecodeError::Binary {
            looks_like: "no text in any charset",
        });
    }
    Ok(())
}

/// Whether a text has any of the controls that no text has, of those that are one byte.
fn has_ascii_controls(text: &str) -> bool {
    // No way out within a stretch: what is asked of all bytes alike is asked of many at once.
    text.as_bytes().chunks(256).any(|stretch| {
        stretch.iter().fold(false, |any, byte| {
            any | (*byte < b'\t') | (*byte == 0x7f) | ((*byte > b'\r') & (*byte < b' '))
        })
    })
}

fn count(text: &str, wanted: impl Fn(u8) -> bool) -> usize {
    // Counted in bytes while they cannot overflow, so that one instruction adds up many.
    let of = |chunk: &[u8]| chunk.iter().map(|byte| u8::from(wanted(*byte))).sum::<u8>();
    text.as_bytes()
        .chunks(192)
        .map(|chunk| usize::from(of(chunk)))
        .sum()
}

/// Whether no text has this character: the controls but white space, NEL, escape and the old end of file.
fn is_control(character: char) -> bool {
    character.is_control()
        && !matches!(
            character,
            '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{1b}' | '\u{85}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_begin_like_a_picture() {
        assert!(refuse_known_formats(b"GIF89 turned thirty this week").is_ok());
        assert!(refuse_known_formats(b"GIF89a\x01\x00\x01\x00\x80\x00").is_err());
    }

    #[test]
    fn a_stray_control_character_does_not_make_a_page_binary() {
        assert!(refuse_control_characters("The minister\u{0} said so.", true).is_ok());
        assert!(refuse_control_characters("\u{fffd}\u{fffd}\u{fffd}", true).is_ok());
        assert!(refuse_control_characters("\u{fffd}\u{fffd}\u{fffd}", false).is_err());
        assert!(refuse_control_characters("\u{e2}\u{80}\u{9c}Yes\u{e2}\u{80}\u{9d}", true).is_ok());
        assert!(refuse_control_characters("\u{0}\u{1}\u{2}\u{3}", true).is_err());
    }
}
