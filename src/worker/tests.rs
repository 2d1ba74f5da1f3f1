//! The worker over a broker that is a list of answers: order, fates, drain.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::*;
use crate::enrich::{Enricher, Limits, Stages};
use crate::message::{EnrichedRecord, RawArticle, Written};

/// What happened, in order.
type Diary = Arc<Mutex<Vec<String>>>;

fn write(diary: &Diary, entry: impl Into<String>) {
    diary
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(entry.into());
}

struct Letter {
    name: String,
    envelope: Envelope,
    live: bool,
    diary: Diary,
}

impl Delivery for Letter {
    fn body(&self) -> Arc<Vec<u8>> {
        Arc::new(self.name.clone().into_bytes())
    }

    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn is_live(&self) -> bool {
        self.live
    }

    async fn acknowledge(self, _proof: Confirmed) -> Settled {
        write(&self.diary, format!("ack {}", self.name));
        Settled::Sent
    }

    async fn hand_back(self) -> Settled {
        write(&self.diary, format!("hand back {}", self.name));
        Settled::Sent
    }
}

/// Hands out letters, then waits until it is stopped.
struct Letters {
    letters: VecDeque<Letter>,
    stopped: CancellationToken,
}

impl Inbox for Letters {
    type Delivery = Letter;

    async fn next(&mut self) -> Result<Option<Letter>, Fatal> {
        match self.letters.pop_front() {
            Some(letter) => Ok(Some(letter)),
            None => {
                self.stopped.cancelled().await;
                Ok(None)
            }
        }
    }

    async fn stop(&mut self) {
        self.stopped.cancel();
    }

    async fn close(self) {}
}

/// Answers records by a script, then says yes.
#[derive(Debug)]
struct Answers {
    script: Mutex<VecDeque<PublishError>>,
    diary: Diary,
    /// A record is never answered.
    silent: bool,
}

impl Outbox for Answers {
    type Delivery = Letter;

    async fn publish(&self, record: &OutgoingRecord) -> Result<Confirmed, PublishError> {
        if self.silent {
            std::future::pending::<()>().await;
        }
        let answer = self
            .script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        let name = String::from_utf8_lossy(&record.body).into_owned();
        match answer {
            Some(error) => {
                write(&self.diary, format!("no {name}"));
                Err(error)
            }
            None => {
                write(&self.diary, format!("confirm {name}"));
                Ok(Confirmed::by_broker())
            }
        }
    }

    async fn retry_later(
        &self,
        delivery: &Letter,
        step: usize,
        note: &FailureNote,
    ) -> Result<Confirmed, PublishError> {
        write(
            &self.diary,
            format!("retry {} step {step} attempts {}", delivery.name, note.attempts),
        );
        Ok(Confirmed::by_broker())
    }

    async fn dead_letter(&self, delivery: &Letter, note: &FailureNote) -> Result<Confirmed, PublishError> {
        write(
            &self.diary,
            format!("dead {} {} {}", delivery.name, note.kind, note.stage),
        );
        Ok(Confirmed::by_broker())
    }
}

/// Takes a body for its own record; some names mean trouble.
#[derive(Debug)]
struct Echo;

impl Enrich for Echo {
    fn enrich(&self, body: &[u8], _envelope: &Envelope, progress: &Progress) -> Worked<Made> {
        let outcome = match body {
            b"bad" => Err(ArticleError {
                kind: "json",
                stage: "decode",
                text: "no\narticle".to_owned(),
                article_id: None,
            }),
            b"panic" => panic!("a defect"),
            b"endless" => {
                progress.enter("quotes");
                std::thread::sleep(Duration::from_secs(5));
                panic!("given up long ago")
            }
            b"asks" => Ok(Made::Draft(Draft {
                record: Box::new(record_of("One.")),
                names: vec!["Aro".to_owned()],
            })),
            body => Ok(Made::Product(product(body))),
        };
        Worked {
            outcome,
            timings: Vec::new(),
        }
    }

