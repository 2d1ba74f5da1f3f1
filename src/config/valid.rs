//! Settings as written to settings to rely on: every check there is, every problem at once.

mod output;
mod pages;
mod reconcile;
mod retry;
mod topology;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::address;
use super::layers::Layers;
use super::problem::Problem;
use super::raw::{RawBroker, RawConfig, RawEnrich, RawMessage, RawTelemetry, RawWorker};
use super::secret::masked_url;
use super::{BrokerConfig, Config, EnrichConfig, LogFormat, TelemetryConfig, Unanswered, WorkerConfig};
use crate::enrich::tags::TagRules;
use crate::enrich::{Limits, Stage, Stages};
use crate::message::FieldMap;

/// RabbitMQ's own bound on the prefetch of a quorum queue.
const PREFETCH_MAX: i64 = 2_000;
/// RabbitMQ's own bound on a channel's number, less those that consume.
const CHANNELS_MAX: i64 = 2_000;
/// The largest message that any RabbitMQ takes.
const MESSAGE_BYTES_MAX: i64 = 128 << 20;
const UNPACKED_BYTES_MAX: i64 = 1 << 30;
const DAY_SECS: i64 = 86_400;
/// AMQP's short strings.
const NAME_BYTES_MAX: usize = 255;

/// Checks everything.
pub(super) fn check(raw: RawConfig, layers: &Layers) -> Result<Config, Vec<Problem>> {
    let mut checks = Checks {
        layers,
        problems: Vec::new(),
    };
    let RawConfig {
        broker,
        topology,
        worker,
        retry,
        enrich,
        message: RawMessage { fields },
        output,
        reconcile,
        telemetry,
        pages,
    } = raw;
    let field_map = FieldMap::new(&fields).unwrap_or_else(|problems| {
        for problem in problems {
            checks.report(&format!("message.fields.{}", problem.name()), problem.to_string());
        }
        FieldMap::default()
    });
    let (retry_delays, retry_jitter_percent) = checks.retry(retry);
    let reconcile = checks.reconcile(reconcile);
    if reconcile.unanswered == Unanswered::Retry && retry_delays.is_empty() {
        let what = "\"retry\" needs a delay to try again after, and retry.delays_secs has none";
        checks.report("reconcile.unanswered", what);
    }
    if topology.single_active_consumer && worker.prefetch != 1 {
        let what = format!(
            "keeps the articles in their order with worker.prefetch = 1 only, and that is {}",
            worker.prefetch
        );
        checks.report("topology.single_active_consumer", what);
    }
    let config = Config {
        broker: checks.broker(broker),
        topology: checks.topology(topology),
        worker: checks.worker(worker),
        retry_delays,
        retry_jitter_percent,
        enrich: checks.enrich(enrich),
        field_map,
        output: checks.output(output),
        reconcile,
        telemetry: checks.telemetry(telemetry),
        pages: checks.pages(pages),
    };
    if checks.problems.is_empty() {
        Ok(config)
    } else {
        Err(checks.problems)
    }
}

struct Checks<'a> {
    layers: &'a Layers,
    problems: Vec<Problem>,
}

