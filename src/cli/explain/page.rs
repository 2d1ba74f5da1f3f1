//! An explained article as one HTML file.
//!
//! Invariant: whatever stands in the article is text in the page, never markup; the page has no script and loads
//! nothing, and its own policy forbids both.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::show::{date, name_of};
use crate::enrich::clean::{Explained, Outcome, Passage};
use crate::message::RemovedReason;

/// Removed lines in a row from which they are folded away.
const FOLDED: usize = 4;

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

fn is_out(passage: &Passage) -> bool {
    matches!(passage.outcome, Outcome::Removed(_))
}

fn words(passage: &Passage) -> usize {
    passage.text.split_whitespace().count()
}

/// The page. `name` says whose it is where the article has no title.
pub(super) fn write(explained: &Explained, name: &str) -> String {
    let mut out = String::new();
    let title = explained.metadata.title.as_deref().unwrap_or(name);
    // Writing to a string cannot fail, here and below.
    _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n\
         <style>\n{1}</style>\n</head>\n<body>\n<main style=\"--cut: {2:.0}%\">\n<h1 dir=\"auto\">{0}</h1>\n",
        Escaped(title),
        include_str!("page.css"),
        explained.threshold * 100.0,
    );
    facts(&mut out, explained, name);
    shares(&mut out, explained);
    out.push_str(
        "<p class=\"bar\"><label><input type=\"checkbox\" id=\"only\"> only the text</label>\
         <span>a line's bar is how likely the model takes it for text; the mark is where text begins</span></p>\n",
    );
    let mut rest = explained.passages.as_slice();
    while let Some(first) = rest.first() {
        let out_of_it = is_out(first);
        let run = rest
            .iter()
            .position(|passage| is_out(passage) != out_of_it)
            .unwrap_or(rest.len());
        let (these, others) = rest.split_at(run);
        if out_of_it && run >= FOLDED {
            fold(&mut out, these);
        } else {
            these.iter().for_each(|passage| line(&mut out, passage));
        }
        rest = others;
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn facts(out: &mut String, explained: &Explained, name: &str) {
    let metadata = &explained.metadata;
    let authors = (!metadata.authors.is_empty()).then(|| metadata.authors.join(", "));
    let facts = [
        ("by", authors),
        ("published", metadata.published_at.as_deref().map(date)),
        ("site", metadata.site_name.clone()),
        ("section", metadata.section.clone()),
        ("language", metadata.language.clone()),
        ("from", Some(name.to_owned())),
    ];
    out.push_str("<p class=\"facts\" dir=\"auto\">");
    for (what, value) in facts {
        if let Some(value) = value {
            _ = write!(out, "<span>{what} <b>{}</b></span>", Escaped(&value));
        }
    }
    out.push_str("</p>\n");
}

/// How many words became what, as a bar and its key.
fn shares(out: &mut String, explained: &Explained) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for passage in &explained.passages {
        *counts.entry(kind(passage.outcome)).or_default() += words(passage);
    }
    let shown = || {
        KINDS.iter().filter_map(|(class, name)| {
            let count = counts.get(class).copied().filter(|count| *count > 0)?;
            Some((class, name, count))
        })
    };
    out.push_str("<div class=\"share\">");
    for (class, _, count) in shown() {
        _ = write!(out, "<i class=\"{class}\" style=\"flex-grow: {count}\"></i>");
    }
    out.push_str("</div>\n<ul class=\"key\">");
    for (class, name, count) in shown() {
        let plural = if count == 1 { "" } else { "s" };
        _ = write!(out, "<li class=\"{class}\">{name}: {count} word{plural}</li>");
    }
    out.push_str("</ul>\n");
}

/// Removed lines in a row, folded under what they are.
fn fold(out: &mut String, passages: &[Passage]) {
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
    _ = writeln!(
        out,
        "<details><summary><b>{} lines removed</b> · {}</summary>",
        passages.len(),
        Escaped(&named.join(", "))
    );
    passages.iter().for_each(|passage| line(out, passage));
    out.push_str("</details>\n");
}

fn what(outcome: Outcome) -> String {
    match outcome {
        Outcome::Kept => "text".to_owned(),
        Outcome::Title => "headline".to_owned(),
        Outcome::Caption => "caption".to_owned(),
        Outcome::Removed(reason) => name_of(reason),
    }
}

fn line(out: &mut String, passage: &Passage) {
    let mut class = kind(passage.outcome).to_owned();
    for (is, name) in [
        (is_out(passage), " out"),
        (passage.heading, " head"),
        (passage.quote, " quoted"),
    ] {
        if is {
            class.push_str(name);
        }
    }
    _ = write!(
        out,
        "<div class=\"line {class}\"><p dir=\"auto\">{}</p><span class=\"why\"><b>{}</b>",
        Escaped(&passage.text),
        Escaped(&what(passage.outcome))
    );
    if let Some(likelihood) = passage.likelihood {
        let percent = likelihood * 100.0;
        _ = write!(
            out,
            "<span class=\"score\"><i style=\"width: {percent:.0}%\"></i></span>{percent:.0} %"
        );
    }
    out.push_str("</span></div>\n");
}

/// Text as it stands in markup.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for char in self.0.chars() {
            match char {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                _ => out.write_char(char)?,
            }
        }
        Ok(())
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
        let page = write(&explained, hostile);
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
        assert_eq!(page.matches("class=\"line ").count(), 2);
    }
}
