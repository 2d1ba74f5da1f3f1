//! The pages for people.

use super::{Checks, MESSAGE_BYTES_MAX};
use crate::config::PagesConfig;
use crate::config::raw::RawPages;

const RECENT_MAX: i64 = 10_000;
/// What is posted may be three times as large on its way, and is held in memory.
const TRY_BYTES_MAX: i64 = 16 << 20;

impl Checks<'_> {
    pub(super) fn pages(&mut self, raw: RawPages) -> PagesConfig {
        let RawPages {
            enabled,
            local_only,
            hosts,
            recent,
            recent_bytes_max,
            try_bytes_max,
        } = raw;
        for host in &hosts {
            let is_odd = |character: char| !character.is_ascii_alphanumeric() && !"-._".contains(character);
            if host.is_empty() || host.contains(is_odd) {
                self.report(
                    "pages.hosts",
                    format!("{host:?} is no host's name; give it without scheme and port"),
                );
            }
        }
        PagesConfig {
            enabled,
            local_only,
            hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            recent: self.integer("pages.recent", recent, 0..=RECENT_MAX),
            recent_bytes_max: self.integer(
                "pages.recent_bytes_max",
                recent_bytes_max,
                0..=8 * MESSAGE_BYTES_MAX,
            ),
            try_bytes_max: self.integer("pages.try_bytes_max", try_bytes_max, 1..=TRY_BYTES_MAX),
        }
    }
}
