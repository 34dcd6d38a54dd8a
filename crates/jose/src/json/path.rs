//! The way to a value inside a document, as people write it: `claims.roles[0]`, fit to be shown.

use crate::error::shown;

/// The way to a member of an object, as one writes it in JavaScript.
pub(crate) fn member(parent: &str, name: &str) -> String {
    let is_plain = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if is_plain(name) { format!("{parent}.{name}") } else { format!("{parent}[{}]", shown(name)) }
}

/// The way to an element of an array.
pub(crate) fn element(parent: &str, at: usize) -> String {
    format!("{parent}[{at}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_can_be_followed() {
        assert_eq!(member("claims", "sub"), "claims.sub");
        assert_eq!(member("claims", "https://a.example/b"), "claims[\"https://a.example/b\"]");
        assert_eq!(member("claims", "\u{1b}[2J"), "claims[\"\\u{1b}[2J\"]");
        assert_eq!(element("claims.aud", 2), "claims.aud[2]");
    }
}
