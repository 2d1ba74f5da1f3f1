//! Which byte a character was, in the charsets that UTF-8 is read in by mistake.
//!
//! Invariant: tables come from the encoding standard's own, but for the DOS code page, which it leaves out.

use std::sync::LazyLock;

use encoding_rs::{Encoding, ISO_8859_2, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1257};

/// Charsets, in the order in which they are tried where two explain a text equally well.
pub(super) const COUNT: usize = 7;
pub(super) const WESTERN: usize = 0;
pub(super) const CYRILLIC: usize = 1;
pub(super) const DOS: usize = COUNT - 1;
const ENCODINGS: [&Encoding; COUNT - 1] = [
    WINDOWS_1252,
    WINDOWS_1251,
    WINDOWS_1250,
    ISO_8859_2,
    WINDOWS_1257,
    MACINTOSH,
];

/// Code page 437 from 0x80.
const DOS_HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
                   └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Characters that any of the charsets has lie below this, but for a few ligatures.
const CHARS: usize = 0x2600;

/// Of every character below [`CHARS`] its byte in each charset; 0 for none.
struct Table {
    bytes: Vec<[u8; COUNT]>,
    /// In which charsets it begins a character of UTF-8, and in which it continues one, as bits.
    roles: Vec<(u8, u8)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        bytes: vec![[0; COUNT]; CHARS],
        roles: vec![(0, 0); CHARS],
    };
    for byte in 0x80..=0xff_u8 {
        for (charset, encoding) in ENCODINGS.iter().enumerate() {
            let bytes = [byte];
            let (decoded, _) = encoding.decode_without_bom_handling(&bytes);
            table.put(decoded.chars().next(), charset, byte);
        }
        table.put(DOS_HIGH.chars().nth(usize::from(byte) - 0x80), DOS, byte);
        // Latin-1 and windows-1252 are mixed in the wild: the bytes that only the first has are themselves.
        table.put(Some(char::from(byte)), WESTERN, byte);
    }
    table
});

impl Table {
    fn put(&mut self, char: Option<char>, charset: usize, byte: u8) {
        let Some(char) = char.filter(|char| !char.is_ascii()) else {
            return;
        };
        let at = char as usize;
        if let (Some(bytes), Some((lead, tail))) = (self.bytes.get_mut(at), self.roles.get_mut(at))
            && let Some(slot) = bytes.get_mut(charset)
            && *slot == 0
        {
            *slot = byte;
            *lead |= u8::from(matches!(byte, 0xc2..=0xf4)) << charset;
            *tail |= u8::from(matches!(byte, 0x80..=0xbf)) << charset;
        }
    }
}

/// The byte that a character is in a charset.
pub(super) fn byte(char: char, charset: usize) -> Option<u8> {
    let byte = *TABLE.bytes.get(char as usize)?.get(charset)?;
    (byte != 0).then_some(byte)
}

/// In which charsets two neighbours can be the first bytes of one character of UTF-8, as bits.
pub(super) fn pairs(left: char, right: char) -> u8 {
    let lead = TABLE.roles.get(left as usize).map_or(0, |(lead, _)| *lead);
    // A byte that had no character became the sign for none.
    if right == '\u{fffd}' {
        return lead;
    }
    let tail = TABLE.roles.get(right as usize).map_or(0, |(_, tail)| *tail);
    lead & tail
}