    fn complete(
        &self,
        _draft: Draft,
        answers: &reconcile::Answers,
        body: &[u8],
        _progress: &Progress,
    ) -> Worked<Product> {
        let answer: &[u8] = match answers {
            Ok(_) => b" answered",
            Err(_) => b" unanswered",
        };
        Worked {
            outcome: Ok(product(&[body, answer].concat())),
            timings: Vec::new(),
        }
    }
}

fn product(body: &[u8]) -> Product {
    Product {
        article_id: "a".to_owned(),
        written: Written {
            body: body.to_vec(),
            content_type: "application/json",
            content_encoding: None,
        },
        schema: "test/1",
        message_id: "m".to_owned(),
        facts: Default::default(),
        record: Some(Box::new(record_of(&String::from_utf8_lossy(body)))),
    }
}

/// A record of a text.
fn record_of(text: &str) -> EnrichedRecord {
    let article = RawArticle {
        text: Some(text.to_owned()),
        ..RawArticle::default()
    };
    Enricher::new(Arc::default(), Limits::default(), Stages::NONE)
        .enrich(article)
        .unwrap()
}

/// Knows nothing, or says nothing.
#[derive(Debug)]
struct Service(Option<ReconcileError>);

#[async_trait::async_trait]
impl Reconcile for Service {
    async fn ask(&self, names: &[String]) -> reconcile::Answers {
        match &self.0 {
            Some(error) => Err(error.clone()),
            None => Ok(vec![None; names.len()]),
        }
    }
}

struct Outcome {
    diary: Vec<String>,
    ended: Result<(), Fatal>,
    metrics: String,
    held: usize,
    journal: Arc<Journal>,
}

/// Runs a worker over `letters` until the diary has `entries` entries, then drains it.
async fn run(
    letters: &[(&str, u32, bool)],
    script: &[PublishError],
    silent: bool,
    entries: usize,
) -> Outcome {
    let settings = settings(Duration::from_secs(60), Unanswered::Unknown);
    run_with(letters, script, silent, entries, settings, Service(None)).await
}

/// Runs a worker over one letter that has a question.
async fn run_asking(failures: u32, answer: Option<ReconcileError>, unanswered: Unanswered) -> Outcome {
    let settings = settings(Duration::from_secs(60), unanswered);
    run_with(
        &[("asks", failures, true)],
        &[],
        false,
        2,
        settings,
        Service(answer),
    )
    .await
}

fn settings(hold_max: Duration, unanswered: Unanswered) -> Settings {
    Settings {
        prefetch: 1,
        retry_steps: 2,
        retry_jitter_percent: 0,
        article: Duration::from_millis(300),
        drain: Duration::from_millis(200),
        in_order: false,
        hold_max,
        unanswered,
        name: "w".to_owned(),
    }
}

