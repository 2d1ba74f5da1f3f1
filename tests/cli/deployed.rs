//! The files under `deploy`, and compose's, fit the program: its settings, its time to stop, its port.
//!
//! Absent on purpose: queues and alerts (`tests/broker/deployed.rs`), whether the image can be built (`tests/image.rs`).

use std::collections::BTreeSet;
use std::path::Path;

use crate::program::{finish, newsmill, run};

const UNIT: &str = "deploy/systemd/newsmill@.service";
const COMPOSE: &str = "docker-compose.yml";
const IMAGE: &str = "deploy/Dockerfile";
const POD: &str = "deploy/kubernetes/base/deployment.yaml";
const TOPOLOGY: &str = "deploy/kubernetes/components/topology/kustomization.yaml";

/// Begins the names of what compose alone reads: ports on this machine and passwords of a look.
const OF_COMPOSE: &str = "NEWSMILL_COMPOSE_";

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// What stands behind this key in each line that has it, comments left out.
fn values(file: &str, key: &str) -> Vec<String> {
    read(file)
        .lines()
        .map(|line| line.trim().trim_start_matches("- "))
        .filter_map(|line| line.strip_prefix(key))
        .map(|rest| rest.trim().to_owned())
        .collect()
}

/// The settings that are in force without a file and variables.
fn defaults() -> serde_json::Value {
    serde_json::from_str(&run(&["config", "--json"], "").out).unwrap()
}

#[test]
fn the_time_to_stop_is_longer_than_the_drain() {
    let drain = defaults()["worker"]["drain_secs"].as_u64().unwrap();
    let seconds = |text: &String| text.trim_end_matches('s').parse::<u64>().ok();
    for (file, key) in [
        (UNIT, "TimeoutStopSec="),
        (COMPOSE, "stop_grace_period:"),
        (POD, "terminationGracePeriodSeconds:"),
    ] {
        // The broker's in compose is in minutes.
        let given: Vec<u64> = values(file, key).iter().filter_map(seconds).collect();
        assert_eq!(given.len(), 1, "{file}: {key}");
        // What it takes to hand back the rest and to close.
        assert!(given.iter().all(|secs| *secs >= drain + 10), "{file}: {given:?}");
    }
    let pods = run(
        &[
            "config",
            "--json",
            "--config",
            "deploy/kubernetes/base/newsmill.toml",
        ],
        "",
    );
    let pods: serde_json::Value = serde_json::from_str(&pods.out).unwrap();
    assert_eq!(pods["worker"]["drain_secs"], drain);
}

/// The variables by our prefix that a file names.
fn variables(file: &str) -> BTreeSet<String> {
    read(file)
        .split("NEWSMILL_")
        .skip(1)
        .map(|after| {
            let end = after.find(|letter: char| letter != '_' && !letter.is_ascii_uppercase());
            format!("NEWSMILL_{}", after.split_at(end.unwrap_or(after.len())).0)
        })
        .collect()
}

#[test]
fn every_variable_that_is_set_is_one_of_the_programs() {
    let named: BTreeSet<String> = [UNIT, COMPOSE, IMAGE, POD, TOPOLOGY]
        .iter()
        .flat_map(|file| variables(file))
        .collect();
    assert!(named.len() > 10, "{named:?}");
    let listed = read("docs/configuration.md");
    for name in named {
        let known = listed.contains(&format!("`{}`", name.trim_end_matches("_FILE")));
        assert!(known || name.starts_with(OF_COMPOSE), "{name}");
    }
}

#[test]
fn what_compose_alone_reads_is_no_slip_of_the_pen_to_the_program() {
    // Whoever exports them for compose runs `newsmill tail` in the same shell.
    let compose = read(COMPOSE);
    let asked_for: BTreeSet<&str> = compose
        .split("${")
        .skip(1)
        .filter_map(|after| after.split(":-").next())
        .collect();
    assert!(asked_for.len() > 5, "{asked_for:?}");
    assert!(
        asked_for.iter().all(|name| name.starts_with(OF_COMPOSE)),
        "{asked_for:?}"
    );
    let mut command = newsmill(&["config"]);
    command.envs(asked_for.iter().map(|name| (name, "1")));
    let told = finish(command.spawn().unwrap(), "");
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    // It does tell of others.
    let mut command = newsmill(&["config"]);
    command.env("NEWSMILL_BROKER_PASSWORD", "1");
    let told = finish(command.spawn().unwrap(), "");
    assert!(
        told.err.contains("NEWSMILL_BROKER_PASSWORD sets nothing"),
        "{}",
        told.err
    );
}

#[test]
fn the_settings_of_pods_are_valid_and_listen_where_they_are_asked() {
    let file = "deploy/kubernetes/base/newsmill.toml";
    let checked = run(&["config", "--config", file, "--check"], "");
    assert_eq!(checked.code, 0, "{}", checked.err);
    let default = defaults()["telemetry"]["listen"].as_str().unwrap().to_owned();
    assert!(default.starts_with("127.0.0.1:"), "{default}");
    let port = default.rsplit(':').next().unwrap();
    assert_eq!(values(POD, "containerPort:"), [port]);
    assert_eq!(values(IMAGE, "EXPOSE "), [port]);
    let everywhere = format!("0.0.0.0:{port}");
    assert!(read(file).contains(&format!("listen = \"{everywhere}\"")));
    assert!(read(IMAGE).contains(&format!("NEWSMILL_TELEMETRY_LISTEN={everywhere}")));
    assert_eq!(values("deploy/prometheus/prometheus.yml", "port:"), [port]);
    // Whom the probes and the operator ask is named, not numbered.
    for of in ["readinessProbe", "livenessProbe"] {
        assert!(read(POD).contains(of), "{of}");
    }
    assert_eq!(values(POD, "port:"), ["admin", "admin"]);
    let monitor = "deploy/kubernetes/components/prometheus-operator/pod-monitor.yaml";
    assert_eq!(values(monitor, "port:"), ["admin"]);
    let policy = values("deploy/kubernetes/base/network-policy.yaml", "port:");
    assert_eq!(policy, ["admin", "53", "53", "5672", "5671"]);
}

#[test]
fn compose_publishes_on_loopback_and_runs_the_program_without_rights() {
    let compose = read(COMPOSE);
    let published: Vec<&str> = compose
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("- ") && line.contains(OF_COMPOSE))
        .collect();
    assert_eq!(published.len(), 5, "{published:?}");
    assert!(
        published.iter().all(|line| line.starts_with("- 127.0.0.1:")),
        "{published:?}"
    );
    for right in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"] {
        assert!(compose.contains(right), "{right}");
    }
    let user = values(IMAGE, "USER ");
    assert!(
        user.iter().all(|user| user.starts_with("65532")) && user.len() == 1,
        "{user:?}"
    );
    assert_eq!(values(POD, "runAsUser:"), ["65532"]);
    assert_eq!(values(POD, "readOnlyRootFilesystem:"), ["true"]);
}
