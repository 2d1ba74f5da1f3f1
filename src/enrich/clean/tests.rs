//! Cleaning as a whole: no input stops it, and what it gives it leaves as it is.

use proptest::prelude::*;

use super::*;
use crate::message::RemovedReason;

fn page(html: &str) -> RawArticle {
    RawArticle {
        html: Some(html.to_owned()),
        url: Some("https://news.example/2026/05/03/bridge".to_owned()),
        ..RawArticle::default()
    }
}

fn text(text: &str) -> RawArticle {
    RawArticle {
        text: Some(text.to_owned()),
        ..RawArticle::default()
    }
}

fn cleaned(article: &RawArticle) -> Cleaned {
    clean(article, &Limits::default()).unwrap()
}

const STORY: &str = "Council closes the old bridge\n\nCouncil closes the old bridge\n\nBy Ada Bell\n\n3 May 2026\n\n\
    The council closed the old bridge on Tuesday after engineers found cracks in two of its five piers, and said that \
    nobody could tell when it would open again.\n\nGETTYThe bridge has carried trams for a hundred years\n\n\
    “We were not asked,” said Ruth Okafor, who has sold bread at its western end for thirty years and who lives above \
    her shop.\n\nThe repairs are expected to cost twelve million pounds, according to the city’s engineer.\n\n\
    Read more: Trams return to the quay\n\nShare this article\n\n© 2026 The Post. All rights reserved.\n";

#[test]
fn a_story_is_all_that_is_left() {
    let cleaned = cleaned(&text(STORY));
    assert_eq!(
        cleaned.metadata.title.as_deref(),
        Some("Council closes the old bridge")
    );
    assert_eq!(cleaned.metadata.authors, ["Ada Bell"]);
    assert!(cleaned.text.as_str().starts_with("The council closed"));
    assert!(cleaned.text.as_str().ends_with("city’s engineer."));
    assert_eq!(cleaned.text.as_str().matches("\n\n").count(), 2);
    assert_eq!(cleaned.captions.len(), 1);
    let reasons: Vec<&str> = cleaned
        .removed
        .iter()
        .map(|removed| removed.text.as_str())
        .collect();
    assert_eq!(reasons.len(), 6, "{reasons:?}");
}

#[test]
fn clean_text_stays_as_it_is() {
    let once = cleaned(&text(STORY)).text.into_string();
    let twice = cleaned(&text(&once));
    assert_eq!(twice.text.as_str(), once);
    assert!(twice.removed.is_empty());
}

#[test]
fn what_is_removed_is_bounded() {
    let limits = Limits {
        removed_bytes_max: 40,
        ..Limits::default()
    };
    let cleaned = clean(&text(STORY), &limits).unwrap();
    let bytes: usize = cleaned.removed.iter().map(|removed| removed.text.len()).sum();
    assert!(bytes <= 40, "{bytes}");
}

#[test]
fn a_page_without_text_falls_back_on_what_the_crawler_extracted() {
    let article = RawArticle {
        html: Some("<html><body><script>load()</script></body></html>".to_owned()),
        ..text(STORY)
    };
    assert!(cleaned(&article).text.as_str().starts_with("The council closed"));
}

/// A page with these in its head and before its text.
fn page_with(head: &str, before: &str) -> Cleaned {
    let paragraphs: Vec<String> = STORY
        .split("\n\n")
        .filter(|line| line.len() > 80)
        .map(|line| format!("<p>{line}</p>"))
        .collect();
    let html = format!(
        "<html><head>{head}</head><body><article>{before}<div class=\"article-body\">{}</div></article></body></html>",
        paragraphs.concat()
    );
    cleaned(&RawArticle {
        html: Some(html),
        ..RawArticle::default()
    })
}

#[test]
fn a_headline_for_search_engines_gives_way_to_the_one_that_is_shown() {
    let head = r#"<title>Old bridge closed: what commuters must know - The Post</title>
        <meta property="og:site_name" content="The Post">
        <meta property="og:title" content="Council shuts crossing after cracks are found">
        <script type="application/ld+json">{"@type":"NewsArticle","headline":"Old bridge closed: what commuters must know"}</script>"#;
    let cleaned = page_with(head, "<h1>Council shuts crossing after cracks are found</h1>");
    assert_eq!(
        cleaned.metadata.title.as_deref(),
        Some("Council shuts crossing after cracks are found")
    );
}

