//! The compiled file: magic, form, length, checksum, then the parts of a table, little endian.
//!
//! Invariant: nothing in a file is believed before its length and checksum agree, and even then every count is
//! bounded by the bytes that are there, so a hostile file costs no more memory than its size. The parts are read
//! straight to where they stay: loading needs the table's memory once.

use std::io::Read;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::runs::{Packed, Runs};
use super::sketch::{Firsts, LINE_WORDS, Pairs, Words};
use super::squeeze::{SYMBOL_BYTES_MAX, Symbols};
use super::table::{Disagreement, Manner, Table, Texts};

const MAGIC: &[u8; 8] = b"NEWSMILV";
/// Changes when the layout does, or the hash, or the folding.
const FORM: u32 = 5;
const HEADER: usize = 8 + 4 + 8 + 8;
/// Bytes that are asked for at once: a count that lies is found out before all of it is allocated.
const PIECE: usize = 1 << 20;

/// Why a compiled vocabulary cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("the vocabulary cannot be read")]
    Io(#[from] std::io::Error),
    /// It does not begin as a compiled vocabulary does.
    #[error(
        "not a compiled vocabulary, which begins with {}: `newsmill vocabulary compile` makes one of sources",
        MAGIC.escape_ascii()
    )]
    Magic,
    /// It was compiled for another release.
    #[error("the vocabulary has form {found}, this program reads form {FORM}: compile it again")]
    Form {
        /// The form that the file names.
        found: u32,
    },
    /// Bytes are missing or were added.
    #[error("the vocabulary is cut or padded: {found} bytes after the header, {expected} expected")]
    Length {
        /// Bytes that the header promises.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// A byte changed since it was compiled.
    #[error("the vocabulary is damaged: its checksum does not agree")]
    Checksum,
    /// The checksum agrees but the content does not hold together.
    #[error("the vocabulary is malformed: {what}")]
    Malformed {
        /// What does not hold.
        what: String,
    },
}

impl From<Disagreement> for LoadError {
    fn from(error: Disagreement) -> Self {
        malformed(&error.to_string())
    }
}

/// Gives the table the version of its content, and the bytes of its compiled file.
pub(super) fn seal(table: &mut Table) -> Vec<u8> {
    let content = content_of(table);
    table.version = format!("{:016x}", xxh3_64(&content));
    let mut version = Vec::new();
    put_bytes(&mut version, table.version.as_bytes());
    let mut checksum = Xxh3::new();
    checksum.update(&version);
    checksum.update(&content);
    let mut file = Vec::with_capacity(HEADER + version.len() + content.len());
    file.extend(MAGIC);
    file.extend(FORM.to_le_bytes());
    file.extend(((version.len() + content.len()) as u64).to_le_bytes());
    file.extend(checksum.digest().to_le_bytes());
    file.extend(version);
    file.extend(content);
    file
}

