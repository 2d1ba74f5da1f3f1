//! Compiling: concepts of several sources become one table.
//!
//! Invariant: the same sources in the same order give the same bytes, whatever the order of their fields.
//! Concepts that share an id of a scheme, and disagree in none, are one concept; the first one's label stays,
//! unless it was of no known kind. Deliberately absent: how a source is written, and any look at the network.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::file;
use super::fold::{fold, squash};
use super::source::{self, At, LABEL_BYTES_MAX, LINE_BYTES_MAX, Options, Sink, Source};
use super::table::{ConceptRecord, IdRecord, LabelRecord, Parts, Text, form, hash_of};
use crate::message::TagKind;

/// A gazetteer's own id and the country's: a place that has no more is not known by editors.
const GAZETTEER_IDS: usize = 2;
/// Codes of airports and stations have at most so many letters.
const PLACE_CODE_LETTERS: usize = 4;

/// What a compilation took in and gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The vocabulary's version.
    pub version: String,
    /// Concepts after equal ones were merged.
    pub concepts: usize,
    /// Concepts that were merged into others.
    pub merged: usize,
    /// Different folded labels of concepts.
    pub labels: usize,
    /// Labels that more than one concept bears.
    pub shared_labels: usize,
    /// Concepts by kind.
    pub by_kind: BTreeMap<TagKind, usize>,
    /// Labels by language.
    pub by_language: BTreeMap<String, usize>,
    /// What was no concept in sources that nobody here can mend.
    pub passed_over: usize,
    /// The first of them, and what is wrong.
    pub passed_over_examples: Vec<String>,
    /// Bytes written.
    pub bytes: u64,
}

