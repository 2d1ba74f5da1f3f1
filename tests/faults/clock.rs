//! The wall clock jumps, forwards and back, as it does when a machine is set or wakes up.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::time::sleep;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node;
use super::worker::{WorkerProcess, program};

/// Lets a command see a wall clock that is off by what `offset` holds, at any time; not without Debian's libfaketime
/// (package `faketime`).
pub fn set_by(command: &mut Command, offset: &Path) -> bool {
    let Some(library) = libfaketime() else {
        return false;
    };
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", offset)
        .env("FAKETIME_NO_CACHE", "1")
        // A machine's monotonic clock does not jump.
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    true
}

pub fn libfaketime() -> Option<PathBuf> {
    let folders = [
        "/usr/lib/x86_64-linux-gnu/faketime",
        "/usr/lib/aarch64-linux-gnu/faketime",
        "/usr/lib/faketime",
    ];
    folders
        .iter()
        .map(|folder| Path::new(folder).join("libfaketimeMT.so.1"))
        .find(|library| library.is_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_loses_nothing_and_fails_no_article() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("clock");
    let folder = tempfile::tempdir().unwrap();
    let offset = folder.path().join("offset");
    std::fs::write(&offset, "+0").unwrap();
    let settings = [("WORKER_ARTICLE_SECS", "5"), ("WORKER_THREADS", "1")];
    let mut command = program(url, &names, &settings);
    if !set_by(&mut command, &offset) {
        std::io::stderr()
            .write_all(b"SKIPPED: libfaketime is not installed (Debian's package faketime)\n")
            .unwrap();
        return;
    }
    let worker = WorkerProcess::of(command);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(url).await;
    let mut records = client.collect(&names.output).await;
    let mut ledger = Ledger::default();
    for jump in ["+3d", "-2y", "+10y", "+0"] {
        ledger.feed(&client, &names.input, 60).await;
        std::fs::write(&offset, jump).unwrap();
        ledger.feed(&client, &names.input, 60).await;
        // Longer than two heartbeats in all.
        sleep(Duration::from_secs(3)).await;
        records.until(|taken| ledger.complete(taken)).await;
    }
    assert_eq!(ledger.close(&client, &names, &mut records).await, 0);
    let log = worker.log();
    assert!(
        log.lines().any(|line| line.contains("\"timestamp\":\"20"))
            && records.taken.iter().any(|record| {
                let seconds = record.properties.timestamp().unwrap();
                let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap();
                seconds.abs_diff(now) > 86_400
            }),
        "the worker's clock did jump"
    );
    assert_eq!(client.depth(&names.dead).await, 0);
    assert_eq!(
        worker.metric("newsmill_reconnects_total{link=\"consume\"}").await,
        0.0
    );
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}
