//! Settings: what was written, layer over layer ([`Layers`]), becomes what the program relies on ([`Config`]).
//!
//! Invariant: a `Config` is valid. All problems are found at once, before anything connects.

mod address;
mod layers;
mod problem;
mod raw;
mod reconcile;
mod reference;
mod secret;
mod show;
mod valid;
mod variables;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use layers::{Flag, Layers, Sources};
pub use problem::{ConfigProblems, Place, Problem};
pub use reconcile::{ReconcileConfig, Unanswered};
pub use reference::{DEFAULT_FILE, markdown};
pub use secret::masked_url;
pub use variables::misspelt_variables;

use crate::enrich::tags::TagRules;
use crate::enrich::{Limits, Stages};
use crate::message::{DecodeOptions, FieldMap, Output};

/// Valid settings. What each means, its default and its unit: `deploy/newsmill.toml`.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach the broker.
    pub broker: BrokerConfig,
    /// Names of queues and exchanges.
    pub topology: TopologyConfig,
    /// The worker's bounds.
    pub worker: WorkerConfig,
    /// Delays between attempts, first to last.
    pub retry_delays: Vec<Duration>,
    /// Of a hundred retries, how many take the neighbouring delay.
    pub retry_jitter_percent: u8,
    /// Which stages run, over which vocabulary, within which limits.
    pub enrich: EnrichConfig,
    /// JSON pointers by field for messages of another shape.
    pub field_map: FieldMap,
    /// In which form records leave.
    pub output: Output,
    /// Whom unknown tags are asked of.
    pub reconcile: ReconcileConfig,
    /// Logs and the admin port.
    pub telemetry: TelemetryConfig,
    /// The pages for people.
    pub pages: PagesConfig,
}

impl Config {
    /// Reads the sources and checks everything.
    ///
    /// # Errors
    /// Every problem there is, with the place where it was written.
    pub fn load(sources: &Sources<'_>) -> Result<Self, ConfigProblems> {
        let (layers, mut problems) = Layers::read_what_can_be(sources);
        match valid::check(layers.to_raw()?, &layers) {
            Ok(config) if problems.is_empty() => Ok(config),
            Ok(_) => Err(ConfigProblems(problems)),
            Err(others) => {
                problems.extend(others);
                Err(ConfigProblems(problems))
            }
        }
    }

    /// How messages are read under these settings.
    pub fn decode_options(&self) -> DecodeOptions {
        DecodeOptions {
            field_map: self.field_map.clone(),
            body_bytes_max: self.worker.body_bytes_max,
            unpacked_bytes_max: self.worker.unpacked_bytes_max,
            // Tags alone need no text.
            text_required: self.enrich.stages.clean || self.enrich.stages.quotes,
        }
    }
}

/// How to reach the broker.
#[derive(Clone)]
pub struct BrokerConfig {
    /// `amqp://` or `amqps://` addresses of the nodes, at least one. They hold secrets: never log one whole.
    pub urls: Vec<String>,
    /// Heartbeat interval, whole seconds.
    pub heartbeat: Duration,
    /// From the first byte to an open connection.
    pub connect_timeout: Duration,
    /// Any single request of the broker.
    pub operation_timeout: Duration,
    /// First back-off.
    pub reconnect_min: Duration,
    /// Longest back-off.
    pub reconnect_max: Duration,
    /// Channels that publish, one publish in flight on each.
    pub publish_channels: u16,
    /// PEM file of the certificate authority.
    pub tls_ca_file: Option<PathBuf>,
    /// PKCS#12 file of the client's identity.
    pub tls_client_file: Option<PathBuf>,
    /// Its password.
    pub tls_client_password: String,
    /// HTTP API of the management plugin; none: looked for at its usual port. It may hold secrets.
    pub management_url: Option<String>,
}

