//! The broker itself: what it is, how old, how its nodes are, and what connections to it were agreed on.

use super::address::Greeting;
use super::finding::Finding;
use super::{Version, Visit};
use crate::broker::management::{FeatureFlag, Management, NodeInfo, Overview};

/// At-least-once dead-lettering is there since this version.
const OLDEST: (u32, u32) = (3, 10);
/// Copies keep their reasons in headers, which a frame must hold.
const FRAME_MIN: u32 = 16_384;
/// Frames below this are refused since 4.1.
const FRAME_MIN_41: u32 = 8_192;

/// Looks at the broker as a whole.
pub(super) async fn examine(visit: &mut Visit<'_>, greeting: Option<&Greeting>) {
    if let Some(greeting) = greeting {
        product(visit, greeting);
    }
    agreed(visit).await;
    if let Some(management) = visit.management.clone() {
        cluster(visit, &management).await;
        feature_flags(visit, &management).await;
    }
}

fn product(visit: &mut Visit<'_>, Greeting { product, version }: &Greeting) {
    const CHECK: &str = "broker.version";
    let subject = "broker";
    let seen = format!("{product} {version}");
    let known = visit.version;
    visit.add(if product != "RabbitMQ" {
        Finding::warn(CHECK, subject, seen)
            .harm("newsmill is tested against RabbitMQ alone; confirms, dead-lettering and delivery limits may differ")
    } else if known.before(OLDEST.0, OLDEST.1) {
        Finding::fail(CHECK, subject, format!("{seen} is older than {}.{}", OLDEST.0, OLDEST.1))
            .harm("its quorum queues dead-letter at most once: retries and crash dead letters can vanish")
            .advice("upgrade RabbitMQ to 3.10 or newer; 4.x is supported")
    } else if known.since(4, 0) {
        Finding::ok(CHECK, subject, format!("{seen}: messages of up to 16 MiB unless set otherwise"))
    } else {
        Finding::ok(CHECK, subject, seen)
    });
}

/// What the connection was agreed on.
async fn agreed(visit: &mut Visit<'_>) {
    const CHECK: &str = "broker.limits";
    let subject = "connection";
    let (channels, frame, heartbeat) = match visit.probe.connection().await {
        Ok(dialled) => {
            let agreed = dialled.connection.configuration();
            (agreed.channel_max(), agreed.frame_max(), agreed.heartbeat())
        }
        Err(error) => {
            visit.add(
                Finding::fail(CHECK, subject, error.to_string()).harm("workers cannot reach the broker"),
            );
            return;
        }
    };
    let wanted = visit.settings.broker.publish_channels;
    let mut is_well = true;
    // Zero is no limit. The broker counts from one.
    if channels != 0 && channels < wanted {
        is_well = false;
        visit.add(
            Finding::warn(
                CHECK,
                subject,
                format!("the broker allows {channels} channels, broker.publish_channels asks for {wanted}"),
            )
            .harm("the worker cannot open all its channels: some publishes fail and are tried again")
            .setting(format!("broker.publish_channels = {channels}"))
            .advice(format!(
                "or channel_max = {} in rabbitmq.conf",
                u32::from(wanted) + 1
            )),
        );
    }
    if frame != 0 && frame < FRAME_MIN {
        is_well = false;
        let refused = visit.version.since(4, 1) || frame < FRAME_MIN_41;
        let finding = Finding::warn(CHECK, subject, format!("frames of {frame} bytes were agreed on"))
            .setting("broker.urls: leave frame_max out of the address")
            .advice("or frame_max = 131072 in rabbitmq.conf");
        visit.add(finding.harm(if refused {
            "dead letters lose the reasons in their headers; RabbitMQ 4.1 and newer refuse frames below 8,192 bytes"
        } else {
            "dead letters may lose some of the reasons in their headers"
        }));
    }
    if heartbeat == 0 {
        is_well = false;
        visit.add(
            Finding::warn(CHECK, subject, "no heartbeat was agreed on")
                .harm("a connection that dies silently is noticed only when something is sent")
                .advice("heartbeat = 60 in rabbitmq.conf"),
        );
    }
    if is_well {
        visit.add(Finding::ok(
            CHECK,
            subject,
            format!("{channels} channels, frames of {frame} bytes, heartbeat {heartbeat} s"),
        ));
    }
}

