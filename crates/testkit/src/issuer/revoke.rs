//! What a test takes back, and the wait until every guard has heard of it.

use std::sync::atomic::Ordering;

use jotgate_token::revocation::Kind;
use serde_json::Value;

use super::{TestIssuer, new_key};
use crate::catalogue::Change;
use crate::forge::sample;

impl TestIssuer {
    /// Ends a session, and waits until every guard of this issuer knows. By default a user's session is called
    /// `session-of-USER`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "https://api.example");
    /// let guard = issuer.guard().await;
    /// let phone = issuer.token("ada").of_session("phone").valid();
    /// let laptop = issuer.token("ada").of_session("laptop").valid();
    /// issuer.revoke_session("phone").await;
    /// assert!(guard.check(&phone, issuer.now()).is_err() && guard.check(&laptop, issuer.now()).is_ok());
    /// # }
    /// ```
    pub async fn revoke_session(&self, sid: &str) {
        self.announce(Kind::Session, sid, 0);
        self.heard().await;
    }

    /// Takes back every token that this user has, as when roles change or an account is disabled; new ones are good.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "https://api.example");
    /// let guard = issuer.guard().await;
    /// let before = issuer.token("ada").valid();
    /// issuer.revoke_subject("ada").await;
    /// assert!(guard.check(&before, issuer.now()).is_err());
    /// assert!(guard.check(&issuer.token("ada").valid(), issuer.now()).is_ok());
    /// # }
    /// ```
    pub async fn revoke_subject(&self, sub: &str) {
        let epoch = {
            let mut state = self.state();
            let epoch = state.epochs.entry(sub.to_owned()).or_default();
            *epoch += 1;
            *epoch
        };
        self.announce(Kind::Subject, sub, epoch);
        self.heard().await;
    }

    /// Takes back one token, by its `jti`.
    ///
    /// ```
    /// # async fn revoke(issuer: &jotgate_testkit::TestIssuer) {
    /// let token = issuer.token("ada").with_claim("jti", "the-stolen-one".into()).valid();
    /// issuer.revoke_token("the-stolen-one").await;
    /// # }
    /// ```
    pub async fn revoke_token(&self, jti: &str) {
        self.announce(Kind::Token, jti, 0);
        self.heard().await;
    }

    /// Revokes the key that signs, as when it leaked: all its tokens are void, and a new key signs from now on.
    ///
    /// ```
    /// # async fn revoke(issuer: &jotgate_testkit::TestIssuer) {
    /// let before = issuer.signing_key().thumbprint();
    /// issuer.revoke_key().await;
    /// assert_ne!(issuer.signing_key().thumbprint(), before);
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the crypto library cannot make a key.
    pub async fn revoke_key(&self) {
        let leaked = {
            let mut state = self.state();
            let new = new_key(state.keys[0].algorithm());
            std::mem::replace(&mut state.keys[0], new)
        };
        self.announce(Kind::Key, &leaked.thumbprint(), 0);
        self.heard().await;
    }

    /// Signs with a new key from now on, as issuers do every few weeks. Tokens of the old one stay good.
    ///
    /// ```
    /// let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "https://api.example");
    /// issuer.rotate_key();
    /// assert_eq!(issuer.keys().keys().len(), 2);
    /// ```
    ///
    /// # Panics
    /// As [`Self::revoke_key`].
    pub fn rotate_key(&self) {
        let mut state = self.state();
        let new = new_key(state.keys[0].algorithm());
        state.keys.insert(0, new);
    }

    /// Does to the owner of a token what an entry of the catalogue asks for. The token must be this issuer's.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "https://api.example");
    /// use jotgate_testkit::catalogue::Change;
    ///
    /// let guard = issuer.guard().await;
    /// let token = issuer.token("ada").valid();
    /// issuer.bring_about(Change::Disable, &token).await;
    /// assert!(guard.check(&token, issuer.now()).is_err());
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the text is no token.
    pub async fn bring_about(&self, change: Change, token: &str) {
        let claims = sample::read(token).unwrap_or_else(|error| panic!("what was given is {error}")).claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        match change {
            Change::LogOut | Change::PasswordChange => self.revoke_session(text("sid")).await,
            Change::RoleRemoved => self.revoke_subject(text("sub")).await,
            Change::Disable | Change::Delete => {
                self.revoke_session(text("sid")).await;
                self.revoke_subject(text("sub")).await;
            }
            Change::TokenRevoked => self.revoke_token(text("jti")).await,
            Change::KeyRevoked => self.revoke_key().await,
        }
    }

    /// Waits until every guard that follows this issuer has taken in what was revoked so far.
    ///
    /// ```
    /// # async fn wait(issuer: &jotgate_testkit::TestIssuer) {
    /// issuer.heard().await;
    /// # }
    /// ```
    pub async fn heard(&self) {
        loop {
            let moved = self.feed().moved();
            let further = moved.notified();
            tokio::pin!(further);
            // Before the look, so that nothing is missed in between.
            further.as_mut().enable();
            if self.feed().is_heard() {
                return;
            }
            further.await;
        }
    }

    /// How many guards follow the feed at this moment.
    ///
    /// ```
    /// let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "https://api.example");
    /// assert_eq!(issuer.followers(), 0);
    /// ```
    #[must_use]
    pub fn followers(&self) -> usize {
        self.feed().followers()
    }

    /// Takes the issuer off the network, or brings it back: a guard gets 503 for everything it asks.
    ///
    /// ```
    /// let issuer = jotgate_testkit::TestIssuer::new("https://id.example", "https://api.example");
    /// issuer.set_down(true);
    /// ```
    pub fn set_down(&self, is_down: bool) {
        self.0.is_down.store(is_down, Ordering::Release);
    }

    pub(crate) fn is_down(&self) -> bool {
        self.0.is_down.load(Ordering::Acquire)
    }

    /// The epoch that new tokens of this user have.
    pub(crate) fn epoch_of(&self, sub: &str) -> i64 {
        self.state().epochs.get(sub).copied().unwrap_or_default()
    }

    fn announce(&self, kind: Kind, id: &str, value: i64) {
        self.feed().announce((kind, id), value, self.now());
    }
}
