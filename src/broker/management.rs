//! The management plugin's HTTP API: what AMQP cannot be asked.
//!
//! Invariant: it is only read, but for closing connections that a trial's own workers opened. No error text holds
//! a password, and a password goes to a guessed address only after that address has said what it is.

mod answers;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lapin::uri::{AMQPScheme, AMQPUri};
use serde::de::DeserializeOwned;
use ureq::tls::Certificate;
use ureq::{Agent, Body};
use url::Url;

use super::error::BrokerError;
use crate::config::{BrokerConfig, masked_url};
use crate::http;

pub(super) use answers::{
    Binding, ConnectionInfo, ExchangeInfo, FeatureFlag, NodeInfo, Overview, QueueInfo, QueueName,
};

/// Longer than any answer needs; an API that hangs must not hang the program.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// A guess is dropped faster.
const GUESS_WITHIN: Duration = Duration::from_secs(3);
/// Bytes of an answer: tens of thousands of queues.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
/// By this realm the API names itself before it is told a password.
const REALM: &str = "RabbitMQ Management";

/// Why the API gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("{0}")]
    Unreachable(String),
    #[error("the management API does not know this user or password")]
    Unknown,
    #[error("the user has no tag that the management API asks for")]
    Forbidden,
    #[error("there is none")]
    NotFound,
    #[error("{0}")]
    Odd(String),
}

/// The API of one node, or of a cluster behind one address.
#[derive(Debug, Clone)]
pub(super) struct Management {
    agent: Agent,
    base: Url,
    authorization: Arc<str>,
    pub(super) user: String,
}

impl Management {
    /// The API at `url`. Without a user in it, the user is that of the first AMQP address.
    pub(super) fn new(url: &str, broker: &BrokerConfig) -> Result<Self, BrokerError> {
        let wrong = |problem: &str| BrokerError::Setting {
            setting: "broker.management_url",
            problem: format!("{} {problem}", masked_url(url)),
        };
        let mut base = Url::parse(url).map_err(|_| wrong("is not a URL"))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(wrong("is not of the form http[s]://[user:password@]host:port"));
        }
        let (user, password) = match (base.username(), base.password()) {
            ("", _) => credentials(broker),
            (user, password) => (decoded(user), decoded(password.unwrap_or_default())),
        };
        // What is asked for stands in the log of whoever listens; a password must not.
        let cleared = base.set_username("").is_ok() && base.set_password(None).is_ok();
        if !cleared {
            return Err(wrong("cannot be used"));
        }
        Ok(Self {
            agent: agent(broker, base.scheme() == "https")?,
            authorization: format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))).into(),
            base,
            user,
        })
    }

    /// The API at its usual port of an AMQP address, if it is there.
    pub(super) async fn at_usual_port(broker: &BrokerConfig) -> Option<Self> {
        for url in &broker.urls {
            let Ok(uri) = url.parse::<AMQPUri>() else { continue };
            let host = Url::parse(url).ok()?.host_str()?.to_owned();
            // What goes to the broker under TLS does not go to its API without.
            let guess = match uri.scheme {
                AMQPScheme::AMQP => format!("http://{host}:15672"),
                AMQPScheme::AMQPS => format!("https://{host}:15671"),
            };
            let Ok(management) = Self::new(&guess, broker) else {
                continue;
            };
            if management.names_itself().await {
                return Some(management);
            }
        }
        None
    }

    /// The address, fit to be shown.
    pub(super) fn shown(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    async fn names_itself(&self) -> bool {
        let (agent, url) = (self.agent.clone(), self.url(&["whoami"], &[]));
        let asked = tokio::task::spawn_blocking(move || {
            let request = agent
                .get(url.as_str())
                .config()
                .timeout_global(Some(GUESS_WITHIN))
                .build();
            let answer = request.call().ok()?;
            let realm = answer
                .headers()
                .get("www-authenticate")?
                .to_str()
                .ok()?
                .to_owned();
            Some(realm.contains(REALM))
        });
        matches!(asked.await, Ok(Some(true)))
    }

    /// Asks for `/api/<segments>?<query>`.
    pub(super) async fn get<T: DeserializeOwned + Send + 'static>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, NoAnswer> {
        let (agent, authorization) = (self.agent.clone(), Arc::clone(&self.authorization));
        let url = self.url(segments, query);
        let asked = tokio::task::spawn_blocking(move || {
            let answer = agent
                .get(url.as_str())
                .header("authorization", &*authorization)
                .call();
            let mut answer = answered(answer)?;
            let text = answer
                .body_mut()
                .with_config()
                .limit(ANSWER_BYTES_MAX)
                .read_to_string()
                .map_err(|error| NoAnswer::Odd(error.to_string()))?;
            serde_json::from_str(&text)
                .map_err(|error| NoAnswer::Odd(format!("the answer has another form: {error}")))
        });
        asked
            .await
            .unwrap_or_else(|error| Err(NoAnswer::Odd(error.to_string())))
    }

    /// Deletes `/api/<segments>`.
    pub(super) async fn delete(&self, segments: &[&str]) -> Result<(), NoAnswer> {
        let (agent, authorization) = (self.agent.clone(), Arc::clone(&self.authorization));
        let url = self.url(segments, &[]);
        let asked = tokio::task::spawn_blocking(move || {
            let answer = agent
                .delete(url.as_str())
                .header("authorization", &*authorization)
                .call();
            answered(answer).map(drop)
        });
        asked
            .await
            .unwrap_or_else(|error| Err(NoAnswer::Odd(error.to_string())))
    }

    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        // A base with a host always has a path; `/` in a name becomes %2F.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("api").extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

