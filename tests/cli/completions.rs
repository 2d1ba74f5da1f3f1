//! `newsmill completions` and `--help`: they know every sub-command.

use crate::program::run;

const COMMANDS: [&str; 9] = [
    "run", "enrich", "explain", "publish", "tail", "doctor", "prove", "config", "schema",
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
