//! `/try`: a box for a page, a text or a message, and what is made of it.
//!
//! Invariant: nothing of it is stored or published. It is bounded in bytes before it is read, in time, and in how much
//! is looked at at once; the stages bound the rest as they do for the worker.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use futures_util::StreamExt;
use maud::{Markup, html};
use tokio::time::timeout;

use super::frame::{self, Place};
use super::shown::Look;
use super::{Pages, words};
use crate::message::{RawArticle, decode};

/// From the first byte of what is posted to the last.
const READING: Duration = Duration::from_secs(30);
/// What a form's encoding makes of one byte, at the worst.
const ENCODED: usize = 3;
/// Names of the fields, and what lies between them.
const ROOM: usize = 4 << 10;
/// Bytes that are read and let go, at most, of what is too large.
const LET_BY: usize = 256 << 20;

/// What was written into the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    article: String,
    title: String,
    url: String,
    keywords: String,
}

impl Asked {
    fn read(body: &[u8]) -> Self {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            // A form sends every break of a line as two characters.
            let value = value.replace("\r\n", "\n");
            match name.as_ref() {
                "article" => asked.article = value,
                "title" => asked.title = value.trim().to_owned(),
                "url" => asked.url = value.trim().to_owned(),
                "keywords" => asked.keywords = value,
                _ => {}
            }
        }
        asked
    }

    fn bytes(&self) -> usize {
        self.article.len() + self.title.len() + self.url.len() + self.keywords.len()
    }

    /// What is known beside the article goes over what it says of itself.
    fn over(&self, article: RawArticle) -> RawArticle {
        let told = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let keywords = self
            .keywords
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty());
        let mut tags = article.tags;
        tags.extend(keywords.map(ToOwned::to_owned));
        RawArticle {
            title: told(&self.title).or(article.title),
            url: told(&self.url).or(article.url),
            tags,
            ..article
        }
    }
}

/// The empty form.
pub(super) async fn form(State(pages): State<Arc<Pages>>) -> Html<String> {
    let main = html! {
        h1 { "Try an article" }
        (form_of(&Asked::default(), pages.sources.settings.try_bytes_max))
    };
    Html(frame::page(Place::Try, "Try an article", None, &main).into_string())
}

/// What is made of what was posted.
pub(super) async fn tried(State(pages): State<Arc<Pages>>, request: Request) -> Response {
    let limit = pages.sources.settings.try_bytes_max;
    let sent_max = limit * ENCODED + ROOM;
    let too_large = || {
        let why = format!(
            "It is over the limit of {} (pages.try_bytes_max).",
            words::bytes(limit)
        );
        refused(StatusCode::PAYLOAD_TOO_LARGE, &Asked::default(), limit, &why)
    };
    let Some(_turn) = pages.bench.turn() else {
        let why = "Too much is being sent at once; try again in a moment.";
        return refused(StatusCode::SERVICE_UNAVAILABLE, &Asked::default(), limit, why);
    };
    let body = match read(request.into_body(), sent_max).await {
        Some(body) => body,
        None => return too_large(),
    };
    let asked = Asked::read(&body);
    drop(body);
    if asked.bytes() > limit {
        return too_large();
    }
    let (shared, given) = (Arc::clone(&pages), asked.clone());
    let looked = pages.bench.work(move || look(&shared, &given)).await;
    match looked {
        Ok(Ok(page)) => Html(page).into_response(),
        Ok(Err(why)) => refused(StatusCode::UNPROCESSABLE_ENTITY, &asked, limit, &why),
        Err(undone) => refused(
            StatusCode::SERVICE_UNAVAILABLE,
            &asked,
            limit,
            &undone.to_string(),
        ),
    }
}

/// The body, if it comes within its bounds. What is over them is let go by, so that whoever sends it gets an answer.
async fn read(body: Body, bytes_max: usize) -> Option<Vec<u8>> {
    let mut chunks = body.into_data_stream();
    let reading = async {
        let (mut kept, mut bytes) = (Vec::new(), 0);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.ok()?;
            bytes += chunk.len();
            if bytes <= bytes_max {
                kept.extend_from_slice(&chunk);
            } else if bytes <= LET_BY {
                kept = Vec::new();
            } else {
                return None;
            }
        }
        (bytes <= bytes_max).then_some(kept)
    };
    timeout(READING, reading).await.ok()?
}

