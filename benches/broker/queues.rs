//! The two queues of a trial: filled, counted, read.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};

use crate::articles::Message;

/// Publishes that wait for their confirm while the input is filled.
const WINDOW: usize = 256;

pub struct Queues {
    _connection: Connection,
    channel: Channel,
    pub input: String,
    pub output: String,
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments
}

impl Queues {
    /// New and empty. The worker declares its input itself, so both are as it wants them.
    pub async fn declare(url: &str, name: &str) -> Self {
        let connection = Connection::connect(url, ConnectionProperties::default())
            .await
            .unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .unwrap();
        let queues = Self {
            _connection: connection,
            channel,
            input: format!("{name}.in"),
            output: format!("{name}.out"),
        };
        let mut input = quorum();
        input.insert("x-delivery-limit".into(), AMQPValue::LongInt(20));
        input.insert("x-dead-letter-exchange".into(), AMQPValue::LongString("".into()));
        let dead = format!("{name}.dead");
        input.insert(
            "x-dead-letter-routing-key".into(),
            AMQPValue::LongString(dead.into()),
        );
        input.insert(
            "x-dead-letter-strategy".into(),
            AMQPValue::LongString("at-least-once".into()),
        );
        input.insert(
            "x-overflow".into(),
            AMQPValue::LongString("reject-publish".into()),
        );
        let mut output = quorum();
        output.insert("x-delivery-limit".into(), AMQPValue::LongInt(1_000_000));
        for (queue, arguments) in [(&queues.input, input), (&queues.output, output)] {
            queues
                .channel
                .queue_declare(queue.as_str().into(), QueueDeclareOptions::durable(), arguments)
                .await
                .unwrap();
        }
        queues
    }

    /// Sends one; what is returned is the broker's answer to it.
    async fn send(
        &self,
        message: &Message,
        id: String,
    ) -> impl Future<Output = lapin::Result<Confirmation>> + use<> {
        let properties = BasicProperties::default()
            .with_content_type(message.content_type.into())
            .with_message_id(id.into())
            .with_delivery_mode(2);
        self.channel
            .basic_publish(
                "".into(),
                self.input.as_str().into(),
                BasicPublishOptions::default(),
                &message.body,
                properties,
            )
            .await
            .unwrap()
    }

    /// Puts so many messages into the input.
    pub async fn fill(&self, messages: &[Message], count: usize) {
        let mut waiting = std::collections::VecDeque::new();
        for (at, message) in messages.iter().cycle().take(count).enumerate() {
            waiting.push_back(self.send(message, format!("m-{at}")).await);
            if waiting.len() >= WINDOW {
                confirmed(waiting.pop_front().expect("it is full").await);
            }
        }
        for confirm in waiting {
            confirmed(confirm.await);
        }
    }

    /// Messages in the output.
    pub async fn carried(&self) -> usize {
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::durable()
        };
        let queue = self
            .channel
            .queue_declare(self.output.as_str().into(), passive, FieldTable::default())
            .await
            .unwrap();
        queue.message_count() as usize
    }

    /// Sends messages at `rate` a second, each when its time has come, and gives the times until the records of the
    /// last `count` came, sorted. Those of the first `warm` are left out.
    pub async fn times(&self, messages: &[Message], warm: usize, count: usize, rate: f64) -> Vec<Duration> {
        self.channel
            .basic_qos(1000, BasicQosOptions::default())
            .await
            .unwrap();
        let mut records = self
            .channel
            .basic_consume(
                self.output.as_str().into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .unwrap();
        let begun = Instant::now();
        let mut sent: HashMap<String, (usize, Instant)> = HashMap::new();
        let mut times = Vec::with_capacity(count);
        let (mut next, mut came) = (0, 0);
        while came < warm + count {
            let due = begun + Duration::from_secs_f64(next as f64 / rate);
            let wait = if next < warm + count {
                due.saturating_duration_since(Instant::now())
            } else {
                Duration::from_secs(30)
            };
            tokio::select! {
                biased;
                () = tokio::time::sleep(wait) => {
                    assert!(next < warm + count, "records are missing: {came} of {} came", warm + count);
                    let id = format!("t-{next}");
                    sent.insert(id.clone(), (next, Instant::now()));
                    let message = messages.get(next % messages.len()).expect("messages");
                    // Its confirm is not waited for: the record says that it arrived.
                    drop(self.send(message, id).await);
                    next += 1;
                }
                record = records.next() => {
                    let record = record.unwrap().unwrap();
                    let properties = &record.properties;
                    // A relay keeps the message's own id, the others tell it as what they answer to.
                    let id = properties.correlation_id().as_ref().or(properties.message_id().as_ref());
                    if let Some((number, at)) = id.and_then(|id| sent.remove(id.as_str())) {
                        came += 1;
                        times.extend((number >= warm).then(|| at.elapsed()));
                    }
                    record.acker.ack(BasicAckOptions::default()).await.unwrap();
                }
            }
        }
        times.sort_unstable();
        times
    }

    pub async fn delete(self) {
        for queue in [&self.input, &self.output] {
            self.channel
                .queue_delete(queue.as_str().into(), QueueDeleteOptions::default())
                .await
                .unwrap();
        }
    }
}

fn confirmed(answer: lapin::Result<Confirmation>) {
    assert!(
        matches!(answer, Ok(Confirmation::Ack(_))),
        "the broker refused: {answer:?}"
    );
}
