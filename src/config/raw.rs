//! Settings as they are written: types and names of `deploy/newsmill.toml`, nothing checked beyond that.
//!
//! Invariant: a key of the file of defaults that has no field here is an error, and [`valid`](super::valid) takes
//! every field apart by name, so that a setting nobody reads does not compile.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) broker: RawBroker,
    pub(super) topology: RawTopology,
    pub(super) worker: RawWorker,
    pub(super) retry: RawRetry,
    pub(super) enrich: RawEnrich,
    pub(super) message: RawMessage,
    pub(super) output: RawOutput,
    pub(super) reconcile: RawReconcile,
    pub(super) telemetry: RawTelemetry,
    pub(super) pages: RawPages,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBroker {
    pub(super) urls: Vec<String>,
    pub(super) heartbeat_secs: i64,
    pub(super) connect_timeout_secs: i64,
    pub(super) operation_timeout_secs: i64,
    pub(super) reconnect_min_ms: i64,
    pub(super) reconnect_max_ms: i64,
    pub(super) publish_channels: i64,
    pub(super) tls_ca_file: String,
    pub(super) tls_client_file: String,
    pub(super) tls_client_password: String,
    pub(super) management_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTopology {
    pub(super) mode: String,
    pub(super) input_queue: String,
    pub(super) output_exchange: String,
    pub(super) output_routing_key: String,
    pub(super) output_queue: String,
    pub(super) dead_letter_queue: String,
    pub(super) retry_queue_prefix: String,
    pub(super) delivery_limit: i64,
    pub(super) single_active_consumer: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWorker {
    pub(super) prefetch: i64,
    pub(super) in_hand_bytes_max: i64,
    pub(super) threads: i64,
    pub(super) article_secs: i64,
    pub(super) drain_secs: i64,
    pub(super) body_bytes_max: i64,
    pub(super) unpacked_bytes_max: i64,
    pub(super) record_bytes_max: i64,
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRetry {
    pub(super) delays_secs: Vec<i64>,
    pub(super) jitter_percent: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnrich {
    pub(super) stages: Vec<String>,
    pub(super) tag_rules_off: Vec<String>,
    pub(super) vocabulary: String,
    pub(super) vocabulary_check_secs: i64,
    pub(super) html_bytes_max: i64,
    pub(super) text_bytes_max: i64,
    pub(super) html_depth_max: i64,
    pub(super) removed_bytes_max: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMessage {
    pub(super) fields: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOutput {
    pub(super) format: String,
    pub(super) envelope: String,
    pub(super) compression: String,
    pub(super) event_source: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReconcile {
    pub(super) url: String,
    pub(super) token: String,
    pub(super) tls_ca_file: String,
    pub(super) scheme: String,
    pub(super) query_type: String,
    pub(super) kinds: Vec<String>,
    pub(super) score_min: i64,
    pub(super) names_max: i64,
    pub(super) batch: i64,
    pub(super) requests_max: i64,
    pub(super) timeout_ms: i64,
    pub(super) cache_entries: i64,
    pub(super) cache_secs: i64,
    pub(super) failures_max: i64,
    pub(super) pause_secs: i64,
    pub(super) unanswered: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTelemetry {
    pub(super) listen: String,
    pub(super) log_format: String,
    pub(super) log_filter: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPages {
    pub(super) enabled: bool,
    pub(super) local_only: bool,
    pub(super) hosts: Vec<String>,
    pub(super) recent: i64,
    pub(super) recent_bytes_max: i64,
    pub(super) try_bytes_max: i64,
}
