//! The block model: a gate and a forest of boosted trees over the features of a block.
//!
//! The gate is a few trees that turn away what is plainly no text, half of a page; the forest judges the others.
//! The weights are `model/weights.txt`, told of in `model/README.md` with the command that makes them.
//!
//! Invariant: weights that cannot be read, or that name other features than the code measures, fail a test, and at
//! run time decide nothing (every block is as likely as not).

use std::sync::LazyLock;

use super::columns::{Columns, LANES, Lanes};

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
    /// The leaves that are gone where the value is over the threshold.
    gone: u32,
}

impl Split {
    /// Takes the leaves that are gone out of the sets of those blocks whose values are over the threshold. In a function of
    /// its own, where the compiler has registers enough for all of them.
    #[inline(never)]
    fn cut(&self, sets: &mut Lanes<u32>, values: &Lanes<f32>) {
        for (set, value) in sets.iter_mut().zip(values) {
            // All ones where the value is over the threshold, in a form of which the compiler makes one step for several
            // blocks.
            let fails = -i32::from(*value > self.threshold);
            *set &= !(self.gone & fails.cast_unsigned());
        }
    }
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

/// Room for the trees of blocks that go through together, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Of each tree the leaves that remain.
    remaining: Vec<Lanes<u32>>,
    /// Of each tree the leaves that remain by the splits that all of the blocks fail.
    common: Vec<u32>,
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

    /// Which of up to [`LANES`] blocks may be text at all.
    pub(super) fn may_be_text(&self, columns: &Columns, scratch: &mut Scratch) -> Lanes<bool> {
        let likelihoods = self.gate.likelihoods(columns, scratch);
        likelihoods.map(|likelihood| likelihood >= self.cut)
    }

    /// How likely they are text.
    pub(super) fn likelihood(&self, columns: &Columns, scratch: &mut Scratch) -> Lanes<f32> {
        self.forest.likelihoods(columns, scratch)
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
                                gone: taken as u32,
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

    fn likelihoods(&self, columns: &Columns, scratch: &mut Scratch) -> Lanes<f32> {
        let Scratch { remaining, common } = scratch;
        let trees = self.leaves.len() / LEAVES;
        remaining.clear();
        remaining.resize(trees, [u32::MAX; LANES]);
        common.clear();
        common.resize(trees, u32::MAX);
        let mut from = 0;
        for (feature, end) in &self.asked {
            let splits = self.splits.get(from..*end as usize).unwrap_or_default();
            from = *end as usize;
            let Some(values) = columns.of(*feature as usize) else {
                continue;
            };
            let (least, most) = extremes(values);
            let mut splits = splits.iter().peekable();
            while let Some(split) = splits.next_if(|split| split.threshold < least) {
                if let Some(set) = common.get_mut(split.tree as usize) {
                    *set &= !split.gone;
                }
            }
            for split in splits.take_while(|split| split.threshold < most) {
                if let Some(sets) = remaining.get_mut(split.tree as usize) {
                    split.cut(sets, values);
                }
            }
        }
        let mut sums = [self.base; LANES];
        let (leaves, _) = self.leaves.as_chunks::<LEAVES>();
        for ((leaves, sets), common) in leaves.iter().zip(remaining.iter()).zip(common.iter()) {
            for (sum, set) in sums.iter_mut().zip(sets) {
                // A tree's last leaf is under no left branch, so one always remains.
                let leaf = (set & common).trailing_zeros() as usize % LEAVES;
                *sum += leaves.get(leaf).copied().unwrap_or_default();
            }
        }
        sums.map(|sum| 1.0 / (1.0 + (-sum).exp()))
    }
}

/// The least and the most of the values; several side by side, for the compiler makes one step of these.
fn extremes(values: &Lanes<f32>) -> (f32, f32) {
    const SIDES: usize = 8;
    let (mut least, mut most) = ([f32::MAX; SIDES], [f32::MIN; SIDES]);
    for some in values.as_chunks::<SIDES>().0 {
        for ((least, most), value) in least.iter_mut().zip(&mut most).zip(some) {
            *least = if *value < *least { *value } else { *least };
            *most = if *value > *most { *value } else { *most };
        }
    }
    let pairs = least.into_iter().zip(most);
    pairs.fold((f32::MAX, f32::MIN), |(least, most), (low, high)| {
        (
            if low < least { low } else { least },
            if high > most { high } else { most },
        )
    })
}

#[cfg(test)]
mod tests;
