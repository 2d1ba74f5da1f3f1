//! The forms in which records leave, over all golden records: valid by their standards, and read back as the same
//! article.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

use newsmill::message::{
    DecodeOptions, EnrichedRecord, Output, OutputCompression, OutputEnvelope, OutputFormat, RawArticle,
    Written, decode,
};
use serde_json::Value;

const TIME: &str = "2026-01-02T03:04:05Z";
const FORMATS: [OutputFormat; 3] = [OutputFormat::Record, OutputFormat::Ninjs, OutputFormat::JsonLd];

fn records() -> Vec<EnrichedRecord> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/expected");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read = |file| {
        let mut record: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        // What changes with every build is not in the golden records.
        record["enrichment"]["version"] = "0".into();
        record["enrichment"]["vocabulary"] = "0".into();
        serde_json::from_value(record).unwrap()
    };
    let records: Vec<EnrichedRecord> = files.map(read).collect();
    assert!(records.len() >= 17, "{} golden records", records.len());
    records
}

fn written(record: &EnrichedRecord, output: &Output) -> Written {
    output.write(record, "m-1", TIME.parse().unwrap()).unwrap()
}

fn form(format: OutputFormat) -> Output {
    Output {
        format,
        event_source: "https://news.example/newsmill".to_owned(),
        ..Output::default()
    }
}

fn value(record: &EnrichedRecord, output: &Output) -> Value {
    serde_json::from_slice(&written(record, output).body).unwrap()
}

fn read_back(message: &Written) -> RawArticle {
    let options = DecodeOptions::default();
    decode(
        &message.body,
        Some(message.content_type),
        message.content_encoding,
        &options,
    )
    .unwrap()
}

fn schema(name: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/schemas")
        .join(name);
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn every_ninjs_item_is_valid_by_the_iptcs_schema() {
    let geometry = (
        "https://geojson.org/schema/GeoJSON.json",
        schema("GeoJSON-schema.json"),
    );
    let registry = jsonschema::Registry::new()
        .add(geometry.0, geometry.1)
        .unwrap()
        .prepare()
        .unwrap();
    let validator = jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&schema("ninjs-schema_3.1.json"))
        .unwrap();
    // One that cannot be valid, or the schema would hold nothing.
    assert!(!validator.is_valid(&serde_json::json!({"uri": "urn:x:1", "bodies": [{"role": "main"}]})));
    for record in records() {
        let item = value(&record, &form(OutputFormat::Ninjs));
        let errors: Vec<String> = validator
            .iter_errors(&item)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", record.id);
    }
}

#[test]
fn an_article_is_the_same_after_a_round_trip() {
    let envelopes = [OutputEnvelope::None, OutputEnvelope::CloudEvents];
    let packings = [
        OutputCompression::None,
        OutputCompression::Gzip,
        OutputCompression::Zstd,
    ];
    for record in records() {
        for format in FORMATS {
            for (envelope, compression) in envelopes.into_iter().zip(packings) {
                let output = Output {
                    envelope,
                    compression,
                    ..form(format)
                };
                let article = read_back(&written(&record, &output));
                let told = format!("{} as {output:?}", record.id);
                assert_eq!(article.id.as_deref(), Some(record.id.as_str()), "{told}");
                assert_eq!(article.text.as_deref(), Some(record.text.as_str()), "{told}");
                assert_eq!(article.url, record.url, "{told}");
                assert_eq!(article.title, record.title, "{told}");
                assert_eq!(article.language, record.language, "{told}");
                assert_eq!(article.source, record.source, "{told}");
                assert_eq!(article.published_at, record.published_at, "{told}");
                assert_eq!(article.description, record.description, "{told}");
                assert_eq!(article.authors.join(", "), record.authors.join(", "), "{told}");
            }
        }
    }
}

