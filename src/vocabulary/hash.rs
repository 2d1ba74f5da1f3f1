//! Hashes of folded labels.
//!
//! Invariant: they are part of the compiled file's form: another hash is another form.

/// The key's hash of a folded text; spaces do not count.
pub(super) fn hash_of(folded: &str) -> u64 {
    let mut hash = Hash::default();
    hash.push(folded);
    hash.finish()
}

/// A hash that grows token by token, so that a scan tries every length of a label without starting over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
}

impl Hash {
    pub(crate) fn push(&mut self, folded: &str) {
        for byte in folded.bytes().filter(|byte| *byte != b' ') {
            self.push_byte(byte);
        }
    }

    /// The next byte of a text without spaces.
    pub(crate) fn push_byte(&mut self, byte: u8) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x517C_C1B7_2722_0A95);
    }

    pub(super) fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9FB2_1C65_1E98_DF25);
        mixed ^ (mixed >> 29)
    }
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
