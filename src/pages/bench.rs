//! Where an article is looked at for a person: a thread of its own, one at a time, at the lowest priority.
//!
//! Invariant: whatever the article, the worker goes on: a panic stays here, an article that does not end keeps this one
//! thread busy and nobody else's, and until it ends no other is begun.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tokio::time::timeout;

/// As the worker's own threads have: deep recursion is bounded in the stages, and this leaves them room.
const STACK_BYTES: usize = 8 << 20;

/// Why nothing came of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Undone {
    #[error("another article is being looked at; try again in a moment")]
    Busy,
    #[error("it did not end within {} s", .0.as_secs_f32())]
    Overdue(Duration),
    #[error("newsmill panicked at it, which is a defect: {0}")]
    Panicked(String),
    #[error("the system gives no thread for it")]
    NoThread,
}

/// Articles that may wait in memory for their turn, the one that is looked at among them.
const TURNS: usize = 4;

#[derive(Debug)]
pub(super) struct Bench {
    turns: Semaphore,
    seat: Arc<Semaphore>,
    limit: Duration,
}

impl Bench {
    /// One on which each article may take up to `limit`.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            turns: Semaphore::new(TURNS),
            seat: Arc::new(Semaphore::new(1)),
            limit,
        }
    }

    /// A place in the row, for one who brings an article along; none when there are enough.
    pub(super) fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.try_acquire().ok()
    }

    /// Works when its turn comes, and waits for the answer.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Undone> {
        let waiting = timeout(self.limit, Arc::clone(&self.seat).acquire_owned()).await;
        let Ok(Ok(seat)) = waiting else {
            return Err(Undone::Busy);
        };
        let (answer, answered) = oneshot::channel();
        let started = thread::Builder::new()
            .name("look".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                step_back();
                let outcome = catch_unwind(AssertUnwindSafe(work));
                // Before the answer: who has it may ask for more at once.
                drop(seat);
                // Nobody may be waiting any more.
                drop(answer.send(outcome.map_err(|payload| message_of(payload.as_ref()))));
            });
        if started.is_err() {
            return Err(Undone::NoThread);
        }
        match timeout(self.limit, answered).await {
            Ok(Ok(outcome)) => outcome.map_err(Undone::Panicked),
            Ok(Err(_dropped)) => Err(Undone::Panicked("no message".to_owned())),
            Err(_elapsed) => Err(Undone::Overdue(self.limit)),
        }
    }
}

/// Lets the worker's threads go first, where the system keeps a priority for each thread.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "no lower priority");
    }
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|message| (*message).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_panic_is_told_and_the_next_one_is_looked_at() {
        let bench = Bench::new(Duration::from_secs(30));
        let done = bench.work(|| -> () { panic!("off by {}", 1) }).await;
        assert_eq!(done, Err(Undone::Panicked("off by 1".to_owned())));
        assert_eq!(bench.work(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn one_that_does_not_end_keeps_others_from_beginning_and_no_longer() {
        let bench = Bench::new(Duration::from_millis(100));
        let go_on = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&go_on);
        let endless = move || {
            while asked.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
        };
        let overdue = Undone::Overdue(Duration::from_millis(100));
        assert_eq!(bench.work(endless).await, Err(overdue));
        assert_eq!(bench.work(|| 7).await, Err(Undone::Busy));
        go_on.store(false, Ordering::Relaxed);
        while bench.work(|| 7).await.is_err() {}
    }
}
