//! `newsmill enrich`: order, exit codes, one stage alone, broken input.

use serde_json::json;

use crate::program::run;

const STORY: &str =
    "The council voted on Tuesday to close the old bridge. \"We were not asked\", Ada Brown said.";

fn lines(articles: &[serde_json::Value]) -> String {
    articles.iter().map(|article| format!("{article}\n")).collect()
}

#[test]
fn records_come_in_the_order_of_the_input() {
    let articles: Vec<_> = (0..300)
        .map(|n| json!({"id": format!("a-{n}"), "text": STORY.repeat(1 + n * 7 % 13)}))
        .collect();
    let done = run(&["enrich", "-"], lines(&articles));
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let ids: Vec<String> = done
        .records()
        .iter()
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, (0..300).map(|n| format!("a-{n}")).collect::<Vec<_>>());
}

#[test]
fn an_article_that_fails_is_one_line_on_stderr_and_the_others_come_out() {
    let input = [
        json!({"id": "a-1", "text": STORY}).to_string(),
        "{\"id\": \"a-2\", \"text\": ".to_owned(),
        json!({"id": "a-3", "text": 5}).to_string(),
        json!({"id": "a-4", "title": "nothing else"}).to_string(),
        String::new(),
        "{\"id\": \"a-5\", \"text\": \"\\ud800\"}".to_owned(),
        json!({"id": "a-6", "text": STORY}).to_string(),
    ];
    let done = run(&["enrich"], input.join("\n"));
    assert_eq!(done.code, 1);
    let ids: Vec<_> = done.records().iter().map(|record| record["id"].clone()).collect();
    assert_eq!(ids, ["a-1", "a-6"]);
    let expected = [
        ("stdin line 2: ", "invalid JSON at line 1 column 22"),
        ("stdin line 3: a-3: ", "`text` is a number, not a string"),
        ("stdin line 4: a-4: ", "neither `html` nor `text` holds anything"),
        ("stdin line 6: ", "lone surrogate"),
    ];
    assert_eq!(done.err.lines().count(), expected.len(), "{}", done.err);
    for (line, (place, cause)) in done.err.lines().zip(expected) {
        assert!(
            line.starts_with(&format!("newsmill: {place}")) && line.contains(cause),
            "{line}"
        );
    }
}

#[test]
fn one_stage_alone_writes_its_fields_and_the_id() {
    let text = format!("  {STORY}\n\nRelated news\n");
    let article = json!({"id": "a-1", "text": text, "tags": ["USA"]}).to_string();
    let keys = |only: &str, article: &str| {
        let done = run(&["enrich", "--only", only, "-"], article);
        assert_eq!(done.code, 0, "{}", done.err);
        let record = done.records().remove(0);
        let mut keys: Vec<String> = record.as_object().unwrap().keys().cloned().collect();
        keys.sort_unstable();
        (keys, record)
    };
    assert_eq!(keys("quotes", &article).0, ["id", "quotes"]);
    assert_eq!(
        keys("tags", r#"{"id": "a-1", "tags": ["USA"]}"#).0,
        ["id", "tags"]
    );
    let (clean, record) = keys("clean", &article);
    for key in [
        "id",
        "text",
        "title",
        "authors",
        "published_at",
        "captions",
        "removed",
    ] {
        assert!(clean.iter().any(|found| found == key), "{key}");
    }
    assert_eq!(record["id"], "a-1");
}

#[test]
fn quotes_alone_count_in_the_text_exactly_as_it_is_given() {
    let text = format!("Élysée:\r\n\t {STORY}\n\n\n");
    let done = run(
        &["enrich", "--only", "quotes"],
        json!({"id": "a", "text": text}).to_string(),
    );
    let characters: Vec<char> = text.chars().collect();
    for quote in done.records()[0]["quotes"].as_array().unwrap() {
        let at = |name: &str| usize::try_from(quote[name].as_u64().unwrap()).unwrap();
        let span: String = characters[at("start")..at("end")].iter().collect();
        assert_eq!(quote["text"], span);
    }
}

#[test]
fn pages_texts_documents_and_packed_lines_are_read_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write(
        "a.html",
        format!("<html><body><p>{STORY}</p></body></html>").as_bytes(),
    );
    write("b.txt", STORY.as_bytes());
    write(
        "c.json",
        format!(
            "[\n{},\n{}\n]",
            json!({"id": "c-1", "text": STORY}),
            json!({"id": "c-2", "text": STORY})
        )
        .as_bytes(),
    );
    let packed = zstd::encode_all(json!({"id": "d-1", "text": STORY}).to_string().as_bytes(), 1).unwrap();
    write("d.ndjson.zst", &packed);
    write("README.md", b"not an article");
    let done = run(&["enrich", folder.path().to_str().unwrap()], "");
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let ids: Vec<_> = done
        .records()
        .iter()
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 5);
    assert_eq!(ids[2..], ["c-1", "c-2", "d-1"]);
}

