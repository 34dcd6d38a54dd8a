//! The metadata of the API itself (RFC 9728): whose tokens it takes, for clients that only know its address.

use serde_json::json;

use crate::{
    BuildError, Guard,
    address::{Origin, shown},
};

/// The public address of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    url: String,
    origin: Origin,
    /// Empty, or from the first slash on.
    path: String,
}

impl Resource {
    pub(crate) fn parse(url: &str) -> Result<Self, BuildError> {
        let start = url.find("://").map_or(0, |at| at + 3);
        let end = url[start..].find('/').map_or(url.len(), |at| start + at);
        let (origin, path) = url.split_at(end);
        let origin = Origin::parse(origin)?;
        // RFC 9728 section 1.2: no fragment. A query would have to go into the well-known address, which nobody does.
        if !path.is_empty() && (!origin.has(url) || path.contains('?')) {
            return Err(BuildError::Address { given: shown(url), why: "it holds a query or a fragment" });
        }
        Ok(Self { url: url.to_owned(), origin, path: path.to_owned() })
    }

    /// Section 3: the well-known path goes between host and path.
    pub(crate) fn metadata_path(&self) -> String {
        format!("/.well-known/oauth-protected-resource{}", self.path.trim_end_matches('/'))
    }

    pub(crate) fn metadata_url(&self) -> String {
        format!("{}{}", self.origin.as_str(), self.metadata_path())
    }
}

impl Guard {
    /// The metadata of this API (RFC 9728 section 2), for `/.well-known/oauth-protected-resource`; none when the guard
    /// was not told the API's address with [`resource`](crate::GuardBuilder::resource).
    ///
    /// ```
    /// # async fn read() -> Result<(), jotgate_guard::BuildError> {
    /// # use jotgate_guard::Guard;
    /// let guard = Guard::new("https://id.example", "api").resource("https://api.example").start()?;
    /// assert!(guard.resource_metadata().is_some_and(|json| json.contains("https://id.example")));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resource_metadata(&self) -> Option<String> {
        let Resource { url, .. } = self.0.resource.as_ref()?;
        let issuers: Vec<_> = self.0.trusted.iter().map(|trusted| &trusted.issuer).collect();
        let metadata = json!({"resource": url, "authorization_servers": issuers, "bearer_methods_supported": ["header"]});
        Some(metadata.to_string())
    }

    /// A router with the one route of [`Self::resource_metadata`], to be merged beside the guarded ones: whoever asks
    /// for it has no token yet. Empty when the guard was not told the API's address.
    ///
    /// ```
    /// # #[cfg(feature = "axum")]
    /// # fn app(guard: &jotgate_guard::Guard, guarded: axum::Router) -> axum::Router {
    /// guarded.layer(guard.layer()).merge(guard.metadata_route())
    /// # }
    /// ```
    #[cfg(feature = "axum")]
    pub fn metadata_route<S: Clone + Send + Sync + 'static>(&self) -> axum::Router<S> {
        use axum::{Router, http::header, routing::get};

        let (Some(resource), Some(metadata)) = (&self.0.resource, self.resource_metadata()) else {
            return Router::new();
        };
        let answer = ([(header::CONTENT_TYPE, "application/json")], metadata);
        Router::new().route(&resource.metadata_path(), get(async move || answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_path_goes_between_host_and_path() {
        let at = |url| Resource::parse(url).map(|resource| resource.metadata_url());
        let well_known = "https://api.example/.well-known/oauth-protected-resource";
        assert_eq!(at("https://api.example").unwrap(), well_known);
        assert_eq!(at("https://api.example/").unwrap(), well_known);
        assert_eq!(at("https://api.example/v1/posts").unwrap(), format!("{well_known}/v1/posts"));
        for bad in
            ["api.example", "http://api.example", "https://api.example/?a", "https://api.example/#a", ""]
        {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
