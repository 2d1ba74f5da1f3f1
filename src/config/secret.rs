//! Which settings hold secrets, and how they are shown: never.

use toml::Value;
use url::Url;

/// What stands for a secret.
const MASK: &str = "***";

/// A setting's value, fit to be shown.
pub(super) fn shown(setting: &str, value: &Value) -> Value {
    match (setting, value) {
        ("broker.urls", Value::Array(urls)) => {
            Value::Array(urls.iter().map(|url| shown(setting, url)).collect())
        }
        ("broker.urls", Value::String(url)) => Value::String(masked_url(url)),
        ("broker.management_url", Value::String(url)) if !url.is_empty() => Value::String(masked_url(url)),
        ("broker.tls_client_password" | "reconcile.token", Value::String(secret)) if !secret.is_empty() => {
            Value::String(MASK.to_owned())
        }
        (_, value) => value.clone(),
    }
}

/// An address without its password.
pub fn masked_url(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) => {
            // A URL that cannot have a password has none to hide.
            let masked = parsed.password().is_none() || parsed.set_password(Some(MASK)).is_ok();
            // A client's password may also stand in the query.
            let plain_query = parsed
                .query()
                .is_none_or(|query| !query.to_ascii_lowercase().contains("password"));
            if masked && plain_query && parsed.has_host() {
                parsed.to_string()
            } else {
                MASK.to_owned()
            }
        }
        // Whatever it is, a password may be in it.
        Err(_) => MASK.to_owned(),
    }
}
