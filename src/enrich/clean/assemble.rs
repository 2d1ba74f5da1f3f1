//! Lines and what is known become the cleaned article.
//!
//! Invariant: `removed` lists what was taken out in the article's order, within the configured bytes; where a page
//! holds more, what stood beside the text comes first.

mod head;

use std::borrow::Cow;
use std::ops::Range;

use super::blocks::Break;
use super::evidence::{Words, words};
use super::lines::{self, Fate, Known, Line};
use super::metadata::Found;
use super::model::Model;
use super::page::{self, Judged};
use super::{CleanText, Cleaned, Metadata, parse, removal, state, unicode};
use crate::enrich::{EnrichError, Limits};
use crate::message::{RawArticle, Removed, RemovedReason};

/// Cleans a page.
pub(super) fn page(article: &RawArticle, html: &str, limits: &Limits) -> Result<Cleaned, EnrichError> {
    let (found, judged, metadata) = judge(article, html, limits)?;
    let cleaned = of_judged(judged, &found, metadata, limits);
    if cleaned.text.as_str().len() < TEXTLESS
        && let Some(stated) = stated(&found, html, &cleaned.metadata, limits)?
        && stated.text.as_str().len() > cleaned.text.as_str().len().max(TEXTLESS)
    {
        return Ok(stated);
    }
    Ok(cleaned)
}

/// The article of a page without a text of its own, out of the state that its script would draw it from.
fn stated(
    found: &Found,
    html: &str,
    metadata: &Metadata,
    limits: &Limits,
) -> Result<Option<Cleaned>, EnrichError> {
    let Some(body) = state::article(html) else {
        return Ok(None);
    };
    let page = format!("<body><article><div class=\"article-body\">{body}</div></article></body>");
    let tree = parse::parse(&page, limits.html_depth_max)?;
    let judged = page::judge(&tree, found, &metadata.authors);
    tree.make_room();
    Ok(Some(of_judged(judged, found, metadata.clone(), limits)))
}

/// A page's lines with what became of each, and what is known beside them.
pub(super) fn lines_of_page(
    article: &RawArticle,
    html: &str,
    limits: &Limits,
) -> Result<(Vec<Line>, Metadata), EnrichError> {
    let (found, judged, mut metadata) = judge(article, html, limits)?;
    let (lines, _) = fated(judged, &found, &mut metadata);
    Ok((lines, metadata))
}

fn judge(
    article: &RawArticle,
    html: &str,
    limits: &Limits,
) -> Result<(Found, Judged, Metadata), EnrichError> {
    let tree = parse::parse(html, limits.html_depth_max)?;
    let found = Found::of(&tree, article);
    let mut metadata = found.metadata(article);
    tidy(&mut metadata);
    let judged = page::judge(&tree, &found, &metadata.authors);
    tree.make_room();
    Ok((found, judged, metadata))
}

/// The article that a judged page holds.
pub(super) fn of_judged(judged: Judged, found: &Found, mut metadata: Metadata, limits: &Limits) -> Cleaned {
    let container = judged.container.clone();
    let (lines, keywords) = fated(judged, found, &mut metadata);
    let beside = beside(&lines, &container);
    let mut cleaned = finish(lines, metadata, &beside, limits);
    cleaned.keywords = found.keywords();
    cleaned.keywords.extend(keywords);
    cleaned
}

/// A judged page's lines with their fates, and the keywords that stand in lines of their own.
fn fated(judged: Judged, found: &Found, metadata: &mut Metadata) -> (Vec<Line>, Vec<String>) {
    let known = Known {
        titles: metadata
            .title
            .iter()
            .cloned()
            .chain(found.titles().into_iter().map(str::to_owned))
            .collect(),
        authors: metadata.authors.clone(),
        plain: false,
    };
    let (mut lines, mut keywords) = lines_of(judged, &known);
    let texts = lines.iter_mut().filter(|line| line.fate == Fate::Text);
    let mut kept: Vec<Line> = texts.map(std::mem::take).collect();
    let learned = lines::judge(&mut kept, &known);
    let mut fates = kept.into_iter();
    for line in &mut lines {
        if line.fate == Fate::Text
            && let Some(judged) = fates.next()
        {
            *line = judged;
        }
    }
    head::complete(metadata, &lines, found);
    keywords.extend(learned.keywords);
    if let Some(mut brought) = brought(&lines, found) {
        let learned = lines::judge(&mut brought, &known);
        keywords.extend(learned.keywords);
        lines.extend(brought);
    }
    (lines, keywords)
}

