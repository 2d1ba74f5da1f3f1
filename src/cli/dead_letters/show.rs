//! `newsmill dead-letters show`: one letter, all of it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr;

use super::super::outcome::{FAILED, STDOUT, print, say};
use super::super::show::width;
use super::super::text::{cut, first_lines, plain, wrap};
use super::age;
use super::walk::Walk;
use super::which::{LookArgs, WhichArgs};
use crate::broker::{CauseBy, Letter};
use crate::config::Config;

const HEAD: Style = AnsiColor::Blue.on_default().bold();
const DIM: Style = Style::new().dimmed();
const NAME_COLUMNS: usize = 12;
const VALUE_LINES: usize = 6;
const BODY_LINES: usize = 24;
const DUMP_BYTES: usize = 256;

/// Shows one letter
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Shows one letter: why it failed, where it came from, its properties, its headers, the beginning of its \
        body. The first that is meant, or the one that --nth counts to.",
    after_help = "Examples:
  newsmill dead-letters show message-17
  newsmill dead-letters show --cause panicked --nth 2
  newsmill dead-letters show message-17 --body > page.html && newsmill enrich page.html --show
  newsmill dead-letters show message-17 --json            as one line of `export`

Exit codes: 0 shown; 1 there is no such letter, or it failed; 2 wrong usage or configuration."
)]
pub(super) struct Args {
    /// The message's id or the article's
    #[arg(value_name = "ID", conflicts_with = "id")]
    letter: Option<String>,
    /// The Nth of the letters that are meant, in the order of the queue
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "limit")]
    nth: u64,
    /// Write one line of JSON, as `export` does
    #[arg(long, conflicts_with = "body")]
    json: bool,
    /// Write the body alone, byte by byte
    #[arg(long)]
    body: bool,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    pub(super) look: LookArgs,
}

