//! A vocabulary that can be changed under those who use it.
//!
//! Invariant: whoever asks gets a whole vocabulary at once, and keeps it for as long as it is held; a file that
//! is not one changes nothing. What is asked during a change gets the old one or the new one. Deliberately
//! absent: when to look at the file; that is for whoever has a clock.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use super::{LoadError, Vocabulary};

/// The vocabulary in force, and the file that it comes from.
#[derive(Debug)]
pub struct LiveVocabulary {
    path: Option<PathBuf>,
    current: RwLock<Arc<Vocabulary>>,
    seen: Mutex<Seen>,
}

/// What the file looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    /// A file that was renamed onto the old one may have its time and size.
    inode: u64,
}

/// `None`: there is no file.
#[derive(Debug, Default)]
struct Seen {
    /// When it was last loaded, or refused.
    tried: Option<Stamp>,
    /// At the last look.
    last: Option<Stamp>,
}

/// What came of loading the file again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reloaded {
    /// Another vocabulary is in force.
    Changed {
        /// The version before.
        before: String,
    },
    /// The file has the vocabulary that is in force.
    Unchanged,
}

impl LiveVocabulary {
    /// The compiled file at `path` over the built-in vocabulary; without one, the built-in vocabulary.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn open(path: Option<&Path>) -> Result<Self, LoadError> {
        // Before the file is read: what is written meanwhile is seen as a change.
        let stamp = path.and_then(Stamp::of);
        let vocabulary = match path {
            Some(path) => Vocabulary::load(path)?,
            None => Vocabulary::builtin(),
        };
        Ok(Self {
            path: path.map(Path::to_owned),
            current: RwLock::new(Arc::new(vocabulary)),
            seen: Mutex::new(Seen {
                tried: stamp,
                last: stamp,
            }),
        })
    }

    /// One that no file can change.
    pub fn fixed(vocabulary: Arc<Vocabulary>) -> Self {
        Self {
            path: None,
            current: RwLock::new(vocabulary),
            seen: Mutex::default(),
        }
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The vocabulary in force.
    pub fn current(&self) -> Arc<Vocabulary> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the file is another one than was last tried, and looks as it did at the last look: a file that is
    /// still being written is not worth a try.
    pub fn is_stale(&self) -> bool {
        let Some(path) = &self.path else {
            return false;
        };
        let now = Stamp::of(path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let settled = seen.last == now;
        seen.last = now;
        settled && seen.tried != now
    }

    /// Loads the file aside, checks it, and puts it in force. Takes as long as loading takes; nobody waits for
    /// it but the caller.
    ///
    /// # Errors
    /// See [`LoadError`]. The vocabulary in force stays then.
    pub fn reload(&self) -> Result<Reloaded, LoadError> {
        let Some(path) = &self.path else {
            return Ok(Reloaded::Unchanged);
        };
        let stamp = Stamp::of(path);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).tried = stamp;
        let loaded = Arc::new(Vocabulary::load(path)?);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.version() == loaded.version() {
            return Ok(Reloaded::Unchanged);
        }
        let old = std::mem::replace(&mut *current, loaded);
        drop(current);
        Ok(Reloaded::Changed {
            before: old.version().to_owned(),
        })
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self {
            modified: metadata.modified().ok(),
            bytes: metadata.len(),
            inode: inode(&metadata),
        })
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::vocabulary::{Options, compile};

    fn compiled(folder: &Path, name: &str, label: &str) -> PathBuf {
        let source = folder.join("source.jsonl");
        std::fs::write(&source, format!("{{\"label\": \"{label}\"}}\n")).unwrap();
        let out = folder.join(name);
        compile(&[source], &Options::default(), &out, &mut |_, _| {}).unwrap();
        out
    }

    #[test]
    fn a_changed_file_is_seen_once_it_has_settled_and_put_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = compiled(folder.path(), "own.nmv", "Ekdahl Foundation");
        let live = LiveVocabulary::open(Some(&path)).unwrap();
        let before = live.current();
        assert!(!live.is_stale() && !live.is_stale());
        compiled(folder.path(), "own.nmv", "Port Ansgar Pact");
        assert!(!live.is_stale(), "it may still be written");
        assert!(live.is_stale());
        assert_eq!(
            live.reload().unwrap(),
            Reloaded::Changed {
                before: before.version().to_owned()
            }
        );
        assert!(!live.is_stale());
        assert_eq!(live.reload().unwrap(), Reloaded::Unchanged);
        assert_eq!(live.current().find("port ansgar pact").len(), 1);
        assert!(live.current().find("Ekdahl Foundation").is_empty());
        assert_eq!(
            before.find("Ekdahl Foundation").len(),
            1,
            "who holds the old one keeps it"
        );
    }

    #[test]
    fn a_file_that_is_cut_or_gone_changes_nothing_and_is_tried_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = compiled(folder.path(), "own.nmv", "Ekdahl Foundation");
        let live = LiveVocabulary::open(Some(&path)).unwrap();
        let version = live.current().version().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(!live.is_stale() && live.is_stale());
        assert!(live.reload().is_err());
        assert!(!live.is_stale() && !live.is_stale(), "not again and again");
        std::fs::remove_file(&path).unwrap();
        assert!(!live.is_stale() && live.is_stale());
        assert!(live.reload().is_err());
        assert_eq!(live.current().version(), version);
        std::fs::write(&path, &bytes).unwrap();
        assert!(!live.is_stale() && live.is_stale());
        assert_eq!(live.reload().unwrap(), Reloaded::Unchanged);
    }

    #[test]
    fn no_look_up_fails_while_it_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = compiled(folder.path(), "own.nmv", "Ekdahl Foundation");
        let live = LiveVocabulary::open(Some(&path)).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let mut asked = 0u64;
                while !done.load(Ordering::Relaxed) {
                    let vocabulary = live.current();
                    let found =
                        ["Ekdahl Foundation", "Port Ansgar Pact"].map(|label| vocabulary.find(label).len());
                    assert_eq!(found.iter().sum::<usize>(), 1, "the old one or the new one");
                    assert_eq!(vocabulary.find("Denmark").len(), 1);
                    asked += 1;
                }
                asked
            });
            for round in 0..6 {
                let label = ["Port Ansgar Pact", "Ekdahl Foundation"][round % 2];
                compiled(folder.path(), "own.nmv", label);
                assert!(matches!(live.reload().unwrap(), Reloaded::Changed { .. }));
            }
            done.store(true, Ordering::Relaxed);
            assert!(asking.join().unwrap() > 0);
        });
    }

    #[test]
    fn the_built_in_vocabulary_is_never_stale() {
        let live = LiveVocabulary::open(None).unwrap();
        assert!(!live.is_stale() && !live.is_stale());
        assert_eq!(live.reload().unwrap(), Reloaded::Unchanged);
    }
}
