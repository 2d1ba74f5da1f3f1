//! What was measured, as a table: medians over the rounds, and ratios to the relay of the same load.

use std::collections::BTreeMap;

use crate::trial::{Carried, Latency};

/// A load, and who carried it.
type Row = (&'static str, &'static str);

#[derive(Debug, Default)]
pub struct Table {
    /// In the order in which they came.
    rows: Vec<Row>,
    measured: BTreeMap<Row, Vec<Measured>>,
}

/// Of one round.
#[derive(Debug)]
struct Measured {
    carried: Carried,
    latency: Latency,
}

/// The middle one.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Table {
    pub fn add(&mut self, load: &'static str, who: &'static str, carried: Carried, latency: Latency) {
        let row = (load, who);
        if !self.rows.contains(&row) {
            self.rows.push(row);
        }
        self.measured
            .entry(row)
            .or_default()
            .push(Measured { carried, latency });
    }

    fn middle(&self, row: Row, value: impl Fn(&Measured) -> f64) -> f64 {
        let mut values: Vec<f64> = self.measured.get(&row).into_iter().flatten().map(value).collect();
        median(&mut values)
    }

    pub fn print(&self) {
        println!(
            "\n| load | who | msgs/s | µs a message | of the broker | p50 ms | p99 ms | MB | rate to relay | µs to relay |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for &(load, who) in &self.rows {
            let (row, relay) = ((load, who), (load, "relay"));
            let rate = |row| self.middle(row, |of| of.carried.rate);
            let own = |row| self.middle(row, |of| of.carried.own_micros);
            println!(
                "| {load} | {who} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} | {:.0} | {:.2} | {:.2} |",
                rate(row),
                own(row),
                self.middle(row, |of| of.carried.broker_micros),
                self.middle(row, |of| of.latency.p50.as_secs_f64() * 1e3),
                self.middle(row, |of| of.latency.p99.as_secs_f64() * 1e3),
                self.middle(row, |of| of.carried.memory as f64 / 1e6),
                rate(row) / rate(relay),
                own(row) / own(relay),
            );
        }
    }
}
