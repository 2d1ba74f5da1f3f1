//! The other side of the worker: feeds its input queue, reads what it publishes. Queues have names of their own,
//! so that tests can share a node.

#![allow(dead_code, reason = "two suites share this module and neither uses all of it")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer, ExchangeKind,
};
use tokio::time::{sleep, timeout};

/// The longest that anything is waited for. Generous: a loaded machine of two cores is slow.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Names of one test's queues.
#[derive(Debug, Clone)]
pub struct Names {
    pub input: String,
    pub exchange: String,
    pub output: String,
    pub dead: String,
    pub retry: String,
}

impl Names {
    /// Names that no other test has.
    pub fn new(test: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let prefix = format!(
            "test.{}.{}.{test}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        Self {
            input: format!("{prefix}.raw"),
            exchange: format!("{prefix}.exchange"),
            output: format!("{prefix}.enriched"),
            dead: format!("{prefix}.dead"),
            retry: format!("{prefix}.retry"),
        }
    }
}

/// A connection of the test's own.
pub struct Client {
    connection: Connection,
    channel: Channel,
}

impl Client {
    pub async fn connect(url: &str) -> Self {
        let begun = Instant::now();
        loop {
            match Self::try_connect(url).await {
                Ok(client) => return client,
                Err(error) if begun.elapsed() > PATIENCE => panic!("no connection for the test: {error}"),
                Err(_) => sleep(Duration::from_millis(250)).await,
            }
        }
    }

