//! `newsmill doctor`: the broker against the settings, for a person or for a machine.

mod table;

use std::process::ExitCode;

use super::outcome::{FAILED, finish, print};
use super::run::HOLD_MAX;
use super::settings::{SettingsArgs, flag, init_few_logs, runtime};
use super::show;
use crate::broker::{Doctor, Report, Verdict};
use crate::config::Config;

/// Looks at the broker, changes nothing: what does not fit the settings, and what mends it
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Looks at the broker as it stands, for some seconds, and changes nothing: whether each address lets us in, \
        and whether queues, exchange, dead-letter targets, delay queues, permissions and limits are as the worker needs \
        them. Names the command or setting that mends each finding. Whether articles survive faults there is for \
        `newsmill prove`.",
    after_help = "\
What AMQP tells is asked over AMQP. Policies, bindings, members and alarms by node are asked of the management plugin's \
API, at --management-url or where it usually listens; without it they are shown as not checked.

Examples:
  newsmill doctor
  newsmill doctor --management-url http://broker.example:15672
  newsmill doctor --json | jq '.findings[] | select(.verdict == \"fail\")'

Exit codes: 0 nothing was found that loses or strands messages (there may be warnings); 1 something was; 2 wrong usage \
or configuration."
)]
pub(crate) struct Args {
    /// Write the findings as one JSON object
    #[arg(long)]
    json: bool,
    /// HTTP API of the management plugin; without a user in it, the first AMQP address's user asks
    #[arg(long, value_name = "URL")]
    management_url: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    finish(doctor(args))
}

fn doctor(args: &Args) -> anyhow::Result<ExitCode> {
    let flags = flag(
        "--management-url",
        "broker.management_url",
        args.management_url.as_ref(),
    );
    let config = args.settings.load(flags.into_iter().collect())?;
    init_few_logs(&config)?;
    let runtime = runtime()?;
    let report = runtime.block_on(examination(&config).examine())?;
    // A connection that the broker does not answer must not hold up the exit.
    runtime.shutdown_background();
    if args.json {
        print(&format!("{:#}\n", json(&report)))?;
    } else {
        print(&table::of(&report, show::width()))?;
    }
    Ok(if report.is_well() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

fn examination(config: &Config) -> Doctor<'_> {
    Doctor {
        broker: &config.broker,
        topology: &config.topology,
        retry_delays: &config.retry_delays,
        worker: &config.worker,
        // Held while it cannot be published, then copied, which may wait twice for the broker, then drained.
        unsettled_max: HOLD_MAX + config.broker.operation_timeout * 2 + config.worker.drain,
    }
}

fn json(report: &Report) -> serde_json::Value {
    serde_json::json!({
        "ok": report.count(Verdict::Ok),
        "not_checked": report.count(Verdict::NotChecked),
        "warn": report.count(Verdict::Warn),
        "fail": report.count(Verdict::Fail),
        "findings": report.findings,
    })
}
