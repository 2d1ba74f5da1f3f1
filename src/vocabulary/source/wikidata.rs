//! A dump of Wikidata's entities: an array in JSON with an entity a line, as it is given away.
//!
//! Invariant: one line is held at a time; a line that is no entity is counted and passed over, since nobody who
//! reads a dump can mend it; only entities of the wanted classes are parsed at all.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead};
use std::marker::PhantomData;
use std::path::Path;

use aho_corasick::AhoCorasick;
use compact_str::CompactString;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{At, Ids, LABEL_BYTES_MAX, Place, Sink, Source};
use crate::vocabulary::compile::CompileError;

/// The longest line that is read; the largest entities have some 4 MB.
const ENTITY_BYTES_MAX: usize = 32 << 20;
const PROGRESS_LINES: u64 = 1024;

/// Classes that news is about, with the kinds of their members.
const CLASSES: &str = include_str!("../../../data/vocabulary/wikidata_classes.tsv");

/// Which entities are taken.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Classes (`P31`, or `P279` for what is a class itself), each with the kind of its members; none: those that
    /// news is about.
    pub classes: Vec<(String, String)>,
    /// The fewest Wikipedias and sister projects that have a page on it.
    pub sitelinks_min: usize,
    /// Languages whose labels are taken; none: all.
    pub languages: Vec<String>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            classes: Vec::new(),
            sitelinks_min: 5,
            languages: Vec::new(),
        }
    }
}

impl Filter {
    fn kinds(&self) -> BTreeMap<&str, &str> {
        if !self.classes.is_empty() {
            return self
                .classes
                .iter()
                .map(|(class, kind)| (class.as_str(), kind.as_str()))
                .collect();
        }
        CLASSES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut cells = line.split('\t');
                Some((cells.next()?, cells.next()?))
            })
            .collect()
    }

    fn wants(&self, language: &str) -> bool {
        self.languages.is_empty() || self.languages.iter().any(|wanted| wanted == language)
    }
}

#[derive(Debug, Deserialize)]
struct Entity {
    id: String,
    #[serde(default, deserialize_with = "map")]
    labels: BTreeMap<String, Text>,
    #[serde(default, deserialize_with = "map")]
    aliases: BTreeMap<String, Vec<Text>>,
    #[serde(default, deserialize_with = "map")]
    sitelinks: BTreeMap<String, IgnoredAny>,
    #[serde(default, deserialize_with = "claims")]
    claims: Claims,
}

#[derive(Debug, Deserialize)]
struct Text {
    value: String,
}

/// The statements that are read. Others are passed over unparsed.
#[derive(Debug, Default, Deserialize)]
struct Claims {
    #[serde(default, rename = "P31")]
    instance_of: Vec<Claim>,
    #[serde(default, rename = "P279")]
    subclass_of: Vec<Claim>,
    #[serde(default, rename = "P297")]
    iso3166: Vec<Claim>,
    #[serde(default, rename = "P1566")]
    geonames: Vec<Claim>,
    #[serde(default, rename = "P5429")]
    newscode: Vec<Claim>,
}

#[derive(Debug, Deserialize)]
struct Claim {
    mainsnak: Snak,
    #[serde(default)]
    rank: String,
}

#[derive(Debug, Deserialize)]
struct Snak {
    datavalue: Option<DataValue>,
}

#[derive(Debug, Deserialize)]
struct DataValue {
    value: Value,
}

pub(super) fn read(
    path: &Path,
    mut reader: Box<dyn BufRead>,
    filter: &Filter,
    done: &Cell<u64>,
    sink: &mut dyn Sink,
) -> Result<(), CompileError> {
    let kinds = filter.kinds();
    let at = |line| At {
        path: path.to_owned(),
        place: Place::Line(line),
    };
    // An entity that does not name a class anywhere is not worth parsing.
    let named: Vec<String> = kinds.keys().map(|class| format!("\"{class}\"")).collect();
    let classes = AhoCorasick::new(&named).map_err(|error| CompileError::Form {
        at: at(0),
        cause: format!("the list of classes: {error}"),
    })?;
    let mut text = Vec::new();
    for line in 1u64.. {
        if line.is_multiple_of(PROGRESS_LINES) {
            sink.progress(done.get());
        }
        let read = next_line(&mut reader, &mut text).map_err(|source| CompileError::Read {
            path: path.to_owned(),
            source,
        })?;
        match read {
            Line::End => break,
            Line::TooLong => {
                sink.pass_over(CompileError::Form {
                    at: at(line),
                    cause: format!("longer than {ENTITY_BYTES_MAX} bytes"),
                });
                continue;
            }
            Line::Whole => {}
        }
        let entity = text.trim_ascii();
        let entity = entity.strip_suffix(b",").unwrap_or(entity);
        let is_frame = matches!(entity, b"" | b"[" | b"]");
        if is_frame || (entity.starts_with(b"{") && !classes.is_match(entity)) {
            continue;
        }
        match serde_json::from_slice::<Entity>(entity) {
            Ok(entity) => {
                if let Some(source) = concept_of(entity, &kinds, filter) {
                    sink.take(&at(line), source);
                }
            }
            Err(source) => sink.pass_over(CompileError::Line { at: at(line), source }),
        }
    }
    Ok(())
}

