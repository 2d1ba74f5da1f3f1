//! The block model: a gate and a forest of boosted trees over the features of a block.
//!
//! The gate is a few trees that turn away what is plainly no text, half of a page; the forest judges the others.
//! The weights are `model/weights.txt`, told of in `model/README.md` with the command that makes them.
//!
//! Invariant: weights that cannot be read, or that name other features than the code measures, fail a test, and at
//! run time decide nothing (every block is as likely as not).

use std::sync::LazyLock;

/// Trees, laid out by feature (QuickScorer, Lucchese et al., SIGIR 2015): each split that a block fails
/// takes the leaves under its left branch from the tree's set, and the leftmost leaf that remains is the tree's answer.
/// Splits of one feature stand in order, so most are never looked at. Several blocks go through at once.
#[derive(Debug, Default)]
struct Forest {
    base: f32,
    /// The features that are asked about, each with the end of its splits in `splits`.
    asked: Vec<(u32, u32)>,
    splits: Vec<Split>,
    /// [`LEAVES`] of each tree.
    leaves: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    threshold: f32,
    tree: u32,
    /// The leaves that remain where the value is over the threshold.
    remaining: u32,
}

/// Leaves of the largest tree: one bit each.
const LEAVES: usize = 32;

/// A node as it is written.
#[derive(Debug, Clone, Copy)]
enum Node {
    Split {
        feature: usize,
        threshold: f32,
        left: usize,
        right: usize,
    },
    Leaf(f32),
}

/// Names of the forests, as they are written.
const ROUNDS: [&str; 2] = ["gate", "forest"];

/// Blocks that go through a forest together: a split is read once for all of them. With fewer, the compiler takes them
/// one by one.
pub(super) const LANES: usize = 32;

/// A number for each block that goes through together.
pub(super) type Lanes<T> = [T; LANES];

/// Room for the features and the trees of blocks that go through together, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// By feature.
    columns: Vec<Lanes<f32>>,
    /// Of each tree the leaves that remain.
    remaining: Vec<Lanes<u32>>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Model {
    gate: Forest,
    /// Likelihood under which the gate turns a block away.
    cut: f32,
    forest: Forest,
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
        let mut trees: [Vec<Vec<Node>>; 2] = Default::default();
        let mut round = 0;
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
                "cut" => model.cut = rest.parse().ok()?,
                "round" => {
                    let (which, base) = rest.split_once(' ')?;
                    round = ROUNDS.iter().position(|known| *known == which)?;
                    let forests = [&mut model.gate, &mut model.forest];
                    forests.into_iter().nth(round)?.base = base.parse().ok()?;
                }
                "tree" => {
                    let tree = rest.split(' ').map(node).collect::<Option<Vec<_>>>()?;
                    trees.get_mut(round)?.push(tree);
                }
                _ => return None,
            }
        }
        let [gate, forest] = &trees;
        model.gate.lay_out(gate)?;
        model.forest.lay_out(forest)?;
        Some(model)
    }

    /// Which of up to [`LANES`] blocks may be text at all. `rows` are their features, one block's behind the other's.
    pub(super) fn may_be_text(&self, rows: &[f32], width: usize, scratch: &mut Scratch) -> Lanes<bool> {
        let likelihoods = self.gate.likelihoods(rows, width, scratch);
        likelihoods.map(|likelihood| likelihood >= self.cut)
    }

    /// How likely they are text.
    pub(super) fn likelihood(&self, rows: &[f32], width: usize, scratch: &mut Scratch) -> Lanes<f32> {
        self.forest.likelihoods(rows, width, scratch)
    }
}

fn node(text: &str) -> Option<Node> {
    let mut parts = text.split(',');
    let first = parts.next()?;
    let Some(threshold) = parts.next() else {
        return Some(Node::Leaf(first.parse().ok()?));
    };
    Some(Node::Split {
        feature: first.parse().ok()?,
        threshold: threshold.parse().ok()?,
        left: parts.next()?.parse().ok()?,
        right: parts.next()?.parse().ok()?,
    })
}

