//! Spans out, by OTLP over HTTP in batches; each batch counted for what became of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

use super::client::Client;
use super::settings::{Settings, TracesError};
use crate::telemetry::Metrics;

/// What spans go through. Sampler, queue and batches are as the environment says.
pub(super) fn provider(
    settings: Settings,
    worker: &str,
    metrics: Arc<Metrics>,
) -> Result<SdkTracerProvider, TracesError> {
    let client = Client::new(&settings)?;
    let exporter = OtlpExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_endpoint(settings.endpoint.as_str())
        .with_timeout(settings.timeout)
        .build()
        .map_err(|error| TracesError(vec![format!("traces cannot be exported: {error}")]))?;
    let mut resource = Resource::builder().with_attributes([
        KeyValue::new("service.version", crate::VERSION),
        KeyValue::new("service.instance.id", worker.to_owned()),
    ]);
    if !settings.named {
        resource = resource.with_service_name("newsmill");
    }
    Ok(SdkTracerProvider::builder()
        .with_resource(resource.build())
        .with_batch_exporter(Counted {
            exporter,
            metrics,
            failing: AtomicBool::new(false),
        })
        .build())
}

/// An exporter whose outcome is seen.
#[derive(Debug)]
struct Counted {
    exporter: OtlpExporter,
    metrics: Arc<Metrics>,
    failing: AtomicBool,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let exported = self.exporter.export(batch).await;
        match &exported {
            Ok(()) => {
                self.metrics.spans("exported", spans);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("spans are exported again");
                }
            }
            Err(error) => {
                self.metrics.spans("failed", spans);
                // Once, or a collector that is away would fill the log.
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "spans are not exported; articles are not held up by it");
                }
            }
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
