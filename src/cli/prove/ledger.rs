//! What was fed against what came out. Each confirmed article is an obligation: one record, or one dead letter if it
//! is a poisoned one.
//!
//! Invariant: bounded, whatever comes: five bytes an article and a few counts, so a million articles are 5 MB.
//! Absent on purpose: clocks, processes, the broker.

use std::collections::BTreeMap;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::articles::Expected;

/// Numbers that are named in the report; the rest are counted.
const NAMED_MAX: usize = 20;

const CONFIRMED: u8 = 1;
const GIVEN_UP: u8 = 2;
const RECORD: u8 = 4;
const DEAD: u8 = 8;

/// The account.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Bits, by number.
    entries: Vec<u8>,
    /// A digest of the record's message id, by number.
    ids: Vec<u32>,
    counts: Counts,
}

/// What can be counted as it comes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Articles that the broker confirmed.
    pub(super) fed: u64,
    /// Articles whose feeding failed; they may have arrived all the same, and are nobody's obligation.
    pub(super) not_confirmed: u64,
    /// Articles with a record.
    pub(super) enriched: u64,
    /// Articles in the dead-letter queue as they should be, by cause.
    pub(super) dead_lettered: BTreeMap<String, u64>,
    /// Records and dead letters beyond the first of their article, by the fault that came before them.
    pub(super) duplicated: BTreeMap<&'static str, u64>,
    /// Handed to this program again after its own connection was lost; no twins.
    pub(super) read_again: u64,
    /// What should not be, by what it is.
    pub(super) unexpected: BTreeMap<String, u64>,
}

/// The account, closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Verdict {
    #[serde(flatten)]
    pub(super) counts: Counts,
    /// Confirmed, and neither record nor dead letter.
    pub(super) lost: u64,
    /// The first of them.
    pub(super) lost_numbers: Vec<u64>,
}

