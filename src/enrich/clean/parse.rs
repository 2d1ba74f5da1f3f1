//! From the tokenizer's events to the tree, as browsers would where it matters on news pages.
//!
//! Invariant: linear. An element is opened and closed once; every look up the stack of open elements either pops
//! what it passes or ends after [`SCOPE`] steps.
//!
//! Absent on purpose: the HTML standard's insertion modes. Implied end tags, misnested links, void and raw
//! elements are enough to find text; foster parenting and the list of active formatting elements are not needed.

use super::scan::{Scanner, Token, decoded};
use super::steps;
use super::tree::{Attr, DEPTH_CAP, NONE, NodeId, Tag, Tree};
use crate::enrich::EnrichError;

/// How far an end tag or an implied end looks up the stack.
const SCOPE: usize = 256;
/// Bytes kept of one attribute's value: enough for any description, too few for an inlined picture.
const VALUE_BYTES_MAX: usize = 8 << 10;

/// Parses a page.
///
/// # Errors
/// [`EnrichError::TooDeep`] when more than `depth_max` elements are open inside one another.
pub(super) fn parse(html: &str, depth_max: usize) -> Result<Tree, EnrichError> {
    let mut builder = Builder::new(html.len());
    let mut scanner = Scanner::new(html);
    while let Some(token) = scanner.next() {
        match token {
            Token::Text { raw, entities } => builder.text(raw, entities),
            Token::End(tag) => builder.end(tag),
            Token::Start { tag, self_closing } => {
                let opened = builder.start(tag, scanner.attrs(), self_closing);
                if builder.open.len() > depth_max {
                    return Err(EnrichError::TooDeep {
                        depth: builder.open.len(),
                        at: scanner.at().saturating_sub(1),
                        limit: depth_max,
                    });
                }
                if opened && let Some(Token::Text { raw, entities }) = scanner.raw_text(tag) {
                    builder.text(raw, entities);
                }
            }
        }
    }
    Ok(builder.tree)
}

#[derive(Debug, Clone, Copy)]
struct Open {
    tag: Tag,
    node: NodeId,
}

struct Builder {
    tree: Tree,
    open: Vec<Open>,
    /// Open elements by tag, so that an end tag without a start costs nothing.
    counts: [u32; Tag::COUNT],
    /// Open elements whose content is not text.
    opaque: u32,
    /// Whether the script that is open is JSON-LD.
    json_ld: bool,
}

impl Builder {
    fn new(bytes: usize) -> Self {
        let mut tree = Tree::with_room(bytes);
        let root = tree.push_element(NONE, Tag::Html, std::iter::empty());
        let mut builder = Self {
            tree,
            open: Vec::new(),
            counts: [0; Tag::COUNT],
            opaque: 0,
            json_ld: false,
        };
        builder.push(Tag::Html, root);
        builder
    }

    fn text(&mut self, raw: &str, entities: bool) {
        let current = self.open.last().map_or(Tag::Html, |open| open.tag);
        let read = self.opaque == 0
            || (current == Tag::Script && self.json_ld)
            || (current == Tag::Title && self.opaque == 1);
        if !read {
            return;
        }
        let text = if entities { decoded(raw, false) } else { raw.into() };
        match current {
            Tag::Script if self.json_ld => self.tree.json_ld.push(text.into_owned()),
            Tag::Title if self.opaque == 1 && self.tree.title.is_empty() => {
                self.tree.title = text.trim().to_owned()
            }
            _ if self.opaque > 0 => {}
            _ => {
                let parent = self.parent();
                self.tree.push_text(parent, &text);
            }
        }
    }

    fn parent(&self) -> NodeId {
        let at = self.open.len().min(DEPTH_CAP).saturating_sub(1);
        self.open.get(at).map_or(0, |open| open.node)
    }

