//! One table from what went wrong to what becomes of the delivery.
//!
//! Invariant: no `_` arm. Whoever adds an error decides here what it means.

use super::article::ArticleError;
use super::ports::PublishError;
use super::reconcile::ReconcileError;

/// What may go wrong with one delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no record, and there never will be one.
    #[error(transparent)]
    Article(#[from] ArticleError),
    /// There is a record, and it may not go before its unknown tags were asked for.
    #[error(transparent)]
    Reconcile(ReconcileError),
    /// There is a record, and it was not published.
    #[error("the record was not published: {0}")]
    Publish(PublishError),
}

/// What becomes of a delivery that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Permanent: a copy with its cause goes to the dead-letter queue.
    DeadLetter,
    /// Transient: a copy goes to a delay queue, and after the last delay to the dead-letter queue.
    RetryLater,
    /// The way out is shut, and that is not the article's fault: it waits, and it costs it no attempt. While the
    /// broker takes nothing it is held here, so that the worker takes in no more than it can hold.
    HoldOn,
    /// Only a human can mend it: hand the delivery back, stop, say why.
    Stop,
}

impl Failure {
    /// The table.
    pub fn fate(&self) -> Fate {
        match self {
            Self::Article(_) => Fate::DeadLetter,
            Self::Reconcile(error) => match error {
                ReconcileError::Unanswered(_) => Fate::RetryLater,
                // Nobody was asked: not the article's fault, so not at its expense.
                ReconcileError::Paused => Fate::HoldOn,
            },
            Self::Publish(error) => match error {
                PublishError::TooLarge { .. } => Fate::DeadLetter,
                PublishError::Unroutable { .. } => Fate::RetryLater,
                PublishError::Refused => Fate::HoldOn,
                PublishError::TimedOut { .. } => Fate::HoldOn,
                PublishError::Disconnected { .. } => Fate::HoldOn,
                PublishError::AccessRefused { .. } => Fate::Stop,
            },
        }
    }

    /// For headers and labels: of a small closed set.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Article(error) => error.kind,
            Self::Reconcile(error) => match error {
                ReconcileError::Unanswered(_) => "reconcile",
                ReconcileError::Paused => "reconcile_paused",
            },
            Self::Publish(error) => match error {
                PublishError::TooLarge { .. } => "too_large",
                PublishError::Unroutable { .. } => "unroutable",
                PublishError::Refused => "refused",
                PublishError::TimedOut { .. } => "timed_out",
                PublishError::Disconnected { .. } => "disconnected",
                PublishError::AccessRefused { .. } => "access_refused",
            },
        }
    }

    /// Where it happened.
    pub fn stage(&self) -> &'static str {
        match self {
            Self::Article(error) => error.stage,
            Self::Reconcile(_) => "reconcile",
            Self::Publish(_) => "publish",
        }
    }
}

/// What becomes of a delivery whose copy, to a delay queue or the dead-letter queue, was not taken. The original
/// stays unsettled whatever this says, so nothing can be lost by it.
pub(super) fn fate_of_copy(error: &PublishError) -> CopyFate {
    match error {
        // The queue may be declared again any moment, by us or by an operator.
        PublishError::Unroutable { .. } => CopyFate::TryAgain,
        PublishError::Refused => CopyFate::TryAgain,
        PublishError::TimedOut { .. } => CopyFate::TryAgain,
        PublishError::Disconnected { .. } => CopyFate::TryAgain,
        // The broker took it once and will not take it again; its delivery limit will move it by itself.
        PublishError::TooLarge { .. } => CopyFate::HandBack,
        PublishError::AccessRefused { .. } => CopyFate::Stop,
    }
}

/// See [`fate_of_copy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CopyFate {
    TryAgain,
    HandBack,
    Stop,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_is_never_tried_twice_and_a_broken_way_costs_it_no_attempt() {
        let article = Failure::Article(ArticleError {
            kind: "json",
            stage: "decode",
            text: "no".to_owned(),
            article_id: None,
        });
        assert_eq!(article.fate(), Fate::DeadLetter);
        assert_eq!(Failure::Publish(PublishError::Refused).fate(), Fate::HoldOn);
        let unroutable = PublishError::Unroutable {
            problem: "312 NO_ROUTE".to_owned(),
        };
        assert_eq!(Failure::Publish(unroutable).fate(), Fate::RetryLater);
    }
}
