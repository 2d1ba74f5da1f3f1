//! The automaton of quotation marks: which mark opens, which closes, what is an apostrophe.
//!
//! Invariant: spans nest or are apart, and every one lies within the text. Every token is looked at a bounded
//! number of times. Deliberately absent: whether a span is a quotation; that is for attribution and the filter.

use super::lexicon::Class;
use super::tokens::{Kind, Token};

/// Marks that can be open at once. The outermost is given up for a deeper one, so that hostile text stays linear.
const DEPTH_MAX: usize = 16;

/// What stands between two marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MarkSpan {
    /// The token of the opening mark.
    pub(super) open: usize,
    /// The token of the closing mark; for an unclosed span one past its last token.
    pub(super) close: usize,
    /// Whether a closing mark was found.
    pub(super) closed: bool,
}

/// One mark that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    at: usize,
    mark: char,
    /// Token where a quotation over paragraphs began.
    from: usize,
}

/// How a language writes its marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkStyle {
    /// “ ” ‘ ’ « ».
    HighHigh,
    /// „ “ ‚ ‘ » «.
    LowHigh,
}

/// Finds speech that a dash opens at the head of a paragraph, up to the dash or comma before its cue. `covered`
/// are the spans that marks make; a dash inside one opens nothing.
pub(super) fn dashes(tokens: &[Token], covered: Vec<MarkSpan>) -> Vec<MarkSpan> {
    let mut spans: Vec<MarkSpan> = Vec::new();
    let mut head = true;
    for (at, token) in tokens.iter().enumerate() {
        if token.kind == Kind::Break {
            head = true;
            continue;
        }
        if head
            && token.is_dash()
            && tokens
                .get(at + 1)
                .is_some_and(|next| next.is_word() && next.start > token.end)
        {
            let end = tokens
                .iter()
                .enumerate()
                .skip(at + 2)
                .take_while(|(_, token)| token.kind != Kind::Break)
                .find(|(here, token)| {
                    (token.is_dash() || token.is_comma())
                        && tokens
                            .get(here + 1)
                            .is_some_and(|next| next.class.has(Class::SAY) && !next.upper)
                });
            if let Some((close, _)) = end {
                spans.push(MarkSpan {
                    open: at,
                    close,
                    closed: true,
                });
            }
        }
        head = false;
    }
    if spans.is_empty() {
        return covered;
    }
    let mut all: Vec<MarkSpan> = covered.into_iter().chain(spans).collect();
    all.sort_by_key(|span| span.open);
    outermost(all)
}

/// Finds the outermost spans of the marks in a text.
pub(super) fn find(text: &str, tokens: &[Token], style: MarkStyle) -> Vec<MarkSpan> {
    let mut spans: Vec<MarkSpan> = Vec::new();
    let mut stack: Vec<Open> = Vec::new();
    let mut held: Option<Open> = None;
    let mut first_of_paragraph = true;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Break => {
                let open = stack.iter().find(|open| !matches!(open.mark, '\'' | '‘' | '‚'));
                held = open.copied();
                if let Some(open) = held
                    && !continues(tokens, at, open.mark)
                {
                    if open.from != open.at || opens_after_colon(tokens, open.from) {
                        close(&mut spans, open.from, at, false);
                    }
                    held = None;
                }
                stack.clear();
                first_of_paragraph = true;
                continue;
            }
            Kind::Mark(mark) => {
                if first_of_paragraph && let Some(open) = held.take() {
                    // A new paragraph of a quotation opens with the mark again and closes it once.
                    stack.push(Open {
                        at,
                        mark: open.mark,
                        from: open.from,
                    });
                    first_of_paragraph = false;
                    continue;
                }
                step(text, tokens, style, at, mark, &mut stack, &mut spans);
            }
            _ => {}
        }
        first_of_paragraph = false;
    }
    let open = stack.iter().find(|open| !matches!(open.mark, '\'' | '‘' | '‚'));
    if let Some(open) = open
        && (open.from != open.at || opens_after_colon(tokens, open.from))
    {
        close(&mut spans, open.from, tokens.len(), false);
    }
    outermost(spans)
}

