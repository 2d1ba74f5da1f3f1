//! One step of a trial: take what comes, look after the workers, cause a fault, show where it stands.
//!
//! Invariant: whatever comes out is compared with what was fed, and entered in the ledger once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde::Deserialize;
use tokio::time::sleep_until;

use super::{Event, Step, TEND_EVERY, Trial};
use crate::broker::{Outcome, Taken};
use crate::cli::prove::articles::{article, expected, number, title};
use crate::cli::prove::crew::Change;
use crate::cli::prove::faults::Fault;
use crate::cli::prove::ledger::Arrival;

impl Trial {
    /// Takes what comes until it is time to look after the workers, or for a fault.
    pub(super) async fn step(&mut self, until: Option<Instant>) -> anyhow::Result<Step> {
        let tend = Instant::now() + TEND_EVERY;
        let until = until.map_or(tend, |until| until.min(tend));
        let mut time = std::pin::pin!(sleep_until(until.into()));
        loop {
            tokio::select! {
                () = &mut time => break,
                _ = self.terminate.recv() => return Ok(Step::Interrupted),
                _ = self.interrupt.recv() => return Ok(Step::Interrupted),
                Some(event) = self.events.recv() => self.heard(event),
                Some(taken) = self.taken.recv() => self.came(&taken),
            }
        }
        for change in self.crew.tend()? {
            match change {
                Change::Replaced => self.faults.ended(),
                Change::Wrong(what) => self.ledger.unexpected(&what),
            }
        }
        self.show();
        Ok(Step::Done)
    }

    pub(super) fn heard(&mut self, event: Event) {
        match event {
            Event::Fed {
                number,
                confirmed: true,
            } => self.ledger.confirmed(number),
            Event::Fed {
                number,
                confirmed: false,
            } => {
                self.ledger.given_up(number);
                self.window.add_permits(1);
            }
            Event::Closed(Ok(0)) => {}
            Event::Closed(Ok(_)) => self.faults.ended(),
            Event::Closed(Err(why)) => self.meter.say(&format!("connections were not closed: {why}")),
        }
    }

    /// Something came out: whose it is, whether it is what was fed, and what the ledger says.
    pub(super) fn came(&mut self, taken: &Taken) {
        let id = match taken.outcome {
            Outcome::Record => &taken.correlation_id,
            Outcome::DeadLetter => &taken.message_id,
        };
        let known = number(id).filter(|number| *number < self.offered.load(Ordering::SeqCst));
        let Some(number) = known else {
            self.ledger.unexpected("a message that nobody fed");
            return;
        };
        let arrival = match taken.outcome {
            Outcome::Record => {
                if !is_its_record(&taken.body, id, number) || taken.message_id.is_empty() {
                    self.ledger.unexpected("a record that is not of what was fed");
                }
                self.faults.record();
                Arrival::Record {
                    message_id: &taken.message_id,
                }
            }
            Outcome::DeadLetter => {
                if taken.body != article(self.plan.seed, number).body {
                    self.ledger.unexpected("a dead letter that is not what was fed");
                }
                Arrival::DeadLetter {
                    kind: taken.error_kind.as_deref(),
                }
            }
        };
        let expected = expected(self.plan.seed, number);
        let last = self.faults.last();
        if self
            .ledger
            .arrived(number, arrival, expected, taken.redelivered, last)
        {
            self.progress = Instant::now();
            self.window.add_permits(1);
        }
    }

    /// One fault, now.
    pub(super) fn fault(&mut self) -> anyhow::Result<()> {
        let (fault, at) = self.faults.next(self.crew.count());
        // One that is stopping already has its fault.
        let Some(worker) = self.crew.at_work(at).map(str::to_owned) else {
            return Ok(());
        };
        self.faults.began(fault);
        match fault {
            Fault::Kill => {
                self.crew.kill(at)?;
                self.faults.ended();
            }
            Fault::Stop => self.crew.stop(at),
            Fault::Close => {
                let (ground, tell) = (Arc::clone(&self.ground), self.tell.clone());
                self.tasks.spawn(async move {
                    let closed = ground.close_connections(&worker).await;
                    // Nobody hears it any more when the trial is over.
                    tell.send(Event::Closed(closed)).await.unwrap_or_default();
                });
            }
        }
        Ok(())
    }

    fn show(&mut self) {
        let counts = self.ledger.counts();
        let out = counts.enriched + counts.dead_lettered.values().sum::<u64>();
        let tenth = match (self.plan.articles, self.plan.feeding) {
            (Some(articles), _) => out * 10 >= articles,
            (None, Some(feeding)) => self.begun.elapsed() * 10 >= feeding,
            (None, None) => true,
        };
        if tenth && self.memory_first.is_none() && self.crew.memory().now > 0 {
            self.memory_first = Some(self.crew.memory().now);
        }
        let rate = out as f64 / self.begun.elapsed().as_secs_f64().max(1e-3);
        let faults: u64 = self.faults.counts().values().sum();
        let twins: u64 = counts.duplicated.values().sum();
        let unexpected: u64 = counts.unexpected.values().sum();
        self.meter.show(
            out,
            format!("{rate:.0}/s  {faults} faults  {twins} twins  {unexpected} unexpected"),
        );
    }
}

/// Whether a record is of the article that bears this id.
fn is_its_record(body: &[u8], id: &str, number: u64) -> bool {
    #[derive(Deserialize)]
    struct Head {
        id: String,
        title: Option<String>,
    }
    serde_json::from_slice::<Head>(body)
        .is_ok_and(|head| head.id == id && head.title.is_some_and(|headline| headline == title(number)))
}
