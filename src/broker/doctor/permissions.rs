//! What the user may do, asked of the broker itself, so that any source of permissions is told truly.

use lapin::types::ShortString;

use super::finding::Finding;
use super::probe::Allowed;
use super::{Visit, needs_management};
use crate::broker::connection::short;
use crate::broker::error::BrokerError;
use crate::broker::topology::Role;

const CHECK: &str = "permissions";
/// How the default exchange is called where permissions are given.
const DEFAULT_EXCHANGE: &str = "amq.default";

/// Asks for every right that a worker needs.
pub(super) async fn examine(visit: &mut Visit<'_>) -> Result<(), BrokerError> {
    let user = visit.user.clone();
    let subject = format!("user `{user}`");
    let mut refused = Vec::new();
    let mut unknown = Vec::new();
    let mut note = |allowed: Allowed, what: String| match allowed {
        // What is not there has its own finding; without it nothing can be told.
        Allowed::Yes | Allowed::Missing | Allowed::TooLarge(_) => {}
        Allowed::No(_) => refused.push(what),
        Allowed::Blocked => unknown.push(format!("{what}: the broker is blocked by an alarm")),
        Allowed::Unknown(why) => unknown.push(format!("{what}: {why}")),
    };
    let queues = visit.topology.queues();
    if visit.declares() {
        for (_, name, _) in &queues {
            let allowed = visit.probe.may_configure(name).await;
            note(allowed, format!("configure queue `{name}`"));
        }
    }
    let input = visit.topology.input.clone();
    note(
        visit.probe.may_read(&input).await,
        format!("read queue `{input}`"),
    );
    // A key that no queue has; the message would not be routed if it came that far.
    let nowhere: ShortString = short("topology.input_queue", "newsmill-doctor.nowhere")?;
    note(
        visit.probe.may_write(&ShortString::default(), &nowhere, 0).await,
        format!("write exchange `{DEFAULT_EXCHANGE}` (the default one: copies of articles go through it)"),
    );
    let (exchange, key) = (
        visit.topology.exchange.clone(),
        visit.topology.routing_key.clone(),
    );
    if !exchange.as_str().is_empty() {
        note(
            visit.probe.may_write(&exchange, &key, 0).await,
            format!("write exchange `{exchange}` with key {:?}", key.as_str()),
        );
    }
    for why in unknown {
        visit.add(Finding::unchecked(CHECK, &subject, format!("not checked: {why}")));
    }
    if refused.is_empty() {
        visit.add(Finding::ok(
            CHECK,
            &subject,
            "may do what was asked of its rights",
        ));
    } else {
        let command = command(
            visit,
            &queues
                .iter()
                .map(|(role, name, _)| (*role, name.as_str()))
                .collect::<Vec<_>>(),
        );
        visit.add(
            Finding::fail(CHECK, &subject, format!("may not {}", refused.join("; ")))
                .harm("workers stop with exit code 4, or cannot declare, consume or publish")
                .advice(
                    "this replaces what the user may do in this virtual host; widen the patterns as you need",
                )
                .command(command),
        );
    }
    if visit.declares() {
        exchange_rights(visit, &subject).await;
    }
    Ok(())
}

/// Declaring an exchange and binding to it cannot be asked for without doing it: read from the API.
async fn exchange_rights(visit: &mut Visit<'_>, subject: &str) {
    #[derive(serde::Deserialize)]
    struct Rights {
        configure: String,
        read: String,
        write: String,
    }
    let name = visit.topology.exchange.to_string();
    if name.is_empty() {
        return;
    }
    let Some(management) = visit.management.clone() else {
        visit.add(needs_management(
            CHECK,
            subject,
            &format!("whether it may declare exchange `{name}` and bind to it"),
        ));
        return;
    };
    let path = ["permissions", visit.remedies.vhost(), visit.user.as_str()];
    let Ok(rights) = management.get::<Rights>(&path, &[]).await else {
        visit.add(
            Finding::unchecked(
                CHECK,
                subject,
                format!("whether it may declare exchange `{name}` and bind to it not checked: the API tells administrators alone"),
            )
            .command(format!("rabbitmqctl list_user_permissions {}", super::remedy::quoted(&visit.user))),
        );
        return;
    };
    let output = visit.topology.output.clone();
    let mut lacking = Vec::new();
    // The broker reads these with PCRE; one that cannot be read here is taken for one that allows.
    let allows =
        |pattern: &str, name: &str| regex::Regex::new(pattern).map_or(true, |pattern| pattern.is_match(name));
    if rights.configure.is_empty() || !allows(&rights.configure, &name) {
        lacking.push(format!("configure exchange `{name}`"));
    }
    if let Some(output) = output {
        if rights.read.is_empty() || !allows(&rights.read, &name) {
            lacking.push(format!("read exchange `{name}` (to bind to it)"));
        }
        if rights.write.is_empty() || !allows(&rights.write, output.as_str()) {
            lacking.push(format!("write queue `{output}` (to bind it)"));
        }
    }
    if !lacking.is_empty() {
        let queues = visit.topology.queues();
        let queues: Vec<(Role, &str)> = queues
            .iter()
            .map(|(role, name, _)| (*role, name.as_str()))
            .collect();
        let command = command(visit, &queues);
        visit.add(
            Finding::fail(CHECK, subject, format!("may not {}", lacking.join("; ")))
                .harm("`newsmill run` ends with exit code 4")
                .advice(
                    "this replaces what the user may do in this virtual host; widen the patterns as you need",
                )
                .command(command),
        );
    }
}

/// The least that a worker needs.
fn command(visit: &Visit<'_>, queues: &[(Role, &str)]) -> String {
    let exchange = visit.topology.exchange.as_str();
    let exchanges = (!exchange.is_empty()).then_some(exchange);
    let names: Vec<&str> = queues.iter().map(|(_, name)| *name).collect();
    let of = |wanted: fn(Role) -> bool| {
        queues
            .iter()
            .filter(move |(role, _)| wanted(*role))
            .map(|(_, name)| *name)
    };
    // Since 4.3 a check of what exists needs the right to configure it, too.
    let configure: Vec<&str> = names.iter().copied().chain(exchanges).collect();
    let write: Vec<&str> = [DEFAULT_EXCHANGE]
        .into_iter()
        .chain(exchanges)
        .chain(of(|role| role == Role::Output))
        .collect();
    // A queue with a dead-letter exchange is declared by who may read it.
    let read: Vec<&str> = of(|role| matches!(role, Role::Input | Role::Delay(_)))
        .chain(exchanges)
        .collect();
    visit
        .remedies
        .set_permissions(&visit.user, &configure, &write, &read)
}
