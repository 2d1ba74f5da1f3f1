//! `newsmill dead-letters import`: exported letters into the dead-letter queue, each confirmed.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use serde_json::json;
use tokio::sync::mpsc;

use super::super::input::{Inputs, Item};
use super::super::outcome::{FAILED, print, unreached};
use super::super::progress::Progress;
use super::super::settings::SettingsArgs;
use super::walk::letters;
use crate::broker::{Letter, Returner, Target};
use crate::config::Config;

/// The largest message that any RabbitMQ takes, when every byte of it is written as an escape of six.
const LINE_BYTES_MAX: usize = 6 * (128 << 20);

/// Puts exported letters into the dead-letter queue
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Puts letters that `newsmill dead-letters export` wrote into the dead-letter queue, as they were: body, \
        properties, headers. From there `replay` sends them back. A file that is imported twice gives twins.",
    after_help = "Examples:
  newsmill dead-letters import letters.ndjson.zst
  jq -c 'select(.letter.source == \"paper.example\")' letters.ndjson | newsmill dead-letters import -

Exit codes: 0 every letter is in the queue; 1 some are not: stderr names the lines; 2 wrong usage or configuration."
)]
pub(super) struct Args {
    /// Files of `export`, packed or not; - or none: stdin
    #[arg(value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// Give up when the broker cannot be reached within this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout_secs: u64,
    /// Write how many are in the queue as JSON to stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

pub(super) async fn import(args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let patience = Duration::from_secs(args.timeout_secs);
    let connect = Returner::connect(&config.broker, &config.topology);
    let returner = tokio::time::timeout(patience, connect)
        .await
        .map_err(|_elapsed| unreached(patience))??;
    let inputs = Inputs::new(&args.inputs, LINE_BYTES_MAX);
    let mut progress = Progress::new(inputs.bytes_total(), inputs.bytes_read(), true);
    let in_flight = usize::from(config.broker.publish_channels).min(16);
    let (give, mut items) = mpsc::channel::<Item>(in_flight);
    // Reading blocks, so it has a thread of its own; it ends with the input, or when nobody takes its items.
    std::thread::spawn(move || {
        _ = inputs.read(&mut |item| match give.blocking_send(item) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_closed) => ControlFlow::Break(()),
        });
    });
    let items = stream::poll_fn(move |context| items.poll_recv(context));
    let returner = &returner;
    let mut outcomes = items
        .map(|Item { place, body, .. }| async move {
            let body = body.map_err(|error| (error.to_string(), false));
            let letter = body.and_then(|line| {
                Letter::from_json(&line, &config.topology).map_err(|error| (error.to_string(), false))
            });
            let outcome = match letter {
                Ok(letter) => returner
                    .send(&letter, Target::DeadLetters)
                    .await
                    .map(drop)
                    .map_err(|error| (error.to_string(), error.is_of_the_broker())),
                Err(error) => Err(error),
            };
            outcome.map_err(|(text, is_shut)| (format!("{place}: {text}"), is_shut))
        })
        .buffered(in_flight);
    let (mut failures, mut was_shut) = (0u64, false);
    while let Some(outcome) = outcomes.next().await {
        progress.count();
        let Err((text, is_shut)) = outcome else { continue };
        failures += 1;
        progress.say(&text);
        if is_shut {
            progress.say(
                "the rest was not tried; import it from that line on when the broker takes letters again",
            );
            was_shut = true;
            break;
        }
    }
    progress.finish();
    let imported = progress.articles() - failures;
    if args.json {
        // Whether every line was tried: a broker that takes nothing ends it.
        let answer = json!({
            "imported": imported,
            "failed": failures,
            "complete": !was_shut,
            "queue": &config.topology.dead_letter_queue,
        });
        print(&format!("{answer:#}\n"))?;
    }
    progress.say(&format!(
        "into {1}: {0}{2}",
        letters(imported),
        config.topology.dead_letter_queue,
        if failures > 0 {
            format!("; {failures} or more are not")
        } else {
            String::new()
        }
    ));
    Ok(ExitCode::from(if failures > 0 { FAILED } else { 0 }))
}
