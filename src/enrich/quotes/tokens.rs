//! Tokens: words, numbers, marks and breaks of a text, read once.
//!
//! Invariant: tokens are in order, do not overlap, and lie on character boundaries. A token knows the classes of
//! its word in the language's lexicon, so later steps never look a word up again. Deliberately absent: parts of
//! speech that need a model.

mod address;
mod possessive;

use std::ops::Range;

use super::lexicon::{Class, Lexicon};
use crate::enrich::eights::end_of_word;
use crate::enrich::letters::is_of_word;
use address::{is_address, is_domain};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters.
    Word,
    /// Digits first.
    Number,
    /// Anything visible that is neither, one character.
    Punct(char),
    /// A character that may be a quotation mark.
    Mark(char),
    /// One or more line ends.
    Break,
    /// A whole quotation, in the outer view of a text; the number counts the text's spans.
    Quote(usize),
}

/// A token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// Whether it begins with an upper-case letter.
    pub(super) upper: bool,
    /// What the lexicon says of it.
    pub(super) class: Class,
}

impl Token {
    /// Whether it is a word.
    pub(super) fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }

    /// How many words it counts for: where every character can be one, a known word of several is as many.
    pub(super) fn weight(&self, text: &str) -> usize {
        match self.kind {
            Kind::Word if self.class.has(Class::NO_CASE) => text
                .get(self.start..self.end)
                .unwrap_or_default()
                .chars()
                .filter(|c| is_unspaced(*c))
                .count()
                .max(1),
            Kind::Word | Kind::Number => 1,
            _ => 0,
        }
    }

    /// Whether it is this character of punctuation.
    pub(super) fn is(&self, c: char) -> bool {
        self.kind == Kind::Punct(c)
    }

    /// Whether it is a comma of any script.
    pub(super) fn is_comma(&self) -> bool {
        matches!(self.kind, Kind::Punct(',' | '，' | '،' | '、'))
    }

    /// Whether it is a colon of any script.
    pub(super) fn is_colon(&self) -> bool {
        matches!(self.kind, Kind::Punct(':' | '：'))
    }

    /// Whether it is a dash between words.
    pub(super) fn is_dash(&self) -> bool {
        matches!(self.kind, Kind::Punct('-' | '–' | '—' | '―'))
    }

    /// Whether it ends a sentence.
    pub(super) fn is_terminator(&self) -> bool {
        matches!(self.kind, Kind::Punct(c) if is_terminator(c))
    }

    /// Whether it is a quotation in the outer view.
    pub(super) fn quote(&self) -> Option<usize> {
        match self.kind {
            Kind::Quote(at) => Some(at),
            _ => None,
        }
    }
}

/// Whether a character ends a sentence.
pub(super) fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '۔' | '।')
}

/// Whether a character may open or close a quotation, by itself.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '"' | '“'
            | '”'
            | '„'
            | '‟'
            | '«'
            | '»'
            | '‘'
            | '’'
            | '‚'
            | '‹'
            | '›'
            | '「'
            | '」'
            | '『'
            | '』'
            | '\''
            | '`'
            | '＂'
    )
}

