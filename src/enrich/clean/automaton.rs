//! Many words looked for at once: the automaton of Aho and Corasick (1975) as a table of states by sorts of bytes.
//!
//! Invariant: one step a byte, whatever the words are; bytes that no word has are of one sort, so the table holds what
//! the words need and no more. Why not the library's: its tables are four to eight times the size, which these are
//! thrown out of the processor's caches for by everything else that is done to a page.

use std::collections::VecDeque;

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
    /// How many sorts there are.
    width: usize,
    /// Of each state and sort the next state.
    next: Vec<u16>,
    /// Of each state where the words that end there lie in `words`.
    ends: Vec<(u32, u32)>,
    /// Whether a word ends there, as bits by state: asked at each byte, so it is small.
    tells: Vec<u64>,
    words: Vec<u32>,
}

impl Automaton {
    /// Of words; `None` where they are too many. An empty one is never found.
    pub(super) fn new<W: AsRef<[u8]>>(words: &[W]) -> Option<Self> {
        let mut sorts = [0u8; 256];
        let mut width = 1usize;
        for byte in words.iter().flat_map(|word| word.as_ref()) {
            let sort = sorts.get_mut(usize::from(*byte))?;
            if *sort == 0 {
                *sort = u8::try_from(width).ok()?;
                width += 1;
            }
        }
        let mut own = Self {
            sorts,
            width,
            next: vec![0; width],
            ends: Vec::new(),
            tells: Vec::new(),
            words: Vec::new(),
        };
        let mut whole: Vec<Vec<u32>> = vec![Vec::new()];
        for (number, word) in words
            .iter()
            .enumerate()
            .filter(|(_, word)| !word.as_ref().is_empty())
        {
            let mut state = 0;
            for byte in word.as_ref() {
                let at = own.place(state, *byte);
                if own.next.get(at) == Some(&0) {
                    let new = u16::try_from(whole.len()).ok()?;
                    *own.next.get_mut(at)? = new;
                    own.next.resize(own.next.len() + width, 0);
                    whole.push(Vec::new());
                }
                state = *own.next.get(at)?;
            }
            whole
                .get_mut(usize::from(state))?
                .push(u32::try_from(number).ok()?);
        }
        own.link(&mut whole)?;
        for words in &whole {
            let from = own.words.len() as u32;
            own.words.extend(words);
            own.ends.push((from, own.words.len() as u32));
        }
        own.tells = whole
            .chunks(64)
            .map(|states| {
                let bits = states.iter().zip(0..);
                bits.fold(0, |all, (words, at)| all | u64::from(!words.is_empty()) << at)
            })
            .collect();
        Some(own)
    }

    /// Fills what no word goes on with: from there the longest ending that begins a word goes on. A shorter ending is
    /// nearer to the root, so the states are taken by their distance.
    fn link(&mut self, whole: &mut [Vec<u32>]) -> Option<()> {
        let mut endings = vec![0u16; whole.len()];
        let mut waiting: VecDeque<u16> = VecDeque::from([0]);
        while let Some(state) = waiting.pop_front() {
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
                let inherited = whole.get(usize::from(ending))?.clone();
                whole.get_mut(usize::from(child))?.extend(inherited);
                waiting.push_back(child);
            }
        }
        Some(())
    }

    fn place(&self, state: u16, byte: u8) -> usize {
        let sort = self.sorts.get(usize::from(byte)).copied().unwrap_or_default();
        usize::from(state) * self.width + usize::from(sort)
    }

    /// Tells of every word that stands in `bytes`, over others or not, in order of their ends, longer ones first.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(Found)) {
        let mut state = 0u16;
        for (byte, end) in bytes.iter().zip(1..) {
            state = self
                .next
                .get(self.place(state, *byte))
                .copied()
                .unwrap_or_default();
            let at = usize::from(state);
            if self
                .tells
                .get(at / 64)
                .is_some_and(|bits| bits >> (at % 64) & 1 == 1)
            {
                let (from, to) = self.ends.get(at).copied().unwrap_or_default();
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
