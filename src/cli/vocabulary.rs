//! `newsmill vocabulary`: compiles vocabularies and looks into them.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::outcome::{finish, print};
use crate::vocabulary::{Hit, Report, Vocabulary, compile, form};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compiles concepts, given as JSON lines (.gz or not), into one file
    Compile {
        /// Where the concepts are: of equal ones the earlier source gives the label
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// Where the compiled vocabulary goes
        #[arg(short, long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Tells which concepts bear a label, the likeliest first
    Lookup {
        /// A compiled vocabulary, laid over the built-in one
        #[arg(long, value_name = "FILE")]
        vocabulary: Option<PathBuf>,
        /// Without the built-in vocabulary
        #[arg(long, requires = "vocabulary")]
        alone: bool,
        /// One JSON object a label and concept
        #[arg(long)]
        json: bool,
        /// The labels
        #[arg(required = true)]
        labels: Vec<String>,
    },
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(match &args.command {
        Command::Compile { sources, out } => compile_to(sources, out),
        Command::Lookup {
            vocabulary,
            alone,
            json,
            labels,
        } => lookup(vocabulary.as_deref(), *alone, *json, labels),
    })
}

fn compile_to(sources: &[PathBuf], out: &Path) -> anyhow::Result<ExitCode> {
    let bar = indicatif::ProgressBar::new(0);
    bar.set_style(indicatif::ProgressStyle::with_template(
        "{wide_bar} {bytes}/{total_bytes} {elapsed}",
    )?);
    let report = compile(sources, out, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    print(&told(&report?)?)?;
    Ok(ExitCode::SUCCESS)
}

/// What a compilation took in and gave, for a person to read.
fn told(report: &Report) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(
        text,
        "version {}: {} concepts ({} merged), {} labels ({} of more than one concept), {} bytes",
        report.version, report.concepts, report.merged, report.labels, report.shared_labels, report.bytes
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
    writeln!(text, "languages: {}", counts(languages))?;
    Ok(text)
}

/// The exit code says whether every label is known.
fn lookup(path: Option<&Path>, alone: bool, json: bool, labels: &[String]) -> anyhow::Result<ExitCode> {
    let vocabulary = match path {
        Some(path) if alone => Vocabulary::load_alone(path),
        Some(path) => Vocabulary::load(path),
        None => Ok(Vocabulary::builtin()),
    }
    .with_context(|| format!("vocabulary {}", path.unwrap_or(Path::new("built in")).display()))?;
    let mut text = String::new();
    let mut all_known = true;
    for label in labels {
        let hits = vocabulary.find(label);
        if hits.is_empty() {
            all_known = false;
            super::outcome::say(&format!("no concept bears {label:?}"));
        }
        for hit in &hits {
            if json {
                writeln!(text, "{}", as_json(&vocabulary, label, hit))?;
            } else {
                write_hit(&mut text, &vocabulary, label, hit)?;
            }
        }
    }
    print(&text)?;
    Ok(if all_known {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(super::outcome::FAILED)
    })
}

fn as_json(vocabulary: &Vocabulary, label: &str, hit: &Hit<'_>) -> serde_json::Value {
    json!({
        "query": label,
        "label": vocabulary.label(hit.concept),
        "kind": hit.kind,
        "ids": vocabulary.ids(hit.concept),
        "rank": hit.rank,
        "alias": !hit.is(form::PRIMARY),
        "weak": hit.is(form::WEAK),
        "languages": hit.languages.split(',').filter(|tag| !tag.is_empty()).collect::<Vec<_>>(),
    })
}

fn write_hit(text: &mut String, vocabulary: &Vocabulary, label: &str, hit: &Hit<'_>) -> std::fmt::Result {
    write!(
        text,
        "{label}\t{}\t{}\trank {}",
        vocabulary.label(hit.concept),
        format!("{:?}", hit.kind).to_lowercase(),
        hit.rank
    )?;
    for (scheme, id) in vocabulary.ids(hit.concept) {
        write!(text, "\t{scheme} {id}")?;
    }
    if hit.is(form::WEAK) {
        write!(text, "\tweak")?;
    }
    writeln!(text)
}
