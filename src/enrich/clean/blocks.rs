//! From the tree to its blocks: the runs of text between the beginnings and ends of block elements, in order.
//!
//! Invariant: every visible word of the page is in exactly one block, so a subtree is a range of blocks, and sums
//! over a subtree are differences of running totals.

mod run;

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::lexicon::Role;
use super::steps;
use super::tree::{Attr, Kind, NONE, NodeId, Tag, Tree};
use run::Run;

/// Which elements a block stands in, as bits.
pub(super) mod within {
    pub(in crate::enrich::clean) const ARTICLE: u32 = 1;
    pub(in crate::enrich::clean) const MAIN: u32 = 1 << 1;
    pub(in crate::enrich::clean) const ASIDE: u32 = 1 << 2;
    pub(in crate::enrich::clean) const NAV: u32 = 1 << 3;
    pub(in crate::enrich::clean) const HEADER: u32 = 1 << 4;
    pub(in crate::enrich::clean) const FOOTER: u32 = 1 << 5;
    pub(in crate::enrich::clean) const FORM: u32 = 1 << 6;
    pub(in crate::enrich::clean) const LIST: u32 = 1 << 7;
    pub(in crate::enrich::clean) const TABLE: u32 = 1 << 8;
    pub(in crate::enrich::clean) const FIGURE: u32 = 1 << 9;
    pub(in crate::enrich::clean) const CAPTION: u32 = 1 << 10;
    pub(in crate::enrich::clean) const QUOTE: u32 = 1 << 11;
    pub(in crate::enrich::clean) const BUTTON: u32 = 1 << 12;
    pub(in crate::enrich::clean) const HIDDEN: u32 = 1 << 13;
    pub(in crate::enrich::clean) const BODY: u32 = 1 << 14;
    pub(in crate::enrich::clean) const HEADING: u32 = 1 << 15;
    pub(in crate::enrich::clean) const LINK: u32 = 1 << 16;
    pub(in crate::enrich::clean) const DETAILS: u32 = 1 << 17;
    pub(in crate::enrich::clean) const DIALOG: u32 = 1 << 18;
    pub(in crate::enrich::clean) const ADDRESS: u32 = 1 << 19;
    pub(in crate::enrich::clean) const PRE: u32 = 1 << 20;
}

/// What parts a block from the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Break {
    /// A block element, or an empty line.
    #[default]
    Paragraph,
    /// One `br`.
    Line,
}

/// A run of text.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) text: String,
    /// The block element it stands in.
    pub(super) node: NodeId,
    pub(super) tag: Tag,
    /// Bits of [`within`].
    pub(super) within: u32,
    /// Roles by the names of the block element itself and of inline elements in it.
    pub(super) own: u32,
    /// Roles by the names of the three nearest ancestors.
    pub(super) near: u32,
    /// Roles by the names of all ancestors but the page's root.
    pub(super) all: u32,
    pub(super) depth: u16,
    pub(super) chars: u32,
    pub(super) link_chars: u32,
    pub(super) links: u16,
    pub(super) bold_chars: u32,
    pub(super) italic_chars: u32,
    /// Whether a picture or player stands in the block or between it and the block before.
    pub(super) media: bool,
    pub(super) before: Break,
    /// Names of the block element and its parent, hashed: blocks of one kind have one.
    pub(super) signature: u64,
}

/// What is known of an element beside the tree.
#[derive(Debug, Clone, Default)]
pub(super) struct Extent {
    /// The blocks inside.
    pub(super) blocks: Range<u32>,
    /// Roles by its own names.
    pub(super) own: u32,
}

/// A page's blocks.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) blocks: Vec<Block>,
    /// By node id.
    pub(super) extents: Vec<Extent>,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    node: NodeId,
    tag: Tag,
    within: u32,
    own: u32,
    all: u32,
    block: bool,
}

struct Walk<'a> {
    tree: &'a Tree,
    page: Page,
    stack: Vec<Frame>,
    run: Run,
    media: bool,
    before: Break,
    inline: [u32; 3],
}

const LINKED: usize = 0;
const BOLD: usize = 1;
const ITALIC: usize = 2;

