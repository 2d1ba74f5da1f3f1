//! Which `article` element a block stands in, and how two blocks' articles stand to each other: pages that go on with the
//! next story give it one of its own.
//!
//! Invariant: one walk over the tree and one over the blocks, however deep articles are nested.

use crate::enrich::clean::blocks::Page;
use crate::enrich::clean::tree::{NONE, NodeId, Tag, Tree};

/// Of each block the innermost `article` that it stands in, or [`NONE`].
pub(super) fn of(tree: &Tree, page: &Page) -> Vec<NodeId> {
    let mut out = Vec::with_capacity(page.blocks.len());
    let mut open: Vec<(NodeId, u32)> = Vec::new();
    let mut fill = |open: &mut Vec<(NodeId, u32)>, to: u32| {
        while (out.len() as u32) < to {
            let at = out.len() as u32;
            while open.last().is_some_and(|(_, end)| *end <= at) {
                open.pop();
            }
            out.push(open.last().map_or(NONE, |(article, _)| *article));
        }
    };
    // Ids are in the order of the document, so an element's range begins where those before it left off.
    for id in tree.ids().filter(|id| tree.tag(*id) == Some(Tag::Article)) {
        let Some(extent) = page
            .extents
            .get(id as usize)
            .filter(|extent| !extent.blocks.is_empty())
        else {
            continue;
        };
        fill(&mut open, extent.blocks.start);
        while open.last().is_some_and(|(_, end)| *end <= extent.blocks.start) {
            open.pop();
        }
        open.push((id, extent.blocks.end));
    }
    fill(&mut open, page.blocks.len() as u32);
    out
}

/// How a block's `article` stands to another block's.
pub(super) fn kinship(page: &Page, own: NodeId, other: NodeId) -> f32 {
    let range = |id: NodeId| page.extents.get(id as usize).map(|extent| extent.blocks.clone());
    if own == other {
        return if own == NONE { 0.0 } else { 3.0 };
    }
    match (
        range(own).filter(|_| own != NONE),
        range(other).filter(|_| other != NONE),
    ) {
        // Between articles, or in one where the other block is in none.
        (None, _) => 1.0,
        (_, None) => -1.0,
        (Some(own), Some(other)) if other.start <= own.start && own.end <= other.end => 2.0,
        (Some(own), Some(other)) if own.start <= other.start && other.end <= own.end => 1.5,
        // In another article.
        _ => -2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::clean::{blocks, parse};

    #[test]
    fn the_next_story_is_in_another_article_and_a_box_in_a_nested_one() {
        let html = "<p>menu</p><article><p>one</p><article><p>box</p></article><p>two</p></article>\
            <article><p>next</p></article>";
        let tree = parse::parse(html, 100).unwrap();
        let page = blocks::of(&tree);
        let of = of(&tree, &page);
        let kin: Vec<f32> = of.iter().map(|own| kinship(&page, *own, of[1])).collect();
        assert_eq!(kin, [1.0, 3.0, 2.0, 3.0, -2.0]);
    }
}
