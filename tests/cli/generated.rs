//! Files that are made from the code are as the code would make them: `NEWSMILL_BLESS=1` writes them anew.

use std::path::Path;

use newsmill::config;
use newsmill::message::{DecodeError, Field, SCHEMA, enriched_schema, raw_schema};

fn compare(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("NEWSMILL_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == made,
        "{file} is out of date: run `NEWSMILL_BLESS=1 cargo test --test cli generated`"
    );
}

#[test]
fn the_schemas_are_those_of_the_types() {
    compare("schema/raw.schema.json", &format!("{:#}\n", raw_schema()));
    compare(
        "schema/enriched.schema.json",
        &format!("{:#}\n", enriched_schema()),
    );
}

#[test]
fn the_reference_of_settings_is_that_of_the_file_of_defaults() {
    compare("docs/configuration.md", &config::markdown());
}

#[test]
fn the_page_on_messages_names_every_field_and_every_kind_of_failure() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/messages.md");
    let page = std::fs::read_to_string(path).unwrap();
    let fields = Field::ALL.map(Field::name);
    let schema = enriched_schema();
    let record = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str);
    for name in fields
        .into_iter()
        .chain(DecodeError::KINDS)
        .chain(record)
        .chain([SCHEMA])
    {
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/messages.md does not name `{name}`"
        );
    }
}