#[test]
fn a_date_between_headline_and_text_dates_the_page_whatever_it_was_taken_for() {
    let before = "<h1>Council closes the old bridge</h1><div class=\"more\"><a href=\"/a\">Ada Bell</a>\
        <a href=\"/x\">May 3, 2026</a></div>";
    let cleaned = page_with("<title>Council closes the old bridge</title>", before);
    assert_eq!(
        cleaned.metadata.published_at.as_deref(),
        Some("2026-05-03T00:00:00Z")
    );
}

#[test]
fn an_article_that_only_a_script_would_show_is_read_out_of_the_data() {
    let days = (1..=18).map(|day| {
        format!(
            "The council closed bridge {day} after engineers had found cracks in two of its five piers, and in no other; \
             nobody could tell when it would open again."
        )
    });
    let body = days.collect::<Vec<_>>().join("\n");
    let script = serde_json::json!({"@type": "NewsArticle", "articleBody": body});
    let html = format!(
        "<html><head><script type=\"application/ld+json\">{script}</script></head><body><div id=\"app\"></div></body></html>"
    );
    let cleaned = cleaned(&page(&html)).text.into_string();
    assert!(cleaned.starts_with("The council closed"), "{cleaned}");
}

#[test]
fn an_article_in_the_state_of_a_script_is_read_out_of_it() {
    let days = (1..=9).map(|day| {
        format!(
            "<p>The council closed bridge {day} after engineers had found cracks in two of its five piers, and in no other; \
             nobody could tell when it would open again.</p>"
        )
    });
    let paragraphs: String = days.collect();
    let state = serde_json::json!({"menu": ["Home"], "article": {"contentHtml": paragraphs}}).to_string();
    let html = format!(
        "<html><head><title>Council closes its bridges</title></head><body><div id=\"app\"></div>\
         <script>start({})</script></body></html>",
        state.replace('<', "\\u003c").replace('>', "\\u003e")
    );
    let cleaned = cleaned(&page(&html)).text.into_string();
    assert!(
        cleaned.starts_with("The council closed bridge 1") && cleaned.contains("bridge 9"),
        "{cleaned}"
    );
}

#[test]
fn a_meta_element_of_any_name_may_tell_the_day_of_publication() {
    let head = r#"<meta name="x-first-published-date" content="2026-05-03T09:00:00+02:00">"#;
    assert_eq!(
        page_with(head, "").metadata.published_at.as_deref(),
        Some("2026-05-03T09:00:00+02:00")
    );
}

/// What becomes of markup between the paragraphs of a story, and after them.
fn story_around(between: &str, after: &str) -> Cleaned {
    let [one, two, three] = [
        "The council closed the old bridge on Tuesday after engineers found cracks in two of its five piers, and said that \
         nobody could tell when it would open again.",
        "Ruth Okafor, who has sold bread at its western end for thirty years and lives above her shop, said that nobody had \
         asked her, and that the trams would be missed most of all in winter.",
        "The repairs are expected to cost twelve million pounds, according to the city’s engineer, who hopes that half of \
         the money will come from the state before the end of the year.",
    ];
    cleaned(&page(&format!(
        "<html><body><article><h1>Council closes the old bridge</h1><p>{one}</p><p>{two}</p>{between}<p>{three}</p>\
         </article>{after}</body></html>"
    )))
}

#[test]
fn a_post_that_the_article_shows_is_text_with_its_signature() {
    let post = |words: &str| {
        format!("<blockquote class=\"twitter-tweet\"><p>{words}</p>— Ruth (@ruth) 3 May 2026</blockquote>")
    };
    let shown = post("No trams, no customers. See you in spring.");
    let cleaned = story_around(
        &shown,
        &format!("<aside>{}</aside>", post("Fresh rolls from seven.")),
    );
    let text = cleaned.text.as_str();
    assert!(text.contains("See you in spring.\n\n— Ruth (@ruth)"), "{text}");
    assert!(!text.contains("Fresh rolls"), "{text}");
    assert!(cleaned.text.block_quotes.is_empty(), "a post is somebody's page");
}

