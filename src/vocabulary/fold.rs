//! Folding: the form under which two spellings are the same label.
//!
//! Invariant: folding never merges what its readers tell apart by letters: case, width, accents and separators
//! go; vowel signs of Indic scripts and voicing marks of kana stay. A token never spans two words of a script
//! that parts them; scripts without spaces give one token a character, so that a label can end anywhere.
//! Deliberately absent: stemming, transliteration, anything that depends on the language.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The folded form of a text: its tokens, one space between them.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// The folded form of a text, in the place of what `folded` held.
pub(super) fn fold_into(text: &str, folded: &mut String) {
    folded.clear();
    // Most labels are of letters, digits and marks that only part them.
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !matches!(byte, b'.' | b'&' | b'+'))
    {
        for word in text.split(|char: char| !char.is_ascii_alphanumeric()) {
            if word.is_empty() {
                continue;
            }
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.push_str(word);
        }
        folded.make_ascii_lowercase();
        return;
    }
    for token in tokens(text) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        fold_token(text.get(token).unwrap_or_default(), folded);
    }
}

/// A folded text without its spaces.
pub fn squash(folded: &str) -> String {
    folded.replace(' ', "")
}

/// The key of a look-up, the same for `New York`, `#NewYork` and `new-york`: folded, without spaces.
pub fn key_of(text: &str) -> String {
    let mut key = fold(text);
    key.retain(|char| char != ' ');
    key
}

/// Byte ranges of a text's tokens, in order.
pub fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::with_capacity(text.len() / 6 + 1);
    let mut open: Option<(usize, Class)> = None;
    let mut end = 0;
    let mut next = 0;
    let mut initials = false;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(next).copied() {
        let at = next;
        let (char, class);
        if byte.is_ascii_alphanumeric() {
            // The rest of the word in one go.
            let rest = bytes.get(next..).unwrap_or_default();
            let word = rest.iter().position(|byte| !byte.is_ascii_alphanumeric());
            next += word.unwrap_or(rest.len());
            (char, class) = (char::from(byte), Class::Word);
        } else if byte.is_ascii() {
            next += 1;
            (char, class) = (char::from(byte), ascii_class(char::from(byte), open.is_some()));
            // What parts words in most texts, without further ado.
            if class == Class::Separator {
                if let Some((start, _)) = open.take() {
                    initials |= byte == b'.' && may_be_initial(bytes.get(start..end).unwrap_or_default());
                    tokens.push(start..end);
                }
                continue;
            }
        } else {
            let Some(wide) = text.get(next..).and_then(|rest| rest.chars().next()) else {
                break;
            };
            next += wide.len_utf8();
            (char, class) = (wide, class_of(wide));
        }
        let after = next;
        match (open, class) {
            (Some(_), Class::Joined) => {
                // A mark or an invisible character belongs to the token before it.
                if !is_invisible(char) {
                    end = after;
                }
                continue;
            }
            (None, Class::Joined) => continue,
            (Some((_, before)), now) if before == now && now.runs() => end = after,
            (Some((start, _)), now) => {
                tokens.push(start..end);
                open = now.is_token().then_some((at, now));
                end = after;
            }
            (None, now) => {
                open = now.is_token().then_some((at, now));
                end = after;
            }
        }
    }
    if let Some((start, _)) = open {
        tokens.push(start..end);
    }
    if initials {
        join_initials(text, &mut tokens);
    }
    tokens
}

/// Whether a token may be a single character: seldom so where it is not.
fn may_be_initial(token: &[u8]) -> bool {
    match token {
        [_] => true,
        [first, rest @ ..] => !first.is_ascii() && rest.len() < 4,
        [] => false,
    }
}

/// Makes one token of initials parted by dots: `U.S.` is what `US` is.
fn join_initials(text: &str, tokens: &mut Vec<Range<usize>>) {
    let is_initial = |token: &Range<usize>| {
        let mut chars = text.get(token.clone()).unwrap_or_default().chars();
        chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
    };
    let mut open = false;
    tokens.dedup_by(|next, before| {
        let dotted = text.get(before.end..next.start) == Some(".") && is_initial(next);
        let joins = dotted && (open || is_initial(before));
        if joins {
            before.end = next.end;
        }
        open = joins;
        joins
    });
}

