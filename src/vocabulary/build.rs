//! Building: concepts in, a table out.
//!
//! Invariant: the same concepts in the same order give the same table, whatever the order of their fields. Concepts
//! that share an id of a scheme, and disagree in none, are one; the first one's label stays, unless it was of no
//! known kind. Deliberately absent: sources and files.

use compact_str::CompactString;
use foldhash::HashMap;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

use super::compile::{CompileError, Report};
use super::draft::Prepared;
use super::runs::{Packed, Runs};
use super::sketch::Sketching;
use super::squeeze::Symbols;
use super::table::{KINDS, Manner, Table, Texts, bucket_of, buckets_for, form, mark_of};
use crate::message::TagKind;

/// Labels that are squeezed by one thread at a time.
const LABELS_A_PIECE: usize = 16 << 10;

/// A concept in the making.
#[derive(Debug, Default)]
struct Draft {
    label: CompactString,
    kind: Option<TagKind>,
    rank: u8,
    ids: Vec<(u16, CompactString)>,
    within: u16,
    names: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    folded: CompactString,
    hash: u64,
    form: u8,
    language: u16,
}

/// A name with its concept.
struct Label {
    hash: u64,
    concept: u32,
    manner: u32,
    folded: CompactString,
}

/// Takes concepts in, gives a table.
#[derive(Debug, Default)]
pub(super) struct Builder {
    drafts: Vec<Draft>,
    /// Scheme and value, hashed: a billion of them collide once in a billion billion tries.
    by_id: HashMap<u128, u32>,
    schemes: Interned,
    languages: Interned,
    regions: Interned,
    merged: usize,
}

impl Builder {
    pub(super) fn add(&mut self, new: Prepared) {
        if self.languages.list.is_empty() {
            // The first is what is not said.
            self.languages.get("");
            self.regions.get("");
        }
        let within = self.regions.get(&new.within).unwrap_or_default();
        let ids: Vec<(u16, CompactString)> = new
            .ids
            .into_iter()
            .filter_map(|(scheme, value)| Some((self.schemes.get(&scheme)?, value)))
            .collect();
        let same = ids.iter().find_map(|(scheme, value)| {
            let at = *self.by_id.get(&key_of(*scheme, value))?;
            let draft = self.drafts.get(at as usize)?;
            agrees(&draft.ids, &ids).then_some(at as usize)
        });
        let at = same.unwrap_or(self.drafts.len());
        if same.is_some() {
            self.merged += 1;
        } else {
            self.drafts.push(Draft::default());
        }
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        for (scheme, value) in &ids {
            self.by_id.entry(key_of(*scheme, value)).or_insert(number);
        }
        let Some(draft) = self.drafts.get_mut(at) else {
            return;
        };
        if draft.ids.is_empty() {
            draft.ids = ids;
        } else {
            for (scheme, value) in ids {
                if !draft.ids.iter().any(|(known, _)| *known == scheme) {
                    draft.ids.push((scheme, value));
                }
            }
        }
        draft.rank = draft.rank.max(new.rank);
        if draft.within == 0 {
            draft.within = within;
        }
        let takes_label = draft.label.is_empty() || (draft.kind.is_none() && new.kind.is_some());
        if takes_label {
            draft.label = new.label;
        }
        draft.kind = draft.kind.or(new.kind);
        draft.names.reserve_exact(new.names.len());
        for name in new.names {
            let primary = if name.is_label && takes_label {
                form::PRIMARY
            } else {
                0
            };
            draft.names.push(Name {
                hash: name.hash,
                folded: name.folded,
                form: name.form | primary,
                language: self.languages.get(&name.language).unwrap_or_default(),
            });
        }
    }

