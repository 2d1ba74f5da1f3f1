//! A connection that ends when nobody holds it any more.
//!
//! The client means to end one by itself, and mostly does. But a consumer that was asked for and whose answer came too
//! late stays with the client, and keeps its channel and the connection open: the broker goes on sending to it, and
//! what it sent is in nobody's hands until the process ends.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use lapin::Connection;
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long the broker may take to answer a close. Under an alarm it does not answer at all.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// A connection to the broker. Dropped without a [`close`](Self::close), it is closed all the same.
pub(super) struct Wire(Arc<Connection>);

impl Wire {
    pub(super) fn new(connection: Connection) -> Self {
        Self(Arc::new(connection))
    }

    /// Closes it politely, but does not wait for ever.
    pub(super) async fn close(&self, deadline: Duration) {
        close(&self.0, deadline).await;
    }
}

impl Deref for Wire {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if !self.0.status().connected() {
            return;
        }
        // Without a runtime the process is at its end, and the sockets with it.
        if let Ok(runtime) = Handle::try_current() {
            let connection = Arc::clone(&self.0);
            runtime.spawn(async move { close(&connection, CLOSE_WITHIN).await });
        }
    }
}

async fn close(connection: &Connection, deadline: Duration) {
    if !connection.status().connected() {
        return;
    }
    match timeout(deadline.min(CLOSE_WITHIN), connection.close(200, "bye".into())).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "closing the connection"),
        Err(_elapsed) => tracing::debug!("the broker did not answer the close"),
    }
}
