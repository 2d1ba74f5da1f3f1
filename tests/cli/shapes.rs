//! Shapes of messages at the program's ends: what goes in agrees with the raw schema, what comes out with the
//! enriched one.

use jsonschema::Validator;
use newsmill::message::{enriched_schema, raw_schema};
use serde_json::{Value, json};

use crate::program::run;

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::meta::validate(schema).unwrap();
    jsonschema::draft202012::new(schema).unwrap()
}

fn articles() -> Vec<Value> {
    let text =
        "The council voted on Tuesday to close the old bridge.\n\n\"We were not asked\", Ada Brown said.";
    vec![
        json!({"text": text}),
        json!({
            "id": 5, "url": "https://a.example/1", "html": format!("<p>{text}</p>"), "title": "T", "authors": ["A"],
            "published_at": 1526515200, "language": "en", "source": "S", "image": null, "tags": "USA, Syria",
            "keywords": ["Iran", null], "more": {"a": [1, 2.5, null]},
        }),
        json!({"text": text, "byline": "By A", "tags": ["USA"]}),
    ]
}

#[test]
fn records_agree_with_the_schema() {
    let enriched = validator(&enriched_schema());
    let input: String = articles().iter().map(|article| format!("{article}\n")).collect();
    let done = run(&["enrich", "-"], input);
    let records = done.records();
    assert_eq!((done.code, records.len()), (0, 3), "{}", done.err);
    for record in records {
        let errors: Vec<String> = enriched
            .iter_errors(&record)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}\n{record:#}");
    }
}

#[test]
fn the_raw_schema_takes_what_is_read_and_refuses_what_is_not() {
    let raw = validator(&raw_schema());
    for article in articles() {
        assert!(raw.is_valid(&article), "{article}");
    }
    let refused = [
        json!({"title": "nothing else"}),
        json!({"text": " "}),
        json!({"text": 5}),
        json!({"text": "x", "tags": [1]}),
        json!([]),
    ];
    for article in refused {
        assert!(!raw.is_valid(&article), "{article}");
        assert_eq!(
            run(&["enrich", "-"], article.to_string()).records().len(),
            0,
            "{article}"
        );
    }
}
