//! Whom the program's own HTTP clients trust: the broker's management API, a collector of traces and a reconciliation
//! service are asked by the same rules.
//!
//! Absent on purpose: requests. Who asks what stays with whoever asks.

use std::io;
use std::path::Path;
use std::sync::Arc;

use ureq::tls::{Certificate, ClientCert, PemItem, RootCerts, TlsConfig, parse_pem};

/// TLS towards whoever `trusted` vouches for, showing `own` of ourselves.
pub(crate) fn tls(trusted: Vec<Certificate<'static>>, own: Option<ClientCert>) -> TlsConfig {
    TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(trusted)))
        .client_cert(own)
        .build()
}

/// The system's certificate authorities.
pub(crate) fn system_authorities() -> Vec<Certificate<'static>> {
    let found = rustls_native_certs::load_native_certs().certs;
    found
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect()
}

/// The certificate authorities of a PEM file.
pub(crate) fn authorities_of(file: &Path) -> io::Result<Vec<Certificate<'static>>> {
    let pem = std::fs::read(file)?;
    Ok(parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect())
}
