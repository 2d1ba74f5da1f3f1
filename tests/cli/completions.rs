//! `newsmill completions` and `--help`: they know every sub-command.

use crate::program::run;

const COMMANDS: [&str; 10] = [
    "run", "enrich", "explain", "publish", "tail", "doctor", "prove", "config", "schema", "man",
];

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = run(&["completions", shell], "");
        assert_eq!(done.code, 0);
        for command in COMMANDS {
            assert!(done.out.contains(command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn help_has_examples_and_exit_codes() {
    for command in all_commands() {
        let help = help(&command, "--help");
        assert!(help.contains("Exit codes"), "{command:?}");
    }
    for command in COMMANDS {
        let help = run(&[command, "--help"], "").out;
        assert!(
            help.contains("Example") || help.contains("Exit codes:\n"),
            "{command}"
        );
    }
}

/// Arguments that lead to each command and sub-command, by what the commands' own help lists.
fn all_commands() -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut next = 0;
    while let Some(command) = all.get(next).cloned() {
        for line in help(&command, "-h")
            .lines()
            .skip_while(|line| *line != "Commands:")
        {
            if line.is_empty() {
                break;
            }
            // Of a summary's second line the column of names is empty.
            if let Some(name) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) {
                let name = name.split(' ').next().unwrap().to_owned();
                if name != "help" {
                    all.push([command.clone(), vec![name]].concat());
                }
            }
        }
        next += 1;
    }
    all
}

fn help(command: &[String], flag: &str) -> String {
    let arguments: Vec<&str> = command.iter().map(String::as_str).chain([flag]).collect();
    let done = run(&arguments, "");
    assert_eq!(done.code, 0, "{command:?}");
    done.out
}

#[test]
fn commands_are_told_apart_by_how_their_help_begins() {
    let all = all_commands();
    assert!(all.len() > 20, "{all:?}");
    let first = |help: String| help.split("\n\n").next().unwrap().replace('\n', " ");
    let mut seen = std::collections::BTreeMap::new();
    for command in &all {
        let opening = first(help(command, "-h"));
        assert!(opening.len() > 10, "{command:?}: {opening}");
        let words: Vec<&str> = opening.split(' ').take(4).collect();
        if let Some(other) = seen.insert(words.join(" "), command) {
            panic!("{command:?} and {other:?} begin with {words:?}");
        }
    }
    // The long form says more, where there is more to say.
    for command in [
        "enrich",
        "explain",
        "publish",
        "tail",
        "dead-letters",
        "doctor",
        "prove",
    ] {
        let command = [command.to_owned()];
        let (short, long) = (first(help(&command, "-h")), first(help(&command, "--help")));
        assert!(long.len() > short.len() + 50, "{command:?}: {long}");
    }
}

#[test]
fn prose_under_a_help_is_left_to_the_terminal_to_break() {
    for command in all_commands() {
        let help = help(&command, "--help");
        // At this width; what a line's end in the source adds is a line that ends early, before a word that fitted.
        let lines: Vec<&str> = help.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(next) = lines.get(at + 1) else { continue };
            let word = next.split(' ').next().unwrap_or_default();
            let early = line.len() + 1 + word.len() <= 80;
            let prose = |line: &str| line.starts_with(|first: char| first.is_alphanumeric());
            let ends = line.ends_with(['.', ':']) || line.starts_with("Usage");
            assert!(
                !(prose(line) && prose(next) && early && !ends),
                "{command:?}: {line:?} {next:?}"
            );
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let whole = run(&["man"], "");
    assert_eq!(whole.code, 0);
    assert!(
        whole.out.starts_with(".ie") && whole.out.contains(".TH newsmill 1"),
        "{}",
        whole.out
    );
    let replay = run(&["man", "dead-letters", "replay"], "");
    assert!(
        replay.out.contains(".TH newsmill-dead-letters-replay 1"),
        "{}",
        replay.out
    );
    assert!(replay.out.contains("Exit codes"), "{}", replay.out);
    assert_eq!(run(&["man", "nothing"], "").code, 2);
    let folder = tempfile::tempdir().unwrap();
    let done = run(&["man", "--folder", folder.path().to_str().unwrap()], "");
    assert_eq!(done.code, 0, "{}", done.err);
    for command in COMMANDS {
        let page = folder.path().join(format!("newsmill-{command}.1"));
        assert!(page.is_file(), "{}", page.display());
    }
}
