//! Keeps the worker's vocabulary current: on SIGHUP, and when its file has changed.
//!
//! Invariant: whatever the file holds, a whole vocabulary is in force and the worker works on. Absent on purpose:
//! how a file is checked (`vocabulary`), and a watch by the system, which says nothing on network file systems
//! and loses sight of a file that is renamed away.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::time::{MissedTickBehavior, interval};

use crate::telemetry::Metrics;
use crate::vocabulary::{LiveVocabulary, Reloaded};

/// Looks every `check` (zero: never) and heeds the signal, for ever.
pub(crate) async fn keep_current(
    vocabulary: Arc<LiveVocabulary>,
    metrics: Arc<Metrics>,
    check: Duration,
    mut hangup: Signal,
) {
    let looks = !check.is_zero() && vocabulary.path().is_some();
    // There is no interval of zero; an hour that is not heeded stands in for it.
    let mut ticks = interval(if looks { check } else { Duration::from_secs(3600) });
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let asked = tokio::select! {
            _ = ticks.tick() => false,
            received = hangup.recv() => received.is_some(),
        };
        if asked && vocabulary.path().is_none() {
            tracing::info!("SIGHUP: the vocabulary is the built-in one, there is no file to load");
            continue;
        }
        if looks || asked {
            let (vocabulary, metrics) = (Arc::clone(&vocabulary), Arc::clone(&metrics));
            // Reading and checking a file takes its time, and this thread has heartbeats to send.
            let work = tokio::task::spawn_blocking(move || {
                if asked || vocabulary.is_stale() {
                    reload(&vocabulary, &metrics);
                }
            });
            if let Err(error) = work.await {
                tracing::error!(%error, "the vocabulary was not loaded again");
            }
        }
    }
}

fn reload(vocabulary: &LiveVocabulary, metrics: &Metrics) {
    let file = vocabulary.path().map(|path| path.display().to_string());
    match vocabulary.reload() {
        Ok(Reloaded::Changed { before }) => {
            let current = vocabulary.current();
            metrics.vocabulary(current.version(), current.len());
            metrics.vocabulary_reloaded("loaded");
            tracing::info!(
                file,
                before,
                version = current.version(),
                concepts = current.len(),
                "another vocabulary is in force"
            );
        }
        Ok(Reloaded::Unchanged) => {
            metrics.vocabulary_reloaded("unchanged");
            tracing::info!(file, "the vocabulary's file has the version in force");
        }
        Err(error) => {
            metrics.vocabulary_reloaded("failed");
            tracing::error!(
                file,
                error = format!("{:#}", anyhow::Error::new(error)),
                version = vocabulary.current().version(),
                "the vocabulary's file was refused; the old one stays in force"
            );
        }
    }
}
