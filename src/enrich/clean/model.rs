//! The block model: two rounds of boosted trees over the features of a block.
//!
//! The first round sees the block and its place; the second sees also what the first thought of the blocks around.
//! The weights are `model/weights.txt`, told of in `model/README.md` with the command that makes them.
//!
//! Invariant: weights that cannot be read, or that name other features than the code measures, fail a test, and at
//! run time decide nothing (every block is as likely as not).

use std::sync::LazyLock;

use super::blocks::Page;

/// One round's trees.
#[derive(Debug, Default)]
struct Forest {
    base: f32,
    trees: Vec<Vec<Split>>,
}

/// A node of a tree: a split with two children, or a leaf.
#[derive(Debug, Clone, Copy)]
struct Split {
    /// `LEAF` for a leaf.
    feature: u16,
    /// Of a leaf its value.
    threshold: f32,
    left: u16,
    right: u16,
}

const LEAF: u16 = u16::MAX;

/// Both rounds.
#[derive(Debug, Default)]
pub(super) struct Model {
    first: Forest,
    second: Forest,
    /// Likelihood from which a block is text.
    pub(super) threshold: f32,
    /// A test compares them with the features that the code measures.
    #[cfg(test)]
    names: Vec<String>,
}

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::read(include_str!("model/weights.txt")).unwrap_or_default());

impl Model {
    /// The model that comes with the program.
    pub(super) fn get() -> &'static Self {
        &MODEL
    }

    /// Reads the form that `model/train.py` writes.
    fn read(source: &str) -> Option<Self> {
        let mut model = Self::default();
        let mut second = false;
        for line in source.lines() {
            let (kind, rest) = line.split_once(' ')?;
            match kind {
                "#" => {}
                "features" => {
                    #[cfg(test)]
                    {
                        model.names = rest.split(' ').map(str::to_owned).collect();
                    }
                }
                "threshold" => model.threshold = rest.parse().ok()?,
                "round" => {
                    let (which, base) = rest.split_once(' ')?;
                    second = which == "second";
                    let forest = if second {
                        &mut model.second
                    } else {
                        &mut model.first
                    };
                    forest.base = base.parse().ok()?;
                }
                "tree" => {
                    let forest = if second {
                        &mut model.second
                    } else {
                        &mut model.first
                    };
                    forest
                        .trees
                        .push(rest.split(' ').map(split).collect::<Option<Vec<_>>>()?);
                }
                _ => return None,
            }
        }
        Some(model)
    }

    /// What the first round thinks of a block.
    pub(super) fn first(&self, row: &[f32]) -> f32 {
        self.first.likelihood(row)
    }

    /// What the second round thinks of it.
    pub(super) fn second(&self, row: &[f32]) -> f32 {
        self.second.likelihood(row)
    }
}

fn split(text: &str) -> Option<Split> {
    let mut parts = text.split(',');
    let first = parts.next()?;
    let Some(threshold) = parts.next() else {
        return Some(Split {
            feature: LEAF,
            threshold: first.parse().ok()?,
            left: 0,
            right: 0,
        });
    };
    Some(Split {
        feature: first.parse().ok()?,
        threshold: threshold.parse().ok()?,
        left: parts.next()?.parse().ok()?,
        right: parts.next()?.parse().ok()?,
    })
}

impl Forest {
    fn likelihood(&self, row: &[f32]) -> f32 {
        let mut sum = self.base;
        for tree in &self.trees {
            let mut at = 0;
            // A child always stands after its parent, so this ends even on weights written by hand.
            while let Some(split) = tree.get(usize::from(at)) {
                if split.feature == LEAF {
                    sum += split.threshold;
                    break;
                }
                let value = row.get(usize::from(split.feature)).copied().unwrap_or(0.0);
                let next = if value <= split.threshold {
                    split.left
                } else {
                    split.right
                };
                if next <= at {
                    break;
                }
                at = next;
            }
        }
        1.0 / (1.0 + (-sum).exp())
    }
}

