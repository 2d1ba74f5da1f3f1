//! `newsmill tail`: enriched records as they come, for a person or for a machine.

use std::future::pending;
use std::process::ExitCode;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::outcome::{FAILED, finish, print, say, unreached};
use super::settings::{SettingsArgs, init_logs, runtime};
use super::show;
use crate::broker::Watch;
use crate::config::Config;
use crate::message::EnrichedRecord;

/// Shows enriched records as they come
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Shows enriched records as they are published, from now on. It watches a queue of its own and takes \
        nothing from anybody.",
    after_help = "Examples:
  newsmill tail
  newsmill tail --json | jq -r .title
  newsmill tail --count 10 --timeout-secs 60

Exit codes: 0 done; 1 fewer records came than --count says; 2 wrong usage or configuration."
)]
pub(crate) struct Args {
    /// Write each record as one line of JSON
    #[arg(long)]
    json: bool,
    /// End after this many records
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// End after this many seconds, whatever came
    #[arg(long, value_name = "SECONDS")]
    timeout_secs: Option<u64>,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(tail(args))
}

fn tail(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.settings.load(Vec::new())?;
    init_logs(&config)?;
    runtime()?.block_on(watch(args, &config))
}

async fn watch(args: &Args, config: &Config) -> anyhow::Result<ExitCode> {
    let deadline = args
        .timeout_secs
        .map(|secs| Instant::now() + Duration::from_secs(secs));
    let end = async {
        match deadline {
            Some(deadline) => sleep_until(deadline).await,
            None => pending().await,
        }
    };
    tokio::pin!(end);
    let mut watch = tokio::select! {
        watch = Watch::connect(&config.broker, &config.topology) => watch?,
        () = &mut end => return Err(unreached(Duration::from_secs(args.timeout_secs.unwrap_or_default()))),
    };
    say(&format!(
        "watching {} for {:?}",
        config.topology.output_exchange, config.topology.output_routing_key
    ));
    let width = show::width();
    let mut seen = 0;
    while args.count.is_none_or(|count| seen < count) {
        let body = tokio::select! {
            body = watch.next() => body?,
            () = &mut end => break,
        };
        seen += 1;
        print(&written(&body, args.json, width))?;
    }
    watch.close().await;
    match args.count {
        Some(count) if seen < count => {
            say(&format!("{seen} of {count} records came in time"));
            Ok(ExitCode::from(FAILED))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// One line of JSON, or the page for a person; a body that is no record of ours is shown as it is.
fn written(body: &[u8], json: bool, width: usize) -> String {
    if !json && let Ok(record) = serde_json::from_slice::<EnrichedRecord>(body) {
        return show::record(&record, width) + "\n";
    }
    let line = match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => value.to_string(),
        Err(_) => super::text::plain(&String::from_utf8_lossy(body)),
    };
    line + "\n"
}
