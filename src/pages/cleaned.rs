//! An article's lines, kept and removed, each with its reason and how likely the model took it for text.
//!
//! Invariant: whatever stands in the article is text in the page, never markup. Absent on purpose: style attributes,
//! which the pages' policy forbids; bars are drawn.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::frame;
use super::words;
use crate::enrich::clean::{Explained, Outcome, Passage};
use crate::message::RemovedReason;

/// Removed lines in a row from which they are folded away.
const FOLDED: usize = 4;
/// Lines that are shown: more than any article has, and no more than a browser can lay out.
const LINES: usize = 10_000;

/// What a line is, as a colour: the class, and its name in the key.
const KINDS: [(&str, &str); 8] = [
    ("kept", "text"),
    ("title", "headline"),
    ("cap", "captions and credits"),
    ("links", "links"),
    ("prompt", "prompts and adverts"),
    ("known", "byline, date, tags"),
    ("site", "the site's own"),
    ("other", "other"),
];

fn kind(outcome: Outcome) -> &'static str {
    use RemovedReason as R;
    match outcome {
        Outcome::Kept => "kept",
        Outcome::Title | Outcome::Removed(R::DuplicateTitle) => "title",
        Outcome::Caption | Outcome::Removed(R::Caption | R::PhotoCredit) => "cap",
        Outcome::Removed(R::RelatedLinks) => "links",
        Outcome::Removed(
            R::SharePrompt | R::Newsletter | R::Advert | R::Paywall | R::Comments | R::CookieNotice,
        ) => "prompt",
        Outcome::Removed(R::Byline | R::Dateline | R::KeywordLine | R::Deck) => "known",
        Outcome::Removed(R::Navigation | R::Copyright) => "site",
        Outcome::Removed(_) => "other",
    }
}

fn what(outcome: Outcome) -> String {
    match outcome {
        Outcome::Kept => "text".to_owned(),
        Outcome::Title => "headline".to_owned(),
        Outcome::Caption => "caption".to_owned(),
        Outcome::Removed(reason) => words::reason(reason),
    }
}

fn is_out(passage: &Passage) -> bool {
    matches!(passage.outcome, Outcome::Removed(_))
}

/// A page that is one file. `name` says whose it is where the article has no title.
pub fn file(explained: &Explained, name: &str) -> String {
    let title = explained.metadata.title.as_deref().unwrap_or(name);
    let main = html! {
        h1 dir="auto" { (title) }
        (facts(explained, name))
        (lines(explained))
    };
    frame::file(title, &main)
}

fn facts(explained: &Explained, name: &str) -> Markup {
    let metadata = &explained.metadata;
    let authors = (!metadata.authors.is_empty()).then(|| metadata.authors.join(", "));
    let facts = [
        ("by", authors),
        ("published", metadata.published_at.as_deref().map(words::date)),
        ("site", metadata.site_name.clone()),
        ("section", metadata.section.clone()),
        ("language", metadata.language.clone()),
        ("from", Some(name.to_owned())),
    ];
    html! {
        p class="facts" dir="auto" {
            @for (what, value) in facts {
                @if let Some(value) = value { span { (what) " " b { (value) } } " " }
            }
        }
    }
}

/// The lines in their order, with a key to the colours and a switch for the text alone.
pub(super) fn lines(explained: &Explained) -> Markup {
    let mut runs: Vec<&[Passage]> = Vec::new();
    let all = explained.passages.as_slice();
    let (mut rest, left_out) = all.split_at(all.len().min(LINES));
    while let Some(first) = rest.first() {
        let run = rest
            .iter()
            .position(|passage| is_out(passage) != is_out(first))
            .unwrap_or(rest.len());
        let (these, others) = rest.split_at(run);
        runs.push(these);
        rest = others;
    }
    html! {
        div class="lines" {
            (shares(explained))
            p class="bar" {
                label { input type="checkbox" class="only"; " only the text" }
                " " span { "a line's bar is how likely the model takes it for text; the mark is where text begins" }
            }
            @for run in runs {
                @if run.len() >= FOLDED && run.first().is_some_and(is_out) {
                    details {
                        summary { b { (run.len()) " lines removed" } " · " (counts(run)) }
                        @for passage in run { (line(passage, explained.threshold)) }
                    }
                } @else {
                    @for passage in run { (line(passage, explained.threshold)) }
                }
            }
            @if !left_out.is_empty() { p class="hint" { (words::several(left_out.len(), "more line")) " are not shown." } }
        }
    }
}

