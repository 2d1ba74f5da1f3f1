//! RabbitMQ behind the worker's ports. The only module that names lapin.
//!
//! Invariants: consuming and publishing have a connection each; every wait on the broker has a deadline; every
//! end of a stream that was not asked for is a reconnect.

mod appetite;
mod connection;
mod dead_letters;
mod delivery;
mod doctor;
mod error;
mod feed;
mod ground;
mod headers;
mod inbox;
mod management;
mod outbox;
mod publisher;
mod session;
mod topology;
mod watch;
mod wire;

pub use dead_letters::{
    Cause, CauseBy, FORM, Filter, FormProblem, Held, Letter, Look, LookError, Origin, RENEW_AT, ReturnError,
    Returner, Target,
};
pub use delivery::RabbitDelivery;
pub use doctor::{Doctor, Finding, Mend, Report, Verdict};
pub use error::BrokerError;
pub use feed::Feed;
pub use ground::{Ground, GroundError, Outcome, Taken};
pub use inbox::RabbitInbox;
pub use outbox::RabbitOutbox;
pub use watch::Watch;

use std::sync::Arc;
use std::time::Duration;

use lapin::uri::AMQPUri;

use crate::config::{BrokerConfig, TopologyConfig, WorkerConfig};
use crate::telemetry::{Link, Route};
use appetite::Appetite;
use connection::Dialer;
use publisher::{Need, Publisher};
use topology::Topology;

/// Both sides of the broker, as the worker needs them.
pub struct Rabbit {
    /// Consumes and settles.
    pub inbox: RabbitInbox,
    /// Publishes.
    pub outbox: RabbitOutbox,
}

/// The two links that a worker's readiness hangs on.
pub struct Links {
    /// The connection that consumes.
    pub consume: Arc<Link>,
    /// The connection that publishes.
    pub publish: Arc<Link>,
}

impl Rabbit {
    /// The way of messages, as traces name it.
    ///
    /// # Errors
    /// A name that is no queue's.
    pub fn route(
        broker: &BrokerConfig,
        topology: &TopologyConfig,
        retry_delays: &[Duration],
    ) -> Result<Route, BrokerError> {
        let topology = Topology::new(topology, retry_delays)?;
        let address = broker.urls.first().and_then(|url| url.parse::<AMQPUri>().ok());
        Ok(Route {
            system: "rabbitmq",
            server: address.map(|uri| (uri.authority.host, uri.authority.port)),
            input: topology.input.to_string(),
            records: format!("{}:{}", topology.exchange, topology.routing_key),
            delays: topology
                .delays
                .iter()
                .map(|(_, queue)| queue.to_string())
                .collect(),
            dead_letters: topology.dead_letters.to_string(),
        })
    }

    /// Declares or checks the topology and opens the publishing side, however long that takes. The consuming side
    /// connects when it is first asked for a delivery. The broker lists its connections by the worker's name.
    ///
    /// # Errors
    /// What only a human can mend: see [`BrokerError::is_fatal`].
    pub async fn connect(
        broker: &BrokerConfig,
        topology: &TopologyConfig,
        retry_delays: &[Duration],
        worker: &WorkerConfig,
        links: &Links,
    ) -> Result<Self, BrokerError> {
        let name = &worker.name;
        let appetite = Appetite::new(worker.prefetch, worker.in_hand_bytes_max);
        let topology = Arc::new(Topology::new(topology, retry_delays)?);
        let publisher = Publisher::start(
            Dialer::new(broker, &format!("publish {name}"))?,
            Arc::clone(&topology),
            Need::Everything,
            broker.publish_channels,
            Arc::clone(&links.publish),
        )
        .await?;
        let inbox = RabbitInbox::new(
            Dialer::new(broker, &format!("consume {name}"))?,
            Arc::clone(&topology),
            appetite,
            Arc::clone(&links.consume),
        );
        Ok(Self {
            inbox,
            outbox: RabbitOutbox::new(publisher, topology),
        })
    }
}
