//! A source's concept made ready for the table: ids by scheme, labels folded.
//!
//! Invariant: pure, one concept at a time, so that many can be made ready at once. Rules of what is a label stand
//! here; what concepts have to do with each other does not.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::fold::{fold, fold_into};
use super::hash::hash_of;
use super::source::Source;
use super::table::form;
use crate::message::TagKind;

/// A gazetteer's own id and the country's: a place that has no more is not known by editors.
const GAZETTEER_IDS: usize = 2;
/// Codes of airports and stations have at most so many letters.
const PLACE_CODE_LETTERS: usize = 4;

/// ISO 3166-1, and behind the hyphen ISO 3166-2.
const COUNTRY_LETTERS: usize = 2;
const REGION_LETTERS_MAX: usize = 3;

/// A concept, ready.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) label: CompactString,
    pub(super) kind: Option<TagKind>,
    pub(super) rank: u8,
    /// By scheme.
    pub(super) ids: Vec<(CompactString, CompactString)>,
    /// The code of the country or region that a place lies in; empty when it is not known.
    pub(super) within: CompactString,
    pub(super) names: Vec<PreparedName>,
}

/// A name of it, folded.
#[derive(Debug)]
pub(super) struct PreparedName {
    pub(super) folded: CompactString,
    pub(super) hash: u64,
    pub(super) form: u8,
    pub(super) language: CompactString,
    /// Whether it is the concept's label.
    pub(super) is_label: bool,
}

impl From<Source> for Prepared {
    fn from(source: Source) -> Self {
        let kind = kind_named(&source.kind);
        let mut ids: Vec<(CompactString, CompactString)> = Vec::with_capacity(source.ids.len());
        for (scheme, value) in ids_by_scheme(&source) {
            match ids.iter_mut().find(|(known, _)| *known == scheme) {
                // A scheme under two names: as a map would have it.
                Some((_, known)) => *known = value,
                None => ids.push((scheme.into(), value)),
            }
        }
        let within = within_of(&source);
        let rank = source.rank.unwrap_or_else(|| rank_of(&ids, kind));
        let gazetteer = source.ids.get("geonames").is_some() && source.ids.len() <= GAZETTEER_IDS;
        let own = source.language.unwrap_or_else(|| CompactString::const_new("en"));
        let mut folded = String::new();
        let mut names = Vec::with_capacity(1 + source.labels.len() + source.weak.len());
        names.extend(name(&source.label, own, 0, &mut folded).map(|name| PreparedName {
            is_label: true,
            ..name
        }));
        for (label, language) in source.labels {
            let language = language.unwrap_or_default();
            if !(gazetteer && language.is_empty() && is_place_code(&label, &source.label)) {
                names.extend(name(&label, language, 0, &mut folded));
            }
        }
        for (label, language) in source.weak {
            names.extend(name(
                &label,
                language.unwrap_or_default(),
                form::WEAK,
                &mut folded,
            ));
        }
        Self {
            label: source.label,
            kind,
            rank,
            ids,
            within,
            names,
        }
    }
}

/// The region or country that a place lies in, by its code: what the source says, or a gazetteer's country.
fn within_of(source: &Source) -> CompactString {
    let country = || source.ids.get("country").unwrap_or_default();
    let code = match source.within.trim() {
        "" => country(),
        within => within,
    };
    let (country, region) = code.split_once('-').unwrap_or((code, "0"));
    let is_code = country.len() == COUNTRY_LETTERS
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=REGION_LETTERS_MAX).contains(&region.len())
        && region
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_code {
        code.into()
    } else {
        CompactString::default()
    }
}

/// Nothing where nothing could find it. `folded` is room that is used again and again.
fn name(label: &str, language: CompactString, form: u8, folded: &mut String) -> Option<PreparedName> {
    fold_into(label, folded);
    (!folded.is_empty() && folded.len() <= usize::from(u16::MAX)).then(|| PreparedName {
        folded: CompactString::from(folded.as_str()),
        hash: hash_of(folded),
        form: form | form_of(label),
        language,
        is_label: false,
    })
}

/// Whether a gazetteer's name for a place is a code of its airport or station: as short as one, and not made of
/// the letters that the words of its name begin with, as NYC is.
fn is_place_code(name: &str, label: &str) -> bool {
    let folded = fold(name);
    if folded == fold(label) || folded.chars().count() > PLACE_CODE_LETTERS || !folded.is_ascii() {
        return false;
    }
    let initials: String = fold(label)
        .split(' ')
        .filter_map(|word| word.chars().next())
        .collect();
    initials.len() < 2 || !initials.starts_with(&folded)
}

/// How a label is written.
fn form_of(label: &str) -> u8 {
    let mut form = 0;
    let letters = || label.chars().filter(|char| char.is_alphabetic());
    let cased = letters().any(|char| char.is_lowercase() || char.is_uppercase());
    if cased && letters().count() <= 6 && letters().all(|char| !char.is_lowercase()) {
        form |= form::ACRONYM;
    }
    if !cased || letters().any(char::is_uppercase) {
        form |= form::CAPITAL;
    }
    if label.chars().any(|char| "äöüøåÄÖÜØÅ".contains(char)) {
        form |= form::UMLAUT;
    }
    form
}

/// The ids that a source gives, by the schemes as records name them.
pub(super) fn ids_of(source: &Source) -> BTreeMap<String, String> {
    ids_by_scheme(source)
        .map(|(scheme, value)| (scheme.to_owned(), value.into_string()))
        .collect()
}

fn ids_by_scheme(source: &Source) -> impl Iterator<Item = (&str, CompactString)> {
    source.ids.iter().filter_map(|(scheme, value)| {
        let value = value.trim();
        let scheme = scheme_named(scheme)?;
        (!value.is_empty()).then(|| (scheme, CompactString::from(value)))
    })
}

/// Whether two concepts contradict each other in no scheme.
pub(super) fn agrees(known: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> bool {
    new.iter()
        .all(|(scheme, value)| known.get(scheme).is_none_or(|known| known == value))
}

fn kind_named(name: &str) -> Option<TagKind> {
    Some(match name {
        "person" => TagKind::Person,
        "place" => TagKind::Place,
        "organisation" | "organization" | "org" => TagKind::Organisation,
        "event" => TagKind::Event,
        "topic" => TagKind::Topic,
        "work" => TagKind::Work,
        _ => return None,
    })
}

/// The scheme as records name it; none for what is no id of the concept itself.
pub(super) fn scheme_named(name: &str) -> Option<&str> {
    match name {
        "qid" => Some("wikidata"),
        "iso" => Some("iso3166"),
        // The country that a city lies in.
        "country" => None,
        _ => Some(name),
    }
}

/// How likely a concept is meant by a name that it shares, for sources that do not say.
fn rank_of(ids: &[(CompactString, CompactString)], kind: Option<TagKind>) -> u8 {
    let id = |wanted: &str| {
        ids.iter()
            .find(|(scheme, _)| scheme == wanted)
            .map(|(_, value)| value)
    };
    if id("iso3166").is_some() {
        200
    } else if let Some(code) = id("medtop") {
        // The first two digits are the branch: the branch itself comes before what hangs on it.
        if code.ends_with("000000") { 158 } else { 150 }
    } else {
        match kind {
            Some(TagKind::Place) => 90,
            None => 80,
            Some(TagKind::Organisation) => 40,
            Some(_) => 100,
        }
    }
}
