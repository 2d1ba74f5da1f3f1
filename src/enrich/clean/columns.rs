//! The features of several blocks side by side, as the forests take them: a column for each feature, a lane for each
//! block.
//!
//! Invariant: what stands in a lane is what [`Survey::describe`] says of its block, in its order; lanes without a block
//! hold what was there before.

use std::ops::Range;

use super::features::{Put, Survey};

/// Blocks that stand side by side: a split of a tree is read once for all of them. With fewer, the compiler takes them
/// one by one.
pub(super) const LANES: usize = 32;

/// A number for each block that stands side by side with others.
pub(super) type Lanes<T> = [T; LANES];

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    values: Vec<Lanes<f32>>,
    sets: Vec<Sets>,
}

/// Flags, which are half of the features: noted as sets of bits, and written into their columns for all blocks at once.
#[derive(Debug, Clone)]
struct Sets {
    /// The column of the first bit of the first set.
    first: usize,
    /// Bits of a set.
    bits: u32,
    /// The sets stand in each other's gaps: all of the first bits, then all of the second ones.
    of: Vec<Lanes<u32>>,
}

impl Columns {
    /// Room for the features of a page's blocks.
    pub(super) fn new(survey: &Survey<'_>) -> Self {
        let mut layout = Layout::default();
        survey.describe(0, &mut layout);
        Self {
            values: vec![[0.0; LANES]; layout.width],
            sets: layout.sets,
        }
    }

    /// The column of a feature.
    pub(super) fn of(&self, feature: usize) -> Option<&Lanes<f32>> {
        self.values.get(feature)
    }

    /// Describes up to [`LANES`] blocks, one a lane.
    pub(super) fn describe(&mut self, survey: &Survey<'_>, blocks: Range<usize>) {
        for (lane, at) in blocks.take(LANES).enumerate() {
            let mut row = Lane {
                lane,
                columns: self.values.iter_mut(),
                sets: self.sets.iter_mut(),
            };
            survey.describe(at, &mut row);
        }
        for Sets { first, bits, of } in &self.sets {
            let mut columns = self.values.iter_mut().skip(*first);
            for bit in 0..*bits {
                for (set, column) in of.iter().zip(&mut columns) {
                    for (slot, set) in column.iter_mut().zip(set) {
                        // A processor makes several signed numbers floating ones in a step, and unsigned ones in many.
                        *slot = (set >> bit & 1).cast_signed() as f32;
                    }
                }
            }
        }
    }

    /// Takes over what stands in a lane of other columns.
    pub(super) fn take(&mut self, to: usize, from: &Self, lane: usize) {
        let (to, lane) = (to % LANES, lane % LANES);
        for (own, other) in self.values.iter_mut().zip(&from.values) {
            if let (Some(slot), Some(value)) = (own.get_mut(to), other.get(lane)) {
                *slot = *value;
            }
        }
    }
}

/// Where each feature stands.
#[derive(Debug, Default)]
struct Layout {
    width: usize,
    sets: Vec<Sets>,
}

impl Put for Layout {
    fn put(&mut self, _name: &'static str, _value: f32) {
        self.width += 1;
    }

    fn put_sets<const N: usize>(&mut self, names: &[[&'static str; N]], _sets: [u32; N]) {
        self.sets.push(Sets {
            first: self.width,
            bits: names.len() as u32,
            of: vec![[0; LANES]; N],
        });
        self.width += N * names.len();
    }
}

/// A block's place in each column.
struct Lane<'c> {
    lane: usize,
    columns: std::slice::IterMut<'c, Lanes<f32>>,
    sets: std::slice::IterMut<'c, Sets>,
}

impl Put for Lane<'_> {
    #[inline]
    fn put(&mut self, _name: &'static str, value: f32) {
        if let Some(slot) = self.columns.next().and_then(|column| column.get_mut(self.lane)) {
            *slot = value;
        }
    }

    #[inline]
    fn put_sets<const N: usize>(&mut self, names: &[[&'static str; N]], sets: [u32; N]) {
        if let Some(columns) = (N * names.len()).checked_sub(1) {
            self.columns.nth(columns);
        }
        let Some(Sets { of, .. }) = self.sets.next() else {
            return;
        };
        for (lanes, set) in of.iter_mut().zip(sets) {
            if let Some(slot) = lanes.get_mut(self.lane) {
                *slot = set;
            }
        }
    }
}