/// All parts but the version.
fn content_of(table: &Table) -> Vec<u8> {
    let mut out = Vec::with_capacity(table.bytes() + 4096);
    put_texts(&mut out, &table.names);
    put_bytes(&mut out, &table.kinds);
    put_bytes(&mut out, &table.ranks);
    put_runs(&mut out, &table.id_runs);
    put_strings(&mut out, &table.schemes);
    put_packed(&mut out, &table.id_schemes);
    put_texts(&mut out, &table.id_values);
    put_strings(&mut out, &table.regions);
    put_packed(&mut out, &table.withins);
    put_texts(&mut out, &table.labels);
    put_packed(&mut out, &table.owners);
    put_count(&mut out, table.manners.len());
    for manner in &table.manners {
        put_bytes(&mut out, manner.languages.as_bytes());
        out.push(manner.form);
    }
    put_packed(&mut out, &table.label_manners);
    put_bytes(&mut out, &table.marks);
    put_count(&mut out, table.buckets.len());
    table
        .buckets
        .iter()
        .for_each(|bucket| out.extend(bucket.to_le_bytes()));
    put_count(&mut out, table.words.0.len());
    table
        .words
        .0
        .iter()
        .for_each(|bits| out.extend(bits.to_le_bytes()));
    put_bytes(&mut out, &table.firsts.0);
    put_count(&mut out, table.pairs.0.len());
    table
        .pairs
        .0
        .iter()
        .flatten()
        .for_each(|bits| out.extend(bits.to_le_bytes()));
    out
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend((count as u64).to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend(bytes);
}

fn put_strings(out: &mut Vec<u8>, strings: &[String]) {
    put_count(out, strings.len());
    strings
        .iter()
        .for_each(|string| put_bytes(out, string.as_bytes()));
}

fn put_runs(out: &mut Vec<u8>, runs: &Runs) {
    let (counts, long) = runs.parts();
    put_bytes(out, counts);
    put_count(out, long.len());
    for (number, length) in long {
        out.extend(number.to_le_bytes());
        out.extend(length.to_le_bytes());
    }
}

fn put_packed(out: &mut Vec<u8>, packed: &Packed) {
    let (bits, len, bytes) = packed.parts();
    out.push(bits);
    put_count(out, len);
    put_bytes(out, bytes);
}

fn put_texts(out: &mut Vec<u8>, texts: &Texts) {
    put_count(out, texts.symbols.strings().len());
    texts.symbols.strings().for_each(|string| put_bytes(out, string));
    put_runs(out, &texts.runs);
    put_bytes(out, &texts.bytes);
}

/// The table in a compiled file of `size` bytes.
///
/// # Errors
/// Every way in which the bytes are not a whole, undamaged vocabulary of this form.
pub(super) fn decode(mut file: impl Read, size: u64) -> Result<Table, LoadError> {
    let mut header = Vec::with_capacity(HEADER);
    (&mut file).take(HEADER as u64).read_to_end(&mut header)?;
    let mut fields = Reader {
        source: header.as_slice(),
        left: header.len() as u64,
        checksum: Xxh3::new(),
    };
    if fields.array().map_err(|_| LoadError::Magic)? != *MAGIC {
        return Err(LoadError::Magic);
    }
    let short = |_| LoadError::Length {
        expected: HEADER as u64,
        found: size,
    };
    let found = u32::from_le_bytes(fields.array().map_err(short)?);
    if found != FORM {
        return Err(LoadError::Form { found });
    }
    let expected = u64::from_le_bytes(fields.array().map_err(short)?);
    let checksum = u64::from_le_bytes(fields.array().map_err(short)?);
    let found = size.saturating_sub(HEADER as u64);
    if expected != found {
        return Err(LoadError::Length { expected, found });
    }
    let mut reader = Reader {
        source: file,
        left: expected,
        checksum: Xxh3::new(),
    };
    let read = reader.table();
    // Whatever is wrong inside, a damaged file is called damaged.
    let left = reader.left;
    let whole = reader.pass_over();
    match (read, whole) {
        (Err(LoadError::Io(error)), _) | (_, Err(LoadError::Io(error))) => Err(LoadError::Io(error)),
        _ if reader.checksum.digest() != checksum => Err(LoadError::Checksum),
        (Err(error), _) | (_, Err(error)) => Err(error),
        (Ok(_), Ok(())) if left > 0 => Err(malformed("bytes are left over")),
        (Ok(table), Ok(())) => {
            table.check()?;
            Ok(table)
        }
    }
}

fn malformed(what: &str) -> LoadError {
    LoadError::Malformed {
        what: what.to_owned(),
    }
}

/// Reads at most what is left, and sums up what it reads.
struct Reader<R> {
    source: R,
    left: u64,
    checksum: Xxh3,
}

impl<R: Read> Reader<R> {
    fn table(&mut self) -> Result<Table, LoadError> {
        Ok(Table {
            version: self.string()?,
            names: self.texts()?,
            kinds: self.bytes()?,
            ranks: self.bytes()?,
            id_runs: self.runs()?,
            schemes: self.list(8, Self::string)?,
            id_schemes: self.packed()?,
            id_values: self.texts()?,
            regions: self.list(8, Self::string)?,
            withins: self.packed()?,
            labels: self.texts()?,
            owners: self.packed()?,
            manners: self.list(9, |reader| {
                Ok(Manner {
                    languages: reader.string()?,
                    form: reader.u8()?,
                })
            })?,
            label_manners: self.packed()?,
            marks: self.bytes()?,
            buckets: self.list(4, |reader| reader.array().map(u32::from_le_bytes))?,
            words: Words(self.list(8, |reader| reader.array().map(u64::from_le_bytes))?),
            firsts: Firsts(self.bytes()?),
            pairs: Pairs(self.list(8 * LINE_WORDS as u64, |reader| {
                let mut line = [0; LINE_WORDS];
                for bits in &mut line {
                    *bits = u64::from_le_bytes(reader.array()?);
                }
                Ok(line)
            })?),
        })
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), LoadError> {
        if buffer.len() as u64 > self.left {
            return Err(malformed("it ends early"));
        }
        self.source.read_exact(buffer)?;
        self.left -= buffer.len() as u64;
        self.checksum.update(buffer);
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn u8(&mut self) -> Result<u8, LoadError> {
        self.array::<1>().map(u8::from_le_bytes)
    }

    /// A count of things of at least so many bytes, so that it cannot claim more than is there.
    fn count(&mut self, least: u64) -> Result<usize, LoadError> {
        let count = u64::from_le_bytes(self.array()?);
        if count.saturating_mul(least) > self.left {
            return Err(malformed("a list is longer than the file"));
        }
        usize::try_from(count).map_err(|_| malformed("a list is longer than memory"))
    }

    fn bytes(&mut self) -> Result<Vec<u8>, LoadError> {
        let count = self.count(1)?;
        let mut bytes = Vec::with_capacity(count);
        while bytes.len() < count {
            let from = bytes.len();
            bytes.resize(count.min(from + PIECE), 0);
            self.fill(bytes.get_mut(from..).unwrap_or_default())?;
        }
        Ok(bytes)
    }

    fn string(&mut self) -> Result<String, LoadError> {
        String::from_utf8(self.bytes()?).map_err(|_| malformed("a text is not UTF-8"))
    }

    fn runs(&mut self) -> Result<Runs, LoadError> {
        let counts = self.bytes()?;
        let long = self.list(8, |reader| {
            Ok((
                u32::from_le_bytes(reader.array()?),
                u32::from_le_bytes(reader.array()?),
            ))
        })?;
        Runs::new(counts, long).ok_or_else(|| malformed("lengths do not add up"))
    }

    fn packed(&mut self) -> Result<Packed, LoadError> {
        let bits = self.u8()?;
        let len = usize::try_from(u64::from_le_bytes(self.array()?)).unwrap_or(usize::MAX);
        let bytes = self.bytes()?;
        Packed::new(bits, len, bytes)
            .ok_or_else(|| malformed("packed numbers are not as many as they should be"))
    }

    fn texts(&mut self) -> Result<Texts, LoadError> {
        let strings = self.list(9, Self::bytes)?;
        if strings.iter().any(|string| string.len() > SYMBOL_BYTES_MAX) {
            return Err(malformed("a symbol is too long"));
        }
        let strings: Vec<&[u8]> = strings.iter().map(Vec::as_slice).collect();
        Ok(Texts {
            symbols: Symbols::new(&strings).ok_or_else(|| malformed("there are too many symbols"))?,
            runs: self.runs()?,
            bytes: self.bytes()?,
        })
    }

    fn list<T>(
        &mut self,
        least: u64,
        mut item: impl FnMut(&mut Self) -> Result<T, LoadError>,
    ) -> Result<Vec<T>, LoadError> {
        let count = self.count(least)?;
        // What an item takes in memory may be several times its bytes in the file.
        let mut items = Vec::with_capacity(count.min(PIECE));
        for _ in 0..count {
            items.push(item(self)?);
        }
        items.shrink_to_fit();
        Ok(items)
    }

    /// Sums up what is left.
    fn pass_over(&mut self) -> Result<(), LoadError> {
        let mut piece = vec![0; PIECE.min(usize::try_from(self.left).unwrap_or(PIECE))];
        while self.left > 0 {
            let count = piece.len().min(usize::try_from(self.left).unwrap_or(PIECE));
            self.fill(piece.get_mut(..count).unwrap_or_default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vocabulary::Vocabulary;
    use crate::vocabulary::build::table_of;

    fn file() -> Vec<u8> {
        seal(&mut table_of(&[
            r#"{"label": "Kyiv", "type": "place", "ids": {"qid": "Q1899"}, "labels": [["Kiev", "en"], ["Київ", "uk"]]}"#,
            r#"{"label": "Ghana", "type": "place", "ids": {"iso": "GH"}}"#,
        ]))
    }

    fn read(bytes: &[u8]) -> Result<Table, LoadError> {
        decode(bytes, bytes.len() as u64)
    }

    /// The bytes with a header that agrees with them.
    fn sealed(body: &[u8]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend(FORM.to_le_bytes());
        file.extend((body.len() as u64).to_le_bytes());
        file.extend(xxh3_64(body).to_le_bytes());
        file.extend(body);
        file
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = file();
        let mut table = read(&bytes).unwrap();
        let version = table.version.clone();
        assert_eq!(seal(&mut table), bytes);
        assert_eq!(table.version, version);
        assert!((0..table.labels_len()).all(|label| table.is_findable(label)));
    }

    #[test]
    fn a_file_that_was_cut_padded_or_changed_is_refused_with_its_reason() {
        let bytes = file();
        let refused = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(refused(b"").contains("not a compiled vocabulary"));
        assert!(refused(b"{\"label\": \"Paris\"}").contains("not a compiled vocabulary"));
        for cut in [10, HEADER, bytes.len() - 1] {
            assert!(refused(&bytes[..cut]).contains("cut or padded"), "{cut}");
        }
        let mut padded = bytes.clone();
        padded.push(0);
        assert!(refused(&padded).contains("cut or padded"));
        for at in HEADER..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(refused(&changed).contains("checksum"), "{at}");
        }
        let mut other = bytes;
        other[8] = 99;
        assert!(refused(&other).contains("form 99"));
    }

    #[test]
    fn absurd_counts_under_a_true_checksum_are_refused_before_they_cost_memory() {
        let body = file().split_off(HEADER);
        for at in 0..body.len().saturating_sub(8) {
            let mut absurd = body.clone();
            absurd[at..at + 8].copy_from_slice(&(u64::MAX / 3).to_le_bytes());
            if let Err(error) = read(&sealed(&absurd)) {
                assert!(error.to_string().contains("malformed"), "{at}: {error}");
            }
        }
        // A header that promises a terabyte over a file that is small.
        let mut promising = file();
        promising[12..20].copy_from_slice(&(1u64 << 40).to_le_bytes());
        assert!(
            read(&promising)
                .unwrap_err()
                .to_string()
                .contains("cut or padded")
        );
    }

    proptest! {
        #[test]
        fn hostile_bytes_under_a_true_checksum_do_not_make_it_panic(
            changes in proptest::collection::vec((0usize..6000, any::<u8>()), 0..6),
            cut in 0usize..400,
        ) {
            let mut body = file().split_off(HEADER);
            for (at, byte) in changes {
                let at = at % body.len();
                body[at] = byte;
            }
            body.truncate(body.len().saturating_sub(cut / 4));
            if let Ok(vocabulary) = Vocabulary::decode(&sealed(&body)) {
                for label in ["Kyiv", "Kiev", "Ghana", "x"] {
                    for hit in vocabulary.find(label) {
                        prop_assert!(vocabulary.label(hit.concept).len() <= body.len());
                        prop_assert!(vocabulary.ids(hit.concept).len() <= body.len());
                    }
                }
                drop(vocabulary.entries());
                drop(vocabulary.over(&Vocabulary::builtin()));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read(&bytes).is_err());
            prop_assert!(read(&sealed(&bytes)).is_err());
        }
    }
}
