//! The vocabulary: concepts with stable ids and their labels in many languages.
//!
//! A vocabulary is layers of compiled tables, an editor's over the built-in one. Concepts of different layers
//! that share an id, and disagree in none, are one concept: the upper layer gives its label and kind, all give
//! their labels and ids. Invariant: a concept id handed out is valid for the vocabulary that gave it.
//! Deliberately absent: how a name in an article is read; that is for the tags.

pub mod fold;

mod build;
mod check;
mod compile;
mod diff;
mod draft;
mod entries;
mod file;
mod hash;
mod live;
mod runs;
mod scanner;
mod sketch;
mod source;
mod squeeze;
mod table;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

pub use check::{Finding, Severity, check};
pub use compile::{CompileError, Report, compile};
pub use diff::{Changed, Diff, diff};
pub use entries::Entry;
pub use file::LoadError;
pub(crate) use hash::Hash;
pub use live::{LiveVocabulary, Reloaded};
pub use scanner::Scanner;
pub use source::{At, FORMS, Form, Options, Place, WikidataFilter};
pub use table::form;

use compact_str::CompactString;

use crate::message::TagKind;
use fold::key_of;
use hash::{PassThrough, hash_of};
use table::{Manner, Table};

static BUILTIN: &[u8] = include_bytes!("../data/vocabulary/builtin.nmv.zst");

/// A vocabulary ready to be looked up.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    version: String,
    /// Topmost first.
    layers: Vec<Arc<Table>>,
    /// A concept of a layer to the one that stands for it.
    same: HashMap<ConceptId, ConceptId, PassThrough>,
    /// A concept that stands for others, and those others.
    members: HashMap<ConceptId, Vec<ConceptId>, PassThrough>,
}

/// A concept of a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConceptId {
    layer: u8,
    index: u32,
}

impl std::hash::Hash for ConceptId {
    /// Mixed here, so that a map that is asked for every label found may take it as it comes.
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let key = ((u64::from(self.layer) << 32) | u64::from(self.index)).wrapping_mul(0x9FB2_1C65_1E98_DF25);
        state.write_u64(key ^ (key >> 32));
    }
}

/// A concept that bears a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'v> {
    /// The concept.
    pub concept: ConceptId,
    /// Its kind.
    pub kind: TagKind,
    /// How likely it is meant when others bear the same label, 0 to 255.
    pub rank: u8,
    /// How the label was written: bits of [`form`].
    pub form: u8,
    /// The label, folded.
    pub folded: CompactString,
    /// Languages in which it is a label, parted by commas; empty when the source does not say.
    pub languages: &'v str,
}

impl Hit<'_> {
    /// Whether it is a label in this language, by the language's own subtag.
    pub fn in_language(&self, language: &str) -> bool {
        let primary = |tag: &str| tag.find(['-', '_']).unwrap_or(tag.len());
        let language = language.get(..primary(language));
        self.languages
            .split(',')
            .any(|known| known.get(..primary(known)) == language)
    }

    /// Whether the label is written in this way.
    pub fn is(&self, form: u8) -> bool {
        self.form & form != 0
    }
}

impl Vocabulary {
    /// The vocabulary that newsmill brings, unpacked once a process.
    pub fn builtin() -> Self {
        static UNPACKED: OnceLock<Option<Arc<Table>>> = OnceLock::new();
        let table = UNPACKED.get_or_init(|| {
            let bytes = zstd::decode_all(BUILTIN).ok()?;
            Some(Arc::new(file::decode(bytes.as_slice(), bytes.len() as u64).ok()?))
        });
        table.clone().map_or_else(Self::default, Self::of)
    }