/// What stands on a line.
enum Line {
    Whole,
    TooLong,
    End,
}

/// Of a line over the bound only its end is looked for.
fn next_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let (mut is_end, mut is_long) = (true, false);
    loop {
        let buffer = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        let (piece, consumed, is_whole) = match memchr::memchr(b'\n', buffer) {
            Some(end) => (buffer.get(..end).unwrap_or(buffer), end + 1, true),
            None => (buffer, buffer.len(), buffer.is_empty()),
        };
        is_end &= consumed == 0;
        is_long |= line.len() + piece.len() > ENTITY_BYTES_MAX;
        if !is_long {
            line.extend_from_slice(piece);
        }
        reader.consume(consumed);
        if is_whole {
            return Ok(if is_long {
                Line::TooLong
            } else if is_end {
                Line::End
            } else {
                Line::Whole
            });
        }
    }
}

fn concept_of(entity: Entity, kinds: &BTreeMap<&str, &str>, filter: &Filter) -> Option<Source> {
    let Entity {
        id,
        mut labels,
        aliases,
        sitelinks,
        claims,
    } = entity;
    if sitelinks.len() < filter.sitelinks_min || !id.starts_with('Q') {
        return None;
    }
    let of = |claims: &[Claim]| {
        claims
            .iter()
            .filter_map(class_of)
            .find_map(|class| kinds.get(class.as_str()).copied())
    };
    let kind = of(&claims.instance_of).or_else(|| of(&claims.subclass_of))?;
    let usable = |text: &str| !text.trim().is_empty() && text.len() <= LABEL_BYTES_MAX;
    labels.retain(|_, text| usable(&text.value));
    // `mul` is Wikidata's word for a name that is the same everywhere.
    let own = ["en", "mul"]
        .into_iter()
        .chain(filter.languages.iter().map(String::as_str))
        .find(|language| labels.contains_key(*language))
        .map(str::to_owned)
        .or_else(|| labels.keys().next().cloned())?;
    let label = labels.remove(&own)?.value;
    let language = |tag: String| {
        Some(if tag == "mul" {
            CompactString::default()
        } else {
            tag.into()
        })
    };
    let others = labels
        .into_iter()
        .map(|(tag, text)| (tag, vec![text]))
        .chain(aliases)
        .filter(|(tag, _)| tag == "mul" || filter.wants(tag))
        .flat_map(|(tag, texts)| texts.into_iter().map(move |text| (tag.clone(), text.value)))
        .filter(|(_, text)| usable(text))
        .map(|(tag, text)| (text.into(), language(tag)))
        .collect();
    let mut ids = Ids::default();
    ids.insert("wikidata", id);
    for (scheme, prefix, claims) in [
        ("iso3166", "", &claims.iso3166),
        ("geonames", "", &claims.geonames),
        ("medtop", "medtop:", &claims.newscode),
    ] {
        if let Some(value) = claims.iter().find_map(text_of) {
            ids.insert(scheme, format!("{prefix}{value}"));
        }
    }
    // Countries and topics are ranked by what they are.
    let is_ranked = ids.get("iso3166").is_some() || ids.get("medtop").is_some();
    Some(Source {
        label: label.into(),
        language: language(own),
        kind: kind.into(),
        ids,
        labels: others,
        rank: (!is_ranked).then(|| rank_of(sitelinks.len())),
        ..Source::default()
    })
}

/// From 54 for a page in one Wikipedia to 180 for one in three hundred: fifteen for every doubling.
fn rank_of(sitelinks: usize) -> u8 {
    let doublings = (sitelinks as f64 + 1.0).log2();
    (40.0 + 15.0 * doublings).min(180.0) as u8
}

fn class_of(claim: &Claim) -> Option<String> {
    let value = &claim.mainsnak.datavalue.as_ref()?.value;
    (claim.rank != "deprecated").then(|| value.get("id")?.as_str().map(str::to_owned))?
}

fn text_of(claim: &Claim) -> Option<String> {
    let value = &claim.mainsnak.datavalue.as_ref()?.value;
    (claim.rank != "deprecated").then(|| value.as_str().map(str::to_owned))?
}

/// An object, or the empty array that PHP makes of an object without members.
fn map<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    deserializer.deserialize_any(MapOrNothing(PhantomData))
}

struct MapOrNothing<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for MapOrNothing<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an empty array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((key, value)) = access.next_entry()? {
            map.insert(key, value);
        }
        Ok(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(BTreeMap::new())
    }
}

