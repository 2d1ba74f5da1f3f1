//! `newsmill explain`: a page for a browser that shows what became of an article, and does nothing else.

use serde_json::json;

use crate::program::run;

const PAGE: &str = "<html><head><title>Bridge closed - The Example</title></head><body><nav><a href=/>Home</a> \
    <a href=/w>World</a></nav><article><h1>Bridge closed</h1><p>The council closed the old bridge on Tuesday after \
    engineers found cracks in two of its four piers, and buses go round by the new one until spring.</p>\
    <p>\"We were not asked,\" said Ada Brown, who has sold bread at its northern end for thirty years.</p>\
    <p>Repairs begin in May and take a year, the mayor told the council's meeting.</p></article>\
    <footer>Copyright The Example</footer></body></html>";

#[test]
fn what_is_kept_and_what_is_removed_stands_on_a_page_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (page, out) = (folder.path().join("page.html"), folder.path().join("why.html"));
    std::fs::write(&page, PAGE).unwrap();
    let done = run(
        &["explain", page.to_str().unwrap(), "--html", out.to_str().unwrap()],
        String::new(),
    );
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
    let why = std::fs::read_to_string(out).unwrap();
    for part in [
        "Bridge closed",
        "cracks in two of its four piers",
        "Copyright The Example",
    ] {
        assert!(why.contains(part), "{part}");
    }
    for part in ["<script", "src=", "http://", "https://", "@import"] {
        assert!(!why.contains(part), "it asks for nothing: {part}");
    }
}

#[test]
fn what_an_article_says_is_shown_and_not_run() {
    let article = json!({
        "id": "<img src=x onerror=alert(1)>",
        "title": "A \"title\" <marquee>",
        "text": "The form says <script>alert(1)</script> and </style>, which no reader had asked for. Nobody ran it.",
    });
    let done = run(&["explain", "-"], article.to_string());
    assert_eq!(done.code, 0, "{}", done.err);
    for part in ["<script", "<img", "<marquee"] {
        assert!(!done.out.contains(part), "{part}");
    }
    assert_eq!(done.out.matches("</style>").count(), 1, "its own");
}

#[test]
fn what_is_no_article_is_told() {
    let done = run(&["explain", "-"], String::new());
    assert_eq!(done.code, 1);
    assert!(done.err.contains("the body is empty"), "{}", done.err);
    let done = run(&["explain", "/nowhere.html"], String::new());
    assert_eq!(done.code, 1);
    assert!(done.err.contains("/nowhere.html"), "{}", done.err);
}

#[test]
fn why_a_quotation_is_one_and_why_that_speaker_is_told() {
    let article = json!({
        "id": "a-1",
        "language": "en",
        "text": "Mayor Carla Voss met Henry Dale on Tuesday at the “Green Hall”. She said the bridge would close.\n\n\
            “We were not asked,” Dale said.",
    })
    .to_string();
    let done = run(&["explain", "--quotes", "-"], article.clone());
    assert_eq!(done.code, 0, "{}", done.err);
    for part in [
        "words in marks, then who said them, by “said”",
        "Carla Voss: the likeliest of those whom “She” may mean",
        "Henry Dale: the article's fullest form of “Dale”",
        "Green Hall",
    ] {
        assert!(done.out.contains(part), "{part} in:\n{}", done.out);
    }
    let told = run(&["explain", "--quotes", "--json", "-"], article.clone()).out;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let enriched = run(&["enrich"], article.clone()).records().remove(0);
    let quotes: Vec<_> = told["quotes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| told["quote"].clone())
        .collect();
    assert_eq!(
        serde_json::Value::from(quotes),
        enriched["quotes"],
        "the same as the record has"
    );
    assert_eq!(told["quotes"][0]["candidates"][0]["name"], "Carla Voss");
    assert_eq!(told["quotes"][1]["rule"], "behind");
    assert_eq!(told["refused"][0]["span"]["text"], "Green Hall");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("why.html");
    let done = run(
        &["explain", "--quotes", "-", "--html", out.to_str().unwrap()],
        article,
    );
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
    let page = std::fs::read_to_string(out).unwrap();
    assert!(page.contains("href=\"#why-1\"") && page.contains("id=\"why-1\""));
    assert!(!page.contains("<script") && !page.contains("http://"));
}
