//! The outer view of a text: every quotation is one opaque token, and sentences are cut around it.
//!
//! Invariant: segments are in order, apart, and cover every outer token but breaks. A quotation is never cut.
//! Deliberately absent: sentences inside quotations; [`super::sentences`] counts those.

use std::ops::Range;

use super::incise::incise;
use super::lexicon::{Class, Lexicon};
use super::marks::MarkSpan;
use super::tokens::{Kind, Token, is_terminator};

/// Tokens of one sentence. Real ones stay far under it; a bound keeps hostile text linear.
const SEGMENT_TOKENS_MAX: usize = 250;

/// A quotation between marks, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Marked {
    /// Without its marks, trimmed.
    pub(super) inner: Range<usize>,
    /// Words inside.
    pub(super) words: usize,
    /// Whether the first word inside begins with a capital.
    pub(super) capital: bool,
    /// Whether all its words of weight are capitalised and they are few, as in the title of a work.
    pub(super) title: bool,
    /// The last character inside.
    pub(super) last: char,
}

/// One sentence of the outer view.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// Its outer tokens.
    pub(super) tokens: Range<usize>,
    /// The paragraph it stands in.
    pub(super) paragraph: usize,
    /// Whether nearly all its words are capitalised, as in headlines.
    pub(super) title_case: bool,
}

/// Puts one opaque token in the place of each span. A span that holds its own attribution becomes two, and the
/// attribution stands between them.
pub(super) fn view(
    text: &str,
    tokens: &[Token],
    spans: &[MarkSpan],
    lexicon: &Lexicon,
) -> (Vec<Token>, Vec<Marked>) {
    let mut outer = Vec::with_capacity(tokens.len());
    let mut marked: Vec<Marked> = Vec::with_capacity(spans.len());
    let mut at = 0;
    let mut spans = spans.iter().peekable();
    while let Some(token) = tokens.get(at) {
        let Some(span) = spans.next_if(|span| span.open == at) else {
            outer.push(*token);
            at += 1;
            continue;
        };
        let last = if span.closed {
            span.close
        } else {
            span.close.saturating_sub(1)
        };
        if let Some(incise) = incise(tokens, at + 1..last, lexicon) {
            let edge = |at: usize| tokens.get(at);
            let (Some(comma), Some(resume)) = (edge(incise.start), edge(incise.end)) else {
                at = last + 1;
                continue;
            };
            let close = edge(last).map_or(token.end, |last| last.end);
            let inner_end = if span.closed {
                edge(last).map_or(close, |last| last.start)
            } else {
                close
            };
            push_quote(
                text,
                tokens,
                &mut outer,
                &mut marked,
                token.start..comma.start,
                token.end..comma.start,
                at + 1..incise.start,
            );
            outer.extend(tokens.get(incise.clone()).unwrap_or_default());
            push_quote(
                text,
                tokens,
                &mut outer,
                &mut marked,
                resume.start..close,
                resume.start..inner_end,
                incise.end..last,
            );
            at = last + 1;
            continue;
        }
        let whole = token.start..tokens.get(last).map_or(token.end, |last| last.end);
        let inside = token.end..if span.closed {
            tokens.get(last).map_or(whole.end, |last| last.start)
        } else {
            whole.end
        };
        if span.closed && lexicon.marks_names() && is_name(tokens, at..last + 1, lexicon) {
            outer.push(Token {
                start: whole.start,
                end: whole.end,
                kind: Kind::Word,
                upper: true,
                class: Class::NONE,
            });
            at = last + 1;
            continue;
        }
        push_quote(text, tokens, &mut outer, &mut marked, whole, inside, at + 1..last);
        at = last + 1;
    }
    (outer, marked)
}

/// Words in the name of a body between marks: клуб «Динамо», газета «Новые известия».
const NAME_WORDS_MAX: usize = 4;