#[test]
fn quotations_name_their_speakers_and_tags_are_defined_terms() {
    let record = records()
        .into_iter()
        .find(|record| record.id.contains("harbour") || record.quotes.len() > 3)
        .expect("a record with quotes");
    let article = value(&record, &form(OutputFormat::JsonLd));
    assert_eq!(article["@type"], "NewsArticle");
    assert_eq!(article["@context"][0], "https://schema.org");
    let quotations = article["hasPart"].as_array().unwrap();
    assert_eq!(quotations.len(), record.quotes.len());
    let text: Vec<char> = record.text.chars().collect();
    for (quotation, quote) in quotations.iter().zip(&record.quotes) {
        assert_eq!(quotation["@type"], "Quotation");
        assert_eq!(quotation["text"], quote.text.as_str());
        let speaker = quote.speaker.as_ref().map(|speaker| speaker.name.as_str());
        assert_eq!(quotation["spokenByCharacter"]["name"].as_str(), speaker);
        let span = |end: &str| usize::try_from(quotation[end].as_u64().unwrap()).unwrap();
        let words: String = text[span("newsmill:start")..span("newsmill:end")]
            .iter()
            .collect();
        assert_eq!(words, quote.text);
    }
    let terms = |key: &str| article[key].as_array().cloned().unwrap_or_default();
    let all: Vec<Value> = terms("about").into_iter().chain(terms("mentions")).collect();
    assert_eq!(all.len(), record.tags.len());
    let known = all
        .iter()
        .find(|term| term.get("termCode").is_some())
        .expect("a known tag");
    assert_eq!(known["@type"], "DefinedTerm");
    let set = known["inDefinedTermSet"].as_str().unwrap();
    assert!(known["@id"].as_str().unwrap().starts_with(set), "{known}");
}

#[test]
fn ninjs_sorts_tags_by_kind_and_keeps_what_it_has_no_words_for() {
    for record in records() {
        let item = value(&record, &form(OutputFormat::Ninjs));
        let lists = [
            "people",
            "organisations",
            "places",
            "events",
            "subjects",
            "objects",
        ];
        let tags: usize = lists
            .iter()
            .map(|list| item[*list].as_array().map_or(0, Vec::len))
            .sum();
        assert_eq!(tags, record.tags.len(), "{}", record.id);
        let ours = serde_json::to_value(&record).unwrap();
        let body = &item["bodies"][1];
        assert_eq!(body["role"], "enrichment");
        let kept: Value = serde_json::from_str(body["value"].as_str().unwrap()).unwrap();
        for key in [
            "quotes",
            "tags",
            "removed",
            "captions",
            "fingerprint",
            "stats",
            "extra",
        ] {
            assert_eq!(kept[key], ours[key], "{key} of {}", record.id);
        }
    }
}

#[test]
fn an_event_has_what_the_standard_requires_and_the_same_id_for_the_same_article() {
    let record = records().remove(0);
    for format in FORMATS {
        let output = Output {
            envelope: OutputEnvelope::CloudEvents,
            ..form(format)
        };
        assert_eq!(
            written(&record, &output).content_type,
            "application/cloudevents+json"
        );
        let event = value(&record, &output);
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["id"], "m-1");
        assert_eq!(event["time"], TIME);
        assert_eq!(event["source"], "https://news.example/newsmill");
        assert_eq!(event["type"], "newsmill.article.enriched");
        assert_eq!(event["subject"], record.id.as_str());
        assert_eq!(event["data"], value(&record, &form(format)));
        let kept = read_back(&written(&record, &output)).extra;
        assert_eq!(
            kept["cloudevent"]["id"], "m-1",
            "what the event says of itself is kept"
        );
    }
}

#[test]
fn the_records_own_form_is_as_it_was() {
    let record = records().remove(0);
    let message = written(&record, &Output::default());
    assert_eq!(message.body, serde_json::to_vec(&record).unwrap());
    assert_eq!(
        (message.content_type, message.content_encoding),
        ("application/json", None)
    );
}
