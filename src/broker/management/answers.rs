//! What the management API says, as far as it is read here. Fields that some versions leave out are optional.

use serde::Deserialize;
use serde_json::{Map, Value};

/// `/api/overview`
#[derive(Debug, Deserialize)]
pub(crate) struct Overview {
    pub(crate) rabbitmq_version: String,
    #[serde(default)]
    pub(crate) cluster_name: Option<String>,
}

/// `/api/nodes`, one node.
#[derive(Debug, Deserialize)]
pub(crate) struct NodeInfo {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) running: bool,
    #[serde(default)]
    pub(crate) mem_alarm: bool,
    #[serde(default)]
    pub(crate) disk_free_alarm: bool,
    #[serde(default)]
    pub(crate) partitions: Vec<String>,
    #[serde(default)]
    pub(crate) applications: Vec<Application>,
}

/// A part of a node and its version.
#[derive(Debug, Deserialize)]
pub(crate) struct Application {
    pub(crate) name: String,
    pub(crate) version: String,
}

impl NodeInfo {
    /// RabbitMQ's version on this node.
    pub(crate) fn version(&self) -> Option<&str> {
        let rabbit = self.applications.iter().find(|part| part.name == "rabbit")?;
        Some(&rabbit.version)
    }
}

/// `/api/queues/<vhost>/<name>`
#[derive(Debug, Deserialize)]
pub(crate) struct QueueInfo {
    #[serde(rename = "type", default)]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) durable: bool,
    #[serde(default)]
    pub(crate) auto_delete: bool,
    #[serde(default)]
    pub(crate) exclusive: bool,
    #[serde(default)]
    pub(crate) arguments: Map<String, Value>,
    /// Absent until the broker's figures of a new queue are collected, which takes some seconds.
    #[serde(default, deserialize_with = "present")]
    pub(crate) policy: Option<Value>,
    #[serde(default)]
    pub(crate) operator_policy: Option<String>,
    /// An object, or an empty list.
    #[serde(default)]
    pub(crate) effective_policy_definition: Option<Value>,
    #[serde(default)]
    pub(crate) members: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) online: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) messages: Option<u64>,
}

/// A field that is there is kept, be it null.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl QueueInfo {
    /// A queue's type; those from before there were types are classic.
    pub(crate) fn kind(&self) -> &str {
        let argument = self.arguments.get("x-queue-type").and_then(Value::as_str);
        self.kind.as_deref().or(argument).unwrap_or("classic")
    }

    /// The names of the policies in force.
    pub(crate) fn policies(&self) -> Vec<&str> {
        let policy = self.policy.as_ref().and_then(Value::as_str);
        let both = policy.into_iter().chain(self.operator_policy.as_deref());
        both.filter(|name| !name.is_empty()).collect()
    }

    /// What the policies in force say of a key, which is written without `x-`.
    pub(crate) fn policy_value(&self, key: &str) -> Option<&Value> {
        self.effective_policy_definition.as_ref()?.get(key)
    }
}

/// One of `/api/queues`.
#[derive(Debug, Deserialize)]
pub(crate) struct QueueName {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) messages: Option<u64>,
}

/// `/api/exchanges/<vhost>/<name>`
#[derive(Debug, Deserialize)]
pub(crate) struct ExchangeInfo {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) durable: bool,
    #[serde(default)]
    pub(crate) internal: bool,
    #[serde(default)]
    pub(crate) arguments: Map<String, Value>,
}

/// One of `/api/exchanges/<vhost>/<name>/bindings/source`
#[derive(Debug, Deserialize)]
pub(crate) struct Binding {
    pub(crate) destination: String,
    pub(crate) routing_key: String,
}

/// One of `/api/feature-flags`
#[derive(Debug, Deserialize)]
pub(crate) struct FeatureFlag {
    pub(crate) name: String,
    pub(crate) state: String,
}

/// One of `/api/vhosts/<vhost>/connections`
#[derive(Debug, Deserialize)]
pub(crate) struct ConnectionInfo {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) client_properties: Map<String, Value>,
}
