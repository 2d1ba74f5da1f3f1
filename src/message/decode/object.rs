//! A large JSON object, read one level deep: its strings in blocks of bytes, whatever else it holds by the library.
//!
//! A page inside JSON has an escape every few words, and a reader that goes from one to the next spends its time on
//! guessing wrong where the next one is. Here a block's marks are found at once, and what stands between two of them is
//! moved in steps of one size.
//!
//! Invariant: what the library makes of the same text, or nothing. All that is doubtful is left to the library, and so
//! are errors, which it tells better.

use serde_json::{Map, Value};
use wide::u8x16;

/// Bytes of a text under which nothing is gained.
const LARGE: usize = 8 << 10;
/// How deep the library goes into arrays and objects, of which ours is one.
const DEPTH_MAX: usize = 127;
/// The library hands numbers around as objects with such keys.
const PRIVATE: &str = "$serde_json::";

/// Reads a large text that is an object.
pub(super) fn read(text: &str) -> Option<Map<String, Value>> {
    if text.len() < LARGE {
        return None;
    }
    let bytes = text.as_bytes();
    let mut object = Map::new();
    let mut at = expected(bytes, 0, b'{')?;
    loop {
        let (key, end) = string(bytes, at)?;
        if key.starts_with(PRIVATE) {
            return None;
        }
        at = expected(bytes, end, b':')?;
        let (value, end) = if bytes.get(at) == Some(&b'"') {
            let (string, end) = string(bytes, at)?;
            (Value::String(string), end)
        } else {
            by_library(text, at)?
        };
        object.insert(key, value);
        if let Some(end) = expected(bytes, end, b'}') {
            return (end == bytes.len()).then_some(object);
        }
        at = expected(bytes, end, b',')?;
    }
}

/// Where the next token begins behind this mark.
fn expected(bytes: &[u8], at: usize, mark: u8) -> Option<usize> {
    let at = past_space(bytes, at);
    (bytes.get(at) == Some(&mark)).then(|| past_space(bytes, at + 1))
}

fn past_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let token = rest
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\n' | b'\t' | b'\r'));
    at + token.unwrap_or(rest.len())
}

/// The value at `at`, and the byte behind it.
fn by_library(text: &str, at: usize) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_str(text.get(at..)?).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let end = at + values.byte_offset();
    (depth(&value) < DEPTH_MAX).then_some((value, end))
}

/// How many arrays and objects stand in one another.
fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(object) => object.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or_default()
}

/// Bytes looked at together: a bit each.
const BLOCK: usize = 64;

/// The string whose opening mark stands at `at`, and the byte behind its closing one.
fn string(bytes: &[u8], at: usize) -> Option<(String, usize)> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let mut at = at + 1;
    let mut out = Out::default();
    // As long as there are two whole blocks: what stands behind a mark may reach into the second.
    while bytes.len() - at >= 2 * BLOCK {
        out.make_room(bytes.len() - at);
        let mut marks = marks(bytes.get(at..)?.first_chunk()?);
        let mut from = at;
        while marks != 0 {
            let mark = at + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            // A mark that an escape has taken already.
            if mark < from {
                continue;
            }
            out.put(bytes, from, mark)?;
            if bytes.get(mark) == Some(&b'"') {
                return Some((out.string()?, mark + 1));
            }
            from = out.put_escaped(bytes, mark)?;
        }
        let end = at + BLOCK;
        if from < end {
            out.put(bytes, from, end)?;
        }
        at = from.max(end);
    }
    loop {
        out.make_room(bytes.len() - at);
        match bytes.get(at)? {
            b'"' => return Some((out.string()?, at + 1)),
            0..b' ' | b'\\' => at = out.put_escaped(bytes, at)?,
            byte => {
                out.put_byte(*byte)?;
                at += 1;
            }
        }
    }
}

/// Which bytes of a block are quotation marks, backslashes or controls: the first is the lowest bit.
fn marks(block: &[u8; BLOCK]) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    parts.iter().rev().fold(0, |marks, part| {
        let part = u8x16::new(*part);
        let controls = part.min(u8x16::splat(b' ' - 1)).simd_eq(part);
        let own = controls | part.simd_eq(u8x16::splat(b'"')) | part.simd_eq(u8x16::splat(b'\\'));
        marks << 16 | u64::from(own.to_bitmask())
    })
}

/// A string in the making: bytes, and how many of them are written.
#[derive(Default)]
struct Out {
    bytes: Vec<u8>,
    written: usize,
}

impl Out {
    /// Room for what a block can become, twice. Whatever grows beyond a page of memory is likely most of what is left.
    fn make_room(&mut self, left: usize) {
        const SMALL: usize = 4 << 10;
        if self.bytes.len() < self.written + 3 * BLOCK {
            let more = if self.written < SMALL {
                SMALL.min(left)
            } else {
                left
            };
            self.bytes.resize(self.written + more + 3 * BLOCK, 0);
        }
    }

    /// Takes the bytes from `from` to `to`, at most a block, behind which a block's bytes stand: always as many are moved,
    /// and what was too much is written over.
    fn put(&mut self, bytes: &[u8], from: usize, to: usize) -> Option<()> {
        let moved = bytes.get(from..)?.first_chunk::<BLOCK>()?;
        let room = self.bytes.get_mut(self.written..)?;
        *room.first_chunk_mut()? = *moved;
        self.written += to - from;
        Some(())
    }

