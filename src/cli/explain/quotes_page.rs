//! The same as a page for a browser: the text with its quotations in colour, and under it why each is one.
//!
//! Invariant: as of [`page`](super::page), nothing of the article is markup, and the page loads nothing.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::quotes_text::{SHOWN, case, confidence, kind, speaker};
use crate::enrich::quotes::{Explained, Told};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
const STYLE: &str = concat!(include_str!("page.css"), include_str!("quotes.css"));

/// The page of a text that a heading names.
pub(super) fn write(explained: &Explained, text: &str, title: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 dir="auto" { (title) }
                    p class="facts" {
                        span { "quotations " b { (explained.quotes.len()) } }
                        span { "other words in marks " b { (explained.refused.len()) } }
                    }
                    ul class="key kinds" {
                        li { span class="said direct" { "direct" } ", in marks" }
                        li { span class="said mixed" { "mixed" } ", in part" }
                        li { span class="said indirect" { "indirect" } ", without marks" }
                        li { span class="refused" { "in marks" } ", no quotation" }
                    }
                    section aria-label="The text" { (marked_text(explained, text)) }
                    section aria-label="Why" {
                        h2 { "Why" }
                        ol class="whys" { @for (at, told) in explained.quotes.iter().enumerate() { (why(at, told)) } }
                    }
                    @if !explained.refused.is_empty() {
                        section aria-label="Refused" {
                            h2 { "In marks, and no quotation" }
                            ul { @for refused in &explained.refused {
                                li { span class="refused" dir="auto" { (refused.span.text) } " " small { (refused.why.words()) } }
                            } }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}

/// The text by paragraphs, each with its quotations and other marks as links to why.
pub(crate) fn marked_text(explained: &Explained, text: &str) -> Markup {
    let mut spans: Vec<(usize, usize, Option<usize>)> = Vec::new();
    for (at, told) in explained.quotes.iter().enumerate() {
        let quote = &told.quote;
        if quote.parts.is_empty() {
            spans.push((quote.start, quote.end, Some(at)));
        }
        spans.extend(quote.parts.iter().map(|part| (part.start, part.end, Some(at))));
    }
    spans.extend(
        explained
            .refused
            .iter()
            .map(|refused| (refused.span.start, refused.span.end, None)),
    );
    // The longer of two that begin at one place is the outer one.
    spans.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    let characters: Vec<char> = text.chars().collect();
    let run = |from: usize, to: usize| -> String { characters.get(from..to).into_iter().flatten().collect() };
    let mut pieces: Vec<Markup> = Vec::new();
    let mut done = 0;
    for (start, end, quote) in spans {
        // What lies inside another is shown with that.
        if start < done || end <= start {
            continue;
        }
        pieces.push(html! { (run(done, start)) });
        let words = run(start, end);
        pieces.push(match quote {
            Some(at) => {
                let kind = explained.quotes.get(at).map_or("", |told| kind(told.quote.kind));
                html! { a class=(format!("said {kind}")) href=(format!("#why-{}", at + 1)) { (words) } }
            }
            None => html! { span class="refused" { (words) } },
        });
        done = end;
    }
    pieces.push(html! { (run(done, characters.len())) });
    html! { div class="text" dir="auto" { @for piece in pieces { (piece) } } }
}

/// Why one quotation is one, and why that speaker.
pub(crate) fn why(at: usize, told: &Told) -> Markup {
    html! {
        li id=(format!("why-{}", at + 1)) {
            span class=(format!("said {}", kind(told.quote.kind))) dir="auto" { (told.quote.text) }
            dl {
                dt { "Quotation" }
                dd {
                    (kind(told.quote.kind)) ": " (told.because)
                    @if let Some(cue) = &told.quote.cue { ", by “" (cue.text) "”" }
                }
                dt { "Speaker" }
                dd {
                    (speaker(told))
                    @if !told.candidates.is_empty() {
                        ul { @for candidate in told.candidates.iter().take(SHOWN) {
                            li { b { (candidate.name) } " " (case(candidate)) }
                        } }
                    }
                }
                dt { "Confidence" }
                dd { (confidence(told)) }
            }
        }
    }
}
