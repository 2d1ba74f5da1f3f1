//! Sources: concepts in the forms that people have them in.
//!
//! Invariant: whatever a file holds, reading it ends in concepts or in an error that names the place; memory is
//! bounded by the longest concept, for SKOS by the file. Deliberately absent: what becomes of a concept, and any
//! look at the network.

mod bounds;
mod ids;
mod lines;
mod rdf;
mod sheet;
mod skos;
mod wikidata;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use compact_str::CompactString;
use serde::Deserialize;

use super::compile::CompileError;
use bounds::Counted;
pub(super) use ids::Ids;
pub use wikidata::Filter as WikidataFilter;

/// Longest line or row that is read, in bytes.
pub(super) const LINE_BYTES_MAX: u64 = 4 << 20;
/// Longest label that is kept, in bytes.
pub(super) const LABEL_BYTES_MAX: usize = 1 << 10;

/// A name and its language. There are millions of them, most of them short.
pub(super) type Name = (CompactString, Option<CompactString>);

/// A concept as a source gives it. Fields that are not listed are the source's own affair.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(super) struct Source {
    pub(super) label: CompactString,
    /// The label's language; English when nothing is said.
    #[serde(default)]
    pub(super) language: Option<CompactString>,
    #[serde(default, rename = "type", alias = "kind")]
    pub(super) kind: CompactString,
    #[serde(default)]
    pub(super) ids: Ids,
    #[serde(default)]
    pub(super) labels: Vec<Name>,
    /// Names that count in keywords only.
    #[serde(default)]
    pub(super) weak: Vec<Name>,
    #[serde(default)]
    pub(super) rank: Option<u8>,
    /// Where a place lies, as ISO 3166 writes it: `GE`, `US-GA`.
    #[serde(default)]
    pub(super) within: CompactString,
    /// Ids of what it is a part or a sort of, as `scheme:value`. Checked for circles, not compiled.
    #[serde(default)]
    pub(super) broader: Vec<String>,
}

/// Where a concept stands in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The source.
    pub path: PathBuf,
    /// Where in it.
    pub place: Place,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line, counted from one.
    Line(u64),
    /// The name of a thing in a graph, which has no order.
    Subject(String),
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Line(line) => write!(f, "{}, line {line}", self.path.display()),
            Place::Subject(name) => write!(f, "{}, {name}", self.path.display()),
        }
    }
}

/// The form of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A concept a line.
    JsonLines,
    /// A table with a header, parted by commas or semicolons.
    Csv,
    /// The same, parted by tabs.
    Tsv,
    /// SKOS in Turtle or N-Triples.
    Turtle,
    /// SKOS in RDF/XML.
    RdfXml,
    /// SKOS in JSON-LD.
    JsonLd,
    /// A dump of Wikidata's entities.
    Wikidata,
}

/// Forms by their names, and by the endings of files that have them.
pub const FORMS: [(&str, Form, &[&str]); 7] = [
    ("jsonl", Form::JsonLines, &["jsonl", "ndjson"]),
    ("csv", Form::Csv, &["csv"]),
    ("tsv", Form::Tsv, &["tsv", "tab"]),
    ("turtle", Form::Turtle, &["ttl", "nt"]),
    ("rdfxml", Form::RdfXml, &["rdf", "xml", "owl", "skos"]),
    ("jsonld", Form::JsonLd, &["jsonld"]),
    ("wikidata", Form::Wikidata, &[]),
];

/// How sources are read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The form of all of them; unsaid, their names and first bytes tell.
    pub form: Option<Form>,
    /// Which entities are taken of a Wikidata dump.
    pub wikidata: WikidataFilter,
}

/// What takes the concepts of sources.
pub(super) trait Sink {
    /// A concept.
    fn take(&mut self, at: &At, source: Source);

    /// Something that is none. Giving the error back ends the reading.
    fn refuse(&mut self, error: CompileError) -> Result<(), CompileError>;

    /// Something that is none, in a source that nobody here can mend.
    fn pass_over(&mut self, error: CompileError);

