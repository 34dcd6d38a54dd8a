//! Passkeys (WebAuthn Level 3): what a browser is asked, and what its answer is worth. The one place that names webauthn-rs,
//! which checks type, challenge, origin, relying party, flags, algorithm, signature and counter.
//!
//! Its challenges come from its own generator, seeded by the operating system, because it takes none from outside; the one
//! time it reads is of certificates of makers, which are not asked for. Not for: whose passkey it is, and whether a
//! challenge was used before (`flow::passkey`).

use jotgate_jose::primitive::base64url;
use jotgate_token::reason;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::{
    config::{Config, Origin},
    error::{Error, Refused, Result},
    rule::passkey::{Ceremony, attested_data, is_authenticator_data},
};

/// The relying party.
#[derive(Debug)]
pub struct Passkeys {
    webauthn: Option<Webauthn>,
    origins: String,
}

/// What is sent to a browser, and what the server keeps of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// `{"publicKey": ...}`, the argument of `navigator.credentials`.
    pub options: Value,
    /// What the answer is held against. It stays here: who could change it could choose the challenge.
    pub state: String,
}

/// Whom a new passkey is for.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The account's id, which becomes the user handle.
    pub id: Uuid,
    /// What the account is called in the browser's list.
    pub name: &'a str,
    /// What the person is called there.
    pub shown: &'a str,
}

/// A new passkey whose answer was good.
#[derive(Debug)]
pub struct NewPasskey {
    /// Its id at the authenticator.
    pub credential_id: Vec<u8>,
    /// What is stored of it.
    pub credential: String,
}

/// An answer to a challenge, well-formed and not yet believed.
#[derive(Debug)]
pub struct Answer(PublicKeyCredential);

/// A passkey that was used just now.
#[derive(Debug, Clone)]
pub struct Used {
    /// What is stored of it from now on.
    pub credential: String,
    /// Whether copies of the key can exist on other devices (BE): then it is a key in software.
    pub backed_up: bool,
    /// Whether the authenticator verified its user (UV).
    pub user_verified: bool,
}

/// Why an answer is not believed.
#[derive(Debug)]
pub enum Disbelieved {
    /// Its counter did not rise: somebody may hold a copy of the key.
    Copied,
    /// Anything else.
    Refused(Error),
}

