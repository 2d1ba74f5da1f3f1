//! Junk: strings that say nothing of what an article is about.
//!
//! Invariant: shapes are judged here, words stand in the tables. A string that names a known concept is asked
//! about only by [`is_phrase`] and [`is_code`], which no label resembles.

use super::tables::{JUNK, LINK_TEXT, SCAFFOLD, STOP_WORDS};
use crate::vocabulary::fold::{is_unspaced, key_of, tokens};

/// Words from which a string is a sentence, not a name.
const HEADLINE_WORDS: usize = 7;

/// Whether a string is a standing phrase of sites, a stop word or nothing at all.
pub(super) fn is_phrase(text: &str) -> bool {
    let key = key_of(text);
    key.is_empty()
        || JUNK.has_squashed(&key)
        || STOP_WORDS.has_squashed(&key) && text.chars().next().is_some_and(|char| !char.is_uppercase())
        || (key.chars().count() == 1 && !key.chars().all(is_unspaced))
}

/// Whether a string is an address, an id, a number or a query parameter.
pub(super) fn is_code(text: &str) -> bool {
    let text = text.trim();
    is_address(text)
        || is_hexadecimal(text)
        || is_random(text)
        || is_parameter(text)
        || is_numeric(text)
        || is_grouped_code(text)
}

/// Whether a string that nothing knows is scaffolding: a slug or key made with words of the site's machinery.
pub(super) fn is_scaffolding(text: &str) -> bool {
    let words = words_of(text);
    if words.is_empty() {
        return true;
    }
    let scaffold = words.iter().filter(|word| SCAFFOLD.has(word)).count();
    let numbers = words
        .iter()
        .filter(|word| word.chars().all(|char| char.is_ascii_digit()))
        .count();
    if scaffold + numbers == words.len() {
        return true;
    }
    let slug = !text.contains(' ') && words.len() > 1;
    // A slug names a subject only where no part of it names the machine.
    slug && scaffold > 0
        && text.chars().any(|char| matches!(char, '-' | '_'))
        && (text.contains('_') || !text.chars().any(char::is_uppercase))
        || slug && scaffold > 0 && is_camel(text) && text.starts_with(char::is_lowercase)
}

