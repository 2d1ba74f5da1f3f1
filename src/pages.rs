//! Pages for people at the admin port: this worker at a glance, a box to try an article in, the last articles, the
//! runbook.
//!
//! Invariant: whatever an article holds is text on a page, never markup; a page asks nothing of any other host, runs no
//! script and changes nothing. Who may see them is decided in one place, `door`. What an article may cost is bounded
//! here as it is for the worker, and one is looked at at a time.
//!
//! Absent on purpose: the worker. What it has to say stands in metrics, health and journal, which these pages read.

mod bench;
mod cleaned;
mod door;
mod figures;
mod frame;
mod home;
mod manual;
mod quoted;
mod recent;
mod remedy;
mod shown;
mod tagged;
mod trial;
pub(crate) mod words;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

pub use cleaned::file as cleaning_file;
pub use quoted::file as quotes_file;

use crate::config::PagesConfig;
use crate::enrich::{Enricher, Limits};
use crate::message::DecodeOptions;
use crate::telemetry::{Health, Journal, Metrics};
use crate::vocabulary::LiveVocabulary;
use bench::Bench;
use figures::Minute;

/// What the pages read, and what bounds them.
#[derive(Debug)]
pub struct Sources {
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Connections.
    pub health: Arc<Health>,
    /// The last errors and articles.
    pub journal: Arc<Journal>,
    /// The vocabulary in force.
    pub vocabulary: Arc<LiveVocabulary>,
    /// As the worker's.
    pub enricher: Enricher,
    /// Bounds on one article, as the worker's.
    pub limits: Limits,
    /// How messages are read, as the worker does.
    pub decode: DecodeOptions,
    /// Time that one article may take.
    pub article: Duration,
    /// Who may see the pages, and how much is kept.
    pub settings: PagesConfig,
    /// Where the admin port listens.
    pub listen: IpAddr,
    /// The worker's name.
    pub name: String,
}

/// The pages of one worker.
#[derive(Debug)]
pub struct Pages {
    sources: Sources,
    minute: Minute,
    bench: Bench,
    since: Instant,
}

impl Pages {
    /// Pages over these sources.
    pub fn new(sources: Sources) -> Arc<Self> {
        Arc::new(Self {
            minute: Minute::default(),
            bench: Bench::new(sources.article),
            since: Instant::now(),
            sources,
        })
    }

    /// What is served, and the door before it.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(home::page))
            .route("/try", get(trial::form).post(trial::tried))
            .route("/recent", get(recent::list))
            .route("/recent/{number}", get(recent::one))
            .route("/runbook", get(manual::runbook))
            .route("/docs/{name}", get(manual::page))
            .route("/style.css", get(style))
            .route("/icon.svg", get(icon))
            .fallback(nowhere)
            .layer(from_fn_with_state(Arc::clone(self), door::keep))
            .with_state(Arc::clone(self))
    }

    /// Notes the figures from time to time, for rates over the last minute. Never ends.
    pub async fn watch(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(figures::STEP);
        loop {
            ticks.tick().await;
            self.minute.note(&self.sources.metrics);
        }
    }
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], frame::STYLE)
}

async fn icon() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "image/svg+xml")],
        include_str!("pages/icon.svg"),
    )
}

async fn nowhere(State(_pages): State<Arc<Pages>>) -> Response {
    frame::message(
        StatusCode::NOT_FOUND,
        "No such page",
        "There is nothing at this address.",
    )
}

#[cfg(test)]
mod tests;
