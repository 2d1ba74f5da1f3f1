//! `newsmill dead-letters`: what failed for good, for the person who is called.
//!
//! Invariant: no letter is held while a person is asked, and none leaves the queue before the broker has confirmed
//! what became of it, or the person said that nothing shall.

mod age;
mod discard;
mod export;
mod groups;
mod import;
mod list;
mod replay;
mod show;
mod walk;
mod which;

use std::process::ExitCode;

use clap::Subcommand;

use super::outcome::finish;
use super::settings::{SettingsArgs, init_logs, runtime};
use crate::config::Config;

/// Lists, shows, replays, exports and discards dead letters
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Lists, shows, replays, exports and discards the letters of the dead-letter queue, while workers run. \
        Letters that are looked at are held and go back to the queue when the look ends, also when it is killed; a \
        letter leaves the queue only when the broker has confirmed what became of it, or when it is discarded.",
    after_help = "Examples:
  newsmill dead-letters list                              what failed, why, whose, since when
  newsmill dead-letters show --cause json                 the first letter of that cause
  newsmill dead-letters show message-17 --body > body     its body as it came; `newsmill enrich body` tries it
  newsmill dead-letters replay --cause too_large          what would go back, and where to
  newsmill dead-letters replay --cause too_large --yes    sends it back
  newsmill dead-letters export -o letters.ndjson.zst      all of it into a file
  newsmill dead-letters discard --source paper.example --older-than 7d

Exit codes: 0 done, a dry run included; 1 something failed, or letters stayed that were meant to go: stderr says \
which and what to do; 2 wrong usage or configuration, nothing was done."
)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Replay(replay::Args),
    Export(export::Args),
    Import(import::Args),
    Discard(discard::Args),
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(match &args.command {
        Command::List(args) => with(&args.look.settings, async |config| list::list(args, config).await),
        Command::Show(args) => with(&args.look.settings, async |config| show::show(args, config).await),
        Command::Replay(args) => with(&args.look.settings, async |config| {
            replay::replay(args, config).await
        }),
        Command::Export(args) => with(&args.look.settings, async |config| {
            export::export(args, config).await
        }),
        Command::Import(args) => with(&args.settings, async |config| import::import(args, config).await),
        Command::Discard(args) => with(&args.look.settings, async |config| {
            discard::discard(args, config).await
        }),
    })
}

fn with(
    settings: &SettingsArgs,
    work: impl AsyncFnOnce(&Config) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let config = settings.load(Vec::new())?;
    init_logs(&config)?;
    runtime()?.block_on(work(&config))
}
