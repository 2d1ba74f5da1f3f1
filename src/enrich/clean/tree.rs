//! A page as a tree in an arena.
//!
//! Invariant: nodes stand in document order, a parent before its children, so a subtree can be walked without
//! recursion; no node lies deeper than [`DEPTH_CAP`], however the page nests.
//!
//! Absent on purpose: a DOM. Only what cleaning reads is kept: no comments, no scripts but JSON-LD, no attributes
//! outside [`Attr`].

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use super::eights::{STEP, eight, first, small};
use super::lexicon::Roles;
use super::steps;

/// Nodes lie at most this deep: elements inside are attached to the ancestor at the cap. Real pages stay under 100.
pub(super) const DEPTH_CAP: usize = 200;

/// Position of a node in its tree.
pub(super) type NodeId = u32;

/// No node.
pub(super) const NONE: NodeId = u32::MAX;

/// A name of up to sixteen bytes as a number, its letters small; nought for a longer one. A number is found among many
/// in a few comparisons, a name is not.
const fn number_of(name: &[u8]) -> u128 {
    let mut number = 0;
    let mut rest = name;
    if name.len() > 16 {
        return 0;
    }
    while let Some((byte, before)) = rest.split_last() {
        number = number << 8 | byte.to_ascii_lowercase() as u128;
        rest = before;
    }
    number
}

/// The same of the name that stands there.
fn number_at(bytes: &[u8], name: Range<usize>) -> u128 {
    let length = name.len();
    if length > 2 * STEP {
        return 0;
    }
    let some = |from: usize| {
        small(first(
            eight(bytes, name.start + from),
            length.saturating_sub(from),
        ))
    };
    let beyond = if length > STEP { some(STEP) } else { 0 };
    u128::from(beyond) << u64::BITS | u128::from(some(0))
}