async fn run_with(
    letters: &[(&str, u32, bool)],
    script: &[PublishError],
    silent: bool,
    entries: usize,
    settings: Settings,
    service: Service,
) -> Outcome {
    let diary = Diary::default();
    let letters = letters
        .iter()
        .map(|(name, failures, live)| Letter {
            name: (*name).to_owned(),
            envelope: Envelope {
                failures: *failures,
                ..Envelope::default()
            },
            live: *live,
            diary: Arc::clone(&diary),
        })
        .collect();
    let inbox = Letters {
        letters,
        stopped: CancellationToken::new(),
    };
    let outbox = Answers {
        script: Mutex::new(script.iter().cloned().collect()),
        diary: Arc::clone(&diary),
        silent,
    };
    let metrics = Arc::new(Metrics::new());
    let health = Health::new(Vec::new());
    let pool = Pool::start(1, 1).unwrap();
    let journal = Arc::new(Journal::new(2, 1 << 20));
    let worker = Worker::new(
        outbox,
        Arc::new(Echo),
        Some(Arc::new(service)),
        pool,
        Arc::clone(&metrics),
        Arc::clone(&health),
        Arc::new(Traces::off()),
        Arc::clone(&journal),
        settings,
    );
    let shutdown = CancellationToken::new();
    let asked = shutdown.clone();
    let watched = Arc::clone(&diary);
    let watcher = async move {
        // Where nothing is to be waited for, long enough for the letter to be taken.
        for _ in 0..if silent { 20 } else { 1000 } {
            if watched.lock().unwrap().len() >= entries {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        asked.cancel();
    };
    let (ended, ()) = tokio::join!(worker.run(inbox, shutdown), watcher);
    let diary = diary.lock().unwrap().clone();
    Outcome {
        diary,
        ended,
        metrics: metrics.text(),
        held: health.held(),
        journal,
    }
}

fn unroutable() -> PublishError {
    PublishError::Unroutable {
        problem: "312 NO_ROUTE".to_owned(),
    }
}

#[tokio::test]
async fn the_confirm_comes_before_the_ack() {
    let outcome = run(&[("one", 0, true), ("two", 0, true)], &[], false, 4).await;
    assert_eq!(
        outcome.diary,
        ["confirm one", "ack one", "confirm two", "ack two"]
    );
    assert_eq!(outcome.ended, Ok(()));
    assert!(
        outcome
            .metrics
            .contains("newsmill_deliveries_total{outcome=\"enriched\"} 2")
    );
    assert!(outcome.metrics.contains("newsmill_in_flight 0"));
}

#[tokio::test]
async fn what_is_no_article_is_dead_lettered_and_only_then_acknowledged() {
    let outcome = run(
        &[("bad", 0, true), ("panic", 0, true), ("one", 0, true)],
        &[],
        false,
        6,
    )
    .await;
    assert_eq!(
        outcome.diary,
        [
            "dead bad json decode",
            "ack bad",
            "dead panic panicked enrich",
            "ack panic",
            "confirm one",
            "ack one"
        ]
    );
    let errors: Vec<_> = outcome
        .journal
        .errors()
        .iter()
        .map(|error| (error.kind, error.stage, error.outcome))
        .collect();
    assert_eq!(
        errors,
        [
            ("panicked", "enrich", "dead_lettered"),
            ("json", "decode", "dead_lettered")
        ],
        "people are told"
    );
    let shown: Vec<_> = outcome.journal.articles();
    assert_eq!(shown.len(), 1);
    assert_eq!(
        (shown[0].body.as_slice(), shown[0].record.text.as_str()),
        (&b"one"[..], "one")
    );
}

#[tokio::test]
async fn what_never_ends_is_dead_lettered_with_its_stage_and_too_many_of_them_stop_the_worker() {
    let outcome = run(
        &[("endless", 0, true), ("one", 0, true)],
        &[],
        false,
        // The one pool thread is stuck, so the worker stops by itself; the letter that came meanwhile goes back.
        3,
    )
    .await;
    assert_eq!(
        outcome.diary[..2],
        ["dead endless too_slow quotes", "ack endless"]
    );
    assert_eq!(outcome.ended.unwrap_err().exit, FatalKind::Stuck);
    assert!(outcome.metrics.contains("newsmill_stuck_threads 1"));
}

#[tokio::test]
async fn a_refusal_is_asked_once_more_at_once_and_is_no_hold() {
    let outcome = run(&[("one", 0, true)], &[PublishError::Refused], false, 3).await;
    assert_eq!(outcome.diary, ["no one", "confirm one", "ack one"]);
}

#[tokio::test]
async fn what_may_pass_is_tried_later_step_by_step_and_then_dead_lettered() {
    let letters = [("one", 0, true), ("two", 1, true), ("three", 2, true)];
    let outcome = run(&letters, &[unroutable(), unroutable(), unroutable()], false, 9).await;
    assert_eq!(
        outcome.diary,
        [
            "no one",
            "retry one step 0 attempts 1",
            "ack one",
            "no two",
            "retry two step 1 attempts 2",
            "ack two",
            "no three",
            "dead three unroutable publish",
            "ack three"
        ]
    );
}

#[tokio::test]
async fn a_shut_way_is_waited_for_and_costs_no_attempt() {
    let shut = [
        PublishError::Refused,
        PublishError::Disconnected {
            problem: "reset".to_owned(),
        },
    ];
    let outcome = run(&[("one", 0, true)], &shut, false, 4).await;
    assert_eq!(outcome.diary, ["no one", "no one", "confirm one", "ack one"]);
    assert_eq!(outcome.held, 0);
}

#[tokio::test]
async fn what_was_held_for_long_is_put_off_and_costs_no_attempt() {
    let shut = [PublishError::Refused, PublishError::Refused];
    let settings = settings(Duration::ZERO, Unanswered::Unknown);
    let outcome = run_with(&[("one", 7, true)], &shut, false, 4, settings, Service(None)).await;
    assert_eq!(
        outcome.diary,
        ["no one", "no one", "retry one step 1 attempts 7", "ack one"],
        "whatever it has cost before, and into the longest delay"
    );
    assert!(
        outcome
            .metrics
            .contains("newsmill_deliveries_total{outcome=\"put_off\"} 1")
    );
}

#[tokio::test]
async fn what_the_broker_hands_out_again_anyway_is_not_published() {
    let outcome = run(&[("gone", 0, false), ("one", 0, true)], &[], false, 2).await;
    assert_eq!(outcome.diary, ["confirm one", "ack one"]);
    assert!(
        outcome
            .metrics
            .contains("newsmill_deliveries_total{outcome=\"stale\"} 1")
    );
}

#[tokio::test]
async fn refused_access_hands_back_and_stops_the_worker() {
    let refused = PublishError::AccessRefused {
        problem: "no write permission".to_owned(),
    };
    let outcome = run(&[("one", 0, true)], &[refused], false, 2).await;
    assert_eq!(outcome.diary, ["no one", "hand back one"]);
    assert_eq!(outcome.ended.unwrap_err().exit, FatalKind::Access);
}

#[tokio::test]
async fn what_is_not_done_when_the_drain_ends_is_handed_back() {
    let letters = [("one", 0, true), ("two", 0, true)];
    let outcome = run(&letters, &[], true, 1000).await;
    // The second was never begun: there was one slot.
    assert_eq!(outcome.diary, ["hand back two", "hand back one"]);
    assert!(
        outcome
            .metrics
            .contains("newsmill_deliveries_total{outcome=\"handed_back\"} 2")
    );
}

#[tokio::test]
async fn an_article_with_a_question_goes_out_with_the_answer() {
    let outcome = run_asking(0, None, Unanswered::Unknown).await;
    assert_eq!(outcome.diary, ["confirm asks answered", "ack asks"]);
    assert!(
        outcome
            .metrics
            .contains("newsmill_stage_seconds_count{stage=\"reconcile\"} 1")
    );
}

#[tokio::test]
async fn without_an_answer_it_goes_out_unanswered_or_is_tried_again_as_the_settings_say() {
    let silence = || Some(ReconcileError::Unanswered("status 503".to_owned()));
    let outcome = run_asking(0, silence(), Unanswered::Unknown).await;
    assert_eq!(outcome.diary, ["confirm asks unanswered", "ack asks"]);
    let outcome = run_asking(0, silence(), Unanswered::Retry).await;
    assert_eq!(outcome.diary, ["retry asks step 0 attempts 1", "ack asks"]);
    let outcome = run_asking(2, silence(), Unanswered::Retry).await;
    assert_eq!(outcome.diary, ["dead asks reconcile reconcile", "ack asks"]);
}

#[tokio::test]
async fn while_nobody_is_asked_it_is_put_off_at_no_cost() {
    let outcome = run_asking(2, Some(ReconcileError::Paused), Unanswered::Retry).await;
    assert_eq!(outcome.diary, ["retry asks step 1 attempts 2", "ack asks"]);
    assert!(
        outcome
            .metrics
            .contains("newsmill_deliveries_total{outcome=\"put_off\"} 1")
    );
}
