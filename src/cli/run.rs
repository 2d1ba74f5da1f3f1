//! `newsmill run`: the worker, wired together.
//!
//! Absent on purpose: logic. What is done with a delivery stands in `worker`, what is said to RabbitMQ in `broker`.

mod pages;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::reload;
use super::settings::{SettingsArgs, enricher_with, misspelt, runtime};
use crate::broker::{Links, Rabbit};
use crate::config::{Config, masked_url};
use crate::pages::Pages;
use crate::reconcile::{ReconcileSetting, Service};
use crate::telemetry::{Admin, AdminError, Health, Journal, Link, Metrics, Traces, TracesError, init_logs};
use crate::vocabulary::LiveVocabulary;
use crate::worker::{Fatal, FatalKind, Pipeline, Pool, Reconcile, Settings, Worker};

/// How long a delivery is held while the broker takes no record, before it goes to a delay queue. The broker takes
/// a delivery back after 30 minutes unless it is told otherwise.
pub(super) const HOLD_MAX: Duration = Duration::from_secs(300);

const EXIT_CODES: &str = "\
Exit codes:
  0    asked to stop (SIGTERM, SIGINT); what was in flight is finished or handed back
  1    failed otherwise, e.g. the admin port is taken
  2    wrong usage or settings
  3    a queue or exchange is missing (topology.mode = \"check\") or has other arguments
  4    the broker refuses access
  5    as many threads are stuck in articles that do not end as the worker has; those articles are dead-lettered, and
       starting it again mends it
  130  quit at once by a second SIGINT; 143: by a second SIGTERM. The broker hands out again what was in flight

SIGHUP loads the vocabulary's file again; so does a change of that file (enrich.vocabulary_check_secs).";

/// Runs the worker: raw articles from RabbitMQ, enriched records to RabbitMQ
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Why the worker ended before it was asked to.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Fatal(#[from] Fatal),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Traces(#[from] TracesError),
    #[error("{0}")]
    Vocabulary(String),
    #[error(transparent)]
    Reconcile(#[from] ReconcileSetting),
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

impl Failure {
    fn exit(&self) -> ExitCode {
        match self {
            Self::Fatal(fatal) => match fatal.exit {
                FatalKind::Settings => ExitCode::from(2),
                FatalKind::Topology => ExitCode::from(3),
                FatalKind::Access => ExitCode::from(4),
                FatalKind::Stuck => ExitCode::from(5),
            },
            Self::Vocabulary(_) | Self::Traces(_) | Self::Reconcile(_) => ExitCode::from(2),
            Self::Admin(_) | Self::System(_) => ExitCode::FAILURE,
        }
    }
}

/// Runs the worker until it is asked to stop.
pub(crate) fn run(args: &Args) -> ExitCode {
    let config = match args.settings.load(Vec::new()) {
        Ok(config) => config,
        Err(problems) => {
            eprintln!("newsmill: {problems}");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = init_logs(&config.telemetry, std::env::var("RUST_LOG").ok().as_deref()) {
        eprintln!("newsmill: {error}");
        return ExitCode::from(2);
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(serve(config));
    // A thread that still enriches an article which was handed back must not hold up the exit.
    runtime.shutdown_background();
    match ended {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            tracing::error!(error = %failure, "stopped");
            failure.exit()
        }
    }
}

async fn serve(config: Config) -> Result<(), Failure> {
    let metrics = Arc::new(Metrics::new());
    let journal = pages::journal(&config);
    let links = Links {
        consume: Link::telling("consume", Arc::clone(&metrics), Arc::clone(&journal)),
        publish: Link::telling("publish", Arc::clone(&metrics), Arc::clone(&journal)),
    };
    let health = Health::new(vec![Arc::clone(&links.consume), Arc::clone(&links.publish)]);
    let shutdown = CancellationToken::new();
    // First of all: a large vocabulary takes its time, and whoever stops the worker meanwhile is to be heard.
    let signals = Signals::listen()?;
    let vocabulary = load(&config, &metrics)?;
    let route = Rabbit::route(&config.broker, &config.topology, &config.retry_delays).map_err(Fatal::from)?;
    let traces = Arc::new(Traces::from_environment(
        &|name| std::env::var(name).ok(),
        route,
        &config.worker.name,
        Arc::clone(&metrics),
    )?);
    let reconcile = Service::new(&config.reconcile, Arc::clone(&metrics), Arc::clone(&health))?
        .map(|service| Arc::new(service) as Arc<dyn Reconcile>);
    let pages = pages::pages(&config, &metrics, &health, &journal, &vocabulary);
    let services =
        Services::start(&config, &metrics, &health, &vocabulary, pages, signals, &shutdown).await?;
    metrics.bounds(
        config.worker.prefetch,
        config.worker.threads,
        config.retry_delays.len(),
    );
    let brokers: Vec<String> = config.broker.urls.iter().map(|url| masked_url(url)).collect();
    tracing::info!(
        version = crate::VERSION,
        worker = config.worker.name,
        brokers = brokers.join(", "),
        queue = config.topology.input_queue,
        prefetch = config.worker.prefetch,
        threads = config.worker.threads,
        vocabulary = vocabulary.current().version(),
        "starting"
    );
    for warning in misspelt() {
        tracing::warn!("{warning}");
    }
    let watchers = Watchers {
        metrics: Arc::clone(&metrics),
        health,
        traces: Arc::clone(&traces),
        journal,
    };
    let ended = work(&config, watchers, &links, vocabulary, reconcile, shutdown).await;
    // Spans of the last articles; on a thread where it may block.
    if tokio::task::spawn_blocking(move || traces.end()).await.is_err() {
        tracing::debug!("the last spans were given up");
    }
    services.stop().await;
    ended
}

/// The vocabulary that the worker starts with.
fn load(config: &Config, metrics: &Metrics) -> Result<Arc<LiveVocabulary>, Failure> {
    let path = config.enrich.vocabulary.as_deref();
    let live = LiveVocabulary::open(path).map_err(|error| {
        let named = path.map(|path| format!("vocabulary {}", path.display()));
        Failure::Vocabulary(format!(
            "{:#}",
            anyhow::Error::new(error).context(named.unwrap_or_default())
        ))
    })?;
    let current = live.current();
    metrics.vocabulary(current.version(), current.len());
    Ok(Arc::new(live))
}

/// Who is told of what the worker does.
struct Watchers {
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    traces: Arc<Traces>,
    journal: Arc<Journal>,
}

/// The worker itself, from the first connection to the last.
async fn work(
    config: &Config,
    watchers: Watchers,
    links: &Links,
    vocabulary: Arc<LiveVocabulary>,
    reconcile: Option<Arc<dyn Reconcile>>,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let enricher = enricher_with(config, vocabulary.current(), None);
    let pipeline = Pipeline::new(
        enricher,
        vocabulary,
        config.decode_options(),
        config.output.clone(),
        config.worker.record_bytes_max,
    )
    .showing(watchers.journal.keeps_articles());
    let pipeline = match &reconcile {
        Some(_) => pipeline.asking(config.reconcile.names_max),
        None => pipeline,
    };
    let pool = Pool::start(config.worker.threads, usize::from(config.worker.prefetch))?;
    let connecting = Rabbit::connect(
        &config.broker,
        &config.topology,
        &config.retry_delays,
        &config.worker,
        links,
    );
    let rabbit = tokio::select! {
        biased;
        () = shutdown.cancelled() => return Ok(()),
        connected = connecting => connected.map_err(Fatal::from)?,
    };
    let settings = Settings {
        prefetch: config.worker.prefetch,
        retry_steps: config.retry_delays.len(),
        retry_jitter_percent: config.retry_jitter_percent,
        article: config.worker.article,
        drain: config.worker.drain,
        in_order: config.topology.single_active_consumer,
        hold_max: HOLD_MAX,
        unanswered: config.reconcile.unanswered,
        name: config.worker.name.clone(),
    };
    let worker = Worker::new(
        rabbit.outbox,
        Arc::new(pipeline),
        reconcile,
        pool,
        watchers.metrics,
        watchers.health,
        watchers.traces,
        watchers.journal,
        settings,
    );
    let ended = Arc::clone(&worker).run(rabbit.inbox, shutdown).await;
    worker.outbox().close().await;
    Ok(ended?)
}

/// Signals that are kept from now on until somebody looks.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// What runs beside the worker: the admin port and the signals.
struct Services {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Services {
    async fn start(
        config: &Config,
        metrics: &Arc<Metrics>,
        health: &Arc<Health>,
        vocabulary: &Arc<LiveVocabulary>,
        pages: Option<Arc<Pages>>,
        signals: Signals,
        shutdown: &CancellationToken,
    ) -> Result<Self, Failure> {
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        tasks.spawn(stop.clone().run_until_cancelled_owned(heed(
            signals.terminate,
            signals.interrupt,
            shutdown.clone(),
        )));
        let keeping = reload::keep_current(
            Arc::clone(vocabulary),
            Arc::clone(metrics),
            config.enrich.vocabulary_check,
            signals.hangup,
        );
        tasks.spawn(stop.clone().run_until_cancelled_owned(keeping));
        if let Some(address) = config.telemetry.listen {
            let admin = Admin::bind(address).await?;
            tracing::info!(address = %admin.address(), "admin port: /metrics, /livez, /readyz");
            let router = pages.as_ref().map(Pages::router).unwrap_or_default();
            if let Some(pages) = pages {
                tracing::info!(address = %format!("http://{}/", admin.address()), "pages for people");
                tasks.spawn(stop.clone().run_until_cancelled_owned(pages.watch()));
            }
            let serving = admin.serve(Arc::clone(metrics), Arc::clone(health), router, stop.clone());
            tasks.spawn(async move {
                if let Err(error) = serving.await {
                    tracing::error!(%error, "the admin port failed");
                }
            });
        }
        tasks.close();
        Ok(Self { tasks, stop })
    }

    async fn stop(self) {
        self.stop.cancel();
        // A scrape that hangs must not hold up the exit.
        if tokio::time::timeout(Duration::from_secs(2), self.tasks.wait())
            .await
            .is_err()
        {
            tracing::debug!("the admin port still has a connection");
        }
    }
}

/// Signals this close together are one wish: `timeout` and some shells send theirs to the process and to its group.
const SAME_WISH: Duration = Duration::from_millis(500);

/// The first signal drains, the second quits at once.
async fn heed(mut terminate: Signal, mut interrupt: Signal, shutdown: CancellationToken) {
    let mut asked = None::<Instant>;
    loop {
        let code = tokio::select! {
            _ = terminate.recv() => 143,
            _ = interrupt.recv() => 130,
        };
        match asked {
            Some(first) if first.elapsed() < SAME_WISH => continue,
            Some(_) => {
                tracing::warn!("asked a second time; quitting at once");
                std::process::exit(code);
            }
            None => asked = Some(Instant::now()),
        }
        tracing::info!("asked to stop");
        shutdown.cancel();
    }
}
