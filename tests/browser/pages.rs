//! A way through the pages, by mouse and by keyboard.

use std::time::{Duration, Instant};

use lapin::BasicProperties;
use serde_json::json;
use tokio::time::sleep;

use super::client::{Client, Names, PATIENCE};
use super::node;
use super::seen::is_for_everybody;
use super::visit::Visit;
use super::worker::WorkerProcess;

/// The samples' page with a cookie dialog, menus, related links, and quotations in the middle of it.
const PAGE: &str = include_str!("../../samples/raw/harbour-deal.en.html");
/// Nothing listens there: the pages need no broker.
const NO_BROKER: &str = "amqp://127.0.0.1:1";

/// What would be seen in the browser if any of it were taken for markup.
const HOSTILE: &str = "</title></textarea></p><script>window.owned = 1</script><img src=x onerror='window.owned = 1'>\
    <style>body { display: none }</style>";

async fn base_of(worker: &WorkerProcess) -> String {
    worker.await_log("pages for people").await;
    let log = worker.log();
    let line = log
        .lines()
        .find(|line| line.contains("pages for people"))
        .unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    line["address"].as_str().unwrap().trim_end_matches('/').to_owned()
}

/// A worker whose broker is away, and a browser on its pages.
async fn alone(test: &str, settings: &[(&str, &str)]) -> Option<(WorkerProcess, Visit)> {
    let worker = WorkerProcess::start(NO_BROKER, &Names::new(test), settings);
    let visit = Visit::begin(&base_of(&worker).await)?;
    Some((worker, visit))
}

fn fill(visit: &Visit, field: &str, text: &str) {
    let text = serde_json::to_string(text).unwrap();
    let _: bool = visit.ask(&format!(
        "document.querySelector('#{field}').value = {text}, true"
    ));
}

