//! What the settings hold: layers, places, every problem at once, no secret shown, none unread.

use std::collections::BTreeMap;
use std::io::Write;

use toml::Value;

use super::*;

/// Sources of a test: a file's text, variables, flags.
fn load(
    file: &str,
    variables: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> (Layers, Result<Config, ConfigProblems>) {
    let mut written = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    written.write_all(file.as_bytes()).unwrap();
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    let environment = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    let sources = Sources {
        file: Some(written.path().to_owned()),
        environment: &environment,
        flags: flags
            .iter()
            .map(|(setting, value)| Flag {
                flag: "--set".to_owned(),
                setting: (*setting).to_owned(),
                value: (*value).to_owned(),
            })
            .collect(),
    };
    (Layers::read_what_can_be(&sources).0, Config::load(&sources))
}

fn problems(file: &str, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> String {
    load(file, variables, flags).1.unwrap_err().to_string()
}

#[test]
fn the_defaults_are_valid() {
    let config = load("", &[], &[]).1.unwrap();
    assert_eq!(config.worker.prefetch, 64);
    assert!(config.worker.threads >= 1);
    assert_eq!(config.enrich.stages, Stages::ALL);
    assert_eq!(config.retry_delays.last(), Some(&Duration::from_secs(600)));
    assert_eq!(config.retry_jitter_percent, 25);
    assert!(config.decode_options().text_required);
    assert!(
        config.pages.enabled && config.pages.local_only,
        "articles are private"
    );
}

#[test]
fn each_layer_goes_over_the_one_before() {
    let file = "[worker]\nprefetch = 2\ndrain_secs = 2\nthreads = 2\nname = 'two'\n";
    let variables = [
        ("NEWSMILL_WORKER_DRAIN_SECS", "3"),
        ("NEWSMILL_WORKER_THREADS", "3"),
        ("NEWSMILL_WORKER_NAME", ""),
        ("NEWSMILL_RETRY_DELAYS_SECS", "1, 2"),
        ("NEWSMILL_TELEMETRY_LISTEN", ""),
    ];
    let (layers, config) = load(file, &variables, &[("worker.threads", "4")]);
    let config = config.unwrap();
    assert_eq!(config.worker.prefetch, 2);
    assert_eq!(config.worker.drain, Duration::from_secs(3));
    assert_eq!(config.worker.threads, 4);
    assert_ne!(config.worker.name, "two");
    assert_eq!(config.retry_delays, [1, 2].map(Duration::from_secs));
    assert_eq!(config.telemetry.listen, None);
    let shown = layers.to_toml();
    assert!(
        shown.contains("drain_secs = 3  # NEWSMILL_WORKER_DRAIN_SECS\n"),
        "{shown}"
    );
    assert!(shown.contains(".toml line 2\n"), "{shown}");
    assert_eq!(layers.changed(), 6);
}

#[test]
fn the_short_name_of_the_address_gives_way_to_the_full_one() {
    let short = ("NEWSMILL_AMQP_URL", "amqp://a");
    let urls = |variables: &[(&str, &str)]| load("", variables, &[]).1.unwrap().broker.urls;
    assert_eq!(urls(&[short]), ["amqp://a"]);
    assert_eq!(
        urls(&[short, ("NEWSMILL_BROKER_URLS", "amqp://b,amqps://c/v")]),
        ["amqp://b", "amqps://c/v"]
    );
    assert_eq!(
        urls(&[("NEWSMILL_AMQP_URL", "")]),
        ["amqp://guest:guest@127.0.0.1:5672/%2f"]
    );
}

#[test]
fn a_value_may_come_from_a_file() {
    let mut secret = tempfile::NamedTempFile::new().unwrap();
    secret.write_all(b"amqp://u:s3cret@a\n").unwrap();
    let path = secret.path().to_str().unwrap();
    let (layers, config) = load("", &[("NEWSMILL_AMQP_URL_FILE", path)], &[]);
    assert_eq!(config.unwrap().broker.urls, ["amqp://u:s3cret@a"]);
    assert!(!layers.to_toml().contains("s3cret"));
    assert!(
        problems("", &[("NEWSMILL_WORKER_NAME_FILE", "/nowhere")], &[]).contains("/nowhere cannot be read")
    );
    let both = [
        ("NEWSMILL_AMQP_URL_FILE", path),
        ("NEWSMILL_AMQP_URL", "amqp://a"),
    ];
    assert!(problems("", &both, &[]).contains("set one of them"));
}

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let file = "[worker]\nprefech = 2\ndrain_secs = 'soon'\n\n[broker]\nurls = ['http://u:s3cret@a/', 'nonsense s3cret']\n";
    let variables = [
        ("NEWSMILL_WORKER_THREADS", "many"),
        ("NEWSMILL_ENRICH_STAGES", "clean,qoutes"),
    ];
    let told = problems(
        file,
        &variables,
        &[("worker.prefetch", "0"), ("topology.mod", "check")],
    );
    for expected in [
        "line 2: worker.prefech: there is no such setting; did you mean worker.prefetch?",
        "line 3: worker.drain_secs: is a string, not a whole number",
        "line 6: broker.urls: http://u:***@a/ begins with http://, not amqp:// or amqps://",
        "line 6: broker.urls: *** is not a URL",
        "NEWSMILL_WORKER_THREADS: worker.threads: is not a whole number",
        "NEWSMILL_ENRICH_STAGES: enrich.stages: \"qoutes\" is none of",
        "--set: worker.prefetch: 0 is not between 1 and 2000",
        "--set: topology.mod: there is no such setting; did you mean topology.mode?",
    ] {
        assert!(told.contains(expected), "{expected}\nnot in\n{told}");
    }
    assert!(!told.contains("s3cret"), "{told}");
}

#[test]
fn a_virtual_host_is_meant_or_absent() {
    let told = |url: &str| problems("", &[("NEWSMILL_AMQP_URL", url)], &[]);
    assert!(told("amqp://a/").contains("ends in a slash"));
    assert!(told("amqp://a/b/c").contains("write it %2f"));
}

#[test]
fn broken_toml_names_its_lines() {
    let told = problems("[worker\nprefetch = = 1\n", &[], &[]);
    assert!(told.contains("line 1"), "{told}");
    let (_, config) = (
        0,
        Config::load(&Sources {
            file: Some("/nowhere.toml".into()),
            environment: &|_| None,
            flags: vec![],
        }),
    );
    assert!(
        config
            .unwrap_err()
            .to_string()
            .contains("/nowhere.toml: cannot be read")
    );
}

#[test]
fn an_article_may_not_go_where_it_came_from() {
    let told = problems("[topology]\noutput_queue = 'newsmill.raw'\n", &[], &[]);
    assert!(
        told.contains("topology.output_queue: \"newsmill.raw\" is topology.input_queue too"),
        "{told}"
    );
}

#[test]
fn a_field_map_is_checked() {
    let told = problems("[message.fields]\ntitel = '/a'\ntext = 'b'\n", &[], &[]);
    assert!(
        told.contains(
            "line 2: message.fields.titel: there is no such setting; did you mean message.fields.title?"
        ),
        "{told}"
    );
    assert!(
        told.contains("line 3: message.fields.text: \"b\" is not a JSON pointer"),
        "{told}"
    );
    let config = load("", &[("NEWSMILL_MESSAGE_FIELDS_TITLE", "/a/b")], &[])
        .1
        .unwrap();
    assert_ne!(config.field_map, FieldMap::default());
}

#[test]
fn no_secret_is_shown() {
    let secrets = [
        ("NEWSMILL_BROKER_TLS_CLIENT_PASSWORD", "s3cret"),
        ("NEWSMILL_AMQP_URL", "amqp://u:s3cret@a/?password=s3cret"),
    ];
    let (layers, config) = load("", &secrets, &[]);
    let told = config.unwrap_err().to_string();
    let config = load("", &[("NEWSMILL_AMQP_URL", "amqp://u:s3cret@a")], &[])
        .1
        .unwrap();
    for shown in [
        layers.to_toml(),
        layers.to_json().to_string(),
        told,
        format!("{config:?}"),
    ] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn the_settings_shown_are_the_settings_read() {
    let (layers, _) = load(
        "[message.fields]\ntitle = '/a'\n[worker]\nprefetch = 7\n",
        &[],
        &[],
    );
    let shown = layers.to_toml();
    let (again, config) = load(&shown.replace("***", "guest"), &[], &[]);
    assert_eq!(config.unwrap().worker.prefetch, 7);
    assert_eq!(again.to_json(), layers.to_json());
}

#[test]
fn a_flag_can_empty_a_list_and_an_empty_variable_is_not_set() {
    let set = [("enrich.stages", ""), ("retry.delays_secs", "")];
    let config = load("", &[], &set).1.unwrap();
    assert_eq!(
        (config.enrich.stages, config.retry_delays),
        (Stages::NONE, Vec::new())
    );
    let config = load("", &[("NEWSMILL_ENRICH_STAGES", "")], &[]).1.unwrap();
    assert_eq!(config.enrich.stages, Stages::ALL);
    let told = problems("", &[], &[("worker.prefetch", "")]);
    assert!(told.contains("worker.prefetch: is not a whole number"), "{told}");
}

/// Each setting in turn gets another valid value: the configuration must not stay the same.
#[test]
fn no_setting_is_left_unread() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let other = |setting: &str, default: &Option<Value>| match (setting, default) {
        ("broker.urls", _) => "amqp://elsewhere".to_owned(),
        ("broker.management_url" | "reconcile.url", _) => "http://elsewhere".to_owned(),
        (
            "broker.tls_ca_file"
            | "broker.tls_client_file"
            | "broker.tls_client_password"
            | "reconcile.tls_ca_file"
            | "enrich.vocabulary",
            _,
        ) => path.clone(),
        ("topology.mode", _) => "check".to_owned(),
        // Whatever the machine has, it has not this many cores.
        ("worker.threads", _) => "1023".to_owned(),
        ("enrich.stages", _) => "tags".to_owned(),
        ("enrich.tag_rules_off", _) => "glued".to_owned(),
        ("output.format", _) => "ninjs".to_owned(),
        ("output.envelope", _) => "cloudevents".to_owned(),
        ("output.compression", _) => "gzip".to_owned(),
        ("reconcile.kinds", _) => "Q5=person".to_owned(),
        ("reconcile.unanswered", _) => "retry".to_owned(),
        ("telemetry.listen", _) => "[::1]:1".to_owned(),
        ("telemetry.log_format", _) => "json".to_owned(),
        ("telemetry.log_filter", _) => "debug".to_owned(),
        (_, Some(Value::Integer(default))) => (default + 1).to_string(),
        (_, Some(Value::Boolean(default))) => (!default).to_string(),
        (_, Some(Value::Array(_))) => "7".to_owned(),
        (_, Some(Value::String(_))) => "another".to_owned(),
        (_, None) => "/pointer".to_owned(),
        (setting, default) => panic!("no other value for {setting} = {default:?}"),
    };
    let debug = |flags: &[(&str, &str)]| format!("{:?}", load("", &[], flags).1.unwrap());
    for setting in reference::settings() {
        let value = other(&setting.name, &setting.default);
        // A password belongs to a file.
        let needed = match setting.name.as_str() {
            "broker.tls_client_password" => vec![("broker.tls_client_file", path.as_str())],
            "topology.single_active_consumer" => vec![("worker.prefetch", "1")],
            _ => vec![],
        };
        let flags = [needed.clone(), vec![(setting.name.as_str(), value.as_str())]].concat();
        assert_ne!(debug(&flags), debug(&needed), "{} changes nothing", setting.name);
    }
}
