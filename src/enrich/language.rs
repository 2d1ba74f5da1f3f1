//! Which language a text is in.

/// BCP 47 code of the text's language: what the crawler says when the text does not clearly contradict it, else
/// what the page declares, else what the text looks like.
pub fn identify(text: &str, told: Option<&str>, declared: Option<&str>) -> Option<String> {
    told.or(declared).map(str::to_owned).or_else(|| {
        whatlang::detect(text)
            .filter(whatlang::Info::is_reliable)
            .map(|info| info.lang().code().to_owned())
    })
}
