//! SKOS: the statements of a graph become concepts.
//!
//! Invariant: the order of the statements does not matter, but for the order of the concepts, which is that of
//! their first statements. Read are the labels (SKOS and SKOS-XL), `rdf:type`, `skos:broader`, `skos:exactMatch`;
//! what is deprecated or retired is left out, and so are schemes and collections.

use std::collections::HashMap;

use oxrdf::{NamedNode, NamedOrBlankNode, Term};

use super::{Ids, Source};

const SKOS: &str = "http://www.w3.org/2004/02/skos/core#";
const SKOS_XL: &str = "http://www.w3.org/2008/05/skos-xl#";
const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const RDFS_LABEL: &str = "http://www.w3.org/2000/01/rdf-schema#label";

/// What stands before an id in the names that schemes give their things, and how newsmill calls the scheme. Of IPTC's
/// topics the id keeps its prefix, as IPTC's own messages write it.
const SCHEMES: [(&str, &str, &str); 12] = [
    ("http://cv.iptc.org/newscodes/mediatopic/", "medtop", "medtop:"),
    ("https://cv.iptc.org/newscodes/mediatopic/", "medtop", "medtop:"),
    ("http://www.wikidata.org/entity/", "wikidata", ""),
    ("https://www.wikidata.org/entity/", "wikidata", ""),
    ("https://www.wikidata.org/wiki/", "wikidata", ""),
    ("http://sws.geonames.org/", "geonames", ""),
    ("https://sws.geonames.org/", "geonames", ""),
    ("https://www.geonames.org/", "geonames", ""),
    ("http://viaf.org/viaf/", "viaf", ""),
    ("https://d-nb.info/gnd/", "gnd", ""),
    ("http://d-nb.info/gnd/", "gnd", ""),
    ("http://id.loc.gov/authorities/subjects/", "lcsh", ""),
];

/// Classes by the last part of their names, and the kinds that they are.
const KINDS: [(&str, &str); 16] = [
    ("Person", "person"),
    ("Place", "place"),
    ("Country", "place"),
    ("City", "place"),
    ("Location", "place"),
    ("Feature", "place"),
    ("Organization", "organisation"),
    ("Organisation", "organisation"),
    ("Corporation", "organisation"),
    ("Company", "organisation"),
    ("Event", "event"),
    ("Work", "work"),
    ("CreativeWork", "work"),
    ("Book", "work"),
    ("Movie", "work"),
    ("Topic", "topic"),
];

/// What is known of a thing.
#[derive(Debug, Default)]
struct Node {
    /// Best label first: (text, language).
    preferred: Vec<(String, String)>,
    alternative: Vec<(String, String)>,
    /// Labels that are things of their own, and whether they are preferred.
    linked: Vec<(String, bool)>,
    /// The text of a label that is a thing of its own.
    literal: Option<(String, String)>,
    /// `rdfs:label`, which counts where SKOS says nothing.
    plain: Vec<(String, String)>,
    broader: Vec<String>,
    exact: Vec<String>,
    kind: Option<&'static str>,
    is_concept: bool,
    is_left_out: bool,
}

/// Statements by what they are about.
#[derive(Debug, Default)]
pub(super) struct Graph {
    numbers: HashMap<String, usize>,
    nodes: Vec<(String, Node)>,
}

impl Graph {
    pub(super) fn add(&mut self, subject: &NamedOrBlankNode, predicate: &NamedNode, object: Term) {
        let name = match subject {
            NamedOrBlankNode::NamedNode(node) => node.as_str().to_owned(),
            NamedOrBlankNode::BlankNode(node) => format!("_:{}", node.as_str()),
        };
        let said = predicate.as_str();
        let Some(what) = Said::of(said) else { return };
        let number = *self.numbers.entry(name.clone()).or_insert(self.nodes.len());
        if number == self.nodes.len() {
            self.nodes.push((name, Node::default()));
        }
        let Some((_, node)) = self.nodes.get_mut(number) else {
            return;
        };
        node.add(what, object);
    }

