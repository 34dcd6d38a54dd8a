//! What a client remembers of the login it asked for, and holds the answer against.

use std::fmt;

use jotgate_jose::{Algorithm, Error, Reason, primitive};

use super::{IdClaims, half_hash};

/// What the answer to one login must say. It cannot be made without a word on the nonce.
///
/// ```
/// use jotgate_token::id_token::Login;
///
/// let login = Login::with_nonce("n-0S6_WzA2Mj").max_age(600).one_acr_of(["2"]);
/// ```
#[derive(Clone)]
pub struct Login {
    nonce: Nonce,
    max_age: Option<u32>,
    acr: Vec<String>,
    access_token: Option<String>,
    code: Option<String>,
    before: Option<Box<IdClaims>>,
}

#[derive(Clone)]
enum Nonce {
    Exactly(String),
    None,
    /// A refreshed token need not repeat it, but must not change it (Core section 12.2).
    SameOrNone(Option<String>),
}

impl Login {
    /// A login that was asked for with this nonce: the answer repeats it.
    ///
    /// ```
    /// let login = jotgate_token::id_token::Login::with_nonce("n-0S6_WzA2Mj");
    /// ```
    pub fn with_nonce(nonce: impl Into<String>) -> Self {
        Self::of(Nonce::Exactly(nonce.into()))
    }

    /// A login without a nonce, which only the code flow with PKCE may leave out. An answer with one belongs to
    /// another login.
    ///
    /// ```
    /// let login = jotgate_token::id_token::Login::without_nonce();
    /// ```
    pub fn without_nonce() -> Self {
        Self::of(Nonce::None)
    }

