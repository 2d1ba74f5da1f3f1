//! Short texts squeezed one by one: frequent strings of up to eight bytes become one byte.
//!
//! The method is FSST's (Boncz, Neumann, Leis: "FSST: Fast Random Access String Compression", VLDB 2020), with a
//! plain search for the longest symbol. Invariant: what is squeezed comes out again byte by byte; squeezed bytes of
//! any origin expand to at most eight times their length. Deliberately absent: blocks; each text is read alone.

use std::collections::HashMap;

/// Stands before a byte that no symbol has.
const ESCAPE: u8 = u8::MAX;
const SYMBOLS_MAX: usize = ESCAPE as usize;
pub(super) const SYMBOL_BYTES_MAX: usize = 8;
/// Bytes that symbols are learned from, and rounds of learning.
const SAMPLE_BYTES: usize = 256 << 10;
const ROUNDS: usize = 6;

/// The strings that a byte stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Symbols {
    strings: Vec<Symbol>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Symbol {
    bytes: [u8; SYMBOL_BYTES_MAX],
    len: u8,
}

impl Symbol {
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut own = [0; SYMBOL_BYTES_MAX];
        own.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self {
            bytes: own,
            len: u8::try_from(bytes.len()).ok()?,
        })
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn with(&self, next: &Self) -> Option<Self> {
        let both: Vec<u8> = [self.as_bytes(), next.as_bytes()].concat();
        Self::of(&both)
    }
}

impl Symbols {
    /// Learns from texts, of which a bounded sample is taken.
    pub(super) fn learned<'t>(texts: impl ExactSizeIterator<Item = &'t [u8]>) -> Self {
        // Every so-manieth, so that all parts of a large source are heard.
        let step = (texts.len() / (SAMPLE_BYTES / 16)).max(1);
        let mut sample: Vec<&[u8]> = Vec::new();
        let mut bytes = 0;
        for text in texts.step_by(step) {
            if bytes > SAMPLE_BYTES {
                break;
            }
            bytes += text.len();
            sample.push(text);
        }
        let mut learned = Self::default();
        for _ in 0..ROUNDS {
            learned = learned.next_round(&sample);
        }
        learned
    }

    /// Symbols, and pairs of them that follow each other, by what each would save.
    fn next_round(&self, sample: &[&[u8]]) -> Self {
        let squeezer = self.squeezer();
        let mut counts: HashMap<Symbol, usize> = HashMap::new();
        for text in sample {
            let mut rest = *text;
            let mut before: Option<Symbol> = None;
            while let Some((first, _)) = rest.split_first() {
                let symbol = squeezer
                    .longest(rest)
                    .and_then(|symbol| self.strings.get(usize::from(symbol.code)));
                let Some(symbol) = symbol.copied().or_else(|| Symbol::of(&[*first])) else {
                    break;
                };
                *counts.entry(symbol).or_default() += 1;
                if let Some(pair) = before.and_then(|before| before.with(&symbol)) {
                    *counts.entry(pair).or_default() += 1;
                }
                before = Some(symbol);
                rest = rest.get(usize::from(symbol.len)..).unwrap_or_default();
            }
        }
        let mut gains: Vec<(usize, Symbol)> = counts
            .into_iter()
            .map(|(symbol, count)| {
                // A byte without a symbol costs two, so symbols of one byte save more than they seem to.
                let weight = if symbol.len == 1 {
                    8
                } else {
                    usize::from(symbol.len)
                };
                (count * weight, symbol)
            })
            .collect();
        gains.sort_unstable_by(|one, other| other.cmp(one));
        gains.truncate(SYMBOLS_MAX);
        Self {
            strings: gains.into_iter().map(|(_, symbol)| symbol).collect(),
        }
    }

    /// From strings as they are kept. None when there are too many or one is empty or too long.
    pub(super) fn new(strings: &[&[u8]]) -> Option<Self> {
        if strings.len() > SYMBOLS_MAX || strings.iter().any(|string| string.is_empty()) {
            return None;
        }
        let strings = strings
            .iter()
            .map(|string| Symbol::of(string))
            .collect::<Option<_>>()?;
        Some(Self { strings })
    }

    pub(super) fn strings(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.strings.iter().map(Symbol::as_bytes)
    }

    pub(super) fn squeezer(&self) -> Squeezer {
        let mut by_first: Vec<Vec<Candidate>> = vec![Vec::new(); 256];
        // A range up to the highest code: one without an end would step over it.
        for (code, symbol) in (0..ESCAPE).zip(&self.strings) {
            let first = symbol.as_bytes().first().copied().unwrap_or_default();
            if let Some(list) = by_first.get_mut(usize::from(first)) {
                list.push(Candidate {
                    bytes: u64::from_le_bytes(symbol.bytes),
                    mask: u64::MAX >> (64 - 8 * u32::from(symbol.len)),
                    code,
                    len: symbol.len,
                });
            }
        }
        for list in &mut by_first {
            list.sort_by_key(|candidate| std::cmp::Reverse(candidate.len));
        }
        Squeezer { by_first }
    }

    /// Adds the text that was squeezed to `text`.
    pub(super) fn expand(&self, squeezed: &[u8], text: &mut Vec<u8>) {
        let mut codes = squeezed.iter();
        while let Some(code) = codes.next() {
            match self.strings.get(usize::from(*code)) {
                Some(symbol) => {
                    // A symbol's room as a whole, and then its end: faster than a copy of a length that is not known.
                    let end = text.len() + usize::from(symbol.len);
                    text.extend_from_slice(&symbol.bytes);
                    text.truncate(end);
                }
                None => text.extend(codes.next()),
            }
        }
    }
}

