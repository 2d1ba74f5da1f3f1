//! Wrong uses: each error names what is wrong and what to do next, and gives the exit code that the help tells.
//!
//! Absent on purpose: what a broker says (`tests/broker/commands.rs`, `tests/broker/startup.rs`).

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{finish, newsmill, run};

/// Files to use wrongly, in a folder that is the program's working directory.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("good.json", br#"{"id": "1", "text": "One two three."}"#);
    write("empty.json", b"");
    write(
        "one-bad.ndjson",
        b"{\"id\": \"1\", \"text\": \"One.\"}\n{bad\n\n{\"id\": \"2\", \"text\": \"Two.\"}\n",
    );
    write("type.toml", b"[worker]\nprefetch = \"x\"\n");
    write("unknown.toml", b"[worker]\nprefetsch = 3\n");
    write("syntax.toml", b"[worker\n");
    write("binary.toml", b"\xFF");
    write("short.nmv", b"NMV");
    write("notes.txt", b"x");
    std::fs::create_dir(folder.path().join("nothing")).unwrap();
    folder
}

/// A command line, its exit code, and parts of what it says.
type Case = (&'static str, i32, &'static [&'static str]);

fn check(folder: &Path, cases: &[Case]) {
    for (line, code, parts) in cases {
        let arguments: Vec<&str> = line.split(' ').collect();
        let mut command = newsmill(&arguments);
        command.current_dir(folder);
        let done = finish(command.spawn().unwrap(), "");
        assert_eq!(done.code, *code, "{line}: {}", done.err);
        for part in *parts {
            assert!(done.err.contains(part), "{line}: no {part:?} in {}", done.err);
        }
    }
}

#[test]
fn files_and_folders() {
    check(
        folder().path(),
        &[
            ("enrich nowhere.html", 1, &["nowhere.html: No such file"]),
            (
                "enrich nothing",
                1,
                &["nothing: no file in it has the ending of an article"],
            ),
            ("enrich empty.json", 1, &["empty.json: the body is empty"]),
            ("enrich -", 1, &["stdin: the body is empty"]),
            (
                "enrich one-bad.ndjson",
                1,
                &["one-bad.ndjson line 2: invalid JSON"],
            ),
            ("explain nowhere", 1, &["nowhere: No such file"]),
            ("explain nothing", 1, &["nothing: no file in it"]),
            (
                "explain good.json --html no/x.html",
                1,
                &["no/x.html cannot be written"],
            ),
            (
                "vocabulary unknown nowhere.ndjson",
                1,
                &["nowhere.ndjson: No such file"],
            ),
            (
                "vocabulary lookup --vocabulary nowhere x",
                1,
                &["vocabulary nowhere", "cannot be read"],
            ),
            (
                "vocabulary compile nowhere.csv -o x.nmv",
                1,
                &["nowhere.csv cannot be read"],
            ),
            (
                "vocabulary compile nothing -o x.nmv",
                1,
                &["nothing cannot be read", "directory"],
            ),
            (
                "vocabulary compile notes.txt -o x.nmv",
                1,
                &["notes.txt, line 1", "--form"],
            ),
            ("man nowhere", 2, &["no command \"nowhere\"", "newsmill --help"]),
        ],
    );
}

#[test]
fn settings() {
    check(
        folder().path(),
        &[
            (
                "config --config type.toml",
                2,
                &["type.toml line 2", "worker.prefetch", "whole number"],
            ),
            (
                "config --config unknown.toml",
                2,
                &["unknown.toml line 2", "did you mean worker.prefetch?"],
            ),
            (
                "config --config syntax.toml",
                2,
                &["syntax.toml line 1", "unclosed table"],
            ),
            (
                "config --config binary.toml",
                2,
                &["binary.toml: cannot be read", "UTF-8"],
            ),
            (
                "config --config nothing",
                2,
                &["nothing: cannot be read: Is a directory"],
            ),
            (
                "config --config no.toml",
                2,
                &["no.toml: cannot be read", "`newsmill config --default`"],
            ),
            (
                "config --set worker.prefetsch=3",
                2,
                &["--set", "did you mean worker.prefetch?"],
            ),
            (
                "config --set worker.prefetch=abc",
                2,
                &["worker.prefetch: is not a whole number"],
            ),
            ("config --set worker.prefetch", 2, &["write it SECTION.KEY=VALUE"]),
            (
                "config --set broker.urls=http://x",
                2,
                &["http://", "not amqp:// or amqps://"],
            ),
            ("config --set telemetry.listen=9464", 2, &["telemetry.listen"]),
            (
                "enrich good.json --vocabulary no.nmv",
                2,
                &["there is no file no.nmv"],
            ),
            (
                "enrich good.json --vocabulary nothing",
                2,
                &["nothing is a folder"],
            ),
            (
                "enrich good.json --vocabulary short.nmv",
                2,
                &["short.nmv", "`newsmill vocabulary compile`"],
            ),
        ],
    );
}

#[test]
fn a_file_for_an_address_must_hold_one() {
    let folder = folder();
    for (file, said) in [
        ("empty.json", "empty.json is empty"),
        ("nowhere", "nowhere cannot be read"),
        ("nothing", "nothing cannot be read: Is a directory"),
    ] {
        let mut command = newsmill(&["config"]);
        command
            .current_dir(folder.path())
            .env("NEWSMILL_AMQP_URL_FILE", file);
        let done = finish(command.spawn().unwrap(), "");
        assert_eq!(done.code, 2, "{file}: {}", done.out);
        assert!(
            done.err.contains("NEWSMILL_AMQP_URL_FILE: broker.urls") && done.err.contains(said),
            "{}",
            done.err
        );
    }
}

#[test]
fn an_output_that_is_full_is_named() {
    let folder = folder();
    for line in [
        "enrich good.json",
        "enrich good.json --show",
        "explain good.json",
        "config",
        "config --default",
        "schema raw",
        "man",
        "completions bash",
        "vocabulary lookup Ghana",
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let mut command = newsmill(&arguments);
        let full = File::options().write(true).open("/dev/full").unwrap();
        command.current_dir(folder.path()).stdout(full);
        let done = finish(command.spawn().unwrap(), "");
        assert_eq!(done.code, 1, "{line}");
        assert!(
            done.err.contains("stdout cannot be written: No space left"),
            "{line}: {}",
            done.err
        );
    }
}

#[test]
fn an_unknown_command_is_told_with_the_one_that_was_meant() {
    let done = run(&["enrch"], "");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("'enrich'"), "{}", done.err);
}

#[test]
fn an_admin_port_that_another_worker_has_is_told_with_the_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = newsmill(&["run"]);
    command
        .env(
            "NEWSMILL_TELEMETRY_LISTEN",
            taken.local_addr().unwrap().to_string(),
        )
        .env("NEWSMILL_AMQP_URL", "amqp://127.0.0.1:1/%2f");
    let done = finish(command.spawn().unwrap(), "");
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(
        done.err.contains("telemetry.listen") && done.err.contains("give this worker another port"),
        "{}",
        done.err
    );
}

#[test]
fn who_forgets_the_file_is_told_what_is_waited_for() {
    let mut terminal = Command::new("script");
    terminal
        .args([
            "-qec",
            &format!("{} enrich", env!("CARGO_BIN_EXE_newsmill")),
            "/dev/null",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    // Ctrl-D ends it.
    let typed = "{\"id\": \"typed\", \"text\": \"One two.\"}\n\u{4}";
    let done = finish(terminal.stderr(Stdio::piped()).spawn().unwrap(), typed);
    assert!(
        done.out.contains("reading from the terminal until Ctrl-D"),
        "{}",
        done.out
    );
    assert!(done.out.contains("newsmill/enriched/1"), "{}", done.out);
    assert_eq!(done.code, 0);
}
