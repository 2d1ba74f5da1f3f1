//! Feeding: articles in their order, many unconfirmed at a time, a bounded number of them on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::articles::article;
use super::trial::Event;
use crate::broker::Feed;

/// When the next article may be fed, and when no more.
pub(super) struct Supply {
    pub(super) articles: Option<u64>,
    pub(super) until: Option<Instant>,
    pub(super) offered: Arc<AtomicU64>,
    pub(super) window: Arc<Semaphore>,
    pub(super) stop: CancellationToken,
}

impl Supply {
    /// Waits for a place for an article; false when there is to be no more. Its place is free again when it has come
    /// out. Cancelling is safe.
    async fn next(&self, at: u64) -> bool {
        let is_over = self.articles.is_some_and(|articles| at >= articles)
            || self.until.is_some_and(|until| Instant::now() >= until);
        if is_over {
            return false;
        }
        let place = tokio::select! {
            () = self.stop.cancelled() => return false,
            place = self.window.acquire() => place,
        };
        let Ok(place) = place else { return false };
        place.forget();
        self.offered.store(at + 1, Ordering::SeqCst);
        true
    }
}

pub(super) async fn feed_all(
    feed: &Feed,
    seed: u64,
    in_flight: usize,
    tell: &mpsc::Sender<Event>,
    supply: &Supply,
) {
    let mut sends = FuturesUnordered::new();
    let mut next = Some(0);
    loop {
        let at = next.unwrap_or_default();
        let event = tokio::select! {
            got = supply.next(at), if next.is_some() && sends.len() < in_flight => {
                next = got.then_some(at + 1);
                if got {
                    sends.push(async move { (at, send(feed, seed, at).await) });
                }
                continue;
            }
            Some((number, confirmed)) = sends.next(), if !sends.is_empty() => Event::Fed { number, confirmed },
            else => return,
        };
        if tell.send(event).await.is_err() {
            return;
        }
    }
}

/// Feeds one article; whether the broker confirmed it.
pub(super) async fn send(feed: &Feed, seed: u64, number: u64) -> bool {
    let article = article(seed, number);
    let sent = feed
        .send(&article.body, article.content_type, Some(&article.message_id))
        .await;
    if let Err(error) = &sent {
        tracing::warn!(%error, number, "an article was not fed");
    }
    sent.is_ok()
}
