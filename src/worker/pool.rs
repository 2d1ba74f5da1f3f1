//! Threads that enrich, apart from the ones that talk to the broker.
//!
//! Invariant: an article that takes long keeps one of these threads busy and nothing else; heartbeats, confirms
//! and acks go on. What waits for a thread is bounded by the deliveries in flight. A thread whose article never
//! ends is given up and replaced, so that as many as were asked for always take new work.
//!
//! Absent on purpose: killing a thread. That cannot be done soundly, so a thread that was given up goes on until
//! its work ends or the process does; [`Pool::stuck`] counts them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// Deep recursion is bounded in the stages; this leaves them room.
const STACK_BYTES: usize = 8 << 20;

/// A limit is waited for in so many slices, each counted for no more than its own length: a process that was
/// frozen, or a clock that jumped, costs an article one slice and not all of its time.
const SLICES: u32 = 20;

/// Does the work, and says whether the thread is still the pool's.
type Job = Box<dyn FnOnce() -> bool + Send>;

/// A fixed number of threads. They end when the pool is dropped and their work is done.
#[derive(Debug)]
pub struct Pool {
    jobs: SyncSender<Job>,
    queue: Arc<Mutex<Receiver<Job>>>,
    threads: usize,
    /// Threads ever started, for their names.
    started: AtomicUsize,
    stuck: Arc<AtomicUsize>,
}

/// The work gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// It panicked past its own guards.
    #[error("the work panicked")]
    Panicked,
    /// It was not done within its limit. Its thread is given up.
    #[error("the work did not end in time")]
    Overdue,
}

/// Who has the last word on a job: its thread or the one who waits.
#[derive(Debug, Default)]
struct Claim(AtomicU8);

const OPEN: u8 = 0;
const DONE: u8 = 1;
const GIVEN_UP: u8 = 2;

impl Claim {
    /// Whether this was the first word.
    fn say(&self, word: u8) -> bool {
        self.0
            .compare_exchange(OPEN, word, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

impl Pool {
    /// Starts `threads` threads, at least one; up to `waiting` jobs wait for them.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(threads: usize, waiting: usize) -> io::Result<Self> {
        let (jobs, queue) = sync_channel::<Job>(waiting.max(1));
        let pool = Self {
            jobs,
            queue: Arc::new(Mutex::new(queue)),
            threads: threads.max(1),
            started: AtomicUsize::new(0),
            stuck: Arc::default(),
        };
        for _ in 0..pool.threads {
            pool.start_one()?;
        }
        Ok(pool)
    }

    fn start_one(&self) -> io::Result<()> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let queue = Arc::clone(&self.queue);
        thread::Builder::new()
            .name(format!("enrich-{number}"))
            .stack_size(STACK_BYTES)
            .spawn(move || work_off(&queue))
            .map(drop)
    }

    /// Threads that take work.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Threads that were given up and whose work still goes on.
    pub fn stuck(&self) -> usize {
        self.stuck.load(Ordering::Acquire)
    }

    /// Runs `work` on one of the threads, for up to `limit` from its beginning there.
    ///
    /// # Errors
    /// [`Lost`] when it panicked or did not end in time.
    pub async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let (begin, begun) = oneshot::channel();
        let (answer, mut answered) = oneshot::channel();
        let claim = Arc::new(Claim::default());
        let threads_claim = Arc::clone(&claim);
        let stuck = Arc::clone(&self.stuck);
        let mut job: Job = Box::new(move || {
            // Nobody may be waiting any more, here and below: the drain's deadline has passed.
            _ = begin.send(());
            let outcome = catch_unwind(AssertUnwindSafe(work));
            let is_ours = threads_claim.say(DONE);
            if is_ours {
                if let Ok(outcome) = outcome {
                    drop(answer.send(outcome));
                }
            } else {
                stuck.fetch_sub(1, Ordering::AcqRel);
            }
            is_ours
        });
        loop {
            match self.jobs.try_send(job) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) => {
                    job = back;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err(TrySendError::Disconnected(_job)) => return Err(Lost::Panicked),
            }
        }
        begun.await.map_err(|_dropped| Lost::Panicked)?;
        for _ in 0..SLICES {
            if let Ok(answer) = timeout(limit / SLICES, &mut answered).await {
                return answer.map_err(|_dropped| Lost::Panicked);
            }
        }
        // Counted before it is told: the thread may end, and count itself out, at any moment.
        self.stuck.fetch_add(1, Ordering::AcqRel);
        if !claim.say(GIVEN_UP) {
            self.stuck.fetch_sub(1, Ordering::AcqRel);
            return answered.await.map_err(|_dropped| Lost::Panicked);
        }
        if let Err(error) = self.start_one() {
            tracing::error!(%error, "no thread in the place of one that is stuck");
        }
        Err(Lost::Overdue)
    }
}

fn work_off(queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if !job() {
            // Another thread has taken this one's place.
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_panic_is_told_and_the_thread_lives_on() {
        let pool = Pool::start(1, 1).unwrap();
        assert_eq!(
            pool.run(LONG, || panic!("no")).await,
            Err::<(), _>(Lost::Panicked)
        );
        assert_eq!(pool.run(LONG, || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn more_jobs_than_room_all_run() {
        let pool = Arc::new(Pool::start(2, 1).unwrap());
        let jobs = (0..100).map(|number| {
            let pool = Arc::clone(&pool);
            async move { pool.run(LONG, move || number).await.unwrap() }
        });
        let sum: i32 = futures_util::future::join_all(jobs).await.into_iter().sum();
        assert_eq!(sum, 4950);
    }

    #[tokio::test]
    async fn a_thread_that_is_stuck_is_replaced_and_leaves_when_its_work_ends() {
        let pool = Pool::start(1, 1).unwrap();
        let go_on = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&go_on);
        let stuck = pool
            .run(Duration::from_millis(100), move || {
                while asked.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(1));
                }
            })
            .await;
        assert_eq!(stuck, Err(Lost::Overdue));
        assert_eq!(pool.stuck(), 1);
        assert_eq!(pool.run(LONG, || 7).await, Ok(7), "the pool goes on");
        go_on.store(false, Ordering::Relaxed);
        while pool.stuck() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(pool.run(LONG, || 8).await, Ok(8));
    }

    #[tokio::test]
    async fn waiting_for_a_thread_is_not_counted() {
        let pool = Arc::new(Pool::start(1, 4).unwrap());
        let limit = Duration::from_millis(400);
        let jobs = (0..4).map(|number| {
            let pool = Arc::clone(&pool);
            async move {
                pool.run(limit, move || {
                    thread::sleep(Duration::from_millis(150));
                    number
                })
                .await
            }
        });
        let outcomes = futures_util::future::join_all(jobs).await;
        assert_eq!(outcomes, [Ok(0), Ok(1), Ok(2), Ok(3)]);
    }
}
