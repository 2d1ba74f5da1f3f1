//! The figures of the last minute, out of what is served at `/metrics`.
//!
//! Invariant: what a page says is what a scrape says. The text is read back rather than the metrics themselves, since
//! these give no histogram away.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::telemetry::Metrics;

/// Between two looks.
pub(super) const STEP: Duration = Duration::from_secs(5);
/// What is called the last minute.
const SPAN: Duration = Duration::from_secs(60);

/// One scrape.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Figures(Vec<Sample>);

#[derive(Debug, Clone, PartialEq)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Figures {
    pub(super) fn read(text: &str) -> Self {
        Self(text.lines().filter_map(sample).collect())
    }

    /// A metric without labels; what is not there is nought.
    pub(super) fn value(&self, name: &str) -> f64 {
        self.with_labels(name)
            .map(|(_, value)| value)
            .next()
            .unwrap_or_default()
    }

    /// A metric with one label: its values, and the figure of each.
    pub(super) fn by_label(&self, name: &str) -> impl Iterator<Item = (&str, f64)> {
        self.with_labels(name)
            .filter_map(|(labels, value)| Some((labels.first()?.1.as_str(), value)))
    }

    fn with_labels(&self, name: &str) -> impl Iterator<Item = (&[(String, String)], f64)> {
        self.0
            .iter()
            .filter(move |sample| sample.name == name)
            .map(|sample| (sample.labels.as_slice(), sample.value))
    }

    /// A histogram; of several, the one whose label has this value.
    pub(super) fn histogram(&self, name: &str, of: Option<&str>) -> Histogram {
        let is_it = |labels: &[(String, String)]| {
            of.is_none_or(|of| labels.iter().any(|(name, value)| name != "le" && value == of))
        };
        let bound = |labels: &[(String, String)]| {
            let (_, bound) = labels.iter().find(|(name, _)| name == "le")?;
            bound.parse::<f64>().ok()
        };
        let of_it = |suffix: &str| {
            self.with_labels(&format!("{name}_{suffix}"))
                .filter(|(labels, _)| is_it(labels))
                .map(|(labels, value)| (bound(labels), value))
                .collect::<Vec<_>>()
        };
        let one = |suffix: &str| of_it(suffix).first().map_or(0.0, |(_, value)| *value);
        Histogram {
            count: one("count"),
            sum: one("sum"),
            buckets: of_it("bucket")
                .into_iter()
                .filter_map(|(bound, value)| Some((bound?, value)))
                .collect(),
        }
    }
}

/// A line of the exposition that is no comment: name, labels, value; an exemplar is left out.
fn sample(line: &str) -> Option<Sample> {
    if line.starts_with('#') {
        return None;
    }
    let line = line.split_once(" # ").map_or(line, |(sample, _)| sample);
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (series, ""),
    };
    let labels = labels.split("\",").filter_map(|label| {
        let (name, value) = label.split_once("=\"")?;
        Some((name.to_owned(), value.trim_end_matches('"').to_owned()))
    });
    Some(Sample {
        name: name.to_owned(),
        labels: labels.collect(),
        value: value.parse().ok()?,
    })
}

/// A histogram, whole or of a span of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Histogram {
    pub(super) count: f64,
    pub(super) sum: f64,
    /// Upper bounds, and how many lie at or below each.
    buckets: Vec<(f64, f64)>,
}

impl Histogram {
    /// What came after `before`.
    pub(super) fn since(&self, before: &Self) -> Self {
        let earlier = |bound: f64| {
            let bucket = before.buckets.iter().find(|(other, _)| *other == bound);
            bucket.map_or(0.0, |(_, count)| *count)
        };
        Self {
            count: self.count - before.count,
            sum: self.sum - before.sum,
            buckets: self
                .buckets
                .iter()
                .map(|(bound, count)| (*bound, count - earlier(*bound)))
                .collect(),
        }
    }

    /// The mean; none of nothing.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// Under which a share of all lies: between two bounds in a straight line, as Prometheus reckons.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let rank = share * self.count;
        let (mut low, mut below) = (0.0, 0.0);
        for &(bound, count) in &self.buckets {
            if count >= rank && count > below {
                if bound.is_infinite() {
                    return Some(low);
                }
                return Some(low + (bound - low) * ((rank - below) / (count - below)).max(0.0));
            }
            (low, below) = (bound, count);
        }
        None
    }
}