    async fn try_connect(url: &str) -> lapin::Result<Self> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { connection, channel })
    }

    /// Publishes into a queue and waits for the confirm.
    pub async fn put(&self, queue: &str, body: &[u8], properties: BasicProperties) {
        self.send("", queue, body, properties).await;
    }

    /// Publishes to an exchange and waits for the confirm. A quorum queue that is a moment old may refuse what comes while
    /// the machine is busy, so a refusal is not the last word.
    pub async fn send(&self, exchange: &str, key: &str, body: &[u8], properties: BasicProperties) {
        let mut tries = 5;
        loop {
            let confirm = self
                .channel
                .basic_publish(
                    exchange.into(),
                    key.into(),
                    BasicPublishOptions {
                        mandatory: true,
                        ..BasicPublishOptions::default()
                    },
                    body,
                    properties.clone().with_delivery_mode(2),
                )
                .await
                .expect("sent")
                .await
                .expect("confirmed");
            tries -= 1;
            if confirm == Confirmation::Nack(None) && tries > 0 {
                sleep(Duration::from_millis(500)).await;
                continue;
            }
            assert_eq!(
                confirm,
                Confirmation::Ack(None),
                "{exchange:?} took the message for {key:?}"
            );
            return;
        }
    }

    /// A durable quorum queue with more arguments.
    pub async fn declare(&self, queue: &str, arguments: &[(&str, AMQPValue)]) {
        self.declare_as("quorum", queue, arguments).await;
    }

    /// A durable classic queue with more arguments.
    pub async fn declare_classic(&self, queue: &str, arguments: &[(&str, AMQPValue)]) {
        self.declare_as("classic", queue, arguments).await;
    }

    /// A durable stream.
    pub async fn declare_stream(&self, queue: &str) {
        self.declare_as("stream", queue, &[]).await;
    }

    /// Binds a queue.
    pub async fn bind(&self, queue: &str, exchange: &str, key: &str) {
        self.channel
            .queue_bind(
                queue.into(),
                exchange.into(),
                key.into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
            .expect("bound");
    }

    /// A durable topic exchange.
    pub async fn declare_exchange(&self, exchange: &str) {
        self.declare_exchange_as(exchange, ExchangeKind::Topic).await;
    }

    /// A durable exchange of any kind.
    pub async fn declare_exchange_as(&self, exchange: &str, kind: ExchangeKind) {
        let options = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        self.channel
            .exchange_declare(exchange.into(), kind, options, FieldTable::default())
            .await
            .expect("declared");
    }

    async fn declare_as(&self, kind: &str, queue: &str, arguments: &[(&str, AMQPValue)]) {
        let mut table = FieldTable::default();
        table.insert("x-queue-type".into(), AMQPValue::LongString(kind.into()));
        for (name, value) in arguments {
            table.insert((*name).into(), value.clone());
        }
        self.channel
            .queue_declare(queue.into(), QueueDeclareOptions::durable(), table)
            .await
            .expect("declared");
    }

    /// Waits until a queue is there: the worker declares it.
    pub async fn await_queue(&self, queue: &str) {
        let begun = Instant::now();
        loop {
            // A question after a missing queue costs its channel.
            let channel = self.connection.create_channel().await.expect("a channel");
            let options = QueueDeclareOptions {
                passive: true,
                ..QueueDeclareOptions::durable()
            };
            match channel
                .queue_declare(queue.into(), options, FieldTable::default())
                .await
            {
                Ok(_) => return,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{queue}: {error}"),
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Messages that are ready in a queue. Unsettled ones are not counted, and after a restart the figure lags.
    pub async fn depth(&self, queue: &str) -> u32 {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::durable()
        };
        let queue = self
            .channel
            .queue_declare(queue.into(), options, FieldTable::default())
            .await;
        queue.expect("the queue is there").message_count()
    }

    /// Waits until a queue holds so many.
    pub async fn await_depth(&self, queue: &str, at_least: u32) {
        let begun = Instant::now();
        loop {
            let depth = self.depth(queue).await;
            if depth >= at_least {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{queue}: {depth} of {at_least}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes one message and never settles it.
    pub async fn hold_one(&self, queue: &str) {
        let got = self
            .channel
            .basic_get(queue.into(), BasicGetOptions::default())
            .await
            .expect("asked");
        assert!(got.is_some(), "{queue} holds a message");
    }

    /// Consumes a queue, one message at a time, and settles none while the consumer lives.
    pub async fn consume_one(&self, queue: &str) -> Consumer {
        self.channel
            .basic_qos(1, BasicQosOptions::default())
            .await
            .expect("a bound");
        self.channel
            .basic_consume(
                queue.into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .expect("consuming")
    }

    /// Ends the connection; what it holds goes back.
    pub async fn close(self) {
        drop(self.connection.close(200, "done".into()).await);
    }

    /// Begins to take everything off a queue.
    pub async fn collect(&self, queue: &str) -> Collector {
        let channel = self.connection.create_channel().await.expect("a channel");
        let options = BasicConsumeOptions {
            // An ack right before the end of a channel may be lost; the test wants to know what came, once.
            no_ack: true,
            ..BasicConsumeOptions::default()
        };
        let consumer = channel
            .basic_consume(queue.into(), "".into(), options, FieldTable::default())
            .await
            .expect("consuming");
        Collector {
            queue: queue.to_owned(),
            _channel: channel,
            consumer,
            taken: Vec::new(),
        }
    }

    /// Exactly so many messages.
    pub async fn take(&self, queue: &str, count: usize) -> Vec<Delivery> {
        let mut collector = self.collect(queue).await;
        collector.until(|taken| taken.len() >= count).await;
        assert_eq!(collector.taken.len(), count, "{queue}");
        collector.taken
    }

    /// Exactly one message.
    pub async fn take_one(&self, queue: &str) -> Delivery {
        self.take(queue, 1).await.remove(0)
    }

    /// Deletes a queue, whatever is in it and whoever consumes it.
    pub async fn delete(&self, queue: &str) {
        let deleted = self
            .channel
            .queue_delete(queue.into(), QueueDeleteOptions::default())
            .await;
        deleted.expect("deleted");
    }

    /// Deletes a test's queues, so that a shared node stays clean.
    pub async fn clean(self, names: &Names, delays: &[u64]) {
        let mut queues = vec![names.input.clone(), names.output.clone(), names.dead.clone()];
        queues.extend(delays.iter().map(|delay| format!("{}.{delay}s", names.retry)));
        for queue in queues {
            let gone = self
                .channel
                .queue_delete(queue.into(), QueueDeleteOptions::default())
                .await;
            drop(gone);
        }
        drop(
            self.channel
                .exchange_delete(names.exchange.as_str().into(), Default::default())
                .await,
        );
        drop(self.connection.close(200, "done".into()).await);
    }
}

/// Takes everything off a queue.
pub struct Collector {
    queue: String,
    /// The consumer ends with it.
    _channel: Channel,
    consumer: Consumer,
    pub taken: Vec<Delivery>,
}

impl Collector {
    /// Takes until `enough`.
    ///
    /// # Panics
    /// When it takes too long.
    pub async fn until(&mut self, mut enough: impl FnMut(&[Delivery]) -> bool) {
        let begun = Instant::now();
        while !enough(&self.taken) {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let Ok(next) = timeout(left, self.consumer.next()).await else {
                panic!(
                    "{}: only {} messages within {PATIENCE:?}",
                    self.queue,
                    self.taken.len()
                )
            };
            self.taken
                .push(next.expect("the consumer goes on").expect("no error"));
        }
    }

    /// Takes until it is enough, or nothing has come for a while; whether it is enough.
    pub async fn until_or_quiet(
        &mut self,
        quiet: Duration,
        mut enough: impl FnMut(&[Delivery]) -> bool,
    ) -> bool {
        while !enough(&self.taken) {
            let Ok(Some(Ok(delivery))) = timeout(quiet, self.consumer.next()).await else {
                return false;
            };
            self.taken.push(delivery);
        }
        true
    }

    /// Takes until nothing has come for a while.
    pub async fn until_quiet(&mut self, quiet: Duration) {
        while let Ok(Some(Ok(delivery))) = timeout(quiet, self.consumer.next()).await {
            self.taken.push(delivery);
        }
    }
}

/// A header as text.
pub fn header(delivery: &Delivery, name: &str) -> Option<String> {
    match delivery.properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::LongUInt(count) => Some(count.to_string()),
        AMQPValue::LongLongInt(count) => Some(count.to_string()),
        AMQPValue::LongInt(count) => Some(count.to_string()),
        other => panic!("{name} is {other:?}"),
    }
}