    /// A compiled vocabulary laid over the built-in one.
    ///
    /// # Errors
    /// See [`LoadError`]: whatever is not a whole and undamaged compiled vocabulary.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        Ok(Self::load_alone(path)?.over(&Self::builtin()))
    }

    /// A compiled vocabulary without the built-in one.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn load_alone(path: &Path) -> Result<Self, LoadError> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let table = file::decode(BufReader::with_capacity(1 << 20, file), size)?;
        Ok(Self::of(table))
    }

    /// A vocabulary from the bytes of a compiled file.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LoadError> {
        Ok(Self::of(file::decode(bytes, bytes.len() as u64)?))
    }

    /// A vocabulary of concepts written as lines of a source.
    #[cfg(test)]
    pub(crate) fn of_lines(lines: &[&str]) -> Self {
        let mut table = build::table_of(lines);
        drop(file::seal(&mut table));
        Self::of(table)
    }

    fn of(table: impl Into<Arc<Table>>) -> Self {
        let table = table.into();
        Self {
            version: table.version.clone(),
            layers: vec![table],
            ..Self::default()
        }
    }

    /// This vocabulary with `lower` under it.
    #[must_use]
    pub fn over(&self, lower: &Self) -> Self {
        let mut laid = Self {
            layers: self.layers.iter().chain(&lower.layers).cloned().collect(),
            ..Self::default()
        };
        laid.version = laid
            .layers
            .iter()
            .map(|table| table.version.as_str())
            .collect::<Vec<_>>()
            .join("+");
        laid.unify();
        laid
    }

    /// Finds which concepts of different layers are one.
    fn unify(&mut self) {
        let Some(wanted) = self.ids_of_the_smallest() else {
            return;
        };
        let mut by_id: HashMap<(&str, String), ConceptId> = HashMap::new();
        let mut same: HashMap<ConceptId, ConceptId, PassThrough> = HashMap::default();
        let mut members: HashMap<ConceptId, Vec<ConceptId>, PassThrough> = HashMap::default();
        for (layer, table) in (0u8..).zip(&self.layers) {
            for index in 0..u32::try_from(table.len()).unwrap_or(u32::MAX) {
                let id = ConceptId { layer, index };
                let keys: Vec<(&str, String)> = table
                    .ids(index)
                    .filter(|(_, value)| wanted.contains(&hash_of(value)))
                    .collect();
                // A lower concept can join several upper ones that lacked each other's ids.
                let mut roots: Vec<ConceptId> = keys
                    .iter()
                    .filter_map(|key| by_id.get(key).copied())
                    .map(|known| same.get(&known).copied().unwrap_or(known))
                    .filter(|root| layer > 0 && self.agree(*root, id))
                    .collect();
                roots.sort();
                roots.dedup();
                if let Some((root, others)) = roots.split_first() {
                    let mut joined = vec![id];
                    for other in others.iter().filter(|other| self.agree(*root, **other)) {
                        joined.push(*other);
                        joined.extend(members.remove(other).unwrap_or_default());
                    }
                    for member in &joined {
                        same.insert(*member, *root);
                    }
                    members.entry(*root).or_default().extend(joined);
                }
                for key in keys {
                    by_id.entry(key).or_insert(id);
                }
            }
        }
        self.same = same;
        self.members = members;
    }

    /// Values of ids, hashed, without those that only the largest layer can have: nothing there can be another
    /// layer's concept, and it may have millions.
    fn ids_of_the_smallest(&self) -> Option<HashSet<u64, PassThrough>> {
        let largest = self.layers.iter().map(|table| table.len()).max()?;
        let mut passed_over = false;
        let mut wanted = HashSet::default();
        for table in &self.layers {
            if table.len() == largest && !passed_over {
                passed_over = true;
                continue;
            }
            for index in 0..u32::try_from(table.len()).unwrap_or(u32::MAX) {
                wanted.extend(table.ids(index).map(|(_, value)| hash_of(&value)));
            }
        }
        Some(wanted)
    }

    /// Whether two concepts contradict each other in no scheme.
    fn agree(&self, one: ConceptId, other: ConceptId) -> bool {
        let (Some(one_table), Some(other_table)) = (self.table(one), self.table(other)) else {
            return false;
        };
        let others: Vec<(&str, String)> = other_table.ids(other.index).collect();
        one_table.ids(one.index).all(|(scheme, value)| {
            others
                .iter()
                .all(|(known, other)| *known != scheme || *other == value)
        })
    }

    fn table(&self, id: ConceptId) -> Option<&Table> {
        self.layers.get(usize::from(id.layer)).map(Arc::as_ref)
    }

    /// Its version: changes whenever its content does.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many concepts it has, equal ones of different layers counted once.
    pub fn len(&self) -> usize {
        let all: usize = self.layers.iter().map(|table| table.len()).sum();
        all - self.same.len()
    }

    /// Whether it has no concept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A concept's label.
    pub fn label(&self, id: ConceptId) -> String {
        let label = |id: ConceptId| {
            let table = self.table(id)?;
            Some((table.name(id.index), table.kind(id.index)?))
        };
        match label(id) {
            // A source that does not know what the thing is does not know its best label either.
            Some((own, TagKind::Other)) => self
                .others(id)
                .iter()
                .filter_map(|other| label(*other))
                .find(|(_, kind)| *kind != TagKind::Other)
                .map_or(own, |(label, _)| label),
            Some((own, _)) => own,
            None => String::new(),
        }
    }

    /// A concept's kind.
    pub fn kind(&self, id: ConceptId) -> TagKind {
        std::iter::once(&id)
            .chain(self.others(id))
            .filter_map(|id| self.table(*id)?.kind(id.index))
            .find(|kind| *kind != TagKind::Other)
            .unwrap_or(TagKind::Other)
    }

    /// A concept's ids by scheme.
    pub fn ids(&self, id: ConceptId) -> BTreeMap<String, String> {
        let mut ids = BTreeMap::new();
        for id in std::iter::once(&id).chain(self.others(id)) {
            let Some(table) = self.table(*id) else {
                continue;
            };
            for (scheme, value) in table.ids(id.index) {
                ids.entry(scheme.to_owned()).or_insert(value);
            }
        }
        ids
    }

    /// Whether a concept has an id of this scheme.
    pub fn has_id(&self, id: ConceptId, scheme: &str) -> bool {
        std::iter::once(&id).chain(self.others(id)).any(|id| {
            self.table(*id)
                .is_some_and(|table| table.has_scheme(id.index, scheme))
        })
    }

    /// The code of the country or region that a place lies in (`GE`, `US-GA`), where a source says it.
    pub fn within(&self, id: ConceptId) -> Option<&str> {
        std::iter::once(&id)
            .chain(self.others(id))
            .find_map(|id| self.table(*id)?.within(id.index))
    }

    /// Bytes of memory that its tables take.
    pub fn memory_bytes(&self) -> usize {
        self.layers.iter().map(|table| table.bytes()).sum()
    }

    /// Whether some label has this word, folded; now and then also for a word that none has.
    pub fn has_word(&self, folded: &str) -> bool {
        self.layers.iter().any(|table| table.has_word(folded))
    }

    /// How likely a concept is meant when others bear the same label, 0 to 255.
    pub fn rank(&self, id: ConceptId) -> u8 {
        std::iter::once(&id)
            .chain(self.others(id))
            .filter_map(|id| self.table(*id)?.rank(id.index))
            .max()
            .unwrap_or_default()
    }

    fn others(&self, id: ConceptId) -> &[ConceptId] {
        self.members.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The concepts that bear `label`, likeliest first.
    pub fn find(&self, label: &str) -> Vec<Hit<'_>> {
        self.find_squashed(&key_of(label))
    }

    /// The concepts that bear a label whose folded form without spaces is `key`, likeliest first.
    pub fn find_squashed(&self, key: &str) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        if !key.is_empty() {
            self.collect(hash_of(key), |folded| folded_equals(folded, key), &mut hits);
        }
        hits
    }

    /// Whether some layer may have a label whose key has this hash: seldom so where none has, always where one does.
    pub(crate) fn may_know(&self, key: Hash) -> bool {
        let hash = key.finish();
        self.layers.iter().any(|table| table.has_label_at(hash))
    }

    /// Whether a topic may bear a label whose key has this hash, and is not only written with a capital.
    fn may_be_common(&self, key: Hash) -> bool {
        let hash = key.finish();
        (0u8..).zip(&self.layers).any(|(layer, table)| {
            table.labels_at(hash).any(|label| {
                let small = |manner: &Manner| manner.form & form::CAPITAL == 0;
                table.manner(label).is_some_and(small)
                    && table.owner(label).is_some_and(|index| {
                        let own = ConceptId { layer, index };
                        self.kind(self.same.get(&own).copied().unwrap_or(own)) == TagKind::Topic
                    })
            })
        })
    }

    /// Whether a label of several tokens may begin with the two of which this is the hash.
    fn has_pair(&self, both: Hash) -> bool {
        let hash = both.finish();
        self.layers.iter().any(|table| table.has_pair(hash))
    }

    /// The most tokens of a label that begins with the token of this hash; at times more.
    fn longest_from(&self, first: Hash) -> usize {
        let hash = first.finish();
        let longest = self.layers.iter().map(|table| table.longest_from(hash)).max();
        longest.unwrap_or(1)
    }

    /// Whether a concept bears a label whose folded form without spaces is `key`.
    pub fn knows_squashed(&self, key: &str) -> bool {
        let hash = hash_of(key);
        self.layers.iter().any(|table| {
            table.labels_at(hash).any(|label| {
                table
                    .read_label(label, &mut Vec::new())
                    .is_some_and(|folded| folded_equals(folded, key))
            })
        })
    }

    fn collect<'v>(&'v self, hash: u64, is: impl Fn(&str) -> bool, hits: &mut Vec<Hit<'v>>) {
        let mut room = Vec::new();
        for (layer, table) in self.layers.iter().enumerate() {
            let layer = u8::try_from(layer).unwrap_or(u8::MAX);
            for label in table.labels_at(hash) {
                if let Some(folded) = table.read_label(label, &mut room).filter(|folded| is(folded)) {
                    self.push_hit(layer, table, label, folded, hits);
                }
            }
        }
        // Stable: of equals the upper layer's, then the earlier source's, comes first.
        hits.sort_by_key(|hit| {
            std::cmp::Reverse(u16::from(hit.rank) + if hit.is(form::PRIMARY) { 15 } else { 0 })
        });
    }

    fn push_hit<'v>(
        &'v self,
        layer: u8,
        table: &'v Table,
        label: usize,
        folded: &str,
        hits: &mut Vec<Hit<'v>>,
    ) {
        let (Some(index), Some(manner)) = (table.owner(label), table.manner(label)) else {
            return;
        };
        let own = ConceptId { layer, index };
        let (concept, known) = match self.same.get(&own).copied() {
            // One of another layer, which may stand anywhere.
            Some(concept) => (concept, hits.iter_mut().find(|hit| hit.concept == concept)),
            // Labels of one concept stand side by side; thousands of others may bear the name, too.
            None => (own, hits.last_mut().filter(|hit| hit.concept == own)),
        };
        if let Some(known) = known {
            // Weak or bound to its capitals only where every layer says so.
            let bound = form::WEAK | form::ACRONYM | form::CAPITAL;
            known.form = (known.form & manner.form & bound) | ((known.form | manner.form) & !bound);
            return;
        }
        hits.push(Hit {
            concept,
            kind: self.kind(concept),
            rank: self.rank(concept),
            form: manner.form,
            folded: folded.into(),
            languages: &manner.languages,
        });
    }

    /// A scanner of the text with these tokens.
    pub fn scanner(&self, text: &str, tokens: &[Range<usize>]) -> Scanner<'_> {
        Scanner::new(self, text, tokens)
    }
}

