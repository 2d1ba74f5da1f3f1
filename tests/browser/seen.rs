//! What an eye or a screen reader finds on a page, asked of the browser that laid it out.

use super::visit::Visit;

/// Every text whose contrast with what is behind it is below 4.5 (WCAG 2.2, 1.4.3 AA).
const PALE: &str = include_str!("pale.js");

/// What a screen reader would stumble over.
const ROUGH: &str = include_str!("rough.js");

/// Holds that the page at hand can be read by everybody, in both schemes, and on a small screen.
pub async fn is_for_everybody(visit: &Visit, name: &str) {
    let rough: Vec<String> = visit.ask(ROUGH);
    assert_eq!(rough, [""; 0], "{name}");
    for scheme in ["light", "dark"] {
        visit.scheme(scheme);
        let pale: Vec<String> = visit.ask(PALE);
        assert_eq!(pale, [""; 0], "{name}, {scheme}");
        visit.picture(&format!("{name}-{scheme}"));
    }
    visit.scheme("light");
    visit.size(360, 740).await;
    let wide: i64 = visit.ask("document.documentElement.scrollWidth");
    assert!(wide <= 360, "{name} is {wide} wide on a screen of 360");
    visit.picture(&format!("{name}-small"));
    visit.size(1280, 900).await;
}
