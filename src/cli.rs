//! The command line: one file a sub-command.

mod enrich;
mod vocabulary;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "newsmill", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Enriches files without a broker
    Enrich(enrich::Args),
    /// Compiles vocabularies and looks into them
    Vocabulary(vocabulary::Args),
}

/// Runs the program.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Enrich(args) => enrich::run(&args),
        Command::Vocabulary(args) => vocabulary::run(&args),
    }
}
