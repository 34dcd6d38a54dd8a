//! A software authenticator (WebAuthn Level 3): resident ES256 keys that answer `create` and `get` as a browser with a
//! security key would, and that can be made to lie before they sign. For tests only: the keys live in memory.

use jotgate_jose::{
    Algorithm, SigningKey,
    primitive::{self, base64url},
};
use serde_json::{Value, json};

/// A browser at one origin, with one authenticator in it.
pub struct Authenticator {
    /// The origin of the page that calls.
    pub origin: String,
    /// Whether its keys are copied to other devices (BE and BS).
    pub synced: bool,
    /// Whether it counts its uses.
    pub counts: bool,
    passkeys: Vec<Resident>,
}

/// A passkey inside an [`Authenticator`].
#[derive(Clone)]
pub struct Resident {
    /// Its id.
    pub id: Vec<u8>,
    /// The id of the account.
    pub handle: Vec<u8>,
    /// How often it was used.
    pub counter: u32,
    rp_id: String,
    key: std::sync::Arc<SigningKey>,
}

/// An answer before it is signed: what a test changes here is signed as it is.
pub struct Draft {
    /// `webauthn.create` or `webauthn.get`.
    pub kind: String,
    /// The challenge, base64url.
    pub challenge: String,
    /// The origin of the page.
    pub origin: String,
    /// Whether the page was in a frame of another origin; left out when false, as old browsers do.
    pub cross_origin: bool,
    /// The relying party.
    pub rp_id: String,
    /// UP, UV, BE, BS, AT, ED.
    pub flags: u8,
    /// The counter.
    pub counter: u32,
    /// The public key as COSE, for a new passkey.
    pub cose: Vec<u8>,
    /// What stands behind the authenticator data.
    pub behind: Vec<u8>,
    /// The id of the passkey.
    pub id: Vec<u8>,
    /// The user handle of the answer.
    pub handle: Option<Vec<u8>>,
}

/// The user was there.
pub const PRESENT: u8 = 1;
/// The user was verified, by a PIN or a finger.
pub const VERIFIED: u8 = 4;
/// The key may be copied.
pub const BACKUP_ELIGIBLE: u8 = 8;
/// The key is copied.
pub const BACKED_UP: u8 = 16;
/// The data holds a new key.
pub const ATTESTED: u8 = 64;

impl Authenticator {
    /// An empty one at this origin.
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), synced: false, counts: true, passkeys: Vec::new() }
    }

    /// Its passkeys, oldest first.
    pub fn passkeys(&self) -> &[Resident] {
        &self.passkeys
    }

    /// Its passkeys, to be copied, turned back or forgotten.
    pub fn passkeys_mut(&mut self) -> &mut Vec<Resident> {
        &mut self.passkeys
    }

    /// `navigator.credentials.create`: makes a passkey for `{"publicKey": ...}`.
    ///
    /// # Panics
    /// When it holds one of the passkeys to leave out: a browser would tell the user so.
    pub fn create(&mut self, options: &Value) -> Value {
        self.create_with(options, |_| {})
    }

    /// The same, after `lie` has changed what is answered.
    pub fn create_with(&mut self, options: &Value, lie: impl FnOnce(&mut Draft)) -> Value {
        let asked = &options["publicKey"];
        assert!(
            !self.holds(&asked["excludeCredentials"]),
            "the authenticator holds a passkey of this account"
        );
        let algorithms = asked["pubKeyCredParams"].as_array().expect("options name algorithms");
        assert!(algorithms.iter().any(|one| one["alg"] == -7), "ES256 is among {algorithms:?}");
        let key = SigningKey::generate(Algorithm::Es256).expect("a key can be made");
        let resident = Resident {
            id: primitive::sha256(key.thumbprint().as_bytes()).to_vec(),
            handle: decoded(&asked["user"]["id"]),
            counter: 0,
            rp_id: text(&asked["rp"]["id"]),
            key: std::sync::Arc::new(key),
        };
        let mut draft = self.draft("webauthn.create", &asked["challenge"], &resident);
        draft.flags |= ATTESTED;
        draft.cose = cose(&resident.key);
        lie(&mut draft);
        let data = draft.authenticator_data();
        let object = [
            &[0xa3][..],
            &cbor_text("fmt"),
            &cbor_text("none"),
            &cbor_text("attStmt"),
            &[0xa0],
            &cbor_text("authData"),
        ];
        let object = [object.concat(), cbor_bytes(&data)].concat();
        self.passkeys.push(resident);
        json!({
            "id": base64url::encode(&draft.id),
            "rawId": base64url::encode(&draft.id),
            "type": "public-key",
            "authenticatorAttachment": "cross-platform",
            "response": {
                "clientDataJSON": base64url::encode(draft.client_data().as_bytes()),
                "attestationObject": base64url::encode(&object),
                "authenticatorData": base64url::encode(&data),
                "publicKeyAlgorithm": -7,
                "transports": ["usb", "internal"],
            },
            "clientExtensionResults": {"credProps": {"rk": true}},
        })
    }

    /// `navigator.credentials.get`: answers `{"publicKey": ...}` with the newest passkey that fits.
    ///
    /// # Panics
    /// When none fits: a browser would tell the user so.
    pub fn get(&mut self, options: &Value) -> Value {
        self.get_with(options, |_| {})
    }

    /// The same, after `lie` has changed what is answered.
    pub fn get_with(&mut self, options: &Value, lie: impl FnOnce(&mut Draft)) -> Value {
        let asked = &options["publicKey"];
        let (rp_id, allowed) = (text(&asked["rpId"]), ids(&asked["allowCredentials"]));
        let fits =
            |one: &&mut Resident| one.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&one.id));
        let resident = self.passkeys.iter_mut().rev().find(fits).expect("a passkey fits");
        resident.counter += u32::from(self.counts);
        let resident = resident.clone();
        let mut draft = self.draft("webauthn.get", &asked["challenge"], &resident);
        lie(&mut draft);
        let (data, client_data) = (draft.authenticator_data(), draft.client_data());
        let signed = [&data[..], &primitive::sha256(client_data.as_bytes())].concat();
        let signature = primitive::sign(&resident.key, &signed).expect("a good key signs");
        json!({
            "id": base64url::encode(&draft.id),
            "rawId": base64url::encode(&draft.id),
            "type": "public-key",
            "authenticatorAttachment": "cross-platform",
            "response": {
                "clientDataJSON": base64url::encode(client_data.as_bytes()),
                "authenticatorData": base64url::encode(&data),
                "signature": base64url::encode(&der(&signature)),
                "userHandle": draft.handle.as_deref().map(base64url::encode),
            },
            "clientExtensionResults": {},
        })
    }

    fn holds(&self, list: &Value) -> bool {
        ids(list).iter().any(|id| self.passkeys.iter().any(|one| one.id == *id))
    }

    fn draft(&self, kind: &str, challenge: &Value, resident: &Resident) -> Draft {
        let synced = if self.synced { BACKUP_ELIGIBLE | BACKED_UP } else { 0 };
        Draft {
            kind: kind.to_owned(),
            challenge: text(challenge),
            origin: self.origin.clone(),
            cross_origin: false,
            rp_id: resident.rp_id.clone(),
            flags: PRESENT | VERIFIED | synced,
            counter: resident.counter,
            cose: Vec::new(),
            behind: Vec::new(),
            id: resident.id.clone(),
            handle: Some(resident.handle.clone()),
        }
    }
}

