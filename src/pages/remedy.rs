//! What to do about an error: where it is written.
//!
//! Invariant: every address leads to a heading that is there; a test holds it.

/// Where to read on, and in a few words what it is about.
pub(super) fn remedy(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "panicked" | "too_slow" => (
            "/runbook#newsmillpanicked",
            "a defect: keep the article, report it",
        ),
        "too_large" | "too_deep" => ("/runbook#dead-letters", "raise the bound if it is a real article"),
        "unroutable" => ("/runbook#newsmillretrying", "bind a queue to the exchange"),
        "refused" | "timed_out" => ("/runbook#newsmillheld", "is the output consumed?"),
        "disconnected" => ("/runbook#newsmilldisconnected", "is the broker there?"),
        "reconcile" | "reconcile_paused" => (
            "/runbook#newsmillreconcilepaused",
            "is the reconciliation service there?",
        ),
        "access_refused" => (
            "/runbook#starting-stopping-upgrading",
            "the user needs more rights",
        ),
        "empty" | "content_type" | "content_encoding" | "binary" | "json" | "surrogate" | "field"
        | "no_text" => (
            "/docs/messages#what-is-refused",
            "tell the sender what is expected",
        ),
        _ => ("/runbook#dead-letters", "look at the dead letters"),
    }
}

/// What to do about a worker that is not ready, by the words that say why.
pub(super) fn of_trouble(trouble: &str) -> &'static str {
    if trouble.contains("blocks") {
        "/runbook#newsmillblocked"
    } else if trouble.starts_with("draining") {
        "/runbook#starting-stopping-upgrading"
    } else if trouble.starts_with("paused") || trouble.contains("deliveries wait") {
        "/runbook#newsmillheld"
    } else {
        "/runbook#newsmilldisconnected"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::DecodeError;
    use crate::pages::manual;

    #[test]
    fn every_remedy_is_written_where_it_is_said_to_be() {
        let kinds = [
            "panicked",
            "too_slow",
            "too_large",
            "too_deep",
            "unroutable",
            "refused",
            "timed_out",
            "disconnected",
            "access_refused",
            "reconcile",
            "reconcile_paused",
            "record",
            "whatever comes",
        ];
        let troubles = [
            "the broker blocks the connection",
            "draining: x",
            "paused: x",
            "consume: gone",
        ];
        let addresses = kinds
            .into_iter()
            .chain(DecodeError::KINDS)
            .map(|kind| remedy(kind).0)
            .chain(troubles.map(of_trouble));
        for address in addresses {
            let (page, anchor) = address.split_once('#').unwrap();
            let name = page.trim_start_matches("/docs/").trim_start_matches('/');
            let written = manual::body(name).unwrap().into_string();
            assert!(written.contains(&format!("id=\"{anchor}\"")), "{address}");
        }
    }
}
