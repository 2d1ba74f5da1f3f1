//! Which language a text is in.
//!
//! Invariant: codes are BCP 47: the two-letter code of ISO 639-1 where there is one, else the three-letter code.

mod latin;

use std::collections::HashMap;
use std::sync::LazyLock;

use whatlang::Lang;

/// Bytes of text looked at: enough to be sure, whatever the article's length.
const SAMPLE_BYTES: usize = 3_000;
/// Confidence from which on a text's looks count.
const RELIABLE: f64 = 0.9;
/// Letters under which a text is too short to contradict anybody.
const LETTERS_MIN: usize = 200;

/// Codes and names of languages, one language a line: `en eng english englisch …`.
static NAMES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for line in include_str!("clean/lexicon/languages.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let mut words = line.split_whitespace();
        if let Some(code) = words.next() {
            names.insert(code, code);
            for word in words {
                names.entry(word).or_insert(code);
            }
        }
    }
    names
});

/// BCP 47 code of the text's language: what the crawler says when the text does not clearly contradict it, else
/// what the page declares, else what the text looks like.
pub fn identify(text: &str, told: Option<&str>, declared: Option<&str>) -> Option<String> {
    let said = told.and_then(normal).or_else(|| declared.and_then(normal));
    let sample = text
        .get(..text.floor_char_boundary(SAMPLE_BYTES))
        .unwrap_or_default();
    let Some(said) = said else {
        return looks(sample).map(code);
    };
    let long = sample
        .chars()
        .filter(|char| char.is_alphabetic())
        .take(LETTERS_MIN)
        .count()
        == LETTERS_MIN;
    // A short text contradicts nobody, so nobody need look at it.
    match long.then(|| looks(sample)).flatten() {
        Some(lang) if contradicts(&code(lang), &said) => Some(code(lang)),
        _ => Some(said),
    }
}

/// The language that a sample surely looks like.
fn looks(sample: &str) -> Option<Lang> {
    latin::detect(sample)
        .or_else(|| whatlang::detect(sample).map(|info| (info.lang(), info.confidence())))
        .filter(|(_, confidence)| *confidence > RELIABLE)
        .map(|(lang, _)| lang)
}

/// A declared language as a BCP 47 code: `en_US`, `en-us`, `eng`, `English` are `en-US`, `en-US`, `en`, `en`.
pub fn normal(declared: &str) -> Option<String> {
    let first = declared.split([',', ';']).next().unwrap_or_default().trim();
    let mut parts = first.split(['-', '_', '.']);
    let language = parts.next().unwrap_or_default().to_lowercase();
    let language = match NAMES.get(language.as_str()) {
        Some(code) => (*code).to_owned(),
        None if matches!(language.len(), 2 | 3) && language.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            language
        }
        None => return None,
    };
    let mut out = language;
    for part in parts {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        match part.len() {
            2 if letters => {
                out.push('-');
                out.push_str(&part.to_ascii_uppercase());
                break;
            }
            4 if letters && !part.eq_ignore_ascii_case("utf8") => {
                out.push('-');
                for (at, char) in part.chars().enumerate() {
                    out.push(if at == 0 {
                        char.to_ascii_uppercase()
                    } else {
                        char.to_ascii_lowercase()
                    });
                }
            }
            _ => break,
        }
    }
    Some(out)
}

/// Whether the text's language is not the declared one. Neighbours that detectors mix up do not contradict.
fn contradicts(looks: &str, said: &str) -> bool {
    const NEIGHBOURS: [&[&str]; 8] = [
        &["nb", "nn", "no", "da", "sv"],
        &["hr", "sr", "bs", "sh", "sl", "cnr", "mk"],
        &["cs", "sk"],
        &["id", "ms", "jv"],
        &["pt", "gl", "es", "ca"],
        &["ru", "uk", "be", "bg"],
        &["hi", "mr", "ne"],
        &["ar", "fa", "ur"],
    ];
    let said = said.split('-').next().unwrap_or_default();
    looks != said
        && !NEIGHBOURS
            .iter()
            .any(|group| group.contains(&looks) && group.contains(&said))
}

/// BCP 47 code of a detected language.
fn code(lang: Lang) -> String {
    let three = match lang {
        Lang::Cmn => "zho",
        Lang::Pes => "fas",
        other => other.code(),
    };
    NAMES
        .get(three)
        .map_or_else(|| three.to_owned(), |code| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GERMAN: &str = "Der Rat hat am Dienstag beschlossen, die alte Brücke für zwei Jahre zu sperren, während sie neu gebaut \
        wird. Die Händler auf beiden Seiten sagten, man habe sie nicht gefragt, und die Bürgermeisterin versprach eine Fähre. \
        Die Arbeiten sollen im kommenden Frühjahr beginnen und werden nach Angaben der Stadt rund zwölf Millionen Euro kosten.";

    #[test]
    fn declared_forms_become_one() {
        for (declared, want) in [
            ("en_US", Some("en-US")),
            ("en-us", Some("en-US")),
            ("English", Some("en")),
            ("eng", Some("en")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("de, en", Some("de")),
            ("", None),
            ("{{lang}}", None),
        ] {
            assert_eq!(normal(declared).as_deref(), want, "{declared}");
        }
    }

    #[test]
    fn a_long_text_contradicts_a_wrong_label_and_a_short_one_does_not() {
        assert_eq!(identify(GERMAN, Some("en"), None).as_deref(), Some("de"));
        assert_eq!(identify("Ja, genau.", Some("en"), None).as_deref(), Some("en"));
        assert_eq!(identify(GERMAN, Some("de-AT"), None).as_deref(), Some("de-AT"));
        assert_eq!(identify(GERMAN, None, None).as_deref(), Some("de"));
    }
}
