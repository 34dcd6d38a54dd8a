//! Request bodies: read within bounds, then taken apart member by member.
//!
//! Members that a call does not know are ignored, so that clients may send more than an older server reads;
//! but a member that is missing while a near miss is there (`refreshToken`, `token`) is answered with
//! "did you mean", because that is how people from tutorials arrive.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use jotgate_token::reason;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{front::Front, json, layer::body::Overlong};
use crate::{
    error::{Error, Refused},
    flow::Delivery,
};

/// The members of a JSON object.
#[derive(Debug, Default)]
pub(super) struct Members(Map<String, Value>);

/// The members of a body that may be left out altogether.
#[derive(Debug)]
pub(super) struct OptionalMembers(pub(super) Members);

impl FromRequest<Front> for Members {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Front) -> Result<Self, Error> {
        require_json(request.headers())?;
        let authorized = request.headers().contains_key(header::AUTHORIZATION);
        let members = object(&read(request.into_body()).await?)?;
        // RFC 6750 section 2: a token in two places is malformed, because it is unclear which one counts.
        if authorized && members.0.contains_key("access_token") {
            return Err(Refused::new(&reason::TOKEN_REPEATED)
                .detail("An access token came in the Authorization header and another one in the body.")
                .into());
        }
        Ok(members)
    }
}

impl FromRequest<Front> for OptionalMembers {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Front) -> Result<Self, Error> {
        let headers = request.headers().clone();
        let body = read(request.into_body()).await?;
        if body.is_empty() {
            return Ok(Self(Members::default()));
        }
        require_json(&headers)?;
        object(&body).map(Self)
    }
}

/// The whole body; [`Overlong`] bounds it.
pub(super) async fn read(body: Body) -> Result<Bytes, Error> {
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(match Overlong::among(&error) {
            Some(overlong) => overlong.refusal(),
            None => {
                Refused::new(&reason::REQUEST_BODY).detail("The body ended before its announced end.").into()
            }
        }),
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), Error> {
    let wrong = |received: &str| -> Error {
        Refused::new(&reason::REQUEST_CONTENT_TYPE).expected("application/json").received(received).into()
    };
    if let Some(coding) = headers.get(header::CONTENT_ENCODING)
        && coding != "identity"
    {
        return Err(wrong("a compressed body (Content-Encoding)"));
    }
    match media_type(headers) {
        None => Err(wrong("no Content-Type")),
        Some(kind)
            if kind.name == "application/json" && kind.charset.as_deref().is_none_or(|c| c == "utf-8") =>
        {
            Ok(())
        }
        Some(kind) => Err(wrong(&kind.name)),
    }
}

pub(super) struct MediaType {
    pub(super) name: String,
    pub(super) charset: Option<String>,
}

/// The one `Content-Type`; none when it is missing, doubled or unreadable.
pub(super) fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let text = value.to_str().ok()?.to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| name.len() <= 100)?.to_owned();
    let charset = parts.find_map(|p| p.strip_prefix("charset=")).map(|c| c.trim_matches('"').to_owned());
    Some(MediaType { name, charset })
}

fn object(text: &[u8]) -> Result<Members, Error> {
    match json::parse(text) {
        Ok(Value::Object(members)) => Ok(Members(members)),
        Ok(other) => Err(unfit("The body is not a JSON object.")
            .expected("an object")
            .received(kind_of(&other))
            .into()),
        Err(error) => Err(unfit(&format!("The body cannot be read: {error}.")).into()),
    }
}

/// `None` when the member is absent or `null`.
type Found<T> = Result<Option<T>, Error>;

impl Members {
    /// A text that has to be there.
    pub(super) fn required(&mut self, name: &'static str) -> Result<String, Error> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// A secret text that has to be there.
    pub(super) fn required_secret(&mut self, name: &'static str) -> Result<SecretString, Error> {
        self.secret(name)?.ok_or_else(|| missing(name))
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str) -> Found<String> {
        match self.take(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(mistyped(name, "a text", &other)),
        }
    }

    /// A text that nothing may print.
    pub(super) fn secret(&mut self, name: &'static str) -> Found<SecretString> {
        Ok(self.text(name)?.map(SecretString::from))
    }

    /// A text that `null` takes away: the outer `None` leaves it as it is.
    pub(super) fn clearable(&mut self, name: &'static str) -> Found<Option<String>> {
        match self.take(name)? {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) => Ok(Some(Some(text))),
            Some(other) => Err(mistyped(name, "a text or null", &other)),
        }
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str) -> Found<Map<String, Value>> {
        match self.take(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(other) => Err(mistyped(name, "an object", &other)),
        }
    }

    /// An object that has to be there.
    pub(super) fn required_object(&mut self, name: &'static str) -> Result<Map<String, Value>, Error> {
        self.object(name)?.ok_or_else(|| missing(name))
    }

