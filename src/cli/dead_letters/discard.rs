//! `newsmill dead-letters discard`: letters are removed for good, after somebody said so.
//!
//! Invariant: on a terminal exactly those letters go that were counted before the question; nothing is held while
//! it is asked.

use std::collections::HashMap;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use super::super::outcome::{FAILED, USAGE, print, say};
use super::super::show::width;
use super::groups::Groups;
use super::walk::{Looked, Walk, letters};
use super::which::{LookArgs, WhichArgs};
use crate::config::Config;

/// Removes letters for good
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Removes letters for good. Without --yes it counts them first and, on a terminal, asks for the count to \
        be typed; elsewhere it ends there. Export them first if in doubt.",
    after_help = "Examples:
  newsmill dead-letters discard --source paper.example --older-than 7d
  newsmill dead-letters discard --cause binary --yes
  newsmill dead-letters discard --all

Exit codes: 0 discarded, or it was a dry run; 1 not confirmed, or it failed; 2 wrong usage or configuration."
)]
pub(super) struct Args {
    /// Discard without asking
    #[arg(long)]
    yes: bool,
    /// All of them; needed where nothing else says which
    #[arg(long)]
    all: bool,
    /// Write what went, or would go, as JSON to stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    pub(super) look: LookArgs,
}

/// Letters that may go, by fingerprint. Twins have one in common.
type Counted = HashMap<u64, u32>;

pub(super) async fn discard(args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let filter = args.which.filter(Timestamp::now());
    if filter.is_empty() && !args.all {
        say("say which letters: by --cause, --stage, --source, --id, --older-than, --newer-than, or --all");
        return Ok(ExitCode::from(USAGE));
    }
    let mut walk = Walk::begin(config, &args.look, filter.clone(), args.which.limit).await?;
    if args.yes {
        return remove(walk, None, args.json).await;
    }
    let mut groups = Groups::default();
    let mut counted = Counted::new();
    while let Some(letters) = walk.page().await? {
        for held in &letters {
            groups.add(&held.letter);
            *counted.entry(held.letter.fingerprint()).or_default() += 1;
        }
        walk.keep(letters).await?;
    }
    let looked = walk.end().await;
    let asks = looked.matched > 0 && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if args.json && !asks {
        let answer = json!({"discarded": 0, "would_go": looked.matched, "groups": groups.to_json()});
        print(&format!("{answer:#}\n"))?;
    } else if !args.json && !groups.is_empty() {
        print(&groups.table(Timestamp::now(), width()))?;
    }
    looked.say();
    if looked.matched == 0 {
        say("no letter is meant: nothing was discarded");
        return Ok(ExitCode::SUCCESS);
    }
    if !asks {
        say(&format!(
            "nothing was discarded; --yes discards {} for good",
            letters(looked.matched)
        ));
        return Ok(ExitCode::SUCCESS);
    }
    if !is_confirmed(&looked)? {
        if args.json {
            print(&format!("{:#}\n", json!({"discarded": 0})))?;
        }
        say("nothing was discarded");
        return Ok(ExitCode::from(FAILED));
    }
    // The look that counted them may have changed their order, so they are looked for everywhere.
    let walk = Walk::begin(config, &args.look.everywhere(), filter, None).await?;
    remove(walk, Some(counted), args.json).await
}

/// Asks for the count.
fn is_confirmed(looked: &Looked) -> anyhow::Result<bool> {
    let mut err = anstream::stderr();
    write!(
        err,
        "{} of {} would be gone for good. Type the number to discard: ",
        letters(looked.matched),
        looked.queue
    )?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == looked.matched.to_string())
}

/// Removes all that is meant, or of it only what was counted.
async fn remove(mut walk: Walk, mut counted: Option<Counted>, json: bool) -> anyhow::Result<ExitCode> {
    let mut discarded = 0u64;
    let mut ended = Ok(());
    let wanted = counted
        .as_ref()
        .map(|counted| counted.values().map(|count| u64::from(*count)).sum::<u64>());
    'pages: while wanted.is_none_or(|wanted| discarded < wanted) {
        let letters = match walk.page().await {
            Ok(Some(letters)) => letters,
            Ok(None) => break,
            Err(error) => {
                ended = Err(error);
                break;
            }
        };
        let mut kept = Vec::new();
        for held in letters {
            if !may_go(counted.as_mut(), || held.letter.fingerprint()) {
                kept.push(held);
                continue;
            }
            if let Err(error) = held.discard().await {
                ended = Err(error);
                break 'pages;
            }
            discarded += 1;
        }
        walk.tell(format!("{discarded} discarded"));
        if let Err(error) = walk.keep(kept).await {
            ended = Err(error);
            break;
        }
    }
    let looked = walk.end().await;
    if ended.is_ok() && wanted.is_none() {
        looked.say();
    } else {
        looked.say_renewals();
    }
    if json {
        print(&format!("{:#}\n", json!({"discarded": discarded})))?;
    }
    say(&format!("discarded: {}", letters(discarded)));
    ended?;
    let missing = wanted.map_or(0, |wanted| wanted.saturating_sub(discarded));
    if missing > 0 {
        say(&format!(
            "{} of those that were counted could not be found: others hold or took them; look again",
            letters(missing)
        ));
        return Ok(ExitCode::from(FAILED));
    }
    Ok(ExitCode::SUCCESS)
}

fn may_go(counted: Option<&mut Counted>, fingerprint: impl FnOnce() -> u64) -> bool {
    let Some(counted) = counted else { return true };
    match counted.get_mut(&fingerprint()) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_counted_may_go_and_no_oftener() {
        let mut counted = Counted::from([(1, 2)]);
        assert!(may_go(Some(&mut counted), || 1));
        assert!(may_go(Some(&mut counted), || 1));
        assert!(!may_go(Some(&mut counted), || 1));
        assert!(!may_go(Some(&mut counted), || 2));
        assert!(may_go(None, || 2));
    }
}
