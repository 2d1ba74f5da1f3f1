//! A page as a tree in an arena.
//!
//! Invariant: nodes stand in document order, a parent before its children, so a subtree can be walked without
//! recursion; no node lies deeper than [`DEPTH_CAP`], however the page nests.
//!
//! Absent on purpose: a DOM. Only what cleaning reads is kept: no comments, no scripts but JSON-LD, no attributes
//! outside [`Attr`].

mod names;

pub(super) use names::{Attr, Tag};

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use super::lexicon::Roles;
use super::steps;

/// Nodes lie at most this deep: elements inside are attached to the ancestor at the cap. Real pages stay under 100.
pub(super) const DEPTH_CAP: usize = 200;

/// Position of a node in its tree.
pub(super) type NodeId = u32;

/// No node.
pub(super) const NONE: NodeId = u32::MAX;

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
