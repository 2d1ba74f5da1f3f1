//! When what failed is tried again.

use std::time::Duration;

use super::{Checks, DAY_SECS};
use crate::config::raw::RawRetry;

const RETRIES_MAX: usize = 20;

impl Checks<'_> {
    /// The delays, and of a hundred retries how many take the neighbouring one.
    pub(super) fn retry(&mut self, raw: RawRetry) -> (Vec<Duration>, u8) {
        let RawRetry {
            delays_secs,
            jitter_percent,
        } = raw;
        if delays_secs.len() > RETRIES_MAX {
            let delays = delays_secs.len();
            self.report(
                "retry.delays_secs",
                format!("has {delays} delays, over the limit of {RETRIES_MAX}"),
            );
        }
        let delays = delays_secs
            .iter()
            .map(|delay| self.seconds("retry.delays_secs", *delay, 1..=DAY_SECS))
            .collect();
        (
            delays,
            self.integer("retry.jitter_percent", jitter_percent, 0..=100),
        )
    }
}
