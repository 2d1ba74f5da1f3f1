//! Sizes, times and alarms: what the broker bounds, against what newsmill is set to.

use lapin::types::ShortString;
use serde_json::Value;

use super::finding::Finding;
use super::probe::Allowed;
use super::{Visit, needs_management};
use crate::broker::connection::short;
use crate::broker::error::BrokerError;
use crate::broker::management::QueueInfo;

/// RabbitMQ's own, where none is set.
const CONSUMER_TIMEOUT_DEFAULT_SECS: u64 = 1_800;

/// Looks at all of them.
pub(super) async fn examine(visit: &mut Visit<'_>) -> Result<(), BrokerError> {
    let is_blocked = sizes(visit).await?;
    alarm(visit, is_blocked);
    consumer_timeout(visit).await;
    Ok(())
}

/// Sends as many bytes as the largest message may have, in a form that the broker refuses whatever its size; the
/// words tell which of the two it was. Returns whether an alarm was in the way.
async fn sizes(visit: &mut Visit<'_>) -> Result<Option<bool>, BrokerError> {
    const CHECK: &str = "message_size";
    let worker = visit.settings.worker;
    let (body, record) = (worker.body_bytes_max, worker.record_bytes_max);
    let largest = body.max(record);
    let nowhere = short("topology.input_queue", "newsmill-doctor.nowhere")?;
    let allowed = visit
        .probe
        .may_write(&ShortString::default(), &nowhere, largest)
        .await;
    let subject = "message size";
    let blocked = match &allowed {
        Allowed::Blocked => Some(true),
        Allowed::Unknown(_) => None,
        _ => Some(false),
    };
    match allowed {
        Allowed::Yes | Allowed::No(_) | Allowed::Missing => visit.add(Finding::ok(
            CHECK,
            subject,
            format!("the broker takes {largest} bytes, the largest message of these settings"),
        )),
        Allowed::TooLarge(words) => {
            // "message size 16000000 is larger than configured max size 134217728"
            let limit = words
                .rsplit(|character: char| !character.is_ascii_digit())
                .find(|digits| !digits.is_empty())
                .and_then(|digits| digits.parse::<usize>().ok());
            let mut finding = Finding::warn(CHECK, subject, words);
            let over = |setting: usize| limit.is_none_or(|limit| setting > limit);
            let shown = limit.map_or("its limit".to_owned(), |limit| limit.to_string());
            if over(record) {
                finding = finding
                    .harm("records over the broker's limit cannot be published: their articles are dead-lettered")
                    .setting(format!("worker.record_bytes_max = {shown}"));
            } else {
                finding = finding.harm("larger articles are refused at their sender, not by newsmill");
            }
            if over(body) {
                finding = finding.setting(format!("worker.body_bytes_max = {shown}"));
            }
            visit.add(finding.advice(format!(
                "or max_message_size = {largest} in rabbitmq.conf of every node"
            )));
        }
        Allowed::Blocked => visit.add(Finding::unchecked(
            CHECK,
            subject,
            "not checked, because an alarm keeps the broker from taking anything",
        )),
        Allowed::Unknown(why) => visit.add(Finding::unchecked(CHECK, subject, format!("not checked: {why}"))),
    }
    Ok(blocked)
}

fn alarm(visit: &mut Visit<'_>, is_blocked: Option<bool>) {
    const CHECK: &str = "broker.alarms";
    match is_blocked {
        Some(true) => visit.add(
            Finding::fail(
                CHECK,
                "broker",
                "blocks whoever publishes: a memory or disk alarm is on",
            )
            .harm("no record can be published; workers hold what they have and wait")
            .command("rabbitmq-diagnostics alarms")
            .advice("free memory or disk there, or drain queues that nobody consumes"),
        ),
        Some(false) => visit.add(Finding::ok(CHECK, "broker", "takes what is published: no alarm")),
        None => visit.add(
            Finding::unchecked(CHECK, "broker", "alarms not checked").command("rabbitmq-diagnostics alarms"),
        ),
    }
}

/// How long a delivery may stay unsettled. What a node is set to is told by no API; what a queue is set to is.
async fn consumer_timeout(visit: &mut Visit<'_>) {
    const CHECK: &str = "consumer_timeout";
    let needed = visit.settings.unsettled_max.as_secs();
    let name = visit.topology.input.to_string();
    let subject = format!("queue `{name}`");
    let node = format!(
        "the nodes' own consumer_timeout ({CONSUMER_TIMEOUT_DEFAULT_SECS} s by default) is told by no API; it must be \
         above {needed} s, the longest that a worker holds a delivery"
    );
    let ask = "rabbitmqctl eval 'application:get_env(rabbit, consumer_timeout).'";
    let Some(management) = visit.management.clone() else {
        let finding = needs_management(CHECK, &subject, "a timeout by policy or argument is");
        visit.add(finding.advice(node).command(ask));
        return;
    };
    let path = ["queues", visit.remedies.vhost(), name.as_str()];
    let Ok(info) = management.get::<QueueInfo>(&path, &[]).await else {
        visit.add(Finding::unchecked(CHECK, &subject, node).command(ask));
        return;
    };
    let by_argument = info.arguments.get("x-consumer-timeout").and_then(Value::as_u64);
    let by_policy = info.policy_value("consumer-timeout").and_then(Value::as_u64);
    let Some(millis) = by_argument.into_iter().chain(by_policy).min() else {
        visit.add(Finding::unchecked(CHECK, &subject, node).command(ask));
        return;
    };
    if millis / 1000 > needed {
        visit.add(Finding::ok(
            CHECK,
            &subject,
            format!("{} s, above {needed} s", millis / 1000),
        ));
        return;
    }
    let finding = Finding::fail(
        CHECK,
        &subject,
        format!("{} s; a worker may hold a delivery for {needed} s", millis / 1000),
    )
    .harm("while records cannot be published, the broker takes deliveries back, counts them towards the limit, and hands them out again")
    .advice(format!("consumer-timeout over {} ms in the policy", needed * 1000));
    visit.add(finding.command(visit.remedies.show_policies()));
}
