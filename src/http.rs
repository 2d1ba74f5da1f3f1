//! Whom the program's own HTTP clients trust: the broker's management API and a collector of traces are asked by the
//! same rules.
//!
//! Absent on purpose: requests. Who asks what stays with whoever asks.

use std::sync::Arc;

use ureq::tls::{Certificate, ClientCert, RootCerts, TlsConfig};

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