/// The blocks of a page.
pub(super) fn of(tree: &Tree) -> Page {
    let mut walk = Walk {
        tree,
        page: Page {
            blocks: Vec::new(),
            extents: vec![Extent::default(); tree.len()],
        },
        stack: Vec::new(),
        run: Run::default(),
        media: false,
        before: Break::Paragraph,
        inline: [0; 3],
    };
    let mut id: NodeId = 0;
    // Down, along, and up again, without recursion.
    'walk: while let Some(node) = tree.node(id) {
        steps::count(1);
        let descend = match node.kind {
            Kind::Text => {
                walk.text(tree.text(id));
                false
            }
            Kind::Element(tag) => walk.enter(id, tag),
        };
        if descend && node.first_child != NONE {
            id = node.first_child;
            continue;
        }
        if descend {
            walk.leave(id);
        }
        let mut at = id;
        loop {
            let Some(node) = tree.node(at) else { break 'walk };
            if node.next != NONE {
                id = node.next;
                break;
            }
            at = node.parent;
            if at == NONE {
                break 'walk;
            }
            walk.leave(at);
        }
    }
    walk.flush(Break::Paragraph);
    walk.page
}

impl Walk<'_> {
    /// Takes an element; whether to go into it.
    fn enter(&mut self, id: NodeId, tag: Tag) -> bool {
        match tag {
            Tag::Br => {
                let again = self.run.text.is_empty() && self.before == Break::Line;
                self.flush(Break::Line);
                if again {
                    self.before = Break::Paragraph;
                }
                return false;
            }
            Tag::Hr => {
                self.flush(Break::Paragraph);
                return false;
            }
            Tag::Img | Tag::Picture | Tag::Amp | Tag::Iframe | Tag::Video | Tag::Audio => self.media = true,
            _ => {}
        }
        if tag.is_opaque() || tag.is_void() || tag == Tag::Head {
            return false;
        }
        let above = self.stack.last().copied();
        let mut own = 0;
        let block = !tag.is_inline();
        let mut within = above.map_or(0, |above| above.within) | place(tag);
        for (attr, value, roles) in self.tree.attrs_and_roles(id) {
            own |= roles;
            within |= match attr {
                Attr::Hidden => within::HIDDEN,
                Attr::AriaHidden if value == "true" => within::HIDDEN,
                Attr::Style if hides(value) => within::HIDDEN,
                Attr::Itemprop if value.eq_ignore_ascii_case("articleBody") => within::BODY,
                Attr::Role => place_by_role(value),
                _ => 0,
            };
        }
        if block {
            self.flush(Break::Paragraph);
        } else {
            self.run.inline_roles |= own;
            if tag == Tag::A {
                self.run.links = self.run.links.saturating_add(1);
                // Two links without a space between them are two words.
                if self.run.text.ends_with(char::is_alphanumeric) && self.run.chars == self.run.link_chars {
                    self.run.space = true;
                }
            }
            if tag == Tag::Q {
                self.push("\u{201c}");
            }
        }
        // Classes on the page's root speak of the page, not of what is in it.
        let root = matches!(tag, Tag::Html | Tag::Body);
        let all = above.map_or(0, |above| above.all) | if root { 0 } else { own };
        if let Some(extent) = self.page.extents.get_mut(id as usize) {
            extent.own = if root { 0 } else { own };
            extent.blocks.start = self.page.blocks.len() as u32;
        }
        self.inline(tag, true);
        self.stack.push(Frame {
            node: id,
            tag,
            within,
            own: if root { 0 } else { own },
            all,
            block,
        });
        true
    }

    fn leave(&mut self, id: NodeId) {
        let Some(frame) = self.stack.last().copied() else {
            return;
        };
        if frame.node != id {
            return;
        }
        if frame.tag == Tag::Q {
            self.push("\u{201d}");
        }
        if frame.block {
            self.flush(Break::Paragraph);
        }
        self.inline(frame.tag, false);
        self.stack.pop();
        if let Some(extent) = self.page.extents.get_mut(id as usize) {
            extent.blocks.end = self.page.blocks.len() as u32;
        }
    }

    fn inline(&mut self, tag: Tag, open: bool) {
        let which = match tag {
            Tag::A => LINKED,
            Tag::B | Tag::Strong => BOLD,
            Tag::I | Tag::Em => ITALIC,
            _ => return,
        };
        if let Some(count) = self.inline.get_mut(which) {
            *count = if open { *count + 1 } else { count.saturating_sub(1) };
        }
    }

    fn text(&mut self, text: &str) {
        let [linked, bold, italic] = self.inline;
        let before = self.run.chars;
        self.run.put(text);
        let new = self.run.chars - before;
        if linked > 0 {
            self.run.link_chars += new;
        }
        if bold > 0 {
            self.run.bold_chars += new;
        }
        if italic > 0 {
            self.run.italic_chars += new;
        }
        if new > 0
            && let Some(frame) = self.stack.last()
        {
            self.run.within |= frame.within;
        }
    }

    fn push(&mut self, mark: &str) {
        self.text(mark);
    }

    /// Ends the run of text; `next` is what parts it from the one to come.
    fn flush(&mut self, next: Break) {
        let run = std::mem::take(&mut self.run);
        let blank = run
            .text
            .chars()
            .all(|char| char.is_whitespace() || char == '\u{200b}' || char == '\u{feff}');
        if blank {
            if next == Break::Paragraph {
                self.before = Break::Paragraph;
            }
            self.reuse(run.text);
            return;
        }
        let mut frames = self.stack.iter().rev();
        let holder = frames.by_ref().find(|frame| frame.block);
        let near = frames.clone().take(3).fold(0, |set, frame| set | frame.own);
        let holder = holder.copied().unwrap_or(Frame {
            node: 0,
            tag: Tag::Body,
            within: 0,
            own: 0,
            all: 0,
            block: true,
        });
        // Cut, or a million blocks under one long name would be hashed with it.
        let names = |id: NodeId| {
            let name = self.tree.attr(id, Attr::Class).unwrap_or_default();
            name.get(..name.floor_char_boundary(80)).unwrap_or_default()
        };
        let parent = frames
            .next()
            .map_or((Tag::Html, 0), |frame| (frame.tag, frame.node));
        let hash = |tag: Tag, id: NodeId| xxh3_64(names(id).as_bytes()).wrapping_add(tag as u64);
        let signature = hash(holder.tag, holder.node)
            .rotate_left(23)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ hash(parent.0, parent.1);
        self.page.blocks.push(Block {
            text: run.text.trim().to_owned(),
            node: holder.node,
            tag: holder.tag,
            within: holder.within | run.within,
            own: holder.own | run.inline_roles,
            near,
            all: holder.all,
            depth: self.stack.len() as u16,
            chars: run.chars,
            link_chars: run.link_chars,
            links: run.links,
            bold_chars: run.bold_chars,
            italic_chars: run.italic_chars,
            media: self.media,
            before: self.before,
            signature,
        });
        self.media = false;
        self.before = next;
        self.reuse(run.text);
    }

    /// Gives a run's room to the next one: it has grown to what runs of this page need.
    fn reuse(&mut self, mut text: String) {
        text.clear();
        self.run.text = text;
    }
}

