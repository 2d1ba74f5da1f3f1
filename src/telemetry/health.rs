//! Whether the worker is ready, and in words why it is not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Journal, Metrics};

/// The link that records go out by.
const PUBLISH: &str = "publish";

/// One connection's state, as the one who holds it last saw it.
#[derive(Debug)]
pub struct Link {
    name: &'static str,
    metrics: Arc<Metrics>,
    journal: Arc<Journal>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Why it is down; none when it is up.
    down: Option<String>,
    blocked: bool,
}

impl Link {
    /// A link that has not been up yet. `name` is a label: one of a fixed few.
    pub fn new(name: &'static str, metrics: Arc<Metrics>) -> Arc<Self> {
        Self::telling(name, metrics, Arc::new(Journal::off()))
    }

    /// The same, telling those who look at the worker each time it goes down.
    pub fn telling(name: &'static str, metrics: Arc<Metrics>, journal: Arc<Journal>) -> Arc<Self> {
        metrics.connected(name, false);
        metrics.blocked(name, false);
        Arc::new(Self {
            name,
            metrics,
            journal,
            state: Mutex::new(State {
                down: Some("not connected yet".to_owned()),
                blocked: false,
            }),
        })
    }

    /// The link's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where its events are counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// It is up.
    pub fn up(&self) {
        self.change(|state| {
            state.down = None;
            state.blocked = false;
        });
    }

    /// It is down, and why.
    pub fn down(&self, why: &str) {
        self.journal
            .failed(("disconnected", self.name), "reconnects", why, None);
        self.change(|state| {
            state.down = Some(why.to_owned());
            state.blocked = false;
        });
    }

    /// Whether the broker has stopped reading from it.
    pub fn blocked(&self, blocked: bool) {
        self.change(|state| state.blocked = blocked);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.blocked;
        change(&mut state);
        self.metrics.connected(self.name, state.down.is_none());
        self.metrics.blocked(self.name, state.blocked);
        if state.blocked && !before {
            tracing::warn!(
                link = self.name,
                "the broker blocks this connection: it is low on memory or disk"
            );
        } else if before && !state.blocked {
            tracing::info!(link = self.name, "the broker no longer blocks this connection");
        }
    }

    /// Why it is of no use now, if so.
    fn trouble(&self) -> Option<String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &state.down {
            Some(why) => Some(format!("{}: {why}", self.name)),
            None if state.blocked => Some(format!(
                "{}: the broker blocks the connection, it is low on memory or disk",
                self.name
            )),
            None => None,
        }
    }
}

/// What is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// An article's record.
    Record,
    /// A copy on its way to a delay queue or the dead-letter queue.
    Copy,
}

/// Whether the whole worker is ready.
#[derive(Debug)]
pub struct Health {
    links: Vec<Arc<Link>>,
    draining: AtomicBool,
    held: AtomicUsize,
    /// Of those, the ones whose record is not taken.
    held_records: AtomicUsize,
    /// What works without a helper, and without which; it is ready all the same.
    degraded: Mutex<Option<String>>,
}

impl Health {
    /// Ready when every link is up, nothing is held, and nobody asked to stop.
    pub fn new(links: Vec<Arc<Link>>) -> Arc<Self> {
        Arc::new(Self {
            links,
            draining: AtomicBool::new(false),
            held: AtomicUsize::new(0),
            held_records: AtomicUsize::new(0),
            degraded: Mutex::default(),
        })
    }

    /// The connections, and why each is of no use now, if so.
    pub fn links(&self) -> Vec<(&'static str, Option<String>)> {
        self.links
            .iter()
            .map(|link| {
                let trouble = link.trouble();
                let why = trouble.and_then(|trouble| trouble.split_once(": ").map(|(_, why)| why.to_owned()));
                (link.name, why)
            })
            .collect()
    }

    /// The worker was asked to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// One more delivery waits because the broker does not take its record, or its copy.
    pub fn hold(&self, what: Held) {
        self.held.fetch_add(1, Ordering::Relaxed);
        if what == Held::Record {
            self.held_records.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One fewer.
    pub fn release(&self, what: Held) {
        self.held.fetch_sub(1, Ordering::Relaxed);
        if what == Held::Record {
            self.held_records.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Deliveries that wait for a downstream.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether records cannot go out: some are held, or their connection is down or blocked. A copy that is held says
    /// nothing of records: a dead-letter queue that is full must not stop the articles that are well.
    pub fn is_shut(&self) -> bool {
        let publishing = self.links.iter().filter(|link| link.name == PUBLISH);
        self.held_records.load(Ordering::Relaxed) > 0
            || publishing.filter_map(|link| link.trouble()).next().is_some()
    }

    /// Whether nothing new is begun because records cannot go out.
    pub fn paused(&self) -> bool {
        self.is_shut() && !self.draining.load(Ordering::Relaxed)
    }

    /// A service that it asks is of no use now, and why; none: it is again.
    pub fn degraded(&self, why: Option<String>) {
        *self.degraded.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// What is missing although it is ready.
    pub fn shortcoming(&self) -> Option<String> {
        self.degraded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Why it is not ready; empty when it is.
    pub fn troubles(&self) -> Vec<String> {
        let mut troubles: Vec<String> = self.links.iter().filter_map(|link| link.trouble()).collect();
        if self.draining.load(Ordering::Relaxed) {
            troubles.push("draining: asked to stop, finishing what is in flight".to_owned());
        }
        if self.paused() {
            troubles.push("paused: no new article is begun until the broker takes records again".to_owned());
        }
        let held = self.held();
        if held > 0 {
            troubles.push(format!(
                "publish: {held} deliveries wait because the broker does not take what was made of them"
            ));
        }
        troubles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_held_shuts_the_way_and_a_copy_does_not() {
        let link = Link::new(PUBLISH, Arc::new(Metrics::new()));
        let health = Health::new(vec![Arc::clone(&link)]);
        assert!(health.is_shut(), "not connected yet");
        link.up();
        assert!(!health.is_shut());
        health.hold(Held::Copy);
        assert!(!health.is_shut());
        assert_eq!(health.held(), 1);
        health.hold(Held::Record);
        assert!(health.paused());
        health.release(Held::Record);
        assert!(!health.paused());
        link.blocked(true);
        assert!(health.is_shut());
    }

    #[test]
    fn not_ready_says_why_in_words() {
        let link = Link::new("consume", Arc::new(Metrics::new()));
        let health = Health::new(vec![Arc::clone(&link)]);
        assert_eq!(health.troubles(), ["consume: not connected yet"]);
        link.up();
        assert!(health.troubles().is_empty());
        link.blocked(true);
        health.hold(Held::Copy);
        health.drain();
        assert_eq!(health.troubles().len(), 3);
        link.down("connection refused");
        health.release(Held::Copy);
        assert!(health.troubles()[0].ends_with("connection refused"));
    }
}
