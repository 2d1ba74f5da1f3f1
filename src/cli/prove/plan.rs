//! What a trial is to be: how many articles and faults, on which queues, with which settings for its workers.

use std::time::Duration;

use anyhow::{Context, bail};
use url::Url;

use super::Args;
use super::articles::BODY_BYTES_MAX;
use crate::config::{BrokerConfig, Config, TopologyConfig, TopologyMode};

/// Articles without `--articles` and `--minutes`.
const ARTICLES: u64 = 20_000;
/// Retries come soon, so that a trial need not wait ten minutes for the last of them.
const DELAYS_SECS: [u64; 2] = [1, 5];
/// Articles on the way at once, at least: workers must have something in hand when they are killed.
const WINDOW_MIN: usize = 2_000;

/// The plan.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) articles: Option<u64>,
    pub(super) feeding: Option<Duration>,
    pub(super) workers: u16,
    pub(super) fault_every: Duration,
    pub(super) patience: Duration,
    /// Articles on the way at once, at most.
    pub(super) window: usize,
    pub(super) broker: BrokerConfig,
    pub(super) topology: TopologyConfig,
    pub(super) delays: Vec<Duration>,
    pub(super) drain: Duration,
    pub(super) keep: bool,
    /// Of the workers: variables and their values. They hold secrets.
    pub(super) environment: Vec<(&'static str, String)>,
}

impl Plan {
    /// From what was asked for and the settings.
    pub(super) fn new(args: &Args, config: Config) -> anyhow::Result<Self> {
        let mut broker = config.broker.clone();
        if let Some(vhost) = &args.vhost {
            for url in &mut broker.urls {
                *url = in_vhost(url, vhost).context("--vhost")?;
            }
        }
        let feeding = args
            .minutes
            .map(|minutes| seconds(minutes * 60.0, "--minutes"))
            .transpose()?;
        let topology = topology(&args.prefix)?;
        let in_hand = 4 * usize::from(config.worker.prefetch) * usize::from(args.workers);
        Ok(Self {
            seed: args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000)),
            articles: args.articles.or(feeding.is_none().then_some(ARTICLES)),
            feeding,
            workers: args.workers,
            fault_every: seconds(args.kill_every, "--kill-every")?,
            patience: Duration::from_secs(args.patience_secs),
            window: window(in_hand, args.articles),
            delays: DELAYS_SECS.map(Duration::from_secs).to_vec(),
            drain: config.worker.drain,
            keep: args.keep,
            environment: environment(&broker, &topology, &config),
            broker,
            topology,
        })
    }
}

/// Small enough that feeding lasts for nearly the whole trial: faults are for as long as it does.
fn window(in_hand: usize, articles: Option<u64>) -> usize {
    let tenth = articles.map_or(usize::MAX, |articles| {
        usize::try_from(articles / 10).unwrap_or(usize::MAX)
    });
    in_hand.max(WINDOW_MIN).min(tenth.max(20))
}

fn seconds(seconds: f64, flag: &str) -> anyhow::Result<Duration> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if duration >= Duration::from_millis(50) => Ok(duration),
        _ => bail!("{flag}: {seconds} s is no time to wait"),
    }
}

fn topology(prefix: &str) -> anyhow::Result<TopologyConfig> {
    // Room for the longest ending in AMQP's 255 bytes.
    if prefix.is_empty() || prefix.len() > 200 || prefix.starts_with("amq.") {
        bail!("--prefix: give a name of up to 200 bytes that does not begin with \"amq.\"");
    }
    Ok(TopologyConfig {
        mode: TopologyMode::Declare,
        input_queue: format!("{prefix}.raw"),
        output_exchange: format!("{prefix}.enriched"),
        output_routing_key: "article".to_owned(),
        output_queue: Some(format!("{prefix}.enriched")),
        dead_letter_queue: format!("{prefix}.dead"),
        retry_queue_prefix: format!("{prefix}.retry"),
        // Each kill of a worker counts for what it held; a sound article must not run out of it.
        delivery_limit: 1_000,
        single_active_consumer: false,
    })
}

fn in_vhost(url: &str, vhost: &str) -> anyhow::Result<String> {
    let mut url = Url::parse(url).context("an address is not a URL")?;
    if let Ok(mut path) = url.path_segments_mut() {
        path.clear().push(vhost);
    }
    Ok(url.into())
}

