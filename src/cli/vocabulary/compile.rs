//! `newsmill vocabulary compile`: sources to one file.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;

use super::Bar;
use super::sources::SourcesArgs;
use crate::cli::outcome::{print, say};
use crate::vocabulary::{self, CompileError, Report};

/// Languages that are told with their labels; the tail has one or two each.
const LANGUAGES_SHOWN: usize = 20;

/// Compiles concepts (JSON lines, CSV, SKOS, a Wikidata dump; .gz, .bz2 or not) into one file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  newsmill vocabulary compile own.csv -o own.nmv
  newsmill vocabulary compile own.csv cptall-en-GB.rdf latest-all.json.bz2 -o own.nmv
  newsmill vocabulary compile --form tsv labels.txt -o own.nmv

Exit codes: 0 written; 1 a source is refused or the file cannot be written, and what stood there stays; 2 wrong usage.")]
pub(super) struct Args {
    #[command(flatten)]
    sources: SourcesArgs,
    /// Where the compiled vocabulary goes
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn compile(args: &Args) -> anyhow::Result<ExitCode> {
    let bar = Bar::new();
    let options = args.sources.options();
    let report = vocabulary::compile(&args.sources.sources, &options, &args.out, &mut |done, total| {
        bar.show(done, total);
    });
    bar.finish();
    let report = report.map_err(|error| match &error {
        // No concept that is wrong, but no JSON at all.
        CompileError::Line { source, .. } if !source.is_data() => anyhow!(
            "{:#}; sources are lines of JSON unless their names or first bytes say otherwise, or --form does",
            anyhow::Error::new(error)
        ),
        _ => error.into(),
    })?;
    if report.passed_over > 0 {
        say(&format!(
            "{} lines were no entities and were passed over",
            report.passed_over
        ));
        for example in &report.passed_over_examples {
            say(&format!("  {example}"));
        }
    }
    print(&told(&report)?)?;
    Ok(ExitCode::SUCCESS)
}

/// What a compilation took in and gave, for a person to read.
fn told(report: &Report) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(
        text,
        "version {}: {} concepts ({} merged), {} labels ({} of more than one concept), {} bytes, {:.1} MiB in memory",
        report.version,
        report.concepts,
        report.merged,
        report.labels,
        report.shared_labels,
        report.bytes,
        report.memory_bytes as f64 / f64::from(1 << 20),
    )?;
    let counts = |pairs: Vec<(String, usize)>| {
        pairs
            .into_iter()
            .map(|(name, count)| format!("{name} {count}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let kinds = report
        .by_kind
        .iter()
        .map(|(kind, count)| (format!("{kind:?}").to_lowercase(), *count))
        .collect();
    writeln!(text, "kinds: {}", counts(kinds))?;
    let mut languages: Vec<(String, usize)> = report
        .by_language
        .iter()
        .map(|(tag, count)| (tag.clone(), *count))
        .collect();
    languages.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let more = languages.len().saturating_sub(LANGUAGES_SHOWN);
    languages.truncate(LANGUAGES_SHOWN);
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    writeln!(text, "labels by language: {}{more}", counts(languages))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_twenty_languages_are_told_and_how_many_more_there_are() {
        let report = Report {
            by_language: (0..312).map(|n| (format!("l{n:03}"), 1000 - n)).collect(),
            ..Report::default()
        };
        let text = told(&report).unwrap();
        assert!(text.contains("l000 1000, l001 999"), "{text}");
        assert!(text.trim_end().ends_with("l019 981 and 292 more"), "{text}");
        let few = Report {
            by_language: [("de".to_owned(), 2)].into(),
            ..Report::default()
        };
        assert!(
            told(&few)
                .unwrap()
                .trim_end()
                .ends_with("labels by language: de 2")
        );
    }
}
