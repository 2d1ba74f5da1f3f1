//! Eight bytes of text in one number, and what is asked of all of them in a few steps.
//!
//! Invariant: a byte's answer is in its own highest bit; the first byte is the lowest.

/// Bytes in a number.
pub(super) const STEP: usize = size_of::<u64>();

/// The highest bit of each byte.
pub(super) const HIGH: u64 = each(0x80);

/// The same byte eight times.
pub(super) const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; STEP])
}

/// Eight bytes from `at` on, noughts behind the end.
pub(super) fn eight(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => few(rest),
    }
}

/// Less than eight bytes: in two pieces that overlap, which costs the same whatever their number is.
fn few(bytes: &[u8]) -> u64 {
    let behind = |length: usize| 8 * (bytes.len() - length) as u32;
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << behind(4);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return u64::from(u16::from_le_bytes(*first)) | u64::from(u16::from_le_bytes(*last)) << behind(2);
    }
    bytes.first().copied().map_or(0, u64::from)
}

/// The first of eight bytes, noughts for the others.
pub(super) fn first(eight: u64, bytes: usize) -> u64 {
    match bytes {
        0 => 0,
        1..STEP => eight & (u64::MAX >> (8 * (STEP - bytes))),
        _ => eight,
    }
}

/// Which of eight bytes are `byte`.
pub(super) fn equal(eight: u64, byte: u8) -> u64 {
    let other = eight ^ each(byte);
    !(((other & !HIGH) + !HIGH) | other | !HIGH)
}

/// Which of eight bytes of ASCII are `byte` or more.
pub(super) fn from(ascii: u64, byte: u8) -> u64 {
    // A byte's highest bit is set from some byte on when enough is added; no sum goes over into the next byte.
    (ascii + each(0x80 - byte)) & HIGH
}

/// Which of eight bytes of ASCII lie between two, with both.
pub(super) fn between(ascii: u64, first: u8, last: u8) -> u64 {
    from(ascii, first) ^ from(ascii, last + 1)
}

/// Eight bytes with small letters for the ASCII capitals.
pub(super) fn small(eight: u64) -> u64 {
    let capitals = between(eight & !HIGH, b'A', b'Z') & !eight;
    eight | capitals >> 2
}

/// Where the run of ASCII letters and digits ends that goes on from `at`.
pub(super) fn end_of_word(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let eight = eight(bytes, at);
        let ascii = eight & !HIGH;
        let letters = between(ascii | each(0x20), b'a', b'z') | between(ascii, b'0', b'9');
        let others = (eight | !letters) & HIGH;
        let run = others.trailing_zeros() as usize / 8;
        at += run;
        if run < STEP {
            return at;
        }
    }
}

/// Where the first byte stands that is not ASCII.
pub(super) fn position_outside_ascii(bytes: &[u8]) -> Option<usize> {
    position(bytes, |eight| eight & HIGH)
}

/// Where the first byte stands that is not visible ASCII or a blank.
pub(super) fn position_outside_visible(bytes: &[u8]) -> Option<usize> {
    position(bytes, outside_visible)
}

/// Which of eight bytes are not visible ASCII nor a blank.
pub(super) fn outside_visible(eight: u64) -> u64 {
    let visible = between(eight & !HIGH, b' ', b'~') & !eight;
    !visible & HIGH
}

/// Where the first byte stands for which there is an answer.
fn position(bytes: &[u8], answers: impl Fn(u64) -> u64) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        let here = first(HIGH, bytes.len() - at);
        let found = answers(eight(bytes, at)) & here;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += STEP;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_byte_is_answered_for(bytes in prop::collection::vec(any::<u8>(), 8), byte in 0u8..0x7f) {
            let number = eight(&bytes, 0);
            let answers = |is: &dyn Fn(&u8) -> bool| {
                bytes.iter().rev().fold(0u64, |all, byte| all << 8 | if is(byte) { 0x80 } else { 0 })
            };
            prop_assert_eq!(equal(number, byte), answers(&|own| *own == byte));
            let ascii: Vec<u8> = bytes.iter().map(|byte| byte & 0x7f).collect();
            prop_assert_eq!(from(number & !HIGH, byte), bytes.iter().rev().fold(0u64, |all, own| all << 8 | if own & 0x7f >= byte { 0x80 } else { 0 }));
            prop_assert_eq!(small(number).to_le_bytes().to_vec(), bytes.to_ascii_lowercase());
            prop_assert_eq!(small(eight(&ascii, 0)).to_le_bytes().to_vec(), ascii.to_ascii_lowercase());
        }

        #[test]
        fn a_word_ends_where_its_letters_end(text in "[a-zA-Z0-9]{0,20}[ -~é\u{1}\u{7f}]{0,6}[a-z]{0,3}", at in 0usize..24) {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric());
            prop_assert_eq!(end_of_word(text.as_bytes(), at), at + length.unwrap_or(rest.len()));
        }

        #[test]
        fn the_first_of_a_sort_is_found(text in "[a ~\u{1}\n\u{7f}é’]{0,30}", plain in "[a-z ]{0,30}") {
            let text = plain + &text;
            let bytes = text.as_bytes();
            let other = bytes.iter().position(|byte| !byte.is_ascii());
            prop_assert_eq!(position_outside_ascii(bytes), other);
            let unseen = bytes.iter().position(|byte| !matches!(byte, b' '..=b'~'));
            prop_assert_eq!(position_outside_visible(bytes), unseen);
        }

        #[test]
        fn the_end_is_filled_with_noughts(bytes in prop::collection::vec(any::<u8>(), 0..12), at in 0usize..14) {
            let mut filled = bytes.clone();
            filled.resize(30, 0);
            prop_assert_eq!(eight(&bytes, at), u64::from_le_bytes(filled[at..at + 8].try_into().unwrap()));
            prop_assert_eq!(first(eight(&filled, 0), bytes.len()), eight(&bytes, 0));
        }
    }
}
