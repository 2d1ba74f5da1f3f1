//! The compiled file: magic, form, length, checksum, then the parts of a table, little endian.
//!
//! Invariant: nothing in a file is believed before its length and checksum agree, and even then every count is
//! bounded by the bytes that are there, so a hostile file costs no more memory than its size.

use xxhash_rust::xxh3::xxh3_64;

use super::table::{ConceptRecord, IdRecord, LabelRecord, Parts, PartsError, Text};
use crate::message::TagKind;

const MAGIC: &[u8; 8] = b"NEWSMILV";
/// Changes when the layout does.
const FORM: u32 = 1;
const HEADER: usize = 8 + 4 + 8 + 8;

/// Why a compiled vocabulary cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("the vocabulary cannot be read")]
    Io(#[from] std::io::Error),
    /// It does not begin as a compiled vocabulary does.
    #[error("not a compiled vocabulary: it does not begin with {}", MAGIC.escape_ascii())]
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

impl From<PartsError> for LoadError {
    fn from(error: PartsError) -> Self {
        Self::Malformed {
            what: error.to_string(),
        }
    }
}

/// The bytes of a compiled file.
pub(super) fn encode(parts: &Parts) -> Vec<u8> {
    let mut body = Vec::new();
    put_str(&mut body, &parts.version);
    put_str(&mut body, &parts.arena);
    for list in [&parts.schemes, &parts.languages] {
        put_u32(&mut body, list.len());
        list.iter().for_each(|text| put_str(&mut body, text));
    }
    put_u32(&mut body, parts.concepts.len());
    for concept in &parts.concepts {
        put_text(&mut body, concept.label);
        body.push(kind_code(concept.kind));
        body.push(concept.rank);
        body.extend(concept.ids.to_le_bytes());
        body.push(concept.ids_len);
    }
    put_u32(&mut body, parts.ids.len());
    for id in &parts.ids {
        body.extend(id.scheme.to_le_bytes());
        put_text(&mut body, id.value);
    }
    put_u32(&mut body, parts.labels.len());
    for label in &parts.labels {
        put_text(&mut body, label.text);
        body.extend(label.concept.to_le_bytes());
        body.extend(label.languages.to_le_bytes());
        body.push(label.form);
    }
    let mut file = Vec::with_capacity(HEADER + body.len());
    file.extend(MAGIC);
    file.extend(FORM.to_le_bytes());
    file.extend((body.len() as u64).to_le_bytes());
    file.extend(xxh3_64(&body).to_le_bytes());
    file.extend(body);
    file
}

/// The parts in a compiled file.
///
/// # Errors
/// Every way in which the bytes are not a whole, undamaged vocabulary of this form.
pub(super) fn decode(bytes: &[u8]) -> Result<Parts, LoadError> {
    let mut header = Reader(bytes);
    if header.take(MAGIC.len()).map_err(|_| LoadError::Magic)? != MAGIC {
        return Err(LoadError::Magic);
    }
    let short = || LoadError::Length {
        expected: HEADER as u64,
        found: bytes.len() as u64,
    };
    let found = header.u32().map_err(|_| short())?;
    if found != FORM {
        return Err(LoadError::Form { found });
    }
    let expected = header.u64().map_err(|_| short())?;
    let checksum = header.u64().map_err(|_| short())?;
    let body = header.0;
    if body.len() as u64 != expected {
        return Err(LoadError::Length {
            expected,
            found: body.len() as u64,
        });
    }
    if xxh3_64(body) != checksum {
        return Err(LoadError::Checksum);
    }
    let mut reader = Reader(body);
    let parts = Parts {
        version: reader.string()?,
        arena: reader.string()?,
        schemes: reader.list(4, Reader::string)?,
        languages: reader.list(4, Reader::string)?,
        concepts: reader.list(13, |reader| {
            Ok(ConceptRecord {
                label: reader.text()?,
                kind: kind_of(reader.u8()?)?,
                rank: reader.u8()?,
                ids: reader.u32()?,
                ids_len: reader.u8()?,
            })
        })?,
        ids: reader.list(8, |reader| {
            Ok(IdRecord {
                scheme: reader.u16()?,
                value: reader.text()?,
            })
        })?,
        labels: reader.list(13, |reader| {
            Ok(LabelRecord {
                text: reader.text()?,
                concept: reader.u32()?,
                languages: reader.u16()?,
                form: reader.u8()?,
            })
        })?,
    };
    if reader.0.is_empty() {
        Ok(parts)
    } else {
        Err(malformed("bytes are left over"))
    }
}

fn malformed(what: &str) -> LoadError {
    LoadError::Malformed {
        what: what.to_owned(),
    }
}

fn put_u32(out: &mut Vec<u8>, count: usize) {
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn put_str(out: &mut Vec<u8>, text: &str) {
    put_u32(out, text.len());
    out.extend(text.as_bytes());
}

fn put_text(out: &mut Vec<u8>, text: Text) {
    out.extend(text.at.to_le_bytes());
    out.extend(text.len.to_le_bytes());
}

const KINDS: [TagKind; 7] = [
    TagKind::Person,
    TagKind::Place,
    TagKind::Organisation,
    TagKind::Event,
    TagKind::Topic,
    TagKind::Work,
    TagKind::Other,
];

fn kind_code(kind: TagKind) -> u8 {
    KINDS
        .iter()
        .position(|known| *known == kind)
        .and_then(|at| u8::try_from(at).ok())
        .unwrap_or(6)
}

fn kind_of(code: u8) -> Result<TagKind, LoadError> {
    KINDS
        .get(usize::from(code))
        .copied()
        .ok_or_else(|| malformed("a concept has an unknown kind"))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], LoadError> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| malformed("it ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadError> {
        self.take(N)?.try_into().map_err(|_| malformed("it ends early"))
    }

    fn u8(&mut self) -> Result<u8, LoadError> {
        self.array::<1>().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Result<u16, LoadError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, LoadError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, LoadError> {
        self.array().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Result<Text, LoadError> {
        Ok(Text {
            at: self.u32()?,
            len: self.u16()?,
        })
    }

    fn string(&mut self) -> Result<String, LoadError> {
        let len = self.u32()? as usize;
        std::str::from_utf8(self.take(len)?)
            .map(str::to_owned)
            .map_err(|_| malformed("a text is not UTF-8"))
    }

    /// A counted list whose items take at least `least` bytes, so that a count cannot claim more than is there.
    fn list<T>(
        &mut self,
        least: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, LoadError>,
    ) -> Result<Vec<T>, LoadError> {
        let count = self.u32()? as usize;
        if count.saturating_mul(least) > self.0.len() {
            return Err(malformed("a list is longer than the file"));
        }
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vocabulary::Vocabulary;
    use crate::vocabulary::compile::parts_of;

    fn file() -> Vec<u8> {
        encode(&parts_of(&[
            r#"{"label": "Kyiv", "type": "place", "ids": {"qid": "Q1899"}, "labels": [["Kiev", "en"], ["Київ", "uk"]]}"#,
            r#"{"label": "Ghana", "type": "place", "ids": {"iso": "GH"}}"#,
        ]))
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
        assert_eq!(encode(&decode(&bytes).unwrap()), bytes);
    }

    #[test]
    fn a_file_that_was_cut_padded_or_changed_is_refused_with_its_reason() {
        let bytes = file();
        let refused = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
        assert!(refused(b"").contains("not a compiled vocabulary"));
        assert!(refused(b"{\"label\": \"Paris\"}").contains("not a compiled vocabulary"));
        assert!(refused(&bytes[..10]).contains("cut or padded"));
        assert!(refused(&bytes[..bytes.len() - 1]).contains("cut or padded"));
        let mut padded = bytes.clone();
        padded.push(0);
        assert!(refused(&padded).contains("cut or padded"));
        let mut changed = bytes.clone();
        changed[HEADER + 30] ^= 1;
        assert!(refused(&changed).contains("checksum"));
        let mut other = bytes;
        other[8] = 99;
        assert!(refused(&other).contains("form 99"));
    }

    proptest! {
        #[test]
        fn hostile_bytes_under_a_true_checksum_do_not_make_it_panic(
            changes in proptest::collection::vec((0usize..400, any::<u8>()), 0..6),
            cut in 0usize..400,
        ) {
            let mut body = file().split_off(HEADER);
            for (at, byte) in changes {
                if let Some(slot) = body.get_mut(at) {
                    *slot = byte;
                }
            }
            body.truncate(body.len().saturating_sub(cut / 4));
            if let Ok(vocabulary) = Vocabulary::decode(&sealed(&body)) {
                for label in ["Kyiv", "Kiev", "Ghana", "x"] {
                    for hit in vocabulary.find(label) {
                        prop_assert!(vocabulary.label(hit.concept).len() <= body.len());
                        prop_assert!(vocabulary.ids(hit.concept).len() <= body.len());
                    }
                }
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&bytes).is_err());
            prop_assert!(decode(&sealed(&bytes)).is_err() || bytes.len() >= 28);
        }
    }
}
