//! The frame around every page: landmarks, navigation, style.
//!
//! Invariant: a page is whole without any script, and has one `h1`, one `main` and a way past the navigation.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The style of all pages, served and written.
pub(super) const STYLE: &str = include_str!("style.css");

/// The policy of a page that is a file: its style stands in it, and it loads nothing.
const FILE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A part of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Home,
    Try,
    Recent,
    Runbook,
    /// None of them.
    Elsewhere,
}

const PLACES: [(Place, &str, &str); 4] = [
    (Place::Home, "/", "This worker"),
    (Place::Try, "/try", "Try an article"),
    (Place::Recent, "/recent", "Last articles"),
    (Place::Runbook, "/runbook", "Runbook"),
];

/// A page of the admin port; `refresh` is the seconds after which it comes anew.
pub(super) fn page(place: Place, title: &str, refresh: Option<u32>, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(seconds) = refresh {
                    meta http-equiv="refresh" content=(seconds);
                }
                title { (title) " · newsmill" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/style.css";
            }
            body {
                a class="skip" href="#main" { "Skip to the content" }
                header class="top" {
                    a class="brand" href="/" { "newsmill" }
                    nav aria-label="Pages" {
                        ul {
                            @for (other, address, name) in PLACES {
                                li { a href=(address) aria-current=[(other == place).then_some("page")] { (name) } }
                            }
                        }
                    }
                }
                main id="main" tabindex="-1" { (main) }
                footer class="foot" {
                    "newsmill " (crate::VERSION) " · figures for machines at " a href="/metrics" { "/metrics" }
                    " · readiness at " a href="/readyz" { "/readyz" } " · " a href="/docs/pages" { "about these pages" }
                }
            }
        }
    }
}

/// A page that is one file.
pub(super) fn file(title: &str, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(FILE_POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (main) } }
        }
    };
    page.into_string()
}

/// A page that says one thing.
pub(super) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    let main = html! {
        h1 { (title) }
        p { (text) }
    };
    (
        status,
        Html(page(Place::Elsewhere, title, None, &main).into_string()),
    )
        .into_response()
}
