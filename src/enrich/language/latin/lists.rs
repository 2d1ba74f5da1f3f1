//! Which languages list a trigram, and where.
//!
//! Invariant: as little room as it takes, a tenth of a megabyte: between two texts everything else that is done to an
//! article throws tables out of the processor's caches, and a text asks for six hundred trigrams.

use foldhash::HashMap;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Each slot a trigram over the number of its entry, or nothing.
    slots: Vec<u64>,
    shift: u32,
    /// Of each entry where its places begin; the next one's are the end.
    starts: Vec<u16>,
    /// A language over a place in its list.
    places: Vec<u16>,
}

/// Bits of an entry's number.
const ENTRY_BITS: u32 = u16::BITS;
/// Spreads trigrams over the slots.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
/// Bits of a place.
const PLACE_BITS: u32 = 10;

impl Lists {
    /// Of each trigram the languages that list it, with its place; `None` where they are more than there is room for.
    pub(super) fn new(lists: &HashMap<u64, Vec<(usize, usize)>>) -> Option<Self> {
        // Two slots of three are taken at most.
        let bits = (lists.len() + lists.len() / 2 + 2)
            .next_power_of_two()
            .trailing_zeros();
        let mut own = Self {
            slots: vec![0; 1 << bits],
            shift: u64::BITS - bits,
            starts: vec![0],
            places: Vec::new(),
        };
        for (trigram, places) in lists {
            let entry = own.starts.len() as u64 - 1;
            let slot = own.slot(*trigram);
            *own.slots.get_mut(slot)? = trigram << ENTRY_BITS | entry;
            for (language, place) in places {
                let fits = *place < 1 << PLACE_BITS;
                let packed = fits.then_some(language << PLACE_BITS | place)?;
                own.places.push(u16::try_from(packed).ok()?);
            }
            own.starts.push(u16::try_from(own.places.len()).ok()?);
        }
        Some(own)
    }

    /// Where a trigram stands or would stand.
    fn slot(&self, trigram: u64) -> usize {
        let mut at = (trigram.wrapping_mul(SPREAD) >> self.shift) as usize;
        loop {
            match self.slots.get(at) {
                Some(slot) if *slot != 0 && *slot >> ENTRY_BITS != trigram => at += 1,
                Some(_) => return at,
                // Some are free, so this ends.
                None => at = 0,
            }
        }
    }

    /// Tells of every language that lists one of the trigrams, in the trigrams' order: the trigram's place among them, the
    /// language, and its place there.
    pub(super) fn each(&self, trigrams: &[u64], mut found: impl FnMut(u32, usize, u32)) {
        if self.slots.is_empty() {
            return;
        }
        // All are asked for before any is looked at: so none of them waits for another.
        let home = |trigram: &u64| (trigram.wrapping_mul(SPREAD) >> self.shift) as usize;
        let homes: Vec<u64> = trigrams
            .iter()
            .map(|trigram| self.slots.get(home(trigram)).copied().unwrap_or_default())
            .collect();
        for ((trigram, home), own) in trigrams.iter().zip(homes).zip(0..) {
            let slot = if home == 0 || home >> ENTRY_BITS == *trigram {
                home
            } else {
                self.slots.get(self.slot(*trigram)).copied().unwrap_or_default()
            };
            if slot == 0 {
                continue;
            }
            let entry = slot as usize & ((1 << ENTRY_BITS) - 1);
            let start = |entry: usize| self.starts.get(entry).copied().map_or(0, usize::from);
            let listed = self.places.get(start(entry)..start(entry + 1));
            for packed in listed.unwrap_or_default() {
                let place = u32::from(packed & ((1 << PLACE_BITS) - 1));
                found(own, usize::from(packed >> PLACE_BITS), place);
            }
        }
    }
}