/// Something that came out, as far as the ledger needs it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arrival<'a> {
    /// With the record's message id.
    Record { message_id: &'a str },
    /// With the cause; none where the broker dead-lettered it.
    DeadLetter { kind: Option<&'a str> },
}

impl Ledger {
    /// The broker has taken an article over.
    pub(super) fn confirmed(&mut self, number: u64) {
        if let Some(entry) = self.entry(number) {
            *entry |= CONFIRMED;
            self.counts.fed += 1;
        }
    }

    /// An article could not be fed; whether it arrived is not known.
    pub(super) fn given_up(&mut self, number: u64) {
        if let Some(entry) = self.entry(number) {
            *entry |= GIVEN_UP;
            self.counts.not_confirmed += 1;
        }
    }

    /// Something came out for an article that was fed. Returns whether it is the first of its article. `after` is
    /// the fault that came before, to which a twin is put down.
    pub(super) fn arrived(
        &mut self,
        number: u64,
        arrival: Arrival<'_>,
        expected: Expected,
        redelivered: bool,
        after: &'static str,
    ) -> bool {
        let (bit, digest) = match arrival {
            // The lower half of a digest tells ids apart as well as is needed.
            Arrival::Record { message_id } => (RECORD, xxh3_64(message_id.as_bytes()) as u32),
            Arrival::DeadLetter { .. } => (DEAD, 0),
        };
        let Some(entry) = self.entry(number) else {
            return false;
        };
        let before = *entry;
        *entry |= bit;
        if before & bit != 0 {
            let same_id = bit == DEAD || self.id(number).is_some_and(|id| *id == digest);
            if redelivered {
                self.counts.read_again += 1;
            } else {
                *self.counts.duplicated.entry(after).or_default() += 1;
            }
            if !same_id {
                self.unexpected("twins with two message ids");
            }
            return false;
        }
        if bit == RECORD
            && let Some(id) = self.id(number)
        {
            *id = digest;
        }
        if before & (RECORD | DEAD) != 0 {
            self.unexpected("both a record and a dead letter");
            return false;
        }
        match (arrival, expected) {
            (Arrival::Record { .. }, Expected::Record) => self.counts.enriched += 1,
            (Arrival::DeadLetter { kind: Some(kind) }, Expected::DeadLetter(wanted)) if kind == wanted => {
                *self.counts.dead_lettered.entry(kind.to_owned()).or_default() += 1;
            }
            (Arrival::Record { .. }, Expected::DeadLetter(wanted)) => {
                self.unexpected(&format!("a record of an article that should die of {wanted}"));
            }
            (Arrival::DeadLetter { kind }, Expected::DeadLetter(wanted)) => {
                self.unexpected(&format!("dead of {}, not of {wanted}", cause(kind)));
            }
            (Arrival::DeadLetter { kind }, Expected::Record) => {
                self.unexpected(&format!("a sound article dead of {}", cause(kind)));
            }
        }
        true
    }

    /// Something that nobody fed, or that is not what was fed.
    pub(super) fn unexpected(&mut self, what: &str) {
        *self.counts.unexpected.entry(what.to_owned()).or_default() += 1;
    }

    /// The counts so far.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Confirmed articles that nothing came of yet.
    pub(super) fn outstanding(&self) -> u64 {
        self.lost().count() as u64
    }

    /// Closes the account.
    pub(super) fn verdict(&self) -> Verdict {
        Verdict {
            counts: self.counts.clone(),
            lost: self.outstanding(),
            lost_numbers: self.lost().take(NAMED_MAX).collect(),
        }
    }

    fn lost(&self) -> impl Iterator<Item = u64> {
        let entries = self.entries.iter().enumerate();
        entries
            .filter(|(_, entry)| *entry & CONFIRMED != 0 && *entry & (RECORD | DEAD) == 0)
            .map(|(number, _)| number as u64)
    }

    fn entry(&mut self, number: u64) -> Option<&mut u8> {
        let at = usize::try_from(number).ok()?;
        if self.entries.len() <= at {
            self.entries.resize(at + 1, 0);
            self.ids.resize(at + 1, 0);
        }
        self.entries.get_mut(at)
    }

    fn id(&mut self, number: u64) -> Option<&mut u32> {
        self.ids.get_mut(usize::try_from(number).ok()?)
    }
}

impl Verdict {
    /// Nothing lost, nothing that should not be.
    pub(super) fn is_clean(&self) -> bool {
        self.lost == 0 && self.counts.unexpected.is_empty()
    }
}

/// What a dead letter died of; the broker says nothing when a delivery limit was exceeded.
fn cause(kind: Option<&str>) -> &str {
    kind.unwrap_or("the broker's delivery limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(ledger: &mut Ledger, number: u64, message_id: &str) -> bool {
        ledger.arrived(
            number,
            Arrival::Record { message_id },
            Expected::Record,
            false,
            "kill",
        )
    }

    #[test]
    fn an_article_that_nothing_came_of_is_lost_and_named() {
        let mut ledger = Ledger::default();
        for number in 0..5 {
            ledger.confirmed(number);
        }
        for number in [0, 1, 2, 4] {
            assert!(record(&mut ledger, number, "id"));
        }
        let verdict = ledger.verdict();
        assert_eq!(
            (verdict.lost, verdict.lost_numbers.as_slice()),
            (1, [3].as_slice())
        );
        assert!(!verdict.is_clean());
        assert!(record(&mut ledger, 3, "id"));
        assert!(ledger.verdict().is_clean());
    }

    #[test]
    fn an_article_that_was_never_confirmed_is_nobodys_loss() {
        let mut ledger = Ledger::default();
        ledger.given_up(0);
        let verdict = ledger.verdict();
        assert_eq!(
            (verdict.lost, verdict.counts.not_confirmed, verdict.is_clean()),
            (0, 1, true)
        );
        // It may have arrived all the same.
        assert!(record(&mut ledger, 0, "id"));
        assert!(ledger.verdict().is_clean());
    }

    #[test]
    fn a_record_may_come_before_its_confirm() {
        let mut ledger = Ledger::default();
        assert!(record(&mut ledger, 0, "id"));
        ledger.confirmed(0);
        let verdict = ledger.verdict();
        assert_eq!(
            (verdict.counts.fed, verdict.counts.enriched, verdict.lost),
            (1, 1, 0)
        );
    }

    #[test]
    fn a_twin_is_put_down_to_the_fault_before_it_and_must_have_the_same_id() {
        let mut ledger = Ledger::default();
        ledger.confirmed(0);
        record(&mut ledger, 0, "id");
        assert!(!record(&mut ledger, 0, "id"));
        assert_eq!(ledger.counts().duplicated, BTreeMap::from([("kill", 1)]));
        assert!(ledger.verdict().is_clean(), "a twin is no fault");
        record(&mut ledger, 0, "another id");
        assert!(!ledger.verdict().is_clean());
        assert_eq!(ledger.counts().unexpected["twins with two message ids"], 1);
    }

    #[test]
    fn what_this_program_read_twice_is_no_twin() {
        let mut ledger = Ledger::default();
        ledger.confirmed(0);
        record(&mut ledger, 0, "id");
        let again = Arrival::Record { message_id: "id" };
        ledger.arrived(0, again, Expected::Record, true, "kill");
        assert_eq!(
            (ledger.counts().read_again, ledger.counts().duplicated.len()),
            (1, 0)
        );
    }

    #[test]
    fn every_other_fate_than_the_expected_one_is_unexpected() {
        let dead = |kind| Arrival::DeadLetter { kind };
        for (arrival, expected, is_clean) in [
            (dead(Some("json")), Expected::DeadLetter("json"), true),
            (dead(Some("too_large")), Expected::DeadLetter("json"), false),
            (dead(None), Expected::DeadLetter("json"), false),
            (dead(Some("json")), Expected::Record, false),
            (dead(None), Expected::Record, false),
            (
                Arrival::Record { message_id: "" },
                Expected::DeadLetter("json"),
                false,
            ),
        ] {
            let mut ledger = Ledger::default();
            ledger.confirmed(0);
            ledger.arrived(0, arrival, expected, false, "none");
            assert_eq!(ledger.verdict().is_clean(), is_clean, "{arrival:?} {expected:?}");
            assert_eq!(ledger.verdict().lost, 0);
        }
        let mut ledger = Ledger::default();
        ledger.confirmed(0);
        record(&mut ledger, 0, "id");
        ledger.arrived(0, dead(Some("json")), Expected::Record, false, "none");
        assert_eq!(ledger.counts().unexpected["both a record and a dead letter"], 1);
    }

    #[test]
    fn a_million_articles_take_five_megabytes() {
        let mut ledger = Ledger::default();
        for number in 0..1_000_000 {
            ledger.confirmed(number);
            record(&mut ledger, number, "id");
        }
        assert!(ledger.verdict().is_clean());
        // Growing doubles what a vector holds, at worst.
        assert!(ledger.entries.capacity() + 4 * ledger.ids.capacity() <= 10 << 20);
    }
}
