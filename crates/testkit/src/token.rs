//! One line for each token a test needs.

use std::time::Duration;

use jotgate_jose::primitive::base64url;
use jotgate_token::{OsRandom, random};
use serde_json::{Value, json};

use crate::catalogue::{self, BadToken};
use crate::{Forge, Sent, TestIssuer};

/// A token in the making: what it says first, and which it is last.
///
/// ```
/// use jotgate_testkit::TestIssuer;
///
/// let issuer = TestIssuer::new("https://id.example", "https://api.example");
/// let admin = issuer.token("ada").with_role("admin").valid();
/// let late = issuer.token("ada").with_role("admin").expired();
/// ```
#[derive(Debug, Clone)]
pub struct TestToken {
    issuer: TestIssuer,
    forge: Forge,
}

impl TestToken {
    pub(crate) fn new(issuer: TestIssuer, user: &str) -> Self {
        let forge = issuer.forge(user);
        Self { issuer, forge }
    }

    /// With this role, besides those it has.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").with_role("admin").with_role("editor").valid();
    /// ```
    #[must_use]
    pub fn with_role(self, role: &str) -> Self {
        let mut roles = self.forge.good_claim("roles").cloned().unwrap_or_else(|| json!([]));
        if let Value::Array(roles) = &mut roles {
            roles.push(role.into());
        }
        self.with_claim("roles", roles)
    }

    /// With this scope: names with a space between them.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").with_scope("orders:read orders:write").valid();
    /// ```
    #[must_use]
    pub fn with_scope(self, scope: &str) -> Self {
        self.with_claim("scope", scope.into())
    }

    /// With any claim.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").with_claim("tenant", "blue".into()).valid();
    /// ```
    #[must_use]
    pub fn with_claim(self, name: &str, value: Value) -> Self {
        Self { forge: self.forge.claim(name, value), ..self }
    }

    /// Of this session. Without it, of the one session that the user has.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let phone = issuer.token("ada").of_session("phone").valid();
    /// ```
    #[must_use]
    pub fn of_session(self, sid: &str) -> Self {
        self.with_claim("sid", sid.into())
    }

    /// Of a login that lies this long back, for routes that want a recent one.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let yesterday = issuer.token("ada").logged_in_ago(std::time::Duration::from_secs(86_400)).valid();
    /// ```
    #[must_use]
    pub fn logged_in_ago(self, ago: Duration) -> Self {
        let at = self.issuer.now().saturating_sub_unsigned(ago.as_secs());
        self.with_claim("auth_time", at.into())
    }

    /// A good token.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let header = format!("Bearer {}", issuer.token("ada").valid());
    /// ```
    #[must_use]
    pub fn valid(&self) -> String {
        self.forge.draft().token()
    }

    /// Over since ten minutes.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").expired();
    /// ```
    #[must_use]
    pub fn expired(&self) -> String {
        self.listed("exp.ten_minutes")
    }

    /// Not good for another hour.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").not_yet_valid();
    /// ```
    #[must_use]
    pub fn not_yet_valid(&self) -> String {
        self.listed("nbf.future")
    }

    /// Good for ever, because it does not say when it ends.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").without_expiry();
    /// ```
    #[must_use]
    pub fn without_expiry(&self) -> String {
        self.listed("exp.missing")
    }

    /// For another API.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").wrong_audience();
    /// ```
    #[must_use]
    pub fn wrong_audience(&self) -> String {
        self.listed("aud.other")
    }

    /// Of another issuer, under the good key.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").wrong_issuer();
    /// ```
    #[must_use]
    pub fn wrong_issuer(&self) -> String {
        self.listed("iss.other")
    }

    /// An ID token, which is no access token.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").id_token();
    /// ```
    #[must_use]
    pub fn id_token(&self) -> String {
        self.listed("kind.id_token")
    }

    /// HS256, keyed with the public key.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").alg_confused();
    /// ```
    ///
    /// # Panics
    /// When the issuer has a shared secret, for which there is no public key.
    #[must_use]
    pub fn alg_confused(&self) -> String {
        self.listed("confusion.pem")
    }

    /// `alg` is `none`.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").unsigned();
    /// ```
    #[must_use]
    pub fn unsigned(&self) -> String {
        self.listed("none.plain")
    }

    /// Made an administrator after it was signed.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").tampered();
    /// ```
    #[must_use]
    pub fn tampered(&self) -> String {
        self.listed("payload.tampered")
    }

    /// Signed by a key that the issuer does not have.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// let token = issuer.token("ada").signed_by_a_stranger();
    /// ```
    ///
    /// # Panics
    /// As [`Self::alg_confused`].
    #[must_use]
    pub fn signed_by_a_stranger(&self) -> String {
        self.listed("signature.stranger")
    }

    /// Of a session of its own, which has ended; every guard of the issuer knows it when this returns.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "https://api.example");
    /// let guard = issuer.guard().await;
    /// let token = issuer.token("ada").revoked().await;
    /// let refused = guard.check(&token, issuer.now()).unwrap_err();
    /// assert_eq!(refused.code(), "revoked.session");
    /// # }
    /// ```
    pub async fn revoked(&self) -> String {
        let bytes: [u8; 16] = random::array(&OsRandom);
        let sid = base64url::encode(&bytes);
        let token = self.clone().of_session(&sid).valid();
        self.issuer.revoke_session(&sid).await;
        token
    }

    /// Any other entry of the [`catalogue`], as it is to be sent.
    ///
    /// ```
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "api");
    /// # use jotgate_testkit::catalogue;
    /// for case in catalogue::all() {
    ///     let sent = issuer.token("ada").bad(case);
    /// }
    /// ```
    #[must_use]
    pub fn bad(&self, case: &BadToken) -> Option<Sent> {
        case.make(&self.forge)
    }

    /// A token of the catalogue that can be made from every good one of a [`TestIssuer`].
    fn listed(&self, id: &str) -> String {
        let sent = catalogue::by_id(id).and_then(|case| case.make(&self.forge));
        let token = sent.as_ref().and_then(Sent::token).map(str::to_owned);
        token.unwrap_or_else(|| panic!("the catalogue has no `{id}` for a key of {}", self.forge.algorithm()))
    }
}
