//! From a delivery to what is published: on the CPU threads, and between them, where unknown tags are asked for.
//!
//! Invariant: nothing waits on a CPU thread; who is asked is waited for here.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tracing::Span;

use super::Worker;
use super::article::{ArticleError, Draft, Made, Product, Worked};
use super::fate::Failure;
use super::pool::Lost;
use super::ports::{Delivery, Fatal, FatalKind, Outbox};
use super::progress::Progress;
use super::reconcile::{Answers, Reconcile};
use crate::config::Unanswered;
use crate::telemetry::DeliveryTrace;

impl<O: Outbox> Worker<O> {
    /// The record of a delivery, ready to be published.
    pub(super) async fn make(
        &self,
        delivery: &O::Delivery,
        trace: &DeliveryTrace,
    ) -> Result<Product, Failure> {
        let product = match self.enrich(delivery, trace).await? {
            Made::Product(product) => product,
            Made::Draft(draft) => self.complete(draft, delivery, trace).await?,
        };
        known_as(&product.article_id, trace);
        self.metrics.enriched(&product.facts, product.written.body.len());
        Ok(product)
    }

    /// Decodes and enriches.
    async fn enrich(&self, delivery: &O::Delivery, trace: &DeliveryTrace) -> Result<Made, ArticleError> {
        let envelope = delivery.envelope().clone();
        let body = delivery.body();
        let articles = Arc::clone(&self.articles);
        self.on_a_thread(trace, move |progress| articles.enrich(&body, &envelope, progress))
            .await
    }

    /// Asks for what the vocabulary does not know, and writes the record.
    async fn complete(
        &self,
        draft: Draft,
        delivery: &O::Delivery,
        trace: &DeliveryTrace,
    ) -> Result<Product, Failure> {
        known_as(&draft.record.id, trace);
        let answers = match &self.reconcile {
            Some(service) => self.ask(&**service, &draft.names, trace).await?,
            None => Ok(Vec::new()),
        };
        let body = delivery.body();
        let articles = Arc::clone(&self.articles);
        let written = self.on_a_thread(trace, move |progress| {
            articles.complete(draft, &answers, &body, progress)
        });
        Ok(written.await?)
    }

    /// The answers, or none where the record may go without.
    async fn ask(
        &self,
        service: &dyn Reconcile,
        names: &[String],
        trace: &DeliveryTrace,
    ) -> Result<Answers, Failure> {
        let (begun, since) = (Instant::now(), SystemTime::now());
        let answers = service.ask(names).await;
        let took = begun.elapsed();
        self.metrics.stage("reconcile", took);
        trace.stages(since, &[("reconcile", took)]);
        match (answers, self.settings.unanswered) {
            (Err(error), Unanswered::Retry) => Err(Failure::Reconcile(error)),
            (answers, Unanswered::Unknown) | (answers @ Ok(_), Unanswered::Retry) => Ok(answers),
        }
    }

    /// Works on a CPU thread, under the article's time limit.
    async fn on_a_thread<T: Send + 'static>(
        &self,
        trace: &DeliveryTrace,
        work: impl FnOnce(&Progress) -> Worked<T> + Send + 'static,
    ) -> Result<T, ArticleError> {
        let progress = Arc::new(Progress::default());
        let told = Arc::clone(&progress);
        let asked = Instant::now();
        let worked = self
            .pool
            .run(self.settings.article, move || {
                let (waited, since) = (asked.elapsed(), SystemTime::now());
                (waited, since, work(&told))
            })
            .await;
        self.metrics.stuck(self.pool.stuck());
        let (waited, since, worked) = worked.map_err(|lost| self.lost(lost, progress.stage()))?;
        self.metrics.stage("wait", waited);
        trace.stages(since, &worked.timings);
        for (stage, took) in worked.timings {
            self.metrics.stage(stage, took);
        }
        worked.outcome.inspect_err(|error| {
            if let Some(id) = &error.article_id {
                known_as(id, trace);
            }
        })
    }

    /// Why there is nothing of an article whose work gave no answer.
    fn lost(&self, lost: Lost, stage: &'static str) -> ArticleError {
        let (kind, text) = match lost {
            Lost::Panicked => ("panicked", format!("{stage}: {lost}")),
            Lost::Overdue => {
                let limit = self.settings.article.as_secs_f32();
                let stuck = self.pool.stuck();
                tracing::error!(stage, stuck, "an article takes too long; its thread is given up");
                // Each burns a core until it ends, if it ever does: when they take as much as the work itself,
                // a new process is the better one. What they were at goes to the dead letters first.
                if stuck >= self.pool.threads() {
                    self.stop(Fatal {
                        text: format!(
                            "{stuck} threads are stuck in articles; see the dead letters of kind `too_slow`, then \
                             start again"
                        ),
                        exit: FatalKind::Stuck,
                    });
                }
                let text = format!("{stage} did not end within {limit} s (worker.article_secs)");
                ("too_slow", text)
            }
        };
        ArticleError {
            kind,
            stage,
            text,
            article_id: None,
        }
    }
}

/// From here on logs and traces name the article.
fn known_as(article_id: &str, trace: &DeliveryTrace) {
    Span::current().record("article", article_id);
    trace.article(article_id);
}
