//! Claims whose names and types the application chooses.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Mapped claims: names and JSON values beside the claims of an access token.
///
/// ```
/// use jotgate_token::access::ExtraClaims;
///
/// let mut extra = ExtraClaims::default();
/// extra.insert("cartID", &7)?;
/// extra.insert("tags", &["a", "b"])?;
/// assert_eq!(extra.read::<u32>("cartID")?, Some(7));
/// assert_eq!(extra.read::<String>("role")?, None);
/// assert_eq!(extra.to_json(), r#"{"cartID":7,"tags":["a","b"]}"#);
/// # Ok::<(), jotgate_token::access::NotAClaim>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExtraClaims(Map<String, Value>);

impl ExtraClaims {
    /// The fields of a structure, or the entries of a map, as claims.
    ///
    /// ```
    /// use jotgate_token::access::ExtraClaims;
    ///
    /// #[derive(serde::Serialize)]
    /// struct Mine {
    ///     tenant: &'static str,
    /// }
    /// let extra = ExtraClaims::of(&Mine { tenant: "north" })?;
    /// assert_eq!(extra.names().collect::<Vec<_>>(), ["tenant"]);
    /// # Ok::<(), jotgate_token::access::NotAClaim>(())
    /// ```
    ///
    /// # Errors
    /// [`NotAClaim`] for a value that JSON cannot hold, or whose JSON is no object.
    pub fn of(claims: &(impl Serialize + ?Sized)) -> Result<Self, NotAClaim> {
        match serde_json::to_value(claims) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            _ => Err(NotAClaim),
        }
    }

    /// Reads a JSON object. A name that stands twice counts once, with its last value.
    ///
    /// ```
    /// use jotgate_token::access::ExtraClaims;
    ///
    /// assert!(ExtraClaims::from_json(r#"{"tenant":"north"}"#).is_ok());
    /// assert!(ExtraClaims::from_json("[1]").is_err());
    /// ```
    ///
    /// # Errors
    /// [`NotAClaim`] for text that is no JSON object.
    pub fn from_json(json: &str) -> Result<Self, NotAClaim> {
        serde_json::from_str(json).map_err(|_| NotAClaim)
    }

    /// As a JSON object.
    ///
    /// ```
    /// assert_eq!(jotgate_token::access::ExtraClaims::default().to_json(), "{}");
    /// ```
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).expect("names are text and values came from JSON")
    }

    /// Sets one claim.
    ///
    /// ```
    /// use jotgate_token::access::ExtraClaims;
    ///
    /// let mut extra = ExtraClaims::default();
    /// extra.insert("plan", "free")?;
    /// extra.insert("plan", "paid")?;
    /// assert_eq!(extra.to_json(), r#"{"plan":"paid"}"#);
    /// # Ok::<(), jotgate_token::access::NotAClaim>(())
    /// ```
    ///
    /// # Errors
    /// [`NotAClaim`] for a value that JSON cannot hold.
    pub fn insert(
        &mut self,
        name: impl Into<String>,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), NotAClaim> {
        self.0.insert(name.into(), serde_json::to_value(value).map_err(|_| NotAClaim)?);
        Ok(())
    }

    /// Reads one claim as the type the caller expects; `None` when it is absent.
    ///
    /// ```
    /// use jotgate_token::access::ExtraClaims;
    ///
    /// let extra = ExtraClaims::from_json(r#"{"level":3}"#)?;
    /// assert_eq!(extra.read("level")?, Some(3_u8));
    /// assert!(extra.read::<String>("level").is_err(), "there, but of another type");
    /// # Ok::<(), jotgate_token::access::NotAClaim>(())
    /// ```
    ///
    /// # Errors
    /// [`NotAClaim`] when it is there but is not of that type.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, NotAClaim> {
        self.0.get(name).map(|value| T::deserialize(value).map_err(|_| NotAClaim)).transpose()
    }

    /// Reads all claims into a structure of the caller's; members it does not name are passed over.
    ///
    /// ```
    /// use jotgate_token::access::ExtraClaims;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Mine {
    ///     tenant: String,
    /// }
    /// let extra = ExtraClaims::from_json(r#"{"tenant":"north","level":3}"#)?;
    /// assert_eq!(extra.read_all::<Mine>()?.tenant, "north");
    /// assert!(ExtraClaims::default().read_all::<Mine>().is_err());
    /// # Ok::<(), jotgate_token::access::NotAClaim>(())
    /// ```
    ///
    /// # Errors
    /// [`NotAClaim`] when one is missing or of another type.
    pub fn read_all<T: DeserializeOwned>(&self) -> Result<T, NotAClaim> {
        T::deserialize(&self.0).map_err(|_| NotAClaim)
    }

    /// The names.
    ///
    /// ```
    /// use jotgate_token::access::ExtraClaims;
    ///
    /// let extra = ExtraClaims::from_json(r#"{"a":1,"b":2}"#)?;
    /// assert_eq!(extra.names().collect::<Vec<_>>(), ["a", "b"]);
    /// # Ok::<(), jotgate_token::access::NotAClaim>(())
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(jotgate_token::access::ExtraClaims::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The value is no claim, or not of the type asked for. It is not shown: it may be somebody's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is no claim of the type asked for")]
pub struct NotAClaim;
