//! Concepts as rows of a table (CSV, TSV) whose header names the columns.
//!
//! Invariant: columns are known by their names alone, in any order; a row is a concept with a label or an error that
//! names its line; memory is bounded by the longest row.

use std::cell::Cell;
use std::io::BufRead;
use std::path::Path;
use std::rc::Rc;

use compact_str::CompactString;
use csv::{ReaderBuilder, StringRecord};

use super::bounds::Bounded;
use super::{At, LABEL_BYTES_MAX, LINE_BYTES_MAX, Place, Sink, Source};
use crate::vocabulary::compile::CompileError;

/// Parts one name from the next in a cell.
const NAMES_PARTED_BY: char = '|';
/// Columns that are ids without being called `id:…`.
const ID_COLUMNS: [&str; 9] = [
    "wikidata", "qid", "iso", "iso3166", "geonames", "medtop", "viaf", "gnd", "uri",
];
/// What the reader may hold beyond a row.
const BUFFER_BYTES: u64 = 1 << 20;
/// Rows between two words of progress.
const PROGRESS_ROWS: u64 = 4096;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Label,
    Language,
    Kind,
    Rank,
    Names(Option<String>),
    Weak(Option<String>),
    Id(String),
    Within,
    Broader,
    /// The sheet's own affair.
    Other,
}

pub(super) fn read(
    path: &Path,
    mut reader: Box<dyn BufRead>,
    delimiter: Option<u8>,
    done: &Cell<u64>,
    sink: &mut dyn Sink,
) -> Result<(), CompileError> {
    let failed = |source| CompileError::Read {
        path: path.to_owned(),
        source,
    };
    let delimiter = match delimiter {
        Some(delimiter) => delimiter,
        None => delimiter_of(reader.fill_buf().map_err(failed)?),
    };
    let passed: Rc<Cell<u64>> = Rc::default();
    let bounded = Bounded::new(
        reader,
        Rc::clone(&passed),
        LINE_BYTES_MAX + BUFFER_BYTES,
        "a row (an open quote?)",
    );
    let mut rows = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(bounded);
    let at = |line| At {
        path: path.to_owned(),
        place: Place::Line(line),
    };
    let refused = |line, cause: String| CompileError::Form { at: at(line), cause };
    let columns: Vec<Column> = match rows.headers() {
        Ok(names) => names.iter().map(column_of).collect(),
        Err(error) => return Err(refused(1, error.to_string())),
    };
    if !columns.contains(&Column::Label) {
        return Err(refused(1, "the header names no column label".to_owned()));
    }
    let mut row = StringRecord::new();
    for number in 0u64.. {
        passed.set(0);
        if number.is_multiple_of(PROGRESS_ROWS) {
            sink.progress(done.get());
        }
        let line = rows.position().line();
        match rows.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) if error.is_io_error() => return Err(refused(line, error.to_string())),
            Err(error) => {
                sink.refuse(refused(line, error.to_string()))?;
                continue;
            }
        }
        let line = row.position().map_or(line, csv::Position::line);
        match concept_of(&row, &columns) {
            Ok(source) if source.label.is_empty() || source.label.len() > LABEL_BYTES_MAX => {
                sink.refuse(CompileError::Label { at: at(line) })?;
            }
            Ok(source) => sink.take(&at(line), source),
            Err(cause) => sink.refuse(refused(line, cause))?,
        }
    }
    Ok(())
}

/// Spreadsheets of half the world part by semicolons.
fn delimiter_of(head: &[u8]) -> u8 {
    let header = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}

