//! Threads that enrich, apart from the ones that talk to the broker.
//!
//! Invariant: an article that takes long keeps one of these threads busy and nothing else; heartbeats, confirms
//! and acks go on. What waits for a thread is bounded by the deliveries in flight.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// Deep recursion is bounded in the stages; this leaves them room.
const STACK_BYTES: usize = 8 << 20;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads. They end when the pool is dropped and their work is done.
#[derive(Debug)]
pub struct Pool {
    jobs: SyncSender<Job>,
}

/// The work was lost: it panicked past its own guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work panicked")]
pub struct Lost;

impl Pool {
    /// Starts `threads` threads, at least one; up to `waiting` jobs wait for them.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(threads: usize, waiting: usize) -> io::Result<Self> {
        let (jobs, queue) = sync_channel::<Job>(waiting.max(1));
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            thread::Builder::new()
                .name(format!("enrich-{number}"))
                .stack_size(STACK_BYTES)
                .spawn(move || work_off(&queue))?;
        }
        Ok(Self { jobs })
    }

    /// Runs `work` on one of the threads.
    ///
    /// # Errors
    /// [`Lost`] when it panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Lost> {
        let (answer, answered) = oneshot::channel();
        let mut job: Job = Box::new(move || {
            // Nobody may be waiting any more: the drain's deadline has passed.
            drop(answer.send(work()));
        });
        loop {
            match self.jobs.try_send(job) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) => {
                    job = back;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err(TrySendError::Disconnected(_job)) => return Err(Lost),
            }
        }
        answered.await.map_err(|_dropped| Lost)
    }
}

fn work_off(queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A panic drops the answer's sender, which is how the one who waits learns of it.
        drop(catch_unwind(AssertUnwindSafe(job)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_told_and_the_thread_lives_on() {
        let pool = Pool::start(1, 1).unwrap();
        assert_eq!(pool.run(|| panic!("no")).await, Err::<(), _>(Lost));
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn more_jobs_than_room_all_run() {
        let pool = Arc::new(Pool::start(2, 1).unwrap());
        let jobs = (0..100).map(|number| {
            let pool = Arc::clone(&pool);
            async move { pool.run(move || number).await.unwrap() }
        });
        let sum: i32 = futures_util::future::join_all(jobs).await.into_iter().sum();
        assert_eq!(sum, 4950);
    }
}
