//! The registered claims against a policy (RFC 7519 section 4.1).
//!
//! Absent, malformed and mismatching are three different refusals, and a claim that is there but of the wrong type
//! is never taken for absent. Values are compared byte by byte: no normalising of any kind.

use super::numeric_date::NumericDate;
use super::policy::{Audiences, Policy, Typ, Types, Wanted};
use crate::Result;
use crate::error::{Error, Reason, shown};
use crate::json::{self, Flaw, Limits, Str, Tape, Value};

/// The registered claims as they stand in the payload.
#[derive(Default)]
pub(crate) struct Claims<'a> {
    pub(crate) iss: Option<Value<'a>>,
    pub(crate) sub: Option<Value<'a>>,
    pub(crate) aud: Option<Value<'a>>,
    pub(crate) exp: Option<Value<'a>>,
    pub(crate) nbf: Option<Value<'a>>,
    pub(crate) iat: Option<Value<'a>>,
    pub(crate) jti: Option<Value<'a>>,
    /// Which of the first [`BITS`] claims wanted by the policy are as they should be.
    met: u64,
    /// Its text, scanned from end to end.
    pub(crate) text: &'a str,
}

impl<'a> Claims<'a> {
    /// Scans the payload; the one place where it becomes more than bytes.
    pub(crate) fn read(payload: &'a [u8]) -> Result<Self> {
        Self::read_for(payload, &[], &mut Tape::default())
    }

    /// As [`Self::read`], and looks in the same pass for what a policy wants beyond the registered claims.
    pub(super) fn read_for(payload: &'a [u8], wanted: &[Wanted], tape: &mut Tape) -> Result<Self> {
        let text = json::object_onto(tape, payload, Limits::STRICT).map_err(|flaw| match flaw {
            Flaw::NotObject => Error::new(Reason::MalformedClaimsNotObject, "the payload is no JSON object"),
            Flaw::Utf8 | Flaw::Grammar | Flaw::DuplicateMember | Flaw::Depth | Flaw::Members => {
                flaw.within("the payload")
            }
        })?;
        let mut claims = Self { text, ..Self::default() };
        for at in 0..tape.len() {
            let name = tape.name(text, at);
            if let Some(slot) = claims.slot(name) {
                *slot = Some(tape.value(text, at));
            }
            for (wanted, bit) in wanted.iter().zip(bits()) {
                if name.is(&wanted.name) && wanted.judge(tape.value(text, at)).is_ok() {
                    claims.met |= bit;
                }
            }
        }
        Ok(claims)
    }

