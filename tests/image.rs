//! The image can be built from what `.dockerignore` lets through: every file that the code takes in is among it, and
//! every target that `Cargo.toml` names is there for Cargo to see.

#![expect(clippy::unwrap_used, reason = "a test: what is not as expected must stop it")]

use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// Whether a file, named from the root, goes into the build: `.dockerignore` leaves all out but what it lists.
fn is_let_through(ignore: &str, file: &str) -> bool {
    ignore
        .lines()
        .filter_map(|line| line.strip_prefix('!'))
        .any(|pattern| match pattern.split_once('*') {
            Some((before, after)) => {
                let between = file
                    .strip_prefix(before)
                    .and_then(|rest| rest.strip_suffix(after));
                between.is_some_and(|between| !between.contains('/'))
            }
            None => file
                .strip_prefix(pattern)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        })
}

/// The files that the code takes in, named from the root, each with the file that does.
fn taken_in() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for entry in WalkDir::new(root().join("src")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let code = std::fs::read_to_string(&path).unwrap();
        for macro_ in ["include_str!(\"", "include_bytes!(\""] {
            for after in code.split(macro_).skip(1) {
                let (file, _) = after.split_once('"').unwrap();
                let mut plain = PathBuf::new();
                for part in path.parent().unwrap().join(file).components() {
                    match part {
                        Component::ParentDir => drop(plain.pop()),
                        part => plain.push(part),
                    }
                }
                let named = plain.strip_prefix(root()).unwrap().to_str().unwrap();
                found.push((named.to_owned(), path.clone()));
            }
        }
    }
    found
}

#[test]
fn what_the_code_takes_in_goes_into_the_build() {
    let ignore = read(".dockerignore");
    let taken_in = taken_in();
    assert!(taken_in.len() > 50, "{} files are taken in", taken_in.len());
    for (file, by) in taken_in {
        assert!(root().join(&file).is_file(), "{file} of {}", by.display());
        assert!(
            is_let_through(&ignore, &file),
            "{} takes in {file}, which .dockerignore keeps out of the image's build",
            by.display()
        );
    }
}

#[test]
fn what_dockerignore_lists_is_let_through_and_nothing_else() {
    let ignore = "*\n!src\n!docs/*.md\n!data/a.tsv\n";
    for file in ["src/main.rs", "docs/a.md", "data/a.tsv"] {
        assert!(is_let_through(ignore, file), "{file}");
    }
    for file in [
        "srcs/main.rs",
        "docs/adr/a.md",
        "docs/a.txt",
        "data/b.tsv",
        "README.md",
    ] {
        assert!(!is_let_through(ignore, file), "{file}");
    }
}

#[test]
fn every_target_is_made_up_where_dependencies_are_built_alone() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let dockerfile = read("deploy/Dockerfile");
    for (kind, folder) in [("bench", "benches"), ("test", "tests")] {
        for target in manifest[kind].as_array().unwrap() {
            let file = format!("{folder}/{}.rs", target["name"].as_str().unwrap());
            assert!(
                dockerfile.contains(&file),
                "deploy/Dockerfile does not name {file}"
            );
        }
    }
}
