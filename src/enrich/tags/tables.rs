//! The language tables of the tags: what is junk, a prefix, an article, a role, in which language.
//!
//! Invariant: entries are folded once, as labels are, so a table is looked up with a folded key. A rule of
//! language stands in the files under `tables/`, a line an entry: language, tab, words. `#` begins a comment.

use std::sync::LazyLock;

use crate::vocabulary::fold::key_of;
use foldhash::{HashMap, HashSet};

/// Words or phrases under their folded form.
#[derive(Debug)]
pub(super) struct Phrases(HashSet<String>);

impl Phrases {
    fn parse(file: &str) -> Self {
        Self(
            lines(file)
                .flat_map(|(_, words)| words.split(';'))
                .map(key_of)
                .filter(|phrase| !phrase.is_empty())
                .collect(),
        )
    }

    /// Whether a folded text, its spaces left out, is one of them.
    pub(super) fn has_squashed(&self, key: &str) -> bool {
        self.0.contains(key)
    }

    /// Whether a text is one of them.
    pub(super) fn has(&self, text: &str) -> bool {
        self.0.contains(&key_of(text))
    }
}

/// Beginnings with the language's own letters, longest first, in lower case.
#[derive(Debug)]
pub(super) struct Beginnings(Vec<String>);

impl Beginnings {
    fn parse(file: &str) -> Self {
        let mut list: Vec<String> = lines(file)
            .flat_map(|(_, words)| words.split(';'))
            .map(|words| words.trim_start().to_lowercase())
            .filter(|words| !words.trim().is_empty())
            .collect();
        list.sort_by_key(|words| std::cmp::Reverse(words.len()));
        list.dedup();
        Self(list)
    }

    /// What follows the longest of them at the start of `text`.
    pub(super) fn strip<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.iter().find_map(|words| {
            let mut rest = text.char_indices();
            for wanted in words.chars() {
                let (_, char) = rest.next()?;
                if !char.to_lowercase().eq(std::iter::once(wanted)) {
                    return None;
                }
            }
            let (at, _) = rest.next()?;
            text.get(at..)
        })
    }
}

fn lines(file: &str) -> impl Iterator<Item = (&str, &str)> {
    file.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .filter_map(|line| line.split_once('\t'))
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident: $kind:ident = $file:literal) => {
        $(#[$doc])*
        pub(super) static $name: LazyLock<$kind> = LazyLock::new(|| $kind::parse(include_str!($file)));
    };
}

table!(
    /// Strings that say nothing of what an article is about.
    JUNK: Phrases = "tables/junk.tsv"
);
table!(
    /// Beginnings of link texts.
    LINK_TEXT: Beginnings = "tables/link_text.tsv"
);
table!(
    /// Words of a site's or a workflow's scaffolding.
    SCAFFOLD: Phrases = "tables/scaffold.tsv"
);
table!(
    /// Words of keys whose values are subjects.
    SUBJECT_KEYS: Phrases = "tables/subject_keys.tsv"
);
table!(
    /// Words that stand before a subject and are not part of it.
    LEADS: Beginnings = "tables/leads.tsv"
);
table!(
    /// Articles with their blank or apostrophe.
    ARTICLES: Beginnings = "tables/articles.tsv"
);
table!(
    /// Words in parentheses that only say what sort of thing stands before them.
    QUALIFIERS: Phrases = "tables/qualifiers.tsv"
);
table!(
    /// Endings after a slash that give a word's other gender or number.
    GENDER_ENDINGS: Phrases = "tables/gender_endings.tsv"
);
table!(
    /// Given names, by which "Last, First" is told from two tags.
    GIVEN_NAMES: Phrases = "tables/given_names.tsv"
);
table!(
    /// Words of match reports and of talk about teams.
    SPORT: ByLanguage = "tables/sport.tsv"
);
table!(
    /// Words after which a name is where something is.
    LOCATIVES: ByLanguage = "tables/locatives.tsv"
);
table!(
    /// Months and days of the week.
    CALENDAR: Phrases = "tables/calendar.tsv"
);
table!(
    /// Capitalised words that stand beside a name without being part of it.
    BESIDE_NAMES: Phrases = "tables/beside_names.tsv"
);
table!(
    /// Words that are no name when they begin a sentence, and no tag alone.
    STOP_WORDS: Phrases = "tables/stop_words.tsv"
);
table!(
    /// Words of keys that are no sort of subject, beside those of the scaffolding.
    MACHINE_KEYS: Phrases = "tables/machine_keys.tsv"
);
table!(
    /// Languages in which most news is written.
    NEWS_LANGUAGES: Phrases = "tables/news_languages.tsv"
);
table!(
    /// Languages that write every noun with a capital.
    CAPITAL_NOUNS: Phrases = "tables/capital_nouns.tsv"
);
table!(
    /// Small words inside names: "Bank of England".
    NAME_LINKS: Phrases = "tables/name_links.tsv"
);
table!(
    /// What may stand after an apostrophe that closes a name.
    APOSTROPHE_ENDINGS: Phrases = "tables/apostrophe_endings.tsv"
);
table!(
    /// Plurals that mean something else than more of what the singular means.
    OTHER_PLURALS: Phrases = "tables/other_plurals.tsv"
);
table!(
    /// Words that lose their vowel before another one, with their apostrophe, by language.
    ELISIONS: Tongues = "tables/elisions.tsv"
);
table!(
    /// Ordinals that lead a name, in their order.
    ORDINALS: Places = "tables/ordinals.tsv"
);