impl fmt::Debug for BrokerConfig {
    /// Without the secrets, so that no log can hold them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            urls,
            heartbeat,
            connect_timeout,
            operation_timeout,
            reconnect_min,
            reconnect_max,
            publish_channels,
            tls_ca_file,
            tls_client_file,
            tls_client_password,
            management_url,
        } = self;
        f.debug_struct("BrokerConfig")
            .field(
                "urls",
                &urls.iter().map(|url| masked_url(url)).collect::<Vec<_>>(),
            )
            .field("heartbeat", heartbeat)
            .field("connect_timeout", connect_timeout)
            .field("operation_timeout", operation_timeout)
            .field("reconnect_min", reconnect_min)
            .field("reconnect_max", reconnect_max)
            .field("publish_channels", publish_channels)
            .field("tls_ca_file", tls_ca_file)
            .field("tls_client_file", tls_client_file)
            .field("tls_client_password", &!tls_client_password.is_empty())
            .field("management_url", &management_url.as_deref().map(masked_url))
            .finish()
    }
}

/// Names of queues and exchanges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopologyConfig {
    /// Whether missing things are created.
    pub mode: TopologyMode,
    /// Raw articles come from here.
    pub input_queue: String,
    /// Enriched records go here…
    pub output_exchange: String,
    /// …with this key.
    pub output_routing_key: String,
    /// Queue bound to the exchange, if we bind one.
    pub output_queue: Option<String>,
    /// Articles that cannot be enriched.
    pub dead_letter_queue: String,
    /// Prefix of the delay queues' names.
    pub retry_queue_prefix: String,
    /// The broker's own bound on deliveries of one message.
    pub delivery_limit: u32,
    /// Whether one worker at a time takes from the input queue, in its order.
    pub single_active_consumer: bool,
}

/// Whether missing queues and exchanges are created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopologyMode {
    /// Create what is missing.
    Declare,
    /// Stop with the name of what is missing.
    Check,
}

/// The worker's bounds.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Deliveries held at once.
    pub prefetch: u16,
    /// Bytes of messages held at once, about.
    pub in_hand_bytes_max: usize,
    /// Threads that enrich, at least one.
    pub threads: usize,
    /// Time that one article may take on its thread.
    pub article: Duration,
    /// Time to finish what is in flight on shutdown.
    pub drain: Duration,
    /// Bytes of a message.
    pub body_bytes_max: usize,
    /// Bytes that a compressed body may unpack to.
    pub unpacked_bytes_max: usize,
    /// Bytes of a record.
    pub record_bytes_max: usize,
    /// Name in logs, metrics and dead letters.
    pub name: String,
}

/// Which stages run, over which vocabulary, within which limits.
#[derive(Debug, Clone)]
pub struct EnrichConfig {
    /// Stages that run.
    pub stages: Stages,
    /// Rules of reading tags that run.
    pub tag_rules: TagRules,
    /// Compiled vocabulary; none: the built-in one.
    pub vocabulary: Option<PathBuf>,
    /// Between two looks at its file; zero: none.
    pub vocabulary_check: Duration,
    /// Bounds on one article.
    pub limits: Limits,
}

/// Logs and the admin port.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// Where `/metrics`, `/livez`, `/readyz` and the pages listen; none: nowhere.
    pub listen: Option<SocketAddr>,
    /// Form of the logs.
    pub log_format: LogFormat,
    /// `EnvFilter` directives.
    pub log_filter: String,
}

/// Form of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Readable on a terminal, else JSON.
    Auto,
    /// Readable.
    Text,
    /// One JSON object a line.
    Json,
}

/// The pages for people, at the admin port.
#[derive(Debug, Clone)]
pub struct PagesConfig {
    /// Whether there are any.
    pub enabled: bool,
    /// Whether only connections from this machine get them.
    pub local_only: bool,
    /// Names by which they may be called, in lower case.
    pub hosts: Vec<String>,
    /// Articles that are kept to be shown.
    pub recent: usize,
    /// Bytes of messages and records that are kept for it.
    pub recent_bytes_max: usize,
    /// Bytes of a page or text given to be tried.
    pub try_bytes_max: usize,
}

#[cfg(test)]
mod tests;
