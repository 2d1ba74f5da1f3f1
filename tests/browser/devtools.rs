//! A headless Chromium and its DevTools protocol, over a pipe: a question, its answer, and what happens meanwhile.
//!
//! By hand, since the crates for it read messages into untagged enums, which cannot hold a number where serde_json
//! keeps numbers as they are written (`arbitrary_precision`, which newsmill needs for what it carries through).

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::client::PATIENCE;

/// It reads from its file 3 and writes to its file 4, each message with a zero behind it.
const PIPED: &str = r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

const FLAGS: [&str; 12] = [
    "--headless=new",
    "--remote-debugging-pipe",
    // Nothing but pages of this project is visited, and root has no sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--window-size=1280,900",
];

type Waiting = Arc<Mutex<HashMap<u64, SyncSender<Value>>>>;

/// A browser that is killed when dropped, and the one page in it.
pub struct DevTools {
    child: Child,
    input: Mutex<ChildStdin>,
    asked: AtomicU64,
    waiting: Waiting,
    events: Arc<Mutex<Vec<Value>>>,
    session: Option<String>,
}

impl DevTools {
    /// Starts the browser, whose profile is a folder of its own.
    pub fn start(program: &Path, profile: &Path) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", PIPED, "sh"])
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .env("HOME", profile)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let (waiting, events) = (Waiting::default(), Arc::<Mutex<Vec<Value>>>::default());
        let output = BufReader::new(child.stdout.take().unwrap());
        let (answered, seen) = (Arc::clone(&waiting), Arc::clone(&events));
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message: Value = serde_json::from_slice(&message).expect("a message is JSON");
                match message["id"].as_u64() {
                    Some(id) => {
                        if let Some(waiting) = answered.lock().unwrap().remove(&id) {
                            drop(waiting.send(message));
                        }
                    }
                    None => seen.lock().unwrap().push(message),
                }
            }
        });
        let mut browser = Self {
            input: Mutex::new(child.stdin.take().unwrap()),
            child,
            asked: AtomicU64::new(0),
            waiting,
            events,
            session: None,
        };
        let page = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let page = json!({"targetId": page["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", page);
        browser.session = session["sessionId"].as_str().map(ToOwned::to_owned);
        for domain in ["Page", "Network", "Log", "Runtime"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// What a method answers.
    pub fn call(&self, method: &str, params: Value) -> Value {
        let answer = self.try_call(method, params);
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// What a method answers, or its error.
    pub fn try_call(&self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.asked.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = sync_channel(1);
        self.waiting.lock().unwrap().insert(id, answer);
        let mut question = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            question["sessionId"] = json!(session);
        }
        let mut bytes = question.to_string().into_bytes();
        bytes.push(0);
        self.input
            .lock()
            .unwrap()
            .write_all(&bytes)
            .expect("the browser lives");
        let mut answer = answered
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("{method}: no answer"));
        match answer["error"].take() {
            Value::Null => Ok(answer["result"].take()),
            error => Err(error),
        }
    }

    /// Everything that happened since this was last asked.
    pub fn events(&self) -> Vec<Value> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

impl Drop for DevTools {
    fn drop(&mut self) {
        // Its own children end with it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
