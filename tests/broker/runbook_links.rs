//! From what somebody sees, a panel or an alert, one step leads to what to do.

use std::collections::BTreeSet;

use super::watching::{Asked, Board, alerts, asked, boards, deployed, queries_of};

/// A worker's own runbook, where the links lead unless somebody says otherwise.
const RUNBOOK: &str = "http://127.0.0.1:9464/runbook";
/// The dashboards' variable with that address.
const VARIABLE: &str = "${runbook:raw}";

/// The headings of the runbook, as its pages call them.
fn headings() -> BTreeSet<String> {
    let text = include_str!("../../docs/runbook.md");
    text.lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(str::to_lowercase)
        .collect()
}

/// The entries of the runbook to which a panel leads.
fn leads_to(panel: &serde_json::Value) -> Vec<String> {
    let links = panel["links"].as_array().into_iter().flatten();
    links
        .map(|link| {
            let (to, entry) = link["url"].as_str().unwrap().split_once('#').unwrap();
            assert_eq!(to, VARIABLE, "{}", panel["title"]);
            let title = link["title"].as_str().unwrap();
            assert_eq!(title.strip_prefix("Runbook: ").unwrap().to_lowercase(), entry);
            entry.to_owned()
        })
        .collect()
}

#[test]
fn each_alert_has_its_entry_and_names_it() {
    let headings = headings();
    for alert in alerts() {
        let entry = alert.name.to_lowercase();
        assert!(headings.contains(&entry), "{} has no entry", alert.name);
        assert_eq!(alert.runbook, format!("{RUNBOOK}#{entry}"), "{}", alert.name);
    }
    let named: BTreeSet<String> = alerts().iter().map(|alert| alert.name.to_lowercase()).collect();
    let orphans: Vec<_> = headings
        .iter()
        .filter(|heading| heading.starts_with("newsmill") && !named.contains(*heading))
        .collect();
    assert!(orphans.is_empty(), "{orphans:?} are no alerts");
    // Each has been seen to go off, or not to, in a test of Prometheus' own.
    let tested = deployed("prometheus/alerts_test.yml");
    for alert in alerts() {
        assert!(
            tested.contains(&format!("alertname: {}\n", alert.name)),
            "{}",
            alert.name
        );
    }
}

#[test]
fn a_panel_that_shows_what_an_alert_watches_leads_to_its_entry() {
    let (alerts, boards) = (alerts(), boards());
    let mut shown = BTreeSet::new();
    for board in &boards {
        for panel in board.panels() {
            let leads = leads_to(panel);
            for entry in &leads {
                let known = alerts.iter().any(|alert| alert.name.to_lowercase() == *entry);
                assert!(known, "{} leads to {entry}", panel["title"]);
            }
            let queries = queries_of(board, panel);
            let shows: Vec<Asked> = queries.iter().flat_map(|query| asked(&query.text)).collect();
            for alert in &alerts {
                // What it watches stands first; what it is compared with, behind.
                let watched = asked(&alert.query).remove(0);
                if shows.iter().any(|one| one.meets(&watched)) {
                    let entry = alert.name.to_lowercase();
                    assert!(
                        leads.contains(&entry),
                        "{} shows {} and does not lead to {entry}",
                        panel["title"],
                        watched.metric
                    );
                    shown.insert(alert.name.clone());
                }
            }
        }
    }
    let unseen: Vec<_> = alerts
        .iter()
        .filter(|alert| !shown.contains(&alert.name))
        .collect();
    assert!(unseen.is_empty(), "no panel shows what these watch: {unseen:?}");
}

#[test]
fn where_the_runbook_is_can_be_said_on_each_board() {
    for board in boards() {
        let Board { title, whole } = &board;
        let variables = whole["templating"]["list"].as_array().unwrap();
        let variable = variables.iter().find(|one| one["name"] == "runbook");
        let variable = variable.unwrap_or_else(|| panic!("{title} has no variable"));
        assert_eq!(variable["type"], "textbox", "{title}");
        assert_eq!(variable["query"], RUNBOOK, "{title}");
        assert_eq!(variable["current"]["value"], RUNBOOK, "{title}");
        let links = whole["links"].as_array().unwrap();
        assert!(links.iter().any(|link| link["url"] == VARIABLE), "{title}");
    }
}
