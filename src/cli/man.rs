//! `newsmill man`: manual pages, made from what `--help` says.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::CommandFactory;
use clap_mangen::Man;

use super::outcome::{Usage, finish, print, say};

/// Prints manual pages, or writes all of them into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  newsmill man | man -l -
  newsmill man dead-letters replay | man -l -
  newsmill man --folder ~/.local/share/man/man1

Exit codes: 0 written; 1 it could not be; 2 wrong usage.")]
pub(crate) struct Args {
    /// Whose page; none: of the program as a whole
    #[arg(value_name = "COMMAND", conflicts_with = "folder")]
    command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(write(args).map(|()| ExitCode::SUCCESS))
}

fn write(args: &Args) -> anyhow::Result<()> {
    let mut command = super::Cli::command();
    // So that each sub-command knows its whole name.
    command.build();
    if let Some(folder) = &args.folder {
        let place = || folder.display().to_string();
        std::fs::create_dir_all(folder).with_context(place)?;
        clap_mangen::generate_to(command, folder).with_context(place)?;
        say(&format!("the pages are in {}", folder.display()));
        return Ok(());
    }
    let mut whose = &command;
    for name in &args.command {
        let Some(found) = whose.find_subcommand(name) else {
            let whose = whose.get_bin_name().unwrap_or("newsmill");
            bail!(Usage(format!(
                "{whose} has no command {name:?}; `{whose} --help` lists them"
            )));
        };
        whose = found;
    }
    let named = whose.get_display_name().unwrap_or("newsmill").to_owned();
    let mut page = Vec::new();
    Man::new(whose.clone()).title(named).render(&mut page)?;
    print(&String::from_utf8_lossy(&page))
}