/// The workers' settings, apart from their names. Nothing else of this program's environment reaches them: a field
/// map, say, would make the trial's articles something else.
fn environment(
    broker: &BrokerConfig,
    topology: &TopologyConfig,
    config: &Config,
) -> Vec<(&'static str, String)> {
    let BrokerConfig {
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
        management_url: _,
    } = broker;
    let path = |path: &Option<std::path::PathBuf>| {
        path.as_ref()
            .map(|path| path.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let delays: Vec<String> = DELAYS_SECS.iter().map(u64::to_string).collect();
    vec![
        ("NEWSMILL_BROKER_URLS", urls.join(",")),
        ("NEWSMILL_BROKER_HEARTBEAT_SECS", heartbeat.as_secs().to_string()),
        (
            "NEWSMILL_BROKER_CONNECT_TIMEOUT_SECS",
            connect_timeout.as_secs().to_string(),
        ),
        (
            "NEWSMILL_BROKER_OPERATION_TIMEOUT_SECS",
            operation_timeout.as_secs().to_string(),
        ),
        (
            "NEWSMILL_BROKER_RECONNECT_MIN_MS",
            reconnect_min.as_millis().to_string(),
        ),
        (
            "NEWSMILL_BROKER_RECONNECT_MAX_MS",
            reconnect_max.as_millis().to_string(),
        ),
        ("NEWSMILL_BROKER_PUBLISH_CHANNELS", publish_channels.to_string()),
        ("NEWSMILL_BROKER_TLS_CA_FILE", path(tls_ca_file)),
        ("NEWSMILL_BROKER_TLS_CLIENT_FILE", path(tls_client_file)),
        ("NEWSMILL_BROKER_TLS_CLIENT_PASSWORD", tls_client_password.clone()),
        ("NEWSMILL_TOPOLOGY_INPUT_QUEUE", topology.input_queue.clone()),
        (
            "NEWSMILL_TOPOLOGY_OUTPUT_EXCHANGE",
            topology.output_exchange.clone(),
        ),
        (
            "NEWSMILL_TOPOLOGY_OUTPUT_ROUTING_KEY",
            topology.output_routing_key.clone(),
        ),
        (
            "NEWSMILL_TOPOLOGY_OUTPUT_QUEUE",
            topology.output_queue.clone().unwrap_or_default(),
        ),
        (
            "NEWSMILL_TOPOLOGY_DEAD_LETTER_QUEUE",
            topology.dead_letter_queue.clone(),
        ),
        (
            "NEWSMILL_TOPOLOGY_RETRY_QUEUE_PREFIX",
            topology.retry_queue_prefix.clone(),
        ),
        (
            "NEWSMILL_TOPOLOGY_DELIVERY_LIMIT",
            topology.delivery_limit.to_string(),
        ),
        ("NEWSMILL_RETRY_DELAYS_SECS", delays.join(",")),
        ("NEWSMILL_WORKER_PREFETCH", config.worker.prefetch.to_string()),
        ("NEWSMILL_WORKER_THREADS", config.worker.threads.to_string()),
        (
            "NEWSMILL_WORKER_DRAIN_SECS",
            config.worker.drain.as_secs().to_string(),
        ),
        ("NEWSMILL_WORKER_BODY_BYTES_MAX", BODY_BYTES_MAX.to_string()),
        ("NEWSMILL_ENRICH_VOCABULARY", path(&config.enrich.vocabulary)),
        // Ports are taken soon where several workers start and end.
        ("NEWSMILL_TELEMETRY_LISTEN", String::new()),
        ("NEWSMILL_TELEMETRY_LOG_FORMAT", "text".to_owned()),
        ("NEWSMILL_TELEMETRY_LOG_FILTER", "warn,lapin=off".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_virtual_host_leaves_the_rest_of_an_address() {
        assert_eq!(
            in_vhost("amqps://u:p%2Fw@a.example:5671/%2f?x=1", "news/1").unwrap(),
            "amqps://u:p%2Fw@a.example:5671/news%2F1?x=1"
        );
        assert_eq!(in_vhost("amqp://a.example", "t").unwrap(), "amqp://a.example/t");
    }

    #[test]
    fn every_setting_of_the_workers_exists() {
        let config = Config::load(&crate::config::Sources {
            file: None,
            environment: &|_| None,
            flags: Vec::new(),
        })
        .unwrap();
        let variables = environment(&config.broker, &topology("t").unwrap(), &config);
        let of_workers = Config::load(&crate::config::Sources {
            file: None,
            environment: &|name| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| value.clone())
            },
            flags: Vec::new(),
        })
        .unwrap();
        assert_eq!(of_workers.topology, topology("t").unwrap());
        assert_eq!(of_workers.retry_delays, DELAYS_SECS.map(Duration::from_secs));
        assert_eq!(of_workers.broker.urls, config.broker.urls);
        for (variable, _) in &variables {
            let page = crate::config::markdown();
            assert!(page.contains(&format!("`{variable}`")), "{variable}");
        }
    }

    #[test]
    fn a_prefix_that_no_queue_can_have_is_refused() {
        assert!(topology("").is_err());
        assert!(topology("amq.x").is_err());
        assert!(topology(&"x".repeat(201)).is_err());
    }
}
