//! Prefixes: the key before a value, the path before its last part, the words that lead a subject in.
//!
//! Invariant: a key is stripped only when it names a sort of subject, and its value goes only with a key of the
//! machinery; any other colon is part of a name.

use super::junk::{is_phrase, words_of};
use super::tables::{LEADS, MACHINE_KEYS, SCAFFOLD, SUBJECT_KEYS};

/// What the beginning of a string says about the rest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Prefix<'t> {
    /// The rest is the subject.
    Subject(&'t str),
    /// The rest is the subject where it is known: the beginning can be part of a name.
    Perhaps(&'t str),
    /// The whole is for the site's machinery.
    Machinery,
}

/// Reads the beginning of `text`.
pub(super) fn read(text: &str) -> Option<Prefix<'_>> {
    let (at, char) = text
        .char_indices()
        .find(|(_, char)| matches!(char, ':' | '/' | '：' | '='))?;
    let key = text.get(..at)?.trim();
    let value = text.get(at + char.len_utf8()..)?.trim();
    if value.is_empty() || key.is_empty() {
        return None;
    }
    let parted = text.get(..at)?.ends_with(' ');
    if parted && char == '/' {
        return None;
    }
    let words = words_of(key);
    let subject = SUBJECT_KEYS.has(key) || words.iter().all(|word| SUBJECT_KEYS.has(word));
    if subject {
        return Some(Prefix::Subject(value));
    }
    let machinery = words
        .iter()
        .all(|word| SCAFFOLD.has(word) || SUBJECT_KEYS.has(word) || MACHINE_KEYS.has(word));
    if machinery {
        return Some(Prefix::Machinery);
    }
    if is_phrase(key) {
        return Some(Prefix::Subject(value));
    }
    // `Star Wars: A New Hope` has its blank after the colon, `ns:word` has none.
    let tight = char != '/' && !text.get(at + char.len_utf8()..)?.starts_with(' ');
    (tight && !key.contains(' ')).then_some(Prefix::Perhaps(value))
}

/// What follows words that lead a subject in: "Thema …", "Noticias de …".
pub(super) fn after_lead(text: &str) -> Option<&str> {
    LEADS.strip(text).map(str::trim).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_subjects_are_stripped_and_keys_of_machines_condemn() {
        assert_eq!(read("tag:Crime"), Some(Prefix::Subject("Crime")));
        assert_eq!(read("NLP Category: Politics"), Some(Prefix::Subject("Politics")));
        assert_eq!(read("topics/fire"), Some(Prefix::Subject("fire")));
        assert_eq!(read("Page Type: Gallery"), Some(Prefix::Machinery));
        assert_eq!(read("shortTitle: What a day"), Some(Prefix::Machinery));
        assert_eq!(read("displayType: wide"), Some(Prefix::Machinery));
        assert_eq!(read("Star Wars: A New Hope"), None);
    }
}