impl Passkeys {
    /// The relying party of this configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let Some(id) = config.passkeys.rp_id.as_deref() else {
            return Self { webauthn: None, origins: String::new() };
        };
        let others = config.http.origins.iter().filter(|origin| origin.is_within(id));
        let origins: Vec<_> =
            std::iter::once(config.issuer.as_str()).chain(others.map(Origin::as_str)).collect();
        let webauthn = relying_party(id, &origins).inspect_err(|error| {
            tracing::error!(%error, "passkeys are switched off: the relying party cannot be made");
        });
        Self { webauthn: webauthn.ok(), origins: origins.join(", ") }
    }

    /// Whether there can be passkeys at this server's address.
    #[must_use]
    pub fn are_possible(&self) -> bool {
        self.webauthn.is_some()
    }

    /// Asks for a new passkey: one that is found without a name, on a device that verifies its user, and not again on one
    /// that holds one of `held`.
    ///
    /// # Errors
    /// `passkey.unsupported_host`.
    pub fn ask_new(&self, owner: Owner<'_>, held: Vec<Vec<u8>>) -> Result<Asked> {
        let (options, state) = self
            .webauthn()?
            .start_passkey_registration(owner.id, owner.name, owner.shown, Some(held))
            .map_err(|error| unasked(&error))?;
        let mut options = serde_json::to_value(options).map_err(|error| unwritten(&error))?;
        // The library discourages resident keys. They are what a login without a name needs, and nothing it checks.
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = "required".into();
        selection["requireResidentKey"] = true.into();
        Ok(Asked { options, state: serde_json::to_string(&state).map_err(|error| unwritten(&error))? })
    }

    /// Checks the answer to [`ask_new`](Self::ask_new).
    ///
    /// # Errors
    /// `passkey.invalid`, `passkey.unsupported_host`.
    pub fn check_new(&self, state: &str, answer: Value) -> Result<NewPasskey> {
        let webauthn = self.webauthn()?;
        let answer: RegisterPublicKeyCredential = serde_json::from_value(answer).map_err(|_| unreadable())?;
        require_named(&answer.type_, &answer.id, &answer.raw_id)?;
        let whole = attested_data(&answer.response.attestation_object)
            .is_some_and(|data| is_authenticator_data(data, Ceremony::Enrolment));
        if !whole {
            return Err(unreadable().into());
        }
        require_own_frame(&answer.response.client_data_json)?;
        if answer.extensions.cred_props.as_ref().is_some_and(|props| props.rk == Some(false)) {
            return Err(invalid("The device made a key that it cannot find without a name.").into());
        }
        let state: PasskeyRegistration = serde_json::from_str(state).map_err(|error| unwritten(&error))?;
        let passkey = webauthn
            .finish_passkey_registration(&answer, &state)
            .map_err(|error| self.disbelieved(&error))?;
        if passkey.cred_id().as_slice() != answer.raw_id.as_slice() {
            return Err(unreadable().into());
        }
        Ok(NewPasskey {
            credential_id: passkey.cred_id().to_vec(),
            credential: serde_json::to_string(&passkey).map_err(|error| unwritten(&error))?,
        })
    }

    /// Asks for a passkey: one of these, or any that the device holds for this site when there are none.
    ///
    /// # Errors
    /// `passkey.unsupported_host`.
    pub fn ask<'a>(&self, among: impl IntoIterator<Item = &'a [u8]>) -> Result<Asked> {
        let (options, state) =
            self.webauthn()?.start_discoverable_authentication().map_err(|error| unasked(&error))?;
        let mut options = serde_json::to_value(options).map_err(|error| unwritten(&error))?;
        // The page decides whether the browser's list or a button starts it.
        if let Some(members) = options.as_object_mut() {
            members.remove("mediation");
        }
        let among: Vec<Value> = among
            .into_iter()
            .map(|id| serde_json::json!({"type": "public-key", "id": base64url::encode(id)}))
            .collect();
        options["publicKey"]["allowCredentials"] = among.into();
        Ok(Asked { options, state: serde_json::to_string(&state).map_err(|error| unwritten(&error))? })
    }

    /// Reads the answer to [`ask`](Self::ask).
    ///
    /// # Errors
    /// `passkey.invalid`, `passkey.unsupported_host`.
    pub fn read(&self, answer: Value) -> Result<Answer> {
        self.webauthn()?;
        let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(|_| unreadable())?;
        require_named(&answer.type_, &answer.id, &answer.raw_id)?;
        if !is_authenticator_data(&answer.response.authenticator_data, Ceremony::Login) {
            return Err(unreadable().into());
        }
        require_own_frame(&answer.response.client_data_json)?;
        Ok(Answer(answer))
    }

    /// Holds an answer against what was asked and against the passkey it names, as it is stored now.
    ///
    /// # Errors
    /// [`Disbelieved`].
    pub fn check(&self, state: &str, answer: &Answer, stored: &str) -> Result<Used, Disbelieved> {
        let refused = |error: Error| Disbelieved::Refused(error);
        let webauthn = self.webauthn().map_err(refused)?;
        let state: DiscoverableAuthentication =
            serde_json::from_str(state).map_err(|error| refused(unwritten(&error)))?;
        let mut passkey: Passkey =
            serde_json::from_str(stored).map_err(|error| refused(unwritten(&error)))?;
        let result = webauthn
            .finish_discoverable_authentication_v2(&answer.0, state, DiscoverableKey::from(&passkey))
            .map_err(|error| match error {
                WebauthnError::CredentialPossibleCompromise => Disbelieved::Copied,
                error => refused(self.disbelieved(&error).into()),
            })?;
        passkey.update_credential(&result);
        Ok(Used {
            credential: serde_json::to_string(&passkey).map_err(|error| refused(unwritten(&error)))?,
            backed_up: result.backup_eligible(),
            user_verified: result.user_verified(),
        })
    }

    fn webauthn(&self) -> Result<&Webauthn> {
        self.webauthn.as_ref().ok_or_else(|| (&reason::PASSKEY_UNSUPPORTED_HOST).into())
    }

    fn disbelieved(&self, error: &WebauthnError) -> Refused {
        let detail = match error {
            WebauthnError::InvalidClientDataType => "The answer is to another question than the one asked.",
            WebauthnError::MismatchedChallenge => "The answer is to another challenge.",
            WebauthnError::InvalidRPOrigin => {
                let refused = invalid("The page that asked is not one that may use passkeys of this server.");
                return refused.expected(self.origins.as_str());
            }
            WebauthnError::InvalidRPIDHash => "The passkey belongs to another site.",
            WebauthnError::CredentialCrossOrigin => FRAMED,
            WebauthnError::UserNotPresent => "The device did not say that anybody was there.",
            WebauthnError::UserNotVerified => {
                let refused = invalid("The device did not verify its user.");
                return refused.hint("Set up a PIN, a fingerprint or a face on the device.");
            }
            WebauthnError::AuthenticationFailure => "The signature is wrong.",
            WebauthnError::CredentialAlteredAlgFromRequest => {
                "The device made a key of a kind that was not asked for, or one that the account has."
            }
            WebauthnError::CredentialBackupEligibilityInconsistent
            | WebauthnError::CredentialMayNotBeHardwareBound => {
                "What the device says about copies of the key does not agree with what it said before."
            }
            _ => return unreadable(),
        };
        invalid(detail)
    }
}

