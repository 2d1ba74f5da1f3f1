//! One look at the queue from end to end, with a progress bar: the letters that are meant come page by page, the
//! others go back.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::outcome::{say, unreached};
use super::which::LookArgs;
use crate::broker::{Filter, Held, Look, LookError};
use crate::config::Config;

/// One look at the queue.
pub(super) struct Walk {
    look: Look,
    filter: Filter,
    left: u64,
    matched: u64,
    bar: ProgressBar,
    queue: String,
}

/// What a look came to.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    pub(super) queue: String,
    /// Letters that stood ready when it began.
    pub(super) ready: u64,
    pub(super) seen: u64,
    pub(super) matched: u64,
    /// Letters that were looked at too often and were published anew.
    renewed: u64,
    /// Why others went back as they were.
    not_renewed: Option<String>,
    is_limited: bool,
}

impl Walk {
    pub(super) async fn begin(
        config: &Config,
        args: &LookArgs,
        filter: Filter,
        limit: Option<u64>,
    ) -> anyhow::Result<Self> {
        let patience = Duration::from_secs(args.timeout_secs);
        let look = Look::begin(&config.broker, &config.topology, args.scan());
        let look = tokio::time::timeout(patience, look)
            .await
            .map_err(|_elapsed| unreached(patience))??;
        Ok(Self {
            bar: bar(look.wanted()),
            look,
            filter,
            left: limit.unwrap_or(u64::MAX),
            matched: 0,
            queue: config.topology.dead_letter_queue.clone(),
        })
    }

    /// Those that are meant among the next letters, perhaps none of them; nothing when the look is over.
    pub(super) async fn page(&mut self) -> Result<Option<Vec<Held>>, LookError> {
        if self.left == 0 {
            return Ok(None);
        }
        let page = self.look.page().await?;
        if page.is_empty() {
            return Ok(None);
        }
        self.bar.set_position(self.look.seen());
        let (mut meant, mut others) = (Vec::new(), Vec::new());
        for held in page {
            if self.left > 0 && self.filter.matches(&held.letter) {
                self.left -= 1;
                meant.push(held);
            } else {
                others.push(held);
            }
        }
        self.matched += meant.len() as u64;
        self.look.keep(others).await?;
        Ok(Some(meant))
    }

    /// Lets letters go back after all.
    pub(super) async fn keep(&mut self, letters: Vec<Held>) -> Result<(), LookError> {
        self.look.keep(letters).await
    }

    /// What stands beside the bar.
    pub(super) fn tell(&self, message: String) {
        self.bar.set_message(message);
    }

    /// Ends the look; what was not removed goes back.
    pub(super) async fn end(self) -> Looked {
        let looked = Looked {
            queue: self.queue,
            ready: self.look.ready(),
            seen: self.look.seen(),
            matched: self.matched,
            renewed: self.look.renewed(),
            not_renewed: self.look.not_renewed().map(ToOwned::to_owned),
            is_limited: self.left == 0,
        };
        self.look.end().await;
        self.bar.finish_and_clear();
        looked
    }
}

impl Looked {
    /// Whether no letter that was there is left out.
    pub(super) fn is_complete(&self) -> bool {
        self.seen >= self.ready
    }

    /// Says what a person should know of a look that went to its end.
    pub(super) fn say(&self) {
        self.say_coverage();
        self.say_renewals();
    }

    fn say_coverage(&self) {
        let Self {
            queue, ready, seen, ..
        } = self;
        if *ready == 0 {
            say(&format!(
                "{queue} has no letter to look at (what a consumer or another look holds right now is not seen)"
            ));
        } else if self.is_limited && !self.is_complete() {
            say(&format!("looked at {seen} of {ready} letters, up to --limit"));
        } else if !self.is_complete() {
            say(&format!(
                "looked at the first {seen} of {ready} letters; --scan 0 looks at all, unless others hold them"
            ));
        }
    }

    /// Says what was published anew, which a look that broke off did, too.
    pub(super) fn say_renewals(&self) {
        if self.renewed > 0 {
            say(&format!(
                "{} had been looked at so often that RabbitMQ might drop them; published anew, to the end of {}",
                letters(self.renewed),
                self.queue
            ));
        }
        if let Some(problem) = &self.not_renewed {
            say(&format!(
                "letters that were looked at {} times and more could not be published anew ({problem}): do not look again before that is mended, or before the queue's delivery limit is raised (docs/dead-letters.md)",
                crate::broker::RENEW_AT
            ));
        }
    }
}

/// So many letters, in words.
pub(super) fn letters(count: u64) -> String {
    format!("{count} letter{}", if count == 1 { "" } else { "s" })
}

fn bar(letters: u64) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(letters), target);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:32} {human_pos}/{human_len} letters  {eta} left  {msg}")
    {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar
}
