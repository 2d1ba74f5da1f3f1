//! The outcome of a trial, for a person and for a machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::AnsiColor;
use serde::Serialize;

use super::ledger::Verdict;

/// The outcome.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Sum {
    pub(super) version: &'static str,
    pub(super) seed: u64,
    pub(super) workers: u16,
    /// A signal ended it: what is outstanding may still be on its way.
    pub(super) interrupted: bool,
    #[serde(flatten)]
    pub(super) verdict: Verdict,
    /// By kind.
    pub(super) faults: BTreeMap<&'static str, u64>,
    /// Why connections were not closed, if they were not.
    pub(super) close_left_out: Option<String>,
    /// From the end of a fault to the next record, seconds.
    pub(super) recovery_p50_secs: Option<f64>,
    pub(super) recovery_max_secs: Option<f64>,
    /// From the first article fed to the last outcome, seconds.
    pub(super) took_secs: f64,
    pub(super) articles_per_sec: f64,
    /// Resident memory of the largest worker, bytes; none where the system does not tell.
    pub(super) memory_peak_bytes: Option<u64>,
    pub(super) memory_first_bytes: Option<u64>,
    pub(super) memory_last_bytes: Option<u64>,
    /// How long the article took that was fed after everything, seconds; none: it never came.
    pub(super) fresh_secs: Option<f64>,
    /// Messages that are left where none should be, by queue.
    pub(super) left: BTreeMap<String, u32>,
}

impl Sum {
    /// Whether it proves what it should.
    pub(super) fn is_proven(&self) -> bool {
        !self.interrupted && self.verdict.is_clean() && self.fresh_secs.is_some() && self.left.is_empty()
    }
}

/// The ledger as a table.
pub(super) fn in_words(sum: &Sum) -> String {
    let Verdict {
        counts,
        lost,
        lost_numbers,
    } = &sum.verdict;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let mut line = |name: &str, text: String| _ = writeln!(out, "  {name:<14}{text}");
    let not_confirmed = match counts.not_confirmed {
        0 => String::new(),
        count => format!("; {count} not confirmed, which may have arrived all the same"),
    };
    line("fed", format!("{}{not_confirmed}", counts.fed));
    line("enriched", counts.enriched.to_string());
    line("dead-lettered", as_expected(&counts.dead_lettered));
    line("duplicated", listed(&counts.duplicated, "after"));
    let numbers: Vec<String> = lost_numbers
        .iter()
        .map(|number| format!("prove-{number}"))
        .collect();
    if sum.interrupted {
        line("outstanding", format!("{lost}: stopped before they came out"));
    } else {
        line("lost", marked(*lost, &numbers.join(", ")));
    }
    let unexpected: u64 = counts.unexpected.values().sum();
    line("unexpected", marked(unexpected, &listed_bare(&counts.unexpected)));
    if !sum.left.is_empty() {
        line("left behind", listed_bare(&sum.left));
    }
    if counts.read_again > 0 {
        line(
            "read again",
            format!(
                "{} by this program after its own connection was lost",
                counts.read_again
            ),
        );
    }
    let without = match &sum.close_left_out {
        Some(why) => format!("; connections were not closed: {why}"),
        None => String::new(),
    };
    line("faults", format!("{}{without}", listed(&sum.faults, "by")));
    if let (Some(median), Some(longest)) = (sum.recovery_p50_secs, sum.recovery_max_secs) {
        line(
            "recovery",
            format!(
                "{median:.2} s in the median, {longest:.2} s at most, from a fault's end to the next record"
            ),
        );
    }
    line(
        "rate",
        format!(
            "{:.0} articles a second over {:.0} s",
            sum.articles_per_sec, sum.took_secs
        ),
    );
    if let (Some(peak), Some(first), Some(last)) = (
        sum.memory_peak_bytes,
        sum.memory_first_bytes,
        sum.memory_last_bytes,
    ) {
        let mb = |bytes: u64| bytes / 1_000_000;
        line(
            "memory",
            format!(
                "{} MB at most in a worker; {} MB after the first tenth, {} MB at the end",
                mb(peak),
                mb(first),
                mb(last)
            ),
        );
    }
    if !sum.interrupted {
        line(
            "fresh article",
            match sum.fresh_secs {
                Some(secs) => format!("came out after {secs:.2} s, when everything was over"),
                None => marked(1, "never came out"),
            },
        );
    }
    line("seed", format!("{}, with {} workers", sum.seed, sum.workers));
    if !sum.interrupted && sum.faults.is_empty() {
        line(
            "mind",
            "no fault fell into the run: feed more, or give a smaller --kill-every".to_owned(),
        );
    }
    let (style, words) = if sum.interrupted {
        (AnsiColor::Yellow.on_default(), "stopped before the end")
    } else if sum.is_proven() {
        (AnsiColor::Green.on_default(), "nothing lost, nothing unexpected")
    } else {
        (AnsiColor::Red.on_default().bold(), "NOT as it should be")
    };
    _ = writeln!(out, "\n  {style}{words}{style:#}");
    out
}

/// A count that should be zero, and what it is made of.
fn marked(count: u64, of: &str) -> String {
    if count == 0 {
        return "0".to_owned();
    }
    let style = AnsiColor::Red.on_default().bold();
    format!("{style}{count}{style:#}: {of}")
}

fn as_expected(counts: &BTreeMap<String, u64>) -> String {
    match counts.values().sum::<u64>() {
        0 => "0".to_owned(),
        sum => format!("{sum}, as expected: {}", listed_bare(counts)),
    }
}

fn listed(counts: &BTreeMap<&'static str, u64>, word: &str) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{count} {word} {name}"))
        .collect();
    match counts.values().sum::<u64>() {
        0 => "0".to_owned(),
        sum => format!("{sum}: {}", parts.join(", ")),
    }
}

fn listed_bare<N: ToString>(counts: &BTreeMap<String, N>) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{} {name}", count.to_string()))
        .collect();
    parts.join(", ")
}
