//! Whom unknown tags are asked of, checked.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::message::TagKind;

/// A reconciliation service and how it is asked.
#[derive(Clone)]
pub struct ReconcileConfig {
    /// Its endpoint; none: nobody is asked.
    pub url: Option<String>,
    /// What it is told of who asks. A secret.
    pub token: Option<String>,
    /// PEM file of its certificate authority.
    pub tls_ca_file: Option<PathBuf>,
    /// Under which scheme its ids stand in records.
    pub scheme: String,
    /// The type of thing that is asked for.
    pub query_type: Option<String>,
    /// What sort of thing a type of the service's is.
    pub kinds: BTreeMap<String, TagKind>,
    /// From which score the best candidate is taken; none: only what the service vouches for.
    pub score_min: Option<u32>,
    /// Unknown tags of an article that are asked for.
    pub names_max: usize,
    /// Names of one request.
    pub batch: usize,
    /// Requests under way at once.
    pub requests_max: usize,
    /// Of one request.
    pub timeout: Duration,
    /// Names whose answers are kept.
    pub cache_entries: u64,
    /// How long.
    pub cache: Duration,
    /// Failures in a row after which it is left alone.
    pub failures_max: u32,
    /// For how long.
    pub pause: Duration,
    /// What becomes of an article without an answer.
    pub unanswered: Unanswered,
}

/// What becomes of an article whose unknown tags got no answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unanswered {
    /// They stay unknown, and the record says why.
    #[default]
    Unknown,
    /// The article is tried again later.
    Retry,
}

impl fmt::Debug for ReconcileConfig {
    /// Without the token, so that no log can hold it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
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
            timeout,
            cache_entries,
            cache,
            failures_max,
            pause,
            unanswered,
        } = self;
        f.debug_struct("ReconcileConfig")
            .field("url", url)
            .field("token", &token.is_some())
            .field("tls_ca_file", tls_ca_file)
            .field("scheme", scheme)
            .field("query_type", query_type)
            .field("kinds", kinds)
            .field("score_min", score_min)
            .field("names_max", names_max)
            .field("batch", batch)
            .field("requests_max", requests_max)
            .field("timeout", timeout)
            .field("cache_entries", cache_entries)
            .field("cache", cache)
            .field("failures_max", failures_max)
            .field("pause", pause)
            .field("unanswered", unanswered)
            .finish()
    }
}