fn answered(
    answer: Result<ureq::http::Response<Body>, ureq::Error>,
) -> Result<ureq::http::Response<Body>, NoAnswer> {
    let answer = answer.map_err(|error| NoAnswer::Unreachable(error.to_string()))?;
    match answer.status().as_u16() {
        200..=299 => Ok(answer),
        401 => {
            // The API says 401 to a known user without a tag, too, and tells so in words.
            let mut answer = answer;
            let words = answer.body_mut().read_to_string().unwrap_or_default();
            if words.to_ascii_lowercase().contains("management user") {
                Err(NoAnswer::Forbidden)
            } else {
                Err(NoAnswer::Unknown)
            }
        }
        403 => Err(NoAnswer::Forbidden),
        404 => Err(NoAnswer::NotFound),
        status => Err(NoAnswer::Odd(format!("status {status}"))),
    }
}

/// User and password of the first AMQP address.
fn credentials(broker: &BrokerConfig) -> (String, String) {
    let first = broker.urls.first().and_then(|url| url.parse::<AMQPUri>().ok());
    first.map_or_else(Default::default, |uri| {
        (uri.authority.userinfo.username, uri.authority.userinfo.password)
    })
}

fn decoded(text: &str) -> String {
    // The form of a query decodes what a URL encodes; a plus sign stands for itself here.
    let query = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn agent(broker: &BrokerConfig, tls: bool) -> Result<Agent, BrokerError> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        // Whoever answers with another address gets no password for it.
        .max_redirects(0)
        .timeout_global(Some(ANSWER_WITHIN))
        .user_agent(concat!("newsmill/", env!("CARGO_PKG_VERSION")));
    if tls {
        config = config.tls_config(http::tls(authorities(broker)?, None));
    }
    Ok(config.build().new_agent())
}

/// The certificate authorities that AMQP connections trust: the configured file's, else the system's.
fn authorities(broker: &BrokerConfig) -> Result<Vec<Certificate<'static>>, BrokerError> {
    let Some(file) = &broker.tls_ca_file else {
        return Ok(http::system_authorities());
    };
    http::authorities_of(file).map_err(|error| BrokerError::Setting {
        setting: "broker.tls_ca_file",
        problem: format!("{}: {error}", file.display()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(url: &str) -> BrokerConfig {
        BrokerConfig {
            urls: vec![url.to_owned()],
            heartbeat: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(1),
            operation_timeout: Duration::from_secs(1),
            reconnect_min: Duration::from_millis(10),
            reconnect_max: Duration::from_millis(10),
            publish_channels: 1,
            management_url: None,
            tls_ca_file: None,
            tls_client_file: None,
            tls_client_password: String::new(),
        }
    }

    #[test]
    fn names_and_passwords_with_odd_characters_arrive_whole_and_are_not_shown() {
        let management = Management::new(
            "http://b.example:1/rabbit/",
            &broker("amqp://u:p%2Fw+x@a.example/%2f"),
        )
        .unwrap();
        assert_eq!(
            *management.authorization,
            format!("Basic {}", STANDARD.encode("u:p/w+x"))
        );
        assert_eq!(
            management
                .url(&["queues", "/", "a b/c"], &[("name", "^a")])
                .as_str(),
            "http://b.example:1/rabbit/api/queues/%2F/a%20b%2Fc?name=%5Ea"
        );
        let own = Management::new("http://me:s%3Acret+@b.example", &broker("amqp://a.example")).unwrap();
        assert_eq!(
            *own.authorization,
            format!("Basic {}", STANDARD.encode("me:s:cret+"))
        );
        assert_eq!(own.shown(), "http://b.example");
        let wrong = Management::new("ftp://me:s3cret@b.example", &broker("amqp://a.example")).unwrap_err();
        assert!(!wrong.to_string().contains("s3cret"), "{wrong}");
    }

    #[tokio::test]
    async fn a_guessed_address_that_is_something_else_is_told_no_password() {
        use std::io::{Read, Write};
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", other.local_addr().unwrap());
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = other.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            stream
                .write_all(
                    b"HTTP/1.1 401 no\r\nwww-authenticate: Basic realm=\"x\"\r\ncontent-length: 0\r\n\r\n",
                )
                .unwrap();
            String::from_utf8_lossy(&request[..read]).to_ascii_lowercase()
        });
        let management = Management::new(&url, &broker("amqp://u:s3cret@a.example")).unwrap();
        assert!(!management.names_itself().await);
        assert!(!heard.join().unwrap().contains("authorization"));
    }
}
