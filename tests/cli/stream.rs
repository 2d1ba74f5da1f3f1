//! `newsmill enrich` on a stream: answers come at once, memory stays flat, a reader that leaves is no error.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::{finish, newsmill};

#[test]
fn an_answer_does_not_wait_for_the_end_of_the_input() {
    let mut child = newsmill(&["enrich", "-"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for n in 0..3 {
        writeln!(input, "{{\"id\": \"a-{n}\", \"text\": \"The council voted.\"}}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.contains(&format!("\"id\":\"a-{n}\"")), "{line}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_leaves_ends_the_program_quietly() {
    let mut child = newsmill(&["enrich", "-"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let errors = child.stderr.take().unwrap();
    let article = b"{\"text\": \"The council voted.\"}\n";
    input.write_all(article).unwrap();
    output.read_line(&mut String::new()).unwrap();
    drop(output);
    // The input stays open, as that of `tail -f` does: only the broken pipe can end it.
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "still running");
        let _gone = input.write_all(article);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(std::io::read_to_string(errors).unwrap(), "");
}

#[test]
fn colours_go_to_terminals_only() {
    let story = "The council voted on Tuesday to close the old bridge.";
    let shown = finish(newsmill(&["enrich", "--show"]).spawn().unwrap(), story);
    assert!(!shown.out.contains('\u{1b}'));
    let forced = finish(
        newsmill(&["enrich", "--show"])
            .env("CLICOLOR_FORCE", "1")
            .spawn()
            .unwrap(),
        story,
    );
    assert!(forced.out.contains('\u{1b}'));
    let never = newsmill(&["enrich", "--show"])
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(!finish(never, story).out.contains('\u{1b}'));
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat_however_long_the_input() {
    let mut child = newsmill(&["enrich", "--threads", "2", "--only", "tags", "-"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let article = format!("{{\"id\": \"a\", \"tags\": [\"{}\"]}}\n", "x".repeat(10_000));
    for _ in 0..20_000 {
        input.write_all(article.as_bytes()).unwrap();
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    // 200 MB went in.
    assert!(peak_kib < 150_000, "{peak_kib} KiB");
}
