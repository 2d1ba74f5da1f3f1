//! Sources: concepts as JSON lines, plain or gzip by the name's ending.
//!
//! Invariant: every line is a concept with a label or an error that names its file and line; memory is bounded by
//! the longest line. Deliberately absent: other source formats, and what becomes of a concept.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::Value;

use super::compile::{Builder, CompileError};

/// Longest line that is read, in bytes.
pub(super) const LINE_BYTES_MAX: u64 = 4 << 20;
/// Longest label that is kept, in bytes.
pub(super) const LABEL_BYTES_MAX: usize = 1 << 10;
/// Lines between two words of progress.
const PROGRESS_LINES: usize = 4096;

/// A concept as a source gives it. Fields that are not listed are the source's own affair.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Source {
    pub(super) label: String,
    #[serde(default, rename = "type", alias = "kind")]
    pub(super) kind: String,
    /// Values are text or numbers.
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

/// Reads the concepts of one source into `builder`. `progress` hears how many bytes of the file are read.
pub(super) fn read(
    path: &Path,
    builder: &mut Builder,
    progress: &mut dyn FnMut(u64),
) -> Result<(), CompileError> {
    let failed = |source| CompileError::Read {
        path: path.to_owned(),
        source,
    };
    let counted = Counted {
        file: File::open(path).map_err(failed)?,
        read: Rc::default(),
    };
    let done = Rc::clone(&counted.read);
    let file = BufReader::new(counted);
    let mut reader: Box<dyn BufRead> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    };
    let mut text = String::new();
    for line in 1.. {
        text.clear();
        let read = (&mut reader)
            .take(LINE_BYTES_MAX + 1)
            .read_line(&mut text)
            .map_err(failed)?;
        if read == 0 {
            break;
        }
        if read as u64 > LINE_BYTES_MAX {
            return Err(CompileError::LongLine {
                path: path.to_owned(),
                line,
            });
        }
        if line % PROGRESS_LINES == 0 {
            progress(done.get());
        }
        if text.trim().is_empty() {
            continue;
        }
        let source: Source = serde_json::from_str(&text).map_err(|source| CompileError::Line {
            path: path.to_owned(),
            line,
            source,
        })?;
        if source.label.trim().is_empty() || source.label.len() > LABEL_BYTES_MAX {
            return Err(CompileError::Label {
                path: path.to_owned(),
                line,
            });
        }
        builder.add(source);
    }
    Ok(())
}

/// A file that counts what is read of it, before it is unpacked.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read_file(name: &str, bytes: &[u8]) -> Result<(), CompileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path, &mut Builder::default(), &mut |_| {})
    }

    #[test]
    fn gzip_and_plain_lines_and_blank_ones_are_read() {
        let lines = b"{\"label\": \"Ghana\"}\n\n{\"label\": \"Mali\", \"own\": [1]}\n";
        read_file("a.jsonl", lines).unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(lines).unwrap();
        read_file("a.jsonl.gz", &packed.finish().unwrap()).unwrap();
    }

    #[test]
    fn an_error_names_the_file_and_the_line() {
        let error = read_file("own.jsonl", b"{\"label\": \"Ghana\"}\n{\"label\": 3}\n").unwrap_err();
        assert!(
            error.to_string().ends_with("own.jsonl, line 2: not a concept"),
            "{error}"
        );
        let error = read_file("own.jsonl", b"{\"label\": \" \"}\n").unwrap_err();
        assert!(
            error.to_string().contains("line 1: the label is empty"),
            "{error}"
        );
        let error = read_file("own.jsonl.gz", b"{}").unwrap_err();
        assert!(
            error.to_string().ends_with("own.jsonl.gz cannot be read"),
            "{error}"
        );
    }
}
