//! What a person sees.

use serde_json::json;

use super::*;

fn shown(record_json: serde_json::Value) -> String {
    let record: EnrichedRecord = serde_json::from_value(record_json).unwrap();
    anstream::adapter::strip_str(&super::record(&record, 60)).to_string()
}

fn sample() -> serde_json::Value {
    json!({
        "schema": "newsmill/enriched/1", "id": "a-1", "url": "https://a.example/1", "source": "Example Wire",
        "language": "en", "title": "Council closes the old bridge", "authors": ["Ada Brown", "Li Wei"],
        "published_at": "2018-05-17T14:30:00Z", "modified_at": null, "image": null, "description": null,
        "text": "The council voted on Tuesday to close the old bridge for two years while it is rebuilt.\n\nMore.",
        "captions": [{"text": "The bridge", "credit": null}],
        "removed": [
            {"reason": "related_links", "text": "Related news"}, {"reason": "share_prompt", "text": "Share"},
            {"reason": "related_links", "text": "More"},
        ],
        "quotes": [
            {
                "start": 0, "end": 1, "text": "We were not asked", "kind": "direct", "confidence": 0.9,
                "speaker": {"mention": {"start": 0, "end": 3, "text": "she"}, "name": "Ada Lovelace", "via": "pronoun"},
                "cue": {"start": 4, "end": 8, "text": "said"},
            },
            {
                "start": 0, "end": 1, "text": "A and B", "kind": "direct", "confidence": 0.9, "speaker": null, "cue": null,
                "parts": [{"start": 0, "end": 1, "text": "A"}, {"start": 2, "end": 3, "text": "B"}],
            },
            {
                "start": 0, "end": 1, "text": "the ferry would run", "kind": "indirect", "confidence": 0.5,
                "speaker": {"mention": null, "name": "Peskov", "via": "continuation"}, "cue": null,
            },
        ],
        "tags": [
            {"label": "United States", "kind": "place", "ids": {"iso3166": "US", "wikidata": "Q30"}, "from": ["keywords"],
             "raw": ["USA"], "mentions": [], "confidence": 1.0},
            {"label": "bridges", "kind": "other", "ids": {}, "from": ["keywords"], "raw": ["bridges"], "mentions": [], "confidence": 0.3},
        ],
        "fingerprint": {"sha256": "", "simhash": ""}, "stats": {"words": 18, "sentences": 2, "reading_seconds": 5},
        "enrichment": {"version": "0", "vocabulary": "", "warnings": ["the date is doubtful"]}, "extra": {},
    })
}

#[test]
fn a_record_reads_like_a_card() {
    let expected = "\
────────────────────────────────────────────────────────────
Council closes the old bridge
en · 2018-05-17 14:30 · Example Wire · by Ada Brown, Li Wei
https://a.example/1

  The council voted on Tuesday to close the old bridge for
  two years while it is rebuilt.

  quotes 3
    Ada Lovelace (she), said:
      “We were not asked”
    nobody named:
      “A … B”
    Peskov (indirectly):
      the ferry would run

  tags 2
    places        United States\u{a0}(US\u{a0}Q30)
    not known     bridges

  kept 18 words in 2 sentences and 1 caption; removed 3: 2
  related links, 1 share prompt
  ! the date is doubtful
";
    assert_eq!(shown(sample()), expected);
}

#[test]
fn nothing_is_said_twice() {
    let mut record = sample();
    record["text"] = json!("Council closes the old bridge\n\nThe council voted.");
    record["quotes"][0]["speaker"]["name"] = json!("she");
    record["quotes"][0]["kind"] = json!("mixed");
    record["quotes"][0]["text"] = json!("that they “were not asked”");
    let shown = shown(record);
    assert_eq!(shown.matches("Council closes").count(), 1, "{shown}");
    assert!(
        shown.contains("    she, said (in part):\n      that they “were not asked”\n"),
        "{shown}"
    );
}

#[test]
fn an_empty_record_is_shown_too() {
    let mut bare = sample();
    for (name, empty) in [
        ("title", json!(null)),
        ("text", json!("")),
        ("quotes", json!([])),
        ("tags", json!([])),
    ] {
        bare[name] = empty;
    }
    assert!(shown(bare).contains("(no title)"));
}

#[test]
fn an_escape_sequence_of_an_article_does_not_reach_the_terminal() {
    let mut hostile = sample();
    hostile["title"] = json!("\u{1b}]0;owned\u{7}");
    let record: EnrichedRecord = serde_json::from_value(hostile).unwrap();
    assert!(!super::record(&record, 60).contains("\u{1b}]"));
}

#[test]
fn a_date_that_is_not_rfc_3339_is_shown_as_it_is() {
    assert_eq!(words::date("2018-05-17T00:00:00Z"), "2018-05-17");
    assert_eq!(
        words::date("Mon, 12 Jan 2026 15:04:05 GMT"),
        "Mon, 12 Jan 2026 15:04:05 GMT"
    );
}