/// Whether what stands between the marks at both ends of `span` is a name: few words behind a word that is no cue,
/// the first with a capital, with no punctuation of a sentence in or around them.
fn is_name(tokens: &[Token], span: Range<usize>, lexicon: &Lexicon) -> bool {
    let inside = tokens
        .get(span.start + 1..span.end.saturating_sub(1))
        .unwrap_or_default();
    let words = inside.iter().filter(|token| token.is_word()).count();
    let plain = inside.iter().enumerate().all(|(at, token)| {
        matches!(
            token.kind,
            Kind::Word | Kind::Number | Kind::Punct('-' | '–' | '&')
        ) || token.is('.') && at + 1 < inside.len()
    });
    let before = span
        .start
        .checked_sub(1)
        .and_then(|before| tokens.get(before))
        .filter(|before| {
            before.is_word()
                && if lexicon.capital_nouns() {
                    before.class.has(Class::BODY) && before.upper
                } else {
                    !before.class.has(Class::SAY | Class::TELL | Class::SCARE)
                }
        });
    let spoken = tokens
        .get(span.end)
        .is_some_and(|next| next.is_comma() || next.is_dash())
        && tokens
            .iter()
            .skip(span.end)
            .take(4)
            .any(|token| token.class.has(Class::SAY) && !token.upper);
    let nested = inside.iter().any(|token| matches!(token.kind, Kind::Mark(_)));
    let capital = inside
        .iter()
        .find(|token| token.is_word())
        .is_some_and(|token| token.upper);
    before.is_some() && (1..=NAME_WORDS_MAX).contains(&words) && plain && capital && !spoken && !nested
}

fn push_quote(
    text: &str,
    tokens: &[Token],
    outer: &mut Vec<Token>,
    marked: &mut Vec<Marked>,
    whole: Range<usize>,
    inside: Range<usize>,
    words: Range<usize>,
) {
    let inner = trim(text, inside);
    let title = tokens
        .get(words.clone())
        .unwrap_or_default()
        .iter()
        .filter(|token| token.is_word())
        .all(|token| {
            token.upper
                || token
                    .class
                    .has(Class::PREPOSITION | Class::DETERMINER | Class::AND | Class::GENITIVE | Class::TO)
        });
    let words = tokens
        .get(words)
        .unwrap_or_default()
        .iter()
        .map(|token| token.weight(text))
        .sum();
    let content = text.get(inner.clone()).unwrap_or_default();
    outer.push(Token {
        start: whole.start,
        end: whole.end,
        kind: Kind::Quote(marked.len()),
        upper: false,
        class: Class::NONE,
    });
    marked.push(Marked {
        words,
        title: title && (1..=6).contains(&words),
        capital: content
            .chars()
            .find(|c| c.is_alphanumeric())
            .is_some_and(|c| !c.is_lowercase()),
        last: content.chars().next_back().unwrap_or(' '),
        inner,
    });
}

/// A range without the white space at its edges.
pub(super) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let Some(inside) = text.get(range.clone()) else {
        return range;
    };
    let start = range.end - inside.trim_start().len();
    let end = range.start + inside.trim_end().len();
    start.min(end)..end
}

