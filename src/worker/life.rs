//! The span of a delivery's life, for the figures.
//!
//! Invariant: what is counted in is counted out, once.

use std::time::Instant;

use crate::telemetry::{DeliveryTrace, Metrics};

/// Counts a delivery in and, once, out: also when its task dies.
pub(super) struct Life<'a> {
    metrics: &'a Metrics,
    begun: Instant,
    outcome: &'static str,
    trace_id: Option<String>,
}

impl<'a> Life<'a> {
    pub(super) fn begin(metrics: &'a Metrics, body_bytes: usize) -> Self {
        metrics.receive(body_bytes);
        Self {
            metrics,
            begun: Instant::now(),
            // Only a defect of the worker leaves it at this; the broker hands the message out again.
            outcome: "abandoned",
            trace_id: None,
        }
    }

    pub(super) fn end(mut self, outcome: &'static str, trace: DeliveryTrace) {
        self.outcome = outcome;
        self.trace_id = trace.exported_id().map(ToOwned::to_owned);
        trace.end(outcome);
    }
}

impl Drop for Life<'_> {
    fn drop(&mut self) {
        self.metrics
            .finish(self.outcome, self.begun.elapsed(), self.trace_id.as_deref());
    }
}
