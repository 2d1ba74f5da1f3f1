//! Whom unknown tags are asked of.

use std::collections::BTreeMap;

use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error, StrDeserializer};

use super::{Checks, DAY_SECS};
use crate::config::raw::RawReconcile;
use crate::config::{ReconcileConfig, Unanswered, address};
use crate::message::TagKind;

impl Checks<'_> {
    pub(super) fn reconcile(&mut self, raw: RawReconcile) -> ReconcileConfig {
        let RawReconcile {
            url,
            token,
            tls_ca_file,
            scheme,
            query_type,
            kinds,
            score_min,
            names_max,
            batch,
            requests_max,
            timeout_ms,
            cache_entries,
            cache_secs,
            failures_max,
            pause_secs,
            unanswered,
        } = raw;
        if !url.is_empty()
            && let Err(what) = address::check_service(&url)
        {
            self.report("reconcile.url", what);
        }
        if scheme.is_empty() {
            self.report("reconcile.scheme", "must not be empty");
        }
        let score_min: u32 = self.integer("reconcile.score_min", score_min, 0..=1_000_000);
        let policies = [("unknown", Unanswered::Unknown), ("retry", Unanswered::Retry)];
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        ReconcileConfig {
            url: some(url),
            token: some(token),
            tls_ca_file: self.file("reconcile.tls_ca_file", &tls_ca_file),
            scheme,
            query_type: some(query_type),
            kinds: self.kinds(&kinds),
            score_min: Some(score_min).filter(|score| *score > 0),
            names_max: self.integer("reconcile.names_max", names_max, 1..=1_000),
            batch: self.integer("reconcile.batch", batch, 1..=1_000),
            requests_max: self.integer("reconcile.requests_max", requests_max, 1..=1_000),
            timeout: self.milliseconds("reconcile.timeout_ms", timeout_ms),
            cache_entries: self.integer("reconcile.cache_entries", cache_entries, 0..=100_000_000),
            cache: self.seconds("reconcile.cache_secs", cache_secs, 1..=365 * DAY_SECS),
            failures_max: self.integer("reconcile.failures_max", failures_max, 1..=1_000_000),
            pause: self.seconds("reconcile.pause_secs", pause_secs, 1..=DAY_SECS),
            unanswered: self
                .one_of("reconcile.unanswered", &unanswered, &policies)
                .unwrap_or_default(),
        }
    }

    /// `type=kind` pairs.
    fn kinds(&mut self, pairs: &[String]) -> BTreeMap<String, TagKind> {
        let mut kinds = BTreeMap::new();
        for pair in pairs {
            let Some((id, kind)) = pair.split_once('=') else {
                self.report(
                    "reconcile.kinds",
                    format!("{pair:?} is not of the form TYPE=KIND"),
                );
                continue;
            };
            let kind: StrDeserializer<'_, Error> = kind.trim().into_deserializer();
            match TagKind::deserialize(kind) {
                Ok(kind) => {
                    kinds.insert(id.trim().to_owned(), kind);
                }
                Err(error) => self.report("reconcile.kinds", format!("{pair:?}: {error}")),
            }
        }
        kinds
    }
}
