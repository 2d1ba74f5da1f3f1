//! `newsmill prove`: a trial by faults on the user's own broker, with a ledger as its judge.
//!
//! Invariant: only queues of the trial's own are touched, and only its own processes are ended.

mod articles;
mod crew;
mod faults;
mod feeding;
mod ledger;
mod meter;
mod plan;
mod sum;
mod trial;

use std::process::ExitCode;

use super::outcome::{FAILED, finish, print, say};
use super::settings::{SettingsArgs, flag, init_few_logs, runtime};
use plan::Plan;
use trial::Trial;

/// Asked to stop by a signal.
const INTERRUPTED: u8 = 130;

/// Loads the broker in queues of its own, kills workers, and counts what became of each article
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Puts your broker under load for minutes: feeds numbered articles to workers of this program, kills and \
        restarts the workers, closes their connections, and keeps a ledger of what became of each article. It uses \
        queues of its own, which it deletes in the end, and runs only where none of their names exist. Whether the \
        broker is set up rightly is for `newsmill doctor`, first.",
    after_help = "\
Faults: SIGKILL, a polite stop (SIGTERM), and connections closed by the broker; the last needs the management plugin's \
API and is left out without it. The trial's workers have your settings of broker, prefetch, threads and vocabulary.

Examples:
  newsmill prove                                       20,000 articles, a fault about every 5 s
  newsmill prove --minutes 60 --workers 4              an hour's soak
  newsmill prove --articles 1000000 --json > ledger.json
  newsmill prove --vhost trial                         in a virtual host of its own

Exit codes: 0 nothing lost, nothing unexpected; 1 something was, or the trial could not be held; 2 wrong usage or \
configuration; 130 stopped by a signal: what is known is told, and cleaned up."
)]
pub(crate) struct Args {
    /// Articles to feed; without it 20,000, or as many as fit where --minutes is given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    articles: Option<u64>,
    /// Feed for so many minutes at most
    #[arg(long, value_name = "MINUTES")]
    minutes: Option<f64>,
    /// Worker processes
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// A fault about every so many seconds, between half of it and one and a half times
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    kill_every: f64,
    /// Makes articles and faults the same again; without it a new one, which is told
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Begins the names of the trial's queues and exchange
    #[arg(long, value_name = "NAME", default_value = "newsmill.prove")]
    prefix: String,
    /// Virtual host, instead of that of the addresses
    #[arg(long, value_name = "NAME")]
    vhost: Option<String>,
    /// An article that nothing comes of for so long after the last one is lost
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience_secs: u64,
    /// Leave the queues and the workers' logs where they are
    #[arg(long)]
    keep: bool,
    /// Write the ledger as one JSON object
    #[arg(long)]
    json: bool,
    /// HTTP API of the management plugin; without a user in it, the first AMQP address's user asks
    #[arg(long, value_name = "URL")]
    management_url: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(prove(args))
}

fn prove(args: &Args) -> anyhow::Result<ExitCode> {
    let flags = flag(
        "--management-url",
        "broker.management_url",
        args.management_url.as_ref(),
    );
    let config = args.settings.load(flags.into_iter().collect())?;
    init_few_logs(&config)?;
    let plan = Plan::new(args, config)?;
    let (keep, json) = (args.keep, args.json);
    let runtime = runtime()?;
    let code = runtime.block_on(async {
        let trial = Trial::begin(plan).await?;
        let (sum, ground) = trial.run().await?;
        if json {
            print(&format!("{:#}\n", serde_json::to_value(&sum)?))?;
        } else {
            print(&sum::in_words(&sum))?;
        }
        if keep {
            say("the queues stay, as --keep says; delete them before the next run with this prefix");
        } else {
            ground.remove().await?;
        }
        anyhow::Ok(match (sum.interrupted, sum.is_proven()) {
            (true, _) => INTERRUPTED,
            (false, true) => 0,
            (false, false) => FAILED,
        })
    });
    runtime.shutdown_background();
    Ok(ExitCode::from(code?))
}