#[test]
fn a_page_or_a_text_on_stdin_is_one_article() {
    for input in [
        format!("<!doctype html><p>{STORY}</p>\n<p>More.</p>"),
        format!("{STORY}\n\nMore.\n"),
    ] {
        let done = run(&["enrich", "-"], input);
        assert_eq!((done.code, done.records().len()), (0, 1), "{}", done.err);
    }
    let done = run(&["enrich", "--show"], STORY);
    assert!(
        done.out.contains("The council voted") && !done.out.contains('\u{1b}'),
        "{}",
        done.out
    );
}

#[test]
fn a_file_that_is_not_there_fails_alone() {
    let done = run(
        &["enrich", "/nowhere/a.html", "-"],
        json!({"text": STORY}).to_string(),
    );
    assert_eq!((done.code, done.records().len()), (1, 1));
    assert!(
        done.err.contains("/nowhere/a.html: ") && done.err.lines().count() == 1,
        "{}",
        done.err
    );
}

#[test]
fn an_article_over_a_limit_is_named_with_the_limit() {
    let article = json!({"id": "a-1", "text": STORY}).to_string();
    let done = run(&["enrich", "--set", "enrich.text_bytes_max=50"], article.clone());
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("a-1: `text` is ") && done.err.contains("limit of 50"),
        "{}",
        done.err
    );
    let done = run(&["enrich", "--set", "worker.body_bytes_max=20"], article);
    assert!(done.err.contains("over the limit of 20"), "{}", done.err);
}

#[test]
fn a_field_map_from_the_command_line_reads_another_shape() {
    let article = json!({"doc": {"head": "T", "body": STORY}, "other": 1}).to_string();
    let set = [
        "--set",
        "message.fields.title=/doc/head",
        "--set",
        "message.fields.text=/doc/body",
    ];
    let done = run(&[["enrich"].as_slice(), &set].concat(), article);
    let record = done.records().remove(0);
    assert_eq!(
        (&record["title"], &record["extra"]),
        (&json!("T"), &json!({"other": 1}))
    );
}

#[test]
fn wrong_usage_is_told_from_failure() {
    assert_eq!(run(&["enrich", "--only", "nothing"], "").code, 2);
    assert_eq!(run(&["enrich", "--set", "worker.prefech=1"], "").code, 2);
    assert_eq!(run(&["enrich", "--vocabulary", "/nowhere"], "").code, 2);
    assert_eq!(run(&[], "").code, 2);
}

#[test]
fn records_are_written_in_the_form_that_is_asked_for_and_read_again() {
    let input = lines(&[json!({"id": "a-1", "title": "Bridge closed", "text": STORY})]);
    let ninjs = run(&["enrich", "--format", "ninjs"], input.clone());
    assert_eq!((ninjs.code, ninjs.err.as_str()), (0, ""));
    assert_eq!(ninjs.records()[0]["headlines"][0]["value"], "Bridge closed");
    let article = run(&["enrich", "--format", "jsonld"], ninjs.out.clone());
    assert_eq!(article.records()[0]["identifier"], "a-1");
    assert_eq!(
        article.records()[0]["hasPart"][0]["spokenByCharacter"]["name"],
        "Ada Brown"
    );
    let record = run(&["enrich"], article.out.clone());
    let again = run(&["enrich"], record.out.clone());
    assert_eq!(again.records()[0]["quotes"], record.records()[0]["quotes"]);
    assert_eq!(again.records()[0]["extra"], record.records()[0]["extra"]);
    assert_eq!(run(&["enrich", "--format", "xml"], String::new()).code, 2);
}