    pub(super) fn finish(mut self) -> Result<(Table, Report), CompileError> {
        let mut report = Report {
            merged: self.merged,
            concepts: self.drafts.len(),
            ..Report::default()
        };
        number(self.drafts.len(), "concepts")?;
        let mut table = Table::default();
        self.concepts(&mut table, &mut report)?;
        let mut manners = Manners::default();
        let mut labels = self.labels(&mut manners, &mut report);
        drop(self);
        number(labels.len(), "labels")?;
        labels.par_sort_unstable_by(|one, other| {
            (one.hash, one.concept, &one.folded).cmp(&(other.hash, other.concept, &other.folded))
        });
        report.labels = labels.len();
        report.shared_labels = labels
            .chunk_by(|one, next| one.hash == next.hash)
            .filter(|alike| {
                alike.first().map(|label| label.concept) != alike.last().map(|label| label.concept)
            })
            .count();
        table.manners = manners.list;
        lay_out(&mut table, &labels)?;
        Ok((table, report))
    }

    /// Puts the concepts and their ids into the table.
    fn concepts(&mut self, table: &mut Table, report: &mut Report) -> Result<(), CompileError> {
        let mut values: Vec<CompactString> = Vec::new();
        let mut schemes = Vec::new();
        let mut counts = Vec::with_capacity(self.drafts.len());
        let mut names = Vec::with_capacity(self.drafts.len());
        for draft in &mut self.drafts {
            let kind = draft.kind.unwrap_or(TagKind::Other);
            *report.by_kind.entry(kind).or_default() += 1;
            names.push(std::mem::take(&mut draft.label));
            let code = KINDS
                .iter()
                .position(|known| *known == kind)
                .unwrap_or(KINDS.len() - 1);
            table.kinds.push(u8::try_from(code).unwrap_or_default());
            table.ranks.push(draft.rank);
            let mut ids = std::mem::take(&mut draft.ids);
            ids.sort_by(|one, other| {
                self.schemes
                    .list
                    .get(usize::from(one.0))
                    .cmp(&self.schemes.list.get(usize::from(other.0)))
            });
            counts.push(ids.len());
            for (scheme, value) in ids {
                schemes.push(u32::from(scheme));
                values.push(value);
            }
        }
        let too_long = || CompileError::TooMany {
            what: "bytes of labels",
        };
        table.id_runs = Runs::of(counts.into_iter()).ok_or(CompileError::TooMany { what: "ids" })?;
        // Schemes by name, so that the order in which they were met does not show.
        let mut order: Vec<usize> = (0..self.schemes.list.len()).collect();
        order.sort_by_key(|at| self.schemes.list.get(*at));
        let mut places = vec![0u32; order.len()];
        for (place, at) in (0u32..).zip(&order) {
            if let Some(slot) = places.get_mut(*at) {
                *slot = place;
            }
        }
        let largest = u32::try_from(order.len().saturating_sub(1)).unwrap_or_default();
        table.id_schemes = Packed::of(
            schemes
                .iter()
                .map(|scheme| places.get(*scheme as usize).copied().unwrap_or_default()),
            largest,
        );
        table.schemes = order
            .iter()
            .filter_map(|at| self.schemes.list.get(*at).cloned())
            .collect();
        let (squeezed_names, squeezed_values) = rayon::join(
            || squeezed(&names, |name| name),
            || squeezed(&values, |value| value),
        );
        table.names = squeezed_names.ok_or_else(too_long)?;
        table.id_values = squeezed_values.ok_or_else(too_long)?;
        let largest = u32::try_from(self.regions.list.len().saturating_sub(1)).unwrap_or_default();
        table.withins = Packed::of(self.drafts.iter().map(|draft| u32::from(draft.within)), largest);
        table.regions = std::mem::take(&mut self.regions.list);
        Ok(())
    }

