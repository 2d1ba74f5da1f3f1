//! The process's own figures, read at each scrape. Where there is no `/proc`, those from there are left out.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use rustix::time::{ClockId, clock_gettime};

/// Reads them.
#[derive(Debug)]
pub(super) struct Process {
    /// Seconds since 1970.
    started: f64,
}

impl Process {
    /// Of a process that starts now.
    pub(super) fn starting() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            started: since.as_secs_f64(),
        }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: Option<u64>| {
            let Some(value) = value else { return Ok(()) };
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
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
        gauge("process_open_fds", "Open file descriptors.", open)?;
        let used = clock_gettime(ClockId::ProcessCPUTime);
        let seconds = used.tv_sec as f64 + used.tv_nsec as f64 / 1e9;
        let metric = encoder.encode_descriptor(
            "process_cpu_seconds",
            "Processor time of all threads.",
            None,
            MetricType::Counter,
        )?;
        ConstCounter::new(seconds).encode(metric)?;
        let metric = encoder.encode_descriptor(
            "process_start_time_seconds",
            "When the process started, Unix time.",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(self.started).encode(metric)
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