/// Cuts the outer view into sentences.
pub(super) fn segments(text: &str, outer: &[Token], marked: &[Marked], lexicon: &Lexicon) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut start = 0;
    let mut paragraph = 0;
    let mut push = |tokens: Range<usize>, paragraph: usize| {
        if !tokens.is_empty() {
            let title_case = is_title_case(outer.get(tokens.clone()).unwrap_or_default());
            segments.push(Segment {
                tokens,
                paragraph,
                title_case,
            });
        }
    };
    for (at, token) in outer.iter().enumerate() {
        let next = outer.get(at + 1);
        if at - start >= SEGMENT_TOKENS_MAX {
            push(start..at, paragraph);
            start = at;
        }
        if token.kind == Kind::Break {
            push(start..at, paragraph);
            start = at + 1;
            paragraph += 1;
            continue;
        }
        let ends = match token.kind {
            Kind::Punct(c) if is_terminator(c) => match next {
                None => true,
                Some(next) => {
                    let glued = next.start == token.end && c == '.';
                    let goes_on = next.is_terminator()
                        || next.is_comma()
                        || matches!(next.kind, Kind::Punct(')' | ']' | ';'))
                        || (glued && next.is_word());
                    !goes_on && begins_sentence(next)
                }
            },
            // In Santa Rosa, Calif. “The reality is …”: an abbreviation may end its sentence too.
            Kind::Word if ends_with_stop(text, token) => next.is_some_and(|next| match next.kind {
                Kind::Quote(span) => marked.get(span).is_some_and(|marked| {
                    marked.capital
                        && marked.words > 3
                        && (is_terminator(marked.last) || is_stopped(text, token))
                }),
                _ if !is_stopped(text, token) => false,
                _ => {
                    next.upper
                        && next.class.has(Class::DETERMINER | Class::PRONOUN)
                        && !next.class.has(Class::TITLE)
                }
            }),
            Kind::Quote(span) => {
                let last = marked.get(span).map_or(' ', |marked| marked.last);
                is_terminator(last)
                    && next.is_some_and(|next| match next.kind {
                        Kind::Quote(_) => true,
                        Kind::Word | Kind::Number => {
                            next.upper
                                && if matches!(last, '.' | '。') && lexicon.has_possessive() {
                                    !is_attribution(outer, at + 1)
                                } else {
                                    !attributes(outer, at + 1)
                                }
                        }
                        _ => false,
                    })
            }
            _ => false,
        };
        if ends {
            push(start..at + 1, paragraph);
            start = at + 1;
        }
    }
    push(start..outer.len(), paragraph);
    segments
}

/// Whether a word took a full stop with it.
fn ends_with_stop(text: &str, token: &Token) -> bool {
    !token.class.has(Class::TITLE)
        && text
            .get(token.start..token.end)
            .is_some_and(|word| word.ends_with('.'))
}

/// Whether a word took a full stop with it, as initials do: U.S.
fn is_stopped(text: &str, token: &Token) -> bool {
    let word = text.get(token.start..token.end).unwrap_or_default();
    word.ends_with('.') && word.matches('.').count() > 1
}

fn begins_sentence(token: &Token) -> bool {
    match token.kind {
        Kind::Word => token.upper || !has_case(token),
        Kind::Number | Kind::Quote(_) | Kind::Break | Kind::Mark(_) => true,
        Kind::Punct(c) => matches!(c, '(' | '[' | '-' | '–' | '—' | '•' | '*' | '<' | '@' | '#' | '$'),
    }
}

/// Whether a word's script has letters of two sizes; one that has not may always begin a sentence.
fn has_case(token: &Token) -> bool {
    token.upper || !token.class.has(Class::NO_CASE)
}

/// Whether a cue stands within a few words, so that what follows a quotation is its attribution.
fn attributes(outer: &[Token], from: usize) -> bool {
    let mut comma = None;
    let mut last = None;
    for (at, token) in outer.iter().skip(from).take(30).enumerate() {
        if token.is_terminator() || token.kind == Kind::Break || token.quote().is_some() {
            return false;
        }
        let cue = token.class.has(Class::SAY | Class::TELL | Class::THUS) && !token.class.has(Class::GERUND);
        // “…?” Ana Prado, the head of the union, said.
        let framed = comma.is_some_and(|comma| comma <= 5) && last == Some(true);
        if cue && (at < 8 || framed) {
            return true;
        }
        if token.is_comma() && comma.is_none() {
            comma = Some(at);
        }
        last = Some(token.is_comma());
    }
    false
}

/// Whether all that stands before the next full stop is somebody with a cue: Trump said.
fn is_attribution(outer: &[Token], from: usize) -> bool {
    let mut last = Class::NONE;
    for token in outer.iter().skip(from).take(7) {
        if token.is_terminator() {
            return last.has(Class::SAY);
        }
        if !token.is_word() {
            return false;
        }
        last = token.class;
    }
    false
}

fn is_title_case(tokens: &[Token]) -> bool {
    let (mut words, mut upper) = (0, 0);
    for token in tokens.iter().filter(|token| token.is_word()) {
        if token
            .class
            .has(Class::PREPOSITION | Class::DETERMINER | Class::AND | Class::GENITIVE | Class::TO)
        {
            continue;
        }
        words += 1;
        upper += usize::from(token.upper);
    }
    words >= 4 && upper * 10 >= words * 8
}