impl Checks<'_> {
    fn report(&mut self, setting: &str, what: impl Into<String>) {
        self.problems.push(Problem {
            place: self.layers.place(setting),
            setting: setting.to_owned(),
            what: what.into(),
        });
    }

    fn integer<T: TryFrom<i64> + Default>(
        &mut self,
        setting: &str,
        value: i64,
        range: RangeInclusive<i64>,
    ) -> T {
        if !range.contains(&value) {
            self.report(
                setting,
                format!("{value} is not between {} and {}", range.start(), range.end()),
            );
        }
        T::try_from(value).unwrap_or_default()
    }

    fn seconds(&mut self, setting: &str, value: i64, range: RangeInclusive<i64>) -> Duration {
        Duration::from_secs(self.integer(setting, value, range))
    }

    fn milliseconds(&mut self, setting: &str, value: i64) -> Duration {
        Duration::from_millis(self.integer(setting, value, 1..=3_600_000))
    }

    /// A file that must be there; empty: none.
    fn file(&mut self, setting: &str, path: &str) -> Option<PathBuf> {
        if path.is_empty() {
            return None;
        }
        let path = PathBuf::from(path);
        if path.is_dir() {
            self.report(setting, format!("{} is a folder, not a file", path.display()));
        } else if !path.is_file() {
            self.report(setting, format!("there is no file {}", path.display()));
        }
        Some(path)
    }

    fn one_of<T: Copy>(&mut self, setting: &str, value: &str, choices: &[(&str, T)]) -> Option<T> {
        let found = choices
            .iter()
            .find(|(name, _)| *name == value)
            .map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
            self.report(setting, format!("{value:?} is none of {}", names.join(", ")));
        }
        found
    }

    /// A queue's, exchange's or key's name.
    fn name(&mut self, setting: &str, name: String) -> String {
        if name.is_empty() {
            self.report(setting, "must not be empty");
        }
        self.name_or_empty(setting, name)
    }

    fn name_or_empty(&mut self, setting: &str, name: String) -> String {
        if name.len() > NAME_BYTES_MAX {
            self.report(
                setting,
                format!("is {} bytes, over AMQP's limit of {NAME_BYTES_MAX}", name.len()),
            );
        }
        if name.starts_with("amq.") {
            self.report(setting, "names that begin with \"amq.\" belong to the broker");
        }
        name
    }

    fn broker(&mut self, raw: RawBroker) -> BrokerConfig {
        let RawBroker {
            urls,
            heartbeat_secs,
            connect_timeout_secs,
            operation_timeout_secs,
            reconnect_min_ms,
            reconnect_max_ms,
            publish_channels,
            tls_ca_file,
            tls_client_file,
            tls_client_password,
            management_url,
        } = raw;
        if urls.is_empty() {
            self.report("broker.urls", "needs at least one address");
        }
        for url in &urls {
            if let Err(what) = address::check_amqp(url) {
                self.report("broker.urls", format!("{} {what}", masked_url(url)));
            }
        }
        if reconnect_max_ms < reconnect_min_ms {
            let what =
                format!("{reconnect_max_ms} is under broker.reconnect_min_ms, which is {reconnect_min_ms}");
            self.report("broker.reconnect_max_ms", what);
        }
        if tls_client_file.is_empty() && !tls_client_password.is_empty() {
            self.report(
                "broker.tls_client_password",
                "is set, but broker.tls_client_file is not",
            );
        }
        BrokerConfig {
            urls,
            heartbeat: self.seconds("broker.heartbeat_secs", heartbeat_secs, 1..=600),
            connect_timeout: self.seconds("broker.connect_timeout_secs", connect_timeout_secs, 1..=600),
            operation_timeout: self.seconds("broker.operation_timeout_secs", operation_timeout_secs, 1..=600),
            reconnect_min: self.milliseconds("broker.reconnect_min_ms", reconnect_min_ms),
            reconnect_max: self.milliseconds("broker.reconnect_max_ms", reconnect_max_ms),
            publish_channels: self.integer("broker.publish_channels", publish_channels, 1..=CHANNELS_MAX),
            tls_ca_file: self.file("broker.tls_ca_file", &tls_ca_file),
            tls_client_file: self.file("broker.tls_client_file", &tls_client_file),
            tls_client_password,
            management_url: self.management_url(management_url),
        }
    }

    fn management_url(&mut self, url: String) -> Option<String> {
        if !url.is_empty()
            && let Err(what) = address::check_http(&url)
        {
            self.report("broker.management_url", format!("{} {what}", masked_url(&url)));
        }
        Some(url).filter(|url| !url.is_empty())
    }

    fn worker(&mut self, raw: RawWorker) -> WorkerConfig {
        let RawWorker {
            prefetch,
            in_hand_bytes_max,
            threads,
            article_secs,
            drain_secs,
            body_bytes_max,
            unpacked_bytes_max,
            record_bytes_max,
            name,
        } = raw;
        let threads = match self.integer("worker.threads", threads, 0..=1024) {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let name = if name.is_empty() {
            format!(
                "{}-{}",
                gethostname::gethostname().to_string_lossy(),
                std::process::id()
            )
        } else {
            name
        };
        WorkerConfig {
            prefetch: self.integer("worker.prefetch", prefetch, 1..=PREFETCH_MAX),
            in_hand_bytes_max: self.integer(
                "worker.in_hand_bytes_max",
                in_hand_bytes_max,
                1..=UNPACKED_BYTES_MAX,
            ),
            threads,
            article: self.seconds("worker.article_secs", article_secs, 1..=600),
            drain: self.seconds("worker.drain_secs", drain_secs, 0..=3600),
            body_bytes_max: self.integer("worker.body_bytes_max", body_bytes_max, 1..=MESSAGE_BYTES_MAX),
            unpacked_bytes_max: self.integer(
                "worker.unpacked_bytes_max",
                unpacked_bytes_max,
                1..=UNPACKED_BYTES_MAX,
            ),
            record_bytes_max: self.integer(
                "worker.record_bytes_max",
                record_bytes_max,
                1..=MESSAGE_BYTES_MAX,
            ),
            name,
        }
    }

    fn enrich(&mut self, raw: RawEnrich) -> EnrichConfig {
        let RawEnrich {
            stages,
            tag_rules_off,
            vocabulary,
            vocabulary_check_secs,
            html_bytes_max,
            text_bytes_max,
            html_depth_max,
            removed_bytes_max,
        } = raw;
        let choices = [Stage::Clean, Stage::Quotes, Stage::Tags].map(|stage| (stage.name(), stage));
        let mut chosen = Stages::NONE;
        for stage in &stages {
            match self.one_of("enrich.stages", stage, &choices) {
                Some(Stage::Clean) => chosen.clean = true,
                Some(Stage::Quotes) => chosen.quotes = true,
                Some(Stage::Tags) => chosen.tags = true,
                None => {}
            }
        }
        let tag_rules = tag_rules_off
            .iter()
            .filter_map(|rule| self.one_of("enrich.tag_rules_off", rule, &TagRules::OPTIONAL))
            .fold(TagRules::default(), TagRules::without);
        EnrichConfig {
            stages: chosen,
            tag_rules,
            vocabulary: self.file("enrich.vocabulary", &vocabulary),
            vocabulary_check: self.seconds(
                "enrich.vocabulary_check_secs",
                vocabulary_check_secs,
                0..=DAY_SECS,
            ),
            limits: Limits {
                html_bytes_max: self.integer("enrich.html_bytes_max", html_bytes_max, 1..=UNPACKED_BYTES_MAX),
                text_bytes_max: self.integer("enrich.text_bytes_max", text_bytes_max, 1..=UNPACKED_BYTES_MAX),
                html_depth_max: self.integer("enrich.html_depth_max", html_depth_max, 1..=1_000_000),
                removed_bytes_max: self.integer(
                    "enrich.removed_bytes_max",
                    removed_bytes_max,
                    0..=MESSAGE_BYTES_MAX,
                ),
            },
        }
    }

    fn telemetry(&mut self, raw: RawTelemetry) -> TelemetryConfig {
        let RawTelemetry {
            listen,
            log_format,
            log_filter,
        } = raw;
        let address = (!listen.is_empty()).then(|| listen.parse());
        if let Some(Err(_)) = &address {
            let what = format!(
                "{listen:?} is not an address and a port, such as \"127.0.0.1:9464\" or \"[::]:9464\""
            );
            self.report("telemetry.listen", what);
        }
        let formats = [
            ("auto", LogFormat::Auto),
            ("text", LogFormat::Text),
            ("json", LogFormat::Json),
        ];
        if let Err(error) = EnvFilter::builder().parse(&log_filter) {
            self.report(
                "telemetry.log_filter",
                format!("{log_filter:?} is not a filter: {error}"),
            );
        }
        TelemetryConfig {
            listen: address.and_then(Result::ok),
            log_format: self
                .one_of("telemetry.log_format", &log_format, &formats)
                .unwrap_or(LogFormat::Auto),
            log_filter,
        }
    }
}
