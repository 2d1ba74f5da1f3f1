//! Any bytes under any content type: an article or an error, never a panic, never more than the bound.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsmill::message::{DecodeOptions, decode};

const TYPES: [Option<&str>; 5] =
    [None, Some("application/json"), Some("text/html"), Some("text/plain; charset=koi8-r"), Some("application/ld+json")];
const ENCODINGS: [Option<&str>; 3] = [None, Some("gzip"), Some("zstd")];

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (content_type, encoding, body) = input;
    let options = DecodeOptions { unpacked_bytes_max: 1 << 20, ..DecodeOptions::default() };
    let content_type = TYPES[usize::from(content_type) % TYPES.len()];
    let encoding = ENCODINGS[usize::from(encoding) % ENCODINGS.len()];
    if let Ok(article) = decode(body, content_type, encoding, &options) {
        assert!(article.html.is_some() || article.text.is_some());
    }
});
