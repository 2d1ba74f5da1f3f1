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
/// Splits of one feature stand in order, so most are never looked at.
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

/// Room for one block's trees, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Scratch(Vec<u32>);

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

    /// Whether a block may be text at all.
    pub(super) fn may_be_text(&self, row: &[f32], scratch: &mut Scratch) -> bool {
        self.gate.likelihood(row, scratch) >= self.cut
    }

    /// How likely a block is text.
    pub(super) fn likelihood(&self, row: &[f32], scratch: &mut Scratch) -> f32 {
        self.forest.likelihood(row, scratch)
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

    fn likelihood(&self, row: &[f32], scratch: &mut Scratch) -> f32 {
        let remaining = &mut scratch.0;
        remaining.clear();
        remaining.resize(self.leaves.len() / LEAVES, u32::MAX);
        let mut from = 0;
        for (feature, end) in &self.asked {
            let value = row.get(*feature as usize).copied().unwrap_or_default();
            let splits = self.splits.get(from..*end as usize).unwrap_or_default();
            from = *end as usize;
            for split in splits {
                if value <= split.threshold {
                    break;
                }
                if let Some(set) = remaining.get_mut(split.tree as usize) {
                    *set &= split.remaining;
                }
            }
        }
        let mut sum = self.base;
        for (leaves, set) in self.leaves.chunks_exact(LEAVES).zip(remaining.iter()) {
            sum += leaves
                .get(set.trailing_zeros() as usize)
                .copied()
                .unwrap_or_default();
        }
        1.0 / (1.0 + (-sum).exp())
    }
}

#[cfg(test)]
mod tests;