/// Whether a script is written without spaces between words, so that every character is a token.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// Reads a text into tokens.
pub(super) fn tokenise(text: &str, lexicon: &Lexicon) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 5 + 8);
    let mut lower = String::new();
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let start = at;
        // A space before a visible character of ASCII is no part of a line end: nothing but the next token's beginning.
        if c == ' ' && bytes.get(at + 1).is_some_and(u8::is_ascii_graphic) {
            at += 1;
            continue;
        }
        if let Some(end) = plain_word_end(bytes, at) {
            let word = text.get(at..end).unwrap_or_default();
            lower.clear();
            lower.push_str(word);
            lower.make_ascii_lowercase();
            tokens.push(Token {
                start,
                end,
                kind: Kind::Word,
                upper: c.is_ascii_uppercase(),
                class: class_of(text, start..end, &lower, lexicon),
            });
            at = end;
            continue;
        }
        let kind = if c.is_whitespace() {
            let mut line_end = false;
            while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
                if !c.is_whitespace() {
                    break;
                }
                line_end |= matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
                at += c.len_utf8();
            }
            if !line_end {
                continue;
            }
            Kind::Break
        } else if is_unspaced(c) {
            at += lexicon
                .word_at(text.get(at..).unwrap_or_default())
                .max(c.len_utf8());
            Kind::Word
        } else if is_of_word(c) {
            at = word_end(text, at, lexicon);
            if c.is_numeric() { Kind::Number } else { Kind::Word }
        } else if is_mark(c) {
            at += c.len_utf8();
            // ''…'yes,''' closes the inner mark before the outer one.
            let inner = c == '\''
                && text
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with("''") && !rest.starts_with("'''"))
                && text
                    .get(..start)
                    .and_then(|head| head.chars().next_back())
                    .is_some_and(|before| !before.is_whitespace() && before != '\'');
            let doubled = !inner && text.get(at..).and_then(|rest| rest.chars().next()) == Some(c);
            if (c == '`' || c == '\'') && doubled {
                at += c.len_utf8();
                Kind::Mark(if c == '`' { '“' } else { '”' })
            } else {
                match possessive::end(text, start, lexicon)
                    .or_else(|| possessive::plural_end(text, start, lexicon))
                {
                    Some(end) => {
                        at = end;
                        Kind::Word
                    }
                    None => Kind::Mark(c),
                }
            }
        } else if c == '-'
            && lexicon.elides()
            && let Some(pronoun) = enclitic(text, at).or_else(|| {
                let verb = tokens.last().is_some_and(|last| last.class.has(Class::CUE));
                verb.then(|| loose_enclitic(text, at)).flatten()
            })
        {
            // The hyphen between a verb and its pronoun is no token.
            at = pronoun;
            continue;
        } else {
            at += c.len_utf8();
            Kind::Punct(c)
        };
        let mut class = Class::NONE;
        if kind == Kind::Word {
            lower.clear();
            let word = text.get(start..at).unwrap_or_default();
            if word.is_ascii() {
                lower.push_str(word);
                lower.make_ascii_lowercase();
            } else {
                for c in word.chars() {
                    if c == '’' {
                        lower.push('\'');
                    } else {
                        lower.extend(c.to_lowercase());
                    }
                }
            }
            class = class_of(text, start..at, &lower, lexicon);
            if !c.is_uppercase() && !c.is_lowercase() {
                class |= Class::NO_CASE;
            }
        }
        tokens.push(Token {
            start,
            end: at,
            kind,
            upper: c.is_uppercase()
                || kind == Kind::Word
                    && text
                        .get(start..at)
                        .is_some_and(|word| is_name_with_article(word) || is_address(word)),
            class,
        });
    }
    tokens
}

/// What the lexicon says of the word at `range`, which `lower` is in small letters.
fn class_of(text: &str, range: Range<usize>, lower: &str, lexicon: &Lexicon) -> Class {
    let mut class = lexicon.class(lower);
    let word = text.get(range.clone()).unwrap_or_default();
    if word.len() == 2 && word.chars().all(char::is_uppercase) {
        // US is no pronoun, IT neither; MP is a title.
        class = class.only(Class::TITLE | Class::ROLE);
    }
    if class.has(Class::RELATIVE) && is_acronym(text, range) {
        // The WHO warned.
        class = Class::NONE;
    }
    if class.is_none() && lexicon.is_adverb(lower) {
        class = Class::ADVERB;
    }
    class
}

/// The end of the word at `at`, where it is ASCII letters and digits and what follows ends it whatever the language: most
/// words of most texts.
fn plain_word_end(bytes: &[u8], at: usize) -> Option<usize> {
    if !bytes.get(at)?.is_ascii_alphabetic() {
        return None;
    }
    let end = end_of_word(bytes, at);
    ends_word(bytes.get(end..)?).then_some(end)
}

/// Whether what stands behind letters of ASCII ends their word, whatever the language.
fn ends_word(behind: &[u8]) -> bool {
    matches!(behind, [] | [b' ' | b'\n', ..] | [b',', b' ' | b'\n', ..])
}

