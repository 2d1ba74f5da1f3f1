//! When the next fault comes and which, from the seed alone; and how long it took until records came again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// SIGKILL.
    Kill,
    /// SIGTERM.
    Stop,
    /// Its connections are closed by the broker.
    Close,
}

impl Fault {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::Close => "close",
        }
    }
}

/// To what a twin is put down when nothing has happened yet.
pub(super) const NO_FAULT: &str = "no fault";

/// The faults of a trial.
pub(super) struct Faults {
    dice: fastrand::Rng,
    every: Duration,
    can_close: bool,
    /// How many, by kind.
    counts: BTreeMap<&'static str, u64>,
    last: &'static str,
    /// When faults ended after which no record has come yet.
    open: Vec<Instant>,
    recoveries: Vec<Duration>,
}

impl Faults {
    pub(super) fn new(seed: u64, every: Duration, can_close: bool) -> Self {
        Self {
            dice: fastrand::Rng::with_seed(seed),
            every,
            can_close,
            counts: BTreeMap::new(),
            last: NO_FAULT,
            open: Vec::new(),
            recoveries: Vec::new(),
        }
    }

    /// How long until the next one: between half and one and a half times the mean.
    pub(super) fn pause(&mut self) -> Duration {
        self.every.mul_f64(0.5 + self.dice.f64())
    }

    /// The next one, and the worker whom it hits, of so many.
    pub(super) fn next(&mut self, workers: usize) -> (Fault, usize) {
        // The same throws whether connections can be closed or not, so that a seed means the same faults.
        let fault = match self.dice.u8(..8) {
            0..=3 => Fault::Kill,
            4 | 5 => Fault::Stop,
            _ if self.can_close => Fault::Close,
            _ => Fault::Kill,
        };
        (fault, self.dice.usize(..workers.max(1)))
    }

    /// It begins: from now on twins are put down to it.
    pub(super) fn began(&mut self, fault: Fault) {
        *self.counts.entry(fault.name()).or_default() += 1;
        self.last = fault.name();
    }

    /// It is over.
    pub(super) fn ended(&mut self) {
        self.open.push(Instant::now());
    }

    /// A record came.
    pub(super) fn record(&mut self) {
        self.recoveries
            .extend(self.open.drain(..).map(|end| end.elapsed()));
    }

    /// The last fault's name.
    pub(super) fn last(&self) -> &'static str {
        self.last
    }

    /// How many, by kind.
    pub(super) fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    /// Median and longest time from a fault's end to the next record.
    pub(super) fn recovery(&self) -> Option<(Duration, Duration)> {
        let mut sorted = self.recoveries.clone();
        sorted.sort_unstable();
        Some((*sorted.get(sorted.len() / 2)?, *sorted.last()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_faults_at_the_same_times() {
        let throws = |seed| {
            let mut faults = Faults::new(seed, Duration::from_secs(4), true);
            (0..60)
                .map(|_| (faults.pause(), faults.next(3)))
                .collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        for (pause, (_, worker)) in throws(7) {
            assert!(pause >= Duration::from_secs(2) && pause <= Duration::from_secs(6));
            assert!(worker < 3);
        }
        for fault in [Fault::Kill, Fault::Stop, Fault::Close] {
            assert!(
                throws(7).iter().any(|(_, (thrown, _))| *thrown == fault),
                "{fault:?}"
            );
        }
    }

    #[test]
    fn recovery_is_from_the_end_of_a_fault_to_the_next_record() {
        let mut faults = Faults::new(0, Duration::from_secs(1), false);
        assert_eq!(faults.recovery(), None);
        faults.began(Fault::Kill);
        assert_eq!(faults.last(), "kill");
        faults.ended();
        std::thread::sleep(Duration::from_millis(20));
        faults.record();
        faults.record();
        let (median, longest) = faults.recovery().unwrap();
        assert!(median >= Duration::from_millis(20) && median == longest);
    }
}
