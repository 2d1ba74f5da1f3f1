//! Places on a delivery's way where a test makes the process die, hang or panic.
//!
//! Invariant: without the cargo feature `fail-points`, which no release build has, reaching a point does nothing at
//! all. With it, `NEWSMILL_FAIL_POINTS` says what happens where:
//!
//! ```text
//! POINT=ACTION[@N][~TEXT][;…]    confirmed=kill@20    clean=hang~poison
//! ```
//!
//! `N`: from the Nth time on; `TEXT`: only where the message holds it. Actions: `kill` (SIGKILL to the process
//! itself), `abort`, `overflow` (of the stack), `exhaust` (all memory; to be run under a limit), `panic`, `hang` (for
//! ever, at full load).

#[cfg(not(feature = "fail-points"))]
pub(crate) fn reach(_point: &str, _message: &[u8]) {}

#[cfg(feature = "fail-points")]
pub(crate) use armed::reach;

#[cfg(feature = "fail-points")]
mod armed {
    use std::hint::black_box;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Point {
        name: String,
        action: String,
        from: u64,
        text: Vec<u8>,
        reached: AtomicU64,
    }

    static POINTS: LazyLock<Vec<Point>> = LazyLock::new(|| {
        let written = std::env::var("NEWSMILL_FAIL_POINTS").unwrap_or_default();
        written.split(';').filter_map(read).collect()
    });

    fn read(written: &str) -> Option<Point> {
        let (name, rest) = written.split_once('=')?;
        let (rest, text) = rest.split_once('~').unwrap_or((rest, ""));
        let (action, from) = rest.split_once('@').unwrap_or((rest, "1"));
        Some(Point {
            name: name.to_owned(),
            action: action.to_owned(),
            from: from.parse().ok()?,
            text: text.as_bytes().to_vec(),
            reached: AtomicU64::new(0),
        })
    }

    /// The delivery has come so far.
    pub(crate) fn reach(point: &str, message: &[u8]) {
        for armed in POINTS.iter().filter(|armed| armed.name == point) {
            let meant = armed.text.is_empty() || memchr::memmem::find(message, &armed.text).is_some();
            if meant && armed.reached.fetch_add(1, Ordering::SeqCst) + 1 >= armed.from {
                act(point, &armed.action);
            }
        }
    }

    #[expect(clippy::panic, reason = "it is what the test asks for")]
    fn act(point: &str, action: &str) {
        match action {
            "kill" => {
                use rustix::process::{Signal, getpid, kill_process};
                if kill_process(getpid(), Signal::KILL).is_err() {
                    std::process::abort();
                }
            }
            "abort" => std::process::abort(),
            "exhaust" => exhaust(),
            "overflow" => drop(black_box(deeper(1))),
            "hang" => loop {
                std::hint::spin_loop();
            },
            "panic" => panic!("as asked at {point}"),
            other => panic!("{other:?} is no action of a fail point"),
        }
    }

    /// Takes memory until the allocator has none, which ends the process. A test that forgot the limit is told so
    /// before the machine suffers.
    #[expect(clippy::panic, reason = "it is what the test asks for")]
    fn exhaust() {
        const MEGABYTES_MAX: usize = 4096;
        let mut taken = Vec::new();
        while taken.len() < MEGABYTES_MAX {
            taken.push(black_box(vec![1u8; 1 << 20]));
        }
        panic!("{MEGABYTES_MAX} MB were to be had: no limit is set");
    }

    /// Recursion without an end, which the compiler must not see.
    fn deeper(depth: u64) -> u64 {
        let page = black_box([depth; 64]);
        if black_box(depth) == 0 {
            return 0;
        }
        deeper(depth + 1) + page.iter().sum::<u64>()
    }
}
