//! Articles from files, folders and stdin: pages, texts, JSON documents and lines of JSON, packed or not.
//!
//! Invariant: one article is held at a time, and none beyond the bound, so that memory stays flat on an endless
//! stdin. A `.json` file alone is read whole, since only its end tells what it is.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::IgnoredAny;
use serde_json::Value;
use walkdir::WalkDir;

use super::outcome::say;

const JSON: &str = "application/json";
const HTML: &str = "text/html";
const TEXT: &str = "text/plain";
/// A `.json` file that is read whole.
const JSON_FILE_BYTES_MAX: u64 = 1 << 30;

/// An article as it was found.
#[derive(Debug)]
pub(crate) struct Item {
    /// Where, for a person: `page.html`, `stdin line 3`.
    pub(crate) place: String,
    /// Its bytes; or why they cannot be read.
    pub(crate) body: io::Result<Vec<u8>>,
    /// None: look at the bytes.
    pub(crate) content_type: Option<&'static str>,
}

/// What takes the articles. It ends the reading by `Break`.
pub(crate) type Sink<'a> = dyn FnMut(Item) -> ControlFlow<()> + 'a;

/// What is to be read.
#[derive(Debug)]
pub(crate) struct Inputs {
    sources: Vec<Source>,
    bytes_max: usize,
    bytes_read: Arc<AtomicU64>,
}

#[derive(Debug, Clone)]
enum Source {
    Stdin,
    File(PathBuf, Form),
    /// A folder without anything to take.
    EmptyFolder(PathBuf),
}

/// What a file's name says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Lines,
    Json,
    Html,
    Text,
    Unknown,
}

/// Endings of names by form; behind them may stand one of [`PACKED`].
const ENDINGS: &[(&str, Form)] = &[
    ("ndjson", Form::Lines),
    ("jsonl", Form::Lines),
    ("json", Form::Json),
    ("jsonld", Form::Json),
    ("html", Form::Html),
    ("htm", Form::Html),
    ("xhtml", Form::Html),
    ("txt", Form::Text),
    ("text", Form::Text),
];
const PACKED: &[&str] = &["gz", "zst"];

impl Inputs {
    /// Files, folders (in the order of their names; what has no known ending is left out) and `-` for stdin,
    /// which is also what no path at all means. No article over `bytes_max` is read whole.
    pub(crate) fn new(paths: &[PathBuf], bytes_max: usize) -> Self {
        let mut sources = Vec::new();
        for path in paths {
            if path.as_os_str() == "-" {
                sources.push(Source::Stdin);
            } else if path.is_dir() {
                let before = sources.len();
                sources.extend(folder(path));
                if sources.len() == before {
                    sources.push(Source::EmptyFolder(path.clone()));
                }
            } else {
                // One that is not there fails when its turn comes.
                sources.push(Source::File(path.clone(), form_of(path)));
            }
        }
        if paths.is_empty() {
            sources.push(Source::Stdin);
        }
        Self {
            sources,
            bytes_max,
            bytes_read: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Bytes of all the files; none if stdin is among them.
    pub(crate) fn bytes_total(&self) -> Option<u64> {
        self.sources
            .iter()
            .map(|source| match source {
                Source::Stdin => None,
                Source::EmptyFolder(_) => Some(0),
                Source::File(path, _) => Some(path.metadata().map_or(0, |metadata| metadata.len())),
            })
            .sum()
    }

    /// Bytes read so far, as they lie in the files.
    pub(crate) fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes_read)
    }

    /// Hands every article to the sink, in order.
    pub(crate) fn read(&self, sink: &mut Sink<'_>) -> ControlFlow<()> {
        self.sources.iter().try_for_each(|source| {
            let (name, form, opened): (_, _, io::Result<Box<dyn Read>>) = match source {
                Source::Stdin => {
                    let stdin = io::stdin().lock();
                    // Somebody forgot the file, or wonders why nothing comes.
                    if stdin.is_terminal() {
                        say("reading from the terminal until Ctrl-D; files and folders can be named instead (--help)");
                    }
                    ("stdin".to_owned(), Form::Unknown, Ok(Box::new(stdin)))
                }
                Source::File(path, form) => {
                    let file = File::open(path).map(|file| Box::new(file) as Box<dyn Read>);
                    (path.display().to_string(), *form, file)
                }
                Source::EmptyFolder(path) => (
                    path.display().to_string(),
                    Form::Unknown,
                    Err(io::Error::other(
                        "no file in it has the ending of an article, such as .html, .txt, .json or .ndjson",
                    )),
                ),
            };
            let whole = |body, content_type| Item {
                place: name.clone(),
                body,
                content_type,
            };
            let reader = opened.and_then(|reader| {
                let read = Arc::clone(&self.bytes_read);
                unpacked(Counting { reader, read })
            });
            let mut reader = match reader {
                Ok(reader) => reader,
                Err(error) => return sink(whole(Err(error), None)),
            };
            let form = match form {
                Form::Unknown => match reader.fill_buf() {
                    Ok(head) => form_by_head(head),
                    Err(error) => return sink(whole(Err(error), None)),
                },
                known => known,
            };
            match form {
                Form::Lines => self.lines(&name, &mut reader, sink),
                Form::Json => {
                    // Stdin has no end to wait for: a document there is bounded like an article.
                    let limit = match source {
                        Source::Stdin => self.bytes_max as u64,
                        Source::File(..) | Source::EmptyFolder(_) => JSON_FILE_BYTES_MAX,
                    };
                    self.document(&name, &mut reader, limit, sink)
                }
                Form::Html => sink(whole(self.whole(reader), Some(HTML))),
                Form::Text => sink(whole(self.whole(reader), Some(TEXT))),
                Form::Unknown => sink(whole(self.whole(reader), None)),
            }
        })
    }

