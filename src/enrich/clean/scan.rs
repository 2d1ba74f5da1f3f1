//! From a page's bytes to start tags, end tags and text, as the HTML standard's tokenizer tells them apart.
//!
//! Invariant: linear. No byte is looked at more than a few times, whatever stands before it; only attributes in
//! [`Attr`] are kept, and entities are decoded only in what is kept.
//!
//! Why not the library's tokenizer: it moves every byte of the page through a state machine, and three bytes of four
//! are scripts, styles and attributes that nobody reads. A test holds that both see the same page; entities are
//! decoded by the library.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};

use super::steps;
use super::tree::{Attr, Tag};

/// A piece of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A start tag. Its attributes are in [`Scanner::attrs`].
    Start {
        tag: Tag,
        /// Whether it ends in `/>`.
        self_closing: bool,
    },
    /// An end tag.
    End(Tag),
    /// Text between tags, with its entities if the flag is set.
    Text { raw: &'a str, entities: bool },
}

/// Cuts a page into tokens.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    html: &'a str,
    at: usize,
    attrs: Vec<(Attr, &'a str)>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self {
            html,
            at: 0,
            attrs: Vec::with_capacity(16),
        }
    }

    /// The byte that comes next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Attributes of the last start tag, each name once, as they are written.
    pub(super) fn attrs(&self) -> &[(Attr, &'a str)] {
        &self.attrs
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let from = self.at;
            let open = self.markup(from);
            if open > from {
                self.at = open;
                return Some(Token::Text {
                    raw: self.slice(from, open),
                    entities: true,
                });
            }
            if from >= self.html.len() {
                return None;
            }
            match self.byte(from + 1) {
                Some(b'!') => self.declaration(),
                Some(b'?') => self.skip_to_end_mark(from + 2),
                Some(b'/') => match self.byte(from + 2) {
                    Some(byte) if byte.is_ascii_alphabetic() => {
                        let tag = self.name(from + 2);
                        self.attributes(false)?;
                        return Some(Token::End(tag));
                    }
                    _ => self.skip_to_end_mark(from + 2),
                },
                _ => {
                    let tag = self.name(from + 1);
                    let self_closing = self.attributes(true)?;
                    return Some(Token::Start { tag, self_closing });
                }
            }
        }
    }

    /// The content of an element that holds no markup, up to its end tag; call it after its start tag.
    pub(super) fn raw_text(&mut self, tag: Tag) -> Option<Token<'a>> {
        let (name, entities): (&[u8], bool) = match tag {
            Tag::Title => (b"title", true),
            Tag::Textarea => (b"textarea", true),
            Tag::Script => (b"script", false),
            Tag::Style => (b"style", false),
            Tag::Iframe => (b"iframe", false),
            Tag::Noscript => (b"noscript", false),
            Tag::Xmp => (b"xmp", false),
            Tag::Noembed => (b"noembed", false),
            Tag::Noframes => (b"noframes", false),
            Tag::Plaintext => (b"", false),
            _ => return None,
        };
        let from = self.at;
        let end = match tag {
            Tag::Plaintext => self.html.len(),
            Tag::Script => self.end_of_script(from),
            _ => self.end_of_raw(from, name),
        };
        self.at = end;
        (end > from).then(|| Token::Text {
            raw: self.slice(from, end),
            entities,
        })
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        // Both ends stand beside ASCII marks, so they are boundaries.
        self.html.get(from..to).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.html.as_bytes().get(at).copied()
    }

    fn rest(&self, from: usize) -> &'a [u8] {
        self.html.as_bytes().get(from..).unwrap_or_default()
    }

    /// Where the next tag, comment or declaration begins: a `<` before anything else is text.
    fn markup(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(found) = memchr(b'<', self.rest(at)) {
            steps::count(found + 1);
            let open = at + found;
            match (self.byte(open + 1), self.byte(open + 2)) {
                (Some(b'!' | b'?'), _) | (Some(b'/'), Some(_)) => return open,
                (Some(byte), _) if byte.is_ascii_alphabetic() => return open,
                _ => at = open + 1,
            }
        }
        self.html.len()
    }

    fn skip_to_end_mark(&mut self, from: usize) {
        self.at = memchr(b'>', self.rest(from)).map_or(self.html.len(), |found| from + found + 1);
        steps::count(self.at - from);
    }

    /// Passes a comment, a doctype or what is neither.
    fn declaration(&mut self) {
        let from = self.at;
        if !self.rest(from).starts_with(b"<!--") {
            self.skip_to_end_mark(from + 2);
            return;
        }
        let mut at = from + 4;
        for early in [&b">"[..], b"->"] {
            if self.rest(at).starts_with(early) {
                self.at = at + early.len();
                return;
            }
        }
        while let Some(found) = memmem::find(self.rest(at), b"--") {
            steps::count(found + 1);
            let dashes = at + found;
            match (self.byte(dashes + 2), self.byte(dashes + 3)) {
                (Some(b'>'), _) => {
                    self.at = dashes + 3;
                    return;
                }
                (Some(b'!'), Some(b'>')) => {
                    self.at = dashes + 4;
                    return;
                }
                _ => at = dashes + 1,
            }
        }
        self.at = self.html.len();
    }

    /// Reads a tag's name; the scanner stands behind it.
    fn name(&mut self, from: usize) -> Tag {
        let bytes = self.html.as_bytes();
        let end = self.rest(from).iter().position(|byte| is(*byte, SPACE | TAG_END));
        self.at = end.map_or(bytes.len(), |end| from + end);
        Tag::at(bytes, from..self.at)
    }

    /// Passes a tag's attributes and its end, keeping those that matter; whether the tag ends in `/>`. `None` where
    /// the page ends inside the tag.
    fn attributes(&mut self, keep: bool) -> Option<bool> {
        if keep {
            self.attrs.clear();
        }
        let bytes = self.html.as_bytes();
        let mut at = self.at;
        let skipped = |mut at: usize| {
            while bytes.get(at).is_some_and(|byte| is(*byte, SPACE)) {
                at += 1;
            }
            at
        };
        let ended = loop {
            at = skipped(at);
            match bytes.get(at) {
                None => break None,
                Some(b'>') => break Some((at + 1, false)),
                Some(b'/') if bytes.get(at + 1) == Some(&b'>') => break Some((at + 2, true)),
                Some(b'/') => {
                    at += 1;
                    continue;
                }
                Some(_) => {}
            }
            // A name may begin with `=`, and only there holds one.
            let name_from = at;
            at += 1;
            while bytes
                .get(at)
                .is_some_and(|byte| !is(*byte, SPACE | TAG_END | EQUALS))
            {
                at += 1;
            }
            let name_to = at;
            at = skipped(at);
            let mut value = (at, at);
            if bytes.get(at) == Some(&b'=') {
                at = skipped(at + 1);
                match bytes.get(at) {
                    None => break None,
                    Some(quote @ (b'"' | b'\'')) => {
                        let Some(found) = memchr(*quote, self.rest(at + 1)) else {
                            break None;
                        };
                        value = (at + 1, at + 1 + found);
                        at = value.1 + 1;
                    }
                    Some(b'>') => value = (at, at),
                    Some(_) => {
                        let from = at;
                        while bytes
                            .get(at)
                            .is_some_and(|byte| !is(*byte, SPACE) && *byte != b'>')
                        {
                            at += 1;
                        }
                        value = (from, at);
                    }
                }
            }
            if keep {
                let attr = Attr::at(bytes, name_from..name_to);
                if attr != Attr::Other && !self.attrs.iter().any(|(known, _)| *known == attr) {
                    let value = self.slice(value.0, value.1);
                    self.attrs.push((attr, value));
                }
            }
        };
        steps::count(at - self.at);
        self.at = ended.map_or(self.html.len(), |(at, _)| at);
        ended.map(|(_, self_closing)| self_closing)
    }

    /// Whether an end tag of that name begins at `open`.
    fn is_end_tag(&self, open: usize, name: &[u8]) -> bool {
        let rest = self.rest(open);
        let Some(rest) = rest.strip_prefix(b"</") else {
            return false;
        };
        is_name(rest, name)
    }

    fn end_of_raw(&self, from: usize, name: &[u8]) -> usize {
        let mut at = from;
        while let Some(found) = memchr(b'<', self.rest(at)) {
            steps::count(found + 1);
            let open = at + found;
            if self.is_end_tag(open, name) {
                return open;
            }
            at = open + 1;
        }
        self.html.len()
    }

    /// A script ends at its end tag, but for scripts inside a comment inside it.
    fn end_of_script(&self, from: usize) -> usize {
        let mut at = from;
        let mut comment = false;
        let mut inner = false;
        loop {
            let rest = self.rest(at);
            let found = if comment {
                memchr2(b'<', b'-', rest)
            } else {
                memchr(b'<', rest)
            };
            let Some(found) = found else {
                return self.html.len();
            };
            steps::count(found + 1);
            let mark = at + found;
            let rest = self.rest(mark);
            if rest.starts_with(b"-->") {
                (comment, inner) = (false, false);
                at = mark + 3;
            } else if !comment && rest.starts_with(b"<!--") {
                comment = true;
                // `<!-->` is a whole comment.
                at = mark + 2;
            } else if self.is_end_tag(mark, b"script") {
                if !inner {
                    return mark;
                }
                inner = false;
                at = mark + 8;
            } else {
                inner |= comment
                    && rest.first() == Some(&b'<')
                    && is_name(rest.get(1..).unwrap_or_default(), b"script");
                at = mark + 1;
            }
        }
    }
}

