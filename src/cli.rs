//! The command line: one file a sub-command.

mod enrich;
mod run;

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
    /// Runs the worker: raw articles from RabbitMQ, enriched records to RabbitMQ
    Run(run::Args),
}

/// Runs the program.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Enrich(args) => enrich::run(&args),
        Command::Run(args) => run::run(&args),
    }
}
