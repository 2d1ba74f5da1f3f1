//! Processes held to a share of a core each, by a control group for each.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

const PERIOD_MICROS: u32 = 20_000;

/// Groups that are gone when this is dropped.
pub struct Shares {
    root: PathBuf,
    quota: u32,
    /// Version 2 has one file for what version 1 has two for.
    unified: bool,
    groups: Mutex<Vec<PathBuf>>,
}

impl Shares {
    /// None where there is no controller that we may use.
    pub fn new(percent: u32) -> Option<Self> {
        let unified = Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
        let root = PathBuf::from(if unified {
            "/sys/fs/cgroup"
        } else {
            "/sys/fs/cgroup/cpu"
        });
        let probe = root.join(format!("newsmill-bench-{}", std::process::id()));
        std::fs::create_dir(&probe).ok()?;
        let limit = if unified { "cpu.max" } else { "cpu.cfs_quota_us" };
        let has_limit = probe.join(limit).exists();
        std::fs::remove_dir(&probe).ok()?;
        has_limit.then(|| Self {
            root,
            quota: PERIOD_MICROS * percent / 100,
            unified,
            groups: Mutex::default(),
        })
    }

    pub fn hold(&self, pid: u32) {
        let group = self.root.join(format!("newsmill-bench-{pid}"));
        std::fs::create_dir(&group).unwrap();
        let write = |file: &str, text: String| std::fs::write(group.join(file), text).unwrap();
        if self.unified {
            write("cpu.max", format!("{} {PERIOD_MICROS}", self.quota));
        } else {
            write("cpu.cfs_period_us", PERIOD_MICROS.to_string());
            write("cpu.cfs_quota_us", self.quota.to_string());
        }
        write("cgroup.procs", pid.to_string());
        self.groups.lock().unwrap().push(group);
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        for group in self.groups.lock().unwrap().drain(..) {
            if let Err(error) = std::fs::remove_dir(&group) {
                eprintln!("{} stays: {error}", group.display());
            }
        }
    }
}
