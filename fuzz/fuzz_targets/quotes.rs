//! Any text in any language: no panic, and every span is the text at its offsets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsmill::enrich::clean::CleanText;
use newsmill::enrich::quotes;

/// The first byte chooses, so that one corpus reaches every language's rules.
const LANGUAGES: [&str; 12] = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "ar", "zh"];

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let language = LANGUAGES[usize::from(choice) % LANGUAGES.len()];
    let points: Vec<char> = text.chars().collect();
    for quote in quotes::extract(&CleanText::verbatim(text.to_owned()), Some(language)) {
        let found: String = points[quote.start..quote.end].iter().collect();
        assert_eq!(found, quote.text);
    }
});
