//! The runbook and the other pages of the documentation, as they were when this program was built.
//!
//! Invariant: a link leads to a page that is here, to the outside by its whole address, or is no link.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::frame::{self, Place};

const RUNBOOK: &str = "runbook";

/// Name and text of each page.
const PAGES: [(&str, &str); 16] = [
    (RUNBOOK, include_str!("../../docs/runbook.md")),
    ("configuration", include_str!("../../docs/configuration.md")),
    ("dead-letters", include_str!("../../docs/dead-letters.md")),
    ("deployment", include_str!("../../docs/deployment.md")),
    ("doctor", include_str!("../../docs/doctor.md")),
    ("evaluation", include_str!("../../docs/evaluation.md")),
    ("faults", include_str!("../../docs/faults.md")),
    ("messages", include_str!("../../docs/messages.md")),
    ("metrics", include_str!("../../docs/metrics.md")),
    ("pages", include_str!("../../docs/pages.md")),
    ("prove", include_str!("../../docs/prove.md")),
    ("scaling", include_str!("../../docs/scaling.md")),
    ("security", include_str!("../../docs/security.md")),
    ("traces", include_str!("../../docs/traces.md")),
    ("upgrade", include_str!("../../docs/upgrade.md")),
    ("vocabulary", include_str!("../../docs/vocabulary.md")),
];

/// `/runbook`.
pub(super) async fn runbook() -> Response {
    answer(RUNBOOK)
}

/// `/docs/NAME`.
pub(super) async fn page(Path(name): Path<String>) -> Response {
    answer(&name)
}

fn answer(name: &str) -> Response {
    match body(name) {
        Some(main) => {
            let place = if name == RUNBOOK {
                Place::Runbook
            } else {
                Place::Elsewhere
            };
            Html(frame::page(place, name, None, &main).into_string()).into_response()
        }
        None => frame::message(
            StatusCode::NOT_FOUND,
            "No such page",
            "This part of the documentation is not here.",
        ),
    }
}

/// A page's contents, by its name.
pub(super) fn body(name: &str) -> Option<Markup> {
    let text = text_of(name)?;
    let (headings, written) = render(text);
    Some(html! {
        @if headings.len() > 3 {
            nav class="contents" aria-label="On this page" {
                ul { @for (level, anchor, words) in &headings {
                    li class=(if *level == HeadingLevel::H3 { "deep" } else { "" }) {
                        a href=(format!("#{anchor}")) { (words) }
                    }
                } }
            }
        }
        div class="doc" { (PreEscaped(written)) }
        nav class="others" aria-label="Other pages of the documentation" {
            "Documentation: "
            ul { @for (other, _) in PAGES {
                li { a href=(address(other)) aria-current=[(other == name).then_some("page")] { (other) } }
            } }
        }
    })
}

fn text_of(name: &str) -> Option<&'static str> {
    PAGES
        .iter()
        .find(|(page, _)| *page == name)
        .map(|(_, text)| *text)
}

fn address(name: &str) -> String {
    if name == RUNBOOK {
        "/runbook".to_owned()
    } else {
        format!("/docs/{name}")
    }
}

/// Level, anchor and words of a heading.
type Heading = (HeadingLevel, String, String);

/// The headings below the first, and the text as HTML.
fn render(text: &str) -> (Vec<Heading>, String) {
    let events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let mut headings = headings_of(&events).into_iter();
    let mut listed = Vec::new();
    let mut dead_links = 0u32;
    let mut written = Vec::with_capacity(events.len());
    for event in events {
        match event {
            Event::Start(Tag::Heading {
                level,
                classes,
                attrs,
                ..
            }) => {
                let heading = headings.next();
                let id = heading
                    .as_ref()
                    .map(|(_, anchor, _)| CowStr::from(anchor.clone()));
                listed.extend(heading.filter(|(level, ..)| *level != HeadingLevel::H1));
                written.push(Event::Start(Tag::Heading {
                    level,
                    id,
                    classes,
                    attrs,
                }));
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => match target(&dest_url) {
                Some(dest_url) => {
                    let dest_url = CowStr::from(dest_url);
                    written.push(Event::Start(Tag::Link {
                        link_type,
                        dest_url,
                        title,
                        id,
                    }));
                }
                None => dead_links += 1,
            },
            Event::End(TagEnd::Link) if dead_links > 0 => dead_links -= 1,
            Event::Start(Tag::Table(columns)) => {
                let opening = "<div class=\"scroll\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">";
                written.push(Event::Html(opening.into()));
                written.push(Event::Start(Tag::Table(columns)));
            }
            Event::End(TagEnd::Table) => {
                written.push(Event::End(TagEnd::Table));
                written.push(Event::Html("</div>".into()));
            }
            // The documentation has none but comments.
            Event::Html(_) | Event::InlineHtml(_) => {}
            other => written.push(other),
        }
    }
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, written.into_iter());
    (listed, html)
}