macro_rules! names {
    ($(#[$doc:meta])* $kind:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(super) enum $kind { $($variant),+, Other }

        impl $kind {
            /// Of the name that stands there in any case.
            #[expect(non_upper_case_globals, reason = "each name's number is called as the variant is")]
            pub(super) fn at(bytes: &[u8], name: Range<usize>) -> Self {
                $(const $variant: u128 = number_of($name);)+
                match number_at(bytes, name) {
                    $($variant => Self::$variant,)+
                    _ => Self::Other,
                }
            }
        }
    };
}

names! {
    /// The elements that cleaning tells apart.
    Tag {
        A = b"a", Abbr = b"abbr", Address = b"address", Article = b"article", Aside = b"aside", Audio = b"audio", B = b"b",
        Base = b"base", Blockquote = b"blockquote", Body = b"body", Br = b"br", Button = b"button", Canvas = b"canvas",
        Caption = b"caption", Center = b"center", Cite = b"cite", Code = b"code", Dd = b"dd", Details = b"details",
        Dialog = b"dialog", Div = b"div", Dl = b"dl", Dt = b"dt", Em = b"em", Embed = b"embed", Fieldset = b"fieldset",
        Figcaption = b"figcaption", Figure = b"figure", Font = b"font", Footer = b"footer", Form = b"form", H1 = b"h1",
        H2 = b"h2", H3 = b"h3", H4 = b"h4", H5 = b"h5", H6 = b"h6", Head = b"head", Header = b"header", Hr = b"hr",
        Html = b"html", I = b"i", Iframe = b"iframe", Img = b"img", Input = b"input", Label = b"label", Li = b"li",
        Link = b"link", Main = b"main", Math = b"math", Meta = b"meta", Nav = b"nav", Noscript = b"noscript",
        Object = b"object", Ol = b"ol", Optgroup = b"optgroup", Option = b"option", P = b"p", Picture = b"picture",
        Pre = b"pre", Q = b"q", S = b"s", Script = b"script", Section = b"section", Select = b"select", Small = b"small",
        Source = b"source", Span = b"span", Strong = b"strong", Style = b"style", Sub = b"sub", Summary = b"summary",
        Sup = b"sup", Svg = b"svg", Table = b"table", Tbody = b"tbody", Td = b"td", Template = b"template",
        Textarea = b"textarea", Tfoot = b"tfoot", Th = b"th", Thead = b"thead", Time = b"time", Title = b"title",
        Tr = b"tr", U = b"u", Ul = b"ul", Video = b"video", Wbr = b"wbr", Area = b"area", Col = b"col", Param = b"param",
        Track = b"track", Amp = b"amp-img", Xmp = b"xmp", Noembed = b"noembed", Noframes = b"noframes",
        Plaintext = b"plaintext",
    }
}

names! {
    /// The attributes that cleaning reads.
    Attr {
        Class = b"class", Id = b"id", Itemprop = b"itemprop", Role = b"role", Rel = b"rel",
        Href = b"href", Content = b"content", Name = b"name", Property = b"property",
        HttpEquiv = b"http-equiv", Datetime = b"datetime", Type = b"type", Hidden = b"hidden", Style = b"style",
        AriaHidden = b"aria-hidden", Lang = b"lang", DataTestid = b"data-testid",
        DataComponent = b"data-component", DataType = b"data-type", DataModule = b"data-module", DataQa = b"data-qa",
        DataName = b"data-name",
    }
}

impl Tag {
    /// How many there are, with `Other`.
    pub(super) const COUNT: usize = Tag::Other as usize + 1;

    /// Whether it never has content.
    pub(super) fn is_void(self) -> bool {
        use Tag::{Area, Base, Br, Col, Embed, Hr, Img, Input, Link, Meta, Param, Source, Track, Wbr};
        matches!(
            self,
            Area | Base | Br | Col | Embed | Hr | Img | Input | Link | Meta | Param | Source | Track | Wbr
        )
    }

    /// Whether it runs inside a line. Unknown elements do, as in browsers.
    pub(super) fn is_inline(self) -> bool {
        use Tag::{
            A, Abbr, Amp, B, Cite, Code, Em, Font, I, Img, Label, Picture, Q, S, Small, Span, Strong, Sub,
            Sup, Time, U, Wbr,
        };
        matches!(
            self,
            A | Abbr
                | Amp
                | B
                | Cite
                | Code
                | Em
                | Font
                | I
                | Img
                | Label
                | Picture
                | Q
                | S
                | Small
                | Span
                | Strong
                | Sub
                | Sup
                | Time
                | U
                | Wbr
                | Tag::Other
        )
    }

    /// Whether it is a heading.
    pub(super) fn is_heading(self) -> bool {
        matches!(self, Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6)
    }

    /// Whether its content is never text of the page.
    pub(super) fn is_opaque(self) -> bool {
        use Tag::{
            Audio, Canvas, Embed, Iframe, Math, Noembed, Noframes, Noscript, Object, Script, Select, Style,
            Svg, Template, Textarea, Title, Video,
        };
        matches!(
            self,
            Audio
                | Canvas
                | Embed
                | Iframe
                | Math
                | Noembed
                | Noframes
                | Noscript
                | Object
                | Script
                | Select
                | Style
                | Svg
                | Template
                | Textarea
                | Title
                | Video
        )
    }
}

impl Attr {
    /// Whether its words name what an element is for.
    fn is_name(self) -> bool {
        use Attr::{
            Class, DataComponent, DataModule, DataName, DataQa, DataTestid, DataType, Id, Itemprop, Role,
        };
        matches!(
            self,
            Class
                | Id
                | Itemprop
                | Role
                | DataTestid
                | DataComponent
                | DataType
                | DataModule
                | DataQa
                | DataName
        )
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Element(Tag),
    Text,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) parent: NodeId,
    pub(super) first_child: NodeId,
    pub(super) last_child: NodeId,
    pub(super) next: NodeId,
    /// Of an element its attributes in `attrs`, of a text its bytes in `strings`.
    data: Range<u32>,
}

/// A parsed page.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Each with the roles that its words speak of.
    attrs: Vec<(Attr, Range<u32>, u32)>,
    strings: String,
    roles: Roles,
    /// Content of the page's JSON-LD scripts.
    pub(super) json_ld: Vec<String>,
    /// Content of the first `title` of the head.
    pub(super) title: String,
    /// `lang` of the root element.
    pub(super) lang: String,
}

thread_local! {
    static ROOM: Cell<Tree> = Cell::default();
}

/// Bytes of texts, and nodes, over which a thread keeps no room: few pages need as much.
const ROOM_MAX: usize = 1 << 20;

impl Tree {
    /// With room for what a page of so many bytes usually holds.
    pub(super) fn with_room(bytes: usize) -> Self {
        let mut tree = ROOM.take();
        tree.nodes.reserve(bytes / 64);
        tree.attrs.reserve(bytes / 128);
        tree.strings.reserve(bytes / 4);
        tree
    }

    /// Leaves its room, and the names that it knows, to the next page on this thread: what a page takes is otherwise asked
    /// of the system and given back page after page.
    pub(super) fn make_room(mut self) {
        if self.strings.capacity().max(self.nodes.capacity()) > ROOM_MAX {
            return;
        }
        self.nodes.clear();
        self.attrs.clear();
        self.strings.clear();
        self.json_ld.clear();
        self.title.clear();
        self.lang.clear();
        ROOM.set(self);
    }

    /// The node at `id`.
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Element name of a node; `None` for text.
    pub(super) fn tag(&self, id: NodeId) -> Option<Tag> {
        match self.node(id)?.kind {
            Kind::Element(tag) => Some(tag),
            Kind::Text => None,
        }
    }

