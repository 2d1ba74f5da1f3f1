//! What an examination found, each thing with what it costs and what mends it.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Could not be looked at; the finding says why, and what would help.
    NotChecked,
    /// Works, but not as well as it could, or only for now.
    Warn,
    /// Messages are lost or stranded, or the worker does not run.
    Fail,
}

/// What mends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "text")]
pub enum Mend {
    /// To be typed in a shell.
    Command(String),
    /// A setting of newsmill's.
    Setting(String),
    /// Anything else, in words.
    Advice(String),
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was asked, e.g. `queue.type`: stable, for machines.
    pub check: &'static str,
    /// What it was asked of, e.g. ``queue `newsmill.raw` ``.
    pub subject: String,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was seen. Holds no secret.
    pub seen: String,
    /// What comes of it; empty where all is well.
    pub harm: String,
    /// What mends it: alternatives in the order of preference, or steps.
    pub mend: Vec<Mend>,
}

impl Finding {
    fn new(verdict: Verdict, check: &'static str, subject: &str, seen: impl Into<String>) -> Self {
        Self {
            check,
            subject: subject.to_owned(),
            verdict,
            seen: seen.into(),
            harm: String::new(),
            mend: Vec::new(),
        }
    }

    pub(super) fn ok(check: &'static str, subject: &str, seen: impl Into<String>) -> Self {
        Self::new(Verdict::Ok, check, subject, seen)
    }

    pub(super) fn unchecked(check: &'static str, subject: &str, why: impl Into<String>) -> Self {
        Self::new(Verdict::NotChecked, check, subject, why)
    }

    pub(super) fn warn(check: &'static str, subject: &str, seen: impl Into<String>) -> Self {
        Self::new(Verdict::Warn, check, subject, seen)
    }

    pub(super) fn fail(check: &'static str, subject: &str, seen: impl Into<String>) -> Self {
        Self::new(Verdict::Fail, check, subject, seen)
    }

    pub(super) fn harm(mut self, harm: impl Into<String>) -> Self {
        self.harm = harm.into();
        self
    }

    pub(super) fn command(mut self, command: impl Into<String>) -> Self {
        self.mend.push(Mend::Command(command.into()));
        self
    }

    pub(super) fn setting(mut self, setting: impl Into<String>) -> Self {
        self.mend.push(Mend::Setting(setting.into()));
        self
    }

    pub(super) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.mend.push(Mend::Advice(advice.into()));
        self
    }
}

/// Everything that was looked at, in that order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// How many have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    }

    /// Whether nothing was found that loses or strands messages.
    pub fn is_well(&self) -> bool {
        self.count(Verdict::Fail) == 0
    }
}