impl Draft {
    fn client_data(&self) -> String {
        let mut data = json!({"type": self.kind, "challenge": self.challenge, "origin": self.origin});
        if self.cross_origin {
            data["crossOrigin"] = true.into();
        }
        data.to_string()
    }

    fn authenticator_data(&self) -> Vec<u8> {
        let mut data = primitive::sha256(self.rp_id.as_bytes()).to_vec();
        data.push(self.flags);
        data.extend(self.counter.to_be_bytes());
        if self.flags & ATTESTED != 0 {
            let length = u16::try_from(self.id.len()).expect("ids are short");
            data.extend([0; 16]);
            data.extend(length.to_be_bytes());
            data.extend(&self.id);
            data.extend(&self.cose);
        }
        data.extend(&self.behind);
        data
    }
}

/// The public key as COSE (RFC 9053 section 7.1.1): `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
fn cose(key: &SigningKey) -> Vec<u8> {
    let jwk = key.public_jwk().and_then(|jwk| jwk.to_json()).expect("a public key has a JSON form");
    let jwk: Value = serde_json::from_str(&jwk).expect("JWKs are JSON");
    let coordinate = |name: &str| cbor_bytes(&decoded(&jwk[name]));
    [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &coordinate("x"), &[0x22], &coordinate("y")].concat()
}

fn cbor_text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("words are short");
    [&[0x60 | length], text.as_bytes()].concat()
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let head = match u16::try_from(bytes.len()).expect("tests make short messages") {
        length @ 0..24 => vec![0x40 | length.to_be_bytes()[1]],
        length @ 24..256 => vec![0x58, length.to_be_bytes()[1]],
        length => [&[0x59], &length.to_be_bytes()[..]].concat(),
    };
    [head, bytes.to_vec()].concat()
}

/// An ECDSA signature as ASN.1, from the two numbers side by side.
fn der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let body = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(body.len()).expect("two numbers of 33 bytes")], &body[..]].concat()
}

fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len() - 1);
    let digits = &number[start..];
    let sign: &[u8] = if digits[0] & 0x80 == 0 { &[] } else { &[0] };
    let length = u8::try_from(sign.len() + digits.len()).expect("a number of 33 bytes");
    [&[2, length], sign, digits].concat()
}

fn ids(list: &Value) -> Vec<Vec<u8>> {
    list.as_array().into_iter().flatten().map(|one| decoded(&one["id"])).collect()
}

fn decoded(value: &Value) -> Vec<u8> {
    base64url::decode(&text(value)).unwrap_or_else(|error| panic!("{error:?} in {value}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