/// How many words became what, as a bar and its key.
fn shares(explained: &Explained) -> Markup {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for passage in &explained.passages {
        *counts.entry(kind(passage.outcome)).or_default() += passage.text.split_whitespace().count();
    }
    let all: usize = counts.values().sum();
    let mut shown: Vec<(&str, &str, usize, usize)> = Vec::new();
    let mut before = 0;
    for (class, name) in KINDS {
        let count = counts.get(class).copied().unwrap_or_default();
        if count > 0 {
            shown.push((class, name, before, count));
            before += count;
        }
    }
    html! {
        svg class="share" viewBox=(format!("0 0 {} 10", all.max(1))) preserveAspectRatio="none" aria-hidden="true" {
            @for (class, _, before, count) in &shown {
                rect class=(class) x=(before) y="0" width=(count) height="10" {}
            }
        }
        ul class="key" {
            @for (class, name, _, count) in &shown {
                li class=(class) { (name) ": " (words::several(*count, "word")) }
            }
        }
    }
}

fn counts(passages: &[Passage]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for passage in passages {
        *counts.entry(what(passage.outcome)).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> = counts
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    named.join(", ")
}

fn line(passage: &Passage, threshold: f32) -> Markup {
    let class = format!(
        "line {}{}{}{}",
        kind(passage.outcome),
        if is_out(passage) { " out" } else { "" },
        if passage.heading { " head" } else { "" },
        if passage.quote { " quoted" } else { "" },
    );
    html! {
        div class=(class) {
            p dir="auto" { (passage.text) }
            span class="why" {
                b {
                    @if is_out(passage) { span class="sr" { "removed: " } }
                    (what(passage.outcome))
                }
                @if let Some(likelihood) = passage.likelihood { " " (bar(likelihood, threshold)) }
            }
        }
    }
}

/// A likelihood as a bar, with a mark where text begins, and as a number.
fn bar(likelihood: f32, threshold: f32) -> Markup {
    let percent = (likelihood * 100.0).round();
    html! {
        svg class="score" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect class="ground" x="0" y="0" width="100" height="10" {}
            rect class="level" x="0" y="0" width=(percent) height="10" {}
            rect class="mark" x=((threshold * 100.0).round()) y="0" width="2" height="10" {}
        }
        (percent) " %"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::clean::Metadata;

    #[test]
    fn what_stands_in_an_article_is_never_markup() {
        let passage = |text: &str, outcome| Passage {
            text: text.to_owned(),
            heading: false,
            quote: false,
            likelihood: Some(0.9),
            outcome,
        };
        let hostile = "</p><script>alert(1)</script>\"&";
        let explained = Explained {
            metadata: Metadata {
                title: Some(hostile.to_owned()),
                authors: vec![hostile.to_owned()],
                ..Metadata::default()
            },
            passages: vec![
                passage(hostile, Outcome::Kept),
                passage(hostile, Outcome::Removed(RemovedReason::Advert)),
            ],
            threshold: 0.45,
        };
        let page = file(&explained, hostile);
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
        assert_eq!(page.matches("class=\"line ").count(), 2);
        assert!(!page.contains("style=\""), "the pages' policy forbids it");
    }

    #[test]
    fn a_text_of_nothing_but_lines_makes_no_page_that_no_browser_can_show() {
        let passage = Passage {
            text: "a".to_owned(),
            heading: false,
            quote: false,
            likelihood: None,
            outcome: Outcome::Kept,
        };
        let explained = Explained {
            metadata: Metadata::default(),
            passages: vec![passage; LINES + 7],
            threshold: 0.45,
        };
        let page = lines(&explained).into_string();
        assert_eq!(page.matches("class=\"line ").count(), LINES);
        assert!(page.contains("7 more lines are not shown"));
    }
}