fn headings_of(events: &[Event<'_>]) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut open: Option<(HeadingLevel, String)> = None;
    for event in events {
        match event {
            Event::Start(Tag::Heading { level, .. }) => open = Some((*level, String::new())),
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, words)) = &mut open {
                    words.push_str(text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, words)) = open.take() {
                    let slug = slug(&words);
                    let times = taken.entry(slug.clone()).or_default();
                    let anchor = if *times == 0 {
                        slug
                    } else {
                        format!("{slug}-{times}")
                    };
                    *times += 1;
                    headings.push((level, anchor, words));
                }
            }
            _ => {}
        }
    }
    headings
}

/// The anchor of a heading, as the places where the documentation is read otherwise make it.
fn slug(words: &str) -> String {
    words
        .chars()
        .filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ => character.is_alphanumeric().then_some(character),
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Where a link of the documentation leads from here; none: it leads to what is not here.
fn target(link: &str) -> Option<String> {
    if link.starts_with('#') || link.starts_with("https://") {
        return Some(link.to_owned());
    }
    let (file, anchor) = match link.split_once('#') {
        Some((file, anchor)) => (file, format!("#{anchor}")),
        None => (link, String::new()),
    };
    let name = file.strip_suffix(".md")?;
    text_of(name).map(|_| format!("{}{anchor}", address(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_the_anchor_that_links_to_it_expect() {
        assert_eq!(
            slug("Why letters are sometimes \"published anew\""),
            "why-letters-are-sometimes-published-anew"
        );
        assert_eq!(slug("`[worker]`"), "worker");
        assert_eq!(slug("NewsmillWorkerDown"), "newsmillworkerdown");
    }

    #[test]
    fn a_link_leads_to_what_is_here_or_is_none() {
        assert_eq!(
            target("dead-letters.md#sending-back").as_deref(),
            Some("/docs/dead-letters#sending-back")
        );
        assert_eq!(target("runbook.md").as_deref(), Some("/runbook"));
        assert_eq!(target("../ARCHITECTURE.md"), None);
        assert_eq!(target("adr/0001-one-publish-in-flight-per-channel.md"), None);
        assert_eq!(target("javascript:alert(1)"), None);
    }

    #[test]
    fn every_anchor_that_a_page_links_to_is_there() {
        let mut links = 0;
        for (name, _) in PAGES {
            let page = body(name).unwrap().into_string();
            for link in page
                .split("href=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
            {
                let Some((to, anchor)) = link.split_once('#').filter(|(to, _)| !to.starts_with("https:"))
                else {
                    continue;
                };
                let to = to.trim_start_matches("/docs/").trim_start_matches('/');
                let there = body(if to.is_empty() { name } else { to }).unwrap().into_string();
                assert!(
                    there.contains(&format!("id=\"{anchor}\"")),
                    "{name} links to {link}"
                );
                links += 1;
            }
        }
        assert!(links > 50, "{links}");
    }

    #[test]
    fn a_page_is_whole_and_holds_no_script() {
        let page = body(RUNBOOK).unwrap().into_string();
        assert!(page.contains("<h1") && page.contains("id=\"newsmillpanicked\"") && page.contains("<table"));
        assert!(!page.contains("<script") && !page.contains("style="));
    }
}