/// Whether a string that nothing knows is a headline or the text of a link.
pub(super) fn is_sentence(text: &str) -> bool {
    if LINK_TEXT.strip(text).is_some() {
        return true;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let small = words
        .iter()
        .filter(|word| word.chars().next().is_some_and(char::is_lowercase))
        .count();
    let ends = text.ends_with(['?', '!', '…']) || text.ends_with("...");
    (words.len() >= HEADLINE_WORDS && small * 2 > words.len())
        || words.len() >= 2 * HEADLINE_WORDS
        || (words.len() >= HEADLINE_WORDS - 3 && ends)
}

/// The words of a string, CamelCase, slugs and snake_case taken apart.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for token in tokens(text) {
        let mut word = String::new();
        let mut small = false;
        for char in text.get(token).unwrap_or_default().chars() {
            if char.is_uppercase() && small && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            small = char.is_lowercase();
            word.push(char);
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}

fn is_camel(text: &str) -> bool {
    let mut before = None;
    text.chars().any(|char| {
        let turns = char.is_uppercase() && before.is_some_and(char::is_lowercase);
        before = Some(char);
        turns
    })
}

fn is_address(text: &str) -> bool {
    // A list that has addresses in it has other parts as well.
    if text.contains([',', ';', '|', '\n']) {
        return false;
    }
    if text.contains("://") || text.starts_with("www.") || text.starts_with("mailto:") {
        return true;
    }
    text.split([' ', '/', '(', ')', ','])
        .any(|word| word.contains('@') && word.contains('.') && !word.starts_with('@') || is_host(word))
}

/// `news.example.com`: labels of small letters and a known sort of last one.
fn is_host(word: &str) -> bool {
    const ENDINGS: [&str; 18] = [
        "com", "org", "net", "html", "htm", "php", "aspx", "jpg", "png", "info", "de", "fr", "es", "it",
        "nl", "pl", "ru", "uk",
    ];
    let mut labels = word.split('.');
    let last = labels.next_back().unwrap_or_default();
    let host = |label: &str| {
        label.len() > 1
            && label
                .chars()
                .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-' || char == '_')
    };
    let mut rest = labels.peekable();
    rest.peek().is_some() && ENDINGS.contains(&last) && rest.all(host)
}

/// UUIDs and digests.
fn is_hexadecimal(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    digits >= 12
        && text.chars().all(|char| char.is_ascii_hexdigit() || char == '-')
        && text.chars().any(|char| char.is_ascii_digit())
        && text.chars().any(|char| char.is_ascii_alphabetic())
}

/// A long run of letters and digits that no word looks like.
fn is_random(text: &str) -> bool {
    text.len() >= 14
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_' || char == '-')
        && turns_of_sort(text) >= 6
}

/// How often letters, capitals and digits give way to one another.
fn turns_of_sort(text: &str) -> usize {
    let sort = |char: char| match char {
        'a'..='z' => 1,
        'A'..='Z' => 2,
        '0'..='9' => 3,
        _ => 0,
    };
    let sorts: Vec<i32> = text.chars().map(sort).collect();
    let digits = sorts.iter().filter(|sort| **sort == 3).count();
    if digits < 2 {
        return 0;
    }
    sorts
        .windows(2)
        .filter(|pair| pair.first() != pair.last())
        .count()
}

/// `utm_source=rss`.
fn is_parameter(text: &str) -> bool {
    text.split_once('=').is_some_and(|(key, _)| {
        !key.is_empty()
            && key
                .chars()
                .all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.'))
    })
}

/// Digits and marks only, but for a year, which can be a subject.
fn is_numeric(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let other = text.chars().any(|char| char.is_alphabetic());
    digits > 0
        && !other
        && !(digits == 4 && text.len() == 4 && (text.starts_with("19") || text.starts_with("20")))
}

/// `CO-00-00-00-00`, `7974.TO`, `2011006 (x v1)`: groups of digits and capitals that no product is called.
fn is_grouped_code(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    let digits = first.chars().filter(char::is_ascii_digit).count();
    let letters = first.chars().filter(|char| char.is_alphabetic()).count();
    let parted = first.contains(['-', '.', '_', ':']);
    is_routing_code(text)
        || (digits >= 6 && letters <= 2)
        || (digits >= 4 && parted && letters <= 3 && is_ticker(first))
}

/// `MDIA08`: an agency's code, capitals and a number that begins with a nought.
fn is_routing_code(text: &str) -> bool {
    text.split_once('0').is_some_and(|(letters, digits)| {
        (3..=6).contains(&letters.len())
            && letters.bytes().all(|byte| byte.is_ascii_uppercase())
            && digits.len() == 1
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// A number, a full stop, a market.
fn is_ticker(text: &str) -> bool {
    text.split_once('.').is_some_and(|(code, market)| {
        code.chars().all(|char| char.is_ascii_digit()) && market.chars().all(|char| char.is_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_told_from_names() {
        for code in [
            "https://example.org/a",
            "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            "q7Xw2LmPz9aKd4Rt",
            "utm_medium=mail",
            "20240501",
            "12",
            "6501.T",
            "AB-00-00-00",
            "SHIP07",
        ] {
            assert!(is_code(code), "{code}");
        }
        for name in [
            "COVID-19",
            "Windows 10",
            "SM-A515F",
            "2024",
            "G20",
            "MH370",
            "Boeing 737",
            "U.N.",
            "Web 2.0",
        ] {
            assert!(!is_code(name), "{name}");
        }
    }

    #[test]
    fn scaffolding_is_told_from_slugs_of_subjects() {
        for junk in ["content_type", "article-premium-v2", "hasGallery", "type_review"] {
            assert!(is_scaffolding(junk), "{junk}");
        }
        for subject in [
            "joe-biden",
            "climate_change",
            "Windows 10",
            "Page Six",
            "WordPress",
            "linux-6-v12",
        ] {
            assert!(!is_scaffolding(subject), "{subject}");
        }
    }

    #[test]
    fn headlines_and_link_texts_are_sentences() {
        assert!(is_sentence("Leer más sobre el meteorito"));
        assert!(is_sentence(
            "The minister says that he will not go before the vote"
        ));
        assert!(!is_sentence("Star Wars: Episode VI - Return of the Jedi"));
        assert!(!is_sentence("value added tax"));
    }

    proptest! {
        #[test]
        fn no_string_makes_it_panic(text in "\\PC{0,60}") {
            let judged = (is_phrase(&text), is_code(&text), is_scaffolding(&text), is_sentence(&text));
            prop_assert!(!judged.1 || !text.is_empty());
        }
    }
}