/// Bytes of text under which a page may hold its article as data alone.
const TEXTLESS: usize = 400;
/// How much more the data must hold.
const BROUGHT_TIMES: usize = 5;

/// The lines of the article that a page brings as data, where only a script would have shown it: the page has next to
/// no text of its own.
fn brought(lines: &[Line], found: &Found) -> Option<Vec<Line>> {
    let shown: usize = lines
        .iter()
        .filter(|line| line.fate == Fate::Text)
        .map(|line| line.text.len())
        .sum();
    let body = found.body()?;
    (shown < TEXTLESS && body.len() > shown.max(TEXTLESS) * BROUGHT_TIMES && !body.contains('<'))
        .then(|| lines::of_text(&unicode::tidy(body)))
}

/// Cleans text that somebody already extracted.
pub(super) fn text(article: &RawArticle, text: &str, limits: &Limits) -> Cleaned {
    let (lines, metadata, keywords) = judge_text(article, text);
    let all = 0..lines.len();
    let mut cleaned = finish(lines, metadata, &all, limits);
    cleaned.keywords = keywords;
    cleaned
}

/// A text's lines with what became of each, and what is known beside them.
pub(super) fn lines_of_text(article: &RawArticle, text: &str) -> (Vec<Line>, Metadata) {
    let (lines, metadata, _) = judge_text(article, text);
    (lines, metadata)
}

fn judge_text(article: &RawArticle, text: &str) -> (Vec<Line>, Metadata, Vec<String>) {
    let mut metadata = Metadata::default().told_by(article);
    tidy(&mut metadata);
    let mut lines = lines::of_text(&unicode::tidy(text));
    let known = Known {
        titles: metadata.title.iter().cloned().collect(),
        authors: metadata.authors.clone(),
        plain: true,
    };
    let learned = lines::judge(&mut lines, &known);
    metadata.title = metadata.title.or(learned.title);
    if metadata.authors.is_empty() {
        metadata.authors = learned.authors;
    }
    (lines, metadata, learned.keywords)
}

/// Likeness from which two lines say the same.
const SAME: f32 = 0.85;

/// A title, to be found again among lines.
struct Title {
    bytes: usize,
    words: Words,
}

impl Title {
    fn of(title: &str) -> Self {
        Self {
            bytes: title.len(),
            words: Words::of(words(title)),
        }
    }

    fn is_as_long(&self, line: &str) -> bool {
        self.bytes.min(line.len()) * 10 >= self.bytes.max(line.len()) * 6
    }
}

/// Whether a line says the same as one of the titles.
fn is_title(titles: &[Title], line: &str) -> bool {
    let mut near = titles.iter().filter(|title| title.is_as_long(line)).peekable();
    if near.peek().is_none() {
        return false;
    }
    let words = Words::of(words(line));
    near.any(|title| title.words.likeness(&words) >= SAME)
}

/// A page's blocks as lines, with the fates that the model and the markup give them; and the keywords that stand in
/// lines of their own.
fn lines_of(judged: Judged, known: &Known) -> (Vec<Line>, Vec<String>) {
    let threshold = Model::get().threshold;
    let titles: Vec<Title> = known.titles.iter().map(|title| Title::of(title)).collect();
    let mut keywords = Vec::new();
    let lines = judged
        .page
        .blocks
        .into_iter()
        .zip(&judged.likelihood)
        .zip(&judged.readings)
        .map(|((block, likelihood), reading)| {
            let text = unicode::tidy(&block.text);
            let fate = if *likelihood >= threshold {
                if page::is_shouted_link(&block) {
                    Fate::Removed(RemovedReason::RelatedLinks)
                } else {
                    Fate::Text
                }
            } else if is_title(&titles, &text) {
                Fate::Removed(RemovedReason::DuplicateTitle)
            } else if removal::is_caption(&block) && !removal::is_byline(&block, &reading.hits) {
                Fate::Caption(lines::caption_of(&text))
            } else if let Some(words) = lines::of_label(&text) {
                keywords.push(words.to_owned());
                Fate::Removed(RemovedReason::KeywordLine)
            } else if reading.is_summary() {
                Fate::Removed(RemovedReason::Deck)
            } else {
                Fate::Removed(removal::reason(&block, &reading.hits))
            };
            let text = match text {
                Cow::Borrowed(_) => None,
                Cow::Owned(text) => Some(text),
            };
            Line {
                before: block.before,
                heading: block.tag.is_heading(),
                quote: page::is_quote(&block),
                text: text.unwrap_or(block.text),
                likelihood: Some(*likelihood),
                fate,
            }
        })
        .collect();
    (lines, keywords)
}

