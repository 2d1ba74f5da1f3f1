//! `newsmill config`: what is in force, whether it is valid, and no secret in it.

use crate::program::{finish, newsmill, run};

#[test]
fn the_default_file_is_a_valid_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newsmill.toml");
    let default = run(&["config", "--default"], "");
    std::fs::write(&path, default.out).unwrap();
    let checked = run(&["config", "--config", path.to_str().unwrap(), "--check"], "");
    assert_eq!((checked.code, checked.out.as_str()), (0, ""), "{}", checked.err);
    assert!(checked.err.contains("valid"), "{}", checked.err);
}

#[test]
fn the_effective_settings_say_where_they_came_from_and_hide_secrets() {
    let with = |arguments: &[&str]| {
        let child = newsmill(arguments)
            .env("NEWSMILL_AMQP_URL", "amqp://user:s3cret@broker.example/%2f")
            .env("NEWSMILL_WORKER_PREFETCH", "8")
            .spawn()
            .unwrap();
        finish(child, "")
    };
    let toml = with(&["config", "--set", "worker.drain_secs=7"]);
    assert_eq!(toml.code, 0, "{}", toml.err);
    assert!(
        toml.out.contains("prefetch = 8  # NEWSMILL_WORKER_PREFETCH\n"),
        "{}",
        toml.out
    );
    assert!(toml.out.contains("drain_secs = 7  # --set\n"), "{}", toml.out);
    let json = with(&["config", "--json"]);
    let settings: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(settings["worker"]["prefetch"], 8);
    assert_eq!(
        settings["broker"]["urls"][0],
        "amqp://user:***@broker.example/%2f"
    );
    assert!(!toml.out.contains("s3cret") && !json.out.contains("s3cret"));
}

#[test]
fn every_problem_is_told_and_the_exit_code_says_so() {
    let done = run(
        &[
            "config",
            "--set",
            "worker.prefech=1",
            "--set",
            "worker.threads=x",
            "--check",
        ],
        "",
    );
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("did you mean worker.prefetch?"), "{}", done.err);
    assert!(
        done.err.contains("worker.threads: is not a whole number"),
        "{}",
        done.err
    );
}
