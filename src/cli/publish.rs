//! `newsmill publish`: files into the queue of raw articles, each confirmed by the broker.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use futures_util::stream::{self, StreamExt};
use serde_json::json;
use tokio::sync::mpsc;

use super::input::{Inputs, Item};
use super::outcome::{FAILED, finish, print, unreached};
use super::progress::Progress;
use super::settings::{SettingsArgs, init_logs, runtime};
use crate::broker::Feed;
use crate::config::Config;

/// Larger than any message a broker takes: one that is too large for the worker may be published on purpose.
const BYTES_MAX: usize = 128 << 20;

/// Feeds files into the queue of raw articles
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Feeds files, folders or stdin into the queue of raw articles. Each article is a message of its own, as \
        `newsmill enrich` would read it, and counts once the broker has confirmed it.",
    after_help = "Examples:
  newsmill publish samples/raw
  newsmill publish --repeat 100 articles.ndjson.gz     a hundred times over, for load
  tail -f raw.ndjson | newsmill publish -
  newsmill publish --json articles/ | jq .published

Exit codes: 0 every article is in the queue; 1 some are not; 2 wrong usage or configuration."
)]
pub(crate) struct Args {
    /// Files, folders, or - for stdin; none: stdin
    #[arg(value_name = "FILE")]
    inputs: Vec<PathBuf>,
    /// Publish the files this many times over
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeat: u32,
    /// Write what became of it as JSON to stdout
    #[arg(long)]
    json: bool,
    /// Give up when the broker cannot be reached within this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout_secs: u64,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(publish(args))
}

fn publish(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.settings.load(Vec::new())?;
    init_logs(&config)?;
    let inputs = Inputs::new(&args.inputs, BYTES_MAX);
    let patience = Duration::from_secs(args.timeout_secs);
    let fed = runtime()?.block_on(feed(&config, inputs, args.repeat, patience))?;
    if args.json {
        let answer = json!({
            "queue": config.topology.input_queue,
            "published": fed.published,
            "failed": fed.failed,
            "per_second": fed.per_second.round(),
        });
        print(&format!("{answer}\n"))?;
    }
    Ok(ExitCode::from(if fed.failed > 0 { FAILED } else { 0 }))
}

/// What became of the articles.
struct Fed {
    published: u64,
    failed: u64,
    per_second: f64,
}

async fn feed(config: &Config, inputs: Inputs, repeat: u32, patience: Duration) -> anyhow::Result<Fed> {
    let feed = tokio::time::timeout(patience, Feed::connect(&config.broker, &config.topology))
        .await
        .map_err(|_elapsed| unreached(patience))??;
    let bytes_total = inputs.bytes_total().map(|total| total * u64::from(repeat));
    let mut progress = Progress::new(bytes_total, inputs.bytes_read(), true);
    let in_flight = usize::from(config.broker.publish_channels);
    let (give, mut items) = mpsc::channel::<Item>(in_flight);
    // Reading blocks, so it has a thread of its own; it ends with the input, or when nobody takes its items.
    std::thread::spawn(move || {
        for _ in 0..repeat {
            let flow = inputs.read(&mut |item| match give.blocking_send(item) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_closed) => ControlFlow::Break(()),
            });
            if flow.is_break() {
                return;
            }
        }
    });

    let items = stream::poll_fn(move |context| items.poll_recv(context));
    let feed = &feed;
    let mut outcomes = items
        .map(
            |Item {
                 place,
                 body,
                 content_type,
             }| async move {
                let outcome = match body {
                    // Without a content type the worker looks at the body.
                    Ok(body) => feed
                        .send(&body, content_type.unwrap_or_default(), None)
                        .await
                        .map_err(anyhow::Error::from),
                    Err(error) => Err(error.into()),
                };
                outcome.with_context(|| place)
            },
        )
        .buffer_unordered(in_flight);
    let mut failures = 0u64;
    while let Some(outcome) = outcomes.next().await {
        progress.count();
        if let Err(error) = outcome {
            failures += 1;
            progress.say(&format!("{error:#}"));
        }
    }
    progress.finish();
    let published = progress.articles() - failures;
    let rate = match published {
        0 => String::new(),
        _ => format!(", {:.0} a second", progress.rate()),
    };
    let failed = match failures {
        0 => String::new(),
        failures => format!("; {failures} {} not", are(failures)),
    };
    progress.say(&format!(
        "{published} {} {} in {}{rate}{failed}",
        if published == 1 { "article" } else { "articles" },
        are(published),
        config.topology.input_queue,
    ));
    Ok(Fed {
        published,
        failed: failures,
        per_second: progress.rate(),
    })
}

fn are(articles: u64) -> &'static str {
    if articles == 1 { "is" } else { "are" }
}
