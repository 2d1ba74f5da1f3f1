//! RDF in its three notations, as statements for [`skos`](super::skos).
//!
//! Invariant: a file of any size is read as a stream; a value longer than any label, entities that multiply
//! themselves and contexts on the network are refused before they cost anything.

use std::cell::Cell;
use std::io::{BufRead, Cursor, Read};
use std::path::Path;

use oxjsonld::JsonLdParser;
use oxrdf::{NamedNode, NamedOrBlankNode, Term};
use oxrdfxml::RdfXmlParser;
use oxttl::TurtleParser;

use super::bounds::Bounded;
use super::skos::Graph;
use super::{At, Form, Place, Sink};
use crate::vocabulary::compile::CompileError;

/// Bytes of XML between two `<`.
const XML_RUN_BYTES_MAX: u64 = 1 << 20;
/// Bytes before the first element of an XML file, and of one of its entities.
const XML_HEAD_BYTES_MAX: u64 = 64 << 10;
const XML_ENTITY_BYTES_MAX: usize = 1 << 10;
/// Bytes of an RDF file once it is unpacked.
const BYTES_MAX: u64 = 2 << 30;
/// Statements between two words of progress.
const PROGRESS_STATEMENTS: u64 = 8192;

type Statement = (NamedOrBlankNode, NamedNode, Term);

pub(super) fn read(
    path: &Path,
    reader: Box<dyn BufRead>,
    form: Form,
    done: &Cell<u64>,
    sink: &mut dyn Sink,
) -> Result<(), CompileError> {
    let refused = |cause: String| CompileError::Graph {
        path: path.to_owned(),
        cause,
    };
    let bounded = Bounded::new(reader, std::rc::Rc::default(), BYTES_MAX, "the file, unpacked,");
    let mut graph = Graph::default();
    // Relative names need something to be relative to.
    let base = "urn:newsmill:";
    let statements: Box<dyn Iterator<Item = Result<Statement, String>>> = match form {
        Form::RdfXml => {
            let checked = xml(bounded).map_err(&refused)?;
            let parser = RdfXmlParser::new()
                .with_base_iri(base)
                .map_err(|error| refused(error.to_string()))?;
            Box::new(parser.for_reader(checked).map(|triple| match triple {
                Ok(triple) => Ok((triple.subject, triple.predicate, triple.object)),
                Err(error) => Err(error.to_string()),
            }))
        }
        Form::JsonLd => {
            let parser = JsonLdParser::new()
                .with_base_iri(base)
                .map_err(|error| refused(error.to_string()))?;
            Box::new(parser.for_reader(bounded).map(|quad| match quad {
                Ok(quad) => Ok((quad.subject, quad.predicate, quad.object)),
                Err(error) => Err(error.to_string()),
            }))
        }
        _ => {
            let parser = TurtleParser::new()
                .with_base_iri(base)
                .map_err(|error| refused(error.to_string()))?;
            Box::new(parser.for_reader(bounded).map(|triple| match triple {
                Ok(triple) => Ok((triple.subject, triple.predicate, triple.object)),
                Err(error) => Err(error.to_string()),
            }))
        }
    };
    for (number, statement) in (1u64..).zip(statements) {
        let (subject, predicate, object) = statement.map_err(&refused)?;
        graph.add(&subject, &predicate, object);
        if number.is_multiple_of(PROGRESS_STATEMENTS) {
            sink.progress(done.get());
        }
    }
    for (name, source) in graph.into_concepts() {
        let at = At {
            path: path.to_owned(),
            place: Place::Subject(name),
        };
        if source.label.trim().is_empty() || source.label.len() > super::LABEL_BYTES_MAX {
            sink.refuse(CompileError::Label { at })?;
        } else {
            sink.take(&at, source);
        }
    }
    Ok(())
}

/// XML whose entities are harmless. The parser unfolds them, so one made of others could grow without bounds.
fn xml(reader: impl Read) -> Result<impl Read, String> {
    let mut reader = Bounded::between(reader, b'<', XML_RUN_BYTES_MAX, "a text without markup");
    let mut head = Vec::new();
    (&mut reader)
        .take(XML_HEAD_BYTES_MAX)
        .read_to_end(&mut head)
        .map_err(|error| error.to_string())?;
    if let Some(at) = memchr::memmem::find(&head, b"<!DOCTYPE") {
        let kind = head.get(at..).unwrap_or_default();
        let end = memchr::memmem::find(kind, b"]>").or_else(|| {
            let simple = memchr::memchr(b'>', kind)?;
            let opens = memchr::memchr(b'[', kind);
            (opens.is_none_or(|opens| opens > simple)).then_some(simple)
        });
        let Some(kind) = end.and_then(|end| kind.get(..end)) else {
            return Err(format!(
                "its document type is longer than {XML_HEAD_BYTES_MAX} bytes"
            ));
        };
        for entity in kind
            .split(|byte| *byte == b'<')
            .filter(|part| part.starts_with(b"!ENTITY"))
        {
            if entity.len() > XML_ENTITY_BYTES_MAX || memchr::memmem::find(entity, b"&").is_some() {
                return Err("it has an entity that is long or made of others".to_owned());
            }
        }
    }
    Ok(Cursor::new(head).chain(reader))
}
