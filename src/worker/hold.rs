//! A delivery that has to wait for the broker, and who is told of it.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::sleep;

use crate::telemetry::{Health, Held};

/// Between two tries of a message that the broker does not take.
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A delivery that is held while the way to the broker is shut. Seen by the readiness probe.
pub(super) struct Hold<'a> {
    health: &'a Health,
    what: Held,
    pub(super) since: Instant,
    delays: Option<ExponentialBackoff>,
}

impl<'a> Hold<'a> {
    pub(super) fn new(health: &'a Health, what: Held) -> Self {
        Self {
            health,
            what,
            since: Instant::now(),
            delays: None,
        }
    }

    pub(super) async fn pause(&mut self, why: &str) {
        if self.delays.is_none() {
            self.health.hold(self.what);
            tracing::warn!(error = why, "held until the broker takes it");
        }
        let delays = self.delays.get_or_insert_with(|| {
            ExponentialBuilder::new()
                .with_min_delay(PAUSE_MIN)
                .with_max_delay(PAUSE_MAX)
                .without_max_times()
                .with_jitter()
                .build()
        });
        sleep(delays.next().unwrap_or(PAUSE_MAX)).await;
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if self.delays.is_some() {
            self.health.release(self.what);
        }
    }
}