    /// All names of all concepts, equal ones of a concept once.
    fn labels(&mut self, manners: &mut Manners, report: &mut Report) -> Vec<Label> {
        self.drafts
            .par_iter_mut()
            .for_each(|draft| draft.names.sort_by(|one, other| one.folded.cmp(&other.folded)));
        let total = self.drafts.iter().map(|draft| draft.names.len()).sum();
        let mut labels = Vec::with_capacity(total);
        let mut by_language = vec![0usize; self.languages.list.len()];
        let mut tongues = Vec::new();
        for (concept, draft) in (0u32..).zip(&mut self.drafts) {
            let mut names = std::mem::take(&mut draft.names).into_iter().peekable();
            while let Some(first) = names.next() {
                let mut written = first.form;
                tongues.clear();
                tongues.push(first.language);
                while let Some(next) = names.next_if(|next| next.folded == first.folded) {
                    // A name that one source calls weak and another does not is not weak; one that is ever written
                    // small is not bound to its capitals.
                    let bound = form::WEAK | form::ACRONYM | form::CAPITAL;
                    written = (written & next.form & bound) | ((written | next.form) & !bound);
                    tongues.push(next.language);
                }
                tongues.sort_unstable();
                tongues.dedup();
                for tongue in &tongues {
                    if let Some(count) = by_language.get_mut(usize::from(*tongue)) {
                        *count += 1;
                    }
                }
                labels.push(Label {
                    hash: first.hash,
                    concept,
                    manner: manners.get(written, &tongues, &self.languages.list),
                    folded: first.folded,
                });
            }
        }
        report.by_language = self
            .languages
            .list
            .iter()
            .cloned()
            .zip(by_language)
            .filter(|(language, _)| !language.is_empty())
            .collect();
        labels
    }
}

/// Puts the sorted labels into the table, with what finds them.
fn lay_out(table: &mut Table, labels: &[Label]) -> Result<(), CompileError> {
    let buckets = buckets_for(labels.len());
    let mut starts = Vec::with_capacity(buckets + 1);
    for (at, label) in (0u32..).zip(labels) {
        let bucket = bucket_of(label.hash, buckets);
        while starts.len() <= bucket {
            starts.push(at);
        }
    }
    starts.resize(buckets + 1, number(labels.len(), "labels")?);
    table.buckets = starts;
    table.marks = labels.iter().map(|label| mark_of(label.hash)).collect();
    let last = u32::try_from(table.kinds.len().saturating_sub(1)).unwrap_or(u32::MAX);
    table.owners = Packed::of(labels.iter().map(|label| label.concept), last);
    let last = u32::try_from(table.manners.len().saturating_sub(1)).unwrap_or(u32::MAX);
    table.label_manners = Packed::of(labels.iter().map(|label| label.manner), last);
    let (texts, sketches) = rayon::join(
        || squeezed(labels, |label| &label.folded),
        || {
            let mut sketching = Sketching::new(labels.len());
            labels.iter().for_each(|label| sketching.add(&label.folded));
            sketching.finish()
        },
    );
    table.labels = texts.ok_or(CompileError::TooMany {
        what: "bytes of labels",
    })?;
    (table.words, table.firsts, table.pairs) = sketches;
    Ok(())
}

fn squeezed<T: Sync>(items: &[T], text: impl Fn(&T) -> &str + Sync) -> Option<Texts> {
    let symbols = Symbols::learned(items.iter().map(|item| text(item).as_bytes()));
    let squeezer = symbols.squeezer();
    let pieces: Vec<(Vec<u8>, Vec<u32>)> = items
        .par_chunks(LABELS_A_PIECE)
        .map(|piece| {
            let (mut bytes, mut lengths) = (Vec::new(), Vec::with_capacity(piece.len()));
            for item in piece {
                let before = bytes.len();
                squeezer.squeeze(text(item).as_bytes(), &mut bytes);
                lengths.push(u32::try_from(bytes.len() - before).unwrap_or(u32::MAX));
            }
            (bytes, lengths)
        })
        .collect();
    let runs = Runs::of(
        pieces
            .iter()
            .flat_map(|(_, lengths)| lengths)
            .map(|length| *length as usize),
    )?;
    let mut bytes = Vec::with_capacity(runs.total());
    pieces
        .iter()
        .for_each(|(piece, _)| bytes.extend_from_slice(piece));
    Some(Texts { symbols, runs, bytes })
}