/// Whether a folded label is `key` but for its spaces.
fn folded_equals(folded: &str, key: &str) -> bool {
    if folded.len() == key.len() {
        return folded == key;
    }
    folded.bytes().filter(|byte| *byte != b' ').eq(key.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &[&str] = &[
        r#"{"label": "Türkiye", "type": "place", "ids": {"iso": "TR", "qid": "Q43"}, "labels": [["Turkey", "en"], ["Türkei", "de"]]}"#,
        r#"{"label": "Georgia", "type": "place", "ids": {"iso": "GE", "qid": "Q230"}}"#,
        r#"{"label": "Georgia", "type": "place", "ids": {"qid": "Q1428"}, "rank": 120}"#,
        r#"{"label": "New York Times", "type": "org", "ids": {"qid": "Q9684"}, "labels": [["NYT", ""]]}"#,
        r#"{"label": "United States Navy", "type": "org", "ids": {"qid": "Q11220"}, "labels": [["US Navy", "en"]]}"#,
        r#"{"label": "China", "type": "place", "ids": {"iso": "CN"}, "labels": [["中国", "zh"]]}"#,
    ];

    fn labels(vocabulary: &Vocabulary, label: &str) -> Vec<String> {
        vocabulary
            .find(label)
            .iter()
            .map(|hit| vocabulary.label(hit.concept))
            .collect()
    }

    #[test]
    fn case_accents_blanks_and_marks_do_not_hide_a_label() {
        let vocabulary = Vocabulary::of_lines(BASE);
        for written in ["TURKEY", "turkei", "tür-kiye", "#Turkey", "Ｔｕｒｋｅｙ"] {
            assert_eq!(labels(&vocabulary, written), ["Türkiye"], "{written}");
        }
        assert_eq!(labels(&vocabulary, "newyorktimes"), ["New York Times"]);
        assert!(labels(&vocabulary, "").is_empty() && labels(&vocabulary, "...").is_empty());
    }

    #[test]
    fn of_namesakes_the_likelier_comes_first() {
        let vocabulary = Vocabulary::of_lines(BASE);
        let ranks: Vec<u8> = vocabulary.find("georgia").iter().map(|hit| hit.rank).collect();
        assert_eq!(ranks, [200, 120]);
    }

    #[test]
    fn an_own_vocabulary_lies_over_the_other_one() {
        let own = Vocabulary::of_lines(&[
            r#"{"label": "Turkey", "type": "place", "ids": {"qid": "Q43", "desk": 17}, "labels": [["Türkei-Politik", "de"]]}"#,
            r#"{"label": "Our Series", "type": "work", "ids": {"desk": "18"}}"#,
        ]);
        let base = Vocabulary::of_lines(BASE);
        let laid = own.over(&base);
        assert_eq!(laid.len(), base.len() + 1);
        let hits = laid.find("türkei");
        assert_eq!(
            (hits.len(), laid.label(hits[0].concept)),
            (1, "Turkey".to_owned())
        );
        let ids = laid.ids(hits[0].concept);
        assert_eq!((ids["desk"].as_str(), ids["iso3166"].as_str()), ("17", "TR"));
        assert!(
            laid.has_id(hits[0].concept, "iso3166") && !base.has_id(base.find("türkei")[0].concept, "desk")
        );
        assert_eq!(labels(&laid, "our series"), ["Our Series"]);
        assert_ne!(laid.version(), base.version());
    }

    #[test]
    fn layers_that_disagree_about_an_id_stay_two_concepts() {
        let own = Vocabulary::of_lines(&[
            r#"{"label": "Georgia", "type": "place", "ids": {"qid": "Q1428", "iso": "XX"}}"#,
        ]);
        let other = Vocabulary::of_lines(&[
            r#"{"label": "Georgia", "type": "place", "ids": {"qid": "Q1428", "iso": "US"}}"#,
        ]);
        assert_eq!(own.over(&other).len(), 2);
    }

    #[test]
    fn a_scan_gives_the_longest_label_first_and_none_that_ends_inside_a_word() {
        let vocabulary = Vocabulary::of_lines(BASE);
        let text = "The U.S. Navy and 中国人 read the New York Timesheet";
        let tokens = fold::tokens(text);
        let scanner = vocabulary.scanner(text, &tokens);
        let found: Vec<(usize, usize)> = (0..tokens.len())
            .flat_map(|at| scanner.at(at).map(move |(count, _)| (at, count)))
            .collect();
        assert_eq!(found, [(1, 2), (4, 2)]);
    }

    #[test]
    fn a_word_of_a_label_is_always_known() {
        let vocabulary = Vocabulary::of_lines(BASE);
        for word in ["turkei", "york", "times", "navy", "georgia"] {
            assert!(vocabulary.has_word(word), "{word}");
        }
        let unknown = ["computing", "tension", "marin", "zzz", "yorker", "time"];
        assert!(unknown.iter().filter(|word| vocabulary.has_word(word)).count() < 2);
    }

    #[test]
    fn an_empty_vocabulary_knows_nothing_and_does_not_mind() {
        let vocabulary = Vocabulary::default();
        assert!(
            vocabulary.is_empty() && vocabulary.find("Paris").is_empty() && !vocabulary.has_word("paris")
        );
        let tokens = fold::tokens("Paris");
        assert!(vocabulary.scanner("Paris", &tokens).at(0).next().is_none());
    }
}
