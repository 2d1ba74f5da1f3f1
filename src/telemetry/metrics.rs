//! Every metric, with its unit and the bound on its labels.
//!
//! Invariant: `newsmill_deliveries_total` is a partition: every delivery that came in is counted in it once,
//! under one outcome, when its life ends. So its sum plus `newsmill_in_flight` is `newsmill_received_total`.
//! A counter that an alert watches stands at zero from the start, under each value of its label.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::articles::{ArticleFacts, Articles};
use super::reconciling::Reconciling;
use super::{labels, process, runtime};

/// One label, whose value comes from a fixed list.
type Label = [(&'static str, &'static str); 1];
/// By which a trace is found.
type TraceLabel = [(&'static str, String); 1];
type Count = Counter<u64, AtomicU64>;
type Level = Gauge<i64, AtomicI64>;
type Histograms = Family<Label, Histogram, fn() -> Histogram>;

/// From a tenth of a millisecond, which small stages take, to ten seconds.
const SECONDS: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// From 256 bytes to 16 MiB.
const BYTES: [f64; 9] = [
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
];

/// Everything that is measured.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    received: Count,
    deliveries: Family<Label, Count>,
    in_flight: Level,
    prefetch: Level,
    threads: Level,
    held: Level,
    paused: Level,
    stuck: Level,
    delivery_seconds: HistogramWithExemplars<TraceLabel>,
    stage_seconds: Histograms,
    article_bytes: Histogram,
    record_bytes: Histogram,
    articles: Articles,
    retries: Family<[(&'static str, String); 1], Count>,
    dead_letters: Family<Label, Count>,
    publishes: Family<Label, Count>,
    stale_settles: Count,
    spans: Family<Label, Count>,
    reconnects: Family<Label, Count>,
    connected: Family<Label, Level>,
    blocked: Family<Label, Level>,
    vocabulary: Family<[(&'static str, String); 1], Level>,
    vocabulary_concepts: Level,
    vocabulary_loaded: Level,
    vocabulary_reloads: Family<Label, Count>,
    pub(super) reconciling: Reconciling,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero. The steps of the retry schedule come with [`bounds`](Self::bounds).
    pub fn new() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        let mut metrics = Self {
            registry: Registry::default(),
            received: Count::default(),
            deliveries: Family::default(),
            in_flight: Level::default(),
            prefetch: Level::default(),
            threads: Level::default(),
            held: Level::default(),
            paused: Level::default(),
            stuck: Level::default(),
            delivery_seconds: HistogramWithExemplars::new(SECONDS.into_iter()),
            stage_seconds: Family::new_with_constructor(histogram),
            article_bytes: Histogram::new(BYTES),
            record_bytes: Histogram::new(BYTES),
            articles: Articles::default(),
            retries: Family::default(),
            dead_letters: Family::default(),
            publishes: Family::default(),
            stale_settles: Count::default(),
            spans: Family::default(),
            reconnects: Family::default(),
            connected: Family::default(),
            blocked: Family::default(),
            vocabulary: Family::default(),
            vocabulary_concepts: Level::default(),
            vocabulary_loaded: Level::default(),
            vocabulary_reloads: Family::default(),
            reconciling: Reconciling::default(),
        };
        metrics.register();
        metrics.begin();
        metrics
    }

    fn begin(&self) {
        labels::begin(&self.deliveries, "outcome", labels::OUTCOMES);
        labels::begin(&self.dead_letters, "kind", labels::causes());
        labels::begin(&self.publishes, "outcome", labels::ANSWERS);
        labels::begin(&self.reconnects, "link", labels::LINKS);
        labels::begin(&self.vocabulary_reloads, "outcome", labels::RELOADS);
        self.articles.begin();
        self.reconciling.begin();
    }

    fn register(&mut self) {
        let mut root = Registry::default();
        // Under the names that dashboards of any process know.
        root.register_collector(Box::new(process::Process::starting()));
        root.register_collector(Box::new(runtime::Runtime::current()));
        let registry = root.sub_registry_with_prefix("newsmill");
        let build = Info::new([("version", crate::VERSION)]);
        registry.register("build", "The version that runs", build);
        registry.register("received", "Deliveries that came in", self.received.clone());
        registry.register(
            "deliveries",
            "Deliveries by what became of them; every one is counted once",
            self.deliveries.clone(),
        );
        registry.register(
            "in_flight",
            "Deliveries that are not settled yet",
            self.in_flight.clone(),
        );
        registry.register(
            "prefetch",
            "Deliveries that the broker may hand out at once; fewer while they are large",
            self.prefetch.clone(),
        );
        registry.register("threads", "Threads that enrich", self.threads.clone());
        registry.register(
            "held",
            "Deliveries that wait because the broker does not take what was made of them",
            self.held.clone(),
        );
        registry.register(
            "paused",
            "1 while no new article is begun because the broker takes no records",
            self.paused.clone(),
        );
        registry.register(
            "stuck_threads",
            "Threads that were given up because their article does not end, and still run",
            self.stuck.clone(),
        );
        registry.register_with_unit(
            "delivery",
            "From receiving a delivery to its settlement",
            Unit::Seconds,
            self.delivery_seconds.clone(),
        );
        registry.register_with_unit(
            "stage",
            "Time in each stage of a delivery's way",
            Unit::Seconds,
            self.stage_seconds.clone(),
        );
        registry.register_with_unit(
            "article",
            "Size of raw messages",
            Unit::Bytes,
            self.article_bytes.clone(),
        );
        registry.register_with_unit(
            "record",
            "Size of records",
            Unit::Bytes,
            self.record_bytes.clone(),
        );
        self.articles.register(registry);
        registry.register(
            "retries",
            "Copies into delay queues by step of the schedule, the one that was taken",
            self.retries.clone(),
        );
        registry.register(
            "dead_letters",
            "Copies into the dead-letter queue by cause",
            self.dead_letters.clone(),
        );
        registry.register(
            "publishes",
            "Publishes by the broker's answer",
            self.publishes.clone(),
        );
        registry.register(
            "stale_settles",
            "Settlements that came after their connection had ended",
            self.stale_settles.clone(),
        );
        registry.register(
            "spans",
            "Spans of traces, by whether the collector took them",
            self.spans.clone(),
        );
        registry.register(
            "reconnects",
            "Sessions with the broker that ended unasked",
            self.reconnects.clone(),
        );
        registry.register(
            "connected",
            "1 while the connection is up",
            self.connected.clone(),
        );
        registry.register(
            "blocked",
            "1 while the broker blocks the connection, being low on memory or disk",
            self.blocked.clone(),
        );
        registry.register(
            "vocabulary_info",
            "1 for the version of the vocabulary in force",
            self.vocabulary.clone(),
        );
        registry.register(
            "vocabulary_concepts",
            "Concepts of the vocabulary in force",
            self.vocabulary_concepts.clone(),
        );
        registry.register_with_unit(
            "vocabulary_loaded_timestamp",
            "When the vocabulary in force was loaded, Unix time",
            Unit::Seconds,
            self.vocabulary_loaded.clone(),
        );
        registry.register(
            "vocabulary_reloads",
            "Loads of the vocabulary's file while the worker runs, by what came of them",
            self.vocabulary_reloads.clone(),
        );
        self.reconciling.register(registry);
        self.registry = root;
    }

    /// What is served at `/metrics`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // Writing into a string does not fail; a scrape that came out half says so by its missing end.
            Err(_) => text,
        }
    }

    /// A delivery came in.
    pub fn receive(&self, body_bytes: usize) {
        self.received.inc();
        self.in_flight.inc();
        self.article_bytes.observe(body_bytes as f64);
    }

    /// A delivery's life ended. `trace_id` where a trace of it is exported.
    pub fn finish(&self, outcome: &'static str, took: Duration, trace_id: Option<&str>) {
        debug_assert!(labels::OUTCOMES.contains(&outcome), "{outcome} is listed");
        self.deliveries.get_or_create(&[("outcome", outcome)]).inc();
        self.in_flight.dec();
        let exemplar = trace_id.map(|id| [("trace_id", id.to_owned())]);
        let now = exemplar.is_some().then(SystemTime::now);
        self.delivery_seconds.observe(took.as_secs_f64(), exemplar, now);
    }

    /// The worker's bounds, and of how many steps the retry schedule is.
    pub fn bounds(&self, prefetch: u16, threads: usize, steps: usize) {
        for step in 1..=steps {
            drop(self.retries.get_or_create(&[("step", step.to_string())]));
        }
        self.prefetch.set(i64::from(prefetch));
        self.threads.set(i64::try_from(threads).unwrap_or(i64::MAX));
    }

    /// The broker is asked for other numbers of deliveries.
    pub fn prefetch(&self, prefetch: u16) {
        self.prefetch.set(i64::from(prefetch));
    }

    /// Another vocabulary is in force, from now on.
    pub fn vocabulary(&self, version: &str, concepts: usize) {
        self.vocabulary.clear();
        self.vocabulary
            .get_or_create(&[("version", version.to_owned())])
            .set(1);
        self.vocabulary_concepts
            .set(i64::try_from(concepts).unwrap_or(i64::MAX));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.vocabulary_loaded
            .set(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    }

    /// The vocabulary's file was loaded again, or refused.
    pub fn vocabulary_reloaded(&self, outcome: &'static str) {
        debug_assert!(labels::RELOADS.contains(&outcome), "{outcome} is listed");
        self.vocabulary_reloads
            .get_or_create(&[("outcome", outcome)])
            .inc();
    }

    /// Deliveries that wait for a downstream.
    pub fn held(&self, held: usize) {
        self.held.set(i64::try_from(held).unwrap_or(i64::MAX));
    }

    /// Whether nothing new is begun.
    pub fn paused(&self, paused: bool) {
        self.paused.set(i64::from(paused));
    }

    /// Threads that were given up and still run.
    pub fn stuck(&self, stuck: usize) {
        self.stuck.set(i64::try_from(stuck).unwrap_or(i64::MAX));
    }

    /// A stage was left.
    pub fn stage(&self, stage: &'static str, took: Duration) {
        self.stage_seconds
            .get_or_create(&[("stage", stage)])
            .observe(took.as_secs_f64());
    }

    /// An article became a record.
    pub fn enriched(&self, facts: &ArticleFacts, record_bytes: usize) {
        self.record_bytes.observe(record_bytes as f64);
        self.articles.count(facts);
    }

    /// A copy went into the delay queue of a step, counted from one.
    pub fn retried(&self, step: usize) {
        self.retries.get_or_create(&[("step", step.to_string())]).inc();
    }

    /// A copy went into the dead-letter queue.
    pub fn dead_lettered(&self, kind: &'static str) {
        debug_assert!(labels::causes().any(|cause| cause == kind), "{kind} is listed");
        self.dead_letters.get_or_create(&[("kind", kind)]).inc();
    }

    /// The broker answered a publish, or did not.
    pub fn published(&self, outcome: &'static str) {
        debug_assert!(labels::ANSWERS.contains(&outcome), "{outcome} is listed");
        self.publishes.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Spans of traces were exported, or were not.
    pub fn spans(&self, outcome: &'static str, spans: u64) {
        self.spans.get_or_create(&[("outcome", outcome)]).inc_by(spans);
    }

    /// A settlement came too late.
    pub fn stale_settle(&self) {
        self.stale_settles.inc();
    }

    /// A session ended unasked.
    pub fn reconnected(&self, link: &'static str) {
        debug_assert!(labels::LINKS.contains(&link), "{link} is listed");
        self.reconnects.get_or_create(&[("link", link)]).inc();
    }

    /// A connection went up or down.
    pub fn connected(&self, link: &'static str, up: bool) {
        self.connected.get_or_create(&[("link", link)]).set(i64::from(up));
    }

    /// The broker blocks a connection, or no longer.
    pub fn blocked(&self, link: &'static str, blocked: bool) {
        self.blocked
            .get_or_create(&[("link", link)])
            .set(i64::from(blocked));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Touches every family, so that its labels show.
    fn everything() -> Metrics {
        let metrics = Metrics::new();
        metrics.receive(10);
        metrics.finish("enriched", Duration::from_millis(3), None);
        metrics.stage("clean", Duration::from_millis(1));
        let facts = ArticleFacts {
            quotes: vec![("direct", true)],
            removed: vec![("byline", 12)],
            keywords_removed: vec!["code"],
            ..ArticleFacts::default()
        };
        metrics.enriched(&facts, 100);
        metrics.retried(1);
        metrics.dead_lettered("json");
        metrics.published("confirmed");
        metrics.reconnected("consume");
        metrics.connected("consume", true);
        metrics.blocked("consume", false);
        metrics.vocabulary("0123", 7);
        metrics.vocabulary_reloaded("loaded");
        metrics.spans("exported", 1);
        metrics.reconcile_request("answered");
        metrics.reconcile_names("known", 1);
        metrics
    }

    /// Metric -> (type, help, labels), as it is scraped.
    fn scraped(text: &str) -> BTreeMap<String, (String, String, BTreeSet<String>)> {
        let mut found: BTreeMap<String, (String, String, BTreeSet<String>)> = BTreeMap::new();
        for line in text.lines() {
            let mut words = line.splitn(4, ' ');
            match (words.next(), words.next(), words.next(), words.next()) {
                (Some("#"), Some("HELP"), Some(name), Some(help)) => {
                    found.entry(name.to_owned()).or_default().1 = help.trim_end_matches('.').to_owned();
                }
                (Some("#"), Some("TYPE"), Some(name), Some(kind)) => {
                    found.entry(name.to_owned()).or_default().0 = kind.to_owned();
                }
                _ => {}
            }
        }
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((sample, rest)) = line.split_once('{') else {
                continue;
            };
            let Some((labels, _)) = rest.split_once('}') else {
                continue;
            };
            let name = found
                .keys()
                .filter(|name| sample.starts_with(name.as_str()))
                .max_by_key(|name| name.len())
                .cloned()
                .expect("a sample has a type");
            let entry = found.get_mut(&name).expect("just found");
            for label in labels.split(',').filter_map(|pair| pair.split_once('=')) {
                if label.0 != "le" {
                    entry.2.insert(label.0.to_owned());
                }
            }
        }
        found
    }

    #[test]
    fn the_documentation_and_the_code_name_the_same_metrics() {
        let documented = include_str!("../../docs/metrics.md");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _inside = runtime.enter();
        let mut rows = BTreeMap::new();
        for line in documented.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [name, kind, labels, help] = cells.as_slice() else {
                panic!("a row of four cells: {line}")
            };
            // The exposition names a counter without its suffix in the HELP and TYPE lines.
            let name = name.trim_matches('`');
            let name = if *kind == "counter" {
                name.trim_end_matches("_total")
            } else {
                name
            };
            let name = if *kind == "info" {
                name.trim_end_matches("_info")
            } else {
                name
            };
            let labels: BTreeSet<String> = labels
                .split(',')
                .map(|label| label.trim().trim_matches('`').to_owned())
                .filter(|label| !label.is_empty())
                .collect();
            rows.insert(name.to_owned(), ((*kind).to_owned(), (*help).to_owned(), labels));
        }
        assert_eq!(scraped(&everything().text()), rows);
    }

    #[test]
    fn what_alerts_count_stands_at_zero_before_it_happens() {
        let metrics = Metrics::new();
        metrics.bounds(64, 2, 3);
        let text = metrics.text();
        for sample in [
            "newsmill_deliveries_total{outcome=\"abandoned\"} 0",
            "newsmill_dead_letters_total{kind=\"panicked\"} 0",
            "newsmill_publishes_total{outcome=\"refused\"} 0",
            "newsmill_reconnects_total{link=\"publish\"} 0",
            "newsmill_retries_total{step=\"3\"} 0",
            "newsmill_vocabulary_reloads_total{outcome=\"failed\"} 0",
            "newsmill_reconcile_requests_total{outcome=\"failed\"} 0",
            "newsmill_quotes_total{kind=\"direct\",speaker=\"unnamed\"} 0",
            "newsmill_tags_total{known=\"no\"} 0",
        ] {
            assert!(text.lines().any(|line| line == sample), "{sample} in {text}");
        }
        assert!(
            !text.contains("step=\"4\""),
            "no step that is not in the schedule"
        );
    }

    #[test]
    fn what_was_kept_and_removed_adds_up() {
        let metrics = Metrics::new();
        let facts = ArticleFacts {
            text_bytes: 400,
            removed: vec![("byline", 12), ("advert", 30), ("advert", 10)],
            ..ArticleFacts::default()
        };
        metrics.enriched(&facts, 100);
        metrics.enriched(&ArticleFacts::default(), 100);
        let text = metrics.text();
        for sample in [
            "newsmill_cleaned_bytes_total 400",
            "newsmill_empty_texts_total 1",
            "newsmill_removed_total{reason=\"advert\"} 2",
            "newsmill_removed_bytes_total{reason=\"advert\"} 40",
            "newsmill_removed_bytes_total{reason=\"byline\"} 12",
        ] {
            assert!(text.lines().any(|line| line == sample), "{sample} in {text}");
        }
    }

    #[test]
    fn one_version_of_the_vocabulary_is_in_force() {
        let metrics = Metrics::new();
        metrics.vocabulary("one", 1);
        metrics.vocabulary("two", 2);
        let text = metrics.text();
        assert!(
            text.contains("newsmill_vocabulary_info{version=\"two\"} 1"),
            "{text}"
        );
        assert!(!text.contains("version=\"one\""), "{text}");
    }

    #[test]
    fn a_slow_delivery_names_its_trace() {
        let metrics = Metrics::new();
        metrics.finish("enriched", Duration::from_millis(3), Some("0af7"));
        let text = metrics.text();
        let bucket = text.lines().find(|line| line.contains("trace_id=\"0af7\""));
        let bucket = bucket.expect("an exemplar");
        assert!(
            bucket.starts_with("newsmill_delivery_seconds_bucket{le=\"0.005\"} 1 # {"),
            "{bucket}"
        );
    }

    #[test]
    fn the_outcomes_and_what_is_in_flight_add_up_to_what_came_in() {
        let metrics = Metrics::new();
        for _ in 0..5 {
            metrics.receive(1);
        }
        metrics.finish("enriched", Duration::ZERO, None);
        metrics.finish("dead_lettered", Duration::ZERO, None);
        assert_eq!(metrics.received.get(), 5);
        assert_eq!(metrics.in_flight.get(), 3);
    }
}
