//! The id under which a request is found again: in the answer, the log and `jotgate why`.

use http::{HeaderMap, HeaderName};

use crate::app::App;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The trusted proxy's id when it is sane, else a new one.
///
/// Not from others, because a stranger could give his request the id of somebody else's and spoil the log.
pub(crate) fn choose(app: &App, headers: &HeaderMap, trusted: bool) -> String {
    let given =
        headers.get(&X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| trusted && is_sane(id));
    given.map_or_else(|| app.new_id().hyphenated().to_string(), str::to_owned)
}

fn is_sane(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::is_sane;

    #[test]
    fn sane_ids_are_short_words() {
        assert!(is_sane("0192f0c1-3e0a-7c3b-9d7b-2b6f0c1d2e3f"));
        for id in ["", "short", "with space 1", "line\nbreak", "quote\"123", &"x".repeat(65)] {
            assert!(!is_sane(id), "{id:?}");
        }
    }
}