/// The page of what was made, or why nothing was.
fn look(pages: &Pages, asked: &Asked) -> Result<String, String> {
    let sources = &pages.sources;
    let article = decode(asked.article.as_bytes(), None, None, &sources.decode)
        .map_err(|error| format!("It is refused as an article ({}): {error}.", error.kind()))?;
    let article = asked.over(article);
    let enricher = sources.enricher.with_vocabulary(sources.vocabulary.current());
    let record = enricher.enrich(article.clone()).map_err(|error| {
        format!(
            "It would be dead-lettered by the {} stage: {error}.",
            error.stage()
        )
    })?;
    let look = Look::at(record, Some(&article), enricher.stages(), &sources.limits);
    let main = html! {
        p class="kicker" { "Tried, neither stored nor published" }
        h1 dir="auto" { (look.title()) }
        (look.sections())
        section id="again" aria-labelledby="again-head" {
            h2 id="again-head" { "Try again" }
            details {
                summary { "Change it and try again" }
                (form_of(asked, sources.settings.try_bytes_max))
            }
        }
    };
    let title = format!("{} · tried", look.title());
    Ok(frame::page(Place::Try, &title, None, &main).into_string())
}

/// The form, with what was written into it, under the reason why nothing came of it.
fn refused(status: StatusCode, asked: &Asked, limit: usize, why: &str) -> Response {
    let main = html! {
        h1 { "Try an article" }
        div class="alert" role="alert" {
            h2 { "Nothing came of it" }
            p { (why) }
            p { a href="/docs/messages#what-is-refused" { "What is refused, and why" } }
        }
        (form_of(asked, limit))
    };
    let page = frame::page(Place::Try, "Nothing came of it", None, &main);
    (status, Html(page.into_string())).into_response()
}

fn form_of(asked: &Asked, limit: usize) -> Markup {
    html! {
        form action="/try" method="post" accept-charset="utf-8" {
            div class="field" {
                label for="article" { "Article" }
                p class="hint" id="article-hint" {
                    "The HTML of a page, a text, or a message as JSON; up to " (words::bytes(limit))
                    ". It is enriched as the worker would do it, and neither stored nor published."
                }
                textarea id="article" name="article" rows="14" required aria-describedby="article-hint"
                    spellcheck="false" dir="auto" { "\n" (asked.article) }
            }
            fieldset {
                legend { "What is known beside it" }
                div class="fields" {
                    div class="field" {
                        label for="title" { "Title" }
                        input id="title" name="title" type="text" value=(asked.title) autocomplete="off" dir="auto";
                    }
                    div class="field" {
                        label for="url" { "Address" }
                        input id="url" name="url" type="url" value=(asked.url) autocomplete="off"
                            placeholder="https://";
                    }
                }
                div class="field" {
                    label for="keywords" { "Keywords" }
                    p class="hint" id="keywords-hint" { "As they come, one string of them a line: “Ghana's, U.S. elections 2024; UN”" }
                    textarea id="keywords" name="keywords" rows="3" aria-describedby="keywords-hint"
                        spellcheck="false" dir="auto" { "\n" (asked.keywords) }
                }
            }
            button type="submit" { "Enrich it" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let asked =
            Asked::read(b"article=One.%0D%0ATwo+%26+three%2B&title=+T+&keywords=a%2C+b%0D%0A%0D%0Ac&x=y");
        assert_eq!(asked.article, "One.\nTwo & three+");
        assert_eq!(asked.title, "T");
        let article = asked.over(RawArticle {
            title: Some("its own".to_owned()),
            url: Some("https://example.org/".to_owned()),
            tags: vec!["d".to_owned()],
            ..RawArticle::default()
        });
        assert_eq!(
            article.title.as_deref(),
            Some("T"),
            "what was written goes over it"
        );
        assert_eq!(article.url.as_deref(), Some("https://example.org/"));
        assert_eq!(article.tags, ["d", "a, b", "c"]);
        assert_eq!(Asked::read(b"%ff%00&&=&article"), Asked::default());
    }

    #[test]
    fn what_was_written_comes_back_as_text() {
        let asked = Asked {
            article: "</textarea><script>alert(1)</script>".to_owned(),
            title: "\"><script>alert(1)</script>".to_owned(),
            ..Asked::default()
        };
        let form = form_of(&asked, 1).into_string();
        assert!(!form.contains("<script"), "{form}");
        assert_eq!(form.matches("</textarea>").count(), 2);
    }
}
