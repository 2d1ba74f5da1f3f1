//! A queue's type and arguments against those that newsmill declares, and how they are changed: not in place.

use lapin::types::{AMQPValue, FieldTable};
use serde_json::{Map, Value};

use super::{ARGUMENTS, setting};
use crate::broker::doctor::Visit;
use crate::broker::doctor::finding::Finding;
use crate::broker::management::QueueInfo;
use crate::broker::topology::Role;

const DELIVERY_LIMIT: &str = "x-delivery-limit";

pub(super) fn wrong_kind(
    visit: &Visit<'_>,
    role: Role,
    subject: &str,
    name: &str,
    wanted: &Map<String, Value>,
    info: &QueueInfo,
) -> Finding {
    let durable = if info.durable { "durable" } else { "transient" };
    let seen = format!("is a {durable} {} queue, not a quorum queue", info.kind());
    // Consumers' own queue, which newsmill does not declare: theirs to choose.
    let finding = if role == Role::Output && !visit.declares() && info.durable {
        return Finding::warn("queue.type", subject, seen)
            .harm("records in it are lost with the disk of its one node");
    } else {
        Finding::fail("queue.type", subject, seen)
    };
    let finding = match role {
        Role::Input => finding.harm(
            "it counts no deliveries, so an article that kills workers goes round for ever; and what is in it is lost \
             with the disk of its one node",
        ),
        Role::Delay(_) => finding.harm(
            "it dead-letters at most once, so an article can vanish when its delay is over",
        ),
        Role::DeadLetters | Role::Output => finding.harm("what is in it is lost with the disk of its one node"),
    };
    redeclared(visit, finding, role, name, wanted, info.messages)
}

/// How an existing queue's arguments are changed: they cannot be.
pub(super) fn redeclared(
    visit: &Visit<'_>,
    finding: Finding,
    role: Role,
    name: &str,
    wanted: &Map<String, Value>,
    messages: Option<u64>,
) -> Finding {
    let finding = match messages {
        Some(0) | None => finding.advice("it must be deleted and declared anew; stop what uses it, then"),
        Some(messages) => finding.advice(format!(
            "it must be deleted and declared anew, and holds {messages} messages: let workers empty it first (runbook, \
             \"A queue exists with other arguments\"), then"
        )),
    };
    let finding = finding.command(visit.remedies.delete_queue(name));
    let finding = if visit.declares() {
        finding.command("newsmill run")
    } else {
        finding.command(visit.remedies.declare_queue(name, wanted))
    };
    finding.setting(format!(
        "{}: another name, which a worker declares",
        setting(role)
    ))
}

/// Arguments that are not those that newsmill declares.
pub(super) fn differing(
    visit: &Visit<'_>,
    role: Role,
    subject: &str,
    name: &str,
    wanted: &Map<String, Value>,
    info: &QueueInfo,
) -> Option<Finding> {
    let differences = differences(wanted, info);
    if differences.is_empty() {
        return None;
    }
    let seen = differences.join("; ");
    // Where nothing is declared only what the arguments come to matters, and that is looked at by itself.
    if !visit.declares() {
        return None;
    }
    if is_kept(role) && differences.len() == 1 && !info.arguments.contains_key(DELIVERY_LIMIT) {
        return info
            .policy_value("delivery-limit")
            .is_none()
            .then(|| unlimited(visit, subject, name, wanted, seen));
    }
    let finding = Finding::fail(ARGUMENTS, subject, seen)
        .harm("`newsmill run` declares it otherwise, is refused, and ends with exit code 3");
    let finding = redeclared(visit, finding, role, name, wanted, info.messages);
    Some(finding.setting(
        "topology.mode = \"check\" takes it as it is, if nothing else is wrong with it or a policy mends that",
    ))
}

/// Whether others take from the queue, so that a limit of deliveries would drop what they put back.
pub(super) fn is_kept(role: Role) -> bool {
    matches!(role, Role::DeadLetters | Role::Output)
}

/// A queue that `newsmill run` takes as it is, though it has no limit of its own.
pub(super) fn unlimited(
    visit: &Visit<'_>,
    subject: &str,
    name: &str,
    wanted: &Map<String, Value>,
    seen: String,
) -> Finding {
    let limit = wanted.get(DELIVERY_LIMIT).cloned().unwrap_or_default();
    let policy = Map::from_iter([("delivery-limit".to_owned(), limit)]);
    Finding::warn(ARGUMENTS, subject, seen)
        .harm("from RabbitMQ 4.0 on, what was taken from it and put back 20 times is dropped")
        .command(visit.remedies.set_policy(name, &policy))
}

fn differences(wanted: &Map<String, Value>, info: &QueueInfo) -> Vec<String> {
    let mut found = Vec::new();
    if !info.durable {
        found.push("it is not durable".to_owned());
    }
    if info.auto_delete {
        found.push("it is deleted with its last consumer".to_owned());
    }
    if info.exclusive {
        found.push("it is exclusive".to_owned());
    }
    for (key, value) in wanted {
        match info.arguments.get(key) {
            Some(seen) if same(seen, value) => {}
            Some(seen) => found.push(format!("{key} is {seen}, newsmill declares {value}")),
            None => found.push(format!("{key} is not set, newsmill declares {value}")),
        }
    }
    for (key, seen) in &info.arguments {
        if !wanted.contains_key(key) {
            found.push(format!("{key} is {seen}, newsmill declares none"));
        }
    }
    found
}

fn same(seen: &Value, wanted: &Value) -> bool {
    match (seen.as_i64(), wanted.as_i64()) {
        (Some(seen), Some(wanted)) => seen == wanted,
        _ => seen == wanted,
    }
}

pub(super) fn as_json(arguments: &FieldTable) -> Map<String, Value> {
    let value = |value: &AMQPValue| match value {
        AMQPValue::LongString(text) => Some(Value::from(text.to_string())),
        AMQPValue::LongLongInt(number) => Some(Value::from(*number)),
        // Nothing else is declared.
        _ => None,
    };
    arguments
        .inner()
        .iter()
        .filter_map(|(name, argument)| Some((name.to_string(), value(argument)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_is_named() {
        let wanted = json!({"x-queue-type": "quorum", "x-message-ttl": 5000});
        let info = |arguments: Value| -> QueueInfo {
            serde_json::from_value(json!({"durable": true, "arguments": arguments})).unwrap()
        };
        let of = |arguments| differences(wanted.as_object().unwrap(), &info(arguments));
        assert!(of(json!({"x-queue-type": "quorum", "x-message-ttl": 5000})).is_empty());
        assert_eq!(
            of(json!({"x-queue-type": "quorum", "x-message-ttl": 6000, "x-expires": 1})),
            [
                "x-message-ttl is 6000, newsmill declares 5000",
                "x-expires is 1, newsmill declares none"
            ]
        );
        assert_eq!(
            of(json!({"x-queue-type": "quorum"})),
            ["x-message-ttl is not set, newsmill declares 5000"]
        );
    }
}