/// The same for the statements.
fn claims<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Claims, D::Error> {
    struct ClaimsOrNothing;
    impl<'de> Visitor<'de> for ClaimsOrNothing {
        type Value = Claims;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object or an empty array")
        }

        fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Claims, A::Error> {
            Claims::deserialize(serde::de::value::MapAccessDeserializer::new(access))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Claims, A::Error> {
            while access.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Claims::default())
        }
    }
    deserializer.deserialize_any(ClaimsOrNothing)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::message::TagKind;
    use crate::vocabulary::compile::compiled_with;
    use crate::vocabulary::source::Options;

    fn entity(id: &str, class: &str, label: &str, sitelinks: usize) -> String {
        let links: Vec<String> = (0..sitelinks)
            .map(|n| format!("\"w{n}\":{{\"site\":\"w{n}\",\"title\":\"x\"}}"))
            .collect();
        format!(
            r#"{{"type":"item","id":"{id}","labels":{{"en":{{"language":"en","value":"{label}"}},"de":{{"language":"de","value":"{label} (de)"}}}},"descriptions":[],"aliases":{{"da":[{{"language":"da","value":"{label} alias"}}]}},"claims":{{"P31":[{{"mainsnak":{{"snaktype":"value","datavalue":{{"value":{{"entity-type":"item","id":"{class}"}},"type":"wikibase-entityid"}}}},"type":"statement","rank":"normal"}}],"P569":[{{"mainsnak":{{"datavalue":{{"value":{{"time":"+1970"}}}}}}}}],"P1566":[{{"mainsnak":{{"datavalue":{{"value":"777","type":"string"}}}},"rank":"normal"}}]}},"sitelinks":{{{}}}}}"#,
            links.join(",")
        )
    }

    fn dump() -> String {
        let empty =
            r#"{"type":"item","id":"Q4","labels":[],"aliases":[],"claims":[],"sitelinks":[],"x":"Q5"}"#;
        [
            "[".to_owned(),
            entity("Q900001", "Q5", "Maren Holt", 20) + ",",
            entity("Q900002", "Q5", "Nobody Known", 1) + ",",
            entity("Q900003", "Q13442814", "A Paper", 90) + ",",
            format!("{empty},"),
            "{\"type\":\"item\",\"id\":\"Q5\", cut".to_owned(),
            entity("Q900004", "Q515", "Port Ansgar", 7),
            "]".to_owned(),
        ]
        .join("\n")
    }

    #[test]
    fn a_dump_is_filtered_and_its_bad_lines_are_counted() {
        let mut packed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        packed.write_all(dump().as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        for (name, bytes) in [("all.json", dump().into_bytes()), ("all.json.bz2", packed)] {
            let (vocabulary, report) = compiled_with(&[(name, &bytes)], &Options::default()).unwrap();
            assert_eq!((vocabulary.len(), report.passed_over), (2, 1), "{name}");
            assert!(report.passed_over_examples[0].contains("line 6"), "{report:?}");
            let hits = vocabulary.find("maren holt alias");
            assert_eq!(hits[0].kind, TagKind::Person);
            assert_eq!(vocabulary.label(hits[0].concept), "Maren Holt");
            let ids = vocabulary.ids(hits[0].concept);
            assert_eq!(
                (ids["wikidata"].as_str(), ids["geonames"].as_str()),
                ("Q900001", "777")
            );
            assert!(hits[0].rank > vocabulary.find("port ansgar")[0].rank);
        }
    }

    #[test]
    fn classes_sitelinks_and_languages_can_be_chosen() {
        let options = Options {
            wikidata: Filter {
                classes: vec![
                    ("Q13442814".to_owned(), "work".to_owned()),
                    ("Q5".to_owned(), "person".to_owned()),
                ],
                sitelinks_min: 0,
                languages: vec!["en".to_owned(), "da".to_owned()],
            },
            ..Options::default()
        };
        let (vocabulary, _) = compiled_with(&[("all.json", dump().as_bytes())], &options).unwrap();
        assert_eq!(vocabulary.len(), 3);
        assert_eq!(vocabulary.find("A Paper")[0].kind, TagKind::Work);
        assert_eq!(vocabulary.find("A Paper alias").len(), 1);
        assert!(vocabulary.find("A Paper (de)").is_empty());
    }

    #[test]
    fn a_line_without_end_is_passed_over_in_little_memory() {
        let text = format!(
            "[\n{{\"type\":\"item\",\"x\":\"{}\n{}\n]",
            "Q5".repeat(ENTITY_BYTES_MAX),
            entity("Q1", "Q5", "Maren Holt", 9)
        );
        let (vocabulary, report) =
            compiled_with(&[("all.json", text.as_bytes())], &Options::default()).unwrap();
        assert_eq!((vocabulary.len(), report.passed_over), (1, 1));
    }
}
