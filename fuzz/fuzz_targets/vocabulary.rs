//! Any file given as a compiled vocabulary: a vocabulary or an error, and using it never panics.
//!
//! The checksum would turn away all that a fuzzer makes. So the bytes are given as they are once, and once more as
//! changes to the content of a sound file, under a checksum that agrees.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use newsmill::enrich::clean::CleanText;
use newsmill::enrich::tags;
use newsmill::vocabulary::{Options, Vocabulary, compile};
use xxhash_rust::xxh3::xxh3_64;

/// What stands before length and checksum: magic and form.
const MAGIC_AND_FORM: usize = 12;
const HEADER: usize = 28;
const SOURCE: &str = r#"{"label":"Syria","type":"place","ids":{"wikidata":"Q858","iso":"SY"},"labels":[["Syrien","de"],["سوريا","ar"],["叙利亚","zh"]]}
{"label":"World War II","type":"event","ids":{"wikidata":"Q362"},"labels":[["WWII","en"],["Вторая мировая война","ru"]],"rank":90}
{"label":"Georgia","type":"place","ids":{"wikidata":"Q230"},"labels":[["Géorgie","fr"]],"weak":[["Iberia","en"]]}
{"label":"Georgia","type":"place","ids":{"wikidata":"Q1428"}}
"#;

static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("newsmill-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder takes a folder");
    let (source, compiled) = (folder.join("source.jsonl"), folder.join("compiled.nmv"));
    std::fs::write(&source, SOURCE).expect("the temporary folder takes a file");
    compile(&[source], &Options::default(), &compiled, &mut |_, _| {}).expect("the source is sound");
    let bytes = std::fs::read(&compiled).expect("it was just written");
    std::fs::remove_dir_all(&folder).expect("it is ours");
    bytes
});

/// A sound file with other bytes at some places, perhaps cut, and with bytes behind, sealed.
fn resealed(changes: &[(u16, u8)], cut: Option<u16>, behind: &[u8]) -> Vec<u8> {
    let mut content = SOUND[HEADER..].to_vec();
    for (place, byte) in changes {
        let place = usize::from(*place) % content.len();
        content[place] = *byte;
    }
    if let Some(cut) = cut {
        content.truncate(usize::from(cut));
    }
    content.extend(behind);
    let mut file = SOUND[..MAGIC_AND_FORM].to_vec();
    file.extend((content.len() as u64).to_le_bytes());
    file.extend(xxh3_64(&content).to_le_bytes());
    file.extend(content);
    file
}

fn used(bytes: &[u8]) {
    let Ok(vocabulary) = Vocabulary::decode(bytes) else { return };
    let laid = Arc::new(vocabulary.over(&Vocabulary::builtin()));
    let text = "Syria and the Second World War, says Géorgie. سوريا 叙利亚";
    drop(tags::normalise(&["syrai", "WWII", "Georgia; Syrien"], &CleanText::verbatim(text.to_owned()), None, None, &laid));
    for hit in vocabulary.find("georgia") {
        drop((vocabulary.label(hit.concept), vocabulary.kind(hit.concept), vocabulary.ids(hit.concept)));
    }
    drop(vocabulary.entries());
}

fuzz_target!(|input: (Vec<(u16, u8)>, Option<u16>, &[u8])| {
    let (changes, cut, behind) = input;
    used(behind);
    used(&resealed(&changes, cut, behind));
});
