//! One delivery's way, from slot to settlement, over ports. Knows no broker.
//!
//! Start at [`Worker::run`] (slots, deliveries, drain) and read on in `handle`: one delivery's life, top to
//! bottom. `fate` is the table of what an error means.

mod article;
mod delay;
mod fate;
mod handle;
mod hold;
mod life;
mod make;
pub(crate) mod points;
mod pool;
mod ports;
mod progress;
mod reconcile;
mod run;
mod told;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use article::{ArticleError, Draft, Enrich, Made, Pipeline, Product, Worked};
pub use fate::{Failure, Fate};
pub use pool::{Lost, Pool};
pub use ports::{
    Confirmed, Delivery, Envelope, FailureNote, Fatal, FatalKind, Inbox, Outbox, OutgoingRecord,
    PublishError, Settled,
};
pub use progress::Progress;
pub use reconcile::{Answers, Reconcile, ReconcileError};

use crate::config::Unanswered;
use crate::telemetry::{Health, Journal, Metrics, Traces};

/// The worker's bounds.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Deliveries in flight at once.
    pub prefetch: u16,
    /// Steps of the retry schedule.
    pub retry_steps: usize,
    /// Of a hundred retries, how many take the neighbouring step.
    pub retry_jitter_percent: u8,
    /// Time that one article may take on its thread.
    pub article: Duration,
    /// Time to finish what is in flight on shutdown.
    pub drain: Duration,
    /// Whether the next worker may begin only when this one has ended.
    pub in_order: bool,
    /// How long a delivery is held while the broker takes no record, before it is tried again later. Well below
    /// the broker's consumer timeout, which is 30 minutes by default.
    pub hold_max: Duration,
    /// What becomes of an article whose unknown tags got no answer.
    pub unanswered: Unanswered,
    /// In logs and dead letters.
    pub name: String,
}

/// Takes deliveries and sees each through. One for a process.
#[derive(Debug)]
pub struct Worker<O> {
    outbox: O,
    articles: Arc<dyn Enrich>,
    reconcile: Option<Arc<dyn Reconcile>>,
    pool: Pool,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    traces: Arc<Traces>,
    journal: Arc<Journal>,
    settings: Settings,
    /// Why it stops by itself, if it does; the first reason stays.
    fatal: OnceLock<Fatal>,
    stopping: CancellationToken,
}

impl<O: Outbox> Worker<O> {
    /// A worker that publishes through `outbox` what `articles` makes on the threads of `pool`, asking `reconcile` for
    /// what that leaves open, and tells `metrics`, `health`, `traces` and `journal` of it.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a neighbour of the worker, named once, where all are wired"
    )]
    pub fn new(
        outbox: O,
        articles: Arc<dyn Enrich>,
        reconcile: Option<Arc<dyn Reconcile>>,
        pool: Pool,
        metrics: Arc<Metrics>,
        health: Arc<Health>,
        traces: Arc<Traces>,
        journal: Arc<Journal>,
        settings: Settings,
    ) -> Arc<Self> {
        Arc::new(Self {
            outbox,
            articles,
            reconcile,
            pool,
            metrics,
            health,
            traces,
            journal,
            settings,
            fatal: OnceLock::new(),
            stopping: CancellationToken::new(),
        })
    }

    /// Where records and copies go.
    pub fn outbox(&self) -> &O {
        &self.outbox
    }

    fn stop(&self, fatal: Fatal) {
        tracing::error!(%fatal, "stopping");
        // A later reason is a consequence of the first.
        drop(self.fatal.set(fatal));
        self.stopping.cancel();
    }
}