impl Forest {
    /// Takes trees whose children stand after their parents; `None` where they do not, or a tree is too large.
    fn lay_out(&mut self, trees: &[Vec<Node>]) -> Option<()> {
        let mut splits: Vec<(usize, Split)> = Vec::new();
        for (tree, nodes) in trees.iter().enumerate() {
            let mut counts = vec![1usize; nodes.len()];
            for (at, node) in nodes.iter().enumerate().rev() {
                if let Node::Split { left, right, .. } = *node {
                    if left <= at || right <= at {
                        return None;
                    }
                    *counts.get_mut(at)? = counts.get(left)? + counts.get(right)?;
                }
            }
            if *counts.first()? > LEAVES {
                return None;
            }
            let from = self.leaves.len();
            self.leaves.resize(from + LEAVES, 0.0);
            // Of each node the first leaf under it, counted from the left.
            let mut firsts = vec![0usize; nodes.len()];
            for (at, node) in nodes.iter().enumerate() {
                let first = *firsts.get(at)?;
                match *node {
                    Node::Leaf(value) => *self.leaves.get_mut(from + first)? = value,
                    Node::Split {
                        feature,
                        threshold,
                        left,
                        right,
                    } => {
                        let under_left = *counts.get(left)?;
                        *firsts.get_mut(left)? = first;
                        *firsts.get_mut(right)? = first + under_left;
                        let taken = ((1u64 << under_left) - 1) << first;
                        splits.push((
                            feature,
                            Split {
                                threshold,
                                tree: u32::try_from(tree).ok()?,
                                remaining: !(taken as u32),
                            },
                        ));
                    }
                }
            }
        }
        splits.sort_by(|(left, one), (right, two)| {
            left.cmp(right).then(one.threshold.total_cmp(&two.threshold))
        });
        for (at, (feature, _)) in splits.iter().enumerate() {
            let end = at as u32 + 1;
            match self.asked.last_mut() {
                Some((last, known)) if *last == *feature as u32 => *known = end,
                _ => self.asked.push((*feature as u32, end)),
            }
        }
        self.splits = splits.into_iter().map(|(_, split)| split).collect();
        Some(())
    }

    fn likelihoods(&self, rows: &[f32], width: usize, scratch: &mut Scratch) -> Lanes<f32> {
        let Scratch { columns, remaining } = scratch;
        columns.resize(width, [0.0; LANES]);
        for (lane, row) in rows.chunks_exact(width.max(1)).take(LANES).enumerate() {
            for (column, value) in columns.iter_mut().zip(row) {
                if let Some(slot) = column.get_mut(lane) {
                    *slot = *value;
                }
            }
        }
        remaining.clear();
        remaining.resize(self.leaves.len() / LEAVES, [u32::MAX; LANES]);
        let mut from = 0;
        for (feature, end) in &self.asked {
            let values = columns.get(*feature as usize).copied().unwrap_or_default();
            let most = values.iter().copied().fold(f32::MIN, f32::max);
            let least = values.iter().copied().fold(f32::MAX, f32::min);
            let splits = self.splits.get(from..*end as usize).unwrap_or_default();
            from = *end as usize;
            let by_all = splits.partition_point(|split| split.threshold < least);
            let (by_all, by_some) = splits.split_at_checked(by_all).unwrap_or_default();
            for split in by_all {
                if let Some(sets) = remaining.get_mut(split.tree as usize) {
                    for set in sets {
                        *set &= split.remaining;
                    }
                }
            }
            for split in by_some.iter().take_while(|split| split.threshold < most) {
                if let Some(sets) = remaining.get_mut(split.tree as usize) {
                    for (set, value) in sets.iter_mut().zip(&values) {
                        // All ones where the value is over the threshold: the difference's sign, for the compiler makes
                        // one step of these for several blocks, but not of comparisons.
                        let fails = (split.threshold - value).to_bits().cast_signed() >> 31;
                        *set &= split.remaining | !fails.cast_unsigned();
                    }
                }
            }
        }
        let mut sums = [self.base; LANES];
        for (leaves, sets) in self.leaves.chunks_exact(LEAVES).zip(remaining.iter()) {
            for (sum, set) in sums.iter_mut().zip(sets) {
                *sum += leaves
                    .get(set.trailing_zeros() as usize)
                    .copied()
                    .unwrap_or_default();
            }
        }
        sums.map(|sum| 1.0 / (1.0 + (-sum).exp()))
    }
}

#[cfg(test)]
mod tests;
