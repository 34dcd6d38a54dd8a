//! Whether a refusal is answered as a page for people or as a problem document for programs.

use http::{HeaderMap, HeaderName, header};

use super::body::media_type;

/// Pages outside the programs' addresses, unless the client sends JSON or prefers it (RFC 9110 section 12.5.1).
pub(super) fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let for_programs = ["/v1", "/oauth", "/.well-known", "/metrics", "/livez", "/readyz"];
    let inside =
        |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let sends_json = || media_type(headers).is_some_and(|kind| kind.name == "application/json");
    !for_programs.into_iter().any(inside) && !sends_json() && !prefers_json(headers)
}

fn prefers_json(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let ranges: Vec<(String, f32)> = lines.flat_map(|line| line.split(',')).map(range).collect();
    let weight = |names: &[&str]| {
        let named = ranges.iter().filter(|(name, _)| names.contains(&name.as_str()));
        named.map(|(_, weight)| *weight).fold(0.0, f32::max)
    };
    weight(&["application/json", "application/problem+json"])
        > weight(&["text/html", "application/xhtml+xml"])
}

/// Whether a list header names exactly this, not by a wildcard, and does not refuse it.
pub(super) fn names(headers: &HeaderMap, header: HeaderName, name: &str) -> bool {
    let lines = headers.get_all(header).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(range).any(|(known, weight)| known == name && weight > 0.0)
}

fn range(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
    (name, weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_pages_and_programs_get_json() {
        for (path, name, value, page) in [
            ("/nowhere", "accept", "*/*", true),
            ("/nowhere", "accept", "text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("/nowhere", "accept", "application/json, text/plain, */*", false),
            ("/nowhere", "accept", "text/html, application/json;q=0.9", true),
            ("/nowhere", "accept", "text/html;q=0.5, application/problem+json", false),
            ("/login", "content-type", "application/json", false),
            ("/v1/nowhere", "accept", "text/html", false),
            ("/v1", "accept", "text/html", false),
            ("/v1beta", "accept", "text/html", true),
            ("/.well-known/x", "accept", "text/html", false),
        ] {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            assert_eq!(wants_page(path, &headers), page, "{path} {value}");
        }
    }
}
