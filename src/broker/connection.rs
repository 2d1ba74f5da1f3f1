//! Connections: addresses tried in turn, a deadline over each, TLS, heartbeats, back-off.
//!
//! Invariant: lapin's own recovery stays off. It leaves consumers pending for ever and publishes hanging;
//! whoever holds a connection here rebuilds everything on a new one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::types::ShortString;
use lapin::uri::AMQPUri;
use lapin::{ConnectionBuilder, ConnectionProperties};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::{BrokerError, reply, reply_code, words};
use super::wire::Wire;
use crate::config::BrokerConfig;

/// One node's address, and how it is shown.
pub(super) struct Address {
    pub(super) uri: AMQPUri,
    /// Host, port and virtual host: no user, no password.
    pub(super) shown: String,
    /// The last attempt ran into its deadline.
    silent: AtomicBool,
}

/// An open connection and the address it goes to.
pub(super) struct Dialled {
    pub(super) connection: Wire,
    pub(super) address: String,
}

/// Opens connections.
pub(super) struct Dialer {
    addresses: Vec<Address>,
    tls: OwnedTLSConfig,
    connect_timeout: Duration,
    pub(super) operation_timeout: Duration,
    pub(super) heartbeat: Duration,
    reconnect_min: Duration,
    reconnect_max: Duration,
    /// Shown in the broker's list of connections.
    name: String,
    /// Where the next round begins: after a failure the next node's turn comes first.
    first: AtomicUsize,
}

/// How long to wait before the next try: doubling, with jitter, for ever. A session that ends as soon as it stands
/// is as good as none, so only one that lasted sets the pace back.
pub(super) struct Pace {
    schedule: ExponentialBuilder,
    delays: Option<ExponentialBackoff>,
    longest: Duration,
}

impl Pace {
    /// The next delay.
    pub(super) fn delay(&mut self) -> Duration {
        let delays = self.delays.get_or_insert_with(|| self.schedule.build());
        delays.next().unwrap_or(self.longest)
    }

    /// A session stood for so long.
    pub(super) fn stood(&mut self, lasted: Duration) {
        if lasted >= self.longest {
            self.delays = None;
        }
    }
}

impl Dialer {
    /// Reads addresses and certificates. `purpose` tells the program's connections apart in the broker's list.
    pub(super) fn new(config: &BrokerConfig, purpose: &str) -> Result<Self, BrokerError> {
        let addresses = config
            .urls
            .iter()
            .map(|url| address(url, config.heartbeat))
            .collect::<Result<Vec<_>, _>>()?;
        if addresses.is_empty() {
            return Err(BrokerError::Setting {
                setting: "broker.urls",
                problem: "no address given".to_owned(),
            });
        }
        Ok(Self {
            addresses,
            tls: tls(config)?,
            connect_timeout: config.connect_timeout,
            operation_timeout: config.operation_timeout,
            heartbeat: config.heartbeat,
            reconnect_min: config.reconnect_min,
            reconnect_max: config.reconnect_max,
            name: format!("newsmill {purpose}"),
            first: AtomicUsize::new(0),
        })
    }

    /// The addresses as they may be shown.
    pub(super) fn shown(&self) -> String {
        let shown: Vec<&str> = self
            .addresses
            .iter()
            .map(|address| address.shown.as_str())
            .collect();
        shown.join(", ")
    }

    /// The virtual host of the first address.
    pub(super) fn vhost(&self) -> String {
        self.addresses
            .first()
            .map(|address| address.uri.vhost.clone())
            .unwrap_or_default()
    }

    /// The pace of reconnecting.
    pub(super) fn pace(&self) -> Pace {
        Pace {
            schedule: ExponentialBuilder::new()
                .with_min_delay(self.reconnect_min)
                .with_max_delay(self.reconnect_max)
                .without_max_times()
                .with_jitter(),
            delays: None,
            longest: self.reconnect_max,
        }
    }