    /// One byte over the bound is read, so that whoever decodes it sees that it is over.
    fn whole(&self, reader: impl Read) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        reader.take(self.bytes_max as u64 + 1).read_to_end(&mut body)?;
        Ok(body)
    }

    fn lines(&self, name: &str, reader: &mut dyn BufRead, sink: &mut Sink<'_>) -> ControlFlow<()> {
        for number in 1usize.. {
            let item = |body| Item {
                place: format!("{name} line {number}"),
                body,
                content_type: Some(JSON),
            };
            match line(reader, self.bytes_max) {
                Ok(None) => break,
                Ok(Some(line)) if line.trim_ascii().is_empty() => {}
                Ok(Some(line)) => sink(item(Ok(line)))?,
                Err(error) => return sink(item(Err(error))),
            }
        }
        ControlFlow::Continue(())
    }

    /// One JSON object, an array of them, or lines of them after all.
    fn document(
        &self,
        name: &str,
        reader: &mut dyn BufRead,
        limit: u64,
        sink: &mut Sink<'_>,
    ) -> ControlFlow<()> {
        let item = |place: String, body| Item {
            place,
            body,
            content_type: Some(JSON),
        };
        let mut bytes = Vec::new();
        if let Err(error) = reader.take(limit).read_to_end(&mut bytes) {
            return sink(item(name.to_owned(), Err(error)));
        }
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(Value::Array(articles)) => {
                for (index, article) in articles.into_iter().enumerate() {
                    sink(item(
                        format!("{name} item {}", index + 1),
                        Ok(article.to_string().into_bytes()),
                    ))?;
                }
                ControlFlow::Continue(())
            }
            Ok(_) => sink(item(name.to_owned(), Ok(bytes))),
            Err(_) if has_a_whole_line(&bytes) => {
                let mut all = BufReader::new(bytes.chain(reader));
                self.lines(name, &mut all, sink)
            }
            Err(_) => sink(item(name.to_owned(), Ok(bytes))),
        }
    }
}

/// Whether any line is a JSON value of its own: then the document is broken as a whole because it is lines.
fn has_a_whole_line(bytes: &[u8]) -> bool {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| line.trim_ascii_start().starts_with(b"{"))
        .any(|line| serde_json::from_slice::<IgnoredAny>(line).is_ok())
}

/// The files of a folder and the folders in it, but for hidden ones.
fn folder(path: &Path) -> Vec<Source> {
    let is_hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    WalkDir::new(path)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !is_hidden(entry))
        .filter_map(|entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => None,
            Ok(entry) => Some(entry.into_path()),
            // A folder that cannot be listed fails when it is opened as a file, with its reason.
            Err(error) => error.path().map(Path::to_owned),
        })
        .map(|path| (form_of(&path), path))
        .filter(|(form, path)| *form != Form::Unknown || path.is_dir())
        .map(|(form, path)| Source::File(path, form))
        .collect()
}

fn form_of(path: &Path) -> Form {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let mut endings = name.rsplit('.');
    let mut ending = endings.next();
    if ending.is_some_and(|ending| PACKED.contains(&ending)) {
        ending = endings.next();
    }
    let known = ENDINGS.iter().find(|(known, _)| Some(*known) == ending);
    known.map_or(Form::Unknown, |(_, form)| *form)
}

/// What the first bytes say: a whole JSON object on the first line means lines of them, a broken one a document
/// over several lines, an array a document. All else is one page or text.
fn form_by_head(head: &[u8]) -> Form {
    let head = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start();
    let (first_line, is_cut) = match memchr::memchr(b'\n', head) {
        Some(end) => (head.get(..end).unwrap_or(head), false),
        None => (head, true),
    };
    let second = first_line.get(1..).unwrap_or_default().trim_ascii_start().first();
    match first_line.first() {
        Some(b'{') if is_cut => Form::Lines,
        Some(b'{') => match serde_json::from_slice::<IgnoredAny>(first_line) {
            Err(error) if error.is_eof() => Form::Json,
            _ => Form::Lines,
        },
        Some(b'[') if matches!(second, Some(b'{' | b']') | None) => Form::Json,
        _ => Form::Unknown,
    }
}

