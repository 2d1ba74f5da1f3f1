//! The HTTP client that spans are sent by. It blocks, which is right where it is called: on the exporter's own
//! thread.

use std::fs;
use std::path::Path;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, parse_pem};

use super::settings::{Settings, TracesError};
use crate::http;

/// Bytes of an answer. A collector says little.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

#[derive(Debug)]
pub(super) struct Client(Agent);

impl Client {
    pub(super) fn new(settings: &Settings) -> Result<Self, TracesError> {
        let trusted = match &settings.ca_file {
            Some(file) => certificates(file)?,
            None if settings.endpoint.scheme() == "https" => http::system_authorities(),
            None => Vec::new(),
        };
        let own = match &settings.client {
            Some((certificate, key)) => Some(ClientCert::new_with_certs(
                &certificates(certificate)?,
                key_of(key)?,
            )),
            None => None,
        };
        let agent = Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            // The exporter tells a refusal by its status.
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(http::tls(trusted, own))
            .build()
            .new_agent();
        Ok(Self(agent))
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let answer = self.0.run(Request::from_parts(head, body.to_vec()))?;
        let (head, mut body) = answer.into_parts();
        let body = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}

fn pem(file: &Path) -> Result<Vec<PemItem<'static>>, TracesError> {
    let problem = |problem: String| TracesError(vec![format!("{}: {problem}", file.display())]);
    let bytes = fs::read(file).map_err(|error| problem(error.to_string()))?;
    let items: Result<Vec<_>, _> = parse_pem(&bytes).collect();
    items.map_err(|error| problem(format!("is not PEM: {error}")))
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, TracesError> {
    let found: Vec<_> = pem(file)?
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(TracesError(vec![format!(
            "{}: holds no certificate",
            file.display()
        )]));
    }
    Ok(found)
}

fn key_of(file: &Path) -> Result<PrivateKey<'static>, TracesError> {
    let found = pem(file)?.into_iter().find_map(|item| match item {
        PemItem::PrivateKey(key) => Some(key),
        _ => None,
    });
    found.ok_or_else(|| TracesError(vec![format!("{}: holds no private key", file.display())]))
}
