//! The bare relay: what lapin and the broker cost when nothing is done to a message.
//!
//! As correct as the worker: a message is acknowledged when its copy is confirmed, and each publishing channel has one
//! publish in flight (docs/adr/0001). Nothing else: no reconnect, no retry, no look at the body.

use std::sync::Arc;

use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Confirmation, Connection, ConnectionProperties};
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;

#[derive(Debug, clap::Args)]
pub struct Args {
    url: String,
    input: String,
    output: String,
    prefetch: u16,
}

pub async fn run(args: &Args) {
    let connect = async || {
        Connection::connect(&args.url, ConnectionProperties::default())
            .await
            .unwrap()
    };
    let (consuming, publishing) = (connect().await, connect().await);
    let free: Arc<Mutex<Vec<Channel>>> = Arc::default();
    for _ in 0..args.prefetch {
        let channel = publishing.create_channel().await.unwrap();
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .unwrap();
        free.lock().await.push(channel);
    }
    let channel = consuming.create_channel().await.unwrap();
    channel
        .basic_qos(args.prefetch, BasicQosOptions::default())
        .await
        .unwrap();
    let mut messages = channel
        .basic_consume(
            args.input.as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await
        .unwrap();
    let tasks = TaskTracker::new();
    while let Some(message) = messages.next().await {
        let message = message.unwrap();
        let free = Arc::clone(&free);
        let output = args.output.clone();
        tasks.spawn(async move {
            // Prefetch bounds the messages, so one is always free.
            let channel = free
                .lock()
                .await
                .pop()
                .expect("a channel for each message in hand");
            let answer = channel
                .basic_publish(
                    "".into(),
                    output.into(),
                    BasicPublishOptions {
                        mandatory: true,
                        ..BasicPublishOptions::default()
                    },
                    &message.data,
                    message.properties,
                )
                .await
                .unwrap()
                .await;
            assert!(matches!(answer, Ok(Confirmation::Ack(None))), "{answer:?}");
            free.lock().await.push(channel);
            message.acker.ack(BasicAckOptions::default()).await.unwrap();
        });
    }
}
