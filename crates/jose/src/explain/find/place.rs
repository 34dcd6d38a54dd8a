//! Where in a text a token stood, in words, from what stands before it.

use super::super::text::plain;

/// In words: `in the cookie "session"`, `in the JSON member "access_token"`, `in the header "Authorization"`.
pub(super) fn of(text: &str, start: usize) -> String {
    let before = &text[..start];
    let place = named(before).unwrap_or_else(|| line(text, start));
    match before.to_ascii_lowercase().contains("curl ") {
        true => format!("in a curl command, {place}"),
        false => place,
    }
}

fn named(before: &str) -> Option<String> {
    let (before, scheme) = after_scheme(before);
    let place = container(before);
    match (place, scheme) {
        (Some(place), Some(scheme)) => Some(format!("{place}, after `{scheme}`")),
        (Some(place), None) => Some(place),
        (None, Some(scheme)) => Some(format!("after `{scheme}`")),
        (None, None) => None,
    }
}

/// What stands before the word that names the kind of credentials, and that word.
fn after_scheme(before: &str) -> (&str, Option<&str>) {
    let trimmed = before.trim_end_matches(|last: char| last.is_whitespace() || "\"'`".contains(last));
    let trimmed = trimmed.strip_suffix("%20").unwrap_or(trimmed);
    for scheme in ["Bearer", "DPoP", "JWT", "Token"] {
        if let Some(at) = trimmed.len().checked_sub(scheme.len())
            && let Some(word) = trimmed.get(at..)
            && word.eq_ignore_ascii_case(scheme)
            && trimmed.len() < before.len()
            && !trimmed[..at].ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_')
        {
            return (&trimmed[..at], Some(word));
        }
    }
    (before, None)
}

/// What the name before the token names.
fn container(before: &str) -> Option<String> {
    let is_padding = |last: char| last.is_whitespace() || "\"'`\\".contains(last);
    let trimmed = before.trim_end_matches(is_padding);
    let (rest, separator) = match trimmed.chars().next_back()? {
        last @ ('=' | ':') => (&trimmed[..trimmed.len() - 1], last),
        _ if trimmed.ends_with("%3D") || trimmed.ends_with("%3d") => (&trimmed[..trimmed.len() - 3], '='),
        _ => return None,
    };
    let is_quoted = rest.ends_with(['"', '\'']);
    let rest = rest.trim_end_matches(is_padding);
    let name = last_word(rest);
    if name.is_empty() {
        return None;
    }
    let outside = &rest[..rest.len() - name.len()];
    let line = outside.rsplit('\n').next().unwrap_or_default().to_ascii_lowercase();
    let shown = plain(name);
    Some(if separator == ':' && is_quoted {
        format!("in the JSON member `{shown}`")
    } else if separator == ':' && is_http_header(name) {
        format!("in the header `{shown}`")
    } else if separator == ':' {
        format!("behind `{shown}:`")
    } else if line.contains("set-cookie:") {
        format!("in the cookie `{shown}` of a Set-Cookie header")
    } else if line.contains("cookie") || line.contains("-b '") || line.contains("-b \"") {
        format!("in the cookie `{shown}`")
    } else if outside.ends_with('#') || line.contains('#') && outside.ends_with('&') {
        format!("in the fragment of an address, `{shown}`")
    } else if outside.ends_with(['?', '&']) {
        format!("in the query of an address, `{shown}`")
    } else {
        format!("behind `{shown}=`")
    })
}

fn is_http_header(name: &str) -> bool {
    name.contains('-') || ["authorization", "dpop"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn last_word(text: &str) -> &str {
    let is_of_word = |last: char| last.is_ascii_alphanumeric() || "_-.[]".contains(last);
    let start = text.trim_end_matches(is_of_word).len();
    &text[start..]
}

/// The line, where nothing better can be said.
fn line(text: &str, start: usize) -> String {
    let lines = text.trim_end().lines().count();
    let is_path = text[..start].ends_with('/');
    if is_path {
        return "in the path of an address".to_owned();
    }
    match text[..start].matches('\n').count() + 1 {
        _ if lines <= 1 => "in the middle of the text".to_owned(),
        number => format!("in line {number} of {lines}"),
    }
}