    /// No login but a refresh: the new token speaks of the same user, client and login as the one before.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// # use jotgate_token::id_token::{IdClaims, Login, Signer, Verifier};
    /// # let signer = Signer::new(SigningKey::generate(Algorithm::Es256)?)?;
    /// # let keys = KeySet::new([signer.verifying_key()]);
    /// # let verifier = Verifier::new("i", "app");
    /// # let first = signer.sign(&IdClaims::new("i", "ada", "app", 0, 300))?;
    /// # let later = signer.sign(&IdClaims::new("i", "ada", "app", 200, 300))?;
    /// # let foreign = signer.sign(&IdClaims::new("i", "eve", "app", 200, 300))?;
    /// let before = verifier.verify(&first, &keys, &Login::without_nonce(), 1)?.into_claims();
    /// let refresh = Login::refreshed(&before);
    /// assert!(verifier.verify(&later, &keys, &refresh, 201).is_ok());
    /// assert!(verifier.verify(&foreign, &keys, &refresh, 201).is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    pub fn refreshed(before: &IdClaims) -> Self {
        let login = Self::of(Nonce::SameOrNone(before.nonce.clone()));
        Self { before: Some(Box::new(before.clone())), ..login }
    }

    /// It was asked for with `max_age`: the answer must say when the user proved who they are, and it must not be
    /// longer ago.
    ///
    /// ```
    /// let login = jotgate_token::id_token::Login::without_nonce().max_age(600);
    /// ```
    #[must_use]
    pub fn max_age(mut self, seconds: u32) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// The answer must name one of these classes in `acr`.
    ///
    /// ```
    /// let login = jotgate_token::id_token::Login::without_nonce().one_acr_of(["2", "3"]);
    /// ```
    #[must_use]
    pub fn one_acr_of<N: Into<String>>(mut self, classes: impl IntoIterator<Item = N>) -> Self {
        self.acr.extend(classes.into_iter().map(Into::into));
        self
    }

    /// The access token that came with the answer; `at_hash`, where there is one, must be of it.
    ///
    /// ```
    /// let login = jotgate_token::id_token::Login::without_nonce().access_token("2YotnFZFEjr1zCsicMWpAA");
    /// ```
    #[must_use]
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// The code that came from the authorization endpoint together with the ID token: `c_hash` must be of it.
    ///
    /// ```
    /// let login = jotgate_token::id_token::Login::with_nonce("n").code("SplxlOBeZQQYbYS6WxSbIA");
    /// ```
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    fn of(nonce: Nonce) -> Self {
        Self { nonce, max_age: None, acr: Vec::new(), access_token: None, code: None, before: None }
    }

    pub(super) fn check(
        &self,
        claims: &IdClaims,
        algorithm: Algorithm,
        now: i64,
        leeway: i64,
    ) -> Result<(), Error> {
        self.check_nonce(claims)?;
        self.check_auth_time(claims, now, leeway)?;
        if !self.acr.is_empty() {
            let acr = claims.acr.as_ref().ok_or_else(|| missing("the login asked for `acr`"))?;
            agrees(self.acr.contains(acr), "`acr` is none of those asked for")?;
        }
        let is_of = |hash: &String, text: &String| {
            primitive::constant_time_eq(hash.as_bytes(), half_hash(algorithm, text).as_bytes())
        };
        if let (Some(token), Some(hash)) = (&self.access_token, &claims.at_hash) {
            agrees(is_of(hash, token), "`at_hash` is of another access token")?;
        }
        if let Some(code) = &self.code {
            let hash = claims.c_hash.as_ref().ok_or_else(|| missing("the token came with a code"))?;
            agrees(is_of(hash, code), "`c_hash` is of another code")?;
        }
        match &self.before {
            Some(before) => check_same_login(before, claims),
            None => Ok(()),
        }
    }

    fn check_nonce(&self, claims: &IdClaims) -> Result<(), Error> {
        match (&self.nonce, &claims.nonce) {
            (Nonce::Exactly(_), None) => Err(missing("the login was asked for with a nonce")),
            (Nonce::Exactly(sent), Some(nonce)) => {
                let same = primitive::constant_time_eq(sent.as_bytes(), nonce.as_bytes());
                agrees(same && !sent.is_empty(), "`nonce` is of another login")
            }
            (Nonce::None, nonce) => agrees(nonce.is_none(), "`nonce` is of another login"),
            (Nonce::SameOrNone(before), nonce) => {
                agrees(nonce.is_none() || nonce == before, "`nonce` is of another login")
            }
        }
    }

    fn check_auth_time(&self, claims: &IdClaims, now: i64, leeway: i64) -> Result<(), Error> {
        let latest = now.saturating_add(leeway);
        if claims.auth_time.is_some_and(|time| time > latest) {
            return agrees(false, "`auth_time` is in the future");
        }
        let Some(max_age) = self.max_age else { return Ok(()) };
        let time = claims.auth_time.ok_or_else(|| missing("the login asked for `auth_time` by `max_age`"))?;
        let earliest = now.saturating_sub(leeway).saturating_sub(max_age.into());
        agrees(time >= earliest, "the user proved who they are longer ago than the login allowed")
    }
}

/// Core section 12.2.
fn check_same_login(before: &IdClaims, claims: &IdClaims) -> Result<(), Error> {
    agrees(before.iss == claims.iss, "a refresh changed `iss`")?;
    agrees(before.sub == claims.sub, "a refresh changed `sub`")?;
    agrees(before.aud == claims.aud, "a refresh changed `aud`")?;
    agrees(before.azp == claims.azp, "a refresh changed `azp`")?;
    let time = claims.auth_time;
    agrees(time.is_none() || time == before.auth_time, "a refresh changed `auth_time`")
}

fn agrees(agrees: bool, otherwise: &'static str) -> Result<(), Error> {
    if agrees { Ok(()) } else { Err(Error::new(Reason::ClaimMismatch, otherwise)) }
}

fn missing(why: &'static str) -> Error {
    Error::new(Reason::ClaimMissing, why)
}

impl fmt::Debug for Login {
    /// Neither the token nor the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("max_age", &self.max_age)
            .field("acr", &self.acr)
            .finish_non_exhaustive()
    }
}