fn step(
    text: &str,
    tokens: &[Token],
    style: MarkStyle,
    at: usize,
    mark: char,
    stack: &mut Vec<Open>,
    spans: &mut Vec<MarkSpan>,
) {
    let Some(token) = tokens.get(at) else { return };
    let before = text.get(..token.start).and_then(|head| head.chars().next_back());
    let after = text.get(token.end..).and_then(|rest| rest.chars().next());
    let glued_before = before.is_some_and(char::is_alphanumeric);
    let glued_after = after.is_some_and(char::is_alphanumeric);
    if matches!(mark, '\'' | '’') && glued_before && glued_after {
        return;
    }
    let closing = stack.iter().rposition(|open| closes(open.mark, mark, style));
    if let Some(hit) = closing {
        let ascii = matches!(mark, '"' | '＂');
        let single = matches!(mark, '\'' | '’' | '‘');
        let space_before = before.is_none_or(char::is_whitespace);
        let foreign =
            matches!(stack.get(hit).map(|open| open.mark), Some(open) if ascii != matches!(open, '"' | '＂'));
        if foreign && ascii && (glued_after || space_before) {
            // A straight mark inside curly ones that opens a quotation of its own.
            stack.push(Open { at, mark, from: at });
            return;
        }
        let reopens =
            ascii && space_before && after.is_some_and(|c| !c.is_whitespace()) && !ends_clause(tokens, at);
        if single
            && (glued_after
                || before == Some('s') && after == Some(' ') && closes_later(text, tokens, at, mark))
        {
            return;
        }
        if reopens {
            // The one before was never closed.
            stack.truncate(hit);
            stack.push(Open { at, mark, from: at });
            return;
        }
        if let Some(open) = stack.get(hit).copied() {
            stack.truncate(hit);
            close(spans, open.from, at, true);
        }
        return;
    }
    // An opening mark in the closing one's place: “like this“.
    if mark == '“'
        && !glued_after
        && let Some(hit) = stack.iter().rposition(|open| open.mark == '“')
        && (before.is_some_and(|c| !c.is_whitespace()) || after.is_none_or(|c| c == '\n'))
        && let Some(open) = stack.get(hit).copied()
    {
        stack.truncate(hit);
        close(spans, open.from, at, true);
        return;
    }
    if opens(mark, style, before, after) {
        if stack.len() >= DEPTH_MAX {
            stack.remove(0);
        }
        stack.push(Open { at, mark, from: at });
    }
}

/// Whether the same mark stands behind a comma or a stop further on, so that the one at `at`, behind an s, is the
/// apostrophe of a plural: ‘the workers’ van,’ he said.
fn closes_later(text: &str, tokens: &[Token], at: usize, mark: char) -> bool {
    let char_before = |token: &Token| text.get(..token.start).and_then(|head| head.chars().next_back());
    tokens
        .iter()
        .skip(at + 1)
        .take(120)
        .take_while(|token| token.kind != Kind::Break)
        .filter(|token| token.kind == Kind::Mark(mark) || token.kind == Kind::Mark('‘'))
        .map(char_before)
        .next()
        .flatten()
        .is_some_and(|c| matches!(c, ',' | '.' | '!' | '?'))
}

fn ends_clause(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1)
        .and_then(|before| tokens.get(before))
        .is_some_and(|token| token.is_comma() || token.is_terminator())
}

/// Whether `mark` closes a span that `open` opened.
fn closes(open: char, mark: char, style: MarkStyle) -> bool {
    match open {
        '“' => matches!(mark, '”' | '"') || (style == MarkStyle::LowHigh && mark == '“'),
        '„' => matches!(mark, '“' | '”' | '‟' | '"'),
        '‟' => mark == '”',
        '”' => mark == '”',
        '‚' => matches!(mark, '‘' | '’'),
        '‘' => mark == '’',
        '«' => mark == '»',
        '»' => mark == '«',
        '‹' => mark == '›',
        '›' => mark == '‹',
        '「' => mark == '」',
        '『' => mark == '』',
        '"' => matches!(mark, '"' | '”'),
        '＂' => mark == open,
        '\'' => mark == '\'',
        _ => false,
    }
}

/// Whether a mark opens a span where it stands.
fn opens(mark: char, style: MarkStyle, before: Option<char>, after: Option<char>) -> bool {
    let glued_before = before.is_some_and(char::is_alphanumeric);
    let solid_after = after.is_some_and(|c| !c.is_whitespace());
    let word_after = after.is_some_and(char::is_alphanumeric);
    match mark {
        '“' | '„' | '「' | '『' => true,
        '«' | '‹' => style == MarkStyle::HighHigh || !glued_before && after.is_some(),
        '»' | '›' => style == MarkStyle::LowHigh && !glued_before && solid_after,
        '”' => {
            !glued_before
                && solid_after
                && before.is_none_or(|c| !matches!(c, '.' | ',' | '!' | '?' | ';' | ':' | '…' | ')'))
        }
        '‘' | '‚' => !glued_before && solid_after,
        '"' | '＂' => solid_after,
        '\'' => {
            word_after
                && !after.is_some_and(char::is_numeric)
                && before
                    .is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“' | '—' | '–' | '-'))
        }
        _ => false,
    }
}

/// Whether the paragraph after the break at `at` opens with the same mark.
fn continues(tokens: &[Token], at: usize, mark: char) -> bool {
    matches!(tokens.get(at + 1).map(|token| token.kind), Some(Kind::Mark(next)) if next == mark || (mark == '«' && next == '»'))
}

/// Whether the mark follows a colon or a comma, so that an unclosed one still introduces speech.
fn opens_after_colon(tokens: &[Token], open: usize) -> bool {
    open.checked_sub(1)
        .and_then(|before| tokens.get(before))
        .is_some_and(|token| token.is_colon() || token.is_comma())
}

fn close(spans: &mut Vec<MarkSpan>, open: usize, close: usize, closed: bool) {
    if close > open + 1 {
        // Whatever ended inside this span is nested in it.
        while spans.last().is_some_and(|span| span.open > open) {
            spans.pop();
        }
        spans.push(MarkSpan { open, close, closed });
    }
}

fn outermost(spans: Vec<MarkSpan>) -> Vec<MarkSpan> {
    let mut kept: Vec<MarkSpan> = Vec::with_capacity(spans.len());
    for span in spans {
        if kept.last().is_none_or(|last| last.close < span.open) {
            kept.push(span);
        }
    }
    kept
}
