//! `newsmill config`: the settings in force, where each came from, and whether they are valid.

use std::process::ExitCode;

use super::outcome::{finish, print, say};
use super::settings::{SettingsArgs, misspelt};
use crate::config::DEFAULT_FILE;

/// Shows or checks the settings in force
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Prints the settings in force as TOML, each that is not a default with the place where it was written. \
        Passwords are masked. The settings are checked as every other command checks them.",
    after_help = "Examples:
  newsmill config --default > newsmill.toml     every setting, its default and what it means
  newsmill config --config newsmill.toml --check
  NEWSMILL_WORKER_PREFETCH=8 newsmill config

Exit codes: 0 valid; 2 not valid: every problem is told on stderr."
)]
pub(crate) struct Args {
    /// Print the annotated file of defaults
    #[arg(long, conflicts_with_all = ["json", "check"])]
    default: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "check")]
    json: bool,
    /// Only say whether the settings are valid
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(show(args).map(|()| ExitCode::SUCCESS))
}

fn show(args: &Args) -> anyhow::Result<()> {
    if args.default {
        return print(DEFAULT_FILE);
    }
    args.settings.load(Vec::new())?;
    for warning in misspelt() {
        say(&warning);
    }
    let layers = args.settings.layers()?;
    if args.check {
        say(&format!(
            "the configuration is valid; {} settings are not their defaults",
            layers.changed()
        ));
        return Ok(());
    }
    if args.json {
        return print(&format!("{:#}\n", layers.to_json()));
    }
    print(&layers.to_toml())
}