impl Answer {
    /// The id of the passkey that is said to have answered.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    /// The id of the account that the passkey was made for; none when the device does not say.
    #[must_use]
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.0.get_user_unique_id()
    }
}

/// The first origin is the server's own.
fn relying_party(id: &str, origins: &[&str]) -> Result<Webauthn, WebauthnError> {
    let urls: Result<Vec<_>, _> = origins.iter().map(|origin| Url::parse(origin)).collect();
    let urls = urls.map_err(|_| WebauthnError::Configuration)?;
    let (own, others) = urls.split_first().ok_or(WebauthnError::Configuration)?;
    let builder = WebauthnBuilder::new(id, own)?;
    others.iter().fold(builder, WebauthnBuilder::append_allowed_origin).build()
}

/// A refusal that says what did not fit. Nothing in it comes from the answer.
#[must_use]
pub fn invalid(detail: &str) -> Refused {
    Refused::new(&reason::PASSKEY_INVALID).detail(detail)
}

/// The two forms of the id must be one id, because each of them is looked at somewhere.
fn require_named(kind: &str, id: &str, raw_id: &[u8]) -> Result<()> {
    if kind == "public-key" && base64url::decode(id).is_ok_and(|id| id == raw_id) {
        return Ok(());
    }
    Err(unreadable().into())
}

/// Refuses answers given in a frame of another site's page: webauthn-rs looks at this only when a passkey is made, and a
/// framed page can be laid under another one.
fn require_own_frame(client_data: &[u8]) -> Result<()> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Frame {
        cross_origin: Option<bool>,
        top_origin: Option<IgnoredAny>,
    }
    let frame: Frame = serde_json::from_slice(client_data).map_err(|_| unreadable())?;
    if frame.cross_origin == Some(true) || frame.top_origin.is_some() {
        return Err(invalid(FRAMED).into());
    }
    Ok(())
}

fn unreadable() -> Refused {
    invalid("`passkey` is not what the browser answers, whole and unchanged.")
        .hint("Send the result of `navigator.credentials` as its `toJSON()` writes it.")
}

fn unasked(error: &WebauthnError) -> Error {
    Error::Internal(format!("a passkey cannot be asked for: {error}"))
}

fn unwritten(error: &serde_json::Error) -> Error {
    Error::Internal(format!("what is kept of a passkey cannot be read or written: {error}"))
}

const FRAMED: &str = "The page that asked was in a frame of another site.";