/// Why sources cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A source cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// The source.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not a concept.
    #[error("{at}: not a concept")]
    Line {
        /// Where.
        at: At,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line is longer than any concept.
    #[error("{at}: longer than {LINE_BYTES_MAX} bytes")]
    LongLine {
        /// Where.
        at: At,
    },
    /// A concept cannot be shown: its label is missing or no name.
    #[error("{at}: the label is empty or longer than {LABEL_BYTES_MAX} bytes")]
    Label {
        /// Where.
        at: At,
    },
    /// A row or line is not what its form asks for.
    #[error("{at}: {cause}")]
    Form {
        /// Where.
        at: At,
        /// What is wrong.
        cause: String,
    },
    /// A graph cannot be read.
    #[error("{path}: {cause}")]
    Graph {
        /// The source.
        path: PathBuf,
        /// Where in it, and what is wrong.
        cause: String,
    },
    /// More than a file of this form can hold.
    #[error("too many {what} for one vocabulary")]
    TooMany {
        /// Of what.
        what: &'static str,
    },
    /// The result cannot be written.
    #[error("{path} cannot be written")]
    Write {
        /// Where to.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Compiles `sources` into `out`. `progress` hears how many bytes of all are read.
///
/// # Errors
/// See [`CompileError`]. `out` is written last and whole: on an error it stays as it was.
pub fn compile(
    sources: &[PathBuf],
    options: &Options,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, CompileError> {
    let mut compiling = Compiling::default();
    read_all(sources, options, &mut compiling, progress)?;
    let (parts, mut report) = compiling.finish()?;
    let bytes = file::encode(&parts);
    report.bytes = bytes.len() as u64;
    let write = |source| CompileError::Write {
        path: out.to_owned(),
        source,
    };
    // Written beside and renamed, so that a reader never sees half a file.
    let mut beside = out.as_os_str().to_owned();
    beside.push(".part");
    std::fs::write(&beside, &bytes).map_err(write)?;
    std::fs::rename(&beside, out).map_err(write)?;
    Ok(report)
}

/// Reads the sources one after the other.
pub(super) fn read_all<S: Sink>(
    sources: &[PathBuf],
    options: &Options,
    sink: &mut S,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), CompileError> {
    let sizes: Vec<u64> = sources
        .iter()
        .map(|path| std::fs::metadata(path).map_or(0, |meta| meta.len()))
        .collect();
    let total = sizes.iter().sum();
    let mut done = 0;
    for (path, size) in sources.iter().zip(sizes) {
        let mut telling = Telling {
            sink: &mut *sink,
            tell: &mut |read| progress(done + read, total),
        };
        source::read(path, options, &mut telling)?;
        done += size;
        progress(done, total);
    }
    Ok(())
}

/// A sink that tells how far the reading is.
struct Telling<'a, S> {
    sink: &'a mut S,
    tell: &'a mut dyn FnMut(u64),
}

impl<S: Sink> Sink for Telling<'_, S> {
    fn take(&mut self, at: &At, source: Source) {
        self.sink.take(at, source);
    }

    fn refuse(&mut self, error: CompileError) -> Result<(), CompileError> {
        self.sink.refuse(error)
    }

    fn pass_over(&mut self, error: CompileError) {
        self.sink.pass_over(error);
    }

    fn progress(&mut self, bytes: u64) {
        (self.tell)(bytes);
    }
}

/// Takes concepts in and gives up at what is none.
#[derive(Debug, Default)]
pub(super) struct Compiling {
    builder: Builder,
    passed_over: usize,
    examples: Vec<String>,
}

/// Things passed over that are told one by one.
const EXAMPLES_MAX: usize = 5;

impl Compiling {
    fn finish(self) -> Result<(Parts, Report), CompileError> {
        let (parts, report) = self.builder.finish()?;
        let report = Report {
            passed_over: self.passed_over,
            passed_over_examples: self.examples,
            ..report
        };
        Ok((parts, report))
    }
}

impl Sink for Compiling {
    fn take(&mut self, _at: &At, source: Source) {
        self.builder.add(source);
    }

    fn refuse(&mut self, error: CompileError) -> Result<(), CompileError> {
        Err(error)
    }

    fn pass_over(&mut self, error: CompileError) {
        self.passed_over += 1;
        if self.examples.len() < EXAMPLES_MAX {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            self.examples
                .push(format!("{error}{}", cause.unwrap_or_default()));
        }
    }

    fn progress(&mut self, _bytes: u64) {}
}

/// A concept in the making.
#[derive(Debug, Default)]
struct Draft {
    label: String,
    kind: Option<TagKind>,
    rank: u8,
    ids: BTreeMap<String, String>,
    /// Folded label to its form and languages.
    labels: BTreeMap<String, (u8, BTreeSet<String>)>,
}

/// Takes concepts in, gives the parts of a table.
#[derive(Debug, Default)]
pub(super) struct Builder {
    drafts: Vec<Draft>,
    by_id: HashMap<(String, String), usize>,
    merged: usize,
}

impl Builder {
    pub(super) fn add(&mut self, source: Source) {
        let kind = kind_named(&source.kind);
        let ids = ids_of(&source);
        let rank = source.rank.unwrap_or_else(|| rank_of(&ids, kind));
        let same = ids.iter().find_map(|id| {
            let at = *self.by_id.get(&(id.0.clone(), id.1.clone()))?;
            let draft = self.drafts.get(at)?;
            agrees(&draft.ids, &ids).then_some(at)
        });
        let at = same.unwrap_or(self.drafts.len());
        if same.is_some() {
            self.merged += 1;
        } else {
            self.drafts.push(Draft::default());
        }
        for (scheme, value) in &ids {
            self.by_id.entry((scheme.clone(), value.clone())).or_insert(at);
        }
        let Some(draft) = self.drafts.get_mut(at) else {
            return;
        };
        draft.ids.extend(ids);
        draft.rank = draft.rank.max(rank);
        let takes_label = draft.label.is_empty() || (draft.kind.is_none() && kind.is_some());
        if takes_label {
            draft.label.clone_from(&source.label);
        }
        draft.kind = draft.kind.or(kind);
        let language = source.language.as_deref().unwrap_or("en");
        draft.name(
            &source.label,
            language,
            if takes_label { form::PRIMARY } else { 0 },
        );
        let gazetteer = source.ids.contains_key("geonames") && source.ids.len() <= GAZETTEER_IDS;
        for (label, language) in &source.labels {
            let language = language.as_deref().unwrap_or_default();
            if gazetteer && language.is_empty() && is_place_code(label, &source.label) {
                continue;
            }
            draft.name(label, language, 0);
        }
        for (label, language) in &source.weak {
            draft.name(label, language.as_deref().unwrap_or_default(), form::WEAK);
        }
    }

    pub(super) fn finish(self) -> Result<(Parts, Report), CompileError> {
        let mut report = Report {
            merged: self.merged,
            concepts: self.drafts.len(),
            ..Report::default()
        };
        let mut parts = Parts::default();
        let mut arena = Arena::default();
        let mut languages = Interned::default();
        languages.get(&mut parts.languages, "");
        let mut schemes = Interned::default();
        let mut labels = Vec::new();
        for (index, draft) in self.drafts.iter().enumerate() {
            let kind = draft.kind.unwrap_or(TagKind::Other);
            *report.by_kind.entry(kind).or_default() += 1;
            let ids = too_many(parts.ids.len(), "ids")?;
            for (scheme, value) in &draft.ids {
                parts.ids.push(IdRecord {
                    scheme: schemes.get(&mut parts.schemes, scheme),
                    value: arena.add(value)?,
                });
            }
            parts.concepts.push(ConceptRecord {
                label: arena.add(&draft.label)?,
                kind,
                rank: draft.rank,
                ids,
                ids_len: u8::try_from(draft.ids.len()).unwrap_or(u8::MAX),
            });
            let concept = too_many(index, "concepts")?;
            for (folded, (form, tongues)) in &draft.labels {
                for tongue in tongues {
                    *report.by_language.entry(tongue.clone()).or_default() += 1;
                }
                let joined = tongues.iter().map(String::as_str).collect::<Vec<_>>().join(",");
                let record = LabelRecord {
                    text: arena.add(folded)?,
                    concept,
                    languages: languages.get(&mut parts.languages, &joined),
                    form: *form,
                };
                labels.push((hash_of(folded), squash(folded), record));
            }
        }
        labels.sort_by(|a, b| (a.0, &a.1, a.2.concept).cmp(&(b.0, &b.1, b.2.concept)));
        report.labels = labels.len();
        report.shared_labels = labels
            .chunk_by(|a, b| a.1 == b.1)
            .filter(|chunk| {
                chunk.first().map(|label| label.2.concept) != chunk.last().map(|label| label.2.concept)
            })
            .count();
        too_many(labels.len(), "labels")?;
        parts.labels = labels.into_iter().map(|(_, _, record)| record).collect();
        parts.arena = arena.text;
        parts.version = version_of(&parts);
        report.version.clone_from(&parts.version);
        Ok((parts, report))
    }
}

impl Draft {
    fn name(&mut self, label: &str, language: &str, form: u8) {
        let folded = fold(label);
        if folded.is_empty() || folded.len() > usize::from(u16::MAX) {
            return;
        }
        let written = form | form_of(label);
        let (known, languages) = self
            .labels
            .entry(folded)
            .or_insert_with(|| (written, BTreeSet::new()));
        // A name that one source calls weak and another does not is not weak; one that is ever written small is
        // not bound to its capitals.
        let bound = form::WEAK | form::ACRONYM | form::CAPITAL;
        *known = (*known & written & bound) | ((*known | written) & !bound);
        if !language.is_empty() {
            languages.insert(language.to_owned());
        }
    }
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
    source
        .ids
        .iter()
        .filter_map(|(scheme, value)| {
            let value = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            let scheme = scheme_named(scheme)?;
            (!value.is_empty()).then(|| (scheme.to_owned(), value))
        })
        .collect()
}

/// Whether two concepts contradict each other in no scheme.
pub(super) fn agrees(known: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> bool {
    new.iter()
        .all(|(scheme, value)| known.get(scheme).is_none_or(|known| known == value))
}

pub(super) fn kind_named(name: &str) -> Option<TagKind> {
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
fn rank_of(ids: &BTreeMap<String, String>, kind: Option<TagKind>) -> u8 {
    if ids.contains_key("iso3166") {
        200
    } else if let Some(code) = ids.get("medtop") {
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

fn version_of(parts: &Parts) -> String {
    let unversioned = Parts {
        version: String::new(),
        ..parts.clone()
    };
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&file::encode(&unversioned)))
}

fn too_many(count: usize, what: &'static str) -> Result<u32, CompileError> {
    u32::try_from(count).map_err(|_| CompileError::TooMany { what })
}

/// The parts that the lines of a source give.
#[cfg(test)]
pub(super) fn parts_of(lines: &[&str]) -> Parts {
    let mut builder = Builder::default();
    for line in lines {
        builder.add(serde_json::from_str(line).unwrap());
    }
    builder.finish().unwrap().0
}

/// A vocabulary and its report from files of these names and bytes.
#[cfg(test)]
pub(super) fn compiled(files: &[(&str, &[u8])]) -> Result<(super::Vocabulary, Report), CompileError> {
    compiled_with(files, &Options::default())
}

/// The same, read in this way.
#[cfg(test)]
pub(super) fn compiled_with(
    files: &[(&str, &[u8])],
    options: &Options,
) -> Result<(super::Vocabulary, Report), CompileError> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        })
        .collect();
    let out = folder.path().join("out.nmv");
    let report = compile(&paths, options, &out, &mut |_, _| {})?;
    Ok((super::Vocabulary::load_alone(&out).unwrap(), report))
}

