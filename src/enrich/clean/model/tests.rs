//! The weights fit the code; and, when asked, the features of a folder of pages are written out for training.

use std::io::Write;

use super::super::assemble::{of_judged, tidy};
use super::super::blocks;
use super::super::evidence::Evidence;
use super::super::features::Survey;
use super::super::metadata::Found;
use super::super::page::{BLOCKS_MAX, judge};
use super::super::parse::parse;
use super::*;
use crate::enrich::Limits;
use crate::message::RawArticle;

/// Names of all features, in order.
fn names() -> Vec<&'static str> {
    let tree = parse("<html><body><p>One sentence.</p></body></html>", 100).unwrap();
    let page = blocks::of(&tree);
    let survey = Survey::new(&tree, &page, &Evidence::default());
    let mut names: Vec<&'static str> = Vec::new();
    survey.describe(0, &mut names);
    names
}

#[test]
fn the_weights_are_of_the_features_that_are_measured() {
    assert_eq!(Model::get().names, names());
}

/// A line of NDJSON as an article.
fn article(line: &str) -> RawArticle {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |name: &str| {
        value
            .get(name)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    RawArticle {
        id: text("id"),
        url: text("url"),
        html: text("html"),
        ..RawArticle::default()
    }
}

/// What the whole cleaner makes of the pages where the blocks have these likelihoods.
fn write_cleaned(pages: &str, out: &std::path::Path, likelihood: &[f32]) {
    let mut cleaned_out = std::io::BufWriter::new(std::fs::File::create(out.join("cleaned.ndjson")).unwrap());
    let mut at_all = 0;
    for line in std::fs::read_to_string(pages).unwrap().lines() {
        let article = article(line);
        let tree = parse(article.html.as_deref().unwrap(), 5_000).unwrap();
        let found = Found::of(&tree, &article);
        let mut metadata = found.metadata(&article);
        tidy(&mut metadata);
        let judged = judge(&tree, &found, &metadata.authors);
        let blocks = judged.page.blocks.len();
        let judged = judged.under(likelihood[at_all..at_all + blocks].to_vec());
        let cleaned = of_judged(judged, &found, metadata, &Limits::default());
        let removed: Vec<_> = cleaned
            .removed
            .iter()
            .map(|removed| serde_json::json!([removed.reason, removed.text]))
            .collect();
        let line = serde_json::json!({
            "id": article.id,
            "text": cleaned.text.as_str(),
            "removed": removed,
            "captions": cleaned.captions,
        });
        writeln!(cleaned_out, "{line}").unwrap();
        at_all += blocks;
    }
}

/// Reads NDJSON of raw articles at `NEWSMILL_TRAIN_PAGES`; writes `blocks.ndjson`, `rows.f32` and `names.txt` into
/// `NEWSMILL_TRAIN_OUT`. Where `likelihood.f32` stands there (one number a block), writes `cleaned.ndjson` instead: what
/// the whole cleaner makes of the pages under those likelihoods.
#[test]
#[ignore = "writes training data; run by model/train.py"]
fn write_training_data() {
    let (Ok(pages), Ok(out)) = (
        std::env::var("NEWSMILL_TRAIN_PAGES"),
        std::env::var("NEWSMILL_TRAIN_OUT"),
    ) else {
        eprintln!("skipped: NEWSMILL_TRAIN_PAGES and NEWSMILL_TRAIN_OUT are not set");
        return;
    };
    let out = std::path::PathBuf::from(out);
    if let Ok(bytes) = std::fs::read(out.join("likelihood.f32")) {
        let chunks = bytes.chunks_exact(4);
        let likelihood: Vec<f32> = chunks
            .map(|chunk| f32::from_le_bytes(chunk.try_into().unwrap()))
            .collect();
        write_cleaned(&pages, &out, &likelihood);
        return;
    }
    let create = |name: &str| std::io::BufWriter::new(std::fs::File::create(out.join(name)).unwrap());
    let mut rows = create("rows.f32");
    let mut blocks_out = create("blocks.ndjson");
    std::fs::write(out.join("names.txt"), names().join(" ")).unwrap();
    for line in std::fs::read_to_string(pages).unwrap().lines() {
        let article = article(line);
        let tree = parse(article.html.as_deref().unwrap(), 5_000).unwrap();
        let found = Found::of(&tree, &article);
        let mut page = blocks::of(&tree);
        page.blocks.truncate(BLOCKS_MAX);
        let evidence = Evidence::new(
            &found.titles(),
            found.description(),
            &found.authors(),
            found.body(),
        );
        let survey = Survey::new(&tree, &page, &evidence);
        for (at, block) in page.blocks.iter().enumerate() {
            let mut row: Vec<f32> = Vec::new();
            survey.describe(at, &mut row);
            for value in row {
                rows.write_all(&value.to_le_bytes()).unwrap();
            }
            let line = serde_json::json!({"page": article.id, "text": block.text});
            writeln!(blocks_out, "{line}").unwrap();
        }
    }
}
