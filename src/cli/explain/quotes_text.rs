//! `newsmill explain --quotes`: why each quotation is one, and why that speaker, as text for a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::super::text::{first_lines, plain, wrap};
use crate::enrich::quotes::{Explained, Told};
use crate::pages::words::{CANDIDATES, case, confidence, quote_kind, speaker};

const DIM: Style = Style::new().dimmed();
const WORDS: Style = AnsiColor::Green.on_default();
const SPEAKER: Style = AnsiColor::Cyan.on_default().bold();
const REFUSED: Style = AnsiColor::Yellow.on_default();
const LINES: usize = 3;

/// The whole answer.
pub(super) fn write(explained: &Explained, width: usize) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail, here and below.
    for told in &explained.quotes {
        quote(&mut out, told, width);
    }
    if !explained.refused.is_empty() {
        _ = writeln!(out, "in marks, and no quotation:");
    }
    for refused in &explained.refused {
        let words = first_lines(wrap(&plain(&refused.span.text), width.saturating_sub(4)), 1).join(" ");
        let why = refused.why.words();
        _ = writeln!(out, "  {REFUSED}{words}{REFUSED:#} {DIM}({why}){DIM:#}");
    }
    if explained.quotes.is_empty() && explained.refused.is_empty() {
        out.push_str("no quotation, and nothing in marks\n");
    }
    out
}

fn quote(out: &mut String, told: &Told, width: usize) {
    for line in first_lines(wrap(&plain(&told.quote.text), width), LINES) {
        _ = writeln!(out, "{WORDS}{line}{WORDS:#}");
    }
    let kind = quote_kind(told.quote.kind);
    let cue = told
        .quote
        .cue
        .as_ref()
        .map(|cue| format!(", by “{}”", plain(&cue.text)));
    row(
        out,
        "quotation",
        &format!("{kind}: {}{}", told.because, cue.unwrap_or_default()),
        width,
    );
    row(out, "speaker", &plain(&speaker(told)), width);
    for candidate in told.candidates.iter().take(CANDIDATES) {
        row(
            out,
            "",
            &format!("{} {}", plain(&candidate.name), case(candidate)),
            width,
        );
    }
    if let Some(left) = told
        .candidates
        .len()
        .checked_sub(CANDIDATES)
        .filter(|left| *left > 0)
    {
        row(out, "", &format!("and {left} with less"), width);
    }
    row(out, "confidence", &confidence(told), width);
    out.push('\n');
}

fn row(out: &mut String, name: &str, value: &str, width: usize) {
    for (at, line) in wrap(value, width.saturating_sub(14)).iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        let style = if name == "speaker" { SPEAKER } else { Style::new() };
        _ = writeln!(out, "  {DIM}{name:<10}{DIM:#}  {style}{line}{style:#}");
    }
}