    /// The concepts, each with its name.
    pub(super) fn into_concepts(mut self) -> Vec<(String, Source)> {
        let literals: HashMap<String, (String, String)> = self
            .nodes
            .iter()
            .filter_map(|(name, node)| Some((name.clone(), node.literal.clone()?)))
            .collect();
        for (_, node) in &mut self.nodes {
            for (label, is_preferred) in std::mem::take(&mut node.linked) {
                let Some(literal) = literals.get(&label) else {
                    continue;
                };
                if is_preferred {
                    node.preferred.push(literal.clone());
                } else {
                    node.alternative.push(literal.clone());
                }
            }
        }
        self.nodes
            .into_iter()
            .filter(|(_, node)| !node.is_left_out)
            .filter_map(|(name, node)| {
                let source = node.into_source(&name)?;
                Some((name, source))
            })
            .collect()
    }
}

/// The statements that are read.
#[derive(Debug, Clone, Copy)]
enum Said {
    Preferred,
    Alternative,
    LinkedPreferred,
    LinkedAlternative,
    Literal,
    Plain,
    Broader,
    Exact,
    Type,
    Retired,
}

impl Said {
    fn of(predicate: &str) -> Option<Self> {
        if let Some(skos) = predicate.strip_prefix(SKOS) {
            return Some(match skos {
                "prefLabel" => Self::Preferred,
                "altLabel" | "hiddenLabel" => Self::Alternative,
                "broader" => Self::Broader,
                "exactMatch" => Self::Exact,
                _ => return None,
            });
        }
        if let Some(xl) = predicate.strip_prefix(SKOS_XL) {
            return Some(match xl {
                "prefLabel" => Self::LinkedPreferred,
                "altLabel" | "hiddenLabel" => Self::LinkedAlternative,
                "literalForm" => Self::Literal,
                _ => return None,
            });
        }
        match predicate {
            RDF_TYPE => Some(Self::Type),
            RDFS_LABEL => Some(Self::Plain),
            _ => match local_name(predicate) {
                // `owl:deprecated`, and IPTC's own word for it.
                "deprecated" | "retired" => Some(Self::Retired),
                "sameAs" => Some(Self::Exact),
                _ => None,
            },
        }
    }
}

impl Node {
    fn add(&mut self, what: Said, object: Term) {
        let name = match &object {
            Term::NamedNode(node) => node.as_str().to_owned(),
            Term::BlankNode(node) => format!("_:{}", node.as_str()),
            _ => String::new(),
        };
        let literal = match object {
            Term::Literal(literal) => {
                let language = literal.language().unwrap_or_default().to_owned();
                Some((literal.value().trim().to_owned(), language))
            }
            _ => None,
        };
        match (what, literal) {
            (Said::Preferred, Some(label)) => {
                self.is_concept = true;
                self.preferred.push(label);
            }
            (Said::Alternative, Some(label)) => self.alternative.push(label),
            (Said::Plain, Some(label)) => self.plain.push(label),
            (Said::Literal, Some(label)) => self.literal = Some(label),
            (Said::Retired, Some((value, _))) => self.is_left_out |= value != "false" && value != "0",
            (Said::LinkedPreferred, None) => {
                self.is_concept = true;
                self.linked.push((name, true));
            }
            (Said::LinkedAlternative, None) => self.linked.push((name, false)),
            (Said::Broader, None) => self.broader.push(name),
            (Said::Exact, None) => self.exact.push(name),
            (Said::Type, None) => match local_name(&name) {
                "Concept" => self.is_concept = true,
                "ConceptScheme" | "Collection" | "OrderedCollection" => self.is_left_out = true,
                class => {
                    let known = KINDS.iter().find(|(known, _)| *known == class);
                    self.kind = self.kind.or(known.map(|(_, kind)| *kind));
                }
            },
            _ => {}
        }
    }

