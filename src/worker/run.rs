//! The worker's life: slots first, then deliveries; then the drain.
//!
//! Invariant: a delivery is taken only into a free slot, so what is in flight is bounded by the prefetch. Every
//! delivery that was taken is settled before `run` returns, or its connection has ended.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Worker;
use super::ports::{Delivery, Fatal, Inbox, Outbox, Settled};

/// How often a worker that takes nothing looks whether the way is open again.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(100);

impl<O: Outbox> Worker<O> {
    /// Works until `shutdown`, then drains.
    ///
    /// # Errors
    /// What only a human can mend. What was in flight is finished or handed back by then.
    pub async fn run<I>(self: Arc<Self>, mut inbox: I, shutdown: CancellationToken) -> Result<(), Fatal>
    where
        I: Inbox<Delivery = O::Delivery>,
    {
        let slots = Arc::new(Semaphore::new(usize::from(self.settings.prefetch)));
        let tasks = TaskTracker::new();
        let abandon = CancellationToken::new();
        loop {
            let slot = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                () = self.stopping.cancelled() => break,
                slot = Arc::clone(&slots).acquire_owned() => slot,
            };
            let delivery = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                () = self.stopping.cancelled() => break,
                delivery = async {
                    self.wait_while_shut().await;
                    inbox.next().await
                } => delivery,
            };
            match delivery {
                Ok(Some(delivery)) => {
                    let worker = Arc::clone(&self);
                    let abandon = abandon.clone();
                    tasks.spawn(async move {
                        worker.handle(delivery, &abandon).await;
                        drop(slot);
                    });
                }
                Ok(None) => break,
                Err(fatal) => {
                    self.stop(fatal);
                    break;
                }
            }
        }
        self.drain(inbox, tasks, &abandon).await;
        match self.fatal.get() {
            Some(fatal) => Err(fatal.clone()),
            None => Ok(()),
        }
    }

    /// Nothing new is begun while the broker takes no records: it would only be held, too.
    async fn wait_while_shut(&self) {
        if !self.health.is_shut() {
            return;
        }
        tracing::warn!("paused: no new article is begun until the broker takes records again");
        while self.health.is_shut() {
            sleep(LOOK_EVERY).await;
        }
        tracing::info!("going on: the broker takes records again");
    }

    /// Takes no more, finishes what is in flight under a deadline, hands back the rest.
    ///
    /// In order, that is the last thing to happen, and by the channel's end: a consumer that is cancelled makes way for
    /// the next at once, which would begin with what comes after, and be ahead of what is in flight or handed back here.
    async fn drain<I>(&self, mut inbox: I, tasks: TaskTracker, abandon: &CancellationToken)
    where
        I: Inbox<Delivery = O::Delivery>,
    {
        let deadline = Instant::now() + self.settings.drain;
        self.health.drain();
        tracing::info!(in_flight = tasks.len(), "draining");
        if !self.settings.in_order {
            self.hand_back(&mut inbox, deadline).await;
        }
        tasks.close();
        if timeout_at(deadline, tasks.wait()).await.is_err() {
            tracing::warn!(
                in_flight = tasks.len(),
                drain_secs = self.settings.drain.as_secs(),
                "the drain's time is over; handing back what is in flight"
            );
            abandon.cancel();
            // Each hands back under the broker's own deadline.
            if timeout(self.settings.drain, tasks.wait()).await.is_err() {
                tracing::error!(
                    in_flight = tasks.len(),
                    "not everything could be handed back; the broker will do it"
                );
            }
        }
        tracing::info!("drained");
        inbox.close().await;
    }

    /// What the broker had sent already and nobody has begun goes back to the next worker.
    async fn hand_back<I>(&self, inbox: &mut I, deadline: Instant)
    where
        I: Inbox<Delivery = O::Delivery>,
    {
        inbox.stop().await;
        let mut handed_back = 0u64;
        while let Ok(Ok(Some(delivery))) = timeout_at(deadline, inbox.next()).await {
            let begun = Instant::now();
            self.metrics.receive(delivery.body().len());
            let outcome = match delivery.hand_back().await {
                Settled::Sent => "handed_back",
                Settled::Stale => "stale",
            };
            self.metrics.finish(outcome, begun.elapsed(), None);
            handed_back += 1;
        }
        tracing::info!(handed_back, "taking no more");
    }
}