    /// A yes or no.
    pub(super) fn flag(&mut self, name: &'static str) -> Found<bool> {
        match self.take(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(other) => Err(mistyped(name, "true or false", &other)),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &'static str) -> Found<Vec<String>> {
        match self.take(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(value) => texts(&value).ok_or_else(|| mistyped(name, "a list of texts", &value)).map(Some),
        }
    }

    /// `audience`: one text or a list of texts.
    pub(super) fn audience(&mut self) -> Found<Vec<String>> {
        match self.take("audience")? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(one)) => Ok(Some(vec![one])),
            Some(value) => texts(&value)
                .filter(|list| !list.is_empty())
                .ok_or_else(|| mistyped("audience", "a text or a list of texts", &value))
                .map(Some),
        }
    }

    /// `delivery`: where the tokens go, in the body unless said otherwise.
    pub(super) fn delivery(&mut self) -> Result<Delivery, Error> {
        let Some(text) = self.text("delivery")? else { return Ok(Delivery::Body) };
        Delivery::parse(&text).ok_or_else(|| {
            unfit("`delivery` names no way to deliver tokens.")
                .expected("`body`, `cookie` or `cookies`")
                .into()
        })
    }

    fn take(&mut self, name: &'static str) -> Found<Value> {
        match self.0.remove(name) {
            None => self.near_miss(name).map_or(Ok(None), Err),
            found => Ok(found),
        }
    }

    fn near_miss(&self, name: &'static str) -> Option<Error> {
        let aliases =
            ALIASES.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, aliases)| aliases);
        let meant = |other: &str| aliases.contains(&other) || folded(other) == folded(name);
        let other = self.0.keys().find(|other| meant(other))?;
        // The name is printed because it is one of a few spellings of ours, never free text.
        let refused = unfit(&format!("`{name}` is missing, and `{other}` is not known here."))
            .hint(format!("did you mean `{name}`?"));
        Some(refused.into())
    }
}

/// What other servers and tutorials call our members, beyond another spelling of the same words.
const ALIASES: &[(&str, &[&str])] = &[
    ("refresh_token", &["token", "accessToken", "access_token", "refresh", "jwt"]),
    ("current", &["current_password", "currentPassword", "old", "oldPassword", "old_password"]),
    ("new", &["new_password", "newPassword"]),
];

/// `refreshToken`, `refresh-token` and `RefreshToken` are `refresh_token` to the eye.
fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

pub(super) fn unfit(detail: &str) -> Refused {
    Refused::new(&reason::REQUEST_BODY).detail(detail)
}

fn missing(name: &str) -> Error {
    unfit(&format!("`{name}` is missing.")).into()
}

fn mistyped(name: &str, expected: &str, value: &Value) -> Error {
    unfit(&format!("`{name}` has the wrong type.")).expected(expected).received(kind_of(value)).into()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Members {
        object(text.as_bytes()).unwrap()
    }

    fn refused(result: Result<impl std::fmt::Debug, Error>) -> Refused {
        match result.unwrap_err() {
            Error::Refused(refused) => *refused,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_near_miss_is_answered_with_the_right_name() {
        for (sent, name) in [
            ("refreshToken", "refresh_token"),
            ("token", "refresh_token"),
            ("accessToken", "refresh_token"),
            ("Email", "email"),
            ("oldPassword", "current"),
        ] {
            let refused = refused(members(&format!(r#"{{"{sent}":"x"}}"#)).text(name));
            assert_eq!(refused.hint.unwrap(), format!("did you mean `{name}`?"), "{sent}");
        }
    }

    #[test]
    fn a_near_miss_beside_the_real_member_is_only_an_unknown_member() {
        let text = members(r#"{"refresh_token":"r","token":"t","extra":1}"#).text("refresh_token");
        assert_eq!(text.unwrap().unwrap(), "r");
    }

    #[test]
    fn null_is_absent_but_takes_away_what_can_be_taken_away() {
        let mut members = members(r#"{"name":null,"username":null,"data":null}"#);
        assert_eq!(members.text("name").unwrap(), None);
        assert_eq!(members.clearable("username").unwrap(), Some(None));
        assert_eq!(members.object("data").unwrap(), None);
        assert_eq!(members.clearable("absent").unwrap(), None);
    }

    #[test]
    fn a_wrong_type_names_the_member_and_not_the_value() {
        let refused = refused(members(r#"{"password":["hunter2"]}"#).secret("password"));
        assert_eq!(refused.detail.as_deref(), Some("`password` has the wrong type."));
        assert_eq!(refused.received.as_deref(), Some("an array"));
    }

    #[test]
    fn an_audience_is_a_text_or_a_list_and_never_empty() {
        assert_eq!(members(r#"{"audience":"a"}"#).audience().unwrap().unwrap(), ["a"]);
        assert_eq!(members(r#"{"audience":["a","b"]}"#).audience().unwrap().unwrap(), ["a", "b"]);
        for text in [r#"{"audience":[]}"#, r#"{"audience":[1]}"#, r#"{"audience":{}}"#] {
            refused(members(text).audience());
        }
    }

    #[test]
    fn content_types() {
        let with =
            |value: &'static str| HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]);
        for good in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
        {
            assert!(require_json(&with(good)).is_ok(), "{good}");
        }
        for bad in
            ["text/plain", "application/json; charset=latin1", "application/jsonp", "multipart/form-data"]
        {
            assert!(require_json(&with(bad)).is_err(), "{bad}");
        }
        assert!(require_json(&HeaderMap::new()).is_err());
    }
}
