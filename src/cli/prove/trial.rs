//! A trial from the first article to the verdict: feed under faults, drain, compare, feed one fresh article, stop.
//!
//! Invariant: one task keeps the ledger. Feeding, reading and closing connections run beside it and report to it
//! over bounded channels.

mod step;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::articles::{Expected, expected};
use super::crew::Crew;
use super::faults::Faults;
use super::feeding::{Supply, feed_all, send};
use super::ledger::Ledger;
use super::meter::Meter;
use super::plan::Plan;
use super::sum::Sum;
use crate::broker::{BrokerError, Feed, Ground, GroundError, Taken};

/// How often the workers are looked after.
const TEND_EVERY: Duration = Duration::from_millis(250);
/// Twins come right after their article, if at all.
const QUIET: Duration = Duration::from_secs(2);
/// Workers have at least this long until the first outcome.
const START: Duration = Duration::from_secs(60);
/// Messages between the tasks.
const CHANNEL: usize = 1_024;

/// A trial under way.
pub(super) struct Trial {
    plan: Plan,
    ground: Arc<Ground>,
    crew: Crew,
    /// The workers' logs; deleted with it.
    folder: Option<tempfile::TempDir>,
    faults: Faults,
    close_left_out: Option<String>,
    ledger: Ledger,
    meter: Meter,
    window: Arc<Semaphore>,
    /// Numbers below it were handed to the broker, or are about to be.
    offered: Arc<AtomicU64>,
    events: mpsc::Receiver<Event>,
    tell: mpsc::Sender<Event>,
    taken: mpsc::Receiver<Taken>,
    tasks: TaskTracker,
    stop_reading: CancellationToken,
    stop_feeding: CancellationToken,
    terminate: Signal,
    interrupt: Signal,
    begun: Instant,
    /// When the last article came out for the first time.
    progress: Instant,
    memory_first: Option<u64>,
}

/// What the tasks beside the ledger have to tell.
pub(super) enum Event {
    /// Whether the broker confirmed an article.
    Fed { number: u64, confirmed: bool },
    /// So many of a worker's connections were closed, or why none.
    Closed(Result<usize, String>),
}

/// What was waited for came about, or a signal came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Done,
    Interrupted,
}

impl Trial {
    /// Claims the ground, starts workers, begins to read.
    pub(super) async fn begin(plan: Plan) -> anyhow::Result<Self> {
        // Before anything is started: a signal from now on cleans up.
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        let ground = Ground::claim(&plan.broker, &plan.topology, &plan.delays)
            .await
            .map_err(|error| {
                let advice = match error {
                    GroundError::Broker(BrokerError::Unavailable { .. }) => {
                        "; `newsmill doctor` says what is in the way"
                    }
                    _ => "",
                };
                anyhow!("no ground to prove on: {error}{advice}")
            })?;
        let ground = Arc::new(ground);
        let meter = Meter::new(plan.articles);
        let close_left_out = ground.can_close_connections().await.err();
        if let Some(why) = &close_left_out {
            meter.say(&format!("connections will not be closed: {why}"));
        }
        meter.say(&format!(
            "seed {}, queues {}.*",
            plan.seed,
            plan.topology.input_queue.trim_end_matches(".raw")
        ));
        let folder = tempfile::Builder::new().prefix("newsmill-prove-").tempdir()?;
        let started = Crew::start(plan.workers, plan.environment.clone(), plan.drain, folder.path());
        let crew = match started {
            Ok(crew) => crew,
            Err(error) => {
                ground.remove().await?;
                return Err(error).context("no worker could be started");
            }
        };
        let (tell, events) = mpsc::channel(CHANNEL);
        let (to, taken) = mpsc::channel(CHANNEL);
        let (tasks, stop_reading) = (TaskTracker::new(), CancellationToken::new());
        let (reading, stop) = (Arc::clone(&ground), stop_reading.clone());
        tasks.spawn(async move { reading.read(to, stop).await });
        Ok(Self {
            faults: Faults::new(plan.seed, plan.fault_every, close_left_out.is_none()),
            window: Arc::new(Semaphore::new(plan.window)),
            plan,
            ground,
            crew,
            folder: Some(folder),
            close_left_out,
            ledger: Ledger::default(),
            meter,
            offered: Arc::default(),
            events,
            tell,
            taken,
            tasks,
            stop_reading,
            stop_feeding: CancellationToken::new(),
            terminate,
            interrupt,
            begun: Instant::now(),
            progress: Instant::now(),
            memory_first: None,
        })
    }

