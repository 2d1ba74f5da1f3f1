//! Many phrases looked for at the beginning of a line: a tree of their bytes, in little room.
//!
//! Invariant: a step a byte, and most lines are done with after a few; the nodes stand by their distance from the root,
//! one's children side by side, so that what most lines ask for lies in a few cache lines.

/// See the module.
#[derive(Debug)]
pub(super) struct Beginnings {
    /// Of each byte the root's child; 0 where no phrase begins with it.
    firsts: [u32; 256],
    /// Of each node the byte that leads to it.
    bytes: Vec<u8>,
    /// Of each node its first child, the next node's is the end; and in the highest bit whether phrases end there.
    children: Vec<u32>,
    /// Those nodes, in order, each with the end of its phrases in `phrases`.
    ends: Vec<(u32, u32)>,
    phrases: Vec<u32>,
}

/// Set where phrases end.
const TELLS: u32 = 1 << 31;

impl Beginnings {
    /// Of phrases; an empty one is never found.
    pub(super) fn new<P: AsRef<[u8]>>(phrases: &[P]) -> Option<Self> {
        let mut sorted: Vec<(&[u8], u32)> = phrases
            .iter()
            .map(AsRef::as_ref)
            .zip(0..)
            .filter(|(phrase, _)| !phrase.is_empty())
            .collect();
        sorted.sort();
        let mut own = Self {
            firsts: [0; 256],
            bytes: vec![0],
            children: Vec::new(),
            ends: Vec::new(),
            phrases: Vec::new(),
        };
        // Of each node of one distance the phrases that go through it.
        let mut level = vec![sorted.as_slice()];
        let mut distance = 0;
        while !level.is_empty() {
            let mut next = Vec::new();
            for through in level {
                let whole = through.iter().take_while(|(phrase, _)| phrase.len() == distance);
                own.phrases.extend(whole.clone().map(|(_, number)| number));
                let tells = if whole.clone().count() > 0 { TELLS } else { 0 };
                if tells > 0 {
                    own.ends
                        .push((own.children.len() as u32, own.phrases.len() as u32));
                }
                own.children.push(own.bytes.len() as u32 | tells);
                let longer = through.get(whole.count()..)?;
                for through in
                    longer.chunk_by(|(left, _), (right, _)| left.get(distance) == right.get(distance))
                {
                    let byte = *through.first()?.0.get(distance)?;
                    if distance == 0 {
                        *own.firsts.get_mut(usize::from(byte))? = own.bytes.len() as u32;
                    }
                    own.bytes.push(byte);
                    next.push(through);
                }
            }
            level = next;
            distance += 1;
        }
        own.children.push(own.bytes.len() as u32);
        Some(own)
    }

    /// Tells of every phrase that `bytes` begin with, and where it ends, shorter ones first.
    pub(super) fn each(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let children = |node: usize| self.children.get(node).copied().unwrap_or_default();
        let Some(first) = bytes.first() else { return };
        let mut node = self
            .firsts
            .get(usize::from(*first))
            .map_or(0, |node| *node as usize);
        let mut rest = bytes.iter().zip(1..).skip(1);
        while node > 0 {
            let first = children(node);
            let (byte, end) = rest
                .next()
                .map_or((None, bytes.len()), |(byte, end)| (Some(byte), end - 1));
            if first & TELLS != 0 {
                for phrase in self.phrases_of(node) {
                    found(*phrase as usize, end);
                }
            }
            let first = (first & !TELLS) as usize;
            let children = self.bytes.get(first..(children(node + 1) & !TELLS) as usize);
            let child = byte.and_then(|byte| memchr::memchr(*byte, children?));
            node = child.map_or(0, |child| first + child);
        }
    }

    /// The phrases that end in a node.
    fn phrases_of(&self, node: usize) -> &[u32] {
        let Ok(at) = self.ends.binary_search_by_key(&node, |(node, _)| *node as usize) else {
            return &[];
        };
        let end = |at: usize| self.ends.get(at).map_or(0, |(_, end)| *end as usize);
        let from = at.checked_sub(1).map_or(0, end);
        self.phrases.get(from..end(at)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_a_text_begins_with_is_found(
            phrases in prop::collection::vec("[abcé]{0,4}", 0..12),
            text in "[abcdé]{0,10}",
        ) {
            let mut own = Vec::new();
            Beginnings::new(&phrases).unwrap().each(text.as_bytes(), |phrase, end| own.push((end, phrase)));
            let begins = |phrase: &&(usize, &String)| !phrase.1.is_empty() && text.starts_with(phrase.1.as_str());
            let all = phrases.iter().enumerate().collect::<Vec<_>>();
            let mut all: Vec<_> = all.iter().filter(begins).map(|(at, phrase)| (phrase.len(), *at)).collect();
            all.sort();
            prop_assert_eq!(own, all);
        }
    }
}
