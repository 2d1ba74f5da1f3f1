//! Bytes to text: byte order mark, else UTF-8 where the bytes are valid UTF-8, else the declared charset, else
//! detection.
//!
//! Valid UTF-8 goes before the declaration because servers declare Latin-1 over UTF-8 pages every day, while
//! text in a single-byte charset is all but never valid UTF-8.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED,
};

/// Where a page declares its charset: the standard says 1,024 bytes, pages say later.
const DECLARATION_BYTES: usize = 4096;
/// How much the detector is shown.
const DETECTION_BYTES: usize = 256 << 10;

/// The text of `bytes`. `declared` is the charset of the content type; a page's own comes after it.
pub(super) fn to_text<'a>(bytes: &'a [u8], declared: Option<&'static Encoding>) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode(bytes.get(mark..).unwrap_or_default(), encoding).0;
    }
    if let Some(encoding) = wide(bytes) {
        return decode(bytes, encoding).0;
    }
    let declared = declared
        .or_else(|| declared_within(bytes))
        .filter(|encoding| *encoding != REPLACEMENT);
    if let Ok(text) = std::str::from_utf8(bytes) {
        // ISO-2022-JP is seven-bit, so it is valid UTF-8 too; its escapes give it away.
        return match declared {
            Some(encoding) if encoding == ISO_2022_JP && bytes.contains(&0x1B) => decode(bytes, encoding).0,
            // So may UTF-16 of another script be, but for the control characters that its upper bytes make.
            Some(encoding) if is_wide(encoding) && bytes.iter().any(|byte| *byte < 9) => {
                decode(bytes, encoding).0
            }
            _ => Cow::Borrowed(text),
        };
    }
    if let Some(encoding) = declared.filter(|encoding| *encoding != UTF_8) {
        let (text, had_errors) = decode(bytes, encoding);
        if !had_errors {
            return text;
        }
    }
    if is_damaged_utf8(bytes) {
        return String::from_utf8_lossy(bytes);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes.get(..DETECTION_BYTES).unwrap_or(bytes), true);
    decode(bytes, detector.guess(None, Utf8Detection::Deny)).0
}

fn decode<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> (Cow<'a, str>, bool) {
    encoding.decode_without_bom_handling(bytes)
}

fn is_wide(encoding: &'static Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

/// UTF-16 without a mark: every other of the first bytes is NUL, as in all markup and most JSON.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut even, mut odd, mut pairs) = (0, 0, 0);
    for pair in bytes.chunks_exact(2).take(64) {
        pairs += 1;
        even += usize::from(pair.first() == Some(&0));
        odd += usize::from(pair.last() == Some(&0));
    }
    match (even * 2 > pairs, odd * 2 > pairs) {
        (true, false) if odd == 0 => Some(UTF_16BE),
        (false, true) if even == 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-8 with a few broken bytes, as a cut or a careless join leaves them: far more whole sequences than broken.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk
            .valid()
            .chars()
            .filter(|character| !character.is_ascii())
            .count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken * 10
}

/// The charset that a page declares in a `meta` element or an XML declaration.
fn declared_within(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes
        .get(..DECLARATION_BYTES)
        .unwrap_or(bytes)
        .to_ascii_lowercase();
    let label = label_after(&head, b"<meta", b"charset").or_else(|| {
        head.starts_with(b"<?xml")
            .then(|| label_after(&head, b"<?xml", b"encoding"))
            .flatten()
    })?;
    let encoding = Encoding::for_label(label)?;
    // A declaration that can be read as ASCII is no UTF-16, whatever it says (as browsers have it).
    Some(match encoding {
        wide if is_wide(wide) => UTF_8,
        custom if custom == X_USER_DEFINED => WINDOWS_1252,
        other => other,
    })
}

/// The value of `attribute` in the first element `open` that has it: `charset=x`, also inside `content="…"`.
fn label_after<'a>(head: &'a [u8], open: &[u8], attribute: &[u8]) -> Option<&'a [u8]> {
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(head.get(from..)?, open) {
        let start = from + found + open.len();
        let element = head.get(start..)?;
        let element = element.split(|byte| *byte == b'>').next().unwrap_or_default();
        if let Some(at) = memchr::memmem::find(element, attribute) {
            let rest = element.get(at + attribute.len()..)?.trim_ascii_start();
            if let Some(value) = rest.strip_prefix(b"=") {
                let value = value.trim_ascii_start();
                let value = value
                    .strip_prefix(b"\"")
                    .or(value.strip_prefix(b"'"))
                    .unwrap_or(value);
                let end = value
                    .iter()
                    .position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.:".contains(byte)));
                return value.get(..end.unwrap_or(value.len()));
            }
        }
        from = start;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(charset: &str, body: &[u8]) -> Vec<u8> {
        [
            format!("<html><head><META http-equiv=x content=\"text/html; charset = {charset}\">").as_bytes(),
            body,
        ]
        .concat()
    }

    #[test]
    fn a_page_in_its_declared_charset_is_read_in_it() {
        let bytes = page("iso-8859-2", b"\xB1\xEA\xB3");
        assert!(to_text(&bytes, None).ends_with("ąęł"));
        let bytes = page("Shift_JIS", b"\x93\xFA\x96\x7B");
        assert!(to_text(&bytes, None).ends_with("日本"));
    }

    #[test]
    fn the_content_type_goes_before_the_page() {
        let bytes = page("windows-1252", b"\xCF\xF0\xE8\xE2\xE5\xF2");
        assert!(to_text(&bytes, Encoding::for_label(b"windows-1251")).ends_with("Привет"));
    }

    #[test]
    fn utf8_that_is_declared_latin1_is_still_utf8() {
        let bytes = page("iso-8859-1", "café".as_bytes());
        assert!(to_text(&bytes, None).ends_with("café"));
    }

    #[test]
    fn nothing_declared_is_detected() {
        let (bytes, _, _) =
            encoding_rs::WINDOWS_1251.encode("Президент заявил, что переговоры продолжатся в Астане.");
        assert!(to_text(&bytes, None).starts_with("Президент заявил"));
    }

    #[test]
    fn marks_and_wide_text_are_read() {
        let wide: Vec<u8> = "{\"text\":\"ж\"}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(to_text(&wide, None), "{\"text\":\"ж\"}");
        assert_eq!(
            to_text(&[b"\xFF\xFE".as_slice(), &wide].concat(), None),
            "{\"text\":\"ж\"}"
        );
        assert_eq!(to_text(b"\xEF\xBB\xBFab", None), "ab");
    }

    #[test]
    fn one_broken_byte_does_not_turn_utf8_into_latin1() {
        let mut bytes = "Élysée: «à bientôt», déclara-t-il à l’été".repeat(3).into_bytes();
        bytes.push(0xC3);
        assert!(to_text(&bytes, None).starts_with("Élysée: «à bientôt»"));
    }
}
