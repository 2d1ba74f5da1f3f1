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
    for command in COMMANDS {
        let done = run(&[command, "--help"], "");
        assert_eq!(done.code, 0);
        assert!(
            done.out.contains("Example") || done.out.contains("Exit codes"),
            "{command}"
        );
    }
    assert!(run(&["--help"], "").out.contains("Exit codes:"));
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
    assert_eq!(run(&["man", "nothing"], "").code, 1);
    let folder = tempfile::tempdir().unwrap();
    let done = run(&["man", "--folder", folder.path().to_str().unwrap()], "");
    assert_eq!(done.code, 0, "{}", done.err);
    for command in COMMANDS {
        let page = folder.path().join(format!("newsmill-{command}.1"));
        assert!(page.is_file(), "{}", page.display());
    }
}
