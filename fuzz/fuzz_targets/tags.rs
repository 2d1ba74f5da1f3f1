//! Any keywords and any text: no panic, and every mention is the text at its offsets.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use newsmill::enrich::clean::CleanText;
use newsmill::enrich::tags;
use newsmill::vocabulary::Vocabulary;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::builtin);

fuzz_target!(|input: (Vec<&str>, &str)| {
    let (raw, text) = input;
    let points: Vec<char> = text.chars().collect();
    for tag in tags::normalise(&raw, &CleanText::verbatim(text.to_owned()), None, None, &VOCABULARY) {
        for mention in tag.mentions {
            let found: String = points[mention.start..mention.end].iter().collect();
            assert_eq!(found, mention.text);
        }
    }
});
