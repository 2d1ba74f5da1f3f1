//! Deletes the queues and the exchange that the settings name: what a demo on somebody's broker leaves behind.
//!
//! Invariant: refuses the default names, so that it cannot be let loose on a real installation by mistake.
//!
//! Absent on purpose: a sub-command. The program itself deletes nothing, ever.

use anyhow::{Context, bail};
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{Connection, ConnectionProperties};
use newsmill::config::{Config, Sources};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let config = Config::load(&Sources {
        file: None,
        environment: &|name| std::env::var(name).ok(),
        flags: Vec::new(),
    })?;
    let topology = &config.topology;
    let mut queues = vec![topology.input_queue.clone(), topology.dead_letter_queue.clone()];
    queues.extend(topology.output_queue.clone());
    queues.extend(
        config
            .retry_delays
            .iter()
            .map(|delay| format!("{}.{}s", topology.retry_queue_prefix, delay.as_secs())),
    );
    for name in queues.iter().chain([&topology.output_exchange]) {
        if name.starts_with("newsmill.") {
            bail!("`{name}` has the prefix of the default names; give the queues names of your own");
        }
    }
    let url = config.broker.urls.first().context("no address")?;
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    for queue in queues {
        // A queue that was never declared is deleted like any other.
        channel
            .queue_delete(queue.as_str().into(), QueueDeleteOptions::default())
            .await?;
    }
    channel
        .exchange_delete(
            topology.output_exchange.as_str().into(),
            ExchangeDeleteOptions::default(),
        )
        .await?;
    connection.close(200, "done".into()).await?;
    Ok(())
}
