//! The arrows of the house: `main -> cli -> broker -> worker -> enrich -> vocabulary`, with `message` and `config`
//! read by all. Read from the `use` lines and paths of `src`, so that what is written in the design stays true.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test: what is not as expected must stop it"
)]

use std::collections::BTreeMap;
use std::path::Path;

use walkdir::WalkDir;

/// Which modules of the crate each module may name, beside itself.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "broker",
            "pages",
            "worker",
            "enrich",
            "vocabulary",
            "message",
            "config",
            "telemetry",
            "reconcile",
        ],
    ),
    ("reconcile", &["worker", "message", "config", "telemetry", "http"]),
    ("broker", &["worker", "message", "config", "telemetry", "http"]),
    (
        "worker",
        &["enrich", "vocabulary", "message", "config", "telemetry"],
    ),
    (
        "pages",
        &["enrich", "vocabulary", "message", "config", "telemetry"],
    ),
    ("telemetry", &["config", "message", "http"]),
    ("http", &[]),
    ("config", &["enrich", "message"]),
    ("enrich", &["vocabulary", "message"]),
    ("vocabulary", &["message"]),
    ("message", &[]),
    ("lib", &[]),
];

/// What may be named in some modules only: the words, where, and why.
const ONLY_IN: &[(&[&str], &[&str], &str)] = &[
    (&["lapin"], &["broker"], "RabbitMQ's client is named in one place"),
    (
        &["ureq"],
        &["broker", "telemetry", "reconcile", "http"],
        "HTTP is spoken with the broker's management API, a collector of traces and a reconciliation service",
    ),
    (
        &["anyhow"],
        &["cli", "main"],
        "the library's errors are closed sets",
    ),
    (
        &[
            "clap",
            "clap_complete",
            "clap_mangen",
            "indicatif",
            "anstream",
            "anstyle",
        ],
        &["cli"],
        "the command line stays there",
    ),
    (
        &[
            "opentelemetry",
            "opentelemetry_sdk",
            "opentelemetry_otlp",
            "opentelemetry_http",
        ],
        &["telemetry"],
        "how traces are made and sent stays there",
    ),
    (&["prometheus_client"], &["telemetry"], "metrics stay there"),
    (
        &["axum"],
        &["telemetry", "pages"],
        "the admin port is telemetry's, and pages are what it serves to people",
    ),
    (
        &["maud", "pulldown_cmark"],
        &["pages"],
        "there is one way to write HTML, and one style of it",
    ),
];

/// What the pure core may not name.
const IMPURE: &[&str] = &[
    "tokio",
    "lapin",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "Instant",
    "SystemTime",
    "prometheus_client",
    "tracing",
    "crate::telemetry",
    "crate::config",
    "crate::broker",
    "crate::worker",
];

/// Files over 400 lines, each with its reason. Tests at a file's end do not count.
const LONG: &[(&str, &str)] = &[
    (
        "enrich/clean/blocks.rs",
        "one walk over a page, and what it makes of each element",
    ),
    (
        "enrich/clean/metadata.rs",
        "one list of the places where pages tell about themselves",
    ),
    (
        "enrich/clean/features.rs",
        "one list of measurements, in the order of the model's inputs",
    ),
    (
        "enrich/quotes/lexicon.rs",
        "the format of the lexicon files and the inflection that it asks for",
    ),
    (
        "enrich/quotes/reader.rs",
        "one view of a text, and every question that attribution asks of it",
    ),
    (
        "enrich/quotes/attribution/behind.rs",
        "one reading: the attribution behind what was said, in every order that languages have for it",
    ),
    (
        "enrich/quotes/names.rs",
        "one table: the names of an article and who is meant by each",
    ),
];
const LINES_MAX: usize = 400;

/// A file of `src`.
struct Source {
    /// From `src`.
    path: String,
    /// First part of the module's path.
    module: String,
    /// Without comments, strings' contents aside, and without its tests.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs"))
        .filter(|entry| entry.file_name() != "tests.rs")
        .map(|entry| {
            let path = entry
                .path()
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let module = path.split(['/', '.']).next().unwrap().to_owned();
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let code: Vec<&str> = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            Source {
                path,
                module,
                code: code.join("\n"),
            }
        })
        .collect()
}

/// Whether the code has this word or path, not as a part of a longer one.
fn names(code: &str, word: &str) -> bool {
    let is_inside = |character: Option<char>| {
        character.is_some_and(|character| character.is_alphanumeric() || character == '_')
    };
    code.match_indices(word).any(|(at, _)| {
        !is_inside(code[..at].chars().next_back()) && !is_inside(code[at + word.len()..].chars().next())
    })
}

/// Whether a crate is named: in a `use` line or in front of a path.
fn names_crate(code: &str, name: &str) -> bool {
    names(code, &format!("{name}::")) || names(code, &format!("use {name}"))
}

#[test]
fn every_module_names_only_those_to_its_right() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_NAME.iter().copied().collect();
    for Source { path, module, code } in sources() {
        let may = allowed
            .get(module.as_str())
            .unwrap_or_else(|| panic!("src/{path}: {module} has no place in the house"));
        for (other, _) in MAY_NAME
            .iter()
            .filter(|(other, _)| *other != module && !may.contains(other))
        {
            for name in [format!("crate::{other}"), format!("newsmill::{other}")] {
                assert!(
                    !names(&code, &name),
                    "src/{path} names {name}, which {module} may not"
                );
            }
        }
    }
}

#[test]
fn what_belongs_in_one_place_is_in_no_other() {
    for Source { path, module, code } in sources() {
        for (crates, modules, why) in ONLY_IN {
            for name in crates.iter().filter(|_| !modules.contains(&module.as_str())) {
                assert!(!names_crate(&code, name), "src/{path} names {name}: {why}");
            }
        }
    }
}

#[test]
fn the_core_is_pure() {
    for Source { path, code, .. } in sources().iter().filter(|source| source.module == "enrich") {
        for word in IMPURE {
            assert!(!names(code, word), "src/{path} names {word}");
        }
        assert!(
            !code.contains("async fn") && !code.contains(".await"),
            "src/{path} is asynchronous"
        );
    }
}

#[test]
fn every_file_opens_with_its_purpose() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in WalkDir::new(root).into_iter().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            assert!(
                text.starts_with("//! "),
                "{} does not say what it is for",
                entry.path().display()
            );
            let name = entry.file_name().to_str().unwrap();
            assert!(
                !["mod.rs", "utils.rs", "helpers.rs", "common.rs"].contains(&name),
                "{name} says nothing"
            );
        }
    }
}

#[test]
fn files_are_short_or_have_a_reason() {
    let mut long = Vec::new();
    for Source { path, code, .. } in sources() {
        let lines = code.lines().count();
        if lines > LINES_MAX && !LONG.iter().any(|(listed, _)| *listed == path) {
            long.push(format!("src/{path} has {lines} lines"));
        }
    }
    assert!(
        long.is_empty(),
        "over {LINES_MAX} lines, and no reason is listed: {long:?}"
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (path, _) in LONG {
        assert!(
            root.join(path).is_file(),
            "src/{path} is listed as long and does not exist"
        );
    }
}
