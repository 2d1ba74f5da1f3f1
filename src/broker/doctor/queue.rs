//! One queue: whether it is there, of the right type, and as newsmill would declare it.

mod effects;

use lapin::types::{AMQPValue, FieldTable, ShortString};
use serde_json::{Map, Value};

use super::finding::{Finding, Verdict};
use super::probe::Answer;
use super::remedy::quoted;
use super::{Visit, needs_management};
use crate::broker::error::reply;
use crate::broker::management::{Management, NoAnswer, QueueInfo, QueueName};
use crate::broker::topology::Role;

const CHECK: &str = "queue";
const ARGUMENTS: &str = "queue.arguments";
const DELIVERY_LIMIT: &str = "x-delivery-limit";

/// Looks at one queue.
pub(super) async fn examine(visit: &mut Visit<'_>, role: Role, name: &ShortString, arguments: FieldTable) {
    let subject = format!("queue `{name}`");
    let wanted = as_json(&arguments);
    let (messages, consumers) = match visit.probe.queue(name).await {
        Answer::Yes(counts) => counts,
        Answer::No {
            code: reply::NOT_FOUND,
            ..
        } => {
            visit.add(missing(visit, role, &subject, name.as_str(), &wanted));
            return;
        }
        Answer::No { words, code } if code == reply::RESOURCE_LOCKED => {
            visit.add(
                Finding::fail(
                    CHECK,
                    &subject,
                    format!("is exclusive to another connection: {words}"),
                )
                .harm("workers cannot use it, and it is gone with that connection")
                .setting(format!("{}: another name", setting(role))),
            );
            return;
        }
        Answer::No { words, .. } | Answer::None(words) => {
            visit.add(Finding::unchecked(
                CHECK,
                &subject,
                format!("not checked: {words}"),
            ));
            return;
        }
        Answer::Blocked => {
            visit.add(Finding::unchecked(
                CHECK,
                &subject,
                "not checked: the broker blocks the connection",
            ));
            return;
        }
    };
    let from = visit.report.findings.len();
    let seen = match visit.management.clone() {
        Some(management) => match known(visit, &management, name.as_str()).await {
            Ok(info) => with_information(visit, role, &subject, name.as_str(), &wanted, &info),
            Err(why) => {
                visit.add(Finding::unchecked(
                    CHECK,
                    &subject,
                    format!("type and arguments not checked: {why}"),
                ));
                String::new()
            }
        },
        None => over_amqp(visit, role, &subject, name, arguments, &wanted).await,
    };
    let is_well = visit
        .report
        .findings
        .iter()
        .skip(from)
        .all(|finding| finding.verdict <= Verdict::NotChecked);
    if is_well {
        let comma = if seen.is_empty() { "" } else { ", " };
        visit.add(Finding::ok(
            CHECK,
            &subject,
            format!("{seen}{comma}{messages} ready, {consumers} consumers"),
        ));
    }
}

/// The API's word on a queue; asked again while the figures of a new queue are not collected.
async fn known(visit: &Visit<'_>, management: &Management, name: &str) -> Result<QueueInfo, NoAnswer> {
    const TRIES: usize = 8;
    let path = ["queues", visit.remedies.vhost(), name];
    let mut info: QueueInfo = management.get(&path, &[]).await?;
    for _ in 1..TRIES {
        if info.policy.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        info = management.get(&path, &[]).await?;
    }
    Ok(info)
}

fn missing(visit: &Visit<'_>, role: Role, subject: &str, name: &str, wanted: &Map<String, Value>) -> Finding {
    let command = visit.remedies.declare_queue(name, wanted);
    if !visit.declares() {
        return Finding::fail(CHECK, subject, "is missing, and topology.mode is \"check\"")
            .harm("`newsmill run` ends with exit code 3")
            .command(command)
            .setting("topology.mode = \"declare\"");
    }
    let finding = Finding::warn(CHECK, subject, "is not there yet");
    let finding = match role {
        Role::Input => {
            finding.harm("a worker declares it when it starts; what is sent to it before then is dropped")
        }
        Role::DeadLetters | Role::Delay(_) | Role::Output => {
            finding.harm("nothing, if a worker starts: it declares it")
        }
    };
    finding.command("newsmill run")
}

/// With the management API: everything. Returns what was seen where all is well.
fn with_information(
    visit: &mut Visit<'_>,
    role: Role,
    subject: &str,
    name: &str,
    wanted: &Map<String, Value>,
    info: &QueueInfo,
) -> String {
    if info.kind() != "quorum" {
        visit.add(wrong_kind(visit, role, subject, name, wanted, info));
    } else if let Some(finding) = differing(visit, role, subject, name, wanted, info) {
        visit.add(finding);
    }
    if info.policy.is_none() {
        visit.add(Finding::unchecked(
            "queue.policy",
            subject,
            "policies not checked, because the broker has not collected the queue's figures yet; run doctor again",
        ));
    }
    for finding in effects::of(visit, role, subject, name, wanted, info) {
        visit.add(finding);
    }
    if let Some(finding) = members(visit, subject, name, info) {
        visit.add(finding);
    }
    let policies = info.policies();
    let policies = if policies.is_empty() {
        String::new()
    } else {
        format!(", policy {}", policies.join(" and "))
    };
    format!("{}{}{policies}", info.kind(), effects::in_words(role, info))
}

