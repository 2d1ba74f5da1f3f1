//! Readers that count and readers that stop: what stands between a hostile file and the parsers.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;

/// A file that counts what is read of it, before it is unpacked.
pub(super) struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Counted {
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            read: Rc::default(),
        }
    }

    /// Bytes read so far, for others to look at.
    pub(super) fn count(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.read)
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

/// A reader that fails when more than `limit` bytes pass without being let through, by whoever holds the `passed`
/// cell or by a mark in the bytes themselves.
pub(super) struct Bounded<R> {
    reader: R,
    passed: Rc<Cell<u64>>,
    limit: u64,
    mark: Option<u8>,
    what: &'static str,
}

impl<R> Bounded<R> {
    /// Fails after `limit` bytes unless `passed` is set back meanwhile.
    pub(super) fn new(reader: R, passed: Rc<Cell<u64>>, limit: u64, what: &'static str) -> Self {
        Self {
            reader,
            passed,
            limit,
            mark: None,
            what,
        }
    }

    /// Fails after `limit` bytes without a `mark`.
    pub(super) fn between(reader: R, mark: u8, limit: u64, what: &'static str) -> Self {
        Self {
            mark: Some(mark),
            ..Self::new(reader, Rc::default(), limit, what)
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        let since = self.mark.and_then(|mark| memchr::memrchr(mark, bytes));
        match since {
            Some(at) => self.passed.set((read - at) as u64),
            None => self.passed.set(self.passed.get() + read as u64),
        }
        if self.passed.get() > self.limit {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} is longer than {} bytes", self.what, self.limit),
            ));
        }
        Ok(read)
    }
}
