//! `newsmill completions`: completion scripts for shells.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::outcome::{finish, print};

/// Prints a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  newsmill completions bash > ~/.local/share/bash-completion/completions/newsmill
  newsmill completions zsh > ~/.zfunc/_newsmill
  newsmill completions fish > ~/.config/fish/completions/newsmill.fish

Exit codes: 0 written; 1 stdout takes nothing; 2 wrong usage.")]
pub(crate) struct Args {
    /// Which shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "newsmill", &mut script);
    finish(print(&String::from_utf8_lossy(&script)).map(|()| ExitCode::SUCCESS))
}