    /// Bytes of a text node; empty for an element.
    pub(super) fn text(&self, id: NodeId) -> &str {
        match self.node(id) {
            Some(node) if node.kind == Kind::Text => self.string(&node.data),
            _ => "",
        }
    }

    /// Value of an attribute.
    pub(super) fn attr(&self, id: NodeId, name: Attr) -> Option<&str> {
        self.attrs(id)
            .find(|(attr, _)| *attr == name)
            .map(|(_, value)| value)
    }

    /// All attributes kept of an element.
    pub(super) fn attrs(&self, id: NodeId) -> impl Iterator<Item = (Attr, &str)> {
        self.attrs_and_roles(id).map(|(attr, value, _)| (attr, value))
    }

    /// The same, each with the roles that it speaks of if it is a name.
    pub(super) fn attrs_and_roles(&self, id: NodeId) -> impl Iterator<Item = (Attr, &str, u32)> {
        self.attrs
            .get(self.attr_range(id))
            .unwrap_or_default()
            .iter()
            .map(|(attr, range, roles)| (*attr, self.string(range), *roles))
    }

    fn attr_range(&self, id: NodeId) -> Range<usize> {
        match self.node(id) {
            Some(node) if node.kind != Kind::Text => node.data.start as usize..node.data.end as usize,
            _ => 0..0,
        }
    }

    /// All nodes in document order.
    pub(super) fn ids(&self) -> Range<NodeId> {
        0..self.nodes.len() as NodeId
    }

    /// The text of a whole subtree, runs of white space as one space.
    pub(super) fn inner_text(&self, root: NodeId, bytes_max: usize) -> String {
        let mut out = String::new();
        let mut id = root;
        while let Some(node) = self.node(id) {
            steps::count(1);
            if node.kind == Kind::Text {
                steps::count(node.data.len());
                for word in self.string(&node.data).split_whitespace() {
                    if !out.is_empty() {
                        out.push(' ');
                    }
                    out.push_str(word);
                }
            }
            if out.len() > bytes_max {
                break;
            }
            let opaque = self.tag(id).is_some_and(Tag::is_opaque);
            match self.following(id, root, opaque) {
                Some(next) => id = next,
                None => break,
            }
        }
        out
    }

    /// The node after `id` in a walk of `root`'s subtree; `skip` leaves out `id`'s own children.
    pub(super) fn following(&self, id: NodeId, root: NodeId, skip: bool) -> Option<NodeId> {
        let node = self.node(id)?;
        if !skip && node.first_child != NONE {
            return Some(node.first_child);
        }
        let mut at = id;
        while at != root {
            let node = self.node(at)?;
            if node.next != NONE {
                return Some(node.next);
            }
            at = node.parent;
        }
        None
    }

    fn string(&self, range: &Range<u32>) -> &str {
        self.strings
            .get(range.start as usize..range.end as usize)
            .unwrap_or_default()
    }

    /// Adds an element under `parent`.
    pub(super) fn push_element<'a>(
        &mut self,
        parent: NodeId,
        tag: Tag,
        attrs: impl Iterator<Item = (Attr, Cow<'a, str>)>,
    ) -> NodeId {
        let from = self.attrs.len() as u32;
        let named = !tag.is_opaque() && !tag.is_void();
        for (attr, value) in attrs {
            let start = self.strings.len() as u32;
            self.strings.push_str(&value);
            let roles = if named && attr.is_name() {
                self.roles.of(&value)
            } else {
                0
            };
            self.attrs.push((attr, start..self.strings.len() as u32, roles));
        }
        self.push(parent, Kind::Element(tag), from..self.attrs.len() as u32)
    }

    /// Adds an element with the attributes of another.
    pub(super) fn push_twin(&mut self, parent: NodeId, of: NodeId) -> NodeId {
        let (kind, data) = self.node(of).map_or((Kind::Element(Tag::Other), 0..0), |node| {
            (node.kind, node.data.clone())
        });
        self.push(parent, kind, data)
    }

    /// Adds a text under `parent`.
    pub(super) fn push_text(&mut self, parent: NodeId, text: &str) {
        let start = self.strings.len() as u32;
        self.strings.push_str(text);
        self.push(parent, Kind::Text, start..self.strings.len() as u32);
    }

    fn push(&mut self, parent: NodeId, kind: Kind, data: Range<u32>) -> NodeId {
        let id = self.nodes.len() as NodeId;
        self.nodes.push(Node {
            kind,
            parent,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
            data,
        });
        let before = match self.nodes.get_mut(parent as usize) {
            Some(parent) => {
                let before = parent.last_child;
                parent.last_child = id;
                if before == NONE {
                    parent.first_child = id;
                }
                before
            }
            None => NONE,
        };
        if let Some(before) = self.nodes.get_mut(before as usize) {
            before.next = id;
        }
        id
    }
}
