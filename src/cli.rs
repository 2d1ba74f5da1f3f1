//! The command line: one file a sub-command.
//!
//! Invariant: stdout holds what was asked for and nothing else; whatever is said about it goes to stderr.

mod completions;
mod config;
mod dead_letters;
mod doctor;
mod enrich;
mod explain;
mod input;
mod man;
mod only;
mod ordered;
mod outcome;
mod progress;
mod prove;
mod publish;
mod reload;
mod run;
mod schema;
mod settings;
mod show;
mod tail;
mod text;
mod vocabulary;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(
    name = "newsmill",
    version,
    about = "Enriches news: clean text, quotes with their speakers, canonical tags",
    long_about = "Enriches news: raw articles in, records with clean text, quotes with their speakers and canonical \
        tags out. As a worker between RabbitMQ queues (`run`), or over files without a broker (`enrich`).",
    after_help = AFTER_HELP,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  newsmill enrich page.html --show          what becomes of a page, for a person to read
  newsmill enrich articles/ > out.ndjson    a folder of pages, texts and JSON, one record a line
  newsmill config --default > newsmill.toml every setting, to start a file from
  newsmill run                              a worker between the queues of NEWSMILL_AMQP_URL
  newsmill tail                             in another terminal: what it gives
  newsmill publish articles/                in a third: what it takes
  newsmill doctor                           whether the broker is as the worker needs it
  newsmill prove                            that it loses nothing there, on queues of its own

Exit codes:
  0  done
  1  done, but something failed: each failure is a line on stderr
  2  wrong usage or configuration: nothing was done
  `newsmill run` has more: see its help

Settings come from defaults, a file, NEWSMILL_* variables and flags: see `newsmill config --default`.
Colours go to terminals only; NO_COLOR turns them off.";

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Enrich(enrich::Args),
    Explain(explain::Args),
    Publish(publish::Args),
    Tail(tail::Args),
    DeadLetters(dead_letters::Args),
    Doctor(doctor::Args),
    Prove(prove::Args),
    Config(config::Args),
    Vocabulary(vocabulary::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the program.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Enrich(args) => enrich::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Publish(args) => publish::run(&args),
        Command::Tail(args) => tail::run(&args),
        Command::DeadLetters(args) => dead_letters::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Prove(args) => prove::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Vocabulary(args) => vocabulary::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
