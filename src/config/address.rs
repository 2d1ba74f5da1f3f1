//! Whether an address is of the form that it must have. What is wrong is said without the address: it may hold a
//! password.

use url::Url;

pub(super) fn check_amqp(url: &str) -> Result<(), String> {
    let parsed = Url::parse(url).map_err(|error| format!("is not a URL: {error}"))?;
    if !matches!(parsed.scheme(), "amqp" | "amqps") {
        return Err(format!(
            "begins with {}://, not amqp:// or amqps://",
            parsed.scheme()
        ));
    }
    if parsed.host_str().is_none_or(str::is_empty) {
        return Err("names no host".to_owned());
    }
    match parsed.path() {
        // By AMQP's rules this is the virtual host with the empty name, which is all but never meant.
        "/" => Err("ends in a slash: leave it out for the default virtual host, or write %2f".to_owned()),
        path if path.matches('/').count() > 1 => {
            Err("has a virtual host with a slash: write it %2f".to_owned())
        }
        _ => Ok(()),
    }
}

/// The management plugin's.
pub(super) fn check_http(url: &str) -> Result<(), &'static str> {
    match Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err("is not of the form http[s]://[user:password@]host:port"),
    }
}

/// Another service's. What it is told goes beside the address, where nobody logs it.
pub(super) fn check_service(url: &str) -> Result<(), &'static str> {
    match Url::parse(url) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("has a user or password: a token goes into the setting beside it")
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err("is not of the form http[s]://host[:port]/path"),
    }
}
