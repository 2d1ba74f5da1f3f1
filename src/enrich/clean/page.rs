//! A page's way to lines: tree, blocks, evidence, model.
//!
//! Invariant: every block of the page becomes one line, kept or not; nothing is dropped here without a likelihood.

use std::ops::Range;

use super::blocks::{self, Block, Page, within};
use super::columns::{Columns, LANES, Lanes};
use super::evidence::Evidence;
use super::features::{Reading, Survey};
use super::lexicon::Role;
use super::metadata::Found;
use super::model::{Model, Scratch};
use super::tree::Tree;

/// Blocks decided on in one page. Real pages have some hundreds; beyond, a page is a dump of data.
pub(super) const BLOCKS_MAX: usize = 20_000;

/// A page with what the model thinks of its blocks.
pub(super) struct Judged {
    pub(super) page: Page,
    /// Of each block how likely it is text of the article.
    pub(super) likelihood: Vec<f32>,
    /// Of each block what was read of its text.
    pub(super) readings: Vec<Reading>,
    /// The blocks of the smallest element that holds nearly all of the text.
    pub(super) container: Range<u32>,
}

impl Judged {
    /// The same page under other likelihoods: what a model would give that was fitted without it.
    #[cfg(test)]
    pub(super) fn under(self, mut likelihood: Vec<f32>) -> Self {
        let container = overrule(&self.page, &mut likelihood, Model::get().threshold);
        Self {
            likelihood,
            container,
            ..self
        }
    }
}

/// Share of the text that its container holds.
const CONTAINED: f32 = 0.9;

/// Judges a page's blocks.
pub(super) fn judge(tree: &Tree, found: &Found, authors: &[String]) -> Judged {
    let mut page = blocks::of(tree);
    page.blocks.truncate(BLOCKS_MAX);
    let evidence = Evidence::new(&found.titles(), found.description(), authors, found.body());
    let survey = Survey::new(tree, &page, &evidence);
    let model = Model::get();
    let mut scratch = Scratch::default();
    let mut all = Columns::new(&survey);
    // Blocks that the gate lets through, until there are enough of them. The others are as unlikely as can be.
    let mut passed = all.clone();
    let mut waiting: Vec<usize> = Vec::with_capacity(LANES);
    let mut likelihood = vec![0.0; page.blocks.len()];
    for from in (0..page.blocks.len()).step_by(LANES) {
        let blocks = from..(from + LANES).min(page.blocks.len());
        all.describe(&survey, blocks.clone());
        let may_be = model.may_be_text(&all, &mut scratch);
        for ((lane, at), _) in blocks.enumerate().zip(may_be).filter(|(_, may_be)| *may_be) {
            passed.take(waiting.len(), &all, lane);
            waiting.push(at);
            if waiting.len() == LANES {
                put(&mut likelihood, &waiting, model.likelihood(&passed, &mut scratch));
                waiting.clear();
            }
        }
    }
    if !waiting.is_empty() {
        put(&mut likelihood, &waiting, model.likelihood(&passed, &mut scratch));
    }
    let readings = survey.readings;
    let container = overrule(&page, &mut likelihood, model.threshold);
    Judged {
        page,
        likelihood,
        readings,
        container,
    }
}

/// What is known whatever the model thinks; gives the blocks of the container that the text is in.
fn overrule(page: &Page, likelihood: &mut [f32], threshold: f32) -> Range<u32> {
    // A product that asks for consent writes whole paragraphs into a container of its own, and few pages were ever saved with
    // it open for a model to learn from.
    for (block, likelihood) in page.blocks.iter().zip(likelihood.iter_mut()) {
        if block.is_in(Role::Consent) {
            *likelihood = 0.0;
        }
    }
    let container = container(page, likelihood, threshold);
    keep_posts(page, &container, threshold, likelihood);
    container
}

/// A post that is embedded in the article is text with its signature: it shows what the article speaks of, and by its markup
/// is the same as a post in a list of them at the side.
fn keep_posts(page: &Page, container: &Range<u32>, threshold: f32, likelihood: &mut [f32]) {
    let is_text = |likelihood: &f32| *likelihood >= threshold;
    let Some(first) = likelihood.iter().position(is_text) else {
        return;
    };
    let inside = first.max(container.start as usize)..container.end as usize;
    let blocks = page.blocks.iter().zip(likelihood).enumerate();
    for (_, (block, likelihood)) in blocks.filter(|(at, _)| inside.contains(at)) {
        if block.within & within::QUOTE != 0 && (block.own | block.near) & Role::Embed.bit() != 0 {
            *likelihood = likelihood.max(threshold);
        }
    }
}

/// Puts what the model thinks of blocks in their places.
fn put(all: &mut [f32], blocks: &[usize], likelihoods: Lanes<f32>) {
    for (at, likelihood) in blocks.iter().zip(likelihoods) {
        if let Some(slot) = all.get_mut(*at) {
            *slot = likelihood;
        }
    }
}

/// The blocks of the smallest element that holds nearly all of the text; none where there is no text.
fn container(page: &Page, likelihood: &[f32], threshold: f32) -> Range<u32> {
    let mut before = vec![0.0f32];
    let mut sum = 0.0;
    for (block, likelihood) in page.blocks.iter().zip(likelihood) {
        if *likelihood >= threshold {
            sum += block.chars as f32;
        }
        before.push(sum);
    }
    let at = |index: u32| before.get(index as usize).copied().unwrap_or(sum);
    page.extents
        .iter()
        .map(|extent| extent.blocks.clone())
        .filter(|blocks| sum > 0.0 && at(blocks.end) - at(blocks.start) >= sum * CONTAINED)
        .min_by_key(Range::len)
        .unwrap_or_default()
}

/// Whether a block stands in a block quote that the article itself makes: an embedded post is somebody's page.
pub(super) fn is_quote(block: &Block) -> bool {
    block.within & within::QUOTE != 0 && !block.is_in(Role::Embed)
}

/// Characters from which a line in capitals is no name or initials.
const SHOUTED: u32 = 20;

/// Whether a paragraph between others is one link and all in capitals: the headline of another article.
pub(super) fn is_shouted_link(block: &Block) -> bool {
    block.chars >= SHOUTED
        && !block.tag.is_heading()
        && block.link_share() > 0.95
        && block.text.contains(char::is_uppercase)
        && !block.text.contains(char::is_lowercase)
}
