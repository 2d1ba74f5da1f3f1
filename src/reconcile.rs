//! A reconciliation service (W3C Reconciliation Service API, as OpenRefine speaks it) behind the worker's port: what
//! it knows of names that the vocabulary does not have.
//!
//! Invariant: no article waits for it longer than its requests may take, and a service that is down costs the articles
//! nothing but its answers: after some failures in a row it is left alone for a while.
//!
//! Absent on purpose: what an answer means for a tag (`enrich/tags/reconciled.rs`), and what becomes of an article
//! without one (`worker/make.rs`).

mod breaker;
mod client;
mod wire;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use moka::sync::Cache;
use tokio::sync::Semaphore;

use crate::config::ReconcileConfig;
use crate::message::TagCandidate;
use crate::telemetry::{Health, Metrics};
use crate::worker::{Answers, Reconcile, ReconcileError};
use breaker::{Breaker, Turn};
use client::Client;
pub use client::ReconcileSetting;

/// Asks a service, and remembers what it said.
#[derive(Debug)]
pub struct Service {
    client: Client,
    /// By name as it was asked for; none: the service does not know it.
    cache: Cache<String, Option<TagCandidate>>,
    breaker: Breaker,
    /// Requests that may be under way at once.
    slots: Semaphore,
    /// Names of one request.
    batch: usize,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
}

impl Service {
    /// The service of the settings; none where they name none.
    ///
    /// # Errors
    /// A setting that cannot work, which only using it shows: a file of certificates.
    pub fn new(
        config: &ReconcileConfig,
        metrics: Arc<Metrics>,
        health: Arc<Health>,
    ) -> Result<Option<Self>, ReconcileSetting> {
        let Some(client) = Client::new(config)? else {
            return Ok(None);
        };
        metrics.reconcile_paused(false);
        Ok(Some(Self {
            client,
            cache: Cache::builder()
                .max_capacity(config.cache_entries)
                .time_to_live(config.cache)
                .build(),
            breaker: Breaker::new(config.failures_max, config.pause),
            slots: Semaphore::new(config.requests_max),
            batch: config.batch,
            metrics,
            health,
        }))
    }

    /// One request, if its turn comes.
    async fn request(&self, names: &[String]) -> Result<Vec<Option<TagCandidate>>, ReconcileError> {
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(ReconcileError::Paused);
        };
        if self.breaker.turn(Instant::now()) == Turn::Later {
            return Err(ReconcileError::Paused);
        }
        let answered = self.client.ask(names).await;
        let outcome = match &answered {
            Ok(_) => "answered",
            Err(_) => "failed",
        };
        self.metrics.reconcile_request(outcome);
        match &answered {
            Ok(_) => {
                if self.breaker.succeeded() {
                    tracing::info!("the reconciliation service answers again");
                    self.paused(None);
                }
            }
            Err(problem) => {
                if self.breaker.failed(Instant::now()) {
                    tracing::warn!(
                        error = problem,
                        pause_secs = self.breaker.pause().as_secs(),
                        "the reconciliation service is left alone for a while: it has failed too often"
                    );
                    self.paused(Some(problem));
                }
            }
        }
        answered.map_err(ReconcileError::Unanswered)
    }

    fn paused(&self, why: Option<&str>) {
        self.metrics.reconcile_paused(why.is_some());
        self.health
            .degraded(why.map(|why| format!("reconcile: not asked for now, it has failed too often: {why}")));
    }
}

#[async_trait]
impl Reconcile for Service {
    async fn ask(&self, names: &[String]) -> Answers {
        let mut answers: Vec<Option<Option<TagCandidate>>> =
            names.iter().map(|name| self.cache.get(name)).collect();
        let open: Vec<String> = names
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.is_none())
            .map(|(name, _)| name.clone())
            .collect();
        self.metrics.reconcile_names("cached", names.len() - open.len());
        let mut asked = 0;
        for batch in open.chunks(self.batch) {
            let answered = match self.request(batch).await {
                Ok(answered) => answered,
                Err(error) => {
                    self.metrics.reconcile_names("unanswered", open.len() - asked);
                    return Err(error);
                }
            };
            asked += batch.len();
            let known = answered.iter().filter(|answer| answer.is_some()).count();
            self.metrics.reconcile_names("known", known);
            self.metrics.reconcile_names("unknown", batch.len() - known);
            let mut places = answers.iter_mut().filter(|answer| answer.is_none());
            for (name, answer) in batch.iter().zip(answered) {
                self.cache.insert(name.clone(), answer.clone());
                if let Some(place) = places.next() {
                    *place = Some(answer);
                }
            }
        }
        Ok(answers.into_iter().map(Option::flatten).collect())
    }
}

#[cfg(test)]
mod tests;
