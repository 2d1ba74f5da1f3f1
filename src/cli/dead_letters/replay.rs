//! `newsmill dead-letters replay`: letters go back to where they came from, each confirmed before it is removed.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use serde_json::json;

use super::super::outcome::{FAILED, print, say, unreached};
use super::super::show::width;
use super::super::text::plain;
use super::groups::Groups;
use super::walk::{Walk, letters};
use super::which::{LookArgs, WhichArgs};
use crate::broker::{Held, LookError, Returner, Target};
use crate::config::Config;

/// Sends letters back to where they came from
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Sends letters back to the exchange and routing key that they were published with, with the body, \
        properties and headers that they had. The x-newsmill headers come off, so that the retries begin anew; \
        x-newsmill-user-id, x-newsmill-cc and x-newsmill-bcc stay (see docs/dead-letters.md). Each is removed when the \
        broker has confirmed it. Without --yes nothing is sent. Killed at the worst moment it leaves a twin with the \
        same message_id, never a gap.",
    after_help = "Examples:
  newsmill dead-letters replay --cause too_large              what would go back, and where to
  newsmill dead-letters replay --cause too_large --limit 1 --yes
  newsmill dead-letters replay --cause too_large --yes --json
  newsmill dead-letters replay --cause none --to-input --yes  what strangers put there

Exit codes: 0 all that was meant went back, or it was a dry run; 1 some stayed: stderr says why; 2 wrong usage or \
configuration."
)]
pub(super) struct Args {
    /// Send them; without it nothing is sent
    #[arg(long)]
    yes: bool,
    /// Send them into the input queue, whatever way they came
    #[arg(long)]
    to_input: bool,
    /// Write what went and what stays as JSON to stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    pub(super) look: LookArgs,
}

pub(super) async fn replay(args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let filter = args.which.filter(Timestamp::now());
    if !args.yes {
        let walk = Walk::begin(config, &args.look, filter, args.which.limit).await?;
        return dry_run(walk, args, config).await;
    }
    let patience = Duration::from_secs(args.look.timeout_secs);
    let connect = Returner::connect(&config.broker, &config.topology);
    let returner = tokio::time::timeout(patience, connect)
        .await
        .map_err(|_elapsed| unreached(patience))??;
    let walk = Walk::begin(config, &args.look, filter, args.which.limit).await?;
    let target = if args.to_input {
        Target::Input
    } else {
        Target::Origin
    };
    let code = send(
        walk,
        &returner,
        target,
        usize::from(config.broker.publish_channels),
        args.json,
    )
    .await;
    returner.close().await;
    code
}

/// What would go where.
async fn dry_run(mut walk: Walk, args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let mut groups = Groups::default();
    let mut ways: BTreeMap<String, u64> = BTreeMap::new();
    let mut stay = 0u64;
    while let Some(letters) = walk.page().await? {
        for Held { letter, .. } in &letters {
            groups.add(letter);
            match &letter.origin {
                _ if args.to_input => {
                    *ways
                        .entry(format!("queue {}", config.topology.input_queue))
                        .or_default() += 1;
                }
                Some(origin) => *ways.entry(origin.to_string()).or_default() += 1,
                None => stay += 1,
            }
        }
        walk.keep(letters).await?;
    }
    let looked = walk.end().await;
    if args.json {
        let answer = json!({"sent": 0, "would_go": ways, "would_stay": stay, "groups": groups.to_json()});
        print(&format!("{answer:#}\n"))?;
    } else if !groups.is_empty() {
        print(&groups.table(Timestamp::now(), width()))?;
    }
    looked.say();
    for (way, count) in &ways {
        say(&format!("{count} would go to {}", plain(way)));
    }
    if stay > 0 {
        say(&format!(
            "{stay} would stay: nothing tells where they came from; --to-input sends them into {}",
            config.topology.input_queue
        ));
    }
    say(&format!(
        "nothing was sent; --yes sends {}",
        letters(looked.matched - stay)
    ));
    Ok(ExitCode::SUCCESS)
}

/// What became of the letters that were meant.
#[derive(Default)]
struct Tally {
    sent: u64,
    /// Why letters stayed, how many, and one of them.
    stayed: BTreeMap<String, (u64, String)>,
    is_shut: bool,
}

async fn send(
    mut walk: Walk,
    returner: &Returner,
    target: Target,
    in_flight: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut tally = Tally::default();
    let ended = send_pages(&mut walk, returner, target, in_flight, &mut tally).await;
    // What is not removed by now goes back, whatever ended it.
    let looked = walk.end().await;
    if tally.is_shut || ended.is_err() {
        looked.say_renewals();
    } else {
        looked.say();
    }
    for (why, (count, example)) in &tally.stayed {
        say(&format!("{count} stay, such as {example}: {why}"));
    }
    let stayed: u64 = tally.stayed.values().map(|(count, _)| count).sum();
    let sent = tally.sent;
    if json {
        let why: BTreeMap<&String, u64> = tally
            .stayed
            .iter()
            .map(|(why, (count, _))| (why, *count))
            .collect();
        let answer = json!({"sent": sent, "stayed": stayed, "why": why});
        print(&format!("{answer:#}\n"))?;
    }
    say(&match (sent, stayed) {
        (0, 0) if ended.is_ok() => {
            "no letter is meant: nothing was sent; `newsmill dead-letters list` shows which there are"
                .to_owned()
        }
        (sent, 0) => format!("{} went back", letters(sent)),
        (sent, stayed) => format!("{} went back, {stayed} stay in {}", letters(sent), looked.queue),
    });
    ended?;
    Ok(ExitCode::from(if stayed > 0 { FAILED } else { 0 }))
}

async fn send_pages(
    walk: &mut Walk,
    returner: &Returner,
    target: Target,
    in_flight: usize,
    tally: &mut Tally,
) -> Result<(), LookError> {
    while !tally.is_shut
        && let Some(letters) = walk.page().await?
    {
        let mut answers = stream::iter(letters)
            .map(|held| async {
                let answer = returner.send(&held.letter, target).await;
                (held, answer)
            })
            .buffer_unordered(in_flight);
        let mut kept = Vec::new();
        while let Some((held, answer)) = answers.next().await {
            match answer {
                Ok(confirmed) => {
                    held.remove(confirmed).await?;
                    tally.sent += 1;
                }
                Err(error) => {
                    tally.is_shut |= error.is_of_the_broker();
                    let letter = &held.letter;
                    let id = letter.message_id.as_ref().or(letter.article_id.as_ref());
                    let id = plain(id.map_or("one without an id", String::as_str));
                    tally.stayed.entry(error.to_string()).or_insert((0, id)).0 += 1;
                    kept.push(held);
                }
            }
        }
        drop(answers);
        walk.tell(format!("{} sent", tally.sent));
        // Where the broker takes nothing it would not take a renewed letter either.
        if !tally.is_shut {
            walk.keep(kept).await?;
        }
    }
    Ok(())
}
