//! A progress bar on stderr, if a person is there to see it.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Counts articles; shows how far the input is read where its size is known.
pub(crate) struct Progress {
    bar: ProgressBar,
    bytes_read: Arc<AtomicU64>,
    begun: Instant,
    articles: u64,
}

impl Progress {
    /// A bar over `bytes_total` bytes, or a count alone. Where stdout is a terminal too, what is printed there
    /// shows the progress by itself unless `beside_output` says that nothing is.
    pub(crate) fn new(bytes_total: Option<u64>, bytes_read: Arc<AtomicU64>, beside_output: bool) -> Self {
        let is_wanted =
            std::io::stderr().is_terminal() && (beside_output || !std::io::stdout().is_terminal());
        let target = if is_wanted {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(bytes_total, target);
        let template = match bytes_total {
            Some(_) => "{bar:32} {bytes}/{total_bytes}  {msg}  {eta} left",
            None => "{spinner} {msg}  {elapsed}",
        };
        // A template of ours that cannot be read falls back to the default look.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        if is_wanted {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self {
            bar,
            bytes_read,
            begun: Instant::now(),
            articles: 0,
        }
    }

    /// One article more.
    pub(crate) fn count(&mut self) {
        self.articles += 1;
        if !self.bar.is_hidden() {
            self.bar.set_position(self.bytes_read.load(Ordering::Relaxed));
            self.bar
                .set_message(format!("{} articles, {:.0}/s", self.articles, self.rate()));
        }
    }

    /// Says something without tearing the bar.
    pub(crate) fn say(&self, what: &str) {
        self.bar.suspend(|| super::outcome::say(what));
    }

    /// Articles a second so far.
    pub(crate) fn rate(&self) -> f64 {
        self.articles as f64 / self.begun.elapsed().as_secs_f64().max(1e-3)
    }

    /// Articles so far.
    pub(crate) fn articles(&self) -> u64 {
        self.articles
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
