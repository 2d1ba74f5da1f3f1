//! Many words looked for at once: the automaton of Aho and Corasick (1975) as a table of states by sorts of bytes.
//!
//! Invariant: one step a byte, whatever the words are; bytes that no word has are of one sort, so the table holds what
//! the words need and no more, and states near to the root, where texts are nearly always, stand together. Why not the
//! library's: its tables are four to eight times the size, which these are thrown out of the processor's caches for by
//! everything else that is done to a page.

use std::cmp::Reverse;

/// Where a word was found: which one, and the byte after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) word: usize,
    pub(super) end: usize,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Automaton {
    /// Of each byte its sort; 0 for those that no word has.
    sorts: [u8; 256],
    /// Of each state and common sort the next state: a row of [`COMMON`], which is a cache line, a state.
    common: Vec<u16>,
    /// The same of the other sorts, a row of `width - COMMON` a state.
    rare: Vec<u16>,
    width: usize,
    /// The first of the states in which words end: they are the last ones.
    telling: u16,
    /// Of each of those where its words lie in `words`.
    ends: Vec<(u32, u32)>,
    words: Vec<u32>,
}

/// Sorts of the bytes that words have most of.
const COMMON: usize = 32;

/// States by number as words make them, with a row of `width` each.
struct Draft {
    width: usize,
    next: Vec<u16>,
    /// Of each state the words that end there.
    whole: Vec<Vec<u32>>,
}

impl Automaton {
    /// Of words; `None` where they are too many. An empty one is never found.
    pub(super) fn new<W: AsRef<[u8]>>(words: &[W]) -> Option<Self> {
        let mut counts = [0usize; 256];
        for byte in words.iter().flat_map(|word| word.as_ref()) {
            *counts.get_mut(usize::from(*byte))? += 1;
        }
        let mut known: Vec<u8> = (0..=u8::MAX)
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .map(|(byte, _)| byte)
            .collect();
        known.sort_by_key(|byte| Reverse(counts.get(usize::from(*byte))));
        let width = known.len() + 1;
        let mut sorts = [0u8; 256];
        for (sort, byte) in (1usize..).zip(known) {
            *sorts.get_mut(usize::from(byte))? = u8::try_from(sort).ok()?;
        }
        let mut draft = Draft {
            width,
            next: vec![0; width],
            whole: vec![Vec::new()],
        };
        for (number, word) in words
            .iter()
            .enumerate()
            .filter(|(_, word)| !word.as_ref().is_empty())
        {
            let mut state = 0;
            for byte in word.as_ref() {
                let sort = sorts.get(usize::from(*byte)).copied().unwrap_or_default();
                let at = usize::from(state) * width + usize::from(sort);
                if draft.next.get(at) == Some(&0) {
                    let new = u16::try_from(draft.whole.len()).ok()?;
                    *draft.next.get_mut(at)? = new;
                    draft.next.resize(draft.next.len() + width, 0);
                    draft.whole.push(Vec::new());
                }
                state = *draft.next.get(at)?;
            }
            let whole = draft.whole.get_mut(usize::from(state))?;
            whole.push(u32::try_from(number).ok()?);
        }
        let by_distance = draft.link()?;
        draft.laid_out(sorts, &by_distance)
    }

    /// Tells of every word that stands in `bytes`, over others or not, in order of their ends, longer ones first.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(Found)) {
        let mut state = 0u16;
        for (byte, end) in bytes.iter().zip(1..) {
            let sort = self.sorts.get(usize::from(*byte)).copied().map_or(0, usize::from);
            let row = usize::from(state);
            let next = match sort.checked_sub(COMMON) {
                None => self.common.get(row * COMMON + sort),
                Some(sort) => self.rare.get(row * (self.width - COMMON) + sort),
            };
            state = next.copied().unwrap_or_default();
            if let Some(telling) = state.checked_sub(self.telling) {
                let (from, to) = self.ends.get(usize::from(telling)).copied().unwrap_or_default();
                for word in self.words.get(from as usize..to as usize).unwrap_or_default() {
                    found(Found {
                        word: *word as usize,
                        end,
                    });
                }
            }
        }
    }
}

