//! Any file given as a compiled vocabulary: a vocabulary or an error, and look-ups in it never panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsmill::vocabulary::Vocabulary;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(vocabulary) = Vocabulary::decode(bytes) {
        for hit in vocabulary.find("syria") {
            drop(hit);
        }
    }
});