    /// One round over the addresses; the first that opens wins.
    ///
    /// # Errors
    /// The last address's. A refusal by any node is told before the others' silence.
    pub(super) async fn dial(&self) -> Result<Dialled, BrokerError> {
        let first = self.first.load(Ordering::Relaxed);
        let mut failure = None;
        for turn in 0..self.addresses.len() {
            let at = (first + turn) % self.addresses.len();
            let Some(address) = self.addresses.get(at) else {
                continue;
            };
            match self.open(address).await {
                Ok(connection) => {
                    self.first.store(at, Ordering::Relaxed);
                    return Ok(Dialled {
                        connection,
                        address: address.shown.clone(),
                    });
                }
                Err(error) => {
                    self.first.store(at + 1, Ordering::Relaxed);
                    if !failure.as_ref().is_some_and(BrokerError::is_fatal) {
                        failure = Some(error);
                    }
                }
            }
        }
        Err(failure.unwrap_or_else(|| BrokerError::Unavailable {
            address: self.shown(),
            problem: "no address given".to_owned(),
        }))
    }

    async fn open(&self, address: &Address) -> Result<Wire, BrokerError> {
        let unavailable = |problem: String| BrokerError::Unavailable {
            address: address.shown.clone(),
            problem,
        };
        if address.silent.load(Ordering::Relaxed) && !self.speaks(address).await {
            return Err(unavailable("takes connections and says nothing".to_owned()));
        }
        let runtime = lapin::runtime::default_runtime().map_err(|error| unavailable(error.to_string()))?;
        let builder = ConnectionBuilder::new_with_runtime(runtime)
            .with_uri(address.uri.clone())
            .with_tls_config(self.tls.clone())
            .with_properties(
                ConnectionProperties::default().with_connection_name(self.name.clone().into_bytes().into()),
            );
        let connected = timeout(self.connect_timeout, builder.connect()).await;
        address.silent.store(connected.is_err(), Ordering::Relaxed);
        match connected {
            Err(_elapsed) => Err(unavailable(format!(
                "no answer within {} s",
                self.connect_timeout.as_secs_f32()
            ))),
            Ok(Ok(connection)) => Ok(Wire::new(connection)),
            Ok(Err(error)) => Err(match reply_code(&error) {
                Some(reply::ACCESS_REFUSED | reply::NOT_ALLOWED) => BrokerError::AccessRefused {
                    address: address.shown.clone(),
                    problem: words(&error),
                },
                _ => unavailable(words(&error)),
            }),
        }
    }
}

impl Dialer {
    /// Whether a node that was silent says anything again, be it that it hangs up.
    ///
    /// An attempt of the client's that is given up leaves a thread and a socket behind until the other side moves,
    /// so a frozen broker would cost one of each every few seconds. This question costs nothing.
    async fn speaks(&self, address: &Address) -> bool {
        let node = (address.uri.authority.host.as_str(), address.uri.authority.port);
        let asked = async {
            let stream = TcpStream::connect(node).await?;
            stream.writable().await?;
            // To a TLS port this is nonsense, which is answered, too.
            stream.try_write(b"AMQP\x00\x00\x09\x01")?;
            stream.readable().await
        };
        // An error is for the real attempt to tell.
        timeout(self.connect_timeout, asked).await.is_ok()
    }
}

/// A name for AMQP's short strings, which hold 255 bytes.
pub(super) fn short(setting: &'static str, text: &str) -> Result<ShortString, BrokerError> {
    ShortString::try_new(text).map_err(|_too_long| BrokerError::Setting {
        setting,
        problem: format!("{} bytes, over AMQP's limit of 255", text.len()),
    })
}

