//! `newsmill dead-letters list`: how many, why, whose, since when.

use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use super::super::outcome::{print, say};
use super::super::show::width;
use super::groups::Groups;
use super::walk::{Walk, letters};
use super::which::{LookArgs, WhichArgs};
use crate::broker::LookError;
use crate::config::Config;

/// Counts letters by cause, stage and source
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Counts dead letters by cause, stage and source, with the age of the oldest and the newest. A source is \
        the article's `source`, else the host of its `url`, else the message's app_id, else where it was published to.",
    after_help = "Examples:
  newsmill dead-letters list
  newsmill dead-letters list --newer-than 1h
  newsmill dead-letters list --json | jq '.groups[] | select(.count > 100)'

Exit codes: 0 done, also when there is none; 1 it failed; 2 wrong usage or configuration."
)]
pub(super) struct Args {
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    pub(super) look: LookArgs,
}

pub(super) async fn list(args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let now = Timestamp::now();
    let mut walk = Walk::begin(config, &args.look, args.which.filter(now), args.which.limit).await?;
    let mut groups = Groups::default();
    let ended = count(&mut walk, &mut groups).await;
    let looked = walk.end().await;
    if args.json {
        let object = json!({
            "queue": looked.queue,
            "ready": looked.ready,
            "looked_at": looked.seen,
            "matched": looked.matched,
            "complete": ended.is_ok() && looked.is_complete(),
            "groups": groups.to_json(),
        });
        print(&format!("{object}\n"))?;
    } else if !groups.is_empty() {
        print(&groups.table(now, width()))?;
    }
    if let Err(error) = ended {
        looked.say_renewals();
        say(&format!("counted until then: {}", letters(looked.seen)));
        return Err(error.into());
    }
    looked.say();
    if !args.json && looked.ready > 0 {
        say(&format!(
            "{} in {}, {} of them counted here; see one with `newsmill dead-letters show --cause KIND`",
            letters(looked.ready),
            looked.queue,
            looked.matched
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn count(walk: &mut Walk, groups: &mut Groups) -> Result<(), LookError> {
    while let Some(letters) = walk.page().await? {
        for held in &letters {
            groups.add(&held.letter);
        }
        walk.keep(letters).await?;
    }
    Ok(())
}
