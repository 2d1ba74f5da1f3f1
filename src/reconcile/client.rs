//! The service's HTTP side.
//!
//! Invariant: every request ends within the configured time, and no error holds the token.

use std::time::Duration;

use ureq::Agent;

use super::wire::Terms;
use crate::config::ReconcileConfig;
use crate::http;
use crate::message::TagCandidate;

/// Bytes of an answer: some tens of candidates with all their types.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("reconcile.tls_ca_file: {0}")]
pub struct ReconcileSetting(String);

#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    url: String,
    authorization: Option<String>,
    terms: Terms,
}

impl std::fmt::Debug for Client {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// None where no service is set.
    pub(super) fn new(config: &ReconcileConfig) -> Result<Option<Self>, ReconcileSetting> {
        let Some(url) = config.url.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            agent: agent(&url, config, config.timeout)?,
            url,
            authorization: config.token.as_ref().map(|token| format!("Bearer {token}")),
            terms: Terms::new(config),
        }))
    }

    /// What the service knows of each name, in their order; or why it gave no answer.
    pub(super) async fn ask(&self, names: &[String]) -> Result<Vec<Option<TagCandidate>>, String> {
        let client = self.clone();
        let names = names.to_vec();
        let asked = tokio::task::spawn_blocking(move || {
            let body = client.post(client.terms.request(&names))?;
            client.terms.answers(&body, &names)
        });
        asked.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    fn post(&self, form: String) -> Result<Vec<u8>, String> {
        let mut request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut answer = request.send(form).map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("status {}", answer.status().as_u16()));
        }
        answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_vec()
            .map_err(|error| error.to_string())
    }
}

fn agent(url: &str, config: &ReconcileConfig, timeout: Duration) -> Result<Agent, ReconcileSetting> {
    let mut builder = Agent::config_builder()
        .http_status_as_error(false)
        // Whoever answers with another address gets no token for it.
        .max_redirects(0)
        .timeout_global(Some(timeout))
        .user_agent(concat!("newsmill/", env!("CARGO_PKG_VERSION")));
    if url.starts_with("https:") {
        let trusted = match &config.tls_ca_file {
            Some(file) => http::authorities_of(file)
                .map_err(|error| ReconcileSetting(format!("{}: {error}", file.display())))?,
            None => http::system_authorities(),
        };
        builder = builder.tls_config(http::tls(trusted, None));
    }
    Ok(builder.build().new_agent())
}