/// Endings of subjects: language, in the singular, in the plural, folded. The more telling come first.
pub(super) const NUMBERS: [(&str, &str, &str); 17] = [
    ("en", "y", "ies"),
    ("en", "", "s"),
    ("en", "", "es"),
    ("fr", "", "s"),
    ("fr", "", "x"),
    ("es", "", "s"),
    ("es", "", "es"),
    ("pt", "", "s"),
    ("pt", "", "es"),
    ("it", "o", "i"),
    ("it", "e", "i"),
    ("it", "a", "e"),
    ("de", "", "en"),
    ("de", "", "n"),
    ("de", "", "e"),
    ("nl", "", "en"),
    ("ru", "", "ы"),
];

/// Endings of names in the genitive and in the nominative, of Russian and Ukrainian.
pub(super) const GENITIVES: [(&str, &str); 5] = [("ы", "а"), ("и", "я"), ("ии", "ия"), ("ї", "я"), ("а", "")];

/// Beginnings by language, in lower case.
#[derive(Debug)]
pub(super) struct Tongues(Vec<(String, String)>);

impl Tongues {
    fn parse(file: &str) -> Self {
        Self(
            lines(file)
                .flat_map(|(language, words)| {
                    words
                        .split(';')
                        .map(|word| (language.to_owned(), word.to_lowercase()))
                })
                .collect(),
        )
    }

    /// Whether a language has such words.
    pub(super) fn speaks(&self, language: &str) -> bool {
        self.0.iter().any(|(known, _)| known == language)
    }

    /// Whether a word is one of a language's.
    pub(super) fn has(&self, language: &str, word: &str) -> bool {
        let lower = word.to_lowercase();
        self.0
            .iter()
            .any(|(known, word)| known == language && *word == lower)
    }
}

/// Words under their folded form, by language.
#[derive(Debug)]
pub(super) struct ByLanguage(HashMap<String, HashSet<String>>);

impl ByLanguage {
    fn parse(file: &str) -> Self {
        let mut languages: HashMap<String, HashSet<String>> = HashMap::default();
        for (language, words) in lines(file) {
            let folded = words.split(';').map(key_of);
            languages.entry(language.to_owned()).or_default().extend(folded);
        }
        Self(languages)
    }

    /// The words of one language.
    pub(super) fn get(&self, language: &str) -> Option<&HashSet<String>> {
        self.0.get(language)
    }
}

/// Words and which place each has in its line.
#[derive(Debug)]
pub(super) struct Places(Vec<(String, u32)>);

impl Places {
    fn parse(file: &str) -> Self {
        let places = lines(file).flat_map(|(_, words)| {
            words
                .split(';')
                .zip(1..)
                .flat_map(|(forms, place)| forms.split(',').map(move |word| (key_of(word), place)))
        });
        Self(places.filter(|(word, _)| !word.is_empty()).collect())
    }

    /// The place of a word, counted from one.
    pub(super) fn place_of(&self, word: &str) -> Option<u32> {
        let key = key_of(word);
        self.0
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, place)| *place)
    }
}

table!(
    /// Region codes after a city's name.
    REGION_CODES: Pairs = "tables/region_codes.tsv"
);

/// Codes and what they stand for.
#[derive(Debug)]
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    fn parse(file: &str) -> Self {
        Self(
            lines(file)
                .map(|(code, name)| (code.to_owned(), name.to_owned()))
                .collect(),
        )
    }

    /// What a code stands for.
    pub(super) fn get(&self, code: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == code)
            .map(|(_, name)| name.as_str())
    }

    /// Whether something is what a code stands for.
    pub(super) fn names(&self, name: &str) -> bool {
        self.0.iter().any(|(_, known)| known.eq_ignore_ascii_case(name))
    }
}
