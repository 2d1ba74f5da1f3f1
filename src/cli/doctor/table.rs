//! Findings as a table: what was looked at, what was seen; below a finding what comes of it and what mends it.
//!
//! Commands stand on a line of their own, unbroken, to be copied.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::broker::{Finding, Mend, Report, Verdict};
use crate::cli::text::{plain, wrap};

/// Columns of the verdict and the spaces beside it.
const MARGIN: usize = 8;
/// A subject wider than this has a line of its own.
const SUBJECT_MAX: usize = 34;
const TEXT_MIN: usize = 30;

/// The whole table and a sum below it.
pub(super) fn of(report: &Report, width: usize) -> String {
    let subjects = report
        .findings
        .iter()
        .map(|finding| plain(&finding.subject).width());
    let column = subjects
        .filter(|width| *width <= SUBJECT_MAX)
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    let mut before = "";
    for finding in &report.findings {
        let repeated = before == finding.subject;
        before = &finding.subject;
        row(&mut out, finding, repeated, column, width);
    }
    // Writing to a string cannot fail, here and below.
    _ = writeln!(
        out,
        "\n{} ok, {} not checked, {} to look at, {} that lose or strand messages",
        report.count(Verdict::Ok),
        report.count(Verdict::NotChecked),
        report.count(Verdict::Warn),
        report.count(Verdict::Fail)
    );
    out
}

fn row(out: &mut String, finding: &Finding, repeated: bool, column: usize, width: usize) {
    let (word, style) = match finding.verdict {
        Verdict::Ok => ("ok", AnsiColor::Green.on_default()),
        Verdict::NotChecked => ("-", Style::new().dimmed()),
        Verdict::Warn => ("warn", AnsiColor::Yellow.on_default()),
        Verdict::Fail => ("FAIL", AnsiColor::Red.on_default().bold()),
    };
    let subject = if repeated {
        String::new()
    } else {
        plain(&finding.subject)
    };
    let indent = MARGIN + column + 2;
    let room = width.saturating_sub(indent).max(TEXT_MIN);
    _ = write!(out, "  {style}{word:<4}{style:#}  {subject}");
    let gap = match subject.width() {
        taken if taken <= column => column - taken + 2,
        _ => {
            out.push('\n');
            indent
        }
    };
    _ = write!(out, "{:gap$}", "");
    let mut lines = wrap(&plain(&finding.seen), room).into_iter();
    _ = writeln!(out, "{}", lines.next().unwrap_or_default());
    for line in lines.chain(wrap(&plain(&finding.harm), room)) {
        _ = writeln!(out, "{:indent$}{line}", "");
    }
    for mend in &finding.mend {
        mending(out, mend, indent, room);
    }
}

fn mending(out: &mut String, mend: &Mend, indent: usize, room: usize) {
    let bold = Style::new().bold();
    match mend {
        Mend::Command(command) => {
            let command = plain(command);
            _ = writeln!(out, "{:indent$}$ {bold}{command}{bold:#}", "");
        }
        Mend::Setting(setting) => {
            for (at, line) in wrap(&plain(setting), room.saturating_sub(4)).iter().enumerate() {
                let mark = if at == 0 { "set" } else { "" };
                _ = writeln!(out, "{:indent$}{mark:<4}{line}", "");
            }
        }
        Mend::Advice(advice) => {
            for (at, line) in wrap(&plain(advice), room.saturating_sub(2)).iter().enumerate() {
                let mark = if at == 0 { "→" } else { " " };
                _ = writeln!(out, "{:indent$}{mark} {line}", "");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_in_one_piece_and_a_name_cannot_drive_the_terminal() {
        let finding = Finding {
            check: "queue",
            subject: "queue `a\u{1b}[31m`".to_owned(),
            verdict: Verdict::Fail,
            seen: "words ".repeat(40),
            harm: "it is lost".to_owned(),
            mend: vec![Mend::Command("rabbitmqctl ".repeat(30))],
        };
        let table = of(
            &Report {
                findings: vec![finding],
            },
            80,
        );
        let table = anstream::adapter::strip_str(&table).to_string();
        assert!(
            table.contains(&"rabbitmqctl ".repeat(30).trim_end().to_owned()),
            "{table}"
        );
        assert!(!table.contains('\u{1b}'), "{table}");
        for line in table.lines().filter(|line| !line.contains('$')) {
            assert!(line.width() <= 80, "{line}");
        }
    }
}