fn column_of(name: &str) -> Column {
    let name = name.trim_start_matches('\u{FEFF}').trim();
    let (word, rest) = match name.split_once(':') {
        Some((word, rest)) => (word, Some(rest.trim().to_owned()).filter(|rest| !rest.is_empty())),
        None => (name, None),
    };
    let word = word.trim().to_lowercase();
    match (word.as_str(), rest) {
        ("label", None) => Column::Label,
        ("language", None) => Column::Language,
        ("type" | "kind", None) => Column::Kind,
        ("rank", None) => Column::Rank,
        ("labels" | "names" | "aliases", language) => Column::Names(language),
        ("weak", language) => Column::Weak(language),
        ("within", None) => Column::Within,
        ("broader", None) => Column::Broader,
        ("id", Some(scheme)) => Column::Id(scheme),
        (scheme, None) if ID_COLUMNS.contains(&scheme) => Column::Id(scheme.to_owned()),
        _ => Column::Other,
    }
}

fn concept_of(row: &StringRecord, columns: &[Column]) -> Result<Source, String> {
    let mut source = Source::default();
    for (cell, column) in row.iter().zip(columns) {
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        let names = |language: &Option<String>| {
            let names = cell
                .split(NAMES_PARTED_BY)
                .map(str::trim)
                .filter(|name| !name.is_empty());
            names
                .map(|name| (name.into(), language.as_deref().map(CompactString::from)))
                .collect::<Vec<_>>()
        };
        match column {
            Column::Label => source.label = cell.into(),
            Column::Language => source.language = Some(cell.into()),
            Column::Kind => source.kind = cell.to_lowercase().into(),
            Column::Rank => {
                let rank = cell
                    .parse()
                    .map_err(|_| format!("rank {cell:?} is not between 0 and 255"))?;
                source.rank = Some(rank);
            }
            Column::Names(language) => source.labels.extend(names(language)),
            Column::Weak(language) => source.weak.extend(names(language)),
            Column::Id(scheme) => source.ids.insert(scheme.as_str(), cell),
            Column::Within => source.within = cell.into(),
            Column::Broader => source
                .broader
                .extend(names(&None).into_iter().map(|(id, _)| id.into_string())),
            Column::Other => {}
        }
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::compile::{CompileError, Report, compiled};

    fn read(name: &str, text: &str) -> Result<(crate::vocabulary::Vocabulary, Report), CompileError> {
        compiled(&[(name, text.as_bytes())])
    }

    #[test]
    fn columns_are_known_by_their_names_whatever_parts_them() {
        let comma = "Label,type,labels:de,aliases,weak:en,wikidata,id:desk,note,rank\n\
            \"Ansgar, Port\",Place,Ansgarhafen | Sankt Ansgar,PA,Ansgar,Q1,7,x,120\n";
        let semicolon = comma
            .replace("\"Ansgar, Port\"", "Ansgar~ Port")
            .replace(',', ";")
            .replace('~', ",");
        let tab = comma
            .replace("\"Ansgar, Port\"", "Ansgar~ Port")
            .replace(',', "\t")
            .replace('~', ",");
        for (name, text) in [("a.csv", comma.to_owned()), ("b.csv", semicolon), ("c.tsv", tab)] {
            let (vocabulary, _) = read(name, &format!("\u{FEFF}{text}")).unwrap();
            for label in ["Ansgar, Port", "Sankt Ansgar", "PA", "ansgar"] {
                let hits = vocabulary.find(label);
                assert_eq!(hits.len(), 1, "{name} {label}");
                let ids = vocabulary.ids(hits[0].concept);
                assert_eq!(
                    (ids["wikidata"].as_str(), ids["desk"].as_str()),
                    ("Q1", "7"),
                    "{name}"
                );
                assert_eq!(hits[0].rank, 120);
            }
            assert!(vocabulary.find("Ansgarhafen")[0].in_language("de"));
        }
    }

    #[test]
    fn an_error_names_the_line_and_what_is_wrong() {
        let told = |text: &str| read("a.csv", text).unwrap_err().to_string();
        assert!(told("name,type\nx,place\n").contains("line 1: the header names no column label"));
        assert!(told("label,rank\nGhana,3\nMali,many\n").contains("line 3: rank \"many\""));
        assert!(told("label,rank\n,3\n").contains("line 2: the label is empty"));
        let open = format!("label\n\"{}", "never closed, ".repeat(1 << 20));
        assert!(told(&open).contains("longer than"), "{}", told(&open));
    }
}
