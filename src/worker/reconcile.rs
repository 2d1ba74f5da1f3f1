//! What the worker needs of a service that knows more names than the vocabulary.
//!
//! Invariant: an article never waits for it without end, and never dies of its silence: no answer is a value.
//!
//! Absent on purpose: HTTP, and which service it is.

use async_trait::async_trait;

use crate::message::TagCandidate;

/// What is known of each name that was asked for, in their order; or why nothing is.
pub type Answers = Result<Vec<Option<TagCandidate>>, ReconcileError>;

/// Somebody to ask what names mean that the vocabulary does not have.
#[async_trait]
pub trait Reconcile: std::fmt::Debug + Send + Sync + 'static {
    /// Asks for all of them; returns within a time of its own.
    async fn ask(&self, names: &[String]) -> Answers;
}

/// Why there is no answer. Both may pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// It was asked, and did not answer, or not what was asked.
    #[error("the reconciliation service gave no answer: {0}")]
    Unanswered(String),
    /// It was not asked: it has not answered for some time.
    #[error("the reconciliation service is not asked for now: it has failed too often")]
    Paused,
}
