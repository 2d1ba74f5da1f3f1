//! `newsmill schema`: the JSON Schemas of the messages.

use std::process::ExitCode;

use clap::ValueEnum;

use super::outcome::{finish, print};
use crate::message::{enriched_schema, raw_schema};

/// Prints the JSON Schema of a message
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: newsmill schema enriched > enriched.schema.json

Exit codes: 0 written; 1 stdout takes nothing; 2 wrong usage.")]
pub(crate) struct Args {
    /// Which message
    message: Message,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Message {
    /// What comes in as application/json
    Raw,
    /// What goes out
    Enriched,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let schema = match args.message {
        Message::Raw => raw_schema(),
        Message::Enriched => enriched_schema(),
    };
    finish(print(&format!("{schema:#}\n")).map(|()| ExitCode::SUCCESS))
}
