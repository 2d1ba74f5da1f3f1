//! `/`: this worker at a glance.
//!
//! Invariant: every figure is one of `/metrics`; what is "of the last minute" is the difference of two scrapes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Html;
use maud::{Markup, html};

use super::figures::Stretch;
use super::frame::{self, Place};
use super::remedy::{of_trouble, remedy};
use super::{Pages, words};
use crate::telemetry::Failed;

/// Seconds between two looks of a page that keeps itself up to date.
const REFRESH: u32 = 5;

/// The stages in the order of an article's way.
const STAGES: [&str; 9] = [
    "wait",
    "decode",
    "clean",
    "quotes",
    "tags",
    "reconcile",
    "serialise",
    "publish",
    "settle",
];

pub(super) async fn page(State(pages): State<Arc<Pages>>, address: Uri) -> Html<String> {
    let keeps_up = address.query() == Some("refresh");
    let main = main(&pages, keeps_up);
    let refresh = keeps_up.then_some(REFRESH);
    Html(frame::page(Place::Home, "This worker", refresh, &main).into_string())
}

fn main(pages: &Pages, keeps_up: bool) -> Markup {
    let sources = &pages.sources;
    let minute = pages.minute.until_now(&sources.metrics);
    let troubles = sources.health.troubles();
    let errors = sources.journal.errors();
    html! {
        div class="masthead" {
            h1 { (sources.name) }
            @if troubles.is_empty() { p class="badge good" { "✓ ready" } }
            @else { p class="badge bad" { "✗ not ready" } }
            p class="facts" {
                span { "version " b { (crate::VERSION) } } " "
                span { "up for " b { (words::lasting(pages.since.elapsed())) } } " "
                span { "memory " b { (words::bytes(minute.now.value("process_resident_memory_bytes") as usize)) } } " "
                span { "threads " b { (words::count(minute.now.value("newsmill_threads"))) } } " "
                @if keeps_up {
                    a href="/" { "stop keeping it up to date" }
                } @else {
                    a href="/?refresh" { "keep it up to date, every " (REFRESH) " s" }
                }
            }
        }
        @if !troubles.is_empty() {
            div class="alert" {
                h2 { "Why it is not ready" }
                ul { @for trouble in &troubles {
                    li { (trouble) " – " a href=(of_trouble(trouble)) { "what to do" } }
                } }
            }
        }
        @if let Some(why) = sources.health.shortcoming() {
            div class="alert" {
                h2 { "Ready, but for one thing" }
                p { (why) " – " a href="/runbook#newsmillreconcilepaused" { "what to do" } }
            }
        }
        (tiles(&minute))
        div class="columns" {
            (outcomes(&minute))
            (stages(&minute))
        }
        div class="columns" {
            (connections(pages))
            (vocabulary(pages, &minute))
        }
        (last_errors(&errors))
    }
}

/// The few figures that tell whether all is well.
fn tiles(minute: &Stretch) -> Markup {
    let enriched = minute
        .more("newsmill_deliveries_total")
        .into_iter()
        .find(|(outcome, ..)| *outcome == "enriched");
    let (all, lately) = enriched.map_or((0.0, 0.0), |(_, all, lately)| (all, lately));
    let delivery = minute.histogram("newsmill_delivery_seconds", None);
    let value = |name| minute.now.value(name);
    let (in_flight, prefetch) = (value("newsmill_in_flight"), value("newsmill_prefetch"));
    let (stuck, held) = (value("newsmill_stuck_threads"), value("newsmill_held"));
    let rate = minute.rate(lately).map_or("–".to_owned(), words::rate);
    let span = if minute.seconds >= 59.0 {
        "over the last minute".to_owned()
    } else {
        format!("over the last {:.0} s", minute.seconds)
    };
    let quantile = |share| delivery.quantile(share).map_or("–".to_owned(), words::seconds);
    html! {
        section aria-label="At a glance" {
            dl class="tiles" {
                (tile("Articles a second", &rate, &format!("{span}; {} in all", words::count(all))))
                (tile("Latency p50", &quantile(0.5), "half are faster, from delivery to settlement"))
                (tile("Latency p99", &quantile(0.99), "99 of 100 are faster"))
                (tile("In flight", &words::count(in_flight), &format!("of a prefetch of {}", words::count(prefetch))))
                @if held > 0.0 { (tile("Held", &words::count(held), "the broker does not take them")) }
                @if stuck > 0.0 { (tile("Stuck threads", &words::count(stuck), "in articles that do not end")) }
            }
        }
    }
}

fn tile(name: &str, value: &str, hint: &str) -> Markup {
    html! { div { dt { (name) } dd class="figure" { (value) } dd class="hint" { (hint) } } }
}

fn outcomes(minute: &Stretch) -> Markup {
    // Every outcome is there from the start, at zero.
    let mut rows = minute.more("newsmill_deliveries_total");
    rows.retain(|(_, all, _)| *all > 0.0);
    rows.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    html! {
        section aria-labelledby="outcomes" {
            h2 id="outcomes" { "What became of deliveries" }
            @if rows.is_empty() { p class="empty" { "Nothing has come yet." } } @else {
                table {
                    thead { tr {
                        th scope="col" { "Outcome" }
                        th scope="col" class="num" { "Last minute" }
                        th scope="col" class="num" { "In all" }
                    } }
                    tbody { @for (outcome, all, lately) in rows { tr {
                        th scope="row" { (outcome.replace('_', " ")) }
                        td class="num" { (words::count(lately)) }
                        td class="num" { (words::count(all)) }
                    } } }
                }
            }
        }
    }
}

