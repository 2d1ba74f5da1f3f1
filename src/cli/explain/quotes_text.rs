//! `newsmill explain --quotes`: why each quotation is one, and why that speaker, as text for a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::super::text::{first_lines, plain, wrap};
use crate::enrich::quotes::{Candidate, Explained, Told};
use crate::message::{QuoteKind, Via};

const DIM: Style = Style::new().dimmed();
const WORDS: Style = AnsiColor::Green.on_default();
const SPEAKER: Style = AnsiColor::Cyan.on_default().bold();
const REFUSED: Style = AnsiColor::Yellow.on_default();
const LINES: usize = 3;
/// Candidates that are shown; the others have a worse score.
pub(super) const SHOWN: usize = 5;

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
    let kind = kind(told.quote.kind);
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
    row(out, "speaker", &speaker(told), width);
    for candidate in told.candidates.iter().take(SHOWN) {
        row(
            out,
            "",
            &format!("{} {}", plain(&candidate.name), case(candidate)),
            width,
        );
    }
    if let Some(left) = told.candidates.len().checked_sub(SHOWN).filter(|left| *left > 0) {
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

/// How words are quoted, as a word.
pub(super) fn kind(kind: QuoteKind) -> &'static str {
    match kind {
        QuoteKind::Direct => "direct",
        QuoteKind::Mixed => "mixed",
        QuoteKind::Indirect => "indirect",
    }
}

/// Who speaks and how the name was found, in a sentence.
pub(super) fn speaker(told: &Told) -> String {
    let Some(speaker) = &told.quote.speaker else {
        return "nobody is named".to_owned();
    };
    let name = plain(&speaker.name);
    let mention = speaker.mention.as_ref().map(|mention| plain(&mention.text));
    let how = match (speaker.via, mention) {
        (Via::Continuation, _) | (_, None) => "who speaks already".to_owned(),
        (_, Some(mention)) if mention == name => "named here".to_owned(),
        (Via::Name, Some(mention)) => format!("the article's fullest form of “{mention}”"),
        (Via::Pronoun, Some(mention)) if told.candidates.is_empty() => {
            format!("the last speaker before “{mention}”")
        }
        (Via::Pronoun, Some(mention)) => format!("the likeliest of those whom “{mention}” may mean"),
        (Via::Role, Some(mention)) => format!("who has the role of “{mention}”"),
        (Via::Organisation, Some(mention)) => format!("the body that “{mention}” names"),
    };
    format!("{name}: {how}")
}

/// What counts for a candidate, and what it comes to.
pub(super) fn case(candidate: &Candidate) -> String {
    let reasons: Vec<String> = candidate
        .reasons
        .iter()
        .map(|(reason, worth)| format!("{} {worth:+.1}", reason.words()))
        .collect();
    format!("{:+.1} ({})", candidate.score, reasons.join(", "))
}

/// Where the confidence comes from.
pub(super) fn confidence(told: &Told) -> String {
    let found = format!(
        "{:.2}: {:.2} by the way it was found",
        told.quote.confidence, told.trust
    );
    match told.speaker_trust {
        Some(trust) => format!("{found}, times {trust:.2} for the speaker's name"),
        None => found,
    }
}
