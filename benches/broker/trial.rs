//! One load, carried once.

use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::articles::Load;
use crate::contestant::Contestant;
use crate::node::Node;
use crate::process::{most_memory, processor_time};
use crate::queues::Queues;
use crate::share::Shares;

/// Between two looks at the output.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Nobody is waited for longer.
const PATIENCE: Duration = Duration::from_secs(300);
/// Messages whose times are taken, and for how long at most.
const TIMED: usize = 2_000;
const TIMED_SECS: f64 = 6.0;

pub struct Trial<'a> {
    node: &'a Node,
    load: &'a Load,
    messages: usize,
    name: String,
}

/// How a load was carried, from its first tenth to its last message.
#[derive(Debug, Clone, Copy)]
pub struct Carried {
    /// Messages a second.
    pub rate: f64,
    /// Processor time a message of whoever carried, in microseconds.
    pub own_micros: f64,
    /// The broker's.
    pub broker_micros: f64,
    /// The most resident memory of one process, in bytes.
    pub memory: u64,
}

/// From publish to receipt.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    pub p50: Duration,
    pub p99: Duration,
}

impl<'a> Trial<'a> {
    pub fn new(node: &'a Node, load: &'a Load, messages: usize) -> Self {
        static TRIALS: AtomicUsize = AtomicUsize::new(0);
        let name = format!("bench-{}", TRIALS.fetch_add(1, Ordering::Relaxed));
        Self {
            node,
            load,
            messages,
            name,
        }
    }

    /// Lets the contestants empty the input together.
    pub async fn carry(&self, crew: &[&Contestant], shares: Option<&Shares>) -> Carried {
        let queues = Queues::declare(&self.node.url, &self.name).await;
        queues.fill(&self.load.messages, self.messages).await;
        let mut running = Crew::start(crew, &self.node.url, &queues, shares);
        let broker = self.node.pid();
        // The beginning is left out: starting, connecting, the first messages.
        let from = self.reached(&queues, &mut running, self.messages / 10).await;
        let begun = (Instant::now(), running.processor_time(), processor_time(broker));
        let to = self.reached(&queues, &mut running, self.messages).await;
        let took = begun.0.elapsed().as_secs_f64();
        let messages = (to - from) as f64;
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / messages;
        let carried = Carried {
            rate: messages / took,
            own_micros: micros(running.processor_time() - begun.1),
            broker_micros: micros(processor_time(broker) - begun.2),
            memory: running.most_memory(),
        };
        drop(running);
        queues.delete().await;
        carried
    }

    async fn reached(&self, queues: &Queues, running: &mut Crew, count: usize) -> usize {
        let begun = Instant::now();
        loop {
            let carried = queues.carried().await;
            if carried >= count {
                return carried;
            }
            assert!(running.runs(), "it ended by itself");
            assert!(begun.elapsed() < PATIENCE, "{carried} of {count} messages came");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The time a message takes at this rate.
    pub async fn latency(&self, contestant: &Contestant, rate: f64) -> Latency {
        let queues = Queues::declare(&self.node.url, &format!("{}-timed", self.name)).await;
        let running = Crew::start(&[contestant], &self.node.url, &queues, None);
        let count = TIMED.min((rate * TIMED_SECS) as usize).max(20);
        let times = queues
            .times(&self.load.messages, count.min(200), count, rate)
            .await;
        let at = |share: f64| {
            times
                .get(((times.len() - 1) as f64 * share) as usize)
                .copied()
                .unwrap_or_default()
        };
        let latency = Latency {
            p50: at(0.5),
            p99: at(0.99),
        };
        drop(running);
        queues.delete().await;
        latency
    }
}

/// Running contestants, killed when dropped.
struct Crew(Vec<Child>);

impl Crew {
    fn start(crew: &[&Contestant], url: &str, queues: &Queues, shares: Option<&Shares>) -> Self {
        let start = |contestant: &&Contestant| {
            let child = contestant.start(url, queues);
            if let Some(shares) = shares {
                shares.hold(child.id());
            }
            child
        };
        Self(crew.iter().map(start).collect())
    }

    fn runs(&mut self) -> bool {
        self.0
            .iter_mut()
            .all(|child| matches!(child.try_wait(), Ok(None)))
    }

    fn processor_time(&self) -> Duration {
        self.0.iter().map(|child| processor_time(child.id())).sum()
    }

    fn most_memory(&self) -> u64 {
        self.0
            .iter()
            .map(|child| most_memory(child.id()))
            .max()
            .unwrap_or_default()
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It may have ended by itself, and then there is nothing to end.
            drop(child.kill());
            drop(child.wait());
        }
    }
}
