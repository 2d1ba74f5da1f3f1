//! The process's own figures, read from `/proc` at each scrape. Where there is no `/proc` they are left out.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;

/// Reads them.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: Option<u64>| {
            let Some(value) = value else { return Ok(()) };
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let metric =
                encoder.encode_descriptor(name, help, None, prometheus_client::metrics::MetricType::Gauge)?;
            gauge.encode(metric)
        };
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        gauge(
            "process_resident_memory_bytes",
            "Resident memory.",
            kilobytes(&status, "VmRSS:").map(|kb| kb * 1024),
        )?;
        gauge(
            "process_resident_memory_max_bytes",
            "The most resident memory so far.",
            kilobytes(&status, "VmHWM:").map(|kb| kb * 1024),
        )?;
        gauge(
            "process_threads",
            "Threads of the process.",
            kilobytes(&status, "Threads:"),
        )?;
        let open = std::fs::read_dir("/proc/self/fd")
            .ok()
            .map(|files| files.count() as u64);
        gauge("process_open_fds", "Open file descriptors.", open)
    }
}

/// The number after `key` in `/proc/self/status`.
fn kilobytes(status: &str, key: &str) -> Option<u64> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_gives_its_number() {
        assert_eq!(kilobytes("Name:\tx\nVmRSS:\t  5120 kB\n", "VmRSS:"), Some(5120));
        assert_eq!(kilobytes("Name:\tx\n", "VmRSS:"), None);
    }
}