/// What a character is to the tokeniser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Letters and digits of scripts that part words.
    Word,
    /// Katakana, whose runs are words.
    Katakana,
    /// A script without spaces: a token of its own.
    Single,
    /// `&`, which stands for "and".
    And,
    /// Belongs to the token before it.
    Joined,
    /// Parts tokens.
    Separator,
}

impl Class {
    fn runs(self) -> bool {
        matches!(self, Self::Word | Self::Katakana)
    }

    fn is_token(self) -> bool {
        !matches!(self, Self::Separator | Self::Joined)
    }
}

fn ascii_class(char: char, inside: bool) -> Class {
    match char {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Word,
        // `NASA+` is not `NASA`, `C++` is not `C`.
        '+' if inside => Class::Word,
        '&' => Class::And,
        _ => Class::Separator,
    }
}

fn class_of(char: char) -> Class {
    match char {
        '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{FF66}'..='\u{FF9F}' => Class::Katakana,
        // Letters of most news that is not in English, before the tables that know all of them.
        '\u{00C0}'..='\u{00D6}'
        | '\u{00D8}'..='\u{00F6}'
        | '\u{00F8}'..='\u{024F}'
        | '\u{0410}'..='\u{044F}'
        | '\u{0621}'..='\u{063A}'
        | '\u{0641}'..='\u{064A}' => Class::Word,
        '\u{FF06}' => Class::And,
        '\u{0640}' => Class::Joined,
        _ if is_invisible(char) || is_combining_mark(char) => Class::Joined,
        _ if is_unspaced(char) => Class::Single,
        _ if char.is_alphanumeric() => Class::Word,
        _ => Class::Separator,
    }
}