pub(super) fn address(url: &str, heartbeat: Duration) -> Result<Address, BrokerError> {
    // The parser's error texts may quote the address, password and all.
    let wrong = |problem: &str| BrokerError::Setting {
        setting: "broker.urls",
        problem: problem.to_owned(),
    };
    let mut uri: AMQPUri = url.parse().map_err(|_: String| {
        wrong("an address is not of the form amqp[s]://user:password@host:port/vhost")
    })?;
    let parsed = url::Url::parse(url).map_err(|_| wrong("an address is not a URL"))?;
    // lapin's parser takes an IPv6 host for a missing one.
    if let Some(url::Host::Ipv6(host)) = parsed.host() {
        uri.authority.host = host.to_string();
    }
    if parsed.host().is_none() {
        return Err(wrong("an address names no host"));
    }
    uri.query.heartbeat = Some(u16::try_from(heartbeat.as_secs()).unwrap_or(u16::MAX).max(1));
    let host = parsed.host_str().unwrap_or_default();
    let shown = format!("{host}:{} vhost {:?}", uri.authority.port, uri.vhost);
    Ok(Address {
        uri,
        shown,
        silent: AtomicBool::new(false),
    })
}

pub(super) fn tls(config: &BrokerConfig) -> Result<OwnedTLSConfig, BrokerError> {
    let cert_chain = config
        .tls_ca_file
        .as_ref()
        .map(|file| {
            std::fs::read_to_string(file).map_err(|error| BrokerError::Setting {
                setting: "broker.tls_ca_file",
                problem: format!("{}: {error}", file.display()),
            })
        })
        .transpose()?;
    let identity = config
        .tls_client_file
        .as_ref()
        .map(|file| {
            let der = std::fs::read(file).map_err(|error| BrokerError::Setting {
                setting: "broker.tls_client_file",
                problem: format!("{}: {error}", file.display()),
            })?;
            Ok::<_, BrokerError>(OwnedIdentity::PKCS12 {
                der,
                password: config.tls_client_password.clone(),
            })
        })
        .transpose()?;
    Ok(OwnedTLSConfig { identity, cert_chain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_address_keeps_the_password_to_itself() {
        let shown = address("amqp://ann:s3cret@mq.example:5673/news", Duration::from_secs(10))
            .unwrap()
            .shown;
        assert_eq!(shown, "mq.example:5673 vhost \"news\"");
        let error = match address("http://ann:s3cret@mq.example", Duration::from_secs(10)) {
            Ok(_) => panic!("not an AMQP address"),
            Err(error) => error.to_string(),
        };
        assert!(!error.contains("s3cret"), "{error}");
    }

    #[test]
    fn an_ipv6_host_is_not_localhost() {
        let address = address("amqp://[::2]:5672/%2f", Duration::from_secs(10)).unwrap();
        assert_eq!(address.uri.authority.host, "::2");
        assert_eq!(address.uri.vhost, "/");
    }

    #[tokio::test]
    async fn a_frozen_broker_costs_one_attempt_and_then_only_questions() {
        // It takes connections, as the system does for a process that is stopped, and says nothing.
        let frozen = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let config = BrokerConfig {
            urls: vec![format!(
                "amqp://127.0.0.1:{}/%2f",
                frozen.local_addr().unwrap().port()
            )],
            heartbeat: Duration::from_secs(5),
            connect_timeout: Duration::from_millis(200),
            operation_timeout: Duration::from_secs(5),
            reconnect_min: Duration::from_millis(10),
            reconnect_max: Duration::from_millis(10),
            publish_channels: 1,
            tls_ca_file: None,
            tls_client_file: None,
            tls_client_password: String::new(),
            management_url: None,
        };
        let dialer = Dialer::new(&config, "test").unwrap();
        let why = async || match dialer.dial().await {
            Ok(_) => panic!("nobody speaks there"),
            Err(error) => error.to_string(),
        };
        assert!(why().await.contains("no answer within"));
        assert!(why().await.contains("says nothing"));
        drop(frozen);
        assert!(
            !why().await.contains("says nothing"),
            "whoever hangs up is asked again"
        );
    }

    #[test]
    fn the_heartbeat_is_the_configured_one() {
        let address = address("amqp://a.example/%2f?heartbeat=600", Duration::from_secs(7)).unwrap();
        assert_eq!(address.uri.query.heartbeat, Some(7));
    }
}
