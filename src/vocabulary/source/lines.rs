//! Concepts as JSON lines.
//!
//! Invariant: every line is a concept with a label or an error that names its file and line.

use std::cell::Cell;
use std::io::{BufRead, Read};
use std::path::Path;

use rayon::prelude::*;

use super::{At, LABEL_BYTES_MAX, LINE_BYTES_MAX, Place, Sink, Source};
use crate::vocabulary::compile::CompileError;

/// Lines, and bytes of them, that are parsed at once.
const LINES_AT_ONCE: usize = 4096;
const BYTES_AT_ONCE: usize = 8 << 20;

pub(super) fn read(
    path: &Path,
    mut reader: Box<dyn BufRead>,
    done: &Cell<u64>,
    sink: &mut dyn Sink,
) -> Result<(), CompileError> {
    let mut at = At {
        path: path.to_owned(),
        place: Place::Line(0),
    };
    let mut first = 1;
    let mut lines = Lines::default();
    loop {
        let ended = lines.read(path, &mut reader, first);
        let parsed: Vec<_> = lines
            .ends
            .par_iter()
            .enumerate()
            .map(
                |(number, _)| match lines.get(number).trim_start_matches('\u{FEFF}').trim() {
                    "" => None,
                    text => Some(serde_json::from_str::<Source>(text)),
                },
            )
            .collect();
        for (line, parsed) in (first..).zip(parsed) {
            at.place = Place::Line(line);
            match parsed {
                None => {}
                Some(Ok(source))
                    if source.label.trim().is_empty() || source.label.len() > LABEL_BYTES_MAX =>
                {
                    sink.refuse(CompileError::Label { at: at.clone() })?;
                }
                Some(Ok(source)) => sink.take(&at, source),
                Some(Err(source)) => sink.refuse(CompileError::Line {
                    at: at.clone(),
                    source,
                })?,
            }
        }
        sink.progress(done.get());
        if ended? {
            return Ok(());
        }
        first += lines.ends.len() as u64;
    }
}

/// Some lines, one behind the other.
#[derive(Default)]
struct Lines {
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Lines {
    fn get(&self, number: usize) -> &str {
        let start = match number.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        let end = self.ends.get(number).copied().unwrap_or_default();
        self.text.get(start..end).unwrap_or_default()
    }

    /// Takes the next lines in, the first of them the `first` of the file; whether they are the last. What cannot be
    /// read is told after the lines before it.
    fn read(&mut self, path: &Path, reader: &mut dyn BufRead, first: u64) -> Result<bool, CompileError> {
        self.text.clear();
        self.ends.clear();
        while self.ends.len() < LINES_AT_ONCE && self.text.len() < BYTES_AT_ONCE {
            let read = match (&mut *reader).take(LINE_BYTES_MAX + 1).read_line(&mut self.text) {
                Ok(0) => return Ok(true),
                Ok(read) => read,
                Err(source) => {
                    let path = path.to_owned();
                    return Err(CompileError::Read { path, source });
                }
            };
            if read as u64 > LINE_BYTES_MAX {
                let at = At {
                    path: path.to_owned(),
                    place: Place::Line(first + self.ends.len() as u64),
                };
                return Err(CompileError::LongLine { at });
            }
            self.ends.push(self.text.len());
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::CompileError;
    use crate::vocabulary::compile::Compiling;
    use crate::vocabulary::source::{Options, read};

    fn read_file(name: &str, bytes: &[u8]) -> Result<(), CompileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path, &Options::default(), &mut Compiling::default())
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
    fn bzip2_is_undone_and_a_packed_line_without_end_is_refused() {
        let mut packed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        packed.write_all(b"{\"label\": \"Ghana\"}\n").unwrap();
        read_file("a.jsonl.bz2", &packed.finish().unwrap()).unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&vec![b'a'; 64 << 20]).unwrap();
        let error = read_file("a.jsonl.gz", &packed.finish().unwrap()).unwrap_err();
        assert!(error.to_string().contains("longer than 4194304 bytes"), "{error}");
        let error = read_file("a.jsonl.bz2", b"BZh9and then nothing of the sort").unwrap_err();
        assert!(error.to_string().ends_with("cannot be read"), "{error}");
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
        let error = read_file("own.jsonl.gz", b"\x1F\x8B\x08 and then nothing").unwrap_err();
        assert!(
            error.to_string().ends_with("own.jsonl.gz cannot be read"),
            "{error}"
        );
    }
}
