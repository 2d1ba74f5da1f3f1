//! One queue: whether it is there, of the right type, and as newsmill would declare it.

mod arguments;
mod effects;

use lapin::types::{FieldTable, ShortString};
use serde_json::{Map, Value};

use arguments::{as_json, differing, is_kept, redeclared, unlimited, wrong_kind};

use super::finding::{Finding, Verdict};
use super::probe::Answer;
use super::remedy::quoted;
use super::{Visit, needs_management};
use crate::broker::error::reply;
use crate::broker::management::{Management, NoAnswer, QueueInfo, QueueName};
use crate::broker::topology::{Role, quorum};

const CHECK: &str = "queue";
const ARGUMENTS: &str = "queue.arguments";

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
            let taken_as_it_is = is_kept(role)
                && matches!(
                    visit.probe.queue_is_as_declared(name, quorum()).await,
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
