//! `/recent`: the last articles that were enriched, and each of them.
//!
//! Invariant: what is shown of a record is what was published. Why it was cleaned so is worked out when somebody looks,
//! from the message as it came.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use super::frame::{self, Place};
use super::shown::{Look, title_of};
use super::{Pages, words};
use crate::message::decode;
use crate::telemetry::Article;

/// The list.
pub(super) async fn list(State(pages): State<Arc<Pages>>) -> Html<String> {
    let articles = pages.sources.journal.articles();
    let settings = &pages.sources.settings;
    let main = html! {
        h1 { "Last articles" }
        @if settings.recent == 0 {
            p { "None is kept: " code { "pages.recent" } " is 0." }
        } @else {
            p class="hint" {
                "The newest whose records are confirmed, up to " (settings.recent) " and "
                (words::bytes(settings.recent_bytes_max)) " of them (" code { "pages.recent" } ", "
                code { "pages.recent_bytes_max" } "). They are kept in memory, until newer ones come or the worker ends."
            }
            @if articles.is_empty() { p class="empty" { "None yet. What the worker enriches shows up here." } }
            @else { (table(&articles)) }
        }
    };
    Html(frame::page(Place::Recent, "Last articles", None, &main).into_string())
}

fn table(articles: &[Arc<Article>]) -> Markup {
    html! {
        div class="scroll" role="region" aria-label="Last articles" tabindex="0" {
            table {
                thead { tr {
                    th scope="col" { "Article" }
                    th scope="col" { "Source" }
                    th scope="col" { "Language" }
                    th scope="col" class="num" { "Words" }
                    th scope="col" class="num" { "Quotes" }
                    th scope="col" class="num" { "Tags" }
                    th scope="col" { "Published" }
                } }
                tbody { @for article in articles { (row(article)) } }
            }
        }
    }
}

fn row(article: &Article) -> Markup {
    let record = &article.record;
    html! {
        tr {
            th scope="row" dir="auto" { a href=(format!("/recent/{}", article.number)) { (title_of(record)) } }
            td { (record.source.as_deref().unwrap_or("–")) }
            td { (record.language.as_deref().unwrap_or("–")) }
            td class="num" { (words::number(record.stats.words as u64)) }
            td class="num" { (record.quotes.len()) }
            td class="num" { (record.tags.len()) }
            td { (moment(article)) }
        }
    }
}

fn moment(article: &Article) -> Markup {
    html! { time datetime=(article.at) title=(words::clock(article.at)) { (words::ago(article.at)) } }
}

/// One of them.
pub(super) async fn one(State(pages): State<Arc<Pages>>, Path(number): Path<String>) -> Response {
    let found = number
        .parse()
        .ok()
        .and_then(|number| pages.sources.journal.article(number));
    let Some(article) = found else {
        return frame::message(
            StatusCode::NOT_FOUND,
            "No longer here",
            "This article is not among the last ones any more, or never was. The worker keeps only the newest.",
        );
    };
    let shared = Arc::clone(&pages);
    match pages.bench.work(move || look(&shared, &article)).await {
        Ok(page) => Html(page).into_response(),
        Err(undone) => frame::message(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not now",
            &format!("The article could not be looked at: {undone}."),
        ),
    }
}

fn look(pages: &Pages, article: &Article) -> String {
    let sources = &pages.sources;
    let raw = decode(
        &article.body,
        article.content_type.as_deref(),
        article.content_encoding.as_deref(),
        &sources.decode,
    );
    let record = article.record.as_ref().clone();
    let stages = sources.enricher.stages();
    let look = Look::at(record, raw.as_ref().ok(), stages, &sources.limits);
    let main = html! {
        p class="kicker" { "Published " (moment(article)) " · message of " (words::bytes(article.body.len())) }
        h1 dir="auto" { (look.title()) }
        (look.sections())
    };
    frame::page(Place::Recent, look.title(), None, &main).into_string()
}
