//! Variables of the environment that look like settings and are none.
//!
//! They are warned about and no error: whoever deploys has variables of his own by this prefix, and Kubernetes makes
//! some from the names of services.

use super::reference;

/// Not ours, by their ends: what Kubernetes sets for a service whose name begins like one of our sections.
const OF_SERVICES: [&str; 4] = ["_SERVICE_HOST", "_SERVICE_PORT", "_TCP", "_UDP"];

/// A warning for each of these variables that begins like those of a section and sets nothing.
pub fn misspelt_variables(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut warnings: Vec<String> = names
        .into_iter()
        .filter_map(|variable| {
            let setting = setting_meant(&variable)?;
            let advice = match reference::resembling(&setting).and_then(reference::setting) {
                Some(like) => format!("did you mean {}?", like.variable()),
                None => "`newsmill config --default` lists all".to_owned(),
            };
            Some(format!(
                "{variable} sets nothing: there is no such setting; {advice}"
            ))
        })
        .collect();
    warnings.sort();
    warnings
}

/// `section.key` as it would be, when there is such a section and no such setting.
fn setting_meant(variable: &str) -> Option<String> {
    let name = variable.strip_prefix("NEWSMILL_")?;
    let name = name.strip_suffix("_FILE").unwrap_or(name);
    if OF_SERVICES.iter().any(|end| name.contains(end)) {
        return None;
    }
    let of_setting = format!("NEWSMILL_{name}");
    if reference::settings()
        .iter()
        .any(|setting| [&of_setting, variable].contains(&setting.variable().as_str()))
    {
        return None;
    }
    let name = name.to_lowercase();
    reference::settings().iter().find_map(|setting| {
        let (section, _) = setting.parts();
        let key = name.strip_prefix(&section.replace('.', "_"))?.strip_prefix('_')?;
        Some(format!("{section}.{key}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        misspelt_variables(names.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn a_slip_of_the_pen_is_told_with_what_was_meant() {
        assert_eq!(
            of(&["NEWSMILL_WORKER_PREFECTH", "PATH"]),
            [
                "NEWSMILL_WORKER_PREFECTH sets nothing: there is no such setting; did you mean NEWSMILL_WORKER_PREFETCH?"
            ]
        );
        assert_eq!(
            of(&["NEWSMILL_BROKER_URL_FILE"]),
            [
                "NEWSMILL_BROKER_URL_FILE sets nothing: there is no such setting; did you mean NEWSMILL_BROKER_URLS?"
            ]
        );
    }

    #[test]
    fn what_sets_something_or_is_of_others_is_passed_over() {
        let names: Vec<String> = reference::settings()
            .iter()
            .flat_map(|setting| [setting.variable(), format!("{}_FILE", setting.variable())])
            .collect();
        assert!(misspelt_variables(names).is_empty());
        let others = [
            "NEWSMILL_CONFIG",
            "NEWSMILL_AMQP_URL",
            "NEWSMILL_TEST_BROKER",
            "NEWSMILL_WORKER_SERVICE_HOST",
            "NEWSMILL_WORKER_PORT_9464_TCP_ADDR",
        ];
        assert!(of(&others).is_empty());
    }
}
