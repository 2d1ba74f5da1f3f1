//! An enriched record for a person to read: what it is, how it begins, who said what, what it is about.
//!
//! The text holds colours; whoever prints it leaves them out where there is no terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::text::{first_lines, plain, wrap};
use crate::message::{EnrichedRecord, Quote, QuoteKind, RemovedReason, Tag, Via};
use crate::pages::words;

const TITLE: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const HEAD: Style = AnsiColor::Blue.on_default().bold();
const SPEAKER: Style = AnsiColor::Cyan.on_default().bold();
const WORDS: Style = AnsiColor::Green.on_default();
const NOBODY: Style = AnsiColor::Yellow.on_default();

const WIDTH_MAX: usize = 100;
const PARAGRAPH_LINES: usize = 4;
const QUOTE_LINES: usize = 4;
/// Where the contents of a section begin.
const INDENT: usize = 4;

/// Columns to write in: the terminal's, within reason.
pub(crate) fn width() -> usize {
    let columns = terminal_size::terminal_size().map_or(WIDTH_MAX, |(width, _)| usize::from(width.0));
    columns.clamp(40, WIDTH_MAX)
}

/// The record as text with colours, ending in an empty line.
pub(crate) fn record(record: &EnrichedRecord, width: usize) -> String {
    let mut page = Page {
        out: String::new(),
        width,
    };
    page.heading(record);
    page.opening(record);
    page.quotes(&record.quotes);
    page.tags(&record.tags);
    page.removed(record);
    for warning in &record.enrichment.warnings {
        page.line(2, NOBODY, &plain(&format!("! {warning}")));
    }
    page.out
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    // Writing to a string cannot fail, here and below.

    fn line(&mut self, indent: usize, style: Style, text: &str) {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            _ = writeln!(self.out, "{:indent$}{style}{line}{style:#}", "");
        }
    }

    fn section(&mut self, name: &str, count: usize) {
        _ = writeln!(self.out, "\n  {HEAD}{name}{HEAD:#} {DIM}{count}{DIM:#}");
    }

    fn heading(&mut self, record: &EnrichedRecord) {
        let title = record.title.as_deref().unwrap_or("(no title)");
        _ = writeln!(self.out, "{DIM}{}{DIM:#}", "─".repeat(self.width));
        self.line(0, TITLE, &plain(title));
        let authors = (!record.authors.is_empty()).then(|| format!("by {}", record.authors.join(", ")));
        let facts = [
            record.language.clone(),
            record.published_at.as_deref().map(words::date),
            record.source.clone(),
            authors,
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        self.line(0, DIM, &plain(&facts.join(" · ")));
        let address = record.url.as_ref().unwrap_or(&record.id);
        _ = writeln!(self.out, "{DIM}{}{DIM:#}", plain(address));
    }

    fn opening(&mut self, record: &EnrichedRecord) {
        // Text that was not cleaned begins with its headline, which stands above already.
        let is_title = |paragraph: &&str| record.title.as_deref() == Some(*paragraph);
        let first = record
            .text
            .split("\n\n")
            .find(|paragraph| !is_title(paragraph))
            .unwrap_or_default();
        let lines = first_lines(wrap(&plain(first), self.width.saturating_sub(2)), PARAGRAPH_LINES);
        if !lines.is_empty() {
            self.out.push('\n');
        }
        for line in lines {
            _ = writeln!(self.out, "  {line}");
        }
    }

    fn quotes(&mut self, quotes: &[Quote]) {
        if quotes.is_empty() {
            return;
        }
        self.section("quotes", quotes.len());
        for quote in quotes {
            let (who, style) = match &quote.speaker {
                Some(speaker) => (plain(&speaker.name), SPEAKER),
                None => ("nobody named".to_owned(), NOBODY),
            };
            let mention = quote.speaker.as_ref().and_then(|speaker| {
                let mention = speaker.mention.as_ref()?;
                let says_more = speaker.via != Via::Name && mention.text != speaker.name;
                says_more.then(|| format!(" ({})", plain(&mention.text)))
            });
            let mention = mention.unwrap_or_default();
            let cue = quote
                .cue
                .as_ref()
                .map(|cue| format!(", {}", plain(&cue.text)))
                .unwrap_or_default();
            _ = writeln!(
                self.out,
                "{:INDENT$}{style}{who}{style:#}{DIM}{mention}{DIM:#}{cue}{DIM}{}{DIM:#}:",
                "",
                match quote.kind {
                    QuoteKind::Direct => "",
                    QuoteKind::Mixed => " (in part)",
                    QuoteKind::Indirect => " (indirectly)",
                }
            );
            let words = words(quote);
            let indent = INDENT + 2;
            for line in first_lines(wrap(&words, self.width.saturating_sub(indent)), QUOTE_LINES) {
                _ = writeln!(self.out, "{:indent$}{WORDS}{line}{WORDS:#}", "");
            }
        }
    }

    /// Tags by kind, with the ids that make them canonical; unknown ones last.
    fn tags(&mut self, tags: &[Tag]) {
        if tags.is_empty() {
            return;
        }
        self.section("tags", tags.len());
        let mut groups: BTreeMap<&str, Vec<&Tag>> = BTreeMap::new();
        for tag in tags {
            let group = if tag.ids.is_empty() {
                UNKNOWN
            } else {
                words::tag_kinds(tag.kind)
            };
            groups.entry(group).or_default().push(tag);
        }
        let unknown = groups.remove(UNKNOWN);
        let name_columns = 14;
        let known = groups.into_iter();
        for (name, tags) in known.chain(unknown.map(|tags| (UNKNOWN, tags))) {
            let labels: Vec<String> = tags.iter().map(|tag| labelled(tag)).collect();
            let columns = self.width.saturating_sub(INDENT + name_columns);
            for (at, line) in wrap(&labels.join(", "), columns).into_iter().enumerate() {
                let name = if at == 0 { name } else { "" };
                _ = writeln!(self.out, "{:INDENT$}{DIM}{name:name_columns$}{DIM:#}{line}", "");
            }
        }
    }

    fn removed(&mut self, record: &EnrichedRecord) {
        let mut counts: BTreeMap<RemovedReason, usize> = BTreeMap::new();
        for removed in &record.removed {
            *counts.entry(removed.reason).or_default() += 1;
        }
        let mut counts: Vec<(RemovedReason, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let reasons: Vec<String> = counts
            .iter()
            .map(|(reason, count)| format!("{count} {}", words::reason(*reason)))
            .collect();
        let stats = &record.stats;
        let mut kept = format!("kept {} words in {} sentences", stats.words, stats.sentences);
        if !record.captions.is_empty() {
            let count = record.captions.len();
            _ = write!(kept, " and {count} caption{}", if count == 1 { "" } else { "s" });
        }
        let summary = match reasons.as_slice() {
            [] => kept,
            reasons => format!("{kept}; removed {}: {}", record.removed.len(), reasons.join(", ")),
        };
        self.out.push('\n');
        self.line(2, DIM, &summary);
    }
}

const UNKNOWN: &str = "not known";

/// A label with its ids: `United States (Q30 US)`.
fn labelled(tag: &Tag) -> String {
    let label = plain(&tag.label);
    if tag.ids.is_empty() {
        return label;
    }
    // No-break spaces keep a tag on one line.
    let ids: Vec<String> = tag.ids.values().map(|id| plain(id)).collect();
    format!("{label}\u{a0}({})", ids.join("\u{a0}"))
}

/// Marks that a partly quoted sentence brings along.
const MARKS: [char; 8] = ['"', '“', '”', '„', '«', '»', '「', '』'];

/// A quotation's words in marks, its pieces parted by an ellipsis; indirect speech without marks.
fn words(quote: &Quote) -> String {
    let words = if quote.parts.is_empty() {
        plain(&quote.text)
    } else {
        let parts: Vec<String> = quote.parts.iter().map(|part| plain(&part.text)).collect();
        parts.join(" … ")
    };
    match quote.kind {
        QuoteKind::Mixed if words.contains(MARKS) => words,
        QuoteKind::Direct | QuoteKind::Mixed => format!("“{words}”"),
        QuoteKind::Indirect => words,
    }
}

#[cfg(test)]
mod tests;
