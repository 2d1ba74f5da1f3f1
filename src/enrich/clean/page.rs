//! A page's way to lines: tree, blocks, evidence, model.
//!
//! Invariant: every block of the page becomes one line, kept or not; nothing is dropped here without a likelihood.

use super::blocks::{self, Page};
use super::evidence::Evidence;
use super::features::Survey;
use super::metadata::Found;
use super::model::{Context, Model};
use super::tree::{NONE, Tree};

/// Blocks decided on in one page. Real pages have some hundreds; beyond, a page is a dump of data.
pub(super) const BLOCKS_MAX: usize = 20_000;

/// A page with what the model thinks of its blocks.
pub(super) struct Judged {
    pub(super) page: Page,
    /// Of each block how likely it is text of the article.
    pub(super) likelihood: Vec<f32>,
}

/// Judges a page's blocks.
pub(super) fn judge(tree: &Tree, found: &Found, authors: &[String]) -> Judged {
    let mut page = blocks::of(tree);
    page.blocks.truncate(BLOCKS_MAX);
    let evidence = Evidence::new(&found.titles(), found.description(), authors, found.body());
    let survey = Survey::new(tree, &page, &evidence);
    let model = Model::get();
    let rows: Vec<Vec<f32>> = (0..page.blocks.len())
        .map(|at| {
            let mut row = Vec::with_capacity(256);
            survey.describe(at, &mut row);
            row
        })
        .collect();
    let first: Vec<f32> = rows.iter().map(|row| model.first(row)).collect();
    let context = Context::new(&page, &first);
    let likelihood = rows
        .into_iter()
        .enumerate()
        .map(|(at, mut row)| {
            context.describe(at, |node| parent(tree, node), &mut row);
            model.second(&row)
        })
        .collect();
    Judged { page, likelihood }
}

pub(super) fn parent(tree: &Tree, node: u32) -> u32 {
    match tree.node(node).map_or(NONE, |node| node.parent) {
        NONE => node,
        parent => parent,
    }
}
