//! What a queue's arguments and policies come to, and what that does to articles.
//!
//! A number that both set is the lower one; anything else is the argument's.

use serde_json::{Map, Value};

use super::{QueueInfo, Role, setting};
use crate::broker::doctor::Visit;
use crate::broker::doctor::finding::Finding;
use crate::broker::doctor::remedy::quoted;

/// RabbitMQ's own limit since 4.0 where none is set.
const LIMIT_SINCE_4: i64 = 20;

/// Who set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Argument,
    Policy,
}

fn number(info: &QueueInfo, key: &str) -> Option<(i64, By)> {
    let argument = info.arguments.get(&format!("x-{key}")).and_then(Value::as_i64);
    let policy = info.policy_value(key).and_then(Value::as_i64);
    match (argument, policy) {
        (Some(argument), Some(policy)) if policy < argument => Some((policy, By::Policy)),
        (Some(argument), _) => Some((argument, By::Argument)),
        (None, Some(policy)) => Some((policy, By::Policy)),
        (None, None) => None,
    }
}

fn text<'a>(info: &'a QueueInfo, key: &str) -> Option<(&'a str, By)> {
    let argument = info.arguments.get(&format!("x-{key}")).and_then(Value::as_str);
    let policy = info.policy_value(key).and_then(Value::as_str);
    argument
        .map(|text| (text, By::Argument))
        .or(policy.map(|text| (text, By::Policy)))
}

/// What is well, for a line on the queue.
pub(super) fn in_words(role: Role, info: &QueueInfo) -> String {
    let limit =
        number(info, "delivery-limit").map_or("its default".to_owned(), |(limit, _)| limit.to_string());
    match role {
        Role::Input => format!(", delivery limit {limit}, dead letters at least once"),
        Role::Delay(delay) => format!(", back after {} s", delay.as_secs()),
        Role::DeadLetters | Role::Output => String::new(),
    }
}

/// Everything that is wrong with what arguments and policies come to.
pub(super) fn of(
    visit: &Visit<'_>,
    role: Role,
    subject: &str,
    name: &str,
    wanted: &Map<String, Value>,
    info: &QueueInfo,
) -> Vec<Finding> {
    let queue = Queue {
        visit,
        role,
        subject,
        name,
        wanted,
        info,
    };
    let mut found = Vec::new();
    match role {
        Role::Input => found.extend(queue.delivery_limit()),
        Role::DeadLetters => found.extend(queue.looks()),
        Role::Delay(_) | Role::Output => {}
    }
    if matches!(role, Role::Input | Role::Delay(_)) && info.kind() == "quorum" {
        found.extend(queue.dead_letter_target());
        found.extend(queue.strategy());
    }
    found.extend(queue.ttl());
    found.extend(queue.expiry());
    found.extend(queue.length());
    found
}

struct Queue<'a> {
    visit: &'a Visit<'a>,
    role: Role,
    subject: &'a str,
    name: &'a str,
    wanted: &'a Map<String, Value>,
    info: &'a QueueInfo,
}

