//! OpenTelemetry's environment variables, as far as traces are concerned: which are followed, and what is wrong
//! with them.
//!
//! The exporter's own crate passes over a value that it cannot read. A worker that quietly exports nothing is
//! found out when the trace is needed, so all are checked here first.
//!
//! Names, defaults and their order: OpenTelemetry's specification of its environment variables and of the OTLP
//! exporter. Traces are on when an endpoint is named or `OTEL_TRACES_EXPORTER` is `otlp`.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// Where a collector listens by default.
const LOCAL: &str = "http://localhost:4318";
const TIMEOUT: Duration = Duration::from_secs(10);
const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];
const COUNTS: [&str; 4] = [
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
];

/// What is wrong with the variables; one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\nnewsmill: "))]
pub struct TracesError(pub(super) Vec<String>);

/// How spans are exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// The whole URL.
    pub(super) endpoint: Url,
    pub(super) timeout: Duration,
    /// Certificates to trust in place of the system's.
    pub(super) ca_file: Option<PathBuf>,
    /// A certificate of our own, and its key.
    pub(super) client: Option<(PathBuf, PathBuf)>,
    /// Whether the environment names the service.
    pub(super) named: bool,
}

impl Settings {
    /// Fit to be shown.
    pub(super) fn shown_endpoint(&self) -> String {
        crate::config::masked_url(self.endpoint.as_str())
    }
}

/// Reads the variables; none when no traces are wanted.
pub(super) fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Option<Settings>, TracesError> {
    let mut reading = Reading {
        environment,
        problems: Vec::new(),
    };
    let settings = reading.settings();
    if reading.problems.is_empty() {
        Ok(settings)
    } else {
        Err(TracesError(reading.problems))
    }
}

