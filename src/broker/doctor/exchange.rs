//! The exchange that records go to, and whether it has somewhere to send them.
//!
//! No record is sent to find out: consumers would get it. Bindings are read from the management API.

use super::finding::Finding;
use super::probe::Answer;
use super::{Visit, needs_management};
use crate::broker::error::reply;
use crate::broker::management::{Binding, ExchangeInfo, Management, NoAnswer};

const CHECK: &str = "exchange";
const BINDINGS: &str = "exchange.bindings";

/// Looks at the exchange.
pub(super) async fn examine(visit: &mut Visit<'_>) {
    let name = visit.topology.exchange.clone();
    if name.as_str().is_empty() {
        default_exchange(visit).await;
        return;
    }
    let subject = format!("exchange `{name}`");
    match visit.probe.exchange(&name).await {
        Answer::Yes(()) => {}
        Answer::No {
            code: reply::NOT_FOUND,
            ..
        } => {
            let command = visit.remedies.declare_exchange(name.as_str());
            visit.add(if visit.declares() {
                Finding::warn(CHECK, &subject, "is not there yet")
                    .harm("nothing, if a worker starts: it declares it")
                    .command("newsmill run")
            } else {
                Finding::fail(CHECK, &subject, "is missing, and topology.mode is \"check\"")
                    .harm("`newsmill run` ends with exit code 3")
                    .command(command)
                    .setting("topology.mode = \"declare\"")
            });
            return;
        }
        other => {
            visit.add(Finding::unchecked(
                CHECK,
                &subject,
                format!("no answer: {}", said(&other)),
            ));
            return;
        }
    }
    match visit.management.clone() {
        Some(management) => known(visit, &management, name.as_str(), &subject).await,
        None => unknown(visit, &subject).await,
    }
}

/// The default exchange sends to the queue that the key names.
async fn default_exchange(visit: &mut Visit<'_>) {
    let key = visit.topology.routing_key.clone();
    let subject = format!("queue `{key}`, where the default exchange sends records");
    let answer = visit.probe.queue(&key).await;
    visit.add(match answer {
        Answer::Yes(_) => Finding::ok(BINDINGS, &subject, "is there"),
        Answer::No {
            code: reply::NOT_FOUND,
            ..
        } => Finding::fail(BINDINGS, &subject, "is missing")
            .harm("no record can be published: every article is put off, then dead-lettered")
            .setting("topology.output_routing_key: the name of the queue that takes the records")
            .setting("topology.output_exchange: an exchange with a queue bound to it"),
        other => Finding::unchecked(BINDINGS, &subject, format!("no answer: {}", said(&other))),
    });
}

/// With the management API: type and bindings.
async fn known(visit: &mut Visit<'_>, management: &Management, name: &str, subject: &str) {
    let vhost = visit.remedies.vhost().to_owned();
    let info: ExchangeInfo = match management.get(&["exchanges", &vhost, name], &[]).await {
        Ok(info) => info,
        Err(why) => {
            visit.add(Finding::unchecked(
                CHECK,
                subject,
                format!("type and bindings not checked: {why}"),
            ));
            return;
        }
    };
    if info.internal {
        visit.add(
            Finding::fail(CHECK, subject, "is internal")
                .harm("nobody may publish to it")
                .setting("topology.output_exchange: another exchange"),
        );
    } else if visit.declares() && (info.kind != "topic" || !info.durable) {
        let durable = if info.durable { "durable" } else { "transient" };
        visit.add(mismatch(
            visit,
            subject,
            name,
            &format!(
                "is a {durable} {} exchange; newsmill declares a durable topic exchange",
                info.kind
            ),
        ));
    } else if !info.durable {
        visit.add(
            Finding::warn(CHECK, subject, "is not durable")
                .harm("it is gone after a restart of the broker, and records have nowhere to go")
                .advice("have its owner declare it durable"),
        );
    } else {
        visit.add(Finding::ok(CHECK, subject, format!("durable, {}", info.kind)));
    }
    let path = ["exchanges", vhost.as_str(), name, "bindings", "source"];
    let bindings: Result<Vec<Binding>, NoAnswer> = management.get(&path, &[]).await;
    match bindings {
        Ok(bindings) => routes(visit, subject, name, &info, &bindings),
        Err(why) => visit.add(Finding::unchecked(
            BINDINGS,
            subject,
            format!("bindings not checked: {why}"),
        )),
    }
}