/// The end of the word that begins at `start`: hyphens and apostrophes between letters belong to it, so does the
/// full stop of an abbreviation. A possessive is a token of its own; an elided article is one too.
fn word_end(text: &str, start: usize, lexicon: &Lexicon) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    // Most words are ASCII letters and nothing else.
    let mut letters = rest
        .bytes()
        .position(|byte| !byte.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    let mut end = start + letters;
    let begun = letters;
    if begun > 0 && ends_word(rest.as_bytes().get(begun..).unwrap_or_default()) {
        return end;
    }
    let mut chars = rest.get(begun..).unwrap_or_default().char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let offset = begun + offset;
        let next = chars.peek().map(|(_, c)| *c);
        if is_of_word(c) && !(is_unspaced(c)) || is_joining(c) {
            letters += 1;
            end = start + offset + c.len_utf8();
            continue;
        }
        let joins = next.is_some_and(|c| is_of_word(c) && !is_unspaced(c));
        if is_apostrophe(c)
            && lexicon.elides()
            && letters <= 2
            && next.is_some_and(|c| matches!(c, '«' | '“' | '"'))
        {
            // D’« un drame ».
            return start + offset + c.len_utf8();
        }
        if is_apostrophe(c) && joins {
            if lexicon.elides() && letters <= 5 {
                return start + offset + c.len_utf8();
            }
            if possessive::end(text, start + offset, lexicon).is_some() {
                return end;
            }
            continue;
        }
        if c == '-' && joins && lexicon.elides() && enclitic(text, start + offset).is_some() {
            break;
        }
        if matches!(c, '-' | '\u{2010}' | '\u{2011}' | '&' | '\u{200c}') && joins {
            continue;
        }
        if matches!(c, '.' | ',' | ':')
            && joins
            && next.is_some_and(char::is_numeric)
            && ends_in_digit(text, end)
        {
            continue;
        }
        if c == '.' && next.is_some_and(char::is_lowercase) && is_domain(text.get(start + offset + 1..)) {
            continue;
        }
        if c == '.' {
            let word = text.get(start..end).unwrap_or_default();
            let initials = letters == 1
                || word.contains('.')
                || word
                    .rsplit_once('-')
                    .is_some_and(|(_, last)| last.chars().count() == 1 && joins);
            let single = initials
                && word.chars().next_back().is_some_and(char::is_uppercase)
                && text.get(end..).and_then(|rest| rest.chars().next()) == Some('.');
            if single && (word.contains('.') || joins || lexicon.initial_ends_with_stop(word)) {
                end = start + offset + 1;
                if joins {
                    continue;
                }
            } else if lexicon.is_abbreviation(word) {
                end = start + offset + 1;
            }
        }
        break;
    }
    end.max(start + 1)
}

/// Where the pronoun begins that a hyphen at `at` joins to its verb: dit-il, estime-t-elle.
fn enclitic(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let (skipped, rest) = match rest.strip_prefix("-t-") {
        Some(rest) => (3, rest),
        None => (1, rest.strip_prefix('-')?),
    };
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    matches!(rest.get(..end)?, "il" | "elle" | "ils" | "elles" | "on" | "je").then_some(at + skipped)
}

/// The same where spaces stand around the hyphen: dit - il.
fn loose_enclitic(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?.strip_prefix("- ")?;
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    matches!(rest.get(..end)?, "il" | "elle" | "ils" | "elles" | "on" | "je").then_some(at + 2)
}

/// Whether a word is in capitals where its neighbours are not.
fn is_acronym(text: &str, range: Range<usize>) -> bool {
    let shouted = |word: &str| {
        word.len() > 1 && !word.contains(char::is_lowercase) && word.contains(char::is_uppercase)
    };
    let before = text
        .get(..range.start)
        .unwrap_or_default()
        .split_whitespace()
        .next_back();
    let after = text
        .get(range.end..)
        .unwrap_or_default()
        .split_whitespace()
        .next();
    text.get(range).is_some_and(shouted) && !before.is_some_and(shouted) && !after.is_some_and(shouted)
}

/// Whether a word is a name behind an article that is written in lower case: al-Assad.
fn is_name_with_article(word: &str) -> bool {
    let hyphen = word.bytes().take(4).position(|byte| byte == b'-');
    hyphen.is_some_and(|at| {
        let head = word.get(..at).unwrap_or_default();
        let tail = word.get(at + 1..).unwrap_or_default();
        head.chars().all(char::is_lowercase) && tail.starts_with(char::is_uppercase)
    })
}

fn ends_in_digit(text: &str, end: usize) -> bool {
    text.get(..end)
        .and_then(|head| head.chars().next_back())
        .is_some_and(char::is_numeric)
}

/// Combining marks and vowel signs, which belong to the word before them.
fn is_joining(c: char) -> bool {
    matches!(c as u32, 0x300..=0x36F | 0x610..=0x61A | 0x64B..=0x65F | 0x670 | 0x900..=0x903 | 0x93A..=0x94F | 0x200C | 0x640)
}