impl Queue<'_> {
    fn fail(&self, check: &'static str, seen: String) -> Finding {
        Finding::fail(check, self.subject, seen)
    }

    /// How a value is mended: one that a policy set there, one that is not set by a policy, any other not at all,
    /// and then the finding on arguments says how.
    fn mended(&self, finding: Finding, keys: &[&str], by: Option<By>) -> Finding {
        match by {
            Some(By::Policy) => self.without_policy(finding, keys),
            Some(By::Argument) => finding.advice(
                "an argument cannot be changed: delete the queue when it is empty, and let a worker declare it",
            ),
            None => self.with_policy(finding, keys),
        }
    }

    fn without_policy(&self, finding: Finding, keys: &[&str]) -> Finding {
        let vhost = quoted(self.visit.remedies.vhost());
        let finding = finding.advice(format!(
            "take {} out of the policy, or delete it if it is for nothing else",
            keys.join(" and ")
        ));
        let operator = self
            .info
            .operator_policy
            .as_deref()
            .filter(|name| !name.is_empty());
        let policy = self.info.policy.as_ref().and_then(Value::as_str);
        let finding = finding.command(self.visit.remedies.show_policies());
        let finding = match policy {
            Some(policy) => {
                finding.command(format!("rabbitmqctl clear_policy -p {vhost} {}", quoted(policy)))
            }
            None => finding,
        };
        match operator {
            Some(operator) => finding.command(format!(
                "rabbitmqctl clear_operator_policy -p {vhost} {}",
                quoted(operator)
            )),
            None => finding,
        }
    }

    /// One policy applies to a queue: what the present one says is kept.
    fn with_policy(&self, finding: Finding, keys: &[&str]) -> Finding {
        let present = self
            .info
            .effective_policy_definition
            .as_ref()
            .and_then(Value::as_object);
        let mut definition = present.cloned().unwrap_or_default();
        for key in keys {
            if let Some(value) = self.wanted.get(&format!("x-{key}")) {
                definition.insert((*key).to_owned(), value.clone());
            }
        }
        finding.command(self.visit.remedies.set_policy(self.name, &definition))
    }

    fn delivery_limit(&self) -> Option<Finding> {
        const CHECK: &str = "queue.delivery_limit";
        const KEY: &str = "delivery-limit";
        let retries = i64::try_from(self.visit.settings.retry_delays.len()).unwrap_or(i64::MAX);
        let configured = i64::from(self.visit.settings.topology.delivery_limit);
        let set = number(self.info, KEY);
        let (limit, by) = match set {
            // A classic queue has none whatever is set; its type says so.
            _ if self.info.kind() != "quorum" => return None,
            None if self.visit.version.since(4, 0) => (LIMIT_SINCE_4, None),
            None => {
                let finding = self.fail(CHECK, "no delivery limit".to_owned()).harm(
                    "an article that kills workers is handed out for ever and takes the whole fleet down",
                );
                return Some(self.mended(finding, &[KEY], None));
            }
            Some((limit, by)) => (limit, Some(by)),
        };
        if limit < 0 {
            let finding = self
                .fail(CHECK, format!("delivery limit {limit}, which is none"))
                .harm("an article that kills workers is handed out for ever and takes the whole fleet down");
            return Some(self.mended(finding, &[KEY], by));
        }
        if limit <= retries {
            let finding = self
                .fail(
                    CHECK,
                    format!("delivery limit {limit}{}, with {retries} retries", self.said(by)),
                )
                .harm(
                    "crashes of workers count for all that they held: sound articles are dead-lettered after few of \
                     them",
                );
            return Some(self.mended(finding, &[KEY], by));
        }
        if limit < configured && by == Some(By::Policy) {
            let finding = Finding::warn(
                CHECK,
                self.subject,
                format!(
                    "delivery limit {limit}{}, topology.delivery_limit is {configured}",
                    self.said(by)
                ),
            )
            .harm("sound articles are dead-lettered after fewer crashes of workers than configured");
            return Some(self.mended(finding, &[KEY], by));
        }
        None
    }

    /// A look at a dead letter is a delivery of it, and there is nowhere for it to go when the limit is reached.
    fn looks(&self) -> Option<Finding> {
        const KEY: &str = "delivery-limit";
        const ENOUGH: i64 = 10_000;
        let (limit, by) = match number(self.info, KEY) {
            _ if self.info.kind() != "quorum" => return None,
            Some((limit, by)) => (limit, Some(by)),
            // Where a worker declares it, its arguments tell.
            None if self.visit.version.since(4, 0) && !self.visit.declares() => (LIMIT_SINCE_4, None),
            None => return None,
        };
        // Below zero is none.
        if !(0..ENOUGH).contains(&limit) {
            return None;
        }
        let seen = format!("delivery limit {limit}{}", self.said(by));
        let finding = Finding::warn("queue.looks", self.subject, seen)
            .harm("a dead letter is dropped after so many looks at it");
        Some(self.mended(finding, &[KEY], by))
    }

    fn said(&self, by: Option<By>) -> String {
        match by {
            Some(By::Policy) => format!(" by policy {}", self.info.policies().join(" and ")),
            Some(By::Argument) | None => String::new(),
        }
    }

    /// Where the broker moves what exceeds the limit, or what has waited long enough.
    fn dead_letter_target(&self) -> Option<Finding> {
        const CHECK: &str = "queue.dead_letter_target";
        const KEYS: [&str; 4] = [
            "dead-letter-exchange",
            "dead-letter-routing-key",
            "dead-letter-strategy",
            "overflow",
        ];
        let topology = &self.visit.topology;
        let target = match self.role {
            Role::Delay(_) => topology.input.as_str(),
            Role::Input | Role::DeadLetters | Role::Output => topology.dead_letters.as_str(),
        };
        let harm = match self.role {
            Role::Delay(_) => {
                "articles that are put off never come back: they are dropped when the delay is over"
            }
            _ => "articles that exceed the delivery limit are dropped",
        };
        let Some((exchange, by)) = text(self.info, "dead-letter-exchange") else {
            let finding = self.fail(CHECK, "no dead-letter exchange".to_owned()).harm(harm);
            return Some(self.mended(finding, &KEYS, None));
        };
        let key = text(self.info, "dead-letter-routing-key");
        let (shown, key_by) = key.map_or((self.name, by), |(key, by)| (key, by));
        if exchange.is_empty() && shown == target {
            return None;
        }
        if exchange.is_empty() {
            let seen = match key {
                Some(_) => format!("dead letters go to queue `{shown}`, not to `{target}`"),
                None => "dead letters go back to where they came from: no dead-letter routing key".to_owned(),
            };
            let finding = self
                .fail(CHECK, seen)
                .harm("they are stranded where nobody looks, or dropped if there is no such queue");
            return Some(match key {
                Some(_) => self.mended(finding, &KEYS, Some(key_by)),
                None => self.with_policy(finding, &["dead-letter-routing-key"]),
            });
        }
        // An exchange of the operator's own: whether it leads there is told by its bindings.
        let finding = Finding::warn(
            CHECK,
            self.subject,
            format!("dead letters go through exchange `{exchange}` with key {shown:?}"),
        )
        .harm(format!("they arrive only if a binding there leads to `{target}`"))
        .command(format!(
            "rabbitmqctl list_bindings -p {} source_name destination_name routing_key",
            quoted(self.visit.remedies.vhost())
        ));
        Some(finding)
    }

    /// At least once needs both; with one alone the broker falls back to at most once, and only its log says so.
    fn strategy(&self) -> Option<Finding> {
        const CHECK: &str = "queue.dead_letter_strategy";
        let strategy = text(self.info, "dead-letter-strategy");
        let overflow = text(self.info, "overflow");
        text(self.info, "dead-letter-exchange")?;
        let harm = "an article can vanish on its way to the other queue when a node stops at that moment";
        if strategy.map(|(strategy, _)| strategy) != Some("at-least-once") {
            let finding = self
                .fail(CHECK, "dead-letters at most once".to_owned())
                .harm(harm);
            return Some(self.mended(
                finding,
                &["dead-letter-strategy", "overflow"],
                strategy.map(|(_, by)| by),
            ));
        }
        if overflow.map(|(overflow, _)| overflow) != Some("reject-publish") {
            let finding = self
                .fail(
                    CHECK,
                    "at-least-once without overflow=reject-publish is at most once".to_owned(),
                )
                .harm(harm);
            return Some(self.mended(finding, &["overflow"], overflow.map(|(_, by)| by)));
        }
        None
    }

    fn ttl(&self) -> Option<Finding> {
        const CHECK: &str = "queue.ttl";
        const KEY: &str = "message-ttl";
        let ttl = number(self.info, KEY);
        if let Role::Delay(delay) = self.role {
            let wanted = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
            let Some((ttl, by)) = ttl else {
                let finding = self
                    .fail(CHECK, "no message TTL".to_owned())
                    .harm("articles that are put off stay there for ever");
                return Some(self.mended(finding, &[KEY], None));
            };
            if ttl == wanted {
                return None;
            }
            let finding = Finding::warn(
                CHECK,
                self.subject,
                format!(
                    "messages come back after {ttl} ms{}, not after {wanted} ms",
                    self.said(Some(by))
                ),
            )
            .harm("retries come at other times than retry.delays_secs says");
            return Some(self.mended(finding, &[KEY], Some(by)));
        }
        let (ttl, by) = ttl?;
        let seen = format!("messages expire after {ttl} ms{}", self.said(Some(by)));
        let finding = Finding::warn(CHECK, self.subject, seen).harm(match self.role {
            Role::Input => {
                "articles that wait longer are dead-lettered unread, without a cause in their headers"
            }
            Role::DeadLetters => "dead letters vanish before anybody has looked at them",
            Role::Delay(_) | Role::Output => "records that nobody consumes in time vanish",
        });
        Some(self.mended(finding, &[KEY], Some(by)))
    }

    /// The queue itself goes when nobody uses it.
    fn expiry(&self) -> Option<Finding> {
        let (expires, by) = number(self.info, "expires")?;
        let finding = self
            .fail(
                "queue.expires",
                format!(
                    "is deleted after {expires} ms without a consumer{}",
                    self.said(Some(by))
                ),
            )
            .harm("it goes with everything in it");
        Some(self.mended(finding, &["expires"], Some(by)))
    }

    /// A full queue drops its oldest messages unless it is told to refuse new ones.
    fn length(&self) -> Option<Finding> {
        let (key, (max, by)) = ["max-length", "max-length-bytes"]
            .into_iter()
            .find_map(|key| Some((key, number(self.info, key)?)))?;
        let overflow = text(self.info, "overflow").map_or("drop-head", |(overflow, _)| overflow);
        if overflow.starts_with("reject-publish") {
            return None;
        }
        let seen = format!("{key} {max}{} with overflow {overflow}", self.said(Some(by)));
        let finding = if self.role == Role::Output {
            Finding::warn("queue.length", self.subject, seen)
        } else {
            self.fail("queue.length", seen)
        };
        let finding = finding.harm("when it is full its oldest messages are dropped");
        let finding = self.mended(finding, &[key], Some(by));
        Some(finding.setting(format!(
            "or overflow = reject-publish beside it, for {}",
            setting(self.role)
        )))
    }
}
