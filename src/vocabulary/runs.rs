//! Where each of many short stretches lies, and small numbers in few bits: the two forms that keep a table small.
//!
//! Invariant: made from counts that add up, or not made; asking is constant work and never out of bounds.

use std::ops::Range;

/// A stretch of this length or more is listed by itself.
const LONG: u8 = u8::MAX;
/// Stretches between two sums that are kept.
const EVERY: usize = 16;

/// Stretches one behind the other, known by their lengths: a byte each and a sum for every sixteen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs {
    counts: Vec<u8>,
    /// Number and length of the long ones, by number.
    long: Vec<(u32, u32)>,
    /// Where every sixteenth begins.
    sums: Vec<u32>,
    total: usize,
}

impl Runs {
    /// From lengths as they are kept. None when they do not add up to what can be told.
    pub(super) fn new(counts: Vec<u8>, long: Vec<(u32, u32)>) -> Option<Self> {
        let mut runs = Self {
            sums: Vec::with_capacity(counts.len() / EVERY + 1),
            counts,
            long,
            total: 0,
        };
        let mut listed = runs.long.iter();
        let mut total = 0u32;
        for (number, count) in runs.counts.iter().enumerate() {
            if number % EVERY == 0 {
                runs.sums.push(total);
            }
            let length = if *count == LONG {
                let (at, length) = listed.next()?;
                (*at as usize == number).then_some(*length)?
            } else {
                u32::from(*count)
            };
            total = total.checked_add(length)?;
        }
        runs.total = total as usize;
        listed.next().is_none().then_some(runs)
    }

    /// From lengths. None when there are too many, or their sum is too large.
    pub(super) fn of(lengths: impl Iterator<Item = usize>) -> Option<Self> {
        let (mut counts, mut long) = (Vec::new(), Vec::new());
        for (number, length) in lengths.enumerate() {
            match u8::try_from(length) {
                Ok(count) if count < LONG => counts.push(count),
                _ => {
                    counts.push(LONG);
                    long.push((u32::try_from(number).ok()?, u32::try_from(length).ok()?));
                }
            }
        }
        Self::new(counts, long)
    }

    pub(super) fn parts(&self) -> (&[u8], &[(u32, u32)]) {
        (&self.counts, &self.long)
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// Their lengths' sum.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Where one lies; nowhere if there is none of this number.
    pub(super) fn range(&self, number: usize) -> Range<usize> {
        let block = number / EVERY;
        let (Some(sum), Some(own)) = (self.sums.get(block), self.counts.get(number)) else {
            return 0..0;
        };
        let first = block * EVERY;
        let before = self.counts.get(first..number).unwrap_or_default();
        let mut start = *sum as usize;
        for (at, count) in before.iter().enumerate() {
            start += self.length(first + at, *count);
        }
        start..start + self.length(number, *own)
    }

    fn length(&self, number: usize, count: u8) -> usize {
        if count != LONG {
            return usize::from(count);
        }
        self.long
            .binary_search_by_key(&number, |(at, _)| *at as usize)
            .ok()
            .and_then(|at| self.long.get(at))
            .map_or(0, |(_, length)| *length as usize)
    }
}

/// Numbers in as many bits as the largest needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Packed {
    bits: u8,
    len: usize,
    bytes: Vec<u8>,
}

/// What a look at the last number may read beyond it.
const PADDING: usize = 8;
const BITS_MAX: u8 = 32;

impl Packed {
    pub(super) fn of(numbers: impl ExactSizeIterator<Item = u32>, largest: u32) -> Self {
        let bits = (u32::BITS - largest.leading_zeros()) as u8;
        let len = numbers.len();
        let mut bytes = vec![0u8; Self::bytes_of(bits, len).unwrap_or(PADDING)];
        for (number, value) in numbers.enumerate() {
            let bit = number * usize::from(bits);
            let shifted = (u64::from(value) << (bit % 8)).to_le_bytes();
            let Some(window) = bytes.get_mut(bit / 8..) else {
                continue;
            };
            for (byte, value) in window.iter_mut().zip(shifted) {
                *byte |= value;
            }
        }
        Self { bits, len, bytes }
    }

    /// From what is kept. None when the bytes are not as many as the numbers need.
    pub(super) fn new(bits: u8, len: usize, bytes: Vec<u8>) -> Option<Self> {
        (bits <= BITS_MAX && Self::bytes_of(bits, len)? == bytes.len()).then_some(Self { bits, len, bytes })
    }

    fn bytes_of(bits: u8, len: usize) -> Option<usize> {
        Some(len.checked_mul(usize::from(bits))?.div_ceil(8) + PADDING)
    }

    pub(super) fn parts(&self) -> (u8, usize, &[u8]) {
        (self.bits, self.len, &self.bytes)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, number: usize) -> Option<u32> {
        if number >= self.len {
            return None;
        }
        let bit = number * usize::from(self.bits);
        let window = self.bytes.get(bit / 8..bit / 8 + PADDING)?;
        let window = u64::from_le_bytes(window.try_into().ok()?) >> (bit % 8);
        Some((window & ((1 << self.bits) - 1)) as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn stretches_lie_one_behind_the_other(lengths in proptest::collection::vec(prop_oneof![0usize..40, 200usize..600], 0..80)) {
            let runs = Runs::of(lengths.iter().copied()).unwrap();
            let mut at = 0;
            for (number, length) in lengths.iter().enumerate() {
                prop_assert_eq!(runs.range(number), at..at + length);
                at += length;
            }
            prop_assert_eq!((runs.len(), runs.total()), (lengths.len(), at));
            prop_assert_eq!(runs.range(lengths.len()), 0..0);
            let (counts, long) = runs.parts();
            prop_assert_eq!(Runs::new(counts.to_vec(), long.to_vec()), Some(runs.clone()));
        }

        #[test]
        fn packed_numbers_come_out_again(largest in any::<u32>(), seeds in proptest::collection::vec(any::<u32>(), 0..60)) {
            let numbers: Vec<u32> = seeds.iter().map(|seed| if largest == u32::MAX { *seed } else { seed % (largest + 1) }).collect();
            let packed = Packed::of(numbers.iter().copied(), largest);
            for (number, value) in numbers.iter().enumerate() {
                prop_assert_eq!(packed.get(number), Some(*value));
            }
            prop_assert_eq!(packed.get(numbers.len()), None);
            let (bits, len, bytes) = packed.parts();
            prop_assert_eq!(Packed::new(bits, len, bytes.to_vec()), Some(packed.clone()));
        }
    }

    #[test]
    fn lengths_that_do_not_add_up_are_refused() {
        assert_eq!(Runs::new(vec![1, 255], vec![]), None);
        assert_eq!(Runs::new(vec![1, 2], vec![(0, 300)]), None);
        assert_eq!(Runs::new(vec![255, 255], vec![(0, u32::MAX), (1, 300)]), None);
        assert_eq!(Packed::new(33, 1, vec![0; 13]), None);
        assert_eq!(Packed::new(8, usize::MAX, vec![]), None);
    }
}