#[test]
fn a_link_in_capitals_between_paragraphs_leads_elsewhere() {
    let cleaned = story_around(
        "<p><a href=\"/2\"><strong>MAYOR SAYS SECOND BRIDGE IS SAFE AFTER NIGHT OF TESTS</strong></a></p>\
         <p>THE <a href=\"/3\">TRAMS</a> WILL TURN ROUND AT THE QUAY, A SIGN SAID ON TUESDAY NIGHT.</p>",
        "",
    );
    let removed = cleaned
        .removed
        .iter()
        .find(|removed| removed.text.starts_with("MAYOR"));
    assert_eq!(
        removed.map(|removed| removed.reason),
        Some(RemovedReason::RelatedLinks)
    );
    assert!(
        cleaned.text.as_str().contains("THE TRAMS WILL TURN"),
        "{}",
        cleaned.text.as_str()
    );
}

#[test]
fn nothing_in_the_container_of_a_product_that_asks_for_consent_is_text() {
    let asked = "When you come to this site we keep small files on your machine, so that we know you when you come again, \
                 count how many readers an article has, and show you what may interest you.";
    let cleaned = story_around(
        "",
        &format!(
            "<div id=\"onetrust-consent-sdk\"><div><h2>What we keep</h2><p>{asked}</p><p>{asked}</p></div></div>"
        ),
    );
    assert!(
        !cleaned.text.as_str().contains("small files"),
        "{}",
        cleaned.text.as_str()
    );
    let reasons = cleaned
        .removed
        .iter()
        .filter(|removed| removed.text == asked)
        .map(|removed| removed.reason);
    assert!(reasons.clone().count() > 0);
    assert!(
        reasons
            .into_iter()
            .all(|reason| reason == RemovedReason::CookieNotice)
    );
}

#[test]
fn the_section_and_what_it_costs_to_read_are_told() {
    let told = |head: &str| page_with(head, "").metadata;
    let metadata = told("<meta property=\"article:section\" content=\"City &amp; region\">");
    assert_eq!(metadata.section.as_deref(), Some("City & region"));
    assert_eq!(metadata.is_accessible_for_free, None);
    for (tier, free) in [
        ("free", Some(true)),
        ("metered", Some(false)),
        ("locked", Some(false)),
        ("?", None),
    ] {
        let head = format!("<meta property=\"article:content_tier\" content=\"{tier}\">");
        assert_eq!(told(&head).is_accessible_for_free, free, "{tier}");
    }
}

#[test]
fn a_sentence_that_names_a_shop_stays_in_a_text() {
    let sentence = "Once it is approved, you can set your program to go live on the App Store.";
    let story = STORY.replacen(
        "\n\n“We were",
        &format!("\n\n{sentence}\n\nCopyright in the age of machines\n\n“We were"),
        1,
    );
    let cleaned = cleaned(&text(&story)).text.into_string();
    assert!(
        cleaned.contains(sentence) && cleaned.contains("Copyright in"),
        "{cleaned}"
    );
}

#[test]
fn a_label_that_comes_back_again_and_again_is_the_texts_own() {
    let tests = ["Alder", "Birch", "Cedar"].map(|tent| {
        format!(
            "The {tent} stood in the rain for two days and two nights, and neither its seams nor its poles gave way at all.\n\n\
             More: {tent} in a long trial\n\n"
        )
    });
    let body = "All of them were then dried, weighed and folded by the same two people, who took notes of every step of it.";
    let whole = cleaned(&text(&format!("{}{body}", tests.concat())))
        .text
        .into_string();
    assert_eq!(whole.matches("More: ").count(), 3, "{whole}");
    let once = tests.first().map_or("", String::as_str);
    let once = cleaned(&text(&format!("{once}{body}"))).text.into_string();
    assert!(!once.contains("More: "), "{once}");
}

#[test]
fn a_question_at_the_end_is_the_articles_own_unless_it_only_asks_for_an_answer() {
    let asked = |question: &str| {
        cleaned(&text(&format!("{STORY}\n\n{question}")))
            .text
            .into_string()
    };
    assert!(asked("What do you think about a bridge that nobody may cross?").ends_with("may cross?"));
    assert!(asked("What do you think?").ends_with("city’s engineer."));
}

