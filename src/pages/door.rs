//! Who is let in, and what every answer says about itself.
//!
//! Invariant: articles are private, so by default only connections from this machine get a page, and none under a
//! name that somebody else may have made to lead here (DNS rebinding). What is posted comes from one of these pages.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Pages;
use crate::config::PagesConfig;

/// Nothing but the style sheet, the icon and a form of our own; no script, no frame around it, no other host.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not "no-referrer", which would take the origin from what is posted.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Lets in or sends away, and sets the headers.
pub(super) async fn keep(State(pages): State<Arc<Pages>>, request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    let door = Door {
        settings: &pages.sources.settings,
        listen: pages.sources.listen,
    };
    let mut answer = match door.refusal(peer, request.method(), request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, format!("{why}\n")).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        answer
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}

struct Door<'a> {
    settings: &'a PagesConfig,
    listen: IpAddr,
}

impl Door<'_> {
    /// Why a request is sent away, if it is.
    fn refusal(&self, peer: Option<IpAddr>, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        if self.settings.local_only && !peer.is_some_and(|peer| self.is_here(peer)) {
            return Some(
                "newsmill's pages are for this machine only: come by `ssh -L` or `kubectl port-forward`, or see \
                 pages.local_only",
            );
        }
        let host = text_of(headers, HOST).and_then(|host| host.parse::<Authority>().ok());
        let Some(host) = host.filter(|host| self.is_ours(host.host())) else {
            return Some("newsmill's pages do not go by this name: see pages.hosts");
        };
        (!method.is_safe() && !is_from(&host, headers))
            .then_some("what is sent here must come from one of newsmill's own pages")
    }

    /// Whether a connection from there is one from this machine.
    fn is_here(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || address == self.listen.to_canonical()
    }

    fn is_ours(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            // Nobody can make an address lead elsewhere; where strangers are let in, any of ours is good.
            Ok(address) => !self.settings.local_only || self.is_here(address),
            Err(_) => {
                let host = host.to_ascii_lowercase();
                self.settings.hosts.contains(&host)
            }
        }
    }
}

/// Whether the browser says that a page of this very host sends it.
fn is_from(host: &Authority, headers: &HeaderMap) -> bool {
    // Browsers leave it out where the connection is not to be trusted; then they tell the origin all the same.
    match text_of(headers, HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin",
        None => text_of(headers, ORIGIN)
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host.as_str())),
    }
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(local_only: bool) -> PagesConfig {
        PagesConfig {
            enabled: true,
            local_only,
            hosts: vec!["localhost".to_owned(), "mill.internal".to_owned()],
            recent: 1,
            recent_bytes_max: 1,
            try_bytes_max: 1,
        }
    }

    fn asked(local_only: bool, peer: &str, host: &str) -> bool {
        let settings = settings(local_only);
        let door = Door {
            settings: &settings,
            listen: [10, 0, 0, 7].into(),
        };
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        door.refusal(peer.parse().ok(), &Method::GET, &headers).is_none()
    }

    #[test]
    fn by_default_only_this_machine_is_let_in() {
        assert!(asked(true, "127.0.0.1", "localhost:9464"));
        assert!(asked(true, "::ffff:127.0.0.1", "127.0.0.1:9464"));
        assert!(asked(true, "::1", "[::1]:9464"));
        assert!(
            asked(true, "10.0.0.7", "10.0.0.7:9464"),
            "by the address it listens on"
        );
        assert!(!asked(true, "10.0.0.8", "10.0.0.7:9464"));
        assert!(!asked(true, "nobody knows", "localhost"));
        assert!(asked(false, "10.0.0.8", "10.0.0.7:9464"));
    }

    #[test]
    fn a_strangers_name_does_not_lead_here() {
        for local_only in [true, false] {
            assert!(asked(local_only, "127.0.0.1", "LOCALHOST"));
            assert!(asked(local_only, "127.0.0.1", "mill.internal:80"));
            for host in [
                "rebound.example",
                "localhost.rebound.example",
                "127.0.0.1.rebound.example",
                "",
            ] {
                assert!(!asked(local_only, "127.0.0.1", host), "{host}");
            }
        }
        assert!(!asked(true, "127.0.0.1", "192.0.2.1"));
    }

    #[test]
    fn what_is_posted_comes_from_a_page_of_this_host() {
        let settings = settings(true);
        let door = Door {
            settings: &settings,
            listen: [127, 0, 0, 1].into(),
        };
        let posted = |said: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "localhost:9464".parse().unwrap());
            for (name, value) in said {
                headers.insert(*name, value.parse().unwrap());
            }
            let here = "127.0.0.1".parse().ok();
            door.refusal(here, &Method::POST, &headers).is_none()
        };
        assert!(posted(&[("sec-fetch-site", "same-origin")]));
        assert!(posted(&[("origin", "http://localhost:9464")]));
        assert!(!posted(&[]), "it must say so");
        assert!(!posted(&[("sec-fetch-site", "cross-site")]));
        assert!(
            !posted(&[("sec-fetch-site", "same-site")]),
            "another port of this machine"
        );
        assert!(!posted(&[("sec-fetch-site", "none")]));
        assert!(!posted(&[("origin", "null")]));
        assert!(!posted(&[("origin", "http://localhost:8000")]));
        assert!(!posted(&[("origin", "http://evil.example")]));
        let both = [
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://localhost:9464"),
        ];
        assert!(!posted(&both));
    }
}
