//! What decoding holds, over every way in.

use std::collections::BTreeMap;
use std::io::Write;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::message::Field;

fn read(body: &[u8], content_type: Option<&str>) -> Result<RawArticle, DecodeError> {
    decode(body, content_type, None, &DecodeOptions::default())
}

fn json_article(document: &serde_json::Value) -> RawArticle {
    read(document.to_string().as_bytes(), Some("application/json")).unwrap()
}

fn json_text(document: &str) -> RawArticle {
    read(document.as_bytes(), Some("application/json")).unwrap()
}

fn json_error(document: &str) -> DecodeError {
    read(document.as_bytes(), Some("application/json")).unwrap_err()
}

fn mapped(map: &[(&str, &str)], document: &serde_json::Value) -> Result<RawArticle, DecodeError> {
    let pointers: BTreeMap<String, String> = map
        .iter()
        .map(|(name, pointer)| ((*name).to_owned(), (*pointer).to_owned()))
        .collect();
    let options = DecodeOptions {
        field_map: FieldMap::new(&pointers).unwrap(),
        ..DecodeOptions::default()
    };
    decode(
        document.to_string().as_bytes(),
        Some("application/json"),
        None,
        &options,
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_field_is_read_and_the_rest_is_carried_through() {
    let article = json_article(&json!({
        "crawl": {"depth": 3, "big": 1}, "id": 17, "url": "https://a.example/1", "html": "<p>x", "text": null,
        "title": "T", "authors": ["A", null, "B"], "published_at": 1526515200, "language": "en", "source": "S",
        "image": "https://a.example/i.png", "description": " ", "tags": "a, b", "keywords": ["c"], "z": null,
    }));
    assert_eq!(article.id.as_deref(), Some("17"));
    assert_eq!(article.text, None);
    assert_eq!(article.authors, ["A", "B"]);
    assert_eq!(article.published_at.as_deref(), Some("2018-05-17T00:00:00Z"));
    assert_eq!(article.description, None);
    assert_eq!(article.tags, ["a, b", "c"]);
    assert_eq!(
        serde_json::Value::Object(article.extra),
        json!({"crawl": {"depth": 3, "big": 1}, "z": null})
    );
}

#[test]
fn numbers_in_extra_keep_every_digit() {
    let article = read(
        br#"{"text":"x","n":123456789012345678901234567890,"f":0.10000000000000000001}"#,
        None,
    )
    .unwrap();
    let extra = serde_json::to_string(&article.extra).unwrap();
    assert_eq!(
        extra,
        r#"{"n":123456789012345678901234567890,"f":0.10000000000000000001}"#
    );
}

#[test]
fn milliseconds_are_told_from_seconds() {
    let date = |number: serde_json::Value| {
        json_article(&json!({"text": "x", "published_at": number}))
            .published_at
            .unwrap()
    };
    assert_eq!(date(json!(1526515200000i64)), "2018-05-17T00:00:00Z");
    assert_eq!(date(json!(1526515200.5)), "2018-05-17T00:00:00.5Z");
    assert_eq!(json_error(r#"{"text":"x","published_at":1e300}"#).kind(), "field");
}

#[test]
fn a_byline_stands_in_for_authors_and_is_not_lost_beside_them() {
    assert_eq!(
        json_article(&json!({"text": "x", "byline": "By A and B"})).authors,
        ["By A and B"]
    );
    let both = json_article(&json!({"text": "x", "byline": "By A", "authors": "A"}));
    assert_eq!(both.authors, ["A"]);
    assert_eq!(both.extra.get("byline"), Some(&json!("By A")));
}

#[test]
fn a_wrong_type_names_the_field_and_what_it_was() {
    let error = json_error(r#"{"text": {"a": 1}}"#).to_string();
    assert_eq!(error, "`text` is an object, not a string");
    let error = json_error(r#"{"text": "x", "tags": ["a", 7]}"#).to_string();
    assert_eq!(error, "`tags[1]` is a number, not a string");
}

#[test]
fn broken_json_names_line_column_and_byte() {
    let error = json_error("{\n \"text\": \"a\",\n }");
    assert!(
        matches!(
            error,
            DecodeError::Json {
                line: 3,
                column: 2,
                byte: 17,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(json_error(r#"{"text": "a"#).kind(), "json");
    assert_eq!(json_error(r#"{"text": "a"} {}"#).kind(), "json");
    assert_eq!(json_error(&"[".repeat(100_000)).kind(), "json");
}

#[test]
fn a_lone_surrogate_is_refused_by_name() {
    for lone in [
        r#"{"text":"a\ud83d"}"#,
        r#"{"text":"a\ud83d b"}"#,
        r#"{"text":"\ude00"}"#,
        r#"{"text":"\ud83d\u0041"}"#,
    ] {
        let error = json_error(lone);
        assert_eq!(error.kind(), "surrogate", "{lone}: {error}");
    }
    assert_eq!(
        json_article(&json!({"text": "\u{1F600}"})).text.as_deref(),
        Some("\u{1F600}")
    );
}

#[test]
fn json_that_is_no_object_or_no_article_says_so() {
    assert_eq!(
        json_error("[1]").to_string(),
        "the body is an array, not a JSON object"
    );
    assert_eq!(json_error("\"x\"").kind(), "json");
    assert_eq!(json_error(r#"{"title":"x","html":" "}"#), DecodeError::NoText);
    let options = DecodeOptions {
        text_required: false,
        ..DecodeOptions::default()
    };
    assert!(decode(br#"{"tags":"x"}"#, None, None, &options).is_ok());
}

#[test]
fn an_absent_content_type_is_sniffed() {
    assert!(read(b"{\"text\":\"x\"}", None).unwrap().text.is_some());
    assert!(read(b"<!doctype html><p>x", Some("")).unwrap().html.is_some());
    assert!(read(b"The minister said so.", None).unwrap().text.is_some());
    assert_eq!(read(b"{\"text\": ", None).unwrap_err().kind(), "json");
    assert_eq!(read(b"x", Some("image/png")).unwrap_err().kind(), "content_type");
}

#[test]
fn empty_and_binary_bodies_are_refused() {
    assert_eq!(read(b"", None).unwrap_err(), DecodeError::Empty);
    assert_eq!(
        read(b" \n\0", Some("text/plain")).unwrap_err(),
        DecodeError::Empty
    );
    assert_eq!(
        read(b"\x89PNG\r\n\x1a\n\0\0\0", None).unwrap_err().kind(),
        "binary"
    );
    let noise: Vec<u8> = (0..4096u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for content_type in [
        None,
        Some("application/json"),
        Some("text/html"),
        Some("text/plain"),
    ] {
        assert_eq!(read(&noise, content_type).unwrap_err().kind(), "binary");
    }
}

#[test]
fn packed_bodies_are_unpacked() {
    let body = br#"{"text":"x"}"#;
    let options = DecodeOptions::default();
    let zstd = zstd::encode_all(body.as_slice(), 3).unwrap();
    assert!(decode(&gzip(body), Some("application/json"), Some("gzip"), &options).is_ok());
    assert!(decode(&zstd, Some("application/json"), Some("ZSTD"), &options).is_ok());
    let kind = |body: &[u8], encoding| decode(body, None, Some(encoding), &options).unwrap_err().kind();
    assert_eq!(kind(body, "br"), "content_encoding");
    assert_eq!(kind(body, "gzip"), "content_encoding");
    assert_eq!(kind(&gzip(body)[..10], "gzip"), "content_encoding");
    assert_eq!(read(&gzip(body), None).unwrap_err().kind(), "binary");
}

#[test]
fn a_bomb_stops_at_the_bound() {
    let options = DecodeOptions {
        unpacked_bytes_max: 1 << 20,
        ..DecodeOptions::default()
    };
    let zeros = vec![b' '; 64 << 20];
    let zstd = zstd::encode_all(zeros.as_slice(), 3).unwrap();
    for (body, encoding) in [(gzip(&zeros), "gzip"), (zstd, "zstd")] {
        let error = decode(&body, None, Some(encoding), &options).unwrap_err();
        assert!(
            matches!(error, DecodeError::UnpacksTooLarge { limit: 1048576, .. }),
            "{error}"
        );
    }
}

#[test]
fn a_body_over_its_bound_is_not_looked_at() {
    let options = DecodeOptions {
        body_bytes_max: 3,
        ..DecodeOptions::default()
    };
    assert_eq!(
        decode(b"abcd", Some("image/png"), None, &options),
        Err(DecodeError::TooLarge { bytes: 4, limit: 3 })
    );
}

#[test]
fn json_in_another_charset_is_read() {
    let (body, _, _) =
        encoding_rs::WINDOWS_1251.encode(r#"{"text":"Президент заявил, что переговоры продолжатся."}"#);
    let declared = read(&body, Some("application/json; charset=windows-1251")).unwrap();
    assert_eq!(declared, read(&body, Some("application/json")).unwrap());
    assert!(declared.text.unwrap().starts_with("Президент"));
}

#[test]
fn a_field_map_reads_another_shape() {
    let document = json!({
        "doc": {"headline": "H", "body": ["junk", "<p>x"], "kw": ["a"]}, "link": "https://a.example/1", "title": "Dr", "n": 1,
    });
    let map = [
        ("title", "/doc/headline"),
        ("html", "/doc/body/1"),
        ("description", "/doc/body/0"),
        ("tags", "/doc/kw"),
        ("url", "/link"),
        ("id", "/link"),
        ("source", "/absent"),
    ];
    let article = mapped(&map, &document).unwrap();
    assert_eq!(article.title.as_deref(), Some("H"));
    assert_eq!(article.html.as_deref(), Some("<p>x"));
    assert_eq!(article.description.as_deref(), Some("junk"));
    assert_eq!((article.id, article.tags), (article.url, vec!["a".to_owned()]));
    assert_eq!(
        serde_json::Value::Object(article.extra),
        json!({"title": "Dr", "n": 1})
    );
}

#[test]
fn a_pointer_to_the_wrong_type_is_named() {
    let error = mapped(&[("title", "/a~1b/0")], &json!({"a/b": [5], "text": "x"})).unwrap_err();
    assert_eq!(error.to_string(), "`title (/a~1b/0)` is a number, not a string");
}

#[test]
fn a_field_map_says_all_that_is_wrong_with_it() {
    let pointers = [("titel", "/x"), ("text", "body"), ("html", "/a~2")];
    let pointers = pointers
        .map(|(name, pointer)| (name.to_owned(), pointer.to_owned()))
        .into();
    let problems = FieldMap::new(&pointers).unwrap_err();
    let mut names: Vec<&str> = problems.iter().map(FieldMapProblem::name).collect();
    names.sort_unstable();
    assert_eq!(names, ["html", "text", "titel"]);
}

#[test]
fn ninjs_of_both_versions_is_read() {
    for (content_type, first_created) in [("contentType", "firstCreated"), ("contenttype", "firstcreated")] {
        let article = json_article(&json!({
            "uri": "urn:x:1", "language": "nb-NO", "by": "Kari Nordmann", first_created: "2019-08-09T09:30:04Z",
            "headlines": [{"role": "short", "value": "S"}, {"role": "main", "value": "H"}],
            "bodies": [
                {"role": "main", content_type: "text/plain", "value": "plain"},
                {"role": "html", content_type: "text/html", "value": "<p>rich</p>"},
            ],
            "descriptions": [{"value": "D"}],
            "subjects": [{"name": "Industri", "literal": "04011000"}], "people": [{"name": "Ola", "uri": "urn:ola"}],
            "infoSources": [{"name": "NTB"}], "urgency": 5, "title": 3,
            "associations": [{"name": "p", "uri": "u", "type": "picture", "renditions": [{"href": "https://a.example/i.jpg"}]}],
        }));
        assert_eq!(article.id.as_deref(), Some("urn:x:1"));
        assert_eq!(article.title.as_deref(), Some("H"));
        assert_eq!(article.text.as_deref(), Some("plain"));
        assert_eq!(article.html.as_deref(), Some("<p>rich</p>"));
        assert_eq!(article.authors, ["Kari Nordmann"]);
        assert_eq!(article.published_at.as_deref(), Some("2019-08-09T09:30:04Z"));
        assert_eq!(article.language.as_deref(), Some("nb-NO"));
        assert_eq!(article.source.as_deref(), Some("NTB"));
        assert_eq!(article.image.as_deref(), Some("https://a.example/i.jpg"));
        assert_eq!(article.description.as_deref(), Some("D"));
        assert_eq!(article.tags, ["Ola", "Industri"]);
        let left: Vec<&str> = article.extra.keys().map(String::as_str).collect();
        assert_eq!(
            left,
            [
                "headlines",
                "subjects",
                "people",
                "infoSources",
                "urgency",
                "title",
                "associations"
            ]
        );
    }
}

fn ld_node() -> serde_json::Value {
    json!({
        "@context": "https://schema.org", "@type": ["ReportageNewsArticle"], "@id": "https://a.example/1#article",
        "headline": "H", "articleBody": "First.\n\nSecond.", "url": "https://a.example/1",
        "author": [{"@type": "Person", "name": "A", "url": "https://a.example/a"}, {"@id": "#b"}],
        "publisher": {"@id": "#p"}, "image": {"@type": "ImageObject", "url": "https://a.example/i.jpg", "width": 3},
        "datePublished": "2018-05-17", "inLanguage": "en-GB", "keywords": ["k", {"@type": "DefinedTerm", "name": "t"}],
        "wordCount": 2,
    })
}

#[test]
fn schema_org_articles_are_read_wherever_they_stand() {
    let others = [
        json!({"@id": "#b", "name": "B"}),
        json!({"@id": "#p", "@type": "Organization", "name": "P"}),
    ];
    let graph = json!([others[0], ld_node(), others[1]]);
    for document in [json!({"@context": "https://schema.org", "@graph": graph}), graph] {
        let article = json_article(&document);
        assert_eq!(article.title.as_deref(), Some("H"));
        assert_eq!(article.text.as_deref(), Some("First.\n\nSecond."));
        assert_eq!(article.authors, ["A", "B"]);
        assert_eq!(article.source.as_deref(), Some("P"));
        assert_eq!(article.image.as_deref(), Some("https://a.example/i.jpg"));
        assert_eq!(article.language.as_deref(), Some("en-GB"));
        assert_eq!(article.published_at.as_deref(), Some("2018-05-17"));
        assert_eq!(article.url.as_deref(), Some("https://a.example/1"));
        assert_eq!(article.id.as_deref(), Some("https://a.example/1#article"));
        assert_eq!(article.tags, ["k", "t"]);
        assert_eq!(article.extra["@graph"][1]["wordCount"], json!(2));
    }
    let alone = json_article(&ld_node());
    assert_eq!(alone.authors, ["A"]);
    assert!(alone.extra.contains_key("@context") && !alone.extra.contains_key("headline"));
}

#[test]
fn our_own_form_may_say_that_it_is_an_article() {
    let article = json_article(&json!({"@type": "NewsArticle", "html": "<p>x", "title": "T"}));
    assert_eq!(
        (article.html.as_deref(), article.title.as_deref()),
        (Some("<p>x"), Some("T"))
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        content_type in proptest::option::of("(application/json|text/html|text/plain)(; charset=[a-z0-9-]{0,12})?"),
        content_encoding in proptest::option::of("gzip|zstd|identity"),
    ) {
        let outcome = decode(&body, content_type.as_deref(), content_encoding.as_deref(), &DecodeOptions::default());
        if let Err(error) = outcome {
            prop_assert!(DecodeError::KINDS.contains(&error.kind()));
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}", content_type in proptest::option::of("[ -~]{0,40}")) {
        let _outcome = read(text.as_bytes(), content_type.as_deref());
    }

    #[test]
    fn any_json_under_our_names_is_read_or_names_a_field(
        name in proptest::sample::select(Field::ALL.to_vec()),
        value in json_value(),
        ld in any::<bool>(),
    ) {
        let mut document = json!({"text": "x", "uri": "u", name.name(): value.clone(), "bodies": value.clone()});
        if ld {
            document["@type"] = json!("NewsArticle");
            document["articleBody"] = json!("x");
            document["author"] = value.clone();
            document["@graph"] = value;
        }
        let map = [("title", "/bodies/0/a"), ("html", "/bodies/0"), ("tags", "/bodies/1")];
        let _outcome = mapped(&map, &document);
        let _outcome = read(document.to_string().as_bytes(), None);
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        "\\PC{0,8}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            proptest::collection::btree_map("[a-c@]|value|name|role|href", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn a_record_of_our_own_is_read_as_the_article_that_it_was_made_of() {
    let article = json_text(
        r#"{"schema": "newsmill/enriched/1", "id": "a-1", "text": "One.", "title": "T", "authors": ["A B"],
            "quotes": [{"start": 0}], "removed": [], "modified_at": "2026-01-01T00:00:00Z", "stats": {"words": 1},
            "tags": [{"label": "United States", "raw": ["USA", "U.S."], "from": ["keywords", "text"]},
                     {"label": "Found", "raw": ["Found"], "from": ["text"]}, 7, {"from": 1}],
            "extra": {"desk": "foreign", "id": "of another"}}"#,
    );
    assert_eq!(article.id.as_deref(), Some("a-1"));
    assert_eq!(article.tags, ["USA", "U.S."]);
    assert_eq!(article.authors, ["A B"]);
    let kept: Vec<&String> = article.extra.keys().collect();
    assert_eq!(kept, ["modified_at", "desk"]);
}

#[test]
fn the_data_of_an_event_is_the_article() {
    let article = json_text(
        r#"{"specversion": "1.0", "type": "crawled", "source": "/crawler", "id": "e-1", "subject": "s",
            "data": {"id": "a-1", "text": "One.", "desk": "foreign"}}"#,
    );
    assert_eq!(article.id.as_deref(), Some("a-1"));
    assert_eq!(article.source, None, "the event's source is not the article's");
    assert_eq!(article.extra["desk"], "foreign");
    assert_eq!(article.extra["cloudevent"]["id"], "e-1");
    let page = json_text(
        r#"{"specversion": "1.0", "type": "t", "source": "s", "id": "e", "datacontenttype": "text/html",
            "data": "<p>One."}"#,
    );
    assert_eq!(page.html.as_deref(), Some("<p>One."));
    // A document that merely has such fields is no event.
    let other = json_text(r#"{"specversion": "1.0", "text": "One.", "data": {"text": "Two."}}"#);
    assert_eq!(other.text.as_deref(), Some("One."));
}