    /// Holds it. Whatever happens, workers are stopped and the ground is clean or told not to be.
    pub(super) async fn run(mut self) -> anyhow::Result<(Sum, Arc<Ground>)> {
        match self.held().await {
            Ok((fresh, interrupted)) => self.closed(fresh, interrupted).await,
            Err(error) => {
                self.meter.finish();
                self.stop_reading.cancel();
                self.stop_feeding.cancel();
                drop(self.crew.dismiss().await);
                if !self.plan.keep {
                    self.ground.remove().await?;
                }
                Err(error)
            }
        }
    }

    /// Returns how long the fresh article took, and whether a signal came.
    async fn held(&mut self) -> anyhow::Result<(Option<Duration>, bool)> {
        let feeder = self.feeder().await?;
        self.begun = Instant::now();
        self.progress = self.begun;
        if self.fed_under_faults(&feeder).await? == Step::Interrupted {
            return Ok((None, true));
        }
        let feed = feeder.await?;
        if self.drained().await? == Step::Interrupted {
            return Ok((None, true));
        }
        let fresh = self.fresh(&feed).await?;
        feed.close().await;
        Ok(match fresh {
            Ok(fresh) => (fresh, false),
            Err(_interrupted) => (None, true),
        })
    }

    /// Feeds in a task of its own until everything is fed, and gives the feed back.
    async fn feeder(&self) -> anyhow::Result<JoinHandle<Feed>> {
        let connecting = Feed::connect(&self.plan.broker, &self.plan.topology);
        let feed = timeout(self.plan.patience, connecting)
            .await
            .context("the broker cannot be fed")??;
        let (seed, articles) = (self.plan.seed, self.plan.articles);
        let until = self.plan.feeding.map(|feeding| Instant::now() + feeding);
        let in_flight = usize::from(self.plan.broker.publish_channels);
        let (offered, window) = (Arc::clone(&self.offered), Arc::clone(&self.window));
        let (stop, tell) = (self.stop_feeding.clone(), self.tell.clone());
        Ok(self.tasks.spawn(async move {
            feed_all(
                &feed,
                seed,
                in_flight,
                &tell,
                &Supply {
                    articles,
                    until,
                    offered,
                    window,
                    stop,
                },
            )
            .await;
            feed
        }))
    }

    /// Faults, until everything is fed.
    async fn fed_under_faults(&mut self, feeder: &JoinHandle<Feed>) -> anyhow::Result<Step> {
        let mut next_fault = Instant::now() + self.faults.pause();
        loop {
            if feeder.is_finished() && self.events.is_empty() {
                return Ok(Step::Done);
            }
            if self.step(Some(next_fault)).await? == Step::Interrupted {
                return Ok(Step::Interrupted);
            }
            // What is lost keeps its place for ever: when all places are taken so, nothing more can be fed.
            if self.is_stuck() && !self.stop_feeding.is_cancelled() {
                self.meter.say(&format!(
                    "nothing came out for {} s; no more is fed",
                    self.progress.elapsed().as_secs()
                ));
                self.stop_feeding.cancel();
            }
            if Instant::now() >= next_fault {
                self.fault()?;
                next_fault = Instant::now() + self.faults.pause();
            }
        }
    }

    /// Waits until something came of everything, as long as something comes.
    async fn drained(&mut self) -> anyhow::Result<Step> {
        self.progress = Instant::now();
        while self.ledger.outstanding() > 0 && !self.is_stuck() {
            if self.step(None).await? == Step::Interrupted {
                return Ok(Step::Interrupted);
            }
        }
        self.quiet().await
    }