/// Whether bytes begin with a tag's name and what ends one.
fn is_name(bytes: &[u8], name: &[u8]) -> bool {
    bytes
        .get(..name.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(name))
        && bytes
            .get(name.len())
            .is_some_and(|byte| is(*byte, SPACE | TAG_END))
}

/// What parts a tag: white space, what ends one, what stands between a name and its value.
const SPACE: u8 = 1;
const TAG_END: u8 = 2;
const EQUALS: u8 = 4;

/// Of each byte what it is of these.
static SORTS: [u8; 256] = {
    let mut sorts = [0; 256];
    let mut rest: &mut [u8] = &mut sorts;
    while let Some((last, before)) = rest.split_last_mut() {
        *last = match before.len() as u8 {
            b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' => SPACE,
            b'/' | b'>' => TAG_END,
            b'=' => EQUALS,
            _ => 0,
        };
        rest = before;
    }
    sorts
};

/// Whether a byte is one of these sorts.
fn is(byte: u8, sorts: u8) -> bool {
    SORTS.get(usize::from(byte)).is_some_and(|sort| sort & sorts != 0)
}

/// Longest entity's name, with some room.
const ENTITY_BYTES_MAX: usize = 40;

/// A text without its entities.
pub(super) fn decoded(raw: &str, in_attribute: bool) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', raw.as_bytes()) else {
        return Cow::Borrowed(raw);
    };
    let mut out = String::with_capacity(raw.len());
    out.push_str(raw.get(..first).unwrap_or_default());
    let mut rest = raw.get(first..).unwrap_or_default();
    while let Some(inner) = rest.strip_prefix('&') {
        let end = inner
            .bytes()
            .take(ENTITY_BYTES_MAX)
            .position(|byte| !byte.is_ascii_alphanumeric() && byte != b'#')
            .unwrap_or(inner.len().min(ENTITY_BYTES_MAX));
        // In an attribute `&copy=` is a part of an address.
        let end = match inner.as_bytes().get(end) {
            Some(b';') => end + 1,
            Some(b'=') if in_attribute => end + 1,
            _ => end,
        };
        let taken = inner.get(..end).unwrap_or_default();
        match taken {
            "amp;" => out.push('&'),
            "quot;" => out.push('"'),
            "nbsp;" | "#160;" => out.push('\u{a0}'),
            "#039;" | "#39;" | "#x27;" | "apos;" => out.push('\''),
            "lt;" => out.push('<'),
            "gt;" => out.push('>'),
            "" => out.push('&'),
            _ => by_library(taken, in_attribute, &mut out),
        }
        let rest_from = inner.get(end..).unwrap_or_default();
        let next = memchr(b'&', rest_from.as_bytes()).unwrap_or(rest_from.len());
        out.push_str(rest_from.get(..next).unwrap_or_default());
        rest = rest_from.get(next..).unwrap_or_default();
    }
    Cow::Owned(out)
}

/// An ampersand and what follows it, decoded as the standard says.
fn by_library(taken: &str, in_attribute: bool, out: &mut String) {
    let piece = if in_attribute {
        format!("<a b=\"&{taken}\">")
    } else {
        format!("&{taken}")
    };
    for token in html5gum::Tokenizer::new(&piece).flatten() {
        match token {
            html5gum::Token::String(text) => out.push_str(&String::from_utf8_lossy(&text)),
            html5gum::Token::StartTag(tag) => {
                for value in tag.attributes.values() {
                    out.push_str(&String::from_utf8_lossy(value));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
