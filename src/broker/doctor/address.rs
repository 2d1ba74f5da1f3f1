//! One address: found, reached, under TLS, speaking AMQP, letting us in; each step told apart.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_io::{AsyncRead, AsyncWrite};
use lapin::protocol::{AMQPClass, connection, parse_class};
use lapin::tcp::{AMQPUriTcpExt, OwnedTLSConfig};
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::{AMQPScheme, AMQPUri};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::finding::{Finding, Report};
use super::remedy::{Remedies, quoted};
use crate::broker::connection::{Dialer, address, tls};
use crate::broker::error::{BrokerError, NO_TLS, is_no_tls};
use crate::config::BrokerConfig;

const CHECK: &str = "address";
/// Protocol header of AMQP 0-9-1.
const HEADER: &[u8] = b"AMQP\x00\x00\x09\x01";
/// A greeting is a few hundred bytes.
const GREETING_BYTES_MAX: usize = 1 << 16;

/// What a broker says of itself before anybody has logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Greeting {
    pub(super) product: String,
    pub(super) version: String,
}

/// Goes the way to one address, and says how far it got.
pub(super) async fn examine(
    url: &str,
    broker: &BrokerConfig,
    report: &mut Report,
) -> Result<Option<Greeting>, BrokerError> {
    let target = address(url, broker.heartbeat)?;
    let (uri, subject) = (&target.uri, target.shown.as_str());
    let (host, port) = (uri.authority.host.as_str(), uri.authority.port);
    let (within, seconds) = (broker.connect_timeout, broker.connect_timeout.as_secs());
    let found = match timeout(within, lookup_host((host, port))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(error)) => {
            report.add(
                Finding::fail(CHECK, subject, format!("the name cannot be resolved: {error}"))
                    .harm("workers cannot reach the broker")
                    .setting("broker.urls: an address whose host name this machine can resolve")
                    .command(format!("getent hosts {}", quoted(host))),
            );
            return Ok(None);
        }
        Err(_elapsed) => {
            report.add(
                Finding::fail(
                    CHECK,
                    subject,
                    format!("the name was not resolved within {seconds} s"),
                )
                .harm("workers cannot reach the broker")
                .command(format!("getent hosts {}", quoted(host))),
            );
            return Ok(None);
        }
    };
    let begun = Instant::now();
    let mut refusals = Vec::new();
    for socket in &found {
        match timeout(within, TcpStream::connect(socket)).await {
            Ok(Ok(_stream)) => {
                refusals.clear();
                break;
            }
            Ok(Err(error)) => refusals.push(format!("{socket}: {error}")),
            Err(_elapsed) => refusals.push(format!("{socket}: no answer within {seconds} s")),
        }
    }
    if !refusals.is_empty() {
        report.add(
            Finding::fail(
                CHECK,
                subject,
                format!("no TCP connection: {}", refusals.join("; ")),
            )
            .harm("workers cannot reach the broker; with several addresses they use another")
            .advice("start the broker, or open the way between (firewall, listener): on its machine")
            .command("rabbitmq-diagnostics listeners")
            .setting("broker.urls: the listener's host and port"),
        );
        return Ok(None);
    }
    let greeting = match timeout(within, greet(uri, &tls(broker)?)).await {
        Ok(Ok(greeting)) => Some(greeting),
        Ok(Err(error)) => {
            report.add(not_amqp(subject, uri, &error));
            return Ok(None);
        }
        Err(_elapsed) => {
            report.add(
                Finding::fail(
                    CHECK,
                    subject,
                    format!("takes connections and says nothing for {seconds} s"),
                )
                .harm("workers go on to the next address, or wait")
                .advice("the broker hangs, or a proxy answers in its place; on its machine")
                .command("rabbitmq-diagnostics check_running"),
            );
            return Ok(None);
        }
    };
    let only = BrokerConfig {
        urls: vec![url.to_owned()],
        ..broker.clone()
    };
    match Dialer::new(&only, "doctor")?.dial().await {
        Ok(dialled) => {
            let security = match uri.scheme {
                AMQPScheme::AMQP => "without TLS",
                AMQPScheme::AMQPS => "under TLS",
            };
            report.add(Finding::ok(
                CHECK,
                subject,
                format!(
                    "reached and logged in as `{}`, {security}, in {} ms",
                    uri.authority.userinfo.username,
                    begun.elapsed().as_millis()
                ),
            ));
            dialled.connection.close(Duration::from_secs(2)).await;
        }
        Err(error) => report.add(not_let_in(subject, uri, &error)),
    }
    Ok(greeting)
}

/// Reads the broker's first words.
async fn greet(uri: &AMQPUri, tls: &OwnedTLSConfig) -> io::Result<Greeting> {
    let runtime = lapin::runtime::default_runtime().map_err(io::Error::other)?;
    let mut stream = uri.connect_with_config_async(tls.as_ref(), &runtime).await?;
    let mut sent = 0;
    while let Some(rest) = HEADER.get(sent..).filter(|rest| !rest.is_empty()) {
        match poll_fn(|context| Pin::new(&mut stream).poll_write(context, rest)).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => sent += written,
        }
    }
    poll_fn(|context| Pin::new(&mut stream).poll_flush(context)).await?;
    let mut heard = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = poll_fn(|context| Pin::new(&mut stream).poll_read(context, &mut part)).await?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up"));
        }
        heard.extend(part.iter().take(read));
        if let Some(greeting) = understood(&heard)? {
            return Ok(greeting);
        }
    }
}

