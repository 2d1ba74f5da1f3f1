//! What is counted of a reconciliation service.

use std::sync::atomic::AtomicI64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{Metrics, labels};

type Label = [(&'static str, &'static str); 1];

/// The metrics of the service that unknown tags are asked of.
#[derive(Debug, Default)]
pub(super) struct Reconciling {
    requests: Family<Label, Counter>,
    names: Family<Label, Counter>,
    paused: Gauge<i64, AtomicI64>,
}

impl Reconciling {
    /// Under their names, in a registry that has the prefix.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "reconcile_requests",
            "Requests to the reconciliation service, by whether they were answered",
            self.requests.clone(),
        );
        registry.register(
            "reconcile_names",
            "Unknown tags that were to be reconciled, by what came of it",
            self.names.clone(),
        );
        registry.register(
            "reconcile_paused",
            "1 while the reconciliation service is not asked because it has failed too often",
            self.paused.clone(),
        );
    }

    /// Makes the series; see `labels`.
    pub(super) fn begin(&self) {
        labels::begin(&self.requests, "outcome", labels::REQUESTS);
        labels::begin(&self.names, "outcome", labels::NAMES);
    }
}

impl Metrics {
    /// A request to the reconciliation service ended.
    pub fn reconcile_request(&self, outcome: &'static str) {
        debug_assert!(labels::REQUESTS.contains(&outcome), "{outcome} is listed");
        self.reconciling
            .requests
            .get_or_create(&[("outcome", outcome)])
            .inc();
    }

    /// So many unknown tags were reconciled with this outcome.
    pub fn reconcile_names(&self, outcome: &'static str, names: usize) {
        debug_assert!(labels::NAMES.contains(&outcome), "{outcome} is listed");
        self.reconciling
            .names
            .get_or_create(&[("outcome", outcome)])
            .inc_by(names as u64);
    }

    /// Whether the reconciliation service is left alone.
    pub fn reconcile_paused(&self, paused: bool) {
        self.reconciling.paused.set(i64::from(paused));
    }
}
