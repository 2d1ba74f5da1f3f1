//! A text with its quotations in colour, and why each is one.
//!
//! Invariant: nothing of the article is markup; offsets are those of the record. A quotation has its number beside it,
//! so that no colour is the only sign.

use maud::{Markup, html};

use super::frame;
use super::words;
use crate::enrich::quotes::{Explained, Told};
use crate::message::Span;

/// Places in the text that are marked, and quotations that are told about: more than any article has.
const MARKS: usize = 10_000;
const WHYS: usize = 1_000;

/// A page that is one file, of a text that a heading names.
pub fn file(explained: &Explained, text: &str, title: &str) -> String {
    let main = html! {
        h1 dir="auto" { (title) }
        p class="facts" {
            span { "quotations " b { (explained.quotes.len()) } } " "
            span { "other words in marks " b { (explained.refused.len()) } }
        }
        (key())
        section aria-label="The text" { (marked_text(explained, text)) }
        section aria-label="Why" {
            h2 { "Why" }
            (whys(explained))
        }
    };
    frame::file(title, &main)
}

/// What the colours mean.
pub(super) fn key() -> Markup {
    html! {
        ul class="key kinds" {
            li { span class="said direct" { "direct" } ", in marks" }
            li { span class="said mixed" { "mixed" } ", in part" }
            li { span class="said indirect" { "indirect" } ", without marks" }
            li { span class="speaker" { "who speaks" } }
            li { span class="cue" { "the word that says so" } }
            li { span class="refused" { "in marks" } ", no quotation" }
        }
    }
}

/// Something in the text to be seen.
#[derive(Debug, Clone, Copy)]
enum Mark {
    /// A quotation or a part of one, by its place in the list.
    Quote(usize),
    Speaker(usize),
    Cue,
    Refused,
}

/// The text by paragraphs, its quotations and their speakers as links to why.
pub(super) fn marked_text(explained: &Explained, text: &str) -> Markup {
    let mut marks: Vec<(usize, usize, Mark)> = Vec::new();
    let at = |span: &Span, mark| (span.start, span.end, mark);
    for (number, told) in explained.quotes.iter().enumerate() {
        let quote = &told.quote;
        if quote.parts.is_empty() {
            marks.push((quote.start, quote.end, Mark::Quote(number)));
        }
        marks.extend(quote.parts.iter().map(|part| at(part, Mark::Quote(number))));
        let mention = quote
            .speaker
            .as_ref()
            .and_then(|speaker| speaker.mention.as_ref());
        marks.extend(mention.map(|mention| at(mention, Mark::Speaker(number))));
        marks.extend(quote.cue.as_ref().map(|cue| at(cue, Mark::Cue)));
    }
    let refused = explained.refused.iter();
    marks.extend(refused.map(|refused| at(&refused.span, Mark::Refused)));
    // The longer of two that begin at one place is the outer one.
    marks.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    marks.truncate(MARKS);
    let characters: Vec<char> = text.chars().collect();
    let run = |from: usize, to: usize| -> String { characters.get(from..to).into_iter().flatten().collect() };
    let mut pieces: Vec<Markup> = Vec::new();
    let mut done = 0;
    for (start, end, mark) in marks {
        // What lies inside another is shown with that.
        if start < done || end <= start {
            continue;
        }
        pieces.push(html! { (run(done, start)) });
        pieces.push(marked(explained, mark, &run(start, end)));
        done = end;
    }
    pieces.push(html! { (run(done, characters.len())) });
    html! { div class="text" dir="auto" { @for piece in pieces { (piece) } } }
}

fn marked(explained: &Explained, mark: Mark, words: &str) -> Markup {
    match mark {
        Mark::Quote(at) => {
            let kind = explained
                .quotes
                .get(at)
                .map_or("", |told| words::quote_kind(told.quote.kind));
            html! {
                a class=(format!("said {kind}")) href=(format!("#why-{}", at + 1)) {
                    (words) sup { (at + 1) }
                }
            }
        }
        Mark::Speaker(at) => html! { a class="speaker" href=(format!("#why-{}", at + 1)) { (words) } },
        Mark::Cue => html! { span class="cue" { (words) } },
        Mark::Refused => html! { span class="refused" { (words) } },
    }
}

/// Why each quotation is one, and why other words in marks are none.
pub(super) fn whys(explained: &Explained) -> Markup {
    html! {
        @if explained.quotes.is_empty() { p { "No quotation was found." } }
        ol class="whys" { @for (at, told) in explained.quotes.iter().take(WHYS).enumerate() { (why(at, told)) } }
        (more(explained.quotes.len()))
        @if !explained.refused.is_empty() {
            h3 { "In marks, and no quotation" }
            ul { @for refused in explained.refused.iter().take(WHYS) {
                li { span class="refused" dir="auto" { (refused.span.text) } " " small { (refused.why.words()) } }
            } }
            (more(explained.refused.len()))
        }
    }
}

/// What is left out of so many.
fn more(count: usize) -> Markup {
    html! { @if count > WHYS { p class="hint" { (words::number((count - WHYS) as u64)) " more are not shown." } } }
}

fn why(at: usize, told: &Told) -> Markup {
    let kind = words::quote_kind(told.quote.kind);
    html! {
        li id=(format!("why-{}", at + 1)) {
            span class=(format!("said {kind}")) dir="auto" { (told.quote.text) }
            dl {
                dt { "Quotation" }
                dd {
                    (kind) ": " (told.because)
                    @if let Some(cue) = &told.quote.cue { ", by “" (cue.text) "”" }
                }
                dt { "Speaker" }
                dd {
                    (words::speaker(told))
                    @if !told.candidates.is_empty() {
                        ul { @for candidate in told.candidates.iter().take(words::CANDIDATES) {
                            li { b { (candidate.name) } " " (words::case(candidate)) }
                        } }
                    }
                }
                dt { "Confidence" }
                dd { (words::confidence(told)) }
            }
        }
    }
}
