//! What was measured, as a table: medians over the rounds, and ratios to the relay of the same load.

use std::collections::BTreeMap;

use crate::trial::{Carried, Latency};

#[derive(Debug, Default)]
pub struct Table {
    /// In the order in which they came.
    rows: Vec<(&'static str, &'static str)>,
    measured: BTreeMap<(&'static str, &'static str), Vec<(Carried, Option<Latency>)>>,
}

/// The middle one.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Table {
    pub fn add(
        &mut self,
        load: &'static str,
        who: &'static str,
        carried: &Carried,
        latency: Option<Latency>,
    ) {
        if !self.rows.contains(&(load, who)) {
            self.rows.push((load, who));
        }
        self.measured
            .entry((load, who))
            .or_default()
            .push((*carried, latency));
    }

    fn middle(
        &self,
        row: (&'static str, &'static str),
        value: impl Fn(&(Carried, Option<Latency>)) -> f64,
    ) -> f64 {
        let mut values: Vec<f64> = self.measured.get(&row).into_iter().flatten().map(value).collect();
        median(&mut values)
    }

    pub fn print(&self) {
        println!(
            "\n| load | who | msgs/s | µs a message | of the broker | p50 ms | p99 ms | MB | rate to relay | µs to relay |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for &(load, who) in &self.rows {
            let row = (load, who);
            let relay = (load, "relay");
            let rate = |row| self.middle(row, |(carried, _)| carried.rate);
            let own = |row| self.middle(row, |(carried, _)| carried.own_micros);
            let millis = |value: fn(&Latency) -> std::time::Duration| {
                self.middle(row, |(_, latency)| {
                    latency
                        .as_ref()
                        .map_or(f64::NAN, |latency| value(latency).as_secs_f64() * 1e3)
                })
            };
            println!(
                "| {load} | {who} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} | {:.0} | {:.2} | {:.2} |",
                rate(row),
                own(row),
                self.middle(row, |(carried, _)| carried.broker_micros),
                millis(|latency| latency.p50),
                millis(|latency| latency.p99),
                self.middle(row, |(carried, _)| carried.memory as f64 / 1e6),
                rate(row) / rate(relay),
                own(row) / own(relay),
            );
        }
    }
}