fn text_of(visit: &Visit, selector: &str) -> String {
    visit.ask(&format!(
        "[...document.querySelectorAll({selector:?})].map(element => element.innerText).join('\\n')"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_through_the_worker_is_seen_on_its_pages() {
    let Some(url) = node::shared() else { return };
    let names = Names::new("pages");
    let worker = WorkerProcess::start(url, &names, &[("PAGES_RECENT", "3")]);
    let base = base_of(&worker).await;
    let Some(visit) = Visit::begin(&base) else {
        return;
    };
    let client = Client::connect(url).await;
    client.await_queue(&names.output).await;
    worker.await_ready(200, "ready").await;

    visit.go("/").await;
    assert_eq!(text_of(&visit, "h1"), "worker-under-test");
    assert_eq!(text_of(&visit, ".badge"), "✓ ready");
    visit
        .follow("nav[aria-label=Pages] li:nth-child(3) a", "/recent")
        .await;
    assert!(text_of(&visit, "main").contains("None yet"));

    let hostile = json!({
        "id": "a-hostile",
        "title": HOSTILE,
        "source": HOSTILE,
        "tags": [HOSTILE],
        "text": format!("“{HOSTILE}” is what we found in the form, said Ada Brown. Nobody ran it that day."),
    });
    let html = BasicProperties::default().with_content_type("text/html".into());
    let json = BasicProperties::default().with_content_type("application/json".into());
    client.put(&names.input, PAGE.as_bytes(), html).await;
    // One after the other, so that the list has them in this order.
    let begun = Instant::now();
    loop {
        visit.go("/recent").await;
        if text_of(&visit, "main").contains("Port Ansgar") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the article is not listed");
    }
    client
        .put(&names.input, hostile.to_string().as_bytes(), json.clone())
        .await;
    client.put(&names.input, b"{broken", json).await;
    client.await_depth(&names.output, 2).await;
    client.await_depth(&names.dead, 1).await;

    // The worker at a glance: what became of them, and what to do about the one that failed.
    let begun = Instant::now();
    loop {
        visit.go("/").await;
        let main = text_of(&visit, "main");
        if main.contains("dead lettered") && main.contains("2 in all") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{main}");
        sleep(Duration::from_millis(100)).await;
    }
    let errors = text_of(&visit, ".errors tbody");
    assert!(
        errors.contains("json") && errors.contains("invalid JSON at line 1"),
        "{errors}"
    );
    for stage in ["decode", "clean", "quotes", "tags", "publish", "settle"] {
        assert!(text_of(&visit, "main").contains(stage), "{stage}");
    }
    is_for_everybody(&visit, "home").await;
    visit
        .follow(".errors tbody a", "/docs/messages#what-is-refused")
        .await;
    let in_view: bool = visit.ask("(({ top }) => top >= 0 && top < innerHeight)(document.querySelector(':target').getBoundingClientRect())");
    assert!(in_view, "the browser goes to what is linked");

    // The article as it was published.
    visit.go("/recent").await;
    is_for_everybody(&visit, "recent").await;
    visit.follow("tbody tr:nth-child(2) a", "/recent/1").await;
    assert_eq!(
        text_of(&visit, "h1"),
        "Three states sign pact to share Port Ansgar"
    );
    assert!(text_of(&visit, "a.said.direct").contains("Nobody won,"));
    assert!(text_of(&visit, "a.speaker").contains("Tomas Ekdahl"));
    assert!(text_of(&visit, ".tags").contains("wikidata Q35"));
    assert!(text_of(&visit, ".lines").contains("lines removed"));
    is_for_everybody(&visit, "article").await;

    // What an article says is text, on every page that shows it.
    visit
        .follow("nav[aria-label=Pages] li:nth-child(3) a", "/recent")
        .await;
    assert!(text_of(&visit, "tbody").contains("<script>window.owned = 1</script>"));
    visit.follow("tbody tr:nth-child(1) a", "/recent/2").await;
    assert!(text_of(&visit, "h1").contains("<script>window.owned = 1</script>"));
    is_for_everybody(&visit, "hostile").await;
    let owned: bool =
        visit.ask("window.owned === 1 || document.querySelector('main img, main style') !== null");
    assert!(!owned);

    assert_eq!(visit.complaints(), [""; 0]);
    visit.go("/recent/99").await;
    assert_eq!(text_of(&visit, "h1"), "No longer here");
    assert!(
        visit
            .complaints()
            .iter()
            .all(|complaint| complaint.contains("404"))
    );
    visit.end();
    worker.stop().await;
    client.clean(&names, &[1, 2]).await;
}

/// Needs no browser.
#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_switched_off_are_not_there() {
    let worker = WorkerProcess::start(NO_BROKER, &Names::new("off"), &[("PAGES_ENABLED", "false")]);
    for (path, status) in [
        ("/", 404),
        ("/try", 404),
        ("/recent", 404),
        ("/runbook", 404),
        ("/livez", 200),
    ] {
        assert_eq!(worker.page(path).await.0, status, "{path}");
    }
    assert!(!worker.log().contains("pages for people"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_is_shown_with_its_reasons() {
    let Some((_worker, visit)) = alone("try", &[]).await else {
        return;
    };
    visit.go("/").await;
    visit
        .follow("nav[aria-label=Pages] li:nth-child(2) a", "/try")
        .await;
    is_for_everybody(&visit, "try").await;
    fill(&visit, "article", PAGE);
    fill(&visit, "keywords", "Ghana's, U.S. elections 2024\nQuillfen Brask");
    visit.click("button[type=submit]");
    visit.until("document.querySelector('.tags') !== null").await;
    assert_eq!(
        text_of(&visit, "h1"),
        "Three states sign pact to share Port Ansgar"
    );

    // Quotations lead to why, speakers too.
    visit.click("a.said.direct");
    visit
        .until("location.hash === '#why-1' && document.querySelector('#why-1:target') !== null")
        .await;
    let why = text_of(&visit, "#why-1");
    assert!(
        why.contains("Karin Lindqvist-Bohr") && why.contains("words in marks, then who said them"),
        "{why}"
    );

    // Tags with ids and reasons, the unknown one too.
    let tags = text_of(&visit, ".tags tbody");
    for part in [
        "Ghana",
        "Q117",
        "without an ending",
        "Quillfen Brask",
        "not in the vocabulary",
    ] {
        assert!(tags.contains(part), "{part} in {tags}");
    }

    // Removed lines, and without them.
    let shown = "[...document.querySelectorAll('.lines .out, .lines details')].filter(line => line.checkVisibility()).length";
    assert!(visit.ask::<usize>(shown) > 2);
    visit.click(".only");
    visit.until(&format!("{shown} === 0")).await;
    assert!(
        visit.ask::<usize>(
            "[...document.querySelectorAll('.line.kept')].filter(line => line.checkVisibility()).length"
        ) > 5
    );
    visit.click(".only");
    is_for_everybody(&visit, "tried").await;

    // What was written is still there, to be changed.
    let again: String = visit.ask("document.querySelector('#article').value");
    assert_eq!(again, PAGE);
    visit.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_is_told_and_kept_in_the_form() {
    let settings = [("PAGES_TRY_BYTES_MAX", "2000")];
    let Some((_worker, visit)) = alone("refused", &settings).await else {
        return;
    };
    visit.go("/try").await;
    fill(&visit, "article", &format!("{{\"text\": {HOSTILE}"));
    visit.click("button[type=submit]");
    visit
        .until("document.querySelector('[role=alert]') !== null")
        .await;
    assert!(text_of(&visit, "[role=alert]").contains("refused as an article (json)"));
    let kept: String = visit.ask("document.querySelector('#article').value");
    assert!(kept.contains(HOSTILE), "{kept}");
    is_for_everybody(&visit, "refused").await;
    for (article, told) in [
        ("a".repeat(2_000), "Tried, neither stored nor published"),
        ("a".repeat(2_001), "over the limit of 2 KiB"),
        ("ä".repeat(200_000), "over the limit of 2 KiB"),
    ] {
        visit.go("/try").await;
        fill(&visit, "article", &article);
        visit.click("button[type=submit]");
        visit
            .until(&format!("document.body.innerText.includes({told:?})"))
            .await;
    }
    let complaints = visit.complaints();
    assert!(
        complaints
            .iter()
            .all(|text| text.contains("422") || text.contains("413")),
        "{complaints:?}"
    );
    visit.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_done_by_keyboard_alone() {
    let Some((_worker, visit)) = alone("keys", &[]).await else {
        return;
    };
    visit.go("/try").await;
    // Past the navigation, by the first thing there is.
    visit.press("Tab");
    assert_eq!(
        visit.ask::<String>("document.activeElement.innerText"),
        "Skip to the content"
    );
    let seen: bool = visit.ask("document.activeElement.getBoundingClientRect().top >= 0");
    assert!(seen, "what has the focus is seen");
    visit.press("Enter");
    visit.until("document.activeElement.id === 'main'").await;
    visit.press("Tab");
    assert_eq!(visit.ask::<String>("document.activeElement.id"), "article");
    visit.write("“We were not asked,” said Ada Brown in Norway. She sells bread there and pays her taxes.");
    visit.press("Tab");
    visit.write("Bridge closed");
    visit.press("Tab");
    visit.write("https://example.org/bridge");
    visit.press("Tab");
    visit.write("Denmark");
    visit.press("Tab");
    assert_eq!(
        visit.ask::<String>("document.activeElement.innerText"),
        "Enrich it"
    );
    let outlined: String = visit.ask("getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outlined, "solid", "the focus is seen");
    visit.press("Enter");
    visit.until("document.querySelector('.tags') !== null").await;
    assert_eq!(text_of(&visit, "h1"), "Bridge closed");
    assert!(text_of(&visit, ".facts").contains("https://example.org/bridge"));
    assert!(text_of(&visit, "a.speaker").contains("Ada Brown"));
    let tags = text_of(&visit, ".tags");
    assert!(tags.contains("Denmark") && tags.contains("Norway"), "{tags}");
    visit.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runbook_leads_where_it_says() {
    let Some((worker, visit)) = alone("runbook", &[]).await else {
        return;
    };
    worker.await_log("no session with the broker").await;
    visit.go("/").await;
    assert_eq!(text_of(&visit, ".badge"), "✗ not ready");
    let errors = text_of(&visit, ".errors tbody");
    assert!(
        errors.contains("disconnected") && errors.contains("Connection refused"),
        "{errors}"
    );
    is_for_everybody(&visit, "not-ready").await;
    visit.follow(".alert a", "/runbook#newsmilldisconnected").await;
    assert_eq!(text_of(&visit, ":target"), "NewsmillDisconnected");
    is_for_everybody(&visit, "runbook").await;
    visit
        .follow("nav.contents a[href='#newsmillbacklog']", "#newsmillbacklog")
        .await;
    visit
        .follow(".doc a[href='/docs/dead-letters']", "/docs/dead-letters")
        .await;
    let pages: Vec<String> =
        visit.ask("[...document.querySelectorAll('nav.others a')].map(link => link.getAttribute('href'))");
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        visit.go(&page).await;
        is_for_everybody(&visit, page.trim_start_matches('/').replace('/', "-").as_str()).await;
    }
    // Kept up to date for as long as somebody asks for it.
    visit.go("/").await;
    visit.follow(".facts a", "/?refresh").await;
    let _: bool = visit.ask("window.before = true");
    visit
        .until("window.before === undefined && document.readyState === 'complete'")
        .await;
    visit.follow(".facts a", "/").await;
    visit
        .until("document.querySelector('meta[http-equiv]') === null")
        .await;
    visit.end();
}