    fn put_byte(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.written)? = byte;
        self.written += 1;
        Some(())
    }

    /// Takes what the escape at `at` stands for; the byte behind it. A control is no escape and none is taken.
    fn put_escaped(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        if bytes.get(at) != Some(&b'\\') {
            return None;
        }
        let named = *bytes.get(at + 1)?;
        if named == b'u' {
            let (char, end) = by_number(bytes, at)?;
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                self.put_byte(byte)?;
            }
            return Some(end);
        }
        let byte = *NAMED.get(usize::from(named))?;
        self.put_byte(byte)?;
        (byte != 0).then_some(at + 2)
    }

    fn string(mut self) -> Option<String> {
        self.bytes.truncate(self.written);
        self.bytes.shrink_to_fit();
        String::from_utf8(self.bytes).ok()
    }
}

/// Of each byte what it stands for behind a backslash.
static NAMED: [u8; 256] = {
    let mut named = [0; 256];
    let mut rest: &mut [u8] = &mut named;
    while let Some((last, before)) = rest.split_last_mut() {
        *last = match before.len() as u8 {
            same @ (b'"' | b'\\' | b'/') => same,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            _ => 0,
        };
        rest = before;
    }
    named
};

/// The character that `\u…` at `at` stands for, with its other half if it is one; and the byte behind it.
fn by_number(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let unit = unit(bytes, at)?;
    if !(0xD800..0xE000).contains(&unit) {
        return Some((char::from_u32(u32::from(unit))?, at + 6));
    }
    let units = [unit, self::unit(bytes, at + 6)?];
    let char = char::decode_utf16(units).next()?.ok()?;
    Some((char, at + 12))
}

fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | digit as u16)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text large enough to be read, with `inner` among the fields of an object.
    fn large(inner: &str) -> String {
        format!("{{\"first\": \"{}\",{inner}}}", "-".repeat(LARGE))
    }

    fn by_both(text: &str) -> (Option<Value>, Option<Value>) {
        (
            read(text).map(Value::Object),
            serde_json::from_str::<Value>(text).ok(),
        )
    }

    #[test]
    fn what_a_message_holds_is_read() {
        for inner in [
            r#""a": "x\"\\\/\b\f\n\r\ty", "b": [1, {"c": -0.10}], "d": null , "e" : 12345678901234567890123"#,
            r#""a":"\u00e9\u4e2d\ud83d\ude00é中😀","\u0061":"again""#,
            r#""a":"","b":true,"c":{},"d":1e5"#,
        ] {
            let (own, library) = by_both(&large(inner));
            assert!(own.is_some());
            assert_eq!(own, library, "{inner}");
        }
    }

    #[test]
    fn what_is_broken_is_left_to_the_library() {
        for inner in [
            r#""a":"\ud83d""#,
            r#""a":"\ud83dx\ude00""#,
            r#""a":"\u+123""#,
            r#""a":"\x""#,
            "\"a\":\"\u{1}\"",
            "\"a\":\"line\nend\"",
            r#""a":"open"#,
            r#""a":"1"}, {""#,
            r#""a" "b""#,
            r#""a":1 2"#,
            r#""a":tru"#,
            r#""a":1,"#,
            "",
            r#""$serde_json::private::Number":"1""#,
        ] {
            assert_eq!(read(&large(inner)), None, "{inner}");
        }
        assert_eq!(read("{\"a\":1}"), None);
    }

    #[test]
    fn nothing_is_read_deeper_than_the_library_reads() {
        for depth in [DEPTH_MAX - 2, DEPTH_MAX - 1, DEPTH_MAX, DEPTH_MAX + 1] {
            let inner = format!("\"a\":{}{}", "[".repeat(depth), "]".repeat(depth));
            let (own, library) = by_both(&large(&inner));
            assert_eq!(own, library, "{depth}");
        }
    }

    proptest! {
        #[test]
        fn any_strings_are_read_as_the_library_reads_them(
            strings in prop::collection::vec("([a-z <=>]{0,70}[\"\\\\/\n\t\u{8}\u{1}é中😀]{0,3}){0,6}", 1..6),
            spaced in any::<bool>(),
        ) {
            let fields: Vec<String> = strings
                .iter()
                .enumerate()
                .map(|(at, string)| {
                    let written = serde_json::to_string(string).unwrap();
                    if spaced { format!("\"{at}\" :\n{written} ") } else { format!("\"{at}\":{written}") }
                })
                .collect();
            let text = large(&fields.join(","));
            let (own, library) = by_both(&text);
            prop_assert!(own.is_some());
            prop_assert_eq!(own, library);
        }

        #[test]
        fn whatever_is_read_is_what_the_library_reads(inner in "(\"[a-c\\\\u0-9d]{0,9}\"[:,]|[0-9{}\\[\\] ]){0,12}") {
            let text = large(&inner);
            if let (Some(own), library) = by_both(&text) {
                prop_assert_eq!(Some(own), library);
            }
        }
    }
}
