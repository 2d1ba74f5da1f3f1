//! The pages for people, wired to what the worker tells.

use std::sync::Arc;

use crate::cli::settings::enricher_with;
use crate::config::Config;
use crate::pages::{Pages, Sources};
use crate::telemetry::{Health, Journal, Metrics};
use crate::vocabulary::LiveVocabulary;

/// What happened last, where there is somebody to look at it.
pub(super) fn journal(config: &Config) -> Arc<Journal> {
    let pages = &config.pages;
    Arc::new(if pages.enabled && config.telemetry.listen.is_some() {
        Journal::new(pages.recent, pages.recent_bytes_max)
    } else {
        Journal::off()
    })
}

/// The pages, if there are to be any.
pub(super) fn pages(
    config: &Config,
    metrics: &Arc<Metrics>,
    health: &Arc<Health>,
    journal: &Arc<Journal>,
    vocabulary: &Arc<LiveVocabulary>,
) -> Option<Arc<Pages>> {
    let listen = config.telemetry.listen.filter(|_| config.pages.enabled)?;
    Some(Pages::new(Sources {
        metrics: Arc::clone(metrics),
        health: Arc::clone(health),
        journal: Arc::clone(journal),
        vocabulary: Arc::clone(vocabulary),
        enricher: enricher_with(config, vocabulary.current(), None),
        limits: config.enrich.limits.clone(),
        decode: config.decode_options(),
        article: config.worker.article,
        settings: config.pages.clone(),
        listen: listen.ip(),
        name: config.worker.name.clone(),
    }))
}
