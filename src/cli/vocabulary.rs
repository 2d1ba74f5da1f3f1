//! `newsmill vocabulary`: compiles vocabularies, checks and compares them, looks into them.

mod check;
mod compile;
mod diff;
mod lookup;
mod sources;
mod unknown;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::outcome::finish;
use crate::vocabulary::Vocabulary;

/// Compiles, checks and compares vocabularies, looks labels up
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 done; 1 something failed, or was not found; 2 wrong usage.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Compile(compile::Args),
    /// Tells which concepts bear a label, the likeliest first
    #[command(
        after_help = "Exit codes: 0 each label is known; 1 one is not, or the vocabulary cannot be used; 2 wrong usage."
    )]
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
    Check(check::Args),
    Diff(diff::Args),
    Unknown(unknown::Args),
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(match &args.command {
        Command::Compile(args) => compile::compile(args),
        Command::Lookup {
            vocabulary,
            alone,
            json,
            labels,
        } => lookup::lookup(vocabulary.as_deref(), *alone, *json, labels),
        Command::Check(args) => check::check(args),
        Command::Diff(args) => diff::diff(args),
        Command::Unknown(args) => unknown::unknown(args),
    })
}

/// A compiled vocabulary over the built-in one or alone; without a file, the built-in one.
fn open(path: Option<&Path>, alone: bool) -> anyhow::Result<Vocabulary> {
    match path {
        Some(path) if alone => Vocabulary::load_alone(path),
        Some(path) => Vocabulary::load(path),
        None => Ok(Vocabulary::builtin()),
    }
    .with_context(|| format!("vocabulary {}", path.unwrap_or(Path::new("built in")).display()))
}

/// Bytes read of all sources, if a person is there to see it.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        // A template of ours that cannot be read falls back to the default look.
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes}  {eta} left") {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn show(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}
