//! Queues and exchanges: their names, and where they lead.

use super::Checks;
use crate::config::raw::RawTopology;
use crate::config::{TopologyConfig, TopologyMode};

impl Checks<'_> {
    /// Names that fit, and lead nowhere back.
    pub(super) fn topology(&mut self, raw: RawTopology) -> TopologyConfig {
        let RawTopology {
            mode,
            input_queue,
            output_exchange,
            output_routing_key,
            output_queue,
            dead_letter_queue,
            retry_queue_prefix,
            delivery_limit,
            single_active_consumer,
        } = raw;
        let modes = [("declare", TopologyMode::Declare), ("check", TopologyMode::Check)];
        let mode = self
            .one_of("topology.mode", &mode, &modes)
            .unwrap_or(TopologyMode::Declare);
        // An article that goes where it came from goes round for ever.
        let queues = [
            ("topology.input_queue", &input_queue),
            ("topology.output_queue", &output_queue),
            ("topology.dead_letter_queue", &dead_letter_queue),
        ];
        for (at, (setting, queue)) in queues.iter().enumerate() {
            let same = queues.iter().take(at).find(|(_, other)| other == queue);
            if let Some((other, _)) = same {
                self.report(setting, format!("{queue:?} is {other} too"));
            }
        }
        if output_exchange.is_empty() && output_routing_key == input_queue {
            self.report(
                "topology.output_routing_key",
                "leads back to topology.input_queue",
            );
        }
        TopologyConfig {
            mode,
            input_queue: self.name("topology.input_queue", input_queue),
            output_exchange: self.name_or_empty("topology.output_exchange", output_exchange),
            output_routing_key: self.name("topology.output_routing_key", output_routing_key),
            output_queue: Some(self.name_or_empty("topology.output_queue", output_queue))
                .filter(|name| !name.is_empty()),
            dead_letter_queue: self.name("topology.dead_letter_queue", dead_letter_queue),
            retry_queue_prefix: self.name("topology.retry_queue_prefix", retry_queue_prefix),
            delivery_limit: self.integer("topology.delivery_limit", delivery_limit, 1..=1_000_000),
            single_active_consumer,
        }
    }
}