    fn slot(&mut self, name: Str<'_>) -> Option<&mut Option<Value<'a>>> {
        let decoded;
        let name = match name.plain() {
            Some(name) => name,
            None => {
                decoded = name.decode();
                &*decoded
            }
        };
        Some(match name {
            "iss" => &mut self.iss,
            "sub" => &mut self.sub,
            "aud" => &mut self.aud,
            "exp" => &mut self.exp,
            "nbf" => &mut self.nbf,
            "iat" => &mut self.iat,
            "jti" => &mut self.jti,
            _ => return None,
        })
    }

    pub(super) fn check(&self, policy: &Policy, now: i64) -> Result<()> {
        self.each(policy, now, |_, outcome| outcome)
    }

    /// Every check of the claims, in the one order there is. `told` hears each outcome and decides whether to go on:
    /// a verifier stops at the first refusal, an explanation hears them all.
    pub(crate) fn each(
        &self,
        policy: &Policy,
        now: i64,
        mut told: impl FnMut(Aspect<'_>, Result<()>) -> Result<()>,
    ) -> Result<()> {
        told(Aspect::Issuer, self.check_issuer(policy))?;
        told(Aspect::Audience, self.check_audience(policy))?;
        let (exp, nbf, iat) = (
            moment(self.exp, "exp", Reason::ExpMalformed),
            moment(self.nbf, "nbf", Reason::ClaimMalformed),
            moment(self.iat, "iat", Reason::ClaimMalformed),
        );
        let known = |read: &Result<Option<NumericDate>>| read.as_ref().ok().copied().flatten();
        let order = check_order(known(&exp), known(&nbf), known(&iat));
        told(Aspect::Expiry, exp.and_then(|exp| check_expiry(exp, policy, now)))?;
        told(Aspect::NotBefore, nbf.and_then(|nbf| check_not_before(nbf, policy, now)))?;
        told(Aspect::IssuedAt, iat.and_then(|iat| check_issued_at(iat, policy, now)))?;
        told(Aspect::Order, order)?;
        told(Aspect::Subject, named(self.sub, "sub"))?;
        told(Aspect::TokenId, named(self.jti, "jti"))?;
        for (at, wanted) in policy.wanted.iter().enumerate() {
            let is_met = at < BITS && self.met & (1 << at) != 0;
            told(Aspect::Wanted(wanted), if is_met { Ok(()) } else { self.check_wanted(wanted) })?;
        }
        Ok(())
    }

    /// `iss`, which is a string or absent.
    pub(super) fn issuer(&self) -> Result<Option<Str<'a>>> {
        let Some(value) = self.iss else { return Ok(None) };
        value
            .as_str()
            .map(Some)
            .ok_or_else(|| Error::new(Reason::IssMalformed, "`iss` is no string").with_received(value.kind()))
    }

    fn check_issuer(&self, policy: &Policy) -> Result<()> {
        let issuer = self.issuer()?;
        let Some(wanted) = &policy.issuer.0 else { return Ok(()) };
        let issuer = issuer.ok_or_else(|| {
            Error::new(Reason::IssMissing, "the token names no issuer").with_expected(shown(wanted))
        })?;
        if issuer.is(wanted) {
            return Ok(());
        }
        Err(Error::new(Reason::IssMismatch, "another issuer's token")
            .with_expected(shown(wanted))
            .with_received(shown(&issuer.decode())))
    }

    fn check_audience(&self, policy: &Policy) -> Result<()> {
        let Some(value) = self.aud else {
            return match &policy.audience.0 {
                Audiences::Unchecked => Ok(()),
                Audiences::AnyOf(_) | Audiences::Only(_) => {
                    Err(Error::new(Reason::AudMissing, "the token names no audience")
                        .with_expected(expected_audience(&policy.audience.0)))
                }
            };
        };
        let malformed = |found: &'static str| {
            Error::new(Reason::AudMalformed, "`aud` is neither a string nor an array of strings")
                .with_received(found)
        };
        let is_wanted = |name: Str<'_>| match &policy.audience.0 {
            Audiences::Unchecked => true,
            // An empty name is nobody's, whatever the policy was given.
            Audiences::AnyOf(names) => names.iter().any(|wanted| !wanted.is_empty() && name.is(wanted)),
            Audiences::Only(wanted) => !wanted.is_empty() && name.is(wanted),
        };
        let (mut count, mut hits) = (0, 0);
        let mut count_in = |name: Str<'_>| {
            count += 1;
            hits += usize::from(is_wanted(name));
        };
        match value {
            Value::String(name) => count_in(name),
            Value::Array(array) => {
                for element in json::elements(array) {
                    count_in(element.as_str().ok_or_else(|| malformed("an array with other elements"))?);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                return Err(malformed(value.kind()));
            }
        }
        let is_met = match &policy.audience.0 {
            Audiences::Unchecked => true,
            Audiences::AnyOf(_) => hits > 0,
            Audiences::Only(_) => count == 1 && hits == 1,
        };
        if is_met {
            return Ok(());
        }
        Err(Error::new(Reason::AudMismatch, "the token is meant for somebody else")
            .with_expected(expected_audience(&policy.audience.0))
            .with_received(received_audience(value)))
    }

    /// Finds the words for a refusal, by a walk of its own over a payload already found good.
    #[cold]
    fn check_wanted(&self, wanted: &Wanted) -> Result<()> {
        let mut found = None;
        let _ = json::object(self.text.as_bytes(), Limits::STRICT, |member| {
            if member.name.is(&wanted.name) {
                found = Some(member.value);
            }
        });
        wanted.judge(found.unwrap_or(Value::Null))
    }
}

impl Wanted {
    fn judge(&self, value: Value<'_>) -> Result<()> {
        if matches!(value, Value::Null) {
            return Err(missing(&self.name));
        }
        let Some(expected) = &self.value else { return Ok(()) };
        let text = value.as_str().ok_or_else(|| {
            Error::new(Reason::ClaimMalformed, "a claim has the wrong JSON type")
                .with_expected(format!("{} as a string", shown(&self.name)))
                .with_received(value.kind())
        })?;
        if text.is(expected) {
            return Ok(());
        }
        // The value may be a nonce: neither side of the comparison is shown.
        Err(Error::new(Reason::ClaimMismatch, "a claim has another value than required")
            .with_expected(format!("another {}", shown(&self.name))))
    }
}

/// What one check of [`Claims::each`] is about.
#[derive(Clone, Copy)]
pub(crate) enum Aspect<'p> {
    Issuer,
    Audience,
    Expiry,
    NotBefore,
    IssuedAt,
    /// The token ends after it begins.
    Order,
    Subject,
    TokenId,
    Wanted(&'p Wanted),
}

fn check_expiry(exp: Option<NumericDate>, policy: &Policy, now: i64) -> Result<()> {
    match exp {
        None if policy.wants_exp => {
            Err(Error::new(Reason::ExpMissing, "the token never expires").with_expected("`exp`"))
        }
        Some(exp) if exp.has_come(now.saturating_sub(policy.leeway)) => {
            Err(at(Reason::ExpExpired, "the token has expired", "now before", exp, now))
        }
        _ => Ok(()),
    }
}

fn check_not_before(nbf: Option<NumericDate>, policy: &Policy, now: i64) -> Result<()> {
    match nbf {
        Some(nbf) if !nbf.has_come(now.saturating_add(policy.leeway)) => {
            Err(at(Reason::NbfNotYet, "the token is not valid yet", "now from", nbf, now))
        }
        _ => Ok(()),
    }
}