pub(super) async fn show(args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let now = Timestamp::now();
    let mut filter = args.which.filter(now);
    filter.ids.extend(args.letter.clone());
    let mut walk = Walk::begin(config, &args.look, filter, Some(args.nth)).await?;
    let (mut found, mut count) = (None, 0);
    while let Some(letters) = walk.page().await? {
        count += letters.len() as u64;
        if count == args.nth {
            found = letters.last().map(|held| held.letter.clone());
        }
        walk.keep(letters).await?;
    }
    // Nothing is held any more when somebody begins to read.
    let looked = walk.end().await;
    let Some(letter) = found else {
        looked.say();
        say(&format!(
            "there is no such letter: {} of {} that were looked at are meant; `newsmill dead-letters list` shows which there are",
            looked.matched, looked.seen
        ));
        return Ok(ExitCode::from(FAILED));
    };
    if args.body {
        let mut out = std::io::stdout().lock();
        out.write_all(&letter.body)
            .and_then(|()| out.flush())
            .context(STDOUT)?;
    } else if args.json {
        print(&format!("{}\n", letter.to_json()))?;
    } else {
        print(&page(&letter, now, width()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The letter for a person.
fn page(letter: &Letter, now: Timestamp, width: usize) -> String {
    let mut page = Page {
        out: String::new(),
        width,
    };
    page.cause(letter, now);
    page.values("properties", &letter.properties());
    page.values("headers", &letter.headers());
    page.body(&letter.body);
    page.out
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    // Writing to a string cannot fail, here and below.

    fn row(&mut self, name: &str, columns: usize, text: &str) {
        let name = cut(&plain(name), columns);
        let gap = " ".repeat(columns.saturating_sub(name.width()) + 2);
        let lines = match wrap(&plain(text), self.width.saturating_sub(columns + 4)) {
            lines if lines.is_empty() => vec!["\"\"".to_owned()],
            lines => first_lines(lines, VALUE_LINES),
        };
        for (at, line) in lines.iter().enumerate() {
            if at == 0 {
                _ = writeln!(self.out, "  {DIM}{name}{DIM:#}{gap}{line}");
            } else {
                _ = writeln!(self.out, "  {:columns$}  {line}", "");
            }
        }
    }

    fn cause(&mut self, letter: &Letter, now: Timestamp) {
        let id = letter.message_id.as_deref().or(letter.article_id.as_deref());
        _ = writeln!(self.out, "{HEAD}{}{HEAD:#}", plain(id.unwrap_or("(no id)")));
        match letter.cause.by {
            CauseBy::Stranger => self.row("cause", NAME_COLUMNS, "none: somebody else put it there"),
            CauseBy::Worker | CauseBy::Broker => {
                self.row("cause", NAME_COLUMNS, &letter.cause.kind);
                self.row("stage", NAME_COLUMNS, &letter.cause.stage);
            }
        }
        let time = |at: Option<Timestamp>| at.map(|at| format!("{at} ({} ago)", age::of(Some(at), now)));
        let origin = letter.origin.as_ref().map_or_else(
            || "unknown: replay it with --to-input".to_owned(),
            ToString::to_string,
        );
        let rows = [
            ("error", letter.cause.error.clone()),
            ("failed", time(letter.failed_at)),
            ("first failed", time(letter.first_failed_at)),
            ("attempts", letter.attempts.map(|attempts| attempts.to_string())),
            ("worker", letter.worker.clone()),
            ("source", Some(letter.source.clone())),
            ("article id", letter.article_id.clone()),
            ("url", letter.url.clone()),
            ("came from", Some(origin)),
            (
                "looked at",
                match letter.looks {
                    0 => None,
                    1 => Some("once before".to_owned()),
                    looks => Some(format!("{looks} times before")),
                },
            ),
        ];
        for (name, text) in rows {
            if let Some(text) = text {
                self.row(name, NAME_COLUMNS, &text);
            }
        }
    }

    fn values(&mut self, title: &str, values: &Map<String, Value>) {
        if values.is_empty() {
            return;
        }
        _ = writeln!(self.out, "\n{HEAD}{title}{HEAD:#}");
        let widest = values.keys().map(|name| name.width()).max().unwrap_or(0);
        let columns = widest.clamp(NAME_COLUMNS, self.width / 2);
        for (name, value) in values {
            let value = untyped(value);
            match value {
                Value::String(text) => self.row(name, columns, text),
                other => self.row(name, columns, &other.to_string()),
            }
        }
    }

    fn body(&mut self, body: &[u8]) {
        _ = writeln!(self.out, "\n{HEAD}body{HEAD:#} {DIM}{} bytes{DIM:#}", body.len());
        let (lines, is_cut) = match std::str::from_utf8(body) {
            Ok(text) if !text.contains('\0') => text_lines(text, self.width.saturating_sub(2)),
            _ => (dump(body), body.len() > DUMP_BYTES),
        };
        for line in lines {
            _ = writeln!(self.out, "  {line}");
        }
        if is_cut {
            _ = writeln!(self.out, "  {DIM}more with --body{DIM:#}");
        }
    }
}

/// A header's value without the name of its type, which a person need not see.
fn untyped(value: &Value) -> &Value {
    match value {
        Value::Object(object) if object.len() == 1 => object.values().next().unwrap_or(value),
        value => value,
    }
}

/// The first lines of a text, and whether there are more.
fn text_lines(text: &str, width: usize) -> (Vec<String>, bool) {
    let mut lines = Vec::new();
    let mut rest = text.lines();
    for line in rest.by_ref().filter(|line| !line.trim().is_empty()) {
        // Of a page in one line only what can be shown is worth wrapping.
        let beginning: String = line.chars().take(width * (BODY_LINES + 1)).collect();
        lines.extend(wrap(&plain(&beginning), width));
        if lines.len() > BODY_LINES {
            return (first_lines(lines, BODY_LINES), true);
        }
    }
    (lines, false)
}

/// The first bytes, sixteen a line, with what is ASCII beside them.
fn dump(bytes: &[u8]) -> Vec<String> {
    let shown = bytes.get(..DUMP_BYTES).unwrap_or(bytes);
    shown
        .chunks(16)
        .enumerate()
        .map(|(at, chunk)| {
            let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
            let ascii: String = chunk
                .iter()
                .map(|byte| match byte {
                    b' '..=b'~' => char::from(*byte),
                    _ => '.',
                })
                .collect();
            format!("{:08x}  {:47}  {ascii}", at * 16, hex.join(" "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_cut_and_cannot_drive_the_terminal() {
        let (lines, is_cut) = text_lines("one\u{1b}[2J\n\ntwo", 40);
        assert_eq!(
            (lines, is_cut),
            (vec!["one[2J".to_owned(), "two".to_owned()], false)
        );
        let (lines, is_cut) = text_lines(&"word ".repeat(10_000), 40);
        assert_eq!((lines.len(), is_cut), (BODY_LINES, true));
    }

    #[test]
    fn bytes_that_are_no_text_are_dumped() {
        let lines = dump(b"\x89PNG\r\n\x1a\n\x00\x00 and more");
        assert_eq!(
            lines.first().unwrap(),
            "00000000  89 50 4e 47 0d 0a 1a 0a 00 00 20 61 6e 64 20 6d  .PNG...... and m"
        );
        assert_eq!(dump(&[0; 1000]).len(), 16);
    }
}