fn routes(visit: &mut Visit<'_>, subject: &str, name: &str, info: &ExchangeInfo, bindings: &[Binding]) {
    let key = visit.topology.routing_key.to_string();
    let mut takers: Vec<&str> = bindings
        .iter()
        .filter(|binding| leads(&info.kind, &binding.routing_key, &key))
        .map(|binding| binding.destination.as_str())
        .collect();
    takers.dedup();
    let own = visit.topology.output.as_ref().map(ToString::to_string);
    let alternate = info
        .arguments
        .get("alternate-exchange")
        .and_then(|value| value.as_str());
    if !takers.is_empty() {
        visit.add(Finding::ok(
            BINDINGS,
            subject,
            format!("sends {key:?} to {}", takers.join(", ")),
        ));
        if let Some(own) = own.filter(|own| visit.declares() && !takers.contains(&own.as_str())) {
            visit.add(
                Finding::warn(
                    BINDINGS,
                    subject,
                    format!("topology.output_queue `{own}` is not bound yet"),
                )
                .harm("records do not reach it until a worker starts, which binds it")
                .command("newsmill run"),
            );
        }
        return;
    }
    if !matches!(info.kind.as_str(), "topic" | "direct" | "fanout") && !bindings.is_empty() {
        visit.add(Finding::unchecked(
            BINDINGS,
            subject,
            format!(
                "not checked, because a {} exchange decides by itself; it has {} bindings",
                info.kind,
                bindings.len()
            ),
        ));
        return;
    }
    let seen = format!(
        "no queue is bound to it for {key:?} ({} bindings in all)",
        bindings.len()
    );
    visit.add(match (own, alternate) {
        (_, Some(alternate)) => {
            Finding::ok(BINDINGS, subject, format!("{seen}; records go on to alternate exchange `{alternate}`"))
        }
        (Some(own), None) if visit.declares() => Finding::warn(BINDINGS, subject, seen)
            .harm("nothing, if a worker starts: it binds topology.output_queue")
            .command("newsmill run")
            .command(visit.remedies.bind(name, &own, &key)),
        (own, None) => {
            let queue = own.unwrap_or_else(|| "QUEUE".to_owned());
            Finding::fail(BINDINGS, subject, seen)
                .harm("no record can be published: every article is put off, then dead-lettered")
                .command(visit.remedies.bind(name, &queue, &key))
                .setting("topology.output_queue: a queue that a worker binds by itself (topology.mode = \"declare\")")
        }
    });
}

/// Over AMQP alone: whether it is as it would be declared.
async fn unknown(visit: &mut Visit<'_>, subject: &str) {
    let name = visit.topology.exchange.clone();
    if visit.declares() {
        match visit.probe.exchange_is_as_declared(&name).await {
            Answer::Yes(()) => visit.add(Finding::ok(CHECK, subject, "durable, topic")),
            Answer::No {
                code: reply::PRECONDITION_FAILED,
                words,
            } => visit.add(mismatch(visit, subject, name.as_str(), &words)),
            Answer::No {
                code: reply::ACCESS_REFUSED,
                ..
            } => visit.add(Finding::unchecked(
                CHECK,
                subject,
                "is there; its type is not told to this user",
            )),
            other => visit.add(Finding::unchecked(
                CHECK,
                subject,
                format!("no answer: {}", said(&other)),
            )),
        }
    } else {
        visit.add(Finding::ok(CHECK, subject, "is there"));
    }
    visit.add(needs_management(
        BINDINGS,
        subject,
        "whether a queue is bound to it",
    ));
}

fn mismatch(visit: &Visit<'_>, subject: &str, name: &str, seen: &str) -> Finding {
    Finding::fail(CHECK, subject, seen)
        .harm("`newsmill run` ends with exit code 3")
        .setting("topology.mode = \"check\" takes it as it is")
        .setting("topology.output_exchange: another name")
        .command(visit.remedies.delete_exchange(name))
}

fn said<T>(answer: &Answer<T>) -> String {
    match answer {
        Answer::Yes(_) => String::new(),
        Answer::No { words, .. } => words.clone(),
        Answer::Blocked => "the broker blocks the connection".to_owned(),
        Answer::None(why) => why.clone(),
    }
}

/// Whether a binding sends messages with this key on.
fn leads(kind: &str, pattern: &str, key: &str) -> bool {
    match kind {
        "fanout" => true,
        "direct" => pattern == key,
        "topic" => {
            let pattern: Vec<&str> = pattern.split('.').collect();
            let key: Vec<&str> = key.split('.').collect();
            matches(&pattern, &key)
        }
        _ => false,
    }
}

/// `*` stands for one word, `#` for any number. One row of what is reachable a word: linear in their product.
fn matches(pattern: &[&str], key: &[&str]) -> bool {
    // Whether the pattern so far matches the first n words.
    let mut reached = vec![false; key.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for part in pattern {
        let mut next = vec![false; key.len() + 1];
        for (at, cell) in next.iter_mut().enumerate() {
            let before = at.checked_sub(1);
            let word = before.and_then(|before| key.get(before));
            let diagonal = before
                .and_then(|before| reached.get(before))
                .copied()
                .unwrap_or(false);
            *cell = match *part {
                // Any of the cells before, this one among them.
                "#" => reached.iter().take(at + 1).any(|cell| *cell),
                "*" => diagonal,
                part => diagonal && word == Some(&part),
            };
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_match_as_the_broker_matches_them() {
        for (pattern, key, expected) in [
            ("article", "article", true),
            ("#", "article", true),
            ("*", "article", true),
            ("*", "a.b", false),
            ("a.#", "a", true),
            ("a.#.c", "a.b.b.c", true),
            ("a.#.c", "a.c", true),
            ("#.c", "a.b", false),
            ("a.*.c", "a.b.c", true),
            ("article.#", "articles", false),
            ("", "article", false),
        ] {
            assert_eq!(leads("topic", pattern, key), expected, "{pattern} {key}");
        }
        assert!(leads("fanout", "x", "y"));
        assert!(!leads("direct", "#", "y"));
    }
}