struct Reading<'a> {
    environment: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl Reading<'_> {
    /// By the specification an empty variable is an unset one.
    fn get(&self, name: &str) -> Option<String> {
        (self.environment)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    /// The variable for traces, or the one for all signals; with its name.
    fn otlp(&self, what: &str) -> Option<(String, String)> {
        [
            format!("OTEL_EXPORTER_OTLP_TRACES_{what}"),
            format!("OTEL_EXPORTER_OTLP_{what}"),
        ]
        .into_iter()
        .find_map(|name| self.get(&name).map(|value| (name, value)))
    }

    fn wrong(&mut self, name: &str, problem: impl AsRef<str>) {
        self.problems.push(format!("{name}: {}", problem.as_ref()));
    }

    fn settings(&mut self) -> Option<Settings> {
        let off = self.get("OTEL_SDK_DISABLED");
        if off.is_some_and(|off| off.eq_ignore_ascii_case("true")) || !self.wanted() {
            return None;
        }
        self.protocol();
        self.headers();
        self.compression();
        self.sampler();
        self.counts();
        let endpoint = self.endpoint();
        let timeout = self.timeout();
        let ca_file = self.otlp("CERTIFICATE").map(|(_, path)| path.into());
        let client = self.client();
        let service = self.get("OTEL_SERVICE_NAME").is_some();
        let attributes = self.get("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        let named = service
            || attributes.split(',').any(|pair| {
                pair.split_once('=')
                    .is_some_and(|(key, _)| key.trim() == "service.name")
            });
        Some(Settings {
            endpoint: endpoint?,
            timeout,
            ca_file,
            client,
            named,
        })
    }

    fn wanted(&mut self) -> bool {
        let exporter = self.get("OTEL_TRACES_EXPORTER");
        match exporter.as_deref() {
            Some("otlp") => true,
            Some("none") => false,
            Some(other) => {
                self.wrong(
                    "OTEL_TRACES_EXPORTER",
                    format!("{other:?} is not one of otlp, none"),
                );
                false
            }
            None => self.otlp("ENDPOINT").is_some(),
        }
    }

    fn protocol(&mut self) {
        if let Some((name, protocol)) = self.otlp("PROTOCOL")
            && protocol != "http/protobuf"
        {
            self.wrong(
                &name,
                format!("{protocol:?} is not spoken here; http/protobuf is, on a collector's port 4318"),
            );
        }
    }

    /// The endpoint for traces is taken as it is; the one for all signals is where each has its path.
    fn endpoint(&mut self) -> Option<Url> {
        let (name, written) = self
            .otlp("ENDPOINT")
            .unwrap_or_else(|| ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), LOCAL.to_owned()));
        let whole = if name.contains("_TRACES_") {
            written
        } else {
            format!("{}/v1/traces", written.trim_end_matches('/'))
        };
        match Url::parse(&whole) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Some(url),
            _ => {
                self.wrong(&name, "is not of the form http[s]://host:port[/path]");
                None
            }
        }
    }

    /// A header's value is often a secret, so an error names the header alone.
    fn headers(&mut self) {
        let Some((name, written)) = self.otlp("HEADERS") else {
            return;
        };
        for (number, pair) in written.split(',').enumerate() {
            let key = pair.split_once('=').map(|(key, _)| key.trim());
            if !pair.trim().is_empty() && key.is_none_or(str::is_empty) {
                let number = number.saturating_add(1);
                self.wrong(&name, format!("entry {number} is not of the form name=value"));
            }
        }
    }

    fn compression(&mut self) {
        if let Some((name, written)) = self.otlp("COMPRESSION")
            && !matches!(written.as_str(), "gzip" | "none")
        {
            self.wrong(&name, format!("{written:?} is not one of gzip, none"));
        }
    }

    fn sampler(&mut self) {
        let Some(sampler) = self.get("OTEL_TRACES_SAMPLER") else {
            return;
        };
        if !SAMPLERS.contains(&sampler.as_str()) {
            let known = SAMPLERS.join(", ");
            self.wrong(
                "OTEL_TRACES_SAMPLER",
                format!("{sampler:?} is not one of {known}"),
            );
        }
        if sampler.ends_with("traceidratio") {
            let ratio = self.get("OTEL_TRACES_SAMPLER_ARG");
            let ratio = ratio.and_then(|ratio| ratio.parse::<f64>().ok());
            if !ratio.is_some_and(|ratio| (0.0..=1.0).contains(&ratio)) {
                self.wrong(
                    "OTEL_TRACES_SAMPLER_ARG",
                    "is not a share between 0 and 1, which the sampler needs",
                );
            }
        }
    }

    fn counts(&mut self) {
        for name in COUNTS {
            if self.get(name).is_some_and(|value| value.parse::<u32>().is_err()) {
                self.wrong(name, "is not a whole number");
            }
        }
    }

    fn timeout(&mut self) -> Duration {
        let Some((name, written)) = self.otlp("TIMEOUT") else {
            return TIMEOUT;
        };
        match written.parse::<u64>() {
            Ok(millis) if millis > 0 => Duration::from_millis(millis),
            _ => {
                self.wrong(&name, "is not a whole number of milliseconds");
                TIMEOUT
            }
        }
    }

    fn client(&mut self) -> Option<(PathBuf, PathBuf)> {
        match (self.otlp("CLIENT_CERTIFICATE"), self.otlp("CLIENT_KEY")) {
            (Some((_, certificate)), Some((_, key))) => Some((certificate.into(), key.into())),
            (Some((name, _)), None) => {
                self.wrong(&name, "needs OTEL_EXPORTER_OTLP_CLIENT_KEY beside it");
                None
            }
            (None, Some((name, _))) => {
                self.wrong(&name, "needs OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE beside it");
                None
            }
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Option<Settings>, TracesError> {
        read(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn traces_are_on_when_asked_for() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]), Ok(None));
        let on = of(&[("OTEL_TRACES_EXPORTER", "otlp")]).unwrap().unwrap();
        assert_eq!(on.endpoint.as_str(), "http://localhost:4318/v1/traces");
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c.example:4318/otel/");
        let on = of(&[endpoint]).unwrap().unwrap();
        assert_eq!(on.endpoint.as_str(), "https://c.example:4318/otel/v1/traces");
        assert_eq!(of(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]), Ok(None));
        assert_eq!(of(&[endpoint, ("OTEL_SDK_DISABLED", "TRUE")]), Ok(None));
        let own = of(&[
            endpoint,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t.example/x"),
        ]);
        assert_eq!(own.unwrap().unwrap().endpoint.as_str(), "http://t.example/x");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_without_a_secret() {
        let error = of(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "c.example:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "authorization=s3cret,s3cret"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "br"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"),
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "7"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ])
        .unwrap_err();
        for name in [
            "OTEL_EXPORTER_OTLP_ENDPOINT: is not of the form",
            "OTEL_EXPORTER_OTLP_PROTOCOL: \"grpc\"",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS: entry 2",
            "OTEL_EXPORTER_OTLP_COMPRESSION",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "OTEL_EXPORTER_OTLP_CLIENT_KEY: needs",
            "OTEL_TRACES_SAMPLER_ARG",
            "OTEL_BSP_MAX_QUEUE_SIZE",
        ] {
            assert!(error.to_string().contains(name), "{name} in {error}");
        }
        assert_eq!(error.0.len(), 8, "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert!(of(&[("OTEL_TRACES_EXPORTER", "zipkin")]).is_err());
        let sampler = of(&[
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
        ]);
        assert!(sampler.unwrap_err().to_string().contains("always_on"));
    }

    #[test]
    fn the_service_may_be_named_in_two_places() {
        let on = ("OTEL_TRACES_EXPORTER", "otlp");
        let named = |more| of(&[on, more]).unwrap().unwrap().named;
        assert!(named(("OTEL_SERVICE_NAME", "mill")));
        assert!(named(("OTEL_RESOURCE_ATTRIBUTES", "a=b, service.name=mill")));
        assert!(!named(("OTEL_RESOURCE_ATTRIBUTES", "a=service.name")));
    }
}