/// The greeting in a frame of type method; none while it is not whole.
fn understood(heard: &[u8]) -> io::Result<Option<Greeting>> {
    let odd = || io::Error::new(io::ErrorKind::InvalidData, "it does not speak AMQP 0-9-1");
    match heard.first() {
        None => return Ok(None),
        Some(1) => {}
        Some(_) => return Err(odd()),
    }
    let Some(size) = heard.get(3..7).and_then(|size| <[u8; 4]>::try_from(size).ok()) else {
        return Ok(None);
    };
    let size = usize::try_from(u32::from_be_bytes(size)).unwrap_or(usize::MAX);
    if size > GREETING_BYTES_MAX {
        return Err(odd());
    }
    let Some(payload) = heard.get(7..7 + size) else {
        return Ok(None);
    };
    match parse_class(payload) {
        Ok((_, AMQPClass::Connection(connection::AMQPMethod::Start(start)))) => {
            let text = |name| property(&start.server_properties, name);
            Ok(Some(Greeting {
                product: text("product"),
                version: text("version"),
            }))
        }
        _ => Err(odd()),
    }
}

fn property(properties: &FieldTable, name: &str) -> String {
    match properties.inner().get(name) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        Some(AMQPValue::ShortString(text)) => text.to_string(),
        _ => String::new(),
    }
}

fn not_amqp(subject: &str, uri: &AMQPUri, error: &io::Error) -> Finding {
    let finding = match uri.scheme {
        AMQPScheme::AMQPS if is_no_tls(&error.to_string()) => Finding::fail(CHECK, subject, NO_TLS)
            .setting("broker.urls: the port that speaks TLS (5671), or amqp:// for this one")
            .command("rabbitmq-diagnostics listeners"),
        AMQPScheme::AMQPS => Finding::fail(CHECK, subject, format!("no TLS session: {error}"))
            .setting("broker.tls_ca_file: the PEM file of the authority that signed the broker's certificate")
            .setting("broker.urls: the host name that stands in the certificate, and a port that speaks TLS (5671)")
            .command(format!(
                "openssl s_client -connect {}:{} </dev/null",
                quoted(&uri.authority.host),
                uri.authority.port
            )),
        AMQPScheme::AMQP => Finding::fail(CHECK, subject, format!("no AMQP there: {error}"))
            .setting("broker.urls: the port of an AMQP listener (5672), or amqps:// if the port speaks TLS (5671)")
            .command("rabbitmq-diagnostics listeners"),
    };
    finding.harm("workers cannot reach the broker")
}

/// The port is right and the door stays shut.
fn not_let_in(subject: &str, uri: &AMQPUri, error: &BrokerError) -> Finding {
    let remedies = Remedies::new(&uri.vhost, 0);
    let user = &uri.authority.userinfo.username;
    let BrokerError::AccessRefused { problem, .. } = error else {
        return Finding::fail(CHECK, subject, error.to_string()).harm("workers cannot reach the broker");
    };
    let finding = Finding::fail(CHECK, subject, format!("it refuses user `{user}`: {problem}"))
        .harm("`newsmill run` ends with exit code 4");
    // The broker's words for both: the virtual host is missing, or closed to this user.
    if problem.contains("vhost") {
        return if problem.contains("not found") {
            finding
                .setting("broker.urls: the virtual host behind the last slash, `/` written %2f")
                .command(remedies.add_vhost())
                .command(format!(
                    "rabbitmqctl set_permissions -p {} {} '.*' '.*' '.*'",
                    quoted(remedies.vhost()),
                    quoted(user)
                ))
        } else {
            finding.command(format!(
                "rabbitmqctl set_permissions -p {} {} '.*' '.*' '.*'",
                quoted(remedies.vhost()),
                quoted(user)
            ))
        };
    }
    let finding = finding
        .setting("broker.urls: user and password, %-encoded (NEWSMILL_AMQP_URL_FILE keeps them in a file)")
        .command(format!("rabbitmqctl authenticate_user {}", quoted(user)));
    if user == "guest" {
        finding.advice(
            "RabbitMQ lets `guest` in from its own machine only: add a user (rabbitmqctl add_user NAME)",
        )
    } else {
        finding.command(format!("rabbitmqctl change_password {}", quoted(user)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_read_whole_or_not_at_all() {
        // Type, channel, size; class 10, method 10, version 0.9, an empty table and two empty texts.
        let frame: &[u8] = &[
            1, 0, 0, 0, 0, 0, 18, 0, 10, 0, 10, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xce,
        ];
        for cut in 0..25 {
            assert!(matches!(understood(&frame[..cut]), Ok(None)), "{cut}");
        }
        assert_eq!(
            understood(frame).unwrap(),
            Some(Greeting {
                product: String::new(),
                version: String::new()
            })
        );
        assert!(understood(b"HTTP/1.1 400 Bad Request").is_err());
        assert!(
            understood(b"\x15\x03\x01\x00\x02\x02\x0a").is_err(),
            "an alert of TLS"
        );
        assert!(
            understood(&[1, 0, 0, 255, 0, 0, 0]).is_err(),
            "no greeting is so long"
        );
    }
}