/// The bit that an element gives to all inside it.
fn place(tag: Tag) -> u32 {
    match tag {
        Tag::Article => within::ARTICLE,
        Tag::Main => within::MAIN,
        Tag::Aside => within::ASIDE,
        Tag::Nav => within::NAV,
        Tag::Header => within::HEADER,
        Tag::Footer => within::FOOTER,
        Tag::Form | Tag::Fieldset => within::FORM,
        Tag::Ul | Tag::Ol | Tag::Dl => within::LIST,
        Tag::Table => within::TABLE,
        Tag::Figure => within::FIGURE,
        Tag::Figcaption | Tag::Caption => within::CAPTION,
        Tag::Blockquote => within::QUOTE,
        Tag::Button | Tag::Label => within::BUTTON,
        Tag::A => within::LINK,
        Tag::Details => within::DETAILS,
        Tag::Dialog => within::DIALOG,
        Tag::Address => within::ADDRESS,
        Tag::Pre => within::PRE,
        _ if tag.is_heading() => within::HEADING,
        _ => 0,
    }
}

/// The bit that the ARIA role of an element gives to all inside it.
fn place_by_role(role: &str) -> u32 {
    match role {
        "navigation" => within::NAV,
        "complementary" => within::ASIDE,
        "main" => within::MAIN,
        "contentinfo" => within::FOOTER,
        "dialog" => within::DIALOG,
        "button" => within::BUTTON,
        _ => 0,
    }
}

/// Whether a style hides its element.
fn hides(style: &str) -> bool {
    // Both of the properties have a letter that few others have.
    if !style.bytes().any(|byte| matches!(byte, b'y' | b'Y')) {
        return false;
    }
    let style: String = style
        .chars()
        .filter(|char| !char.is_whitespace())
        .take(400)
        .collect::<String>()
        .to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

impl Block {
    /// Share of its characters inside links.
    pub(super) fn link_share(&self) -> f32 {
        self.link_chars as f32 / self.chars.max(1) as f32
    }

    /// Whether an element of that role holds it.
    pub(super) fn is_in(&self, role: Role) -> bool {
        self.all & role.bit() != 0
    }
}