    /// Takes a start tag; whether its element is open now.
    fn start(&mut self, tag: Tag, attrs: &[(Attr, &str)], self_closing: bool) -> bool {
        match tag {
            Tag::Html => {
                if let Some((_, lang)) = attrs.iter().find(|(attr, _)| *attr == Attr::Lang)
                    && self.tree.lang.is_empty()
                {
                    lang.trim().clone_into(&mut self.tree.lang);
                }
                return false;
            }
            Tag::Body => {
                self.close(|open| open == Tag::Head, |_| false);
                if self.count(Tag::Body) > 0 {
                    return false;
                }
            }
            _ => self.imply(tag),
        }
        let parent = self.parent();
        // A script's or a picture's address is never read.
        let kept = attrs
            .iter()
            .filter(|(attr, value)| is_read(tag, *attr) && value.len() <= 2 * VALUE_BYTES_MAX)
            .map(|(attr, value)| (*attr, decoded(value, true)))
            .filter(|(_, value)| value.len() <= VALUE_BYTES_MAX);
        let node = self.tree.push_element(parent, tag, kept);
        let foreign =
            self_closing && (self.count(Tag::Svg) > 0 || self.count(Tag::Math) > 0 || tag == Tag::Svg);
        if tag.is_void() || foreign {
            return false;
        }
        self.push(tag, node);
        if tag == Tag::Script {
            self.json_ld = attrs
                .iter()
                .any(|(attr, value)| *attr == Attr::Type && value.to_ascii_lowercase().contains("ld+json"));
        }
        true
    }

    fn count(&self, tag: Tag) -> u32 {
        self.counts.get(tag as usize).copied().unwrap_or(0)
    }

    fn push(&mut self, tag: Tag, node: NodeId) {
        self.open.push(Open { tag, node });
        if let Some(count) = self.counts.get_mut(tag as usize) {
            *count += 1;
        }
        self.opaque += u32::from(tag.is_opaque());
    }

    fn pop(&mut self) {
        // The root stays.
        if self.open.len() <= 1 {
            return;
        }
        if let Some(open) = self.open.pop() {
            if let Some(count) = self.counts.get_mut(open.tag as usize) {
                *count = count.saturating_sub(1);
            }
            self.opaque = self.opaque.saturating_sub(u32::from(open.tag.is_opaque()));
        }
    }

    /// End tags that a start tag implies.
    fn imply(&mut self, tag: Tag) {
        use Tag::{
            A, Dd, Dl, Dt, Head, Li, Ol, Optgroup, Option, P, Select, Table, Tbody, Td, Tfoot, Th, Thead, Tr,
            Ul,
        };
        if self.count(Head) > 0 && !is_of_head(tag) && self.opaque == 0 {
            self.close(|open| open == Head, |_| false);
        }
        if closes_paragraph(tag) && self.count(P) > 0 {
            self.close(|open| open == P, is_scope);
        }
        match tag {
            Li if self.count(Li) > 0 => self.close(
                |open| open == Li,
                |open| matches!(open, Ul | Ol) || is_scope(open),
            ),
            Dt | Dd if self.count(Dt) + self.count(Dd) > 0 => {
                self.close(
                    |open| matches!(open, Dt | Dd),
                    |open| open == Dl || is_scope(open),
                );
            }
            Td | Th if self.count(Td) + self.count(Th) > 0 => {
                self.close(|open| matches!(open, Td | Th), |open| open == Table);
            }
            Tr if self.count(Tr) > 0 => self.close(|open| open == Tr, |open| open == Table),
            Tbody | Thead | Tfoot if self.count(Tbody) + self.count(Thead) + self.count(Tfoot) > 0 => {
                self.close(|open| matches!(open, Tbody | Thead | Tfoot), |open| open == Table);
            }
            Option | Optgroup if self.count(Option) > 0 => {
                self.close(|open| open == Option, |open| open == Select)
            }
            A if self.count(A) > 0 => self.close_link(),
            _ if tag.is_heading() && self.open.last().is_some_and(|open| open.tag.is_heading()) => self.pop(),
            _ => {}
        }
    }