fn key_of(scheme: u16, value: &str) -> u128 {
    xxh3_128(value.as_bytes()) ^ (u128::from(scheme) << 64)
}

fn agrees(known: &[(u16, CompactString)], new: &[(u16, CompactString)]) -> bool {
    new.iter().all(|(scheme, value)| {
        known
            .iter()
            .all(|(other, known)| other != scheme || known == value)
    })
}

fn number(count: usize, what: &'static str) -> Result<u32, CompileError> {
    u32::try_from(count).map_err(|_| CompileError::TooMany { what })
}

/// Ways of writing in languages, by number.
#[derive(Debug, Default)]
struct Manners {
    list: Vec<Manner>,
    /// By languages, sorted, behind the way of writing.
    known: HashMap<Box<[u16]>, u32>,
    /// Room for a key of it.
    key: Vec<u16>,
    by_text: HashMap<(u8, String), u32>,
}

impl Manners {
    fn get(&mut self, form: u8, tongues: &[u16], languages: &[String]) -> u32 {
        self.key.clear();
        self.key.push(u16::from(form));
        self.key.extend_from_slice(tongues);
        if let Some(known) = self.known.get(self.key.as_slice()) {
            return *known;
        }
        let mut names: Vec<&str> = tongues
            .iter()
            .filter_map(|tongue| languages.get(usize::from(*tongue)))
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        // A source that gives it without a language gives it for any.
        if names.first().is_some_and(|language| language.is_empty()) {
            names.clear();
        }
        let joined = names.join(",");
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let number = *self.by_text.entry((form, joined.clone())).or_insert(next);
        if number == next {
            self.list.push(Manner {
                languages: joined,
                form,
            });
        }
        self.known.insert(self.key.as_slice().into(), number);
        number
    }
}

/// Short texts by number.
#[derive(Debug, Default)]
struct Interned {
    list: Vec<String>,
    known: HashMap<String, u16>,
}

impl Interned {
    /// None beyond 65,536 of them, which nobody has.
    fn get(&mut self, text: &str) -> Option<u16> {
        if let Some(known) = self.known.get(text) {
            return Some(*known);
        }
        let number = u16::try_from(self.list.len()).ok()?;
        self.list.push(text.to_owned());
        self.known.insert(text.to_owned(), number);
        Some(number)
    }
}

/// The table that the lines of a source give.
#[cfg(test)]
pub(super) fn table_of(lines: &[&str]) -> Table {
    let mut builder = Builder::default();
    for line in lines {
        builder.add(Prepared::from(
            serde_json::from_str::<super::source::Source>(line).unwrap(),
        ));
    }
    builder.finish().unwrap().0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many() -> Vec<String> {
        let word = |seed: u32| {
            let parts = [
                "bran", "del", "kor", "mun", "ser", "tal", "vik", "wen", "zor", "ham", "lis", "ped",
            ];
            let part = |shift: u32| parts[(seed.wrapping_mul(2_654_435_761) >> shift) as usize % parts.len()];
            format!("{}{}{}", part(8), part(16), part(24))
        };
        (0..4000u32)
            .map(|n| {
                let (a, b, c) = (word(n), word(n + 7777), word(n + 55_555));
                format!(
                    r#"{{"label": "{a} {b} {n}", "type": "person", "ids": {{"qid": "Q{}"}}, "labels": [["{b}, {a} {n}", "de"], ["{a} {c} {b} {n}", "fr"], ["{a} {b} {n} ({c})", "en"]]}}"#,
                    10_000_000 + n
                )
            })
            .collect()
    }

    #[test]
    fn every_label_is_found_and_takes_little_memory() {
        let lines = many();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let table = table_of(&lines);
        assert_eq!(table.labels_len(), 16_000);
        assert!((0..table.labels_len()).all(|label| table.is_findable(label)));
        let each = table.bytes() as f64 / table.labels_len() as f64;
        assert!(each < 30.0, "{each} bytes a label");
    }
}