fn stages(minute: &Stretch) -> Markup {
    let known = minute.now.by_label("newsmill_stage_seconds_count");
    let mut known: Vec<&str> = known.map(|(stage, _)| stage).collect();
    known.sort_by_key(|stage| STAGES.iter().position(|other| other == stage));
    let rows: Vec<_> = known
        .into_iter()
        .map(|stage| (stage, minute.histogram("newsmill_stage_seconds", Some(stage))))
        .collect();
    let means = rows.iter().filter_map(|(_, times)| times.mean());
    let longest = means.fold(0.0, f64::max);
    html! {
        section aria-labelledby="stages" {
            h2 id="stages" { "Time in each stage, last minute" }
            @if rows.is_empty() { p class="empty" { "Nothing has been enriched yet." } } @else {
                table {
                    thead { tr {
                        th scope="col" { "Stage" }
                        th scope="col" class="num" { "Mean" }
                        th scope="col" class="num" { "p50" }
                        th scope="col" class="num" { "p99" }
                    } }
                    tbody { @for (stage, times) in &rows { tr {
                        th scope="row" { (stage) }
                        td class="num" {
                            @if let Some(mean) = times.mean() { (share(mean / longest)) " " }
                            (time(times.mean()))
                        }
                        td class="num" { (time(times.quantile(0.5))) }
                        td class="num" { (time(times.quantile(0.99))) }
                    } } }
                }
            }
        }
    }
}

fn time(seconds: Option<f64>) -> String {
    seconds.map_or("–".to_owned(), words::seconds)
}

/// A share of the longest time, as a bar.
fn share(of_longest: f64) -> Markup {
    html! {
        svg class="portion" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect class="level" x="0" y="0" width=((of_longest * 100.0).round()) height="10" {}
        }
    }
}

fn connections(pages: &Pages) -> Markup {
    html! {
        section aria-labelledby="connections" {
            h2 id="connections" { "Connections" }
            table {
                thead { tr { th scope="col" { "Connection" } th scope="col" { "State" } } }
                tbody { @for (name, trouble) in pages.sources.health.links() { tr {
                    th scope="row" { (name) }
                    td { @match trouble {
                        None => { span class="good" { "✓ up" } }
                        Some(why) => {
                            span class="bad" { "✗ " (why) } " – " a href=(of_trouble(&why)) { "what to do" }
                        }
                    } }
                } } }
            }
        }
    }
}

fn vocabulary(pages: &Pages, minute: &Stretch) -> Markup {
    let live = &pages.sources.vocabulary;
    let current = live.current();
    let loaded = minute.now.value("newsmill_vocabulary_loaded_timestamp_seconds");
    let loaded = jiff::Timestamp::from_second(loaded as i64).ok();
    let reloads = minute.now.by_label("newsmill_vocabulary_reloads_total");
    let refused = reloads
        .filter(|(outcome, _)| *outcome == "failed")
        .map(|(_, times)| times);
    let refused: f64 = refused.sum();
    html! {
        section aria-labelledby="vocabulary" {
            h2 id="vocabulary" { "Vocabulary in force" }
            dl class="pairs" {
                dt { "Version" } dd { code { (current.version()) } }
                dt { "Concepts" } dd { (words::number(current.len() as u64)) }
                dt { "From" } dd {
                    @match live.path() {
                        Some(path) => { code { (path.display().to_string()) } ", over the built-in one" }
                        None => { "the built-in one" }
                    }
                }
                @if let Some(loaded) = loaded {
                    dt { "Loaded" }
                    dd { time datetime=(loaded) title=(words::clock(loaded)) { (words::ago(loaded)) } }
                }
                @if refused > 0.0 {
                    dt { "Refused" }
                    dd {
                        span class="bad" { "✗ " (words::count(refused)) " times" } " – "
                        a href="/runbook#newsmillvocabularyrefused" { "what to do" }
                    }
                }
            }
        }
    }
}

fn last_errors(errors: &[Failed]) -> Markup {
    html! {
        section aria-labelledby="errors" {
            h2 id="errors" { "Last errors" }
            @if errors.is_empty() { p class="empty" { "None since the worker started." } } @else {
                div class="scroll" role="region" aria-labelledby="errors" tabindex="0" {
                    table class="errors" {
                        thead { tr {
                            th scope="col" { "When" }
                            th scope="col" { "Kind and stage" }
                            th scope="col" { "What happened" }
                            th scope="col" { "Article or message" }
                            th scope="col" { "What to do" }
                        } }
                        tbody { @for error in errors { (error_row(error)) } }
                    }
                }
                p class="hint" {
                    "What was dead-lettered lies in its queue with its cause: "
                    a href="/docs/dead-letters" { "looking at dead letters and sending them back" } "."
                }
            }
        }
    }
}

fn error_row(error: &Failed) -> Markup {
    let (address, about) = remedy(error.kind);
    html! {
        tr {
            td {
                time datetime=(error.at) title=(words::clock(error.at)) { (words::ago(error.at)) }
                @if error.times > 1 { br; small { (words::number(error.times)) " times" } }
            }
            th scope="row" { (error.kind) br; small { "in " (error.stage) ", " (error.outcome.replace('_', " ")) } }
            td class="said-error" dir="auto" { (error.text) }
            td class="id" dir="auto" { (error.article.as_deref().unwrap_or("–")) }
            td { a href=(address) { (about) } }
        }
    }
}