/// Running totals over what the first round thinks.
pub(super) struct Context<'a> {
    page: &'a Page,
    first: &'a [f32],
    /// Characters, and characters times likelihood, before each block.
    chars: Vec<f32>,
    likely: Vec<f32>,
    kinds: std::collections::HashMap<u64, (f32, f32)>,
    span: (usize, usize),
}

impl<'a> Context<'a> {
    pub(super) fn new(page: &'a Page, first: &'a [f32]) -> Self {
        let mut chars = vec![0.0];
        let mut likely = vec![0.0];
        let mut kinds = std::collections::HashMap::new();
        let (mut all, mut sum) = (0.0f32, 0.0f32);
        let mut span = (usize::MAX, 0);
        for (at, (block, likelihood)) in page.blocks.iter().zip(first).enumerate() {
            let size = (block.chars as f32).min(600.0);
            all += size;
            sum += size * likelihood;
            chars.push(all);
            likely.push(sum);
            let kind: &mut (f32, f32) = kinds.entry(block.signature).or_default();
            kind.0 += size;
            kind.1 += size * likelihood;
            if *likelihood > 0.7 && block.chars > 80 {
                span = (span.0.min(at), span.1.max(at));
            }
        }
        Self {
            page,
            first,
            chars,
            likely,
            kinds,
            span,
        }
    }

    fn mean(&self, from: usize, to: usize) -> f32 {
        let last = self.chars.len().saturating_sub(1);
        let at = |series: &[f32], index: usize| series.get(index.min(last)).copied().unwrap_or(0.0);
        let chars = at(&self.chars, to) - at(&self.chars, from);
        (at(&self.likely, to) - at(&self.likely, from)) / chars.max(1.0)
    }

    /// Measures what stands around block `at`.
    pub(super) fn describe(
        &self,
        at: usize,
        parent: impl Fn(u32) -> u32,
        row: &mut impl super::features::Put,
    ) {
        let Some(block) = self.page.blocks.get(at) else {
            return;
        };
        let near = |offset: isize| {
            at.checked_add_signed(offset)
                .and_then(|at| self.first.get(at))
                .copied()
                .unwrap_or(-0.2)
        };
        for (offset, name) in [
            (0, "c_own"),
            (-1, "c_p1"),
            (-2, "c_p2"),
            (-3, "c_p3"),
            (1, "c_n1"),
            (2, "c_n2"),
            (3, "c_n3"),
        ] {
            row.put(name, near(offset));
        }
        row.put("c_before5", self.mean(at.saturating_sub(5), at));
        row.put("c_after5", self.mean(at + 1, at + 6));
        row.put("c_before12", self.mean(at.saturating_sub(12), at));
        row.put("c_after12", self.mean(at + 1, at + 13));
        let mut node = block.node;
        for name in ["c_up0", "c_up1", "c_up2", "c_up3"] {
            let extent = self
                .page
                .extents
                .get(node as usize)
                .map_or(0..0, |extent| extent.blocks.clone());
            row.put(name, self.mean(extent.start as usize, extent.end as usize));
            node = parent(node);
        }
        let (size, sum) = self.kinds.get(&block.signature).copied().unwrap_or_default();
        row.put("c_kind", sum / size.max(1.0));
        let total = self.likely.last().copied().unwrap_or(0.0).max(1.0);
        row.put("c_total", total);
        row.put("c_done", self.likely.get(at).copied().unwrap_or(0.0) / total);
        let (from, to) = self.span;
        let known = from != usize::MAX;
        row.put(
            "c_from_first",
            if known {
                (at as f32 - from as f32).clamp(-60.0, 120.0)
            } else {
                -99.0
            },
        );
        row.put(
            "c_from_last",
            if known {
                (at as f32 - to as f32).clamp(-120.0, 60.0)
            } else {
                -199.0
            },
        );
        let mean = |from: usize, to: usize| self.mean(from, to);
        row.put("c_span", if known { mean(from, to + 1) } else { -1.0 });
        row.put("c_kind_share", sum / total);
    }
}

#[cfg(test)]
mod tests;
