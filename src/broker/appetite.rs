//! How many deliveries to ask the broker for: as many as are allowed, fewer while they are large.
//!
//! Invariant: at least one, at most the configured prefetch. The broker counts messages, not bytes; what is in hand is
//! bounded in bytes by asking for fewer of them.
//!
//! Absent on purpose: asking. Who consumes changes its consumer when this has changed its mind.

use std::collections::VecDeque;

/// Deliveries that are looked back on: enough that one large one among small ones changes little.
const LOOK_BACK: usize = 32;

/// The prefetch for messages like the last ones.
#[derive(Debug)]
pub(super) struct Appetite {
    most: u16,
    bytes_max: usize,
    now: u16,
    /// Bytes of the last deliveries.
    last: VecDeque<usize>,
    /// Deliveries since it changed.
    since: usize,
}

impl Appetite {
    /// Up to `most` deliveries, and about `bytes_max` bytes of them.
    pub(super) fn new(most: u16, bytes_max: usize) -> Self {
        Self {
            most: most.max(1),
            bytes_max,
            now: most.max(1),
            last: VecDeque::with_capacity(LOOK_BACK),
            since: 0,
        }
    }

    /// The prefetch to ask with.
    pub(super) fn now(&self) -> u16 {
        self.now
    }

    /// A delivery of so many bytes came.
    pub(super) fn came(&mut self, bytes: usize) {
        if self.last.len() == LOOK_BACK {
            self.last.pop_front();
        }
        self.last.push_back(bytes);
        self.since += 1;
        let fits = self.fits();
        // Down at once, up when all that is looked back on says so: a change costs the broker a consumer.
        let down = u32::from(fits) * 4 < u32::from(self.now) * 3;
        let up = self.since >= LOOK_BACK && (fits == self.most || fits / 2 >= self.now) && fits > self.now;
        if down || up {
            self.now = fits;
            self.since = 0;
        }
    }

    /// As many as fit, being of the last ones' size.
    fn fits(&self) -> u16 {
        let bytes: usize = self.last.iter().sum();
        let fitting = self.bytes_max.saturating_mul(self.last.len()) / bytes.max(1);
        u16::try_from(fitting).unwrap_or(u16::MAX).clamp(1, self.most)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: usize = 1 << 20;

    fn after(appetite: &mut Appetite, deliveries: usize, bytes: usize) -> u16 {
        (0..deliveries).for_each(|_| appetite.came(bytes));
        appetite.now()
    }

    #[test]
    fn small_messages_change_nothing() {
        let mut appetite = Appetite::new(64, 64 * MIB);
        assert_eq!(after(&mut appetite, 1000, 200_000), 64);
    }

    #[test]
    fn large_messages_are_asked_for_in_smaller_numbers_at_once_and_small_ones_again_in_time() {
        let mut appetite = Appetite::new(64, 64 * MIB);
        assert_eq!(after(&mut appetite, 1, 8 * MIB), 8);
        assert_eq!(after(&mut appetite, 31, 8 * MIB), 8);
        assert_eq!(after(&mut appetite, 16, 10_000), 8, "half of them are large");
        assert_eq!(after(&mut appetite, 48, 10_000), 64);
        assert_eq!(after(&mut appetite, 1, 200 * MIB), 10, "one among many");
    }

    #[test]
    fn what_is_larger_than_the_bound_is_taken_one_at_a_time() {
        let mut appetite = Appetite::new(64, MIB);
        assert_eq!(after(&mut appetite, 40, 16 * MIB), 1);
    }

    #[test]
    fn sizes_that_go_up_and_down_do_not_change_it_all_the_time() {
        let mut appetite = Appetite::new(64, 64 * MIB);
        let mut changes = 0;
        for at in 0..1000 {
            let before = appetite.now();
            appetite.came(if at % 2 == 0 { 3 * MIB } else { 10_000 });
            changes += usize::from(appetite.now() != before);
        }
        assert!(changes <= 4, "{changes}");
    }

    proptest! {
        #[test]
        fn never_none_and_never_more_than_allowed(most in 1u16..3000, max in 0usize..1 << 30, sizes in proptest::collection::vec(0usize..1 << 27, 0..200)) {
            let mut appetite = Appetite::new(most, max);
            for bytes in sizes {
                appetite.came(bytes);
                prop_assert!((1..=most).contains(&appetite.now()));
            }
        }
    }
}