fn wrong_kind(
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
fn redeclared(
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
fn differing(
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
fn is_kept(role: Role) -> bool {
    matches!(role, Role::DeadLetters | Role::Output)
}

/// A queue that `newsmill run` takes as it is, though it has no limit of its own.
fn unlimited(
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

fn members(visit: &Visit<'_>, subject: &str, name: &str, info: &QueueInfo) -> Option<Finding> {
    const CHECK: &str = "queue.members";
    let (members, online) = (info.members.as_ref()?, info.online.as_ref()?);
    let (members, online) = (members.len(), online.len());
    if online * 2 <= members {
        return Some(
            Finding::fail(
                CHECK,
                subject,
                format!("only {online} of {members} members are online"),
            )
            .harm("it serves nobody until more than half are back")
            .command("rabbitmqctl cluster_status")
            .advice("start the nodes that are down"),
        );
    }
    if online < members {
        return Some(
            Finding::warn(
                CHECK,
                subject,
                format!("{online} of {members} members are online"),
            )
            .harm("it has less to lose before it stops serving")
            .command("rabbitmqctl cluster_status"),
        );
    }
    if members < 3 && visit.nodes > members {
        let pattern = quoted(&format!("^{}$", regex::escape(name)));
        let vhost = quoted(&format!("^{}$", regex::escape(visit.remedies.vhost())));
        return Some(
            Finding::warn(
                CHECK,
                subject,
                format!("has {members} members in a cluster of {} nodes", visit.nodes),
            )
            .harm("it stops serving when one node is down, and is lost with its disks")
            .command(format!(
                "rabbitmq-queues grow NODE all --vhost-pattern {vhost} --queue-pattern {pattern}"
            )),
        );
    }
    None
}

/// Without the management API: a declare of a queue that was just seen creates nothing and compares everything.
async fn over_amqp(
    visit: &mut Visit<'_>,
    role: Role,
    subject: &str,
    name: &ShortString,
    arguments: FieldTable,
    wanted: &Map<String, Value>,
) -> String {
    match visit.probe.queue_is_as_declared(name, arguments).await {
        Answer::Yes(()) => return "quorum, with the arguments that newsmill declares".to_owned(),
        Answer::No {
            code: reply::PRECONDITION_FAILED,
            words,
        } => {
            // The broker tells the first difference alone, so a limit that is missing is asked after apart.
            let mut unlimited_arguments = FieldTable::default();
            unlimited_arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
            let taken_as_it_is = is_kept(role)
                && matches!(
                    visit.probe.queue_is_as_declared(name, unlimited_arguments).await,
                    Answer::Yes(())
                );
            let finding = if taken_as_it_is {
                unlimited(visit, subject, name.as_str(), wanted, words)
            } else if visit.declares() {
                let finding = Finding::fail(ARGUMENTS, subject, words)
                    .harm("`newsmill run` declares it otherwise, is refused, and ends with exit code 3");
                redeclared(visit, finding, role, name.as_str(), wanted, None).setting(
                    "topology.mode = \"check\" takes it as it is; look with --management-url what it lacks",
                )
            } else {
                Finding::warn(ARGUMENTS, subject, words)
                    .harm("it may lack what keeps articles safe, if no policy gives it")
                    .command("newsmill doctor --management-url http://USER:PASSWORD@HOST:15672")
            };
            visit.add(finding);
        }
        Answer::No { words, .. } | Answer::None(words) => visit.add(Finding::unchecked(
            ARGUMENTS,
            subject,
            format!("arguments not checked: {words}"),
        )),
        Answer::Blocked => visit.add(Finding::unchecked(
            ARGUMENTS,
            subject,
            "not checked: the broker blocks",
        )),
    }
    String::new()
}

/// Delay queues of an earlier schedule, which nobody empties but time.
pub(super) async fn strays(visit: &mut Visit<'_>) {
    const CHECK: &str = "queue.stray";
    let Some(management) = visit.management.clone() else {
        visit.add(needs_management(
            "queue.policy",
            "queues",
            "policies that override arguments, members and delay queues of an earlier schedule",
        ));
        return;
    };
    let pattern = format!(
        "^{}\\.[0-9]+s$",
        regex::escape(&visit.settings.topology.retry_queue_prefix)
    );
    let query = [
        ("name", pattern.as_str()),
        ("use_regex", "true"),
        ("columns", "name,messages"),
        ("pagination", "false"),
    ];
    let vhost = visit.remedies.vhost().to_owned();
    let Ok(queues) = management
        .get::<Vec<QueueName>>(&["queues", &vhost], &query)
        .await
    else {
        return;
    };
    for QueueName { name, messages } in queues {
        let is_ours = visit.topology.is_delay_queue(name.as_bytes());
        let is_current = visit
            .topology
            .delays
            .iter()
            .any(|(_, delay)| delay.as_str() == name);
        if is_ours && !is_current {
            let subject = format!("queue `{name}`");
            let seen = match messages {
                Some(messages) => format!("is of an earlier retry.delays_secs and holds {messages} messages"),
                None => "is of an earlier retry.delays_secs".to_owned(),
            };
            visit.add(
                Finding::ok(
                    CHECK,
                    &subject,
                    format!("{seen}; what it holds comes back by itself"),
                )
                .advice("delete it when it is empty")
                .command(visit.remedies.delete_queue(&name)),
            );
        }
    }
}

/// The setting that names a queue.
fn setting(role: Role) -> &'static str {
    match role {
        Role::Input => "topology.input_queue",
        Role::DeadLetters => "topology.dead_letter_queue",
        Role::Delay(_) => "topology.retry_queue_prefix",
        Role::Output => "topology.output_queue",
    }
}

fn as_json(arguments: &FieldTable) -> Map<String, Value> {
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