/// The lines that stand around the text: from the container's first, or the text's, to the last.
fn beside(lines: &[Line], container: &Range<u32>) -> Range<usize> {
    let mut texts = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.fate == Fate::Text)
        .map(|(at, _)| at);
    let Some(first) = texts.next() else { return 0..0 };
    let last = texts.next_back().unwrap_or(first);
    // A container that is the whole page says nothing.
    let narrow = container.len() < (last - first + 1) * 2 + 10;
    if narrow {
        first.min(container.start as usize)..(last + 1).max(container.end as usize)
    } else {
        first..last + 1
    }
}

fn finish(lines: Vec<Line>, metadata: Metadata, beside: &Range<usize>, limits: &Limits) -> Cleaned {
    let mut cleaned = Cleaned {
        metadata,
        ..Cleaned::default()
    };
    let mut text = String::new();
    let mut block_quotes: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    let mut budget = limits.removed_bytes_max;
    let mut listed: Vec<(usize, Removed)> = Vec::new();
    let mut later: Vec<(usize, Removed)> = Vec::new();
    for (at, line) in lines.into_iter().enumerate() {
        match line.fate {
            Fate::Text if line.text.trim().is_empty() => {}
            Fate::Text => {
                if !text.is_empty() {
                    // A verse's lines stay together; a `br` after a whole sentence parts paragraphs.
                    let verse = line.before == Break::Line
                        && open
                        && !text.ends_with(['.', '!', '?', '"', '”', '»', '。']);
                    text.push_str(if verse { "\n" } else { "\n\n" });
                }
                let from = text.len();
                text.push_str(line.text.trim());
                if line.quote {
                    block_quotes.push(from..text.len());
                }
            }
            Fate::Title => {}
            Fate::Caption(ref caption) => {
                if beside.contains(&at)
                    && !cleaned.captions.contains(caption)
                    && caption.text.split_whitespace().count() > 1
                {
                    cleaned.captions.push(caption.clone());
                } else {
                    let removed = Removed {
                        reason: RemovedReason::Caption,
                        text: line.text,
                    };
                    if beside.contains(&at) {
                        listed.push((at, removed))
                    } else {
                        later.push((at, removed))
                    }
                }
            }
            Fate::Removed(reason) => {
                let removed = Removed {
                    reason,
                    text: line.text,
                };
                if beside.contains(&at) {
                    listed.push((at, removed))
                } else {
                    later.push((at, removed))
                }
            }
        }
        open = matches!(text.len(), 1..);
    }
    listed.append(&mut later);
    let mut removed: Vec<(usize, Removed)> = listed
        .into_iter()
        .filter(|(_, removed)| match budget.checked_sub(removed.text.len()) {
            Some(rest) => {
                budget = rest;
                true
            }
            None => false,
        })
        .collect();
    removed.sort_by_key(|(at, _)| *at);
    cleaned.removed = removed.into_iter().map(|(_, removed)| removed).collect();
    cleaned.text = CleanText { text, block_quotes };
    cleaned
}

/// What the page says of itself is spoilt as often as its text.
pub(super) fn tidy(metadata: &mut Metadata) {
    let tidied = |text: &mut String| {
        let tidy = unicode::tidy(text);
        *text = tidy.split_whitespace().collect::<Vec<_>>().join(" ");
    };
    for text in [
        &mut metadata.title,
        &mut metadata.description,
        &mut metadata.site_name,
        &mut metadata.section,
    ]
    .into_iter()
    .flatten()
    {
        tidied(text);
    }
    metadata.authors.iter_mut().for_each(tidied);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Caption;

    #[test]
    fn a_caption_is_kept_once() {
        let line = |fate: Fate| Line {
            text: "x".to_owned(),
            before: Break::Paragraph,
            heading: false,
            quote: false,
            likelihood: None,
            fate,
        };
        let caption = Caption {
            text: "A bridge".to_owned(),
            credit: None,
        };
        let lines = vec![line(Fate::Caption(caption.clone())), line(Fate::Caption(caption))];
        let cleaned = finish(lines, Metadata::default(), &(0..2), &Limits::default());
        assert_eq!((cleaned.captions.len(), cleaned.removed.len()), (1, 1));
    }
}
