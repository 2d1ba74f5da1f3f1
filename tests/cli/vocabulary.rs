//! What an editor does with a vocabulary: compile, check, compare, collect what is missing.

use std::path::Path;

use super::program::run;

const OWN: &str = r#"{"label": "Port Ansgar", "type": "place", "ids": {"desk": 1}, "labels": [["Ansgarhavn", "da"]]}
{"label": "Quay Workers' Union", "type": "organisation", "ids": {"desk": 2}}
"#;

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn compiled(folder: &Path, name: &str, content: &str) -> String {
    let source = write(folder, &format!("{name}.jsonl"), content);
    let out = folder.join(format!("{name}.nmv")).to_str().unwrap().to_owned();
    let done = run(&["vocabulary", "compile", &source, "-o", &out], "");
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.starts_with("version "), "{}", done.out);
    out
}

#[test]
fn a_check_tells_errors_by_its_exit_code_and_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let sound = write(folder.path(), "sound.jsonl", OWN);
    let done = run(&["vocabulary", "check", &sound], "");
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
    assert!(done.err.contains("0 errors, 0 warnings"), "{}", done.err);

    let bad = write(
        folder.path(),
        "bad.jsonl",
        "{\"label\": \"Ansgar\", \"ids\": {\"desk\": 1}}\n{\"label\": \"!!\"}\n{\"label\": \"a\"}\nno\n",
    );
    let done = run(&["vocabulary", "check", "--json", &bad], "");
    assert_eq!(done.code, 1);
    let found: Vec<_> = done
        .records()
        .iter()
        .map(|finding| {
            (
                finding["severity"].as_str().unwrap().to_owned(),
                finding["check"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|(severity, check)| (severity.as_str(), check.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("error", "bad-line"),
            ("error", "unreachable-label"),
            ("warning", "hidden-concept"),
            ("warning", "short-label")
        ]
    );
    let told = run(&["vocabulary", "check", &bad], "");
    assert!(
        told.out.contains("bad.jsonl, line 2: !!: nothing can find"),
        "{}",
        told.out
    );
}

#[test]
fn a_diff_tells_what_changed_and_what_that_does_to_articles() {
    let folder = tempfile::tempdir().unwrap();
    let old = compiled(folder.path(), "old", OWN);
    let new = compiled(
        folder.path(),
        "new",
        r#"{"label": "Ansgar", "type": "place", "ids": {"desk": 1}, "labels": [["Port Ansgar", "en"]]}
{"label": "Maren Holt", "type": "person", "ids": {"desk": 3}}
"#,
    );
    let articles = write(
        folder.path(),
        "articles.ndjson",
        "{\"id\": \"a-1\", \"tags\": [\"port ansgar\", \"maren holt\"]}\n{\"id\": \"a-2\", \"tags\": [\"ghana\"]}\n",
    );
    let done = run(&["vocabulary", "diff", &old, &new, "--articles", &articles], "");
    assert_eq!(done.code, 0, "{}", done.err);
    for part in [
        "concepts: 1 added, 1 removed, 1 changed, 0 the same",
        "+ Maren Holt (desk 3)  person, 1 labels",
        "- Quay Workers' Union (desk 2)",
        "label: Port Ansgar → Ansgar",
        "- label ansgarhavn",
        "article a-1\n  - Port Ansgar (desk 1)  from port ansgar",
        "  + Ansgar (desk 1)  from port ansgar\n  + Maren Holt (desk 3)  from maren holt",
    ] {
        assert!(done.out.contains(part), "{part:?} is missing:\n{}", done.out);
    }
    assert!(!done.out.contains("a-2"), "{}", done.out);
    assert!(
        done.err.contains("the tags of 1 of 2 articles differ"),
        "{}",
        done.err
    );
    let lines = run(&["vocabulary", "diff", "--json", &old, &new], "").records();
    let changes: Vec<_> = lines
        .iter()
        .map(|line| line["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes, ["added", "removed", "changed"]);
    let same = run(&["vocabulary", "diff", &old, &old], "");
    assert_eq!(same.out, "concepts: 0 added, 0 removed, 0 changed, 2 the same\n");
}

#[test]
fn unknown_tags_of_records_become_lines_that_compile_reads() {
    let folder = tempfile::tempdir().unwrap();
    let raw: String = (0..4)
        .map(|n| {
            format!(
                "{{\"id\": \"a-{n}\", \"source\": \"s{}\", \"tags\": [\"#QuayStrike\", \"Denmark\"]}}\n",
                n % 2
            )
        })
        .collect();
    let records = run(&["enrich", "--only", "tags", "-"], raw).out;
    let told = run(&["vocabulary", "unknown", "-"], records.clone());
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("       4"), "{}", told.out);
    assert!(
        told.out.contains("a-0, a-1, a-2") && told.out.contains("#QuayStrike"),
        "{}",
        told.out
    );
    assert!(!told.out.contains("Denmark"), "{}", told.out);

    let lines = run(&["vocabulary", "unknown", "--jsonl", "-"], records.clone());
    assert_eq!(lines.records()[0]["seen"]["articles"], 4);
    let filled = lines.out.replace(
        "\"type\":\"\",\"ids\":{}",
        "\"type\":\"event\",\"ids\":{\"desk\":9}",
    );
    let own = compiled(folder.path(), "own", &filled);
    let none = run(&["vocabulary", "unknown", "--vocabulary", &own, "-"], records);
    assert_eq!(none.out, "", "it is known by now");
    let broken = run(&["vocabulary", "unknown", "-"], "{\"tags\": 3}\n");
    assert_eq!(broken.code, 1);
}
