//! The bar of a trial that is under way, if a person is there to see it.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar.
pub(super) struct Meter {
    bar: ProgressBar,
}

impl Meter {
    /// Over so many articles, or over a time.
    pub(super) fn new(articles: Option<u64>) -> Self {
        let is_wanted = std::io::stderr().is_terminal();
        let target = if is_wanted {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(articles, target);
        let template = match articles {
            Some(_) => "{bar:24} {pos}/{len}  {msg}  {elapsed}",
            None => "{spinner} {pos} articles  {msg}  {elapsed}",
        };
        // A template of ours that cannot be read falls back to the default look.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        if is_wanted {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar }
    }

    /// Where it stands.
    pub(super) fn show(&self, articles: u64, message: String) {
        if !self.bar.is_hidden() {
            self.bar.set_position(articles);
            self.bar.set_message(message);
        }
    }

    /// Says something without tearing the bar.
    pub(super) fn say(&self, what: &str) {
        self.bar.suspend(|| crate::cli::outcome::say(what));
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
