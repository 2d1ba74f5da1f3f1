//! The admin port: `/metrics`, `/livez`, `/readyz`, and the pages that somebody else has for people.
//!
//! Absent on purpose: anything that changes the worker, and anything secret. It is on loopback by default.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Health, Metrics};

/// Why the admin port does not serve.
#[derive(Debug, thiserror::Error)]
#[error("telemetry.listen: {address}: {source}{}", advice(source))]
pub struct AdminError {
    address: SocketAddr,
    source: std::io::Error,
}

/// Two workers on one machine are the likely cause.
fn advice(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => "; give this worker another port, or none (\"\")",
        _ => "",
    }
}

/// A bound admin port.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
}

#[derive(Clone)]
struct Shared {
    metrics: Arc<Metrics>,
    health: Arc<Health>,
}

impl Admin {
    /// Takes the port, so that a taken one is told before the worker starts.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr) -> Result<Self, AdminError> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| AdminError { address, source })?;
        let address = listener
            .local_addr()
            .map_err(|source| AdminError { address, source })?;
        Ok(Self { listener, address })
    }

    /// Where it listens: the real port when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, beside its own what `pages` has.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        metrics: Arc<Metrics>,
        health: Arc<Health>,
        pages: Router,
        stop: CancellationToken,
    ) -> Result<(), AdminError> {
        let router = Router::new()
            .route("/metrics", get(metrics_text))
            .route("/livez", get(async || "alive\n"))
            .route("/readyz", get(ready))
            .with_state(Shared { metrics, health })
            .merge(pages)
            .into_make_service_with_connect_info::<SocketAddr>();
        let address = self.address;
        axum::serve(self.listener, router)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
            .map_err(|source| AdminError { address, source })
    }
}

async fn metrics_text(State(shared): State<Shared>) -> impl IntoResponse {
    shared.metrics.held(shared.health.held());
    shared.metrics.paused(shared.health.paused());
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        shared.metrics.text(),
    )
}

async fn ready(State(shared): State<Shared>) -> impl IntoResponse {
    let troubles = shared.health.troubles();
    if troubles.is_empty() {
        let shortcoming = shared.health.shortcoming();
        let also = shortcoming.map(|why| format!("degraded: {why}\n"));
        (StatusCode::OK, format!("ready\n{}", also.unwrap_or_default()))
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready\n{}\n", troubles.join("\n")),
        )
    }
}
