//! A browser of one's own, what it asked for, and what it complained of.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use super::client::PATIENCE;
use super::devtools::DevTools;

/// A browser with one page open.
pub struct Visit {
    browser: DevTools,
    base: String,
    seen: Mutex<Seen>,
    _profile: TempDir,
}

#[derive(Default)]
struct Seen {
    requests: Vec<String>,
    complaints: Vec<String>,
}

fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(
            std::env::var("NEWSMILL_TEST_BROWSER").as_deref() != Ok("required"),
            "NEWSMILL_TEST_BROWSER=required, and there is no Chromium"
        );
        eprintln!("skipped: there is no Chromium");
    }
    found
}

impl Visit {
    /// Opens a browser on a worker's pages; none where there is no browser.
    pub fn begin(base: &str) -> Option<Self> {
        let program = chromium()?;
        let profile = tempfile::tempdir().unwrap();
        Some(Self {
            browser: DevTools::start(&program, profile.path()),
            base: base.to_owned(),
            seen: Mutex::default(),
            _profile: profile,
        })
    }

    /// Goes to a page and waits until it is there.
    pub async fn go(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        let gone = self.browser.call("Page.navigate", json!({"url": url}));
        assert_eq!(gone["errorText"], Value::Null, "{url}");
        self.until(&format!(
            "location.href === {url:?} && document.readyState === 'complete'"
        ))
        .await;
    }

    fn evaluate(&self, expression: &str) -> Result<Value, Value> {
        let params = json!({"expression": expression, "returnByValue": true});
        let mut answer = self.browser.try_call("Runtime.evaluate", params)?;
        match answer["exceptionDetails"].take() {
            Value::Null => Ok(answer["result"]["value"].take()),
            exception => Err(exception),
        }
    }

    /// What an expression comes to in the page.
    pub fn ask<T: DeserializeOwned>(&self, expression: &str) -> T {
        let value = self
            .evaluate(expression)
            .expect("an expression without a mistake");
        serde_json::from_value(value).unwrap()
    }

    /// Waits for an expression to be true, over changes of the page.
    pub async fn until(&self, expression: &str) {
        let begun = Instant::now();
        // Between two pages there is nobody to answer.
        while self.evaluate(expression) != Ok(Value::Bool(true)) {
            assert!(
                begun.elapsed() < PATIENCE,
                "never true: {expression}; complaints: {:?}; on the page: {}",
                self.complaints(),
                self.ask::<String>("location.href + ' ' + document.body.innerText")
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Clicks on the first element of a selector, in the middle of its first line.
    pub fn click(&self, selector: &str) {
        let at: Vec<f64> = self.ask(&format!(
            "(() => {{ const element = document.querySelector({selector:?}); if (!element) return [];
               element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
               const box = element.getClientRects()[0];
               return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        let [x, y] = at[..] else {
            panic!("there is no {selector}")
        };
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.browser.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Clicks on a link and waits for where it leads.
    pub async fn follow(&self, selector: &str, part: &str) {
        self.click(selector);
        self.until(&format!(
            "location.href.includes({part:?}) && document.readyState === 'complete'"
        ))
        .await;
    }

    /// Presses a key, as a keyboard would.
    pub fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            other => panic!("no such key here: {other}"),
        };
        for (kind, text) in [("keyDown", text), ("keyUp", "")] {
            let event = json!({
                "type": kind, "key": key, "code": key, "text": text, "windowsVirtualKeyCode": code,
            });
            self.browser.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Writes into what has the focus.
    pub fn write(&self, text: &str) {
        self.browser.call("Input.insertText", json!({"text": text}));
    }

    /// Light or dark, as the system would ask for it.
    pub fn scheme(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.browser
            .call("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// Another size of the window.
    pub async fn size(&self, width: u32, height: u32) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.browser.call("Emulation.setDeviceMetricsOverride", metrics);
        self.until(&format!("innerWidth === {width}")).await;
    }

    /// Keeps a picture where `NEWSMILL_TEST_SCREENSHOTS` names a folder.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("NEWSMILL_TEST_SCREENSHOTS") else {
            return;
        };
        let size = &self.browser.call("Page.getLayoutMetrics", json!({}))["cssContentSize"];
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let params = json!({"captureBeyondViewport": true, "clip": clip});
        let taken = self.browser.call("Page.captureScreenshot", params);
        let picture = STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        std::fs::write(PathBuf::from(folder).join(format!("{name}.png")), picture).unwrap();
    }

    fn look(&self) -> std::sync::MutexGuard<'_, Seen> {
        let mut seen = self.seen.lock().unwrap();
        for event in self.browser.events() {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap_or_default();
                    seen.requests.push(url.to_owned());
                }
                "Log.entryAdded" => {
                    let entry = &params["entry"];
                    if entry["level"] == "error" || entry["level"] == "warning" {
                        seen.complaints
                            .push(format!("{} {}", entry["text"], entry["url"]));
                    }
                }
                "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => {
                    seen.complaints.push(params.to_string());
                }
                _ => {}
            }
        }
        seen
    }

    /// What the browser complained of since it was last asked.
    pub fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.look().complaints)
    }

    /// Ends the visit: nobody else was asked for anything, nothing was complained of, no cookie is left.
    pub fn end(self) {
        let cookies = self.browser.call("Network.getCookies", json!({}));
        assert_eq!(cookies["cookies"], json!([]));
        let asked = std::mem::take(&mut self.look().requests);
        assert!(asked.len() > 2, "what is asked for is seen");
        for url in asked {
            assert!(url.starts_with(&self.base), "it asked for {url}");
        }
        assert_eq!(self.complaints(), [""; 0]);
    }
}