/// Whether a character is of a script that does not part words by spaces.
pub fn is_unspaced(char: char) -> bool {
    matches!(char,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{309F}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Characters that are not seen: soft hyphen, joiners, marks of direction, byte order mark.
pub fn is_invisible(char: char) -> bool {
    matches!(char,
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}'
        | '\u{FE0E}' | '\u{FE0F}' | '\u{FEFF}')
}

/// Appends the folded form of one token.
pub fn fold_token(token: &str, out: &mut String) {
    if token == "&" {
        out.push_str("and");
        return;
    }
    if token.is_ascii() {
        let from = out.len();
        if token.bytes().any(|byte| byte == b'.') {
            out.extend(token.chars().filter(|char| *char != '.'));
        } else {
            out.push_str(token);
        }
        if let Some(letters) = out.get_mut(from..) {
            letters.make_ascii_lowercase();
        }
        return;
    }
    if token.chars().all(is_whole) {
        for char in token.chars().filter(|char| !is_invisible(*char)) {
            match char {
                // These are their own decomposition.
                '\u{0410}'..='\u{044F}'
                | '\u{0627}'..='\u{063A}'
                | '\u{0641}'..='\u{064A}'
                | '\u{4E00}'..='\u{9FFF}' => fold_char(char, out),
                _ if char.is_ascii() => fold_char(char, out),
                _ => std::iter::once(char).nfkd().for_each(|char| fold_char(char, out)),
            }
        }
        return;
    }
    // Compose first: then a letter that must keep its mark is one character.
    let kept = token
        .nfkc()
        .filter(|char| !is_invisible(*char) && *char != '\u{0640}');
    for char in kept {
        match char {
            'й' | 'Й' => out.push('й'),
            _ if is_hangul_or_kana(char) => fold_char(char, out),
            _ => std::iter::once(char).nfkd().for_each(|char| fold_char(char, out)),
        }
    }
}

/// Characters that never compose with their neighbours: nothing among them is a mark.
fn is_whole(char: char) -> bool {
    matches!(
        char,
        '\0'..='\u{02FF}'
            | '\u{0410}'..='\u{044F}'
            | '\u{0621}'..='\u{063A}'
            | '\u{0641}'..='\u{064A}'
            | '\u{2019}'
            | '\u{4E00}'..='\u{9FFF}'
    )
}

/// Appends the folded form of a decomposed character.
fn fold_char(char: char, out: &mut String) {
    match char {
        '\u{0300}'..='\u{036F}' | '\u{0591}'..='\u{05C7}' | '\u{064B}'..='\u{065F}' | '\u{0670}' => {}
        'ß' | 'ẞ' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'œ' | 'Œ' => out.push_str("oe"),
        'þ' | 'Þ' => out.push_str("th"),
        'ø' | 'Ø' => out.push('o'),
        'ł' | 'Ł' => out.push('l'),
        'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
        'ħ' | 'Ħ' => out.push('h'),
        'ı' | 'İ' => out.push('i'),
        'ə' | 'Ə' => out.push('ə'),
        'ς' => out.push('σ'),
        // Arabic and Persian write the same letters differently.
        'أ' | 'إ' | 'آ' | 'ٱ' => out.push('ا'),
        'ى' | 'ی' | 'ې' => out.push('ي'),
        'ة' => out.push('ه'),
        'ک' => out.push('ك'),
        '\'' | '’' | 'ʼ' | 'ʻ' | '.' => {}
        _ => out.extend(char.to_lowercase()),
    }
}

fn is_hangul_or_kana(char: char) -> bool {
    matches!(char, '\u{AC00}'..='\u{D7A3}' | '\u{3041}'..='\u{30FF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_case_width_and_stress_fold() {
        assert_eq!(fold("Québec"), "quebec");
        assert_eq!(fold("Ｍｕｎｉｃｈ"), "munich");
        assert_eq!(fold("Thomas HÄSSLER"), fold("Thomas Häßler"));
        assert_eq!(fold("Баша́р аль-Аса́д"), "башар аль асад");
        assert_eq!(fold("Chri\u{200B}stmas"), "christmas");
        assert_eq!(fold("Science &  Technology"), "science and technology");
    }

    #[test]
    fn whole_characters_fold_as_their_decomposed_spelling_does() {
        for text in [
            "Écône Ångström Ǆ",
            "Йод и Ёлка",
            "L’Été",
            "so\u{AD}ft",
            "大分 ﬁ ŉ",
            "آسيا أحمد إيران مؤتمر",
        ] {
            let decomposed: String = text.nfd().collect();
            assert_eq!(fold(text), fold(&decomposed), "{text}");
        }
    }

    #[test]
    fn a_plus_tells_products_apart() {
        assert_ne!(fold("NASA+"), fold("NASA"));
        assert_eq!(squash(&fold("COVID-19")), squash(&fold("Covid19")));
    }

    #[test]
    fn dotted_initials_are_one_token() {
        assert_eq!(fold("the U.S. Navy"), "the us navy");
        assert_eq!(fold("N.A.T.O."), "nato");
        assert_eq!(fold("J.K. Rowling"), "jk rowling");
        assert_eq!(fold("А.С. Пушкин"), "ас пушкин");
        assert_eq!(fold("J. K. Rowling"), "j k rowling");
        assert_eq!(fold("plan B. And a.com at 3.5"), "plan b and a com at 3 5");
    }

    #[test]
    fn scripts_without_spaces_give_a_token_a_character() {
        assert_eq!(fold("中国"), "中 国");
        assert_eq!(fold("ロシアのプーチン"), "ロシア の プーチン");
        assert_eq!(fold("가나"), "가나");
        assert_eq!(fold("ガーナ"), "ガーナ");
    }

    proptest! {
        #[test]
        fn tokens_are_ordered_and_on_boundaries(text in "\\PC{0,80}") {
            let mut last = 0;
            for token in tokens(&text) {
                prop_assert!(token.start >= last && token.end > token.start);
                prop_assert!(text.get(token.clone()).is_some());
                last = token.end;
            }
        }
    }
}
