//! The values of labels whose growth is watched. Their series stand at zero before anything happens.
//!
//! Why: Prometheus sees growth between two samples of a series. One that begins at 1 has not grown, so an alert on the
//! first panic, the first refused vocabulary or the first lost session would stay silent.
//!
//! Absent on purpose: what articles bring, such as languages and reasons of removal. Those series come with the first.

use prometheus_client::metrics::counter::{Atomic, Counter};
use prometheus_client::metrics::family::Family;

use crate::message::DecodeError;

/// What becomes of a delivery.
pub(super) const OUTCOMES: [&str; 7] = [
    "enriched",
    "retried",
    "dead_lettered",
    "put_off",
    "handed_back",
    "stale",
    "abandoned",
];
/// Why a delivery that could be decoded is dead-lettered.
const LATER_CAUSES: [&str; 9] = [
    "too_deep",
    "panicked",
    "too_slow",
    "record",
    "unroutable",
    "refused",
    "timed_out",
    "disconnected",
    "reconcile",
];
/// What the broker answers to a publish.
pub(super) const ANSWERS: [&str; 7] = [
    "confirmed",
    "returned",
    "refused",
    "timed_out",
    "disconnected",
    "too_large",
    "access_refused",
];
/// What came of a vocabulary's file.
pub(super) const RELOADS: [&str; 3] = ["loaded", "unchanged", "failed"];
/// The connections.
pub(super) const LINKS: [&str; 2] = ["consume", "publish"];
/// What came of a request to the reconciliation service.
pub(super) const REQUESTS: [&str; 2] = ["answered", "failed"];
/// What came of a name that it was to be asked for.
pub(super) const NAMES: [&str; 4] = ["cached", "known", "unknown", "unanswered"];

/// Why a delivery is dead-lettered: it cannot be decoded, or what comes after fails.
pub(super) fn causes() -> impl Iterator<Item = &'static str> {
    DecodeError::KINDS.into_iter().chain(LATER_CAUSES)
}

/// Makes a series at zero for each value.
pub(super) fn begin<A>(
    family: &Family<[(&'static str, &'static str); 1], Counter<u64, A>>,
    label: &'static str,
    values: impl IntoIterator<Item = &'static str>,
) where
    A: Atomic<u64> + Default,
{
    for value in values {
        drop(family.get_or_create(&[(label, value)]));
    }
}
