//! A circuit breaker: a service that has failed some times in a row is left alone for a while, then tried once.
//!
//! Invariant: while it is open, one request in each pause goes through; its answer closes it.
//!
//! Absent on purpose: a clock. Who asks says when.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whether a request may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Now,
    Later,
}

#[derive(Debug)]
pub(super) struct Breaker {
    failures_max: u32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    /// Open until then, when one may try.
    next_try: Option<Instant>,
}

impl Breaker {
    /// Opens after `failures_max` failures in a row, for `pause` each time.
    pub(super) fn new(failures_max: u32, pause: Duration) -> Self {
        Self {
            failures_max,
            pause,
            state: Mutex::default(),
        }
    }

    pub(super) fn pause(&self) -> Duration {
        self.pause
    }

    pub(super) fn turn(&self, now: Instant) -> Turn {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.next_try {
            None => Turn::Now,
            Some(at) if now < at => Turn::Later,
            // This one tries. The next pause begins at once: whatever becomes of the trial, also when nobody is left
            // to tell, the others wait.
            Some(_) => {
                state.next_try = Some(now + self.pause);
                Turn::Now
            }
        }
    }

    /// A request was answered. Whether that closed it.
    pub(super) fn succeeded(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = 0;
        state.next_try.take().is_some()
    }

    /// A request was not answered. Whether that opened it.
    pub(super) fn failed(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures < self.failures_max {
            return false;
        }
        let was_open = state.next_try.replace(now + self.pause).is_some();
        !was_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_lets_one_try_and_closes_by_its_answer() {
        let pause = Duration::from_secs(30);
        let breaker = Breaker::new(2, pause);
        let mut now = Instant::now();
        assert!(!breaker.failed(now));
        assert!(!breaker.succeeded(), "it was not open");
        assert!(!breaker.failed(now), "the row began anew");
        assert_eq!(breaker.turn(now), Turn::Now);
        assert!(breaker.failed(now));
        assert_eq!(breaker.turn(now), Turn::Later);
        now += pause;
        assert_eq!(breaker.turn(now), Turn::Now);
        assert_eq!(breaker.turn(now), Turn::Later, "one at a time");
        assert!(!breaker.failed(now), "it is open already");
        assert_eq!(breaker.turn(now), Turn::Later);
        now += pause;
        assert_eq!(breaker.turn(now), Turn::Now);
        // A trial that nobody reports on does not keep it open for ever.
        now += pause;
        assert_eq!(breaker.turn(now), Turn::Now);
        assert!(breaker.succeeded());
        assert_eq!(breaker.turn(now), Turn::Now);
        assert_eq!(breaker.turn(now), Turn::Now);
    }
}
