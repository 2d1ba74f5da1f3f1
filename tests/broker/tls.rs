//! A broker that speaks TLS alone to those who show a certificate: own authority, client certificate, and what is said
//! when either is missing.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use super::client::{Client, Names};
use super::ledger::Ledger;
use super::node::Node;
use super::worker::WorkerProcess;

const PASSWORD: &str = "of-the-client-key";

/// Makes an authority, and certificates of a server and of a client by it. Not without the program `openssl`.
fn certificates(folder: &Path) -> bool {
    let openssl = |arguments: &str| {
        let ran = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .output();
        match ran {
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
                false
            }
            Ok(output) => {
                assert!(
                    output.status.success(),
                    "openssl {arguments}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
                true
            }
        }
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    if !openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"
    )) {
        return false;
    }
    std::fs::write(folder.join("password"), PASSWORD).unwrap();
    for (name, extension) in [
        ("server", "subjectAltName=IP:127.0.0.1"),
        ("client", "extendedKeyUsage=clientAuth"),
    ] {
        std::fs::write(folder.join("extension"), extension).unwrap();
        openssl(&format!(
            "req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out {name}.pem -days 2 -extfile \
             extension"
        ));
    }
    openssl("pkcs12 -export -inkey client.key -in client.pem -out client.p12 -passout file:password")
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_with_own_authority_and_client_certificate_articles_come_through() {
    let folder = tempfile::tempdir().unwrap();
    if !certificates(folder.path()) {
        std::io::stderr()
            .write_all(b"SKIPPED: openssl is not installed\n")
            .unwrap();
        return;
    }
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let conf = format!(
        "listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.cacertfile = {}\nssl_options.certfile = \
         {}\nssl_options.keyfile = {}\nssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true",
        file("ca.pem"),
        file("server.pem"),
        file("server.key")
    );
    let Some(node) = Node::start_with("tls", "none", &conf) else {
        return;
    };
    let names = Names::new("tls");
    let url = format!("amqps://guest:guest@127.0.0.1:{port}/%2f");
    let authority = ("BROKER_TLS_CA_FILE", file("ca.pem"));
    let identity = ("BROKER_TLS_CLIENT_FILE", file("client.p12"));
    let password = ("BROKER_TLS_CLIENT_PASSWORD_FILE", file("password"));
    let start = |settings: &[&(&str, String)]| {
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        WorkerProcess::start(&url, &names, &settings)
    };

    let worker = start(&[&authority, &identity, &password]);
    worker.await_ready(200, "ready").await;
    let client = Client::connect(&node.url).await;
    let mut ledger = Ledger::default();
    ledger.feed(&client, &names.input, 20).await;
    let mut records = client.collect(&names.output).await;
    assert_eq!(ledger.close(&client, &names, &mut records).await, 0);
    assert!(!worker.log().contains(PASSWORD));
    worker.stop().await;

    // Each is told, and goes on trying: a certificate may come back.
    let stranger = start(&[&identity, &password]);
    stranger.await_log("UnknownIssuer").await;
    let nameless = start(&[&authority]);
    nameless.await_log("ertificate").await;
    for mut worker in [stranger, nameless] {
        assert_eq!(worker.page("/readyz").await.0, 503);
        assert!(worker.has_ended().is_none(), "{}", worker.log());
        worker.stop().await;
    }
    client.clean(&names, &[1, 2]).await;
}
