//! Compiling: concepts as JSON lines become one table.
//!
//! Invariant: the same sources in the same order give the same bytes, whatever the order of their fields.
//! Concepts that share an id of a scheme, and disagree in none, are one concept; the first one's label stays,
//! unless it was of no known kind. Deliberately absent: other source formats, and any look at the network.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::file;
use super::fold::{fold, squash};
use super::table::{ConceptRecord, IdRecord, LabelRecord, Parts, Text, form, hash_of};
use crate::message::TagKind;

/// Longest line that is read, in bytes.
const LINE_BYTES_MAX: u64 = 4 << 20;

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
    #[error("{path}, line {line}: not a concept")]
    Line {
        /// The source.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line is longer than any concept.
    #[error("{path}, line {line}: longer than {LINE_BYTES_MAX} bytes")]
    LongLine {
        /// The source.
        path: PathBuf,
        /// Counted from one.
        line: usize,
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

/// A concept as a source gives it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Source {
    pub(super) label: String,
    #[serde(default, rename = "type", alias = "kind")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) ids: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) labels: Vec<(String, Option<String>)>,
    /// Names that count in keywords only.
    #[serde(default)]
    pub(super) weak: Vec<(String, Option<String>)>,
    #[serde(default)]
    pub(super) rank: Option<u8>,
}

/// Compiles `sources` (JSON lines, gzip by the name's ending) into `out`. `progress` hears how many bytes of all
/// are read.
///
/// # Errors
/// See [`CompileError`]. `out` is written last and whole: on an error it stays as it was.
pub fn compile(
    sources: &[PathBuf],
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, CompileError> {
    let mut builder = Builder::default();
    let sizes: Vec<u64> = sources
        .iter()
        .map(|path| std::fs::metadata(path).map_or(0, |meta| meta.len()))
        .collect();
    let total = sizes.iter().sum();
    let mut done = 0;
    for (path, size) in sources.iter().zip(sizes) {
        read(path, &mut builder)?;
        done += size;
        progress(done, total);
    }
    let (parts, mut report) = builder.finish()?;
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

fn read(path: &Path, builder: &mut Builder) -> Result<(), CompileError> {
    let failed = |source| CompileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mut reader: Box<dyn BufRead> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(BufReader::new(
            file,
        ))))
    } else {
        Box::new(BufReader::new(file))
    };
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let read = (&mut reader)
            .take(LINE_BYTES_MAX + 1)
            .read_line(&mut line)
            .map_err(failed)?;
        if read == 0 {
            break;
        }
        if read as u64 > LINE_BYTES_MAX {
            return Err(CompileError::LongLine {
                path: path.to_owned(),
                line: number,
            });
        }
        if line.trim().is_empty() {
            continue;
        }
        let source = serde_json::from_str(&line).map_err(|source| CompileError::Line {
            path: path.to_owned(),
            line: number,
            source,
        })?;
        builder.add(source);
    }
    Ok(())
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
        let ids: BTreeMap<String, String> = source
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
            .collect();
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
        draft.name(&source.label, "en", if takes_label { form::PRIMARY } else { 0 });
        for (label, language) in &source.labels {
            draft.name(label, language.as_deref().unwrap_or_default(), 0);
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

fn agrees(known: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> bool {
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
fn scheme_named(name: &str) -> Option<&str> {
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
    } else if ids.contains_key("medtop") {
        150
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