fn check_issued_at(iat: Option<NumericDate>, policy: &Policy, now: i64) -> Result<()> {
    if let Some(iat) = iat
        && !iat.has_come(now.saturating_add(policy.leeway))
    {
        return Err(at(Reason::IatInFuture, "the token was issued in the future", "now from", iat, now));
    }
    let Some(max_age) = policy.max_age else { return Ok(()) };
    let iat = iat.ok_or_else(|| missing("iat"))?;
    if iat.seconds < now.saturating_sub(policy.leeway).saturating_sub(max_age) {
        return Err(Error::new(Reason::IatTooOld, "the token was issued too long ago")
            .with_expected(format!("at most {max_age} seconds ago"))
            .with_received(format!("{} seconds ago", now.saturating_sub(iat.seconds))));
    }
    Ok(())
}

fn check_order(exp: Option<NumericDate>, nbf: Option<NumericDate>, iat: Option<NumericDate>) -> Result<()> {
    match exp {
        Some(exp) if [nbf, iat].into_iter().flatten().any(|start| exp < start) => {
            Err(Error::new(Reason::ClaimMismatch, "the token ends before it begins")
                .with_expected("`exp` after `nbf` and `iat`"))
        }
        _ => Ok(()),
    }
}

/// RFC 7515 section 4.1.9: a value without a slash means `application/` and the value.
pub(crate) fn check_typ(policy: &Typ, typ: Option<&str>) -> Result<()> {
    let wanted = match (&policy.0, typ) {
        (Types::Unchecked, _) | (Types::AbsentOr(_), None) => return Ok(()),
        (Types::Exact(wanted) | Types::AbsentOr(wanted), _) => wanted,
    };
    if typ.is_some_and(|typ| bare(typ).eq_ignore_ascii_case(bare(wanted))) {
        return Ok(());
    }
    let error = Error::new(Reason::TypMismatch, "another kind of token").with_expected(shown(wanted));
    Err(match typ {
        Some(typ) => error.with_received(shown(typ)),
        None => error.with_received("no `typ`"),
    })
}

/// RFC 7519 section 5.2: a payload that is itself a token has no claims.
pub(crate) fn check_not_nested(cty: Option<&str>) -> Result<()> {
    if !is_nested(cty) {
        return Ok(());
    }
    Err(Error::new(Reason::TypMismatch, "the token holds another token instead of claims")
        .with_expected("a token with claims")
        .with_received("`cty` \"JWT\"")
        .with_hint("a nested token has two signatures: check it with `jwt::verify_nested`"))
}

pub(super) fn is_nested(cty: Option<&str>) -> bool {
    cty.is_some_and(|cty| bare(cty).eq_ignore_ascii_case("JWT"))
}

fn bare(typ: &str) -> &str {
    match typ.split_at_checked(APPLICATION.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) && !rest.contains('/') => rest,
        _ => typ,
    }
}

fn moment(value: Option<Value<'_>>, name: &'static str, reason: Reason) -> Result<Option<NumericDate>> {
    let Some(value) = value else { return Ok(None) };
    let malformed = |received: &'static str| {
        Error::new(reason, "a time is no number of seconds that could be meant")
            .with_expected(format!("`{name}` in seconds since 1970"))
            .with_received(received)
    };
    let Value::Number(number) = value else { return Err(malformed(value.kind())) };
    NumericDate::parse(number).map(Some).ok_or_else(|| malformed("a number out of range"))
}

/// A name that, when there, says something.
fn named(value: Option<Value<'_>>, name: &'static str) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    let malformed = || {
        Error::new(Reason::ClaimMalformed, "a claim has the wrong JSON type or is empty")
            .with_expected(format!("`{name}` as a string that says something"))
    };
    match value {
        Value::String(text) if !text.is("") => Ok(()),
        Value::String(_) => Err(malformed().with_received("an empty string")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(malformed().with_received(value.kind()))
        }
    }
}

fn at(reason: Reason, detail: &'static str, relation: &str, moment: NumericDate, now: i64) -> Error {
    Error::new(reason, detail)
        .with_expected(format!("{relation} {}", moment.seconds))
        .with_received(format!("now {now}"))
}

fn missing(name: &str) -> Error {
    Error::new(Reason::ClaimMissing, "a claim is missing").with_expected(shown(name))
}

fn expected_audience(audience: &Audiences) -> String {
    match audience {
        Audiences::Unchecked => "any".into(),
        Audiences::AnyOf(names) => names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(" or "),
        Audiences::Only(name) => format!("only {}", shown(name)),
    }
}

fn received_audience(value: Value<'_>) -> String {
    match value {
        Value::Array(array) => {
            let names = json::elements(array).filter_map(Value::as_str).take(4);
            let names: Vec<_> = names.map(|name| shown(&name.decode())).collect();
            format!("[{}]", names.join(", "))
        }
        Value::String(name) => shown(&name.decode()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.kind().into(),
    }
}

fn bits() -> impl Iterator<Item = u64> {
    (0..BITS).map(|at| 1 << at)
}

/// A policy that wants more claims than this pays a walk over the payload for each further one.
const BITS: usize = 64;

const APPLICATION: &str = "application/";