#[test]
fn a_page_without_data_is_dated_by_a_label_after_its_text_or_by_its_first_words() {
    let head = "<title>Council closes the old bridge</title>";
    let labelled = page_with(head, "<footer><p>Published: 3 May 2026, 09:00</p></footer>");
    assert_eq!(
        labelled.metadata.published_at.as_deref(),
        Some("2026-05-03T09:00:00Z")
    );
    let opened = page_with(
        head,
        "<div class=\"article-body\"><p>Release of 3 May 2026 | Port Ansgar. The council met for four hours on \
         Sunday, and it will meet once more before the summer.</p></div>",
    );
    assert_eq!(
        opened.metadata.published_at.as_deref(),
        Some("2026-05-03T00:00:00Z")
    );
}

#[test]
fn a_page_over_the_depth_is_refused() {
    let deep = page(&"<div>".repeat(20_000));
    assert!(matches!(
        clean(&deep, &Limits::default()),
        Err(EnrichError::TooDeep { .. })
    ));
}

/// The kinds that the benchmark times: of pages, and of texts.
fn hostile() -> (Vec<String>, Vec<String>) {
    let kinds = include_str!("../../../benches/hostile.txt");
    let (pages, texts) = kinds.split_once("[texts]\n").unwrap();
    let read = |lines: &str| -> Vec<String> {
        let lines = lines
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(|line| line.replace("\\n", "\n")).collect()
    };
    (read(pages), read(texts))
}

/// Steps that cleaning takes over a kind repeated to some bytes.
fn steps_over(kind: &str, bytes: usize, article: fn(&str) -> RawArticle) -> u64 {
    let article = article(&kind.repeat(bytes / kind.len()));
    steps::of(|| match clean(&article, &Limits::default()) {
        Ok(_) | Err(EnrichError::TooDeep { .. }) => {}
        Err(other) => panic!("{kind}: {other}"),
    })
}

#[test]
fn hostile_input_of_double_length_takes_double_the_steps() {
    const BYTES: usize = 40_000;
    let (pages, texts) = hostile();
    assert!(pages.len() >= 30, "{}", pages.len());
    let pages = pages.iter().map(|kind| (kind, page as fn(&str) -> RawArticle));
    let texts = texts.iter().map(|kind| (kind, text as fn(&str) -> RawArticle));
    for (kind, article) in pages.chain(texts) {
        let once = steps_over(kind, BYTES, article);
        let twice = steps_over(kind, 2 * BYTES, article);
        assert!(
            twice <= once * 9 / 4 + 50_000,
            "{kind:?}: {once} steps, then {twice}"
        );
        assert!(twice <= 80 * 2 * BYTES as u64, "{kind:?}: {twice} steps");
    }
}

#[test]
fn a_page_as_deep_as_allowed_is_still_linear() {
    let page_of = |count: usize| {
        let inner = "<p><b><i>x</p></table></li></section></b>".repeat(count);
        page(&format!("{}{inner}", "<div><section><ul><li>".repeat(1_000)))
    };
    let steps = |count| {
        let article = page_of(count);
        steps::of(|| drop(clean(&article, &Limits::default())))
    };
    let (once, twice) = (steps(1_000), steps(2_000));
    assert!(twice <= once * 9 / 4 + 50_000, "{once} steps, then {twice}");
}

/// Pieces of pages and of text, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<p>".to_owned()),
        Just("</p>".to_owned()),
        Just("<div class=\"article-body related\">".to_owned()),
        Just("</div>".to_owned()),
        Just("<h1>".to_owned()),
        Just("<blockquote>".to_owned()),
        Just("<figcaption>".to_owned()),
        Just("<a href=\"/x\">".to_owned()),
        Just("</a>".to_owned()),
        Just("Photo: ".to_owned()),
        Just("GETTYSyria ".to_owned()),
        Just("By Ada Bell\n".to_owned()),
        Just("Tags: a, b\n".to_owned()),
        Just("© 2026\n\n".to_owned()),
        Just("The council closed the bridge on Tuesday, and nobody could tell for how long it would stay so.\n".to_owned()),
        "\\PC{0,12}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_page_stops_it(html in pieces()) {
        let cleaned = cleaned(&page(&html));
        for quote in cleaned.text.block_quotes() {
            prop_assert!(cleaned.text.as_str().get(quote.clone()).is_some());
        }
    }

    #[test]
    fn no_text_stops_it(words in pieces()) {
        let cleaned = cleaned(&text(&words));
        prop_assert!(!cleaned.text.as_str().contains("\n\n\n"));
        prop_assert_eq!(cleaned.text.as_str().trim(), cleaned.text.as_str());
    }
}
