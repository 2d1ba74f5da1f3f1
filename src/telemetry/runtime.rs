//! Figures of the runtime on which the worker talks with the broker and answers requests; articles have threads of
//! their own.
//!
//! Read at each scrape. Where the metrics are made outside a runtime they are left out.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use tokio::runtime::Handle;

/// Reads them.
#[derive(Debug)]
pub(super) struct Runtime(Option<Handle>);

impl Runtime {
    /// Of the runtime in which this is called.
    pub(super) fn current() -> Self {
        Self(Handle::try_current().ok())
    }
}

impl Collector for Runtime {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(handle) = &self.0 else { return Ok(()) };
        let figures = handle.metrics();
        let mut gauge = |name: &str, help: &str, value: usize| {
            let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX)).encode(metric)
        };
        gauge(
            "newsmill_runtime_threads",
            "Threads that talk with the broker and answer requests.",
            figures.num_workers(),
        )?;
        gauge(
            "newsmill_runtime_tasks",
            "Tasks that are alive.",
            figures.num_alive_tasks(),
        )?;
        gauge(
            "newsmill_runtime_waiting",
            "Tasks that are ready and wait for a thread.",
            figures.global_queue_depth(),
        )?;
        let busy: Duration = (0..figures.num_workers())
            .map(|thread| figures.worker_total_busy_duration(thread))
            .sum();
        let metric = encoder.encode_descriptor(
            "newsmill_runtime_busy_seconds",
            "Time that those threads were busy, all together.",
            None,
            MetricType::Counter,
        )?;
        ConstCounter::new(busy.as_secs_f64()).encode(metric)
    }
}
