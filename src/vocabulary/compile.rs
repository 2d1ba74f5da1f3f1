//! Compiling: sources become one file.
//!
//! Invariant: the same sources in the same order give the same bytes, whatever the order of their fields; the file is
//! written last and whole. Deliberately absent: how a source is written, and what becomes of a concept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::build::Builder;
use super::draft::Prepared;
use super::file;
use super::source::{self, At, LABEL_BYTES_MAX, LINE_BYTES_MAX, Options, Sink, Source};
use super::table::Table;
use crate::message::TagKind;

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
    /// Bytes of memory that it takes when it is loaded.
    pub memory_bytes: u64,
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
    let (mut table, mut report) = compiling.finish()?;
    let bytes = file::seal(&mut table);
    report.version.clone_from(&table.version);
    report.memory_bytes = table.bytes() as u64;
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
    /// Waits to be prepared with others, on all cores.
    pending: Vec<Source>,
    passed_over: usize,
    examples: Vec<String>,
}

/// Concepts that are prepared at once.
const BATCH: usize = 4096;
/// Things passed over that are told one by one.
const EXAMPLES_MAX: usize = 5;

impl Compiling {
    fn flush(&mut self) {
        let prepared: Vec<Prepared> = self.pending.par_drain(..).map(Prepared::from).collect();
        prepared.into_iter().for_each(|concept| self.builder.add(concept));
    }

    fn finish(mut self) -> Result<(Table, Report), CompileError> {
        self.flush();
        let (table, report) = self.builder.finish()?;
        let report = Report {
            passed_over: self.passed_over,
            passed_over_examples: self.examples,
            ..report
        };
        Ok((table, report))
    }
}

impl Sink for Compiling {
    fn take(&mut self, _at: &At, source: Source) {
        self.pending.push(source);
        if self.pending.len() >= BATCH {
            self.flush();
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{Vocabulary, form};

    fn build(lines: &[&str]) -> (Vocabulary, Report) {
        compiled(&[("own.jsonl", lines.join("\n").as_bytes())]).unwrap()
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
