//! `newsmill vocabulary check`: what an editor should mend in sources.

use std::fmt::Write;
use std::process::ExitCode;

use serde_json::json;

use super::Bar;
use super::sources::SourcesArgs;
use crate::cli::outcome::{FAILED, print, say};
use crate::vocabulary::{self, Finding, Severity};

/// Tells what an editor should mend in sources before they are compiled
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Errors: bad-line, bad-label, long-label, unreachable-label, id-of-two, broader-circle, broader-unreadable.
Warnings: duplicate, shared-label, tied-label, hidden-concept, common-word, short-label, number-label, broader-missing, \
passed-over.
What each means: docs/vocabulary.md.

Exit codes: 0 no error; 1 errors were found, or a source cannot be read; 2 wrong usage.")]
pub(super) struct Args {
    #[command(flatten)]
    sources: SourcesArgs,
    /// One JSON object a finding, all of them
    #[arg(long)]
    json: bool,
    /// Findings shown of each check; 0: all
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "json")]
    limit: usize,
}

pub(super) fn check(args: &Args) -> anyhow::Result<ExitCode> {
    let bar = Bar::new();
    let findings = vocabulary::check(
        &args.sources.sources,
        &args.sources.options(),
        &mut |done, total| {
            bar.show(done, total);
        },
    );
    bar.finish();
    let findings = findings?;
    print(&if args.json {
        lines(&findings)
    } else {
        told(&findings, args.limit)?
    })?;
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    say(&format!("{errors} errors, {} warnings", findings.len() - errors));
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

fn named(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn lines(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        json!({
            "check": finding.check,
            "severity": named(finding.severity),
            "message": finding.message,
            "place": finding.place,
            "label": finding.label,
            "concepts": finding.concepts,
        })
    };
    findings
        .iter()
        .map(|finding| format!("{}\n", line(finding)))
        .collect()
}

fn told(findings: &[Finding], limit: usize) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for alike in findings.chunk_by(|one, next| one.check == next.check) {
        let shown = if limit == 0 { alike.len() } else { limit };
        for finding in alike.iter().take(shown) {
            write!(text, "{} {}: ", named(finding.severity), finding.check)?;
            if let Some(place) = &finding.place {
                write!(text, "{place}: ")?;
            }
            if let (Some(label), true) = (&finding.label, finding.place.is_some()) {
                write!(text, "{label}: ")?;
            }
            writeln!(text, "{}", finding.message)?;
        }
        if let Some(first) = alike.first().filter(|_| alike.len() > shown) {
            writeln!(text, "… and {} more of {}", alike.len() - shown, first.check)?;
        }
    }
    Ok(text)
}
