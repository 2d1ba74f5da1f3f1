//! Concepts as JSON lines.
//!
//! Invariant: every line is a concept with a label or an error that names its file and line.

use std::cell::Cell;
use std::io::{BufRead, Read};
use std::path::Path;

use super::{At, LABEL_BYTES_MAX, LINE_BYTES_MAX, Place, Sink, Source};
use crate::vocabulary::compile::CompileError;

/// Lines between two words of progress.
const PROGRESS_LINES: u64 = 4096;

pub(super) fn read(
    path: &Path,
    mut reader: Box<dyn BufRead>,
    done: &Cell<u64>,
    sink: &mut dyn Sink,
) -> Result<(), CompileError> {
    let mut text = String::new();
    for line in 1.. {
        let at = At {
            path: path.to_owned(),
            place: Place::Line(line),
        };
        text.clear();
        let read = (&mut reader)
            .take(LINE_BYTES_MAX + 1)
            .read_line(&mut text)
            .map_err(|source| CompileError::Read {
                path: path.to_owned(),
                source,
            })?;
        if read == 0 {
            break;
        }
        if read as u64 > LINE_BYTES_MAX {
            return Err(CompileError::LongLine { at });
        }
        if line.is_multiple_of(PROGRESS_LINES) {
            sink.progress(done.get());
        }
        let text = text.trim_start_matches('\u{FEFF}').trim();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_str::<Source>(text) {
            Ok(source) if source.label.trim().is_empty() || source.label.len() > LABEL_BYTES_MAX => {
                sink.refuse(CompileError::Label { at })?;
            }
            Ok(source) => sink.take(&at, source),
            Err(source) => sink.refuse(CompileError::Line { at, source })?,
        }
    }
    Ok(())
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
