//! A text's trigrams by how often they stand there.
//!
//! Invariant: the most frequent first, of equal ones the last in the order of their letters first.

/// Bits of a unit, and the bits of one and of three.
const UNIT_BITS: u32 = u16::BITS;
const UNIT: u64 = (1 << UNIT_BITS) - 1;
const TRIGRAM: u64 = (1 << (3 * UNIT_BITS)) - 1;

/// What parts words.
const BLANK: u16 = b' ' as u16;

/// Different letters up to which every possible trigram has a place of its own.
const ALPHABET_MAX: usize = 40;

/// The first `most` trigrams of a text in small letters, with a blank before it and blanks for what parts words: three
/// units of [`UNIT_BITS`] each.
pub(super) fn ordered(units: &[u16], most: usize) -> Vec<u64> {
    match Alphabet::of(units) {
        Some(alphabet) => alphabet.ordered(units, most),
        None => by_hash(units, most),
    }
}

/// The letters of a text, the blank with them, in order.
struct Alphabet {
    letters: Vec<u16>,
    /// Of each letter of ASCII its place among them; a text of Latin letters has few others.
    ascii: [u8; 128],
}

impl Alphabet {
    /// `None` where there are too many.
    fn of(units: &[u16]) -> Option<Self> {
        let mut seen = [false; 128];
        let mut others: Vec<u16> = Vec::new();
        for unit in [BLANK].iter().chain(units) {
            match seen.get_mut(usize::from(*unit)) {
                Some(seen) => *seen = true,
                None if others.contains(unit) => {}
                None if others.len() >= ALPHABET_MAX => return None,
                None => others.push(*unit),
            }
        }
        others.sort_unstable();
        let mut own = Self {
            letters: Vec::with_capacity(ALPHABET_MAX),
            ascii: [0; 128],
        };
        for ((unit, place), seen) in (0..).zip(&mut own.ascii).zip(seen) {
            if seen {
                *place = own.letters.len() as u8;
                own.letters.push(unit);
            }
        }
        own.letters.extend(others);
        (own.letters.len() <= ALPHABET_MAX).then_some(own)
    }

    fn place(&self, unit: u16) -> usize {
        match self.ascii.get(usize::from(unit)) {
            Some(place) => usize::from(*place),
            None => self.letters.binary_search(&unit).unwrap_or_default(),
        }
    }

    fn ordered(&self, units: &[u16], most: usize) -> Vec<u64> {
        let letters = self.letters.len();
        let blank = self.place(BLANK);
        let mut counted = Counted::new(letters.pow(3));
        let mut units = units.iter().map(|unit| self.place(*unit));
        let mut before = units.next().unwrap_or(blank);
        let mut pair = blank * letters + before;
        for unit in units {
            counted.add(pair * letters + unit);
            pair = before * letters + unit;
            before = unit;
        }
        // A blank beside a blank is none of a word's.
        for letter in 0..letters {
            for [left, right] in [[blank, letter], [letter, blank]] {
                counted.leave_out((left * letters + blank) * letters + right);
            }
        }
        let letter = |place: u64| u64::from(self.letters.get(place as usize).copied().unwrap_or(BLANK));
        let mut ordered = counted.most_frequent(most);
        let parted = Parted::by(letters as u64);
        for trigram in &mut ordered {
            let (pair, last) = parted.of(*trigram);
            let (first, middle) = parted.of(pair);
            let (first, middle) = (letter(first), letter(middle));
            *trigram = (first << UNIT_BITS | middle) << UNIT_BITS | letter(last);
        }
        ordered
    }
}

/// Division by one number, over and over: a product where the processor would divide, which it is long about.
struct Parted {
    by: u64,
    /// One part of 2 to the 32nd, and a little more: too little to matter for numbers of trigrams.
    part: u64,
}

impl Parted {
    fn by(by: u64) -> Self {
        Self {
            by,
            part: (1 << 32) / by.max(1) + 1,
        }
    }

    /// The quotient and the rest.
    fn of(&self, number: u64) -> (u64, u64) {
        let quotient = (number * self.part) >> 32;
        (quotient, number - quotient * self.by)
    }
}

/// How often each number stands in a list.
struct Counted {
    counts: Vec<u16>,
    /// Which have a count, as bits: they are few.
    seen: Vec<u64>,
}

impl Counted {
    fn new(numbers: usize) -> Self {
        Self {
            counts: vec![0; numbers],
            seen: vec![0; numbers.div_ceil(u64::BITS as usize)],
        }
    }

    fn add(&mut self, number: usize) {
        if let (Some(count), Some(seen)) = (self.counts.get_mut(number), self.seen.get_mut(number / 64)) {
            *count = count.saturating_add(1);
            *seen |= 1 << (number % 64);
        }
    }