    fn into_source(self, name: &str) -> Option<Source> {
        if !self.is_concept {
            return None;
        }
        let mut names = if self.preferred.is_empty() {
            self.plain
        } else {
            self.preferred
        };
        // English before what has no language before the others: what a record calls it.
        names.sort_by_key(|(_, language)| {
            let primary = language.split('-').next().unwrap_or_default();
            let order = match primary {
                "en" => 0,
                "" => 1,
                _ => 2,
            };
            (order, language.to_lowercase())
        });
        let mut names = names.into_iter();
        let (label, language) = names.next()?;
        let mut ids = Ids::default();
        for name in std::iter::once(name).chain(self.exact.iter().map(String::as_str)) {
            if let Some((scheme, id)) = id_of(name)
                && ids.get(scheme).is_none()
            {
                ids.insert(scheme, id);
            }
        }
        if ids.len() == 0 && !name.starts_with("_:") {
            ids.insert("uri", name);
        }
        let kind = self.kind.or(ids.get("medtop").map(|_| "topic"));
        Some(Source {
            label: label.into(),
            language: Some(language.into()),
            kind: kind.unwrap_or_default().into(),
            ids,
            labels: names
                .chain(self.alternative)
                .map(|(label, language)| (label.into(), Some(language.into())))
                .collect(),
            broader: self
                .broader
                .iter()
                .map(|name| match id_of(name) {
                    Some((scheme, id)) => format!("{scheme}:{id}"),
                    None => format!("uri:{name}"),
                })
                .collect(),
            ..Source::default()
        })
    }
}

/// The scheme and the id in a name.
fn id_of(name: &str) -> Option<(&'static str, String)> {
    SCHEMES.iter().find_map(|(before, scheme, prefix)| {
        let id = name.strip_prefix(before)?.split(['/', '?', '#']).next()?;
        (!id.is_empty()).then(|| (*scheme, format!("{prefix}{id}")))
    })
}