    /// Closes the nearest open element that is `wanted`, and all inside it; nothing if `barrier` stands between.
    fn close(&mut self, wanted: impl Fn(Tag) -> bool, barrier: impl Fn(Tag) -> bool) {
        let mut found = None;
        for (above, open) in self.open.iter().rev().take(SCOPE).enumerate() {
            steps::count(1);
            if wanted(open.tag) {
                found = Some(above);
                break;
            }
            if barrier(open.tag) {
                break;
            }
        }
        if let Some(above) = found {
            for _ in 0..=above {
                self.pop();
            }
        }
    }

    /// Closes the open link. Blocks opened inside it stay open without it, or the rest of the page would be a link.
    fn close_link(&mut self) {
        let mut inside = Vec::new();
        let mut found = false;
        for open in self.open.iter().rev().take(SCOPE) {
            steps::count(1);
            if open.tag == Tag::A {
                found = true;
                break;
            }
            if matches!(open.tag, Tag::Td | Tag::Th | Tag::Table) {
                break;
            }
            if !open.tag.is_inline() {
                inside.push(*open);
            }
        }
        if !found || inside.len() > 8 {
            return;
        }
        self.close(|open| open == Tag::A, |_| false);
        for open in inside.into_iter().rev() {
            let parent = self.parent();
            let twin = self.tree.push_twin(parent, open.node);
            self.push(open.tag, twin);
        }
    }

    fn end(&mut self, tag: Tag) {
        match tag {
            Tag::Html | Tag::Body => {}
            Tag::Br => {
                let parent = self.parent();
                self.tree.push_element(parent, Tag::Br, std::iter::empty());
            }
            _ if self.count(tag) == 0 && !tag.is_heading() => {}
            Tag::A => self.close_link(),
            _ if tag.is_heading() => self.close(Tag::is_heading, is_scope),
            Tag::Table | Tag::Svg | Tag::Math | Tag::Template => self.close(|open| open == tag, |_| false),
            Tag::Td | Tag::Th | Tag::Tr | Tag::Tbody | Tag::Thead | Tag::Tfoot => {
                self.close(|open| open == tag, |open| open == Tag::Table);
            }
            Tag::Li => self.close(
                |open| open == tag,
                |open| matches!(open, Tag::Ul | Tag::Ol) || is_scope(open),
            ),
            _ if tag.is_inline() => self.close(|open| open == tag, |open| !open.is_inline()),
            _ => self.close(|open| open == tag, is_scope),
        }
    }
}

/// Whether cleaning reads an attribute of an element.
fn is_read(tag: Tag, attr: Attr) -> bool {
    match attr {
        Attr::Href => tag == Tag::Link,
        Attr::Type | Attr::Lang => false,
        Attr::Content | Attr::Name | Attr::Property | Attr::HttpEquiv => {
            matches!(tag, Tag::Meta | Tag::Link) || attr == Attr::Content
        }
        _ => tag != Tag::Script && tag != Tag::Img,
    }
}

/// Elements that an implied end does not look past.
fn is_scope(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Td | Tag::Th | Tag::Table | Tag::Caption | Tag::Button | Tag::Object | Tag::Template | Tag::Html
    )
}

fn is_of_head(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Head
            | Tag::Title
            | Tag::Meta
            | Tag::Link
            | Tag::Script
            | Tag::Style
            | Tag::Noscript
            | Tag::Base
            | Tag::Template
    )
}

fn closes_paragraph(tag: Tag) -> bool {
    use Tag::{
        Address, Article, Aside, Blockquote, Center, Dd, Details, Dialog, Div, Dl, Dt, Fieldset, Figcaption,
        Figure, Footer, Form, Header, Hr, Li, Main, Nav, Ol, P, Pre, Section, Summary, Table, Ul,
    };
    tag.is_heading()
        || matches!(
            tag,
            Address
                | Article
                | Aside
                | Blockquote
                | Center
                | Dd
                | Details
                | Dialog
                | Div
                | Dl
                | Dt
                | Fieldset
                | Figcaption
                | Figure
                | Footer
                | Form
                | Header
                | Hr
                | Li
                | Main
                | Nav
                | Ol
                | P
                | Pre
                | Section
                | Summary
                | Table
                | Ul
        )
}