    fn leave_out(&mut self, number: usize) {
        if let Some(seen) = self.seen.get_mut(number / 64) {
            *seen &= !(1 << (number % 64));
        }
    }

    /// Those that there are with their counts, the last first.
    fn each(&self, mut take: impl FnMut(usize, u16)) {
        for (at, bits) in self.seen.iter().enumerate().rev() {
            let mut bits = *bits;
            while bits != 0 {
                let bit = 63 - bits.leading_zeros() as usize;
                bits ^= 1 << bit;
                let number = at * 64 + bit;
                take(number, self.counts.get(number).copied().unwrap_or_default());
            }
        }
    }

    fn most_frequent(&self, most: usize) -> Vec<u64> {
        // How many have a count, then how many have more.
        let mut places = Vec::new();
        self.each(|_, count| {
            if places.len() <= usize::from(count) {
                places.resize(usize::from(count) + 1, 0);
            }
            if let Some(number) = places.get_mut(usize::from(count)) {
                *number += 1;
            }
        });
        let mut more = 0usize;
        for number in places.iter_mut().rev() {
            more += std::mem::replace(number, more);
        }
        let mut ordered = vec![0; most.min(more)];
        self.each(|number, count| {
            if let Some(place) = places.get_mut(usize::from(count)) {
                if let Some(slot) = ordered.get_mut(*place) {
                    *slot = number as u64;
                }
                *place += 1;
            }
        });
        ordered
    }
}

/// The same for any number of letters.
fn by_hash(units: &[u16], most: usize) -> Vec<u64> {
    let mut counts = Counts::new(units.len());
    let mut units = units.iter().copied();
    // The last three units, the latest lowest.
    let mut three = u64::from(BLANK) << UNIT_BITS | u64::from(units.next().unwrap_or(BLANK));
    for unit in units {
        three = (three << UNIT_BITS | u64::from(unit)) & TRIGRAM;
        let (first, middle) = (three >> (2 * UNIT_BITS), three >> UNIT_BITS & UNIT);
        let beside_blank = first == u64::from(BLANK) || unit == BLANK;
        if !(middle == u64::from(BLANK) && beside_blank) {
            counts.add(three);
        }
    }
    counts.ordered(most)
}

/// Counts trigrams: a table with more room than the text can need, each slot a trigram over its count.
struct Counts {
    slots: Vec<u64>,
    shift: u32,
}

/// Bits of a count.
const COUNT_BITS: u32 = 16;

impl Counts {
    fn new(units: usize) -> Self {
        let bits = (units + units / 4 + 2).next_power_of_two().trailing_zeros();
        Self {
            slots: vec![0; 1 << bits],
            shift: u64::BITS - bits,
        }
    }

    fn add(&mut self, trigram: u64) {
        let mut at = (trigram.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize;
        loop {
            match self.slots.get_mut(at) {
                Some(slot) if *slot >> COUNT_BITS == trigram => {
                    *slot += 1;
                    return;
                }
                Some(slot) if *slot == 0 => {
                    *slot = trigram << COUNT_BITS | 1;
                    return;
                }
                Some(_) => at += 1,
                None => at = 0,
            }
        }
    }

    /// The trigrams that are looked at, the most frequent first, of equal ones the last first.
    fn ordered(self, most: usize) -> Vec<u64> {
        let mut ordered: Vec<u64> = self
            .slots
            .into_iter()
            .filter(|slot| *slot != 0)
            .map(|slot| slot.rotate_right(COUNT_BITS))
            .collect();
        if ordered.len() > most {
            ordered.select_nth_unstable_by(most, |left, right| right.cmp(left));
            ordered.truncate(most);
        }
        ordered.sort_unstable_by(|left, right| right.cmp(left));
        for slot in &mut ordered {
            *slot &= (1 << (u64::BITS - COUNT_BITS)) - 1;
        }
        ordered
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_place_for_each_and_a_table_of_those_that_there_are_give_the_same(
            text in "[a-eé ]{0,60}",
            most in 1usize..40,
        ) {
            let units: Vec<u16> = text.chars().map(|char| char as u16).collect();
            prop_assert_eq!(ordered(&units, most), by_hash(&units, most));
        }
    }

    #[test]
    fn numbers_are_divided_without_a_division() {
        for by in 1..=ALPHABET_MAX as u64 {
            let parted = Parted::by(by);
            for number in 0..by.pow(3) {
                assert_eq!(parted.of(number), (number / by, number % by), "{number} / {by}");
            }
        }
    }

    #[test]
    fn many_letters_are_counted_by_a_table() {
        let units: Vec<u16> = (0x100..0x180).collect();
        assert!(Alphabet::of(&units).is_none());
        assert_eq!(ordered(&units, 5).len(), 5);
    }
}
