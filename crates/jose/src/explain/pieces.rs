//! A token taken apart as far as it goes, for looking at; the checks take it apart by themselves.

use crate::json::{self, Limits};
use crate::{Algorithm, base64url};

/// Header, payload and signature, each as far as it could be decoded.
#[derive(Default)]
pub(super) struct Pieces {
    pub(super) header: Option<Vec<u8>>,
    pub(super) payload: Option<Vec<u8>>,
    pub(super) signature: Option<Vec<u8>>,
    /// What the signature covers.
    pub(super) signed: String,
    /// The third part as it stands.
    pub(super) signature_text: String,
    pub(super) alg: Option<String>,
    pub(super) kid: Option<String>,
}

impl Pieces {
    /// Of a compact token, or of the beginning of one. The parts of an encrypted one besides its header are opaque.
    pub(super) fn of_compact(token: &str) -> Self {
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let is_encrypted = parts.len() == 5;
        let decoded = |at: usize| base64url::decode(parts.get(at)?).ok();
        let mut pieces = Self { header: decoded(0), ..Self::default() };
        if !is_encrypted {
            pieces.payload = decoded(1);
            pieces.signature = decoded(2);
            pieces.signature_text = parts.get(2).copied().unwrap_or_default().to_owned();
            pieces.signed = parts.iter().take(2).copied().collect::<Vec<_>>().join(".");
        }
        pieces.name();
        pieces
    }

    /// Of a JSON form, the first signature of it.
    pub(super) fn of_json(text: &str) -> Self {
        #[derive(serde::Deserialize)]
        struct Outer {
            payload: Option<String>,
            #[serde(flatten)]
            one: Signature,
            #[serde(default)]
            signatures: Vec<Signature>,
        }
        #[derive(serde::Deserialize)]
        struct Signature {
            protected: Option<String>,
            signature: Option<String>,
        }
        let Ok(Outer { payload, one, signatures }) = serde_json::from_str(text) else {
            return Self::default();
        };
        let first = signatures.into_iter().next().unwrap_or(one);
        let parts = [first.protected, payload, first.signature].map(Option::unwrap_or_default);
        Self::of_compact(&parts.join("."))
    }

    /// The algorithm, where it is one this library offers.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_name(self.alg.as_deref()?)
    }

    fn name(&mut self) {
        let (mut alg, mut kid) = (None, None);
        let _ = json::object(self.header.as_deref().unwrap_or_default(), Limits::STRICT, |member| {
            let text = member.value.as_str().map(|text| text.decode().into_owned());
            if member.name.is("alg") {
                alg = text;
            } else if member.name.is("kid") {
                kid = text;
            }
        });
        (self.alg, self.kid) = (alg, kid);
    }
}
