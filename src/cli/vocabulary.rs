//! `newsmill vocabulary`: compiles vocabularies and looks into them.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use crate::vocabulary::{Vocabulary, compile};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compiles concepts, given as JSON lines (.gz or not), into one file
    Compile {
        /// Where the concepts are
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// Where the compiled vocabulary goes
        #[arg(short, long)]
        out: PathBuf,
    },
    /// Tells which concepts bear a label
    Lookup {
        /// A compiled vocabulary, laid over the built-in one
        #[arg(long)]
        vocabulary: Option<PathBuf>,
        /// The labels
        #[arg(required = true)]
        labels: Vec<String>,
    },
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let outcome = match &args.command {
        Command::Compile { sources, out } => compile_to(sources, out),
        Command::Lookup { vocabulary, labels } => lookup(vocabulary.as_ref(), labels),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("newsmill: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn compile_to(sources: &[PathBuf], out: &std::path::Path) -> anyhow::Result<()> {
    let bar = indicatif::ProgressBar::new(0);
    bar.set_style(indicatif::ProgressStyle::with_template(
        "{wide_bar} {bytes}/{total_bytes} {elapsed}",
    )?);
    let report = compile(sources, out, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let mut stdout = std::io::stdout().lock();
    writeln!(
        stdout,
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
    writeln!(stdout, "kinds: {}", counts(kinds))?;
    let mut languages: Vec<(String, usize)> = report.by_language.into_iter().collect();
    languages.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    writeln!(stdout, "languages: {}", counts(languages))?;
    Ok(())
}

fn lookup(vocabulary: Option<&PathBuf>, labels: &[String]) -> anyhow::Result<()> {
    let vocabulary = match vocabulary {
        Some(path) => Vocabulary::load(path).with_context(|| format!("{}", path.display()))?,
        None => Vocabulary::builtin(),
    };
    let mut stdout = std::io::stdout().lock();
    for label in labels {
        for hit in vocabulary.find(label) {
            writeln!(
                stdout,
                "{label}\t{}\t{:?}\trank {}\t{}\t{:?}",
                vocabulary.label(hit.concept),
                hit.kind,
                hit.rank,
                hit.languages,
                vocabulary.ids(hit.concept),
            )?;
        }
    }
    Ok(())
}
