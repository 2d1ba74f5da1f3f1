//! The flags that say which letters are meant.

use std::time::Duration;

use jiff::Timestamp;

use super::super::settings::SettingsArgs;
use super::age;
use crate::broker::Filter;

/// Which letters.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Which letters (all, if nothing is said)")]
pub(super) struct WhichArgs {
    /// Of this cause, such as json or delivery_limit; `none`: that tell no cause
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    cause: Vec<String>,
    /// That failed in this stage; `broker`: put there by the broker; `none`: by strangers
    #[arg(long, value_name = "STAGE", value_delimiter = ',')]
    stage: Vec<String>,
    /// From this source, as `list` shows it
    #[arg(long, value_name = "SOURCE")]
    source: Vec<String>,
    /// With this id, the message's or the article's
    #[arg(long, value_name = "ID")]
    id: Vec<String>,
    /// That failed at least so long ago: 90s, 15m, 2h, 7d
    #[arg(long, value_name = "AGE", value_parser = age::parse)]
    older_than: Option<Duration>,
    /// That failed at most so long ago
    #[arg(long, value_name = "AGE", value_parser = age::parse)]
    newer_than: Option<Duration>,
    /// No more than so many of them, in the order of the queue
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: Option<u64>,
}

/// How letters are looked at.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct LookArgs {
    /// Look at no more than the first N letters of the queue; 0: at all
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    scan: u64,
    /// Give up when the broker cannot be reached within this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(super) timeout_secs: u64,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

impl WhichArgs {
    /// As a filter, ages being counted from `now`.
    pub(super) fn filter(&self, now: Timestamp) -> Filter {
        Filter {
            causes: self.cause.clone(),
            stages: self.stage.clone(),
            sources: self.source.clone(),
            ids: self.id.clone(),
            until: self.older_than.map(|age| age::before(now, age)),
            since: self.newer_than.map(|age| age::before(now, age)),
        }
    }
}

impl LookArgs {
    /// The same, at the whole queue.
    pub(super) fn everywhere(&self) -> Self {
        Self {
            scan: 0,
            ..self.clone()
        }
    }

    /// How many; none: all.
    pub(super) fn scan(&self) -> Option<u64> {
        (self.scan > 0).then_some(self.scan)
    }
}
