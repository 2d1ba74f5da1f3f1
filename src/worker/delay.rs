//! Which delay queue a retry goes to.
//!
//! A share of the retries goes to the neighbour of the step that is due: what failed in one moment, a whole prefetch or
//! a whole fleet's, then does not come back in one moment. A queue holds one delay, since the broker looks at the time
//! to live of a queue's head alone, so the spread is over the queues that there are.
//!
//! Invariant: the answer is a step of the schedule whenever the one that is due is.

/// The step to take in place of `due`, of a schedule of so many `steps`: `due` itself, or for `jitter_percent` of the
/// calls the step after it, and before the last.
pub(super) fn spread(due: usize, steps: usize, jitter_percent: u8) -> usize {
    if fastrand::u8(..100) >= jitter_percent {
        return due;
    }
    let after = due.saturating_add(1);
    if after < steps {
        after
    } else {
        due.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_jitter_what_is_due_is_taken() {
        for due in 0..4 {
            assert_eq!(spread(due, 4, 0), due);
        }
    }

    #[test]
    fn with_jitter_a_neighbour_is_taken() {
        assert_eq!(
            (0..4).map(|due| spread(due, 4, 100)).collect::<Vec<_>>(),
            [1, 2, 3, 2]
        );
        assert_eq!(spread(0, 1, 100), 0, "one step has no neighbour");
    }

    #[test]
    fn a_share_of_what_failed_together_comes_back_at_another_time() {
        let moved = (0..10_000).filter(|_| spread(0, 4, 25) == 1).count();
        assert!((2_000..3_000).contains(&moved), "{moved} of 10,000");
    }
}
