//! Work on many threads with the answers in the order of the questions.
//!
//! Invariant: at most `window` items are between reading and writing, so memory stays flat however long the input
//! is and however slow one item.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Items between reading and writing, for each thread. More lets the others go on beside a slow item.
const WINDOW_PER_THREAD: usize = 16;

/// An answer, or none where the work panicked; and whether the next one is not there yet, so that whoever writes
/// should not hold this one back.
pub(crate) struct Answer<O> {
    pub(crate) output: Option<O>,
    pub(crate) is_last_for_now: bool,
}

/// What takes the items that are read.
pub(crate) type Give<'a, I> = dyn FnMut(I) -> ControlFlow<()> + 'a;

/// Reads items on a thread of its own, works on them on `threads` more, and writes the answers on this one, in
/// order. Ends when the reading ends or when `write` breaks; threads that wait for input are then left behind.
pub(crate) fn in_order<I, O>(
    threads: usize,
    read: impl FnOnce(&mut Give<'_, I>) -> ControlFlow<()> + Send + 'static,
    work: impl Fn(I) -> O + Send + Sync + 'static,
    mut write: impl FnMut(Answer<O>) -> ControlFlow<()>,
) where
    I: Send + 'static,
    O: Send + 'static,
{
    let window = threads.max(1) * WINDOW_PER_THREAD;
    let (take_slot, free_slot) = sync_channel::<()>(window);
    let (give, jobs) = sync_channel::<(u64, I)>(threads);
    let (finish, finished) = sync_channel::<(u64, Option<O>)>(window);
    thread::spawn(move || {
        let mut number = 0;
        let _broken_off = read(&mut |item| {
            let is_taken = take_slot.send(()).is_ok() && give.send((number, item)).is_ok();
            number += 1;
            if is_taken {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
    });
    let jobs = Arc::new(Mutex::new(jobs));
    let work = Arc::new(work);
    for _ in 0..threads.max(1) {
        let (jobs, work, finish) = (Arc::clone(&jobs), Arc::clone(&work), finish.clone());
        thread::spawn(move || labour(&jobs, work.as_ref(), &finish));
    }
    drop(finish);

    let mut early = BTreeMap::new();
    let mut next = 0;
    while let Some((number, output)) = receive(&finished, &mut early, next) {
        next = number + 1;
        // The slot is freed before writing, so that reading goes on meanwhile.
        _ = free_slot.try_recv();
        collect(&finished, &mut early);
        let is_last_for_now = !early.contains_key(&next);
        if write(Answer {
            output,
            is_last_for_now,
        })
        .is_break()
        {
            return;
        }
    }
}

fn labour<I, O>(
    jobs: &Mutex<Receiver<(u64, I)>>,
    work: &(impl Fn(I) -> O + Sync),
    finish: &SyncSender<(u64, Option<O>)>,
) {
    loop {
        // A lock that a panic poisoned still guards a whole receiver: work is done outside it.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, item)) = job else {
            return;
        };
        let output = catch_unwind(AssertUnwindSafe(|| work(item))).ok();
        if finish.send((number, output)).is_err() {
            return;
        }
    }
}

/// Waits for the answer with this number; none when no more will come.
fn receive<O>(
    finished: &Receiver<(u64, Option<O>)>,
    early: &mut BTreeMap<u64, Option<O>>,
    next: u64,
) -> Option<(u64, Option<O>)> {
    loop {
        if let Some(output) = early.remove(&next) {
            return Some((next, output));
        }
        let (number, output) = finished.recv().ok()?;
        early.insert(number, output);
    }
}

/// Takes what is there already.
fn collect<O>(finished: &Receiver<(u64, Option<O>)>, early: &mut BTreeMap<u64, Option<O>>) {
    loop {
        match finished.try_recv() {
            Ok((number, output)) => _ = early.insert(number, output),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn count_to(end: usize) -> impl FnOnce(&mut Give<'_, usize>) -> ControlFlow<()> {
        move |give| (0..end).try_for_each(give)
    }

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        let mut answers = Vec::new();
        let work = |n: usize| {
            thread::sleep(Duration::from_micros((n % 7 * 100) as u64));
            n
        };
        in_order(4, count_to(500), work, |answer| {
            answers.extend(answer.output);
            ControlFlow::Continue(())
        });
        assert_eq!(answers, (0..500).collect::<Vec<_>>());
    }

    #[test]
    fn a_panic_costs_one_answer() {
        let work = |n: usize| if n == 3 { panic!("on purpose") } else { n };
        let mut answers = Vec::new();
        in_order(2, count_to(6), work, |answer| {
            answers.push(answer.output);
            ControlFlow::Continue(())
        });
        assert_eq!(answers, [Some(0), Some(1), Some(2), None, Some(4), Some(5)]);
    }

    #[test]
    fn reading_does_not_run_ahead_of_a_slow_answer() {
        static AHEAD: AtomicUsize = AtomicUsize::new(0);
        let read = |give: &mut Give<'_, usize>| {
            (0..10_000).try_for_each(|n| {
                AHEAD.fetch_add(1, Ordering::SeqCst);
                give(n)
            })
        };
        let work = |n: usize| {
            if n == 0 {
                thread::sleep(Duration::from_millis(100));
            }
        };
        let mut most = 0;
        in_order(2, read, work, |_| {
            most = most.max(AHEAD.fetch_sub(1, Ordering::SeqCst));
            ControlFlow::Continue(())
        });
        assert!(most <= 2 * WINDOW_PER_THREAD + 2, "{most}");
    }
}
