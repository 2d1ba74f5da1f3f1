//! Looks at a broker as the worker will need it, and says what is wrong and what mends it.
//!
//! Invariant: nothing on the broker changes. What AMQP can tell is asked over AMQP (`probe`), the rest of the
//! management plugin's API where there is one; what neither tells is shown as not checked, never as well.

mod address;
mod exchange;
mod finding;
mod limits;
mod permissions;
mod probe;
mod queue;
mod remedy;
mod server;

use std::time::Duration;

pub use finding::{Finding, Mend, Report, Verdict};

use super::connection::Dialer;
use super::error::BrokerError;
use super::management::{Management, NoAnswer};
use super::topology::Topology;
use crate::config::{BrokerConfig, TopologyConfig, TopologyMode, WorkerConfig};
use probe::Probe;
use remedy::Remedies;

/// An examination of a broker against settings.
pub struct Doctor<'a> {
    /// How to reach it.
    pub broker: &'a BrokerConfig,
    /// What the worker needs of it.
    pub topology: &'a TopologyConfig,
    /// Delays between attempts.
    pub retry_delays: &'a [Duration],
    /// The worker's bounds.
    pub worker: &'a WorkerConfig,
    /// The longest that a delivery may stay unsettled.
    pub unsettled_max: Duration,
}

/// What the parts of an examination share.
struct Visit<'a> {
    settings: &'a Doctor<'a>,
    topology: Topology,
    probe: Probe,
    management: Option<Management>,
    remedies: Remedies,
    version: Version,
    /// The user that logged in over AMQP.
    user: String,
    /// Nodes of the cluster, where they are known.
    nodes: usize,
    report: Report,
}

/// Major and minor version; zeros where they are not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    fn read(text: &str) -> Self {
        let mut numbers = text.split('.').map(|part| part.parse().unwrap_or_default());
        Self {
            major: numbers.next().unwrap_or_default(),
            minor: numbers.next().unwrap_or_default(),
        }
    }

    fn is_known(self) -> bool {
        self != Self::default()
    }

    fn before(self, major: u32, minor: u32) -> bool {
        self.is_known() && self < Self { major, minor }
    }

    fn since(self, major: u32, minor: u32) -> bool {
        self >= Self { major, minor }
    }
}

impl Doctor<'_> {
    /// Looks at everything. What goes wrong on the way is a finding.
    ///
    /// # Errors
    /// Settings that no broker could satisfy.
    pub async fn examine(&self) -> Result<Report, BrokerError> {
        let topology = Topology::new(self.topology, self.retry_delays)?;
        let mut report = Report::default();
        let (mut greeting, mut is_open) = (None, false);
        for url in &self.broker.urls {
            let heard = address::examine(url, self.broker, &mut report).await?;
            is_open |= report
                .findings
                .last()
                .is_some_and(|finding| finding.verdict == Verdict::Ok);
            greeting = greeting.or(heard);
        }
        if !is_open {
            report.add(Finding::unchecked(
                "broker",
                "queues, exchange, permissions",
                "not checked, because no address lets us in; mend that first",
            ));
            return Ok(report);
        }
        let first = self.broker.urls.first().map(String::as_str).unwrap_or_default();
        let uri = super::connection::address(first, self.broker.heartbeat)?.uri;
        let version = greeting
            .as_ref()
            .map(|greeting| Version::read(&greeting.version))
            .unwrap_or_default();
        let management = self.management(&mut report).await?;
        let mut visit = Visit {
            settings: self,
            topology,
            probe: Probe::new(Dialer::new(self.broker, "doctor")?),
            management,
            remedies: Remedies::new(&uri.vhost, version.major),
            version,
            user: uri.authority.userinfo.username,
            nodes: 0,
            report,
        };
        server::examine(&mut visit, greeting.as_ref()).await;
        for (role, name, arguments) in visit.topology.queues() {
            queue::examine(&mut visit, role, &name, arguments).await;
        }
        queue::strays(&mut visit).await;
        exchange::examine(&mut visit).await;
        permissions::examine(&mut visit).await?;
        limits::examine(&mut visit).await?;
        let Visit { probe, report, .. } = visit;
        probe.close().await;
        Ok(report)
    }

    /// The management API, if it is given or found, and if it answers us.
    async fn management(&self, report: &mut Report) -> Result<Option<Management>, BrokerError> {
        const CHECK: &str = "management";
        const SUBJECT: &str = "management API";
        let management = match &self.broker.management_url {
            Some(url) => Some(Management::new(url, self.broker)?),
            None => Management::at_usual_port(self.broker).await,
        };
        let Some(management) = management else {
            report.add(
                Finding::unchecked(
                    CHECK,
                    SUBJECT,
                    "policies, effective arguments, bindings, alarms by node and queue members are not checked, \
                     because AMQP does not tell them and no management API was found at its usual port",
                )
                .command("newsmill doctor --management-url http://USER:PASSWORD@HOST:15672")
                .command("rabbitmq-plugins enable rabbitmq_management"),
            );
            return Ok(None);
        };
        let asked = management
            .get::<serde_json::Value>(&["overview"], &[])
            .await
            .map(drop);
        let why = match asked {
            Ok(()) => {
                report.add(Finding::ok(
                    CHECK,
                    SUBJECT,
                    format!("{} answers user `{}`", management.shown(), management.user),
                ));
                return Ok(Some(management));
            }
            Err(why) => why,
        };
        let finding = Finding::unchecked(
            CHECK,
            SUBJECT,
            format!(
                "policies, effective arguments, bindings, alarms by node and queue members are not checked, because \
                 {} gives no answer: {why}",
                management.shown()
            ),
        );
        report.add(match why {
            NoAnswer::Unknown | NoAnswer::Forbidden => finding
                .command(format!(
                    "rabbitmqctl set_user_tags {} monitoring",
                    remedy::quoted(&management.user)
                ))
                .setting("broker.management_url: http://USER:PASSWORD@HOST:15672 of a user with the tag `monitoring`"),
            NoAnswer::Unreachable(_) | NoAnswer::NotFound | NoAnswer::Odd(_) => {
                finding.setting("broker.management_url: http[s]://HOST:15672 of the node's management plugin")
            }
        });
        Ok(None)
    }
}

impl Visit<'_> {
    fn declares(&self) -> bool {
        self.topology.mode == TopologyMode::Declare
    }

    fn add(&mut self, finding: Finding) {
        self.report.add(finding);
    }
}

/// What stays unknown because AMQP has no question for it.
fn needs_management(check: &'static str, subject: &str, what: &str) -> Finding {
    Finding::unchecked(
        check,
        subject,
        format!("{what} not checked, because only the management API tells; give --management-url"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let old = Version::read("3.9.29");
        assert!(old.before(3, 10) && !old.since(3, 10));
        assert!(Version::read("3.10.8").since(3, 10));
        assert!(Version::read("4.1.0-rc.1").since(4, 1));
        assert!(
            !Version::read("").before(3, 10),
            "what is not known is not too old"
        );
    }
}