    /// So many bytes of the file are read.
    fn progress(&mut self, bytes: u64);
}

/// Reads the concepts of one source.
pub(super) fn read(path: &Path, options: &Options, sink: &mut dyn Sink) -> Result<(), CompileError> {
    let failed = |source| CompileError::Read {
        path: path.to_owned(),
        source,
    };
    let counted = Counted::new(File::open(path).map_err(failed)?);
    let done = counted.count();
    let mut reader = unpacked(counted).map_err(failed)?;
    let form = match options.form {
        Some(form) => form,
        None => form_of(path, reader.fill_buf().map_err(failed)?),
    };
    match form {
        Form::JsonLines => lines::read(path, reader, &done, sink),
        Form::Csv => sheet::read(path, reader, None, &done, sink),
        Form::Tsv => sheet::read(path, reader, Some(b'\t'), &done, sink),
        Form::Turtle | Form::RdfXml | Form::JsonLd => rdf::read(path, reader, form, &done, sink),
        Form::Wikidata => wikidata::read(path, reader, &options.wikidata, &done, sink),
    }
}

/// Undoes gzip and bzip2, whatever the name says.
fn unpacked(counted: Counted) -> io::Result<Box<dyn BufRead>> {
    const BUFFER_BYTES: usize = 256 << 10;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, counted);
    let head = reader.fill_buf()?;
    let is_gzip = head.starts_with(b"\x1F\x8B");
    let is_bzip2 = head.starts_with(b"BZh");
    let unpacked: Box<dyn Read> = if is_gzip {
        Box::new(flate2::bufread::MultiGzDecoder::new(reader))
    } else if is_bzip2 {
        Box::new(bzip2::bufread::MultiBzDecoder::new(reader))
    } else {
        return Ok(Box::new(reader));
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)))
}

/// What the name says, and the first bytes where it says too little.
fn form_of(path: &Path, head: &[u8]) -> Form {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let mut endings = name.rsplit('.');
    let mut ending = endings.next().unwrap_or_default();
    if matches!(ending, "gz" | "bz2") {
        ending = endings.next().unwrap_or_default();
    }
    let known = FORMS.iter().find(|(_, _, endings)| endings.contains(&ending));
    if let Some((_, form, _)) = known {
        return *form;
    }
    let head = head.trim_ascii_start();
    if head.starts_with(b"<") {
        Form::RdfXml
    } else if head.starts_with(b"@prefix") || head.starts_with(b"PREFIX") || head.starts_with(b"@base") {
        Form::Turtle
    } else if ending == "json" && is_dump(head) {
        Form::Wikidata
    } else if ending == "json" {
        Form::JsonLd
    } else {
        Form::JsonLines
    }
}

/// A Wikidata dump is an array with an entity a line, and an entity begins with its type.
fn is_dump(head: &[u8]) -> bool {
    let first = head.strip_prefix(b"[").unwrap_or(head).trim_ascii_start();
    first.starts_with(br#"{"type":"item""#) || first.starts_with(br#"{"type":"property""#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_form_and_else_the_first_bytes() {
        let form = |name: &str, head: &str| form_of(Path::new(name), head.as_bytes());
        assert_eq!(form("a.jsonl.gz", "{"), Form::JsonLines);
        assert_eq!(form("a.CSV", "label"), Form::Csv);
        assert_eq!(form("a.tsv.bz2", ""), Form::Tsv);
        assert_eq!(form("cptall-en-GB.rdf", "<?xml"), Form::RdfXml);
        assert_eq!(form("mediatopics", " <?xml"), Form::RdfXml);
        assert_eq!(form("mediatopics", "@prefix skos:"), Form::Turtle);
        assert_eq!(form("cptall.json", "{\"@context\""), Form::JsonLd);
        assert_eq!(
            form("latest-all.json.bz2", "[\n{\"type\":\"item\",\"id\":\"Q31\""),
            Form::Wikidata
        );
        assert_eq!(form("own", "{\"label\""), Form::JsonLines);
    }
}
