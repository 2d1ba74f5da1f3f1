//! The lexicon of a language: what its words can do around a quotation.
//!
//! Invariant: rules of language are data. Each language is one text file beside this one, written by hand; this
//! module reads it once and never fails on it. Deliberately absent: full dictionaries; a word that is not listed
//! has no class.
//!
//! A file has sections, `[name]`, of entries parted by spaces; `_` joins the words of a phrase, `#` begins a
//! comment. In sections of verbs under `inflect = english` an entry is a base form, or `base:past:participle`;
//! the other forms follow from it.

use std::ops::{BitOr, BitOrAssign};
use std::sync::{LazyLock, OnceLock};

use foldhash::HashMap;

use super::marks::MarkStyle;

/// A set of word classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Class(u128);

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $section:literal;)*) => {
        impl Class {
            $($(#[$doc])* pub(super) const $name: Self = Self(1 << $bit);)*

            fn of_section(section: &str) -> Option<Self> {
                match section {
                    $($section => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

classes! {
    /// Takes a clause or direct speech: say.
    SAY = 0, "say";
    /// Takes a hearer before the content: tell.
    TELL = 1, "tell";
    /// Takes an infinitive: vow to.
    TOINF = 2, "toinf";
    /// Takes the content as an object: criticise.
    OBJECT = 3, "object";
    /// Passive, without a speaker: is expected to.
    IMPERSONAL = 4, "impersonal";
    /// A noun with a content clause: claim that.
    NOUN = 5, "noun";
    /// Stands before a source: according to.
    ACCORDING = 6, "according";
    /// Stands after a source: zufolge.
    ACCORDING_AFTER = 7, "according_after";
    /// Stands between a quotation and its source: so, aldus.
    THUS = 8, "thus";
    /// Form: finite.
    FINITE = 9, "-finite";
    /// Form: participle.
    PARTICIPLE = 10, "-participle";
    /// Form: -ing, gerund.
    GERUND = 11, "-gerund";
    /// Form: infinitive.
    INFINITIVE = 12, "-infinitive";
    /// Auxiliary verb.
    AUX = 13, "aux";
    /// Negation.
    NOT = 14, "not";
    /// Adverb that may stand between subject and verb.
    ADVERB = 15, "adverb";
    /// Determiner or article.
    DETERMINER = 16, "determiner";
    /// Possessive pronoun.
    POSSESSIVE = 17, "possessive";
    /// Subject pronoun of a person or of many.
    PRONOUN = 18, "pronoun";
    /// Relative pronoun.
    RELATIVE = 19, "relative";
    /// And, but.
    AND = 20, "and";
    /// Because, when.
    SUBORDINATOR = 21, "subordinator";
    /// Preposition.
    PREPOSITION = 22, "preposition";
    /// Honorific or title that belongs to a name.
    TITLE = 23, "title";
    /// Noun of a person by role.
    ROLE = 24, "role";
    /// Noun of a body, document or other source.
    BODY = 25, "body";
    /// Day, month, part of the day.
    TIME = 26, "time";
    /// The conjunction of content: that.
    THAT = 27, "that";
    /// Masculine.
    MALE = 28, "male";
    /// Feminine.
    FEMALE = 29, "female";
    /// Plural.
    PLURAL = 30, "plural";
    /// First or second person.
    SPEAKER_SELF = 31, "self";
    /// Object pronoun.
    OBJECT_PRONOUN = 32, "object_pronoun";
    /// Particle within a name: van, de.
    PARTICLE = 33, "particle";
    /// The possessive ending.
    GENITIVE = 34, "genitive";
    /// A finite verb that is no cue.
    VERB = 35, "verb";
    /// A question word that begins content: whether, how.
    QUESTION = 36, "question";
    /// To, before an infinitive.
    TO = 37, "to";
    /// A noun that a speaker makes words into: statement, interview.
    MEDIUM = 38, "medium";
    /// An adjective that goes with nationality or rank and stands before a role.
    ADJECTIVE = 39, "adjective";
    /// Subjunctive of reported speech.
    SUBJUNCTIVE = 40, "subjunctive";
    /// Separated prefix: mit, in teilte … mit.
    PREFIX = 41, "prefix";
    /// Introduces a named work: the film, the book.
    WORK = 42, "work";
    /// Makes what follows no quotation: so-called.
    SCARE = 43, "scare";
    /// Cue whose marked object is the quotation: call … “X”.
    NAMING = 44, "naming";
    /// A phrase may begin here.
    PHRASE = 45, "-phrase";
    /// The word's script has no capitals.
    NO_CASE = 46, "-no_case";
    /// A preposition that ties a noun phrase to the noun before it: of.
    JOIN = 47, "join";
    /// A modal that makes speech hypothetical: would, could.
    MODAL = 48, "modal";
    /// A form of be, which makes a participle passive.
    BE = 49, "be";
    /// A form of have, which makes it active.
    HAVE = 50, "have";
    /// A noun that is plural without an s.
    MANY = 51, "many";
    /// Introduces the agent of a passive: by.
    AGENT = 52, "agent";
    /// The definite article.
    DEFINITE = 53, "definite";
    /// Of a subject, by nobody in particular: seem.
    SEEMING = 54, "seeming";
    /// Looks like a cue and is none; it hides the cues inside it.
    HIDDEN = 55, "none";
    /// A pronoun that is joined to its verb by a hyphen: dit-il.
    ENCLITIC = 56, "enclitic";
    /// A cue only with its separated prefix: teilte … mit.
    SEPARABLE = 57, "separable";
    /// Stands before a source only when that is a medium: nach … Angaben.
    ACCORDING_MEDIUM = 58, "according_medium";
    /// Opens a clause that names the source: wie die Polizei mitteilte.
    ACCORDING_CLAUSE = 59, "according_clause";
    /// A subject that is nobody: es.
    DUMMY = 60, "dummy";
    /// A cue only before clear content: find that.
    CLEAR = 61, "clear";
    /// Opens what a reporter adds behind content: compared.
    CONTRAST = 62, "contrast";
    /// Opens a clause that its main clause follows: while.
    CONCESSION = 63, "concession";
    /// Stands before what somebody is called: als, in als „…“ bezeichnet.
    AS = 64, "as";
    /// Stands before whose opinion it is, at the head of a sentence: für, in für den Trainer war es „…“.
    OPINION = 65, "opinion";
    /// Points back to the sentence before: das, in das erklärte X.
    ANAPHORA = 66, "anaphora";
    /// A noun whose words stand in marks behind it: slogan, motto.
    WORDING = 67, "wording";
    /// A determiner that is in no nominative: den, einem.
    OBLIQUE = 68, "oblique";
    /// Takes speech only right beside words in marks: chant “…”.
    MARKED = 69, "marked";
    /// A cue only close to words in marks: supporting a “…”.
    BESIDE = 70, "beside";
    /// Opens a clause that belongs to what is said: because.
    REASON = 71, "reason";
    /// Puts a question to whoever answers in the same sentence: asked, in asked whether …, X said.
    ASKED = 72, "asked";
    /// Stands before what a question is of: about.
    TOPIC = 73, "topic";
    /// Its object speaks and not its subject: zitiert, in zitiert einen Zeugen mit den Worten.
    CITING = 74, "citing";
    /// What it takes is its object alone, without what stands behind that: endorse X | in May.
    ALONE = 75, "alone";
    /// Belongs to the noun phrase behind it: auch, in auch das Amt warnte.
    FOCUS = 76, "focus";
}

impl Class {
    /// No class.
    pub(super) const NONE: Self = Self(0);
    /// Verbs that can attribute.
    pub(super) const CUE: Self = Self(
        Self::SAY.0 | Self::TELL.0 | Self::TOINF.0 | Self::OBJECT.0 | Self::IMPERSONAL.0 | Self::NAMING.0,
    );

    /// Whether any of these classes is here.
    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// These classes without others.
    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those of these classes that others have too.
    pub(super) fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Class {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Class {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Where subject and verb stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Subject first, inverted after a quotation.
    SubjectFirst,
    /// Verb first, as in Arabic.
    VerbFirst,
    /// Subject first and verb last, as in Persian.
    VerbLast,
    /// No spaces and no inversion, as in Chinese.
    Unspaced,
}

/// A phrase of several words.
#[derive(Debug, Clone)]
struct Phrase {
    rest: Vec<Box<str>>,
    class: Class,
}

/// The words of a language.
#[derive(Debug)]
pub(super) struct Lexicon {
    words: HashMap<Box<str>, Class>,
    phrases: HashMap<Box<str>, Vec<Phrase>>,
    /// Bytes of the longest word that begins with a character, where no spaces part words.
    longest: HashMap<char, usize>,
    abbreviations: HashMap<Box<str>, ()>,
    style: MarkStyle,
    order: Order,
    elides: bool,
    possessive: bool,
    dash_speech: bool,
    comma_clause: bool,
    capital_nouns: bool,
    bare_clause: bool,
    verb_second: bool,
    marks_names: bool,
    short_sources: bool,
    fragments: bool,
    prefixes: Vec<&'static str>,
    genitives: Vec<&'static str>,
    compounds: Vec<&'static str>,
    forms: Vec<(&'static str, &'static str)>,
    adverb_endings: Vec<&'static str>,
}

/// A language's file, and what was read from it when the first article of that language came.
struct Source {
    language: &'static str,
    text: &'static str,
    lexicon: OnceLock<Lexicon>,
}

impl Source {
    const fn new(language: &'static str, text: &'static str) -> Self {
        Self {
            language,
            text,
            lexicon: OnceLock::new(),
        }
    }

    fn lexicon(&self) -> &Lexicon {
        self.lexicon.get_or_init(|| Lexicon::read(self.text))
    }
}

/// English is first: it is the language of texts in any that is not here.
static SOURCES: [Source; 15] = [
    Source::new("en", include_str!("lexicon/en.txt")),
    Source::new("de", include_str!("lexicon/de.txt")),
    Source::new("fr", include_str!("lexicon/fr.txt")),
    Source::new("es", include_str!("lexicon/es.txt")),
    Source::new("it", include_str!("lexicon/it.txt")),
    Source::new("pt", include_str!("lexicon/pt.txt")),
    Source::new("nl", include_str!("lexicon/nl.txt")),
    Source::new("pl", include_str!("lexicon/pl.txt")),
    Source::new("ru", include_str!("lexicon/ru.txt")),
    Source::new("uk", include_str!("lexicon/uk.txt")),
    Source::new("cs", include_str!("lexicon/cs.txt")),
    Source::new("sv", include_str!("lexicon/sv.txt")),
    Source::new("ar", include_str!("lexicon/ar.txt")),
    Source::new("fa", include_str!("lexicon/fa.txt")),
    Source::new("zh", include_str!("lexicon/zh.txt")),
];

static NAMES: &str = include_str!("lexicon/names.txt");

/// The sex that first names tell, of all languages together: the news of one has the people of many.
static FIRST_NAMES: LazyLock<HashMap<&'static str, Class>> = LazyLock::new(|| {
    let mut names: HashMap<&'static str, Class> = HashMap::default();
    for line in NAMES.lines().filter(|line| !line.starts_with('#')) {
        let (class, list) = match line.split_once(':') {
            Some(("male", list)) => (Class::MALE, list),
            Some(("female", list)) => (Class::FEMALE, list),
            _ => continue,
        };
        for name in list.split_whitespace() {
            *names.entry(name).or_default() |= class;
        }
    }
    names
});

/// Codes of three letters, as some senders and detectors write them.
const THREE_LETTERS: [(&str, &str); 18] = [
    ("eng", "en"),
    ("deu", "de"),
    ("ger", "de"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("spa", "es"),
    ("ita", "it"),
    ("por", "pt"),
    ("nld", "nl"),
    ("dut", "nl"),
    ("pol", "pl"),
    ("rus", "ru"),
    ("ukr", "uk"),
    ("ces", "cs"),
    ("swe", "sv"),
    ("ara", "ar"),
    ("pes", "fa"),
    ("cmn", "zh"),
];

/// The lexicon for a BCP 47 code; English where there is none.
pub(super) fn for_language(language: Option<&str>) -> Option<&'static Lexicon> {
    let code = language.unwrap_or("en").to_ascii_lowercase();
    let primary = code.split(['-', '_']).next().unwrap_or("en");
    let primary = THREE_LETTERS
        .iter()
        .find(|(three, _)| *three == primary)
        .map_or(primary, |(_, two)| two);
    SOURCES
        .iter()
        .find(|source| source.language == primary)
        .or_else(|| SOURCES.first())
        .map(Source::lexicon)
}

impl Lexicon {
    fn read(text: &'static str) -> Self {
        let mut lexicon = Self {
            words: HashMap::default(),
            phrases: HashMap::default(),
            longest: HashMap::default(),
            abbreviations: HashMap::default(),
            style: MarkStyle::HighHigh,
            order: Order::SubjectFirst,
            elides: false,
            possessive: false,
            dash_speech: false,
            comma_clause: false,
            capital_nouns: false,
            bare_clause: false,
            verb_second: false,
            marks_names: false,
            short_sources: false,
            fragments: false,
            prefixes: Vec::new(),
            genitives: Vec::new(),
            compounds: Vec::new(),
            forms: Vec::new(),
            adverb_endings: Vec::new(),
        };
        let mut inflect = false;
        let mut section = "";
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name;
                continue;
            }
            if let Some((key, value)) = line.split_once(" = ") {
                if let Some(ending) = key.strip_prefix("form ") {
                    lexicon.forms.push((ending, value));
                    continue;
                }
                match (key, value) {
                    ("clause", "comma") => lexicon.comma_clause = true,
                    ("nouns", "capital") => lexicon.capital_nouns = true,
                    ("conjunction", "optional") => lexicon.bare_clause = true,
                    ("fragments", "quoted") => lexicon.fragments = true,
                    ("sources", "short") => lexicon.short_sources = true,
                    ("names", "marked") => lexicon.marks_names = true,
                    ("second", "verb") => lexicon.verb_second = true,
                    ("prefixes", list) => lexicon.prefixes = list.split_whitespace().collect(),
                    ("compounds", list) => lexicon.compounds.extend(list.split_whitespace()),
                    ("genitive", list) => lexicon.genitives = list.split_whitespace().collect(),
                    ("marks", "low-high") => lexicon.style = MarkStyle::LowHigh,
                    ("order", "verb-first") => lexicon.order = Order::VerbFirst,
                    ("order", "verb-last") => lexicon.order = Order::VerbLast,
                    ("order", "unspaced") => lexicon.order = Order::Unspaced,
                    ("articles", "elided") => lexicon.elides = true,
                    ("possessive", "s") => lexicon.possessive = true,
                    ("adverbs", list) => lexicon.adverb_endings = list.split_whitespace().collect(),
                    ("speech", "dash") => lexicon.dash_speech = true,
                    ("inflect", value) => inflect = value == "english",
                    _ => {}
                }
                continue;
            }
            for entry in line.split_whitespace() {
                lexicon.entry(section, entry, inflect);
            }
        }
        lexicon
    }

    fn entry(&mut self, section: &str, entry: &str, inflect: bool) {
        if section == "abbreviation" {
            self.abbreviations.insert(entry.into(), ());
            return;
        }
        let (base, form) = section.split_once('.').unwrap_or((section, ""));
        let classes = base
            .split('+')
            .filter_map(Class::of_section)
            .fold(Class::NONE, BitOr::bitor);
        let verb = classes.has(Class::CUE);
        if !verb {
            self.add(entry, classes);
            return;
        }
        if inflect {
            for (word, form) in english_forms(entry) {
                self.add(&word, classes | form);
            }
            return;
        }
        if form == "regular" {
            for (word, form) in self.regular_forms(entry) {
                self.add(&word, classes | form);
            }
            return;
        }
        let form = match form {
            "participle" => Class::PARTICIPLE,
            "gerund" => Class::GERUND,
            "infinitive" => Class::INFINITIVE,
            _ => Class::FINITE,
        };
        self.add(entry, classes | form);
    }

    /// The forms of a regular verb by the language's endings: `ending = finite | participle | gerund | infinitive`.
    fn regular_forms(&self, entry: &str) -> Vec<(String, Class)> {
        let Some((stem, endings)) = self
            .forms
            .iter()
            .find_map(|(ending, endings)| Some((entry.strip_suffix(ending)?, *endings)))
        else {
            return vec![(entry.to_owned(), Class::FINITE)];
        };
        let kinds = [Class::FINITE, Class::PARTICIPLE, Class::GERUND, Class::INFINITIVE];
        endings
            .split('|')
            .zip(kinds)
            .flat_map(|(endings, kind)| {
                endings
                    .split_whitespace()
                    .map(move |ending| (format!("{stem}{ending}"), kind))
            })
            .collect()
    }

    fn add(&mut self, entry: &str, class: Class) {
        if let Some(first) = entry.chars().next().filter(|_| self.order == Order::Unspaced) {
            let longest = self.longest.entry(first).or_default();
            *longest = entry.len().max(*longest);
        }
        let mut words = entry.split('_').map(Box::from);
        let Some(first) = words.next() else { return };
        let rest: Vec<Box<str>> = words.collect();
        if rest.is_empty() {
            *self.words.entry(first).or_default() |= class;
        } else {
            *self.words.entry(first.clone()).or_default() |= Class::PHRASE;
            let phrases = self.phrases.entry(first).or_default();
            match phrases.iter_mut().find(|phrase| phrase.rest == rest) {
                Some(phrase) => phrase.class |= class,
                None => phrases.push(Phrase { rest, class }),
            }
        }
    }

    /// The classes of a word in lower case.
    pub(super) fn class(&self, lower: &str) -> Class {
        if let Some(class) = self.words.get(lower) {
            return *class;
        }
        // A compound is what its last part is: Tageszeitung.
        if let Some(class) = self
            .compounds
            .iter()
            .find(|head| lower.len() > head.len() && lower.ends_with(**head))
            .and_then(|head| self.words.get(*head))
        {
            return *class;
        }
        // A particle that is written together with the next word, as و in Arabic.
        self.prefixes
            .iter()
            .find_map(|prefix| lower.strip_prefix(prefix).and_then(|rest| self.words.get(rest)))
            .copied()
            .unwrap_or_default()
    }

    /// Bytes of the longest known word at the head of a text without spaces, else of its first character.
    pub(super) fn word_at(&self, text: &str) -> usize {
        let Some(first) = text.chars().next() else {
            return 0;
        };
        let longest = self.longest.get(&first).copied().unwrap_or_default();
        let mut end = longest.min(text.len());
        while end > first.len_utf8() {
            if text.get(..end).is_some_and(|word| self.words.contains_key(word)) {
                return end;
            }
            end -= 1;
        }
        first.len_utf8()
    }

    /// Whether the endings of its nouns show the genitive.
    pub(super) fn has_genitive_endings(&self) -> bool {
        !self.genitives.is_empty()
    }

    /// Whether a word in lower case ends as one in the genitive does.
    pub(super) fn ends_as_genitive(&self, lower: &str) -> bool {
        self.genitives.iter().any(|ending| lower.ends_with(ending))
    }

    /// Whether a comma parts a cue from its clause: sagte, dass.
    pub(super) fn comma_clause(&self) -> bool {
        self.comma_clause
    }

    /// Whether every noun begins with a capital.
    pub(super) fn capital_nouns(&self) -> bool {
        self.capital_nouns
    }

    /// Whether a clause of content may follow its cue with nothing between them.
    pub(super) fn bare_clause(&self) -> bool {
        self.bare_clause || self.possessive || self.order == Order::Unspaced
    }

    /// Whether the marked words inside a clause of reported speech are a quotation of their own.
    pub(super) fn fragments(&self) -> bool {
        self.fragments
    }

    /// Whether nothing shows where the source of a preposition ends, so that few words have to do.
    pub(super) fn short_sources(&self) -> bool {
        self.short_sources
    }

    /// Whether the names of bodies stand between quotation marks: клуб «Динамо».
    pub(super) fn marks_names(&self) -> bool {
        self.marks_names
    }

    /// Whether the finite verb stands second and participles last.
    pub(super) fn verb_second(&self) -> bool {
        self.verb_second
    }

    /// Whether an unlisted word is an adverb by its ending.
    pub(super) fn is_adverb(&self, lower: &str) -> bool {
        self.adverb_endings
            .iter()
            .any(|ending| lower.len() > ending.len() + 3 && lower.ends_with(ending))
    }

    /// The longest phrase that begins with `first` and goes on with the words that `next` gives: its length in
    /// words and its classes.
    pub(super) fn phrase(
        &self,
        first: &str,
        mut next: impl FnMut(usize) -> Option<String>,
    ) -> Option<(usize, Class)> {
        let phrases = self.phrases.get(first)?;
        let mut words: Vec<Option<String>> = Vec::new();
        let mut best: Option<(usize, Class)> = None;
        for phrase in phrases {
            let matches = phrase.rest.iter().enumerate().all(|(offset, word)| {
                while words.len() <= offset {
                    let at = words.len() + 1;
                    words.push(next(at));
                }
                words.get(offset).and_then(Option::as_deref) == Some(word.as_ref())
            });
            let length = phrase.rest.len() + 1;
            if matches && best.is_none_or(|(longest, _)| length > longest) {
                best = Some((length, phrase.class));
            }
        }
        best
    }

    /// Whether a full stop after this word does not end a sentence.
    pub(super) fn is_abbreviation(&self, word: &str) -> bool {
        self.abbreviations.contains_key(word)
    }

    /// Whether a full stop after a single capital belongs to it as to an initial.
    pub(super) fn initial_ends_with_stop(&self, word: &str) -> bool {
        word.chars().count() == 1 && word != "I"
    }

    /// The sex that goes with a first name, if it tells one.
    pub(super) fn first_name(&self, lower: &str) -> Class {
        FIRST_NAMES.get(lower).copied().unwrap_or_default()
    }

    /// Whether a word introduces the agent of a passive.
    pub(super) fn is_agent(&self, class: Class) -> bool {
        class.has(Class::AGENT)
    }

    /// Whether a word ties what follows to the noun before it.
    pub(super) fn joins(&self, class: Class) -> bool {
        class.has(Class::JOIN)
    }

    /// How the language writes its marks.
    pub(super) fn style(&self) -> MarkStyle {
        self.style
    }

    /// Where subject and verb stand.
    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// Whether articles and pronouns lose their vowel before the next word: l’homme.
    pub(super) fn elides(&self) -> bool {
        self.elides
    }

    /// Whether ’s is a word of its own.
    pub(super) fn has_possessive(&self) -> bool {
        self.possessive
    }

    /// Whether a dash may open speech.
    pub(super) fn dash_speech(&self) -> bool {
        self.dash_speech
    }
}

/// The forms of an English verb from its base form, or from `base:past:participle`. A phrase inflects its first
/// word.
fn english_forms(entry: &str) -> Vec<(String, Class)> {
    let mut parts = entry.split(':');
    let base = parts.next().unwrap_or_default();
    let (verb, rest) = base
        .split_once('_')
        .map_or((base, ""), |(verb, rest)| (verb, rest));
    let tail = if rest.is_empty() {
        String::new()
    } else {
        format!("_{rest}")
    };
    let doubled = verb.ends_with('+');
    let verb = verb.trim_end_matches('+');
    let last = verb.chars().last().unwrap_or_default();
    let stem = if doubled {
        format!("{verb}{last}")
    } else {
        verb.strip_suffix('e').unwrap_or(verb).to_owned()
    };
    let consonant_y =
        verb.ends_with('y') && !verb.ends_with("ay") && !verb.ends_with("ey") && !verb.ends_with("oy");
    let shortened = verb.strip_suffix('y').unwrap_or(verb);
    let third = if consonant_y {
        format!("{shortened}ies")
    } else if ["s", "sh", "ch", "x", "z", "o"]
        .iter()
        .any(|end| verb.ends_with(end))
    {
        format!("{verb}es")
    } else {
        format!("{verb}s")
    };
    let regular = if consonant_y {
        format!("{shortened}ied")
    } else {
        format!("{stem}ed")
    };
    let past = parts.next().map_or_else(|| regular.clone(), str::to_owned);
    let participle = parts.next().map_or_else(|| past.clone(), str::to_owned);
    let gerund = if verb.ends_with("ee") {
        format!("{verb}ing")
    } else {
        format!("{stem}ing")
    };
    [
        (verb.to_owned(), Class::INFINITIVE | Class::FINITE),
        (third, Class::FINITE),
        (past, Class::FINITE),
        (participle, Class::PARTICIPLE),
        (gerund, Class::GERUND),
    ]
    .into_iter()
    // A form that is written out has its other words already: speak_of:spoke_of.
    .map(|(form, class)| {
        if form.contains('_') {
            (form, class)
        } else {
            (form + &tail, class)
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_verbs_of_speech() {
        for source in &SOURCES {
            let lexicon = source.lexicon();
            let any = lexicon.words.values().any(|class| class.has(Class::SAY))
                || lexicon
                    .phrases
                    .values()
                    .flatten()
                    .any(|phrase| phrase.class.has(Class::SAY));
            assert!(any, "{}", source.language);
        }
    }

    #[test]
    fn english_verbs_inflect() {
        let forms = |entry| {
            english_forms(entry)
                .into_iter()
                .map(|(form, _)| form)
                .collect::<Vec<_>>()
        };
        assert_eq!(forms("deny"), ["deny", "denies", "denied", "denied", "denying"]);
        assert_eq!(forms("say:said"), ["say", "says", "said", "said", "saying"]);
        assert_eq!(
            forms("quip+"),
            ["quip", "quips", "quipped", "quipped", "quipping"]
        );
        assert_eq!(
            forms("call_for"),
            ["call_for", "calls_for", "called_for", "called_for", "calling_for"]
        );
        assert_eq!(
            forms("speak_of:spoke_of:spoken_of"),
            ["speak_of", "speaks_of", "spoke_of", "spoken_of", "speaking_of"]
        );
    }
}
