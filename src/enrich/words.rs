//! Words as Unicode parts them (UAX 29), most of them without a look at the standard's tables.
//!
//! Invariant: the same words as the library's, in the same order; a test compares. A space before anything but a mark
//! that joins it parts words whatever stands around, so each stretch between spaces is read alone, and nearly every
//! one is letters with marks around it.

use unicode_segmentation::{UnicodeSegmentation, UnicodeWords};

use super::eights::end_of_word;

/// The words of a text.
pub(super) fn words(text: &str) -> Words<'_> {
    Words {
        stretches: Stretches { rest: text },
        parted: None,
    }
}

/// See [`words`].
pub(super) struct Words<'t> {
    stretches: Stretches<'t>,
    /// Words of a stretch that is more than letters.
    parted: Option<UnicodeWords<'t>>,
}

impl<'t> Iterator for Words<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            if let Some(word) = self.parted.as_mut().and_then(Iterator::next) {
                return Some(word);
            }
            self.parted = None;
            if let Some(word) = self.stretches.plain() {
                if word.is_empty() {
                    continue;
                }
                return Some(word);
            }
            let stretch = self.stretches.next()?;
            let bare = bare(stretch);
            if is_word(bare) {
                return Some(bare);
            }
            self.parted = Some(stretch.unicode_words());
        }
    }
}

/// A text cut at its spaces and line ends.
struct Stretches<'t> {
    rest: &'t str,
}

impl<'t> Stretches<'t> {
    /// The word of the next stretch, where that is ASCII letters and digits with marks around them: most of most
    /// texts. Empty where it has none; `None`, and nothing is taken, where it is more than that.
    fn plain(&mut self) -> Option<&'t str> {
        let bytes = self.rest.as_bytes();
        let stretch = end_of_run(bytes, 0, is_space);
        let from = end_of_run(bytes, stretch, is_ascii_mark);
        let to = end_of_word(bytes, from);
        let end = end_of_run(bytes, to, is_ascii_mark);
        if end == stretch || bytes.get(end).is_some_and(|byte| !is_space(*byte)) {
            return None;
        }
        // What follows the space could join it.
        let parts = bytes.get(end + 1).is_none_or(u8::is_ascii) || parts_from_space(self.rest.get(end + 1..));
        let word = self.rest.get(from..to).filter(|_| parts)?;
        self.rest = self.rest.get(end..)?;
        Some(word)
    }
}

/// Where the bytes from `from` on end that are of one sort.
fn end_of_run(bytes: &[u8], from: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !is(*byte)).unwrap_or(rest.len())
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n')
}

fn is_ascii_mark(byte: u8) -> bool {
    byte.is_ascii_punctuation() && byte != b'_'
}

impl<'t> Iterator for Stretches<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let space = |byte: &u8| matches!(byte, b' ' | b'\n');
        let bytes = self.rest.as_bytes();
        let mut from = bytes.iter().position(|byte| !space(byte))?;
        let mut to = from;
        if bytes.get(from).is_some_and(|byte| !byte.is_ascii()) && !parts_from_space(self.rest.get(from..)) {
            let blanks = bytes.iter().take(from).rev().take_while(|byte| **byte == b' ');
            from -= blanks.count();
        }
        // What could join the space before it stays with it.
        while let Some(at) = bytes.get(to..).and_then(|rest| rest.iter().position(space)) {
            to += at;
            let next = bytes.get(to + 1).copied().unwrap_or(b' ');
            if next.is_ascii() || parts_from_space(self.rest.get(to + 1..)) {
                break;
            }
            to += 1;
        }
        if bytes.get(to).is_none_or(|byte| !space(byte)) {
            to = bytes.len();
        }
        let stretch = self.rest.get(from..to);
        self.rest = self.rest.get(to..).unwrap_or_default();
        stretch
    }
}

/// Whether a text begins with a character that surely does not join what stands before it.
fn parts_from_space(text: Option<&str>) -> bool {
    let first = text.and_then(|text| text.chars().next());
    first.is_some_and(|char| is_letter(char) || is_mark(char) || matches!(char, '\u{3400}'..='\u{9FFF}'))
}

/// A stretch without the marks at its ends.
fn bare(stretch: &str) -> &str {
    stretch.trim_matches(is_mark)
}

/// Whether a stretch is letters and digits of scripts whose runs are one word.
fn is_word(stretch: &str) -> bool {
    !stretch.is_empty()
        && (stretch.bytes().all(|byte| byte.is_ascii_alphanumeric()) || stretch.chars().all(is_letter))
}

/// Letters, and ASCII digits, that join each other.
fn is_letter(char: char) -> bool {
    matches!(
        char,
        'a'..='z' | 'A'..='Z' | '0'..='9' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ʯ' | 'Α'..='Ρ' | 'Σ'..='ώ' | 'Ѐ'..='ҁ' | 'Ҋ'..='ԯ'
    )
}

/// Marks that join nothing at the end of a word. The underscore does.
fn is_mark(char: char) -> bool {
    matches!(
        char,
        '!'..='/' | ':'..='@' | '['..='^' | '`' | '{'..='~' | '«' | '»' | '¡' | '¿' | '–' | '—' | '‘'..='‟' | '…'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_library(text: &str) -> Vec<&str> {
        text.unicode_words().collect()
    }

    #[test]
    fn words_are_those_of_the_standard() {
        for text in [
            "“It’s 3.5 well-known,” she said; U.S. a_b x: y.",
            "Größe (über) l’été — «Год» 1,000.50 e\u{301}t \u{301}x a\u{200d}b",
            " \u{64b}  \u{64b}\n \u{64b}",
            "我们不会 放弃。 עברית \"ב ا\u{64b} ok",
            " \n a\n\nb  ",
            "",
        ] {
            assert_eq!(words(text).collect::<Vec<_>>(), by_library(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parted_as_the_library_parts_it(text in "[ \\n a-cA-C1-3_.,:;'\"’“”«»–—…é\u{301}\u{200d}\u{ad}ЖяΩ中の\u{5d0}\u{64b}🇩🇪😀-]{0,40}") {
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), by_library(&text));
        }

        #[test]
        fn any_printable_text_too(text in "\\PC{0,60}") {
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), by_library(&text));
        }

    }

    #[test]
    fn letters_and_marks_are_what_they_are_taken_for() {
        for char in ('\0'..='\u{ffff}').filter(|char| is_letter(*char)) {
            for pair in [format!("a{char}"), format!("{char}1"), format!("{char}{char}")] {
                assert_eq!(by_library(&pair), [pair.as_str()], "{char:?}");
            }
        }
        for char in ('\0'..='\u{ffff}').filter(|char| is_mark(*char)) {
            for pair in [
                format!("a{char}"),
                format!("{char}a"),
                format!("{char}{char}a{char}{char}"),
            ] {
                assert_eq!(by_library(&pair), ["a"], "{char:?}");
            }
            assert_eq!(by_library(&format!(" {char}")).len(), 0);
        }
    }
}