/// A symbol as a number, so that it is compared in one go.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    bytes: u64,
    /// Of as many bytes as it has.
    mask: u64,
    code: u8,
    len: u8,
}

/// Symbols, ready to be searched.
pub(super) struct Squeezer {
    /// By their first byte, longest first.
    by_first: Vec<Vec<Candidate>>,
}

impl Squeezer {
    /// Adds the squeezed text to `out`.
    pub(super) fn squeeze(&self, text: &[u8], out: &mut Vec<u8>) {
        let mut rest = text;
        while let Some((first, after)) = rest.split_first() {
            match self.longest(rest) {
                Some(symbol) => {
                    out.push(symbol.code);
                    rest = rest.get(usize::from(symbol.len)..).unwrap_or_default();
                }
                None => {
                    out.extend([ESCAPE, *first]);
                    rest = after;
                }
            }
        }
    }

    fn longest(&self, text: &[u8]) -> Option<Candidate> {
        let candidates = self.by_first.get(usize::from(*text.first()?))?;
        let head = match text.first_chunk::<SYMBOL_BYTES_MAX>() {
            Some(head) => *head,
            None => {
                let mut head = [0; SYMBOL_BYTES_MAX];
                head.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
                head
            }
        };
        let head = u64::from_le_bytes(head);
        candidates
            .iter()
            // Behind the text's end stand zeros, which are a symbol's bytes as any others.
            .find(|symbol| head & symbol.mask == symbol.bytes && usize::from(symbol.len) <= text.len())
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_take_half_their_bytes() {
        let labels: Vec<String> = (0..4000)
            .map(|n| format!("port ansgar harbour {} workers union", n % 97))
            .chain((0..4000).map(|n| format!("гавань порт ансгар {}", n % 89)))
            .collect();
        let symbols = Symbols::learned(labels.iter().map(String::as_bytes));
        let squeezer = symbols.squeezer();
        let (mut squeezed, mut plain) = (Vec::new(), 0);
        for label in &labels {
            squeezer.squeeze(label.as_bytes(), &mut squeezed);
            plain += label.len();
        }
        assert!(squeezed.len() * 2 < plain, "{} of {plain}", squeezed.len());
    }

    proptest! {
        #[test]
        fn what_is_squeezed_comes_out_again(texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..20)) {
            let symbols = Symbols::learned(texts.iter().map(Vec::as_slice));
            let strings: Vec<&[u8]> = symbols.strings().collect();
            prop_assert_eq!(Symbols::new(&strings), Some(symbols.clone()));
            for text in &texts {
                let (mut squeezed, mut expanded) = (Vec::new(), Vec::new());
                symbols.squeezer().squeeze(text, &mut squeezed);
                symbols.expand(&squeezed, &mut expanded);
                prop_assert_eq!(&expanded, text);
            }
        }

        #[test]
        fn any_bytes_expand_within_bounds(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let symbols = Symbols::new(&[b"a", b"abcdefgh"]).unwrap();
            let mut text = Vec::new();
            symbols.expand(&bytes, &mut text);
            prop_assert!(text.len() <= bytes.len() * SYMBOL_BYTES_MAX);
        }
    }
}
