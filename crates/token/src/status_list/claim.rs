//! The claim `status` of a token: where it stands in which list (section 6.2).

use serde::{Deserialize, Serialize};

/// Where a token's status stands.
///
/// ```
/// use jotgate_token::status_list::StatusReference;
///
/// let read = |json| serde_json::from_str::<StatusReference>(json);
/// assert_eq!(read(r#"{"idx": 7, "uri": "https://id.example/lists/1"}"#)?.idx, 7);
/// assert!(read(r#"{"idx": -1, "uri": "https://id.example/lists/1"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReference {
    /// The index.
    pub idx: u64,
    /// The address of the list, compared exactly with the `sub` of what is found there.
    pub uri: String,
}

/// `{ "status_list": { "idx": ..., "uri": ... } }`. Other ways to say a status may stand beside it and are passed over.
pub(crate) mod nested {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::StatusReference;

    #[derive(Serialize, Deserialize)]
    struct Status<R> {
        #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
        status_list: Option<R>,
    }

    pub(crate) fn serialize<S: Serializer>(
        reference: &Option<StatusReference>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Status { status_list: reference.as_ref() }.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<StatusReference>, D::Error> {
        Ok(Status::deserialize(deserializer)?.status_list)
    }
}
