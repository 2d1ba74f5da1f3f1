//! Hashes of folded labels.
//!
//! Invariant: they are part of the compiled file's form: another hash is another form.

/// The key's hash of a folded text; spaces do not count.
pub(super) fn hash_of(folded: &str) -> u64 {
    let mut hash = Hash::default();
    hash.push(folded);
    hash.finish()
}

/// Bytes of a stretch that can be taken out of a hash. Labels that are longer are found in keywords only.
const STRETCH_MAX: usize = 512;
const BASE: u64 = 0x517C_C1B7_2722_0A95;
const POWERS: [u64; STRETCH_MAX] = powers();

/// A hash that grows byte by byte, and from which that of any stretch at its end is told at once: a scan hashes a text
/// a single time, whatever the labels that it tries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hash(u64);

impl Hash {
    pub(crate) fn push(&mut self, folded: &str) {
        for byte in folded.bytes().filter(|byte| *byte != b' ') {
            self.push_byte(byte);
        }
    }

    /// The next byte of a text without spaces.
    pub(crate) fn push_byte(&mut self, byte: u8) {
        self.0 = self.0.wrapping_mul(BASE).wrapping_add(u64::from(byte) + 1);
    }

    /// The hash of the last `bytes` bytes alone, which were pushed after `before`.
    pub(super) fn since(self, before: Self, bytes: usize) -> Option<Self> {
        let power = POWERS.get(bytes)?;
        Some(Self(self.0.wrapping_sub(before.0.wrapping_mul(*power))))
    }

    /// The hash with `bytes` more bytes, of which `rest` is the hash.
    pub(crate) fn then(self, rest: Self, bytes: usize) -> Option<Self> {
        let power = POWERS.get(bytes)?;
        Some(Self(self.0.wrapping_mul(*power).wrapping_add(rest.0)))
    }

    pub(super) fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9FB2_1C65_1E98_DF25);
        mixed ^ (mixed >> 29)
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "a constant: it is within bounds, or nothing compiles"
)]
const fn powers() -> [u64; STRETCH_MAX] {
    let mut powers = [1; STRETCH_MAX];
    let mut power = 1u64;
    let mut at = 1;
    while at < STRETCH_MAX {
        power = power.wrapping_mul(BASE);
        powers[at] = power;
        at += 1;
    }
    powers
}

/// A hash as a number below `bound`, by its upper bits.
pub(super) fn spread(hash: u64, bound: usize) -> usize {
    ((u128::from(hash) * bound as u128) >> 64) as usize
}

/// Keys are hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PassThrough;

impl std::hash::BuildHasher for PassThrough {
    type Hasher = PassedThrough;

    fn build_hasher(&self) -> PassedThrough {
        PassedThrough(0)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct PassedThrough(u64);

impl std::hash::Hasher for PassedThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_stretch_has_the_hash_that_it_has_alone(before in ".{0,80}", stretch in ".{0,80}") {
            let mut hash = Hash::default();
            hash.push(&before);
            let first = hash;
            hash.push(&stretch);
            let bytes = stretch.bytes().filter(|byte| *byte != b' ').count();
            let alone = hash.since(first, bytes).unwrap();
            prop_assert_eq!(alone.finish(), hash_of(&stretch));
            prop_assert_eq!(first.then(alone, bytes), Some(hash));
        }
    }
}