/// The last part of a name.
fn local_name(name: &str) -> &str {
    name.rsplit(['#', '/', ':']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use crate::message::TagKind;
    use crate::vocabulary::Vocabulary;
    use crate::vocabulary::compile::{CompileError, compiled};

    const TURTLE: &str = r#"
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix medtop: <http://cv.iptc.org/newscodes/mediatopic/> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        medtop: a skos:ConceptScheme ; skos:prefLabel "Topics"@en .
        medtop:29999001 a skos:Concept ;
            skos:prefLabel "Hafenstreik"@de, "harbour strike"@en-GB ;
            skos:altLabel "quay walkout"@en ;
            skos:broader medtop:29999000 ;
            skos:exactMatch <http://www.wikidata.org/entity/Q999001> .
        medtop:29999000 a skos:Concept ; skos:prefLabel "harbours"@en .
        medtop:29999002 a skos:Concept ; skos:prefLabel "steam packets"@en ; owl:deprecated true .
    "#;

    const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE rdf:RDF [<!ENTITY skos "http://www.w3.org/2004/02/skos/core#">]>
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#"
            xmlns:nar="http://iptc.org/std/nar/2006-10-01/">
          <skos:ConceptScheme rdf:about="http://cv.iptc.org/newscodes/mediatopic/"><skos:prefLabel>Topics</skos:prefLabel></skos:ConceptScheme>
          <skos:Concept rdf:about="http://cv.iptc.org/newscodes/mediatopic/29999001">
            <skos:prefLabel xml:lang="de">Hafenstreik</skos:prefLabel>
            <skos:prefLabel xml:lang="en-GB">harbour strike</skos:prefLabel>
            <skos:altLabel xml:lang="en">quay walkout</skos:altLabel>
            <skos:broader rdf:resource="http://cv.iptc.org/newscodes/mediatopic/29999000"/>
            <skos:exactMatch rdf:resource="http://www.wikidata.org/entity/Q999001"/>
          </skos:Concept>
          <rdf:Description rdf:about="http://cv.iptc.org/newscodes/mediatopic/29999000">
            <rdf:type rdf:resource="&skos;Concept"/><skos:prefLabel xml:lang="en">harbours</skos:prefLabel>
          </rdf:Description>
          <skos:Concept rdf:about="http://cv.iptc.org/newscodes/mediatopic/29999002">
            <skos:prefLabel xml:lang="en">steam packets</skos:prefLabel><nar:retired>2012-01-01</nar:retired>
          </skos:Concept>
        </rdf:RDF>"#;

    const JSON_LD: &str = r#"{
        "@context": {"skos": "http://www.w3.org/2004/02/skos/core#", "medtop": "http://cv.iptc.org/newscodes/mediatopic/",
            "broader": {"@id": "skos:broader", "@type": "@id"}, "exactMatch": {"@id": "skos:exactMatch", "@type": "@id"},
            "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
            "altLabel": {"@id": "skos:altLabel", "@container": "@language"}},
        "@graph": [
            {"@id": "medtop:29999001", "@type": "skos:Concept",
             "prefLabel": {"en-GB": "harbour strike", "de": "Hafenstreik"}, "altLabel": {"en": ["quay walkout"]},
             "broader": "medtop:29999000", "exactMatch": "http://www.wikidata.org/entity/Q999001"},
            {"@id": "medtop:29999000", "@type": "skos:Concept", "prefLabel": {"en": "harbours"}}
        ]}"#;

    fn cut(text: &str, bytes: usize) -> &str {
        text.get(..bytes).unwrap()
    }

    fn read(name: &str, text: &str) -> Result<Vocabulary, CompileError> {
        Ok(compiled(&[(name, text.as_bytes())])?.0)
    }

    #[test]
    fn the_three_notations_give_the_same_concepts() {
        let versions = [("a.ttl", TURTLE), ("a.rdf", XML), ("a.jsonld", JSON_LD)].map(|(name, text)| {
            let vocabulary = read(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(vocabulary.len(), 2, "{name}");
            let hits = vocabulary.find("Quay Walkout");
            let concept = hits[0].concept;
            assert_eq!(vocabulary.label(concept), "harbour strike", "{name}");
            assert_eq!(vocabulary.kind(concept), TagKind::Topic, "{name}");
            let ids = vocabulary.ids(concept);
            assert_eq!(ids["medtop"], "medtop:29999001", "{name}");
            assert_eq!(ids["wikidata"], "Q999001", "{name}");
            assert!(vocabulary.find("hafenstreik")[0].in_language("de"), "{name}");
            assert!(vocabulary.find("steam packets").is_empty(), "{name}");
            vocabulary.version().to_owned()
        });
        assert_eq!(versions[0], versions[1]);
        assert_eq!(versions[0], versions[2]);
    }

    #[test]
    fn labels_that_are_things_and_schemes_of_ones_own_are_read() {
        let vocabulary = read(
            "own.ttl",
            r#"@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
            @prefix xl: <http://www.w3.org/2008/05/skos-xl#> .
            @prefix schema: <https://schema.org/> .
            <https://desk.example/people/holt> a skos:Concept, schema:Person ; xl:prefLabel _:one ; xl:altLabel _:two .
            _:one xl:literalForm "Maren Holt"@da . _:two xl:literalForm "M. Holt" ."#,
        )
        .unwrap();
        let hits = vocabulary.find("m holt");
        assert_eq!(vocabulary.label(hits[0].concept), "Maren Holt");
        assert_eq!(vocabulary.kind(hits[0].concept), TagKind::Person);
        assert_eq!(
            vocabulary.ids(hits[0].concept)["uri"],
            "https://desk.example/people/holt"
        );
    }

    #[test]
    fn a_broken_or_hostile_graph_is_an_error_that_says_what_is_wrong() {
        let told = |name: &str, text: &str| read(name, text).unwrap_err().to_string();
        assert!(told("a.ttl", "@prefix skos: <http://x> .\nskos:a skos:b \"open").contains("a.ttl: "));
        assert!(told("a.rdf", cut(XML, 900)).contains("a.rdf: "));
        assert!(told("a.jsonld", cut(JSON_LD, 300)).contains("a.jsonld: "));
        let remote = told(
            "a.jsonld",
            r#"{"@context": "https://schema.example/context", "@id": "urn:a"}"#,
        );
        assert!(remote.contains("a.jsonld: "), "{remote}");
        let mut laughs = "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a0 \"ha\">".to_owned();
        for level in 1..30 {
            let last = format!("&a{};", level - 1).repeat(10);
            laughs.push_str(&format!("<!ENTITY a{level} \"{last}\">"));
        }
        laughs.push_str("]><r>&a29;</r>");
        assert!(told("a.rdf", &laughs).contains("made of others"));
        let open = cut(XML, XML.find("harbour strike").unwrap());
        let run = format!("{open}{}", "x".repeat(3 << 20));
        assert!(told("a.rdf", &run).contains("longer than"));
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        drop(read("a.jsonld", &format!("{{\"@graph\": {deep}}}")));
        drop(read("a.ttl", &format!("<urn:a> <urn:b> {}", "(".repeat(200_000))));
        drop(read(
            "a.ttl",
            &format!("<urn:a> <urn:b> {}", "[<urn:b> ".repeat(200_000)),
        ));
        drop(read("a.rdf", &"<a xmlns=\"urn:x#\">".repeat(100_000)));
    }
}
