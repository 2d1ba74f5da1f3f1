//! Any page: no panic, and what comes out is clean text.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use newsmill::enrich::{EnrichError, Enricher, Limits, Stage, Stages};
use newsmill::message::RawArticle;
use newsmill::vocabulary::Vocabulary;

fuzz_target!(|page: &str| {
    let enricher = Enricher::new(Arc::new(Vocabulary::default()), Limits::default(), Stages::only(Stage::Clean));
    let article = RawArticle { html: Some(page.to_owned()), ..RawArticle::default() };
    match enricher.enrich(article) {
        Err(EnrichError::Panicked { stage, message }) => panic!("{stage}: {message}"),
        Err(EnrichError::TooLarge { .. } | EnrichError::TooDeep { .. }) => {}
        Ok(record) => assert!(!record.text.contains("\n\n\n")),
    }
});