/// Scrapes of the last minute, a few seconds apart.
#[derive(Debug, Default)]
pub(super) struct Minute(Mutex<VecDeque<(Instant, Figures)>>);

/// Two scrapes and the time between them.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) seconds: f64,
    pub(super) before: Figures,
    pub(super) now: Figures,
}

impl Minute {
    pub(super) fn note(&self, metrics: &Metrics) {
        self.add(Instant::now(), Figures::read(&metrics.text()));
    }

    fn add(&self, at: Instant, figures: Figures) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((at, figures));
        // The oldest one that is kept is a minute old, or the first there was.
        while kept
            .get(1)
            .is_some_and(|(second, _)| at.duration_since(*second) >= SPAN)
        {
            kept.pop_front();
        }
    }

    /// From a minute ago, or from the first look, until now.
    pub(super) fn until_now(&self, metrics: &Metrics) -> Stretch {
        let now = Figures::read(&metrics.text());
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (seconds, before) = kept.front().map_or((0.0, Figures::default()), |(at, figures)| {
            (at.elapsed().as_secs_f64(), figures.clone())
        });
        Stretch { seconds, before, now }
    }
}

impl Stretch {
    /// How much more of a metric with one label there is, by its value.
    pub(super) fn more(&self, name: &str) -> Vec<(&str, f64, f64)> {
        self.now
            .by_label(name)
            .map(|(label, now)| {
                let before = self.before.by_label(name).find(|(other, _)| *other == label);
                (label, now, now - before.map_or(0.0, |(_, value)| value))
            })
            .collect()
    }

    pub(super) fn histogram(&self, name: &str, of: Option<&str>) -> Histogram {
        self.now
            .histogram(name, of)
            .since(&self.before.histogram(name, of))
    }

    /// A second; none where the stretch is too short to tell.
    pub(super) fn rate(&self, more: f64) -> Option<f64> {
        (self.seconds >= 1.0).then(|| more / self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_that_are_served() {
        let metrics = Metrics::new();
        for took in [1, 2, 3, 4] {
            metrics.receive(100);
            metrics.finish("enriched", Duration::from_millis(took), Some("0af7"));
        }
        metrics.receive(100);
        metrics.stage("clean", Duration::from_millis(2));
        metrics.vocabulary("v \"1\", or so", 7);
        let figures = Figures::read(&metrics.text());
        assert_eq!(figures.value("newsmill_in_flight"), 1.0);
        assert_eq!(figures.value("no_such_metric"), 0.0);
        let outcomes: Vec<_> = figures.by_label("newsmill_deliveries_total").collect();
        assert!(outcomes.contains(&("enriched", 4.0)), "{outcomes:?}");
        let delivery = figures.histogram("newsmill_delivery_seconds", None);
        assert_eq!(delivery.count, 4.0);
        assert!((delivery.mean().unwrap() - 0.0025).abs() < 1e-9, "{delivery:?}");
        assert!((0.001..0.005).contains(&delivery.quantile(0.5).unwrap()));
        assert_eq!(
            figures.histogram("newsmill_stage_seconds", Some("clean")).count,
            1.0
        );
        assert_eq!(
            figures.histogram("newsmill_stage_seconds", Some("tags")).count,
            0.0
        );
    }

    #[test]
    fn a_quantile_lies_between_the_bounds_of_its_bucket() {
        let histogram = Histogram {
            count: 4.0,
            sum: 0.0,
            buckets: vec![(1.0, 1.0), (2.0, 3.0), (f64::INFINITY, 4.0)],
        };
        assert_eq!(histogram.quantile(0.5), Some(1.5));
        assert_eq!(
            histogram.quantile(0.99),
            Some(2.0),
            "beyond the last bound nothing is known"
        );
        assert_eq!(Histogram::default().quantile(0.5), None);
        assert_eq!(histogram.since(&histogram).quantile(0.5), None);
    }

    #[test]
    fn the_oldest_figures_kept_are_a_minute_old() {
        let minute = Minute::default();
        let begun = Instant::now();
        for step in 0..40 {
            minute.add(begun + STEP * step, Figures::default());
        }
        let kept = minute.0.lock().unwrap();
        assert_eq!(kept.len(), 13);
        assert_eq!(kept[12].0.duration_since(kept[0].0), SPAN);
    }
}