async fn cluster(visit: &mut Visit<'_>, management: &Management) {
    const CHECK: &str = "broker.nodes";
    let name = match management.get::<Overview>(&["overview"], &[]).await {
        Ok(overview) => {
            if !visit.version.is_known() {
                visit.version = Version::read(&overview.rabbitmq_version);
            }
            overview.cluster_name.unwrap_or_default()
        }
        Err(_) => String::new(),
    };
    let subject = format!("cluster `{name}`");
    let nodes: Vec<NodeInfo> = match management.get(&["nodes"], &[]).await {
        Ok(nodes) => nodes,
        Err(why) => {
            let user = super::remedy::quoted(&management.user);
            visit.add(
                Finding::unchecked(CHECK, &subject, format!("alarms by node not checked: {why}"))
                    .command(format!("rabbitmqctl set_user_tags {user} monitoring")),
            );
            return;
        }
    };
    visit.nodes = nodes.len();
    let mut is_well = true;
    for node in &nodes {
        for finding in ailments(node) {
            is_well = false;
            visit.add(finding);
        }
    }
    let mut versions: Vec<&str> = nodes.iter().filter_map(NodeInfo::version).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.len() > 1 {
        is_well = false;
        visit.add(
            Finding::warn(
                CHECK,
                &subject,
                format!("nodes of versions {}", versions.join(", ")),
            )
            .harm("a mixed cluster is for the time of an upgrade")
            .advice("finish the upgrade, then: rabbitmqctl enable_feature_flag all"),
        );
    }
    if is_well {
        let count = match nodes.len() {
            1 => "1 node".to_owned(),
            count => format!("{count} nodes"),
        };
        visit.add(Finding::ok(
            CHECK,
            &subject,
            format!("{count}, running, without alarms"),
        ));
    }
}

fn ailments(node: &NodeInfo) -> Vec<Finding> {
    let subject = format!("node `{}`", node.name);
    let name = super::remedy::quoted(&node.name);
    let mut found = Vec::new();
    if !node.running {
        found.push(
            Finding::warn("broker.nodes", &subject, "does not run")
                .harm("quorum queues with a member there have one less to lose")
                .advice("start it; if it is gone for good")
                .command(format!("rabbitmqctl forget_cluster_node {name}")),
        );
    }
    if node.mem_alarm {
        found.push(
            Finding::fail("broker.alarms", &subject, "memory alarm: over its high watermark")
                .harm("nobody can publish until it ends; workers hold what they have")
                .command(format!("rabbitmq-diagnostics -n {name} memory_breakdown"))
                .advice("drain queues that nobody consumes, add memory, or raise vm_memory_high_watermark"),
        );
    }
    if node.disk_free_alarm {
        found.push(
            Finding::fail("broker.alarms", &subject, "disk alarm: too little is free")
                .harm("nobody can publish until it ends; workers hold what they have")
                .advice("free disk on that node, or lower disk_free_limit in rabbitmq.conf"),
        );
    }
    if !node.partitions.is_empty() {
        found.push(
            Finding::fail(
                "broker.nodes",
                &subject,
                format!("is cut off from {}", node.partitions.join(", ")),
            )
            .harm("queues on the smaller side do not serve")
            .command("rabbitmqctl cluster_status")
            .advice("restart the nodes of the smaller side"),
        );
    }
    found
}

/// At-least-once dead-lettering was behind a feature flag that upgraded clusters may lack.
async fn feature_flags(visit: &mut Visit<'_>, management: &Management) {
    const CHECK: &str = "broker.feature_flags";
    if !visit.version.before(3, 12) {
        return;
    }
    let Ok(flags) = management.get::<Vec<FeatureFlag>>(&["feature-flags"], &[]).await else {
        visit.add(
            Finding::unchecked(
                CHECK,
                "broker",
                "feature flags not checked, because the API tells them to administrators alone",
            )
            .command("rabbitmqctl list_feature_flags"),
        );
        return;
    };
    for name in ["quorum_queue", "stream_queue"] {
        let is_on = flags
            .iter()
            .any(|flag| flag.name == name && flag.state == "enabled");
        if !is_on {
            visit.add(
                Finding::fail(CHECK, "broker", format!("feature flag `{name}` is off"))
                    .harm("dead-lettering falls back to at most once: retries and crash dead letters can vanish")
                    .command(format!("rabbitmqctl enable_feature_flag {name}")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::doctor::Verdict;

    #[test]
    fn a_node_with_an_alarm_is_told_from_one_that_is_away() {
        let node = |json: serde_json::Value| ailments(&serde_json::from_value(json).unwrap());
        let well = node(serde_json::json!({"name": "a", "running": true}));
        assert_eq!(well, []);
        let ill = node(
            serde_json::json!({"name": "a", "running": true, "mem_alarm": true, "disk_free_alarm": true}),
        );
        assert_eq!(ill.len(), 2);
        assert!(ill.iter().all(|finding| finding.verdict == Verdict::Fail));
        let away = node(serde_json::json!({"name": "a"}));
        assert_eq!(away[0].verdict, Verdict::Warn);
    }
}