/// Texts, each stored once.
#[derive(Debug, Default)]
struct Arena {
    text: String,
    known: HashMap<String, Text>,
}

impl Arena {
    fn add(&mut self, text: &str) -> Result<Text, CompileError> {
        if let Some(known) = self.known.get(text) {
            return Ok(*known);
        }
        let added = Text {
            at: too_many(self.text.len(), "bytes of labels")?,
            len: u16::try_from(text.len()).map_err(|_| CompileError::TooMany {
                what: "bytes in a label",
            })?,
        };
        self.text.push_str(text);
        self.known.insert(text.to_owned(), added);
        Ok(added)
    }
}

/// Short texts by number.
#[derive(Debug, Default)]
struct Interned(HashMap<String, u16>);

impl Interned {
    fn get(&mut self, list: &mut Vec<String>, text: &str) -> u16 {
        if let Some(known) = self.0.get(text) {
            return *known;
        }
        // Beyond what a number can hold the languages of a label are not told: nothing rests on them alone.
        let Ok(number) = u16::try_from(list.len()) else {
            return 0;
        };
        list.push(text.to_owned());
        self.0.insert(text.to_owned(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn build(lines: &[&str]) -> (Vocabulary, Report) {
        let mut builder = Builder::default();
        for line in lines {
            builder.add(serde_json::from_str(line).unwrap());
        }
        let (parts, report) = builder.finish().unwrap();
        (Vocabulary::decode(&file::encode(&parts)).unwrap(), report)
    }

    #[test]
    fn ids_are_kept_as_text_whether_they_were_numbers_or_strings() {
        let (vocabulary, _) = build(&[
            r#"{"label": "Paris", "type": "place", "ids": {"qid": "Q90", "geonames": 2988507, "desk": 7.5}}"#,
        ]);
        let hits = vocabulary.find("paris");
        let ids = vocabulary.ids(hits[0].concept);
        assert_eq!(ids["wikidata"], "Q90");
        assert_eq!(ids["geonames"], "2988507");
        assert_eq!(ids["desk"], "7.5");
    }

    #[test]
    fn concepts_that_share_an_id_are_one_and_those_that_disagree_are_two() {
        let (vocabulary, report) = build(&[
            r#"{"label": "Munich", "type": "place", "ids": {"geonames": 1}}"#,
            r#"{"label": "Munich", "type": "place", "ids": {"geonames": "1", "qid": "Q1726"}}"#,
            r#"{"label": "München", "type": "place", "ids": {"geonames": 1, "qid": "Q2"}}"#,
        ]);
        assert_eq!((report.concepts, report.merged), (2, 1));
        assert_eq!(vocabulary.find("munich").len(), 1);
        assert_eq!(vocabulary.find("münchen").len(), 1);
    }

    #[test]
    fn a_source_that_knows_the_kind_gives_the_label() {
        let (vocabulary, _) = build(&[
            r#"{"label": "russian federation", "type": "entity", "ids": {"qid": "Q159"}}"#,
            r#"{"label": "Russia", "type": "place", "ids": {"qid": "Q159"}}"#,
        ]);
        let hits = vocabulary.find("Russian Federation");
        assert_eq!(vocabulary.label(hits[0].concept), "Russia");
        assert_eq!(hits[0].kind, TagKind::Place);
    }

    #[test]
    fn the_same_sources_give_the_same_bytes() {
        let line = r#"{"label": "Kyiv", "type": "place", "ids": {"qid": "Q1899", "x": 1}, "labels": [["Kiev", "en"], ["Київ", "uk"]]}"#;
        let turned = r#"{"labels": [["Київ", "uk"], ["Kiev", "en"]], "ids": {"x": 1, "qid": "Q1899"}, "type": "place", "label": "Kyiv"}"#;
        assert_eq!(build(&[line]).1.version, build(&[turned]).1.version);
        assert_ne!(
            build(&[line]).1.version,
            build(&[line, line.replace("1899", "2").as_str()]).1.version
        );
    }

    #[test]
    fn codes_of_airports_are_no_names_of_places_and_initials_are() {
        let (vocabulary, _) = build(&[
            r#"{"label": "Sochi", "type": "place", "ids": {"geonames": 1, "country": "RU"}, "labels": [["AER", ""], ["Sotchi", ""]]}"#,
            r#"{"label": "New York City", "type": "place", "ids": {"geonames": 2, "country": "US"}, "labels": [["NYC", ""], ["JFK", ""]]}"#,
            r#"{"label": "Lviv", "type": "place", "ids": {"geonames": 3, "country": "UA"}, "labels": [["Lwów", "pl"]]}"#,
        ]);
        assert!(vocabulary.find("AER").is_empty());
        assert!(vocabulary.find("JFK").is_empty());
        for known in ["Sotchi", "NYC", "Lwow", "Lviv"] {
            assert_eq!(vocabulary.find(known).len(), 1, "{known}");
        }
    }

    #[test]
    fn a_weak_name_that_another_source_gives_plainly_is_not_weak() {
        let (vocabulary, _) = build(&[
            r#"{"label": "Joe Biden", "type": "person", "ids": {"qid": "Q6279"}, "weak": [["Joe", "en"], ["Biden", "en"]]}"#,
            r#"{"label": "Joe Biden", "type": "person", "ids": {"qid": "Q6279"}, "labels": [["Biden", "en"]]}"#,
        ]);
        assert!(vocabulary.find("joe")[0].is(form::WEAK));
        assert!(!vocabulary.find("biden")[0].is(form::WEAK));
    }

    #[test]
    fn a_branch_of_the_media_topics_comes_before_its_leaves() {
        let (vocabulary, _) = build(&[
            r#"{"label": "communities", "type": "topic", "ids": {"medtop": "medtop:20000768"}, "labels": [["Gesellschaft", "de"]]}"#,
            r#"{"label": "society", "type": "topic", "ids": {"medtop": "medtop:14000000"}, "labels": [["Gesellschaft", "de"]]}"#,
        ]);
        assert_eq!(
            vocabulary.label(vocabulary.find("Gesellschaft")[0].concept),
            "society"
        );
    }
}
