//! `newsmill prove` on a real broker: that it passes where nothing is wrong, and that it notices when something is.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::client::{Client, Names, PATIENCE};
use super::doctor::{managed, management_url};
use super::node::{self, signal};
use super::worker::program;

/// A trial that runs.
fn started(url: &str, prefix: &str, settings: &[(&str, &str)], arguments: &[&str]) -> Child {
    let names = Names::new("unused");
    command(url, &names, prefix, settings, arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn command(url: &str, names: &Names, prefix: &str, settings: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = program(url, names, settings);
    command
        .args(["prove", "--json", "--prefix", prefix])
        .args(arguments);
    command
}

/// Its exit code, its ledger if it wrote one, and what it said.
async fn ended(child: Child) -> (i32, Value, String) {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let ledger = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), ledger, said)
}

fn sum(counts: &Value) -> u64 {
    let counts = counts.as_object().unwrap().values();
    counts.map(|count| count.as_u64().unwrap()).sum()
}

/// Worker processes of trials with this prefix; they have it in their environment.
fn workers_of(prefix: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| {
            let of = |file: &str| std::fs::read(process.path().join(file)).unwrap_or_default();
            let holds =
                |bytes: &[u8], part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
            holds(&of("cmdline"), "newsmill\0run") && holds(&of("environ"), prefix)
        })
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_with_every_fault_passes_and_leaves_nothing() {
    let Some(node) = managed() else { return };
    let prefix = Names::new("prove").retry;
    let management = management_url(node);
    let child = started(
        &node.url,
        &prefix,
        &[("BROKER_MANAGEMENT_URL", &management), ("WORKER_PREFETCH", "16")],
        &[
            "--minutes",
            "0.15",
            "--kill-every",
            "0.6",
            "--seed",
            "7",
            "--patience-secs",
            "60",
        ],
    );
    let (code, ledger, said) = ended(child).await;
    assert_eq!(code, 0, "{said}{ledger:#}");
    assert_eq!(ledger["lost"], 0, "{ledger:#}");
    assert_eq!(sum(&ledger["unexpected"]), 0, "{ledger:#}");
    // Faults end when everything is fed, so it is fed for a time: how much depends on the machine.
    let fed = ledger["fed"].as_u64().unwrap();
    let dead = sum(&ledger["dead_lettered"]);
    assert!(dead > 0, "poison is fed, too: {ledger:#}");
    assert_eq!(ledger["enriched"].as_u64().unwrap() + dead, fed, "{ledger:#}");
    assert!(ledger["faults"]["kill"].as_u64().unwrap_or(0) > 0, "{ledger:#}");
    assert!(ledger["close_left_out"].is_null(), "{ledger:#}");
    assert!(ledger["fresh_secs"].is_number(), "{ledger:#}");
    assert!(
        ledger["memory_peak_bytes"].as_u64().unwrap_or(0) > 1_000_000,
        "{ledger:#}"
    );
    let queues = node.ctl(&["list_queues", "name"]);
    let exchanges = node.ctl(&["list_exchanges", "name"]);
    assert!(
        !queues.contains(&prefix) && !exchanges.contains(&prefix),
        "{queues}{exchanges}"
    );
    assert_eq!(workers_of(&prefix), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_somebody_takes_away_is_lost_and_the_trial_says_so() {
    let Some(url) = node::shared() else { return };
    let prefix = Names::new("thief").retry;
    let client = Client::connect(url).await;
    let child = started(
        url,
        &prefix,
        &[],
        &[
            "--articles",
            "120",
            "--kill-every",
            "60",
            "--patience-secs",
            "10",
            "--workers",
            "1",
        ],
    );
    let output = format!("{prefix}.enriched");
    client.await_queue(&output).await;
    let mut thief = client.collect(&output).await;
    thief.until(|taken| taken.len() >= 3).await;
    let (code, ledger, said) = ended(child).await;
    thief.until_quiet(Duration::from_millis(200)).await;
    assert_eq!(code, 1, "{said}{ledger:#}");
    let lost = ledger["lost"].as_u64().unwrap();
    // Nothing was killed, so there were no twins to take.
    assert_eq!(lost, thief.taken.len() as u64, "{said}{ledger:#}");
    assert!(!ledger["lost_numbers"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_fed_is_unexpected() {
    let Some(url) = node::shared() else { return };
    let prefix = Names::new("stranger").retry;
    let client = Client::connect(url).await;
    let child = started(
        url,
        &prefix,
        &[],
        &[
            "--articles",
            "40",
            "--kill-every",
            "60",
            "--patience-secs",
            "20",
            "--workers",
            "1",
        ],
    );
    let output = format!("{prefix}.enriched");
    client.await_queue(&output).await;
    client
        .put(&output, b"{}", lapin::BasicProperties::default())
        .await;
    let (code, ledger, said) = ended(child).await;
    assert_eq!(code, 1, "{said}{ledger:#}");
    assert_eq!(ledger["unexpected"]["a message that nobody fed"], 1, "{ledger:#}");
    assert_eq!(ledger["lost"], 0, "{ledger:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_refuses_names_that_exist_and_leaves_them_alone() {
    let Some(url) = node::shared() else { return };
    let prefix = Names::new("taken").retry;
    let client = Client::connect(url).await;
    let queue = format!("{prefix}.dead");
    client.declare(&queue, &[]).await;
    client
        .put(&queue, b"dear to somebody", lapin::BasicProperties::default())
        .await;
    let (code, _, said) = ended(started(url, &prefix, &[], &["--articles", "10"])).await;
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains(&format!("queue `{queue}` is on the broker already")),
        "{said}"
    );
    client.await_depth(&queue, 1).await;
    let mut names = Names::new("unused");
    names.dead = queue;
    client.clean(&names, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_trial_and_it_cleans_up() {
    let Some(node) = managed() else { return };
    let prefix = Names::new("interrupted").retry;
    let client = Client::connect(&node.url).await;
    let child = started(&node.url, &prefix, &[], &["--articles", "1000000"]);
    client.await_queue(&format!("{prefix}.enriched")).await;
    let begun = std::time::Instant::now();
    while workers_of(&prefix) < 2 {
        assert!(begun.elapsed() < PATIENCE, "no workers");
        sleep(Duration::from_millis(100)).await;
    }
    sleep(Duration::from_secs(3)).await;
    signal("INT", &child.id().to_string());
    let (code, ledger, said) = ended(child).await;
    assert_eq!(code, 130, "{said}");
    assert_eq!(ledger["interrupted"], true, "{ledger:#}");
    assert_eq!(sum(&ledger["unexpected"]), 0, "{ledger:#}");
    assert!(!node.ctl(&["list_queues", "name"]).contains(&prefix));
    assert_eq!(workers_of(&prefix), 0);
}