    /// Whether nothing has come out for too long. Before the first of all, workers may still be starting.
    fn is_stuck(&self) -> bool {
        let counts = self.ledger.counts();
        let patience = if counts.enriched == 0 && counts.dead_lettered.is_empty() {
            self.plan.patience.max(START)
        } else {
            self.plan.patience
        };
        self.progress.elapsed() >= patience
    }

    /// Lets late twins come.
    async fn quiet(&mut self) -> anyhow::Result<Step> {
        let until = Instant::now() + QUIET;
        while Instant::now() < until {
            if self.step(None).await? == Step::Interrupted {
                return Ok(Step::Interrupted);
            }
        }
        Ok(Step::Done)
    }

    /// One sound article more: the whole way must be open again.
    async fn fresh(&mut self, feed: &Feed) -> anyhow::Result<Result<Option<Duration>, Step>> {
        let first = self.offered.load(Ordering::SeqCst);
        let Some(number) =
            (first..first + 1_000).find(|number| expected(self.plan.seed, *number) == Expected::Record)
        else {
            anyhow::bail!("a seed without sound articles");
        };
        self.offered.store(number + 1, Ordering::SeqCst);
        let enriched = self.ledger.counts().enriched;
        let begun = Instant::now();
        if !send(feed, self.plan.seed, number).await {
            self.ledger.given_up(number);
            return Ok(Ok(None));
        }
        self.ledger.confirmed(number);
        while begun.elapsed() < self.plan.patience {
            if self.step(None).await? == Step::Interrupted {
                return Ok(Err(Step::Interrupted));
            }
            if self.ledger.counts().enriched > enriched {
                return Ok(Ok(Some(begun.elapsed())));
            }
        }
        Ok(Ok(None))
    }

    /// Stops everybody and closes the ledger.
    async fn closed(
        mut self,
        fresh: Option<Duration>,
        interrupted: bool,
    ) -> anyhow::Result<(Sum, Arc<Ground>)> {
        self.stop_feeding.cancel();
        let took = self.progress.duration_since(self.begun);
        let memory = self.crew.memory();
        for (what, count) in self.crew.dismiss().await {
            for _ in 0..count {
                self.ledger.unexpected(&what);
            }
        }
        // What they finished while they stopped.
        let mut rest = std::pin::pin!(sleep(QUIET));
        loop {
            tokio::select! {
                () = &mut rest => break,
                Some(event) = self.events.recv() => self.heard(event),
                Some(taken) = self.taken.recv() => self.came(&taken),
            }
        }
        self.stop_reading.cancel();
        self.meter.finish();
        let mut left = BTreeMap::new();
        if !interrupted {
            left.extend(
                self.ground
                    .left()
                    .await?
                    .into_iter()
                    .filter(|(_, depth)| *depth > 0),
            );
        }
        if let Some(folder) = self.folder.take()
            && self.plan.keep
        {
            self.meter
                .say(&format!("the workers' logs are in {}", folder.keep().display()));
        }
        let verdict = self.ledger.verdict();
        let out = verdict.counts.enriched + verdict.counts.dead_lettered.values().sum::<u64>();
        let recovery = self.faults.recovery();
        let known = |bytes: u64| (bytes > 0).then_some(bytes);
        let sum = Sum {
            version: crate::VERSION,
            seed: self.plan.seed,
            workers: self.plan.workers,
            interrupted,
            faults: self.faults.counts().clone(),
            close_left_out: self.close_left_out.clone(),
            recovery_p50_secs: recovery.map(|(median, _)| median.as_secs_f64()),
            recovery_max_secs: recovery.map(|(_, longest)| longest.as_secs_f64()),
            took_secs: took.as_secs_f64(),
            articles_per_sec: out as f64 / took.as_secs_f64().max(1e-3),
            memory_peak_bytes: known(memory.peak),
            memory_first_bytes: self.memory_first,
            memory_last_bytes: known(memory.now),
            fresh_secs: fresh.map(|fresh| fresh.as_secs_f64()),
            left,
            verdict,
        };
        Ok((sum, Arc::clone(&self.ground)))
    }
}