/// The next line without its break; none at the end. Of a line over the bound one byte more than the bound is
/// kept, so that whoever decodes it sees that it is over.
fn line(reader: &mut dyn BufRead, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut is_end = true;
    loop {
        let buffer = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok((!is_end).then_some(line));
        }
        is_end = false;
        let (piece, consumed, is_whole) = match memchr::memchr(b'\n', buffer) {
            Some(end) => (buffer.get(..end).unwrap_or(buffer), end + 1, true),
            None => (buffer, buffer.len(), false),
        };
        let room = (bytes_max + 1).saturating_sub(line.len());
        line.extend_from_slice(piece.get(..room).unwrap_or(piece));
        reader.consume(consumed);
        if is_whole {
            return Ok(Some(line));
        }
    }
}

/// Undoes gzip and zstd, whatever the name says.
fn unpacked(reader: impl Read + 'static) -> io::Result<Box<dyn BufRead>> {
    const BUFFER_BYTES: usize = 128 << 10;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
    let head = reader.fill_buf()?;
    Ok(if head.starts_with(b"\x1F\x8B") {
        Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(reader)))
    } else if head.starts_with(b"\x28\xB5\x2F\xFD") {
        Box::new(BufReader::new(zstd::stream::read::Decoder::with_buffer(reader)?))
    } else {
        Box::new(reader)
    })
}

/// Counts what is read, for the progress bar.
struct Counting<R> {
    reader: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn items(files: &[(&str, &[u8])], bytes_max: usize) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let mut items = Vec::new();
        let flow = Inputs::new(&[folder.path().to_owned()], bytes_max).read(&mut |item| {
            let place = item.place.rsplit('/').next().unwrap().to_owned();
            items.push((place, String::from_utf8(item.body.unwrap()).unwrap()));
            ControlFlow::Continue(())
        });
        assert!(flow.is_continue());
        items
    }

    fn places(items: &[(String, String)]) -> Vec<&str> {
        items.iter().map(|(place, _)| place.as_str()).collect()
    }

    #[test]
    fn a_folder_gives_its_articles_in_order_and_leaves_out_the_rest() {
        let items = items(
            &[
                ("b.ndjson", b"{\"a\":1}\n\n{\"a\":2}"),
                ("a.html", b"<p>"),
                ("c.json", b"[{\"a\":3},\n{\"a\":4}]"),
                ("d.json", b"{\n\"a\":5}"),
                ("e.json", b"{\"a\":6}\n{\"a\":7}\n"),
                ("README.md", b"no"),
                (".hidden.html", b"no"),
            ],
            100,
        );
        let expected = [
            "a.html",
            "b.ndjson line 1",
            "b.ndjson line 3",
            "c.json item 1",
            "c.json item 2",
            "d.json",
            "e.json line 1",
            "e.json line 2",
        ];
        assert_eq!(places(&items), expected);
    }

    #[test]
    fn packed_files_are_unpacked() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"{\"a\":1}\n{\"a\":2}\n").unwrap();
        let zstd = zstd::encode_all(b"<p>".as_slice(), 1).unwrap();
        let items = items(
            &[("a.ndjson.gz", &gzip.finish().unwrap()), ("b.html.zst", &zstd)],
            100,
        );
        assert_eq!(
            places(&items),
            ["a.ndjson.gz line 1", "a.ndjson.gz line 2", "b.html.zst"]
        );
        assert_eq!(items.last().unwrap().1, "<p>");
    }

    #[test]
    fn a_line_over_the_bound_is_cut_and_the_next_one_is_whole() {
        let items = items(&[("a.ndjson", b"{\"long\":\"xxxxxxxxxxxxxxx\"}\n{\"a\":1}\n")], 8);
        assert_eq!(items.first().unwrap().1.len(), 9);
        assert_eq!(items.last().unwrap().1, "{\"a\":1}");
    }

    #[test]
    fn the_first_bytes_of_a_stream_tell_what_it_is() {
        assert_eq!(form_by_head(b"{\"a\":1}\n{\"a\":2}"), Form::Lines);
        assert_eq!(form_by_head(b"{broken}\n{\"a\":2}"), Form::Lines);
        assert_eq!(form_by_head(b"\xEF\xBB\xBF{\n  \"a\": 1"), Form::Json);
        assert_eq!(form_by_head(b"[\n{"), Form::Json);
        assert_eq!(form_by_head(b"[an error occurred] text"), Form::Unknown);
        assert_eq!(form_by_head(b"<html>"), Form::Unknown);
    }
}
