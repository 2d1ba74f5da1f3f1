//! The pass over lines, the same for a page's blocks and for text that somebody already extracted.
//!
//! Invariant: a line leaves the text only by a rule that gives its reason; what stays stays in order and unchanged
//! but for what a rule cut off its end or beginning.

mod captions;
mod keywords;
mod phrases;
mod titles;

pub(super) use captions::caption_of;
pub(super) use keywords::of_label;

use std::cell::OnceCell;

use super::blocks::Break;
use super::lexicon::{self, Hit};
use crate::enrich::letters::is_of_word;
use crate::message::{Caption, RemovedReason};

/// A line of a page or text.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) text: String,
    /// What parts it from the line before.
    pub(super) before: Break,
    /// Whether it is marked up as a heading.
    pub(super) heading: bool,
    /// Whether it stands in a block quote.
    pub(super) quote: bool,
    /// How sure it is text before this pass: of a page what the model thinks, of plain text nothing.
    pub(super) likelihood: Option<f32>,
    /// What becomes of it.
    pub(super) fate: Fate,
}

/// What becomes of a line.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Fate {
    /// It is text.
    #[default]
    Text,
    /// It is not.
    Removed(RemovedReason),
    /// It is a picture's.
    Caption(Caption),
    /// It is the headline, where nobody else told one.
    Title,
}

/// What is known beside the lines.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) titles: Vec<String>,
    pub(super) authors: Vec<String>,
    /// Whether the lines are of plain text, where nobody chose them.
    pub(super) plain: bool,
}

/// What the pass finds beside fates.
#[derive(Debug, Default)]
pub(super) struct Learned {
    pub(super) title: Option<String>,
    pub(super) keywords: Vec<String>,
    pub(super) authors: Vec<String>,
}

/// A line as the rules see it.
pub(super) struct View {
    folded: String,
    words: usize,
    ends_sentence: bool,
    hits: OnceCell<Vec<Hit>>,
}

impl View {
    fn of(text: &str) -> Self {
        let folded = lexicon::fold(text);
        let words = if folded.is_ascii() {
            let parts = folded.as_bytes().split(|byte| *byte == b' ');
            parts
                .filter(|part| part.iter().any(u8::is_ascii_alphanumeric))
                .count()
        } else {
            let (mut parts, mut unspaced, mut open) = (0, 0, false);
            for char in folded.chars() {
                if char == ' ' {
                    parts += usize::from(open);
                    open = false;
                } else {
                    open = open || is_of_word(char);
                    unspaced += usize::from(lexicon::is_unspaced(char));
                }
            }
            parts + usize::from(open) + unspaced / 2
        };
        let last = text
            .chars()
            .rev()
            .find(|char| !matches!(char, '"' | '”' | '“' | '»' | '’' | '\'' | ')' | ']' | '」' | ' '));
        let ends_sentence = last
            .is_some_and(|char| matches!(char, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।' | '۔'));
        Self {
            folded,
            words,
            ends_sentence,
            hits: OnceCell::new(),
        }
    }

    /// Phrases that it holds, looked for once.
    fn hits(&self) -> &[Hit] {
        self.hits.get_or_init(|| lexicon::hits(&self.folded))
    }

    /// Whether it is a paragraph of running text.
    fn is_prose(&self) -> bool {
        self.words >= 18 && self.ends_sentence || self.words >= 40
    }
}

/// Gives every line its fate.
pub(super) fn judge(lines: &mut [Line], known: &Known) -> Learned {
    let mut learned = Learned::default();
    let views: Vec<View> = lines.iter().map(|line| View::of(&line.text)).collect();
    titles::mark(lines, &views, known, &mut learned);
    captions::mark(lines, &views);
    keywords::mark(lines, &views, &mut learned);
    phrases::mark(lines, &views, known, &mut learned);
    if known.plain {
        titles::mark_first(lines, &views, known, &mut learned);
    }
    learned
}

/// First and last line of running text that is still text.
fn body(lines: &[Line], views: &[View]) -> Option<(usize, usize)> {
    let mut prose = lines
        .iter()
        .zip(views)
        .enumerate()
        .filter(|(_, (line, view))| line.fate == Fate::Text && view.is_prose())
        .map(|(at, _)| at);
    let first = prose.next()?;
    Some((first, prose.next_back().unwrap_or(first)))
}

/// A line of plain text, and the lines of a whole one.
pub(super) fn of_text(text: &str) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let wrapped = is_wrapped(text);
    let mut blank = true;
    for line in text.split('\n') {
        let line = one_spaced(line);
        if line.is_empty() {
            blank = true;
            continue;
        }
        if wrapped
            && !blank
            && let Some(last) = out.last_mut()
        {
            last.text.push(' ');
            last.text.push_str(&line);
            continue;
        }
        out.push(Line {
            text: line,
            before: Break::Paragraph,
            heading: false,
            quote: false,
            likelihood: None,
            fate: Fate::Text,
        });
        blank = false;
    }
    out
}

/// A line with single spaces, none at its ends.
fn one_spaced(line: &str) -> String {
    if is_one_spaced(line) {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len());
    for word in line.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether the white space of a line is single spaces inside it, as most lines come.
fn is_one_spaced(line: &str) -> bool {
    let mut before = b' ';
    for byte in line.bytes() {
        if matches!(byte, b'\t'..=b'\r') || byte == b' ' && before == b' ' {
            return false;
        }
        before = byte;
    }
    before != b' ' && (line.is_ascii() || !line.chars().any(|char| !char.is_ascii() && char.is_whitespace()))
}

/// Whether lines were broken at a column, as in mails: most are near the longest, and few end a sentence.
fn is_wrapped(text: &str) -> bool {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    if lines.len() < 8 || !(40..=100).contains(&longest) || !text.contains("\n\n") {
        return false;
    }
    let full = lines
        .iter()
        .filter(|line| line.chars().count() * 10 >= longest * 8)
        .count();
    let open = lines
        .iter()
        .filter(|line| !line.ends_with(['.', '!', '?', '"', '”', ':']))
        .count();
    full * 10 >= lines.len() * 6 && open * 10 >= lines.len() * 6
}
