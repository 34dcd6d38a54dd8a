//! What registered names mean: claims (IANA "JSON Web Token Claims") and header members (IANA "JSON Web Signature and
//! Encryption Header Parameters").
//!
//! For people who read tokens. No check depends on it. Origin and licence of the list stand beside it, in
//! `data/iana-jwt-claims/README.md`. RFC 7519 sections 4 and 10.1, RFC 7515 section 9.1.

/// A name with a meaning that everybody shares.
///
/// ```
/// let exp = jotgate_jose::claims::registered("exp").unwrap();
/// assert_eq!(exp.reference, "RFC 7519 section 4.1.4");
/// assert!(exp.link.starts_with("https://"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    /// The name, compared letter by letter.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// Where it is defined.
    pub reference: &'static str,
    /// The address of that.
    pub link: &'static str,
}

/// The registered claim of this name.
///
/// ```
/// use jotgate_jose::claims::registered;
///
/// assert!(registered("sub").is_some());
/// assert!(registered("Sub").is_none() && registered("userId").is_none());
/// ```
#[must_use]
pub fn registered(name: &str) -> Option<Registered> {
    all().find(|claim| claim.name == name)
}

/// Every registered claim, sorted by name.
///
/// ```
/// assert_eq!(jotgate_jose::claims::all().count(), 163);
/// ```
pub fn all() -> impl Iterator<Item = Registered> {
    CLAIMS.lines().filter_map(read)
}

/// The registered header member of this name.
///
/// ```
/// let kid = jotgate_jose::claims::header_member("kid").unwrap();
/// assert_eq!(kid.reference, "RFC 7515 section 4.1.4");
/// ```
#[must_use]
pub fn header_member(name: &str) -> Option<Registered> {
    HEADER.lines().filter_map(read).find(|member| member.name == name)
}

/// Whether two systems may mean different things by this claim: a bare name that nobody registered. A URI, or any
/// name with a colon in it, belongs to somebody (RFC 7519 section 4.2).
///
/// ```
/// use jotgate_jose::claims::may_collide;
///
/// assert!(may_collide("role"));
/// assert!(!may_collide("roles") && !may_collide("https://example.com/role"));
/// ```
#[must_use]
pub fn may_collide(name: &str) -> bool {
    !name.contains(':') && registered(name).is_none()
}

fn read(line: &'static str) -> Option<Registered> {
    let mut fields = line.split('\t');
    let (name, meaning) = (fields.next()?, fields.next()?);
    Some(Registered { name, meaning, reference: fields.next()?, link: fields.next()? })
}

static CLAIMS: &str = include_str!("../data/iana-jwt-claims/claims.tsv");
static HEADER: &str = include_str!("../data/iana-jwt-claims/header.tsv");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_vectors::vectors;

    #[test]
    fn every_line_is_read_and_says_something() {
        for (text, count) in [(CLAIMS, 163), (HEADER, 30)] {
            let read: Vec<_> = text.lines().filter_map(read).collect();
            assert_eq!((read.len(), text.lines().count()), (count, count));
            for Registered { name, meaning, reference, link } in read {
                assert!(meaning.ends_with('.') && meaning.len() > 10, "{name}");
                assert!(!reference.is_empty() && link.starts_with("https://"), "{name}");
            }
        }
    }

    #[test]
    fn the_registry_is_the_one_of_the_vectors() {
        let Some(folder) = vectors() else { return };
        let path = folder.join("iana-jwt-claims/claims.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("SKIPPED: no {}", path.display());
            return;
        };
        let registry: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        let lists = registry.values().filter_map(serde_json::Value::as_array).flatten();
        let mut names: Vec<&str> = lists.filter_map(serde_json::Value::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, all().map(|claim| claim.name).collect::<Vec<_>>());
    }
}