impl Draft {
    /// Fills what no word goes on with: from there the longest ending that begins a word goes on. A shorter ending is
    /// nearer to the root, so the states are taken by their distance; that order comes back.
    fn link(&mut self) -> Option<Vec<u16>> {
        let mut endings = vec![0u16; self.whole.len()];
        let mut by_distance = vec![0u16];
        let mut taken = 0;
        while let Some(state) = by_distance.get(taken).copied() {
            taken += 1;
            let ending = *endings.get(usize::from(state))?;
            for sort in 1..self.width {
                let at = usize::from(state) * self.width + sort;
                let by_ending = *self.next.get(usize::from(ending) * self.width + sort)?;
                let child = *self.next.get(at)?;
                if child == 0 {
                    *self.next.get_mut(at)? = by_ending;
                    continue;
                }
                // The root's own children end in nothing.
                let ending = if state == 0 { 0 } else { by_ending };
                *endings.get_mut(usize::from(child))? = ending;
                let inherited = self.whole.get(usize::from(ending))?.clone();
                self.whole.get_mut(usize::from(child))?.extend(inherited);
                by_distance.push(child);
            }
        }
        Some(by_distance)
    }

    /// The same in the order and the rows in which it is walked through.
    fn laid_out(&self, sorts: [u8; 256], by_distance: &[u16]) -> Option<Automaton> {
        let tells = |state: &&u16| {
            self.whole
                .get(usize::from(**state))
                .is_some_and(|words| !words.is_empty())
        };
        let silent = by_distance.iter().filter(|state| !tells(state));
        let order: Vec<u16> = silent.chain(by_distance.iter().filter(tells)).copied().collect();
        let mut places = vec![0u16; order.len()];
        for (place, state) in (0u16..).zip(&order) {
            *places.get_mut(usize::from(*state))? = place;
        }
        let mut own = Automaton {
            sorts,
            common: Vec::with_capacity(order.len() * COMMON),
            rare: Vec::new(),
            width: self.width.max(COMMON),
            telling: u16::try_from(by_distance.iter().filter(|state| !tells(state)).count()).ok()?,
            ends: Vec::new(),
            words: Vec::new(),
        };
        for state in &order {
            let from = usize::from(*state) * self.width;
            let row = self.next.get(from..from + self.width)?;
            let row = row.iter().map(|next| places.get(usize::from(*next)).copied());
            let row = row.collect::<Option<Vec<u16>>>()?;
            let (common, rare) = row.split_at(COMMON.min(row.len()));
            own.common.extend(common);
            own.common.resize(own.common.len() + COMMON - common.len(), 0);
            own.rare.extend(rare);
        }
        for state in order.iter().skip(usize::from(own.telling)) {
            let from = own.words.len() as u32;
            own.words.extend(self.whole.get(usize::from(*state))?);
            own.ends.push((from, own.words.len() as u32));
        }
        Some(own)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_found_is_what_the_library_finds(
            words in prop::collection::vec("[abcé]{1,4}", 0..12),
            text in "[abcdé]{0,40}",
        ) {
            let mut own = Vec::new();
            Automaton::new(&words).unwrap().each(text.as_bytes(), |found| own.push((found.word, found.end)));
            let library = aho_corasick::AhoCorasick::new(&words).unwrap();
            let all: Vec<(usize, usize)> = library
                .find_overlapping_iter(&text)
                .map(|found| (found.pattern().as_usize(), found.end()))
                .collect();
            prop_assert_eq!(own, all);
        }
    }

    #[test]
    fn more_words_than_states_are_refused() {
        let words: Vec<String> = (0..20_000).map(|word| format!("{word:x}word")).collect();
        assert!(Automaton::new(&words).is_none());
        assert!(Automaton::new(&[""]).is_some());
    }
}
