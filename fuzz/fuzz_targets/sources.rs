//! Any file given as a source of a vocabulary, in every form: concepts, or an error that says where, and no more
//! memory than the file is worth.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsmill::vocabulary::{FORMS, Options, check};

fuzz_target!(|input: (u8, &[u8])| {
    let (number, bytes) = input;
    let path = std::env::temp_dir().join(format!("newsmill-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("the temporary folder takes a file");
    let (_, form, _) = FORMS[usize::from(number) % FORMS.len()];
    let options = Options {
        form: Some(form),
        ..Options::default()
    };
    match check(&[path], &options, &mut |_, _| {}) {
        Ok(findings) => drop(findings),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
