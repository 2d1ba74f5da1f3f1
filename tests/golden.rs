//! Golden records: every article under `samples/raw` must give the record under `tests/golden/expected`.
//!
//! A change of the stages that changes a record fails here with a diff. When the new record is the better
//! one, `NEWSMILL_BLESS=1 cargo test --test golden` writes it, and the change is reviewed as a diff of JSON.
//!
//! Absent on purpose: the versions of newsmill and of its vocabulary, which change without any article's
//! record changing.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own samples has nothing better to do than to fail"
)]

#[path = "golden/difference.rs"]
mod difference;
#[path = "golden/samples.rs"]
mod samples;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use newsmill::enrich::{Enricher, Limits, Stages};
use newsmill::message::{EnrichedRecord, Span};
use newsmill::vocabulary::Vocabulary;

use samples::Sample;

fn expected_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/expected")
}

fn enricher() -> Enricher {
    Enricher::new(Arc::new(Vocabulary::builtin()), Limits::default(), Stages::ALL)
}

fn record(enricher: &Enricher, sample: &Sample) -> EnrichedRecord {
    match enricher.enrich(sample.article.clone()) {
        Ok(record) => record,
        Err(error) => unreachable!("{} was refused: {error}", sample.name),
    }
}

/// The record as it is kept: pretty JSON without the versions.
fn kept_form(record: &EnrichedRecord) -> String {
    let mut value = serde_json::to_value(record).unwrap();
    let enrichment = value.get_mut("enrichment").unwrap().as_object_mut().unwrap();
    enrichment.remove("version");
    enrichment.remove("vocabulary");
    let mut text = serde_json::to_string_pretty(&value).unwrap();
    text.push('\n');
    text
}

#[test]
fn every_sample_gives_its_expected_record() {
    let bless = std::env::var_os("NEWSMILL_BLESS").is_some();
    let enricher = enricher();
    let samples = samples::all();
    assert!(
        samples.len() >= 12,
        "samples/raw holds {} articles",
        samples.len()
    );
    let mut failures = Vec::new();
    for sample in &samples {
        let path = expected_folder().join(format!("{}.json", sample.name));
        let actual = kept_form(&record(&enricher, sample));
        if bless {
            std::fs::write(&path, &actual).unwrap();
            continue;
        }
        match std::fs::read_to_string(&path) {
            Ok(expected) if expected == actual => {}
            Ok(expected) => failures.push(format!(
                "{}\n{}",
                sample.name,
                difference::between(&expected, &actual)
            )),
            Err(error) => failures.push(format!("{}: no expected record: {error}", sample.name)),
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} records differ (- expected, + now):\n\n{}\nIf the new ones are better: NEWSMILL_BLESS=1 cargo test --test golden",
        failures.len(),
        samples.len(),
        failures.join("\n")
    );
}

#[test]
fn no_expected_record_is_without_its_sample() {
    let names: BTreeSet<String> = samples::all()
        .into_iter()
        .map(|sample| format!("{}.json", sample.name))
        .collect();
    for entry in std::fs::read_dir(expected_folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            !name.ends_with(".json") || names.contains(&name),
            "{name} has no sample"
        );
    }
}

#[test]
fn every_span_is_the_text_at_its_offsets() {
    let enricher = enricher();
    for sample in samples::all() {
        let record = record(&enricher, &sample);
        let points: Vec<char> = record.text.chars().collect();
        for span in spans(&record) {
            let found = points
                .get(span.start..span.end)
                .map(|points| points.iter().collect::<String>());
            assert_eq!(
                found.as_deref(),
                Some(span.text.as_str()),
                "{} at {}..{}",
                sample.name,
                span.start,
                span.end
            );
        }
    }
}

#[test]
fn an_article_always_gives_the_same_record() {
    let (first, second) = (enricher(), enricher());
    for sample in samples::all() {
        assert_eq!(
            record(&first, &sample),
            record(&second, &sample),
            "{}",
            sample.name
        );
    }
}

/// Every span of a record, with those that stand as fields of a quote.
fn spans(record: &EnrichedRecord) -> Vec<Span> {
    let mut spans = Vec::new();
    for quote in &record.quotes {
        spans.push(Span {
            start: quote.start,
            end: quote.end,
            text: quote.text.clone(),
        });
        spans.extend(quote.parts.iter().cloned());
        spans.extend(quote.cue.clone());
        spans.extend(quote.speaker.iter().filter_map(|speaker| speaker.mention.clone()));
    }
    spans.extend(record.tags.iter().flat_map(|tag| tag.mentions.iter().cloned()));
    spans
}
