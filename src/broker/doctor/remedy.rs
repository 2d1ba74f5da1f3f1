//! The commands that mend, as a person types them, for the broker's version and virtual host.

use serde_json::{Map, Value};

/// Which commands there are, and for which virtual host.
#[derive(Debug, Clone)]
pub(super) struct Remedies {
    vhost: String,
    /// Since 4.0 there is a `rabbitmqadmin` with another grammar.
    major: u32,
}

impl Remedies {
    pub(super) fn new(vhost: &str, major: u32) -> Self {
        Self {
            vhost: vhost.to_owned(),
            major,
        }
    }

    pub(super) fn vhost(&self) -> &str {
        &self.vhost
    }

    pub(super) fn declare_queue(&self, name: &str, arguments: &Map<String, Value>) -> String {
        let (vhost, name) = (quoted(&self.vhost), quoted(name));
        let arguments = quoted(&Value::Object(arguments.clone()).to_string());
        if self.major >= 4 {
            format!(
                "rabbitmqadmin --vhost {vhost} declare queue --name {name} --type quorum --durable true --arguments {arguments}"
            )
        } else {
            format!(
                "rabbitmqadmin --vhost={vhost} declare queue name={name} durable=true arguments={arguments}"
            )
        }
    }

    pub(super) fn declare_exchange(&self, name: &str) -> String {
        let (vhost, name) = (quoted(&self.vhost), quoted(name));
        if self.major >= 4 {
            format!(
                "rabbitmqadmin --vhost {vhost} declare exchange --name {name} --type topic --durable true"
            )
        } else {
            format!("rabbitmqadmin --vhost={vhost} declare exchange name={name} type=topic durable=true")
        }
    }

    pub(super) fn bind(&self, exchange: &str, queue: &str, key: &str) -> String {
        let (vhost, exchange, queue, key) =
            (quoted(&self.vhost), quoted(exchange), quoted(queue), quoted(key));
        if self.major >= 4 {
            format!(
                "rabbitmqadmin --vhost {vhost} declare binding --source {exchange} --destination-type queue --destination {queue} --routing-key {key}"
            )
        } else {
            format!(
                "rabbitmqadmin --vhost={vhost} declare binding source={exchange} destination_type=queue destination={queue} routing_key={key}"
            )
        }
    }

    pub(super) fn delete_exchange(&self, name: &str) -> String {
        let (vhost, name) = (quoted(&self.vhost), quoted(name));
        if self.major >= 4 {
            format!("rabbitmqadmin --vhost {vhost} delete exchange --name {name}")
        } else {
            format!("rabbitmqadmin --vhost={vhost} delete exchange name={name}")
        }
    }

    /// Refuses while the queue holds messages or has consumers.
    pub(super) fn delete_queue(&self, name: &str) -> String {
        format!(
            "rabbitmqctl delete_queue -p {} {} --if-empty --if-unused",
            quoted(&self.vhost),
            quoted(name)
        )
    }

    /// A policy for one queue alone.
    pub(super) fn set_policy(&self, queue: &str, definition: &Map<String, Value>) -> String {
        format!(
            "rabbitmqctl set_policy -p {} {} {} {} --apply-to queues --priority 100",
            quoted(&self.vhost),
            quoted(queue),
            quoted(&exactly(&[queue])),
            quoted(&Value::Object(definition.clone()).to_string())
        )
    }

    pub(super) fn show_policies(&self) -> String {
        format!("rabbitmqctl list_policies -p {}", quoted(&self.vhost))
    }

    pub(super) fn set_permissions(
        &self,
        user: &str,
        configure: &[&str],
        write: &[&str],
        read: &[&str],
    ) -> String {
        format!(
            "rabbitmqctl set_permissions -p {} {} {} {} {}",
            quoted(&self.vhost),
            quoted(user),
            quoted(&exactly(configure)),
            quoted(&exactly(write)),
            quoted(&exactly(read))
        )
    }

    pub(super) fn add_vhost(&self) -> String {
        format!("rabbitmqctl add_vhost {}", quoted(&self.vhost))
    }
}

/// A pattern that matches these names and nothing else.
fn exactly(names: &[&str]) -> String {
    let escaped: Vec<String> = names.iter().map(|name| regex::escape(name)).collect();
    match escaped.as_slice() {
        [one] => format!("^{one}$"),
        several => format!("^({})$", several.join("|")),
    }
}

/// As a shell takes it: in single quotes where it must be.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@%+,".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shell_reads_the_names_as_they_are() {
        assert_eq!(quoted("newsmill.raw"), "newsmill.raw");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn commands_are_those_of_the_brokers_version() {
        let arguments = json!({"x-queue-type": "quorum"});
        let arguments = arguments.as_object().unwrap();
        assert_eq!(
            Remedies::new("/", 3).declare_queue("a.b", arguments),
            r#"rabbitmqadmin --vhost=/ declare queue name=a.b durable=true arguments='{"x-queue-type":"quorum"}'"#
        );
        assert_eq!(
            Remedies::new("news", 4).declare_queue("a.b", arguments),
            r#"rabbitmqadmin --vhost news declare queue --name a.b --type quorum --durable true --arguments '{"x-queue-type":"quorum"}'"#
        );
        assert_eq!(
            Remedies::new("/", 3).set_permissions("me", &["a.b", "c"], &["amq.default"], &["a.b"]),
            r"rabbitmqctl set_permissions -p / me '^(a\.b|c)$' '^amq\.default$' '^a\.b$'"
        );
    }
}
