//! Everything that can be said about a key: what it is, what it is good for, what is weak, why it would be refused.
//!
//! For people and their tools: the command line, a debugger, a linter. Nothing here makes a key usable; that is
//! [`crate::SigningKey`] and [`crate::VerifyingKey`], which refuse on their own what is refused here.
//! RFC 7517 section 4, RFC 7518 sections 3 to 6.

mod encryption;
mod report;

use std::collections::BTreeMap;

use crate::algorithm::EDDSA;
use crate::crypto::{PrivateKey, PublicKey};
use crate::error::{Error, Reason, shown};
use crate::jwk::Operation;
use crate::material::Material;
use crate::{Algorithm, Jwk, JwkSet, Result, SigningKey, VerifyingKey};

use encryption::Encryption;

pub use report::{Inspection, Purpose, SetInspection, Weakness};

/// Inspects a key. `alg` is the registered name of the algorithm it is meant for, where that is known.
///
/// ```
/// use jotgate_jose::inspect::{self, Weakness};
/// use jotgate_jose::{Jwk, Reason};
///
/// let jwk = Jwk::parse(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
/// let found = inspect::key(&jwk, None);
/// assert_eq!(found.kind.as_deref(), Some("an Ed25519 key"));
/// assert_eq!(found.weaknesses, [Weakness::NoKid]);
/// assert!(found.refusal.is_none());
///
/// let short = Jwk::parse(r#"{"kty":"oct","alg":"HS256","kid":"a","k":"c2hvcnQ"}"#)?;
/// let refusal = inspect::key(&short, None).refusal.expect("five bytes are refused");
/// assert_eq!(refusal.reason(), Reason::KeyTooSmall);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[must_use]
pub fn key(jwk: &Jwk, alg: Option<&str>) -> Inspection {
    let judged = judge(jwk, alg);
    let name = alg.or(jwk.alg());
    let purpose = match &judged {
        Ok(judged) => judged.purpose,
        Err(_) if name.is_some_and(|name| Encryption::from_name(name).is_some()) => Purpose::Encryption,
        Err(_) => Purpose::Signatures,
    };
    let algorithm = match &judged {
        Ok(judged) => judged.algorithm.clone(),
        Err(_) => name.map(str::to_owned),
    };
    let mut weaknesses = Vec::new();
    if judged.as_ref().is_ok_and(|judged| judged.algorithm.is_none() && purpose == Purpose::Signatures) {
        weaknesses.push(Weakness::NoAlgorithm);
    }
    if name == Some(EDDSA) {
        weaknesses.push(Weakness::OldName);
    }
    if jwk.kid().is_none() {
        weaknesses.push(Weakness::NoKid);
    }
    if jwk.is_private() {
        weaknesses.push(Weakness::Private);
    }
    let mut is_guessable = false;
    if let Material::Oct(secret) = &jwk.material {
        is_guessable = judged.is_err() || of_secret(secret).next().is_some();
        weaknesses.extend(of_secret(secret));
    }
    let thumbprint = (!is_guessable).then(|| jwk.thumbprint());
    Inspection {
        kind: Some(jwk.description()),
        kid: jwk.kid().map(str::to_owned),
        algorithm,
        purpose,
        thumbprint,
        weaknesses,
        refusal: judged.err(),
    }
}

/// Inspects a set: every key, and whether they can stand together.
///
/// ```
/// use jotgate_jose::{JwkSet, Reason, inspect};
///
/// let set = JwkSet::parse(r#"{"keys":[
///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty":"oct","alg":"HS256","k":"-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE"}
/// ]}"#)?;
/// let found = inspect::set(&set, None);
/// assert!(found.keys.iter().all(|key| key.refusal.is_none()));
/// assert_eq!(found.refusal.map(|error| error.reason()), Some(Reason::KeyAmbiguous));
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[must_use]
pub fn set(set: &JwkSet, alg: Option<&str>) -> SetInspection {
    let mut keys: Vec<_> = set.keys().iter().map(|jwk| key(jwk, alg)).collect();
    for (at, jwk) in set.keys().iter().enumerate() {
        let shares = |(other, its): (usize, &Jwk)| other != at && its.kid() == jwk.kid();
        if jwk.kid().is_some() && set.keys().iter().enumerate().any(shares) {
            keys[at].weaknesses.push(Weakness::SharedKid);
        }
    }
    let refusal = conflict(set, &keys);
    keys.extend(set.unusable().iter().map(|key| Inspection {
        kind: None,
        kid: key.kid().map(str::to_owned),
        algorithm: None,
        purpose: Purpose::Signatures,
        thumbprint: None,
        weaknesses: Vec::new(),
        refusal: Some(key.error().clone()),
    }));
    SetInspection { keys, refusal }
}

/// Inspects the bytes of a shared secret, as they come out of a file.
///
/// ```
/// use jotgate_jose::inspect::{self, Weakness};
/// use jotgate_jose::Algorithm;
///
/// let found = inspect::secret(b"f83ac1907be2d645e3b7a0924c16d8f5\n", Algorithm::Hs256);
/// assert!(found.refusal.is_none() && found.weaknesses.contains(&Weakness::LineEnd));
/// ```
#[must_use]
pub fn secret(bytes: &[u8], algorithm: Algorithm) -> Inspection {
    Inspection {
        kind: Some(format!("a secret of {} bytes", bytes.len())),
        kid: None,
        algorithm: Some(algorithm.name().to_owned()),
        purpose: Purpose::Signatures,
        thumbprint: None,
        weaknesses: of_secret(bytes).collect(),
        refusal: VerifyingKey::hmac(algorithm, bytes).err(),
    }
}

/// What a sound key is good for.
struct Judged {
    purpose: Purpose,
    algorithm: Option<String>,
}

fn judge(jwk: &Jwk, alg: Option<&str>) -> Result<Judged> {
    let Some(name) = alg.or(jwk.alg()) else {
        if !encryption::is_meant(jwk) {
            return signature(jwk, None);
        }
        encryption::check_unnamed(jwk)?;
        sound(&jwk.material)?;
        return Ok(Judged { purpose: Purpose::Encryption, algorithm: None });
    };
    if let Some(encryption) = Encryption::from_name(name) {
        // The caller may not overrule the key.
        if let Some(own) = jwk.alg().filter(|own| *own != name) {
            return Err(Error::new(Reason::AlgKeyMismatch, "the key is good for another algorithm")
                .with_expected(shown(name))
                .with_received(shown(own)));
        }
        encryption.check(jwk)?;
        sound(&jwk.material)?;
        return Ok(Judged { purpose: Purpose::Encryption, algorithm: Some(name.to_owned()) });
    }
    let chosen = alg.map(|name| {
        Algorithm::from_name(name).ok_or_else(|| {
            Error::new(Reason::AlgUnknown, "no algorithm has this name").with_received(shown(name))
        })
    });
    signature(jwk, chosen.transpose()?)
}

fn signature(jwk: &Jwk, chosen: Option<Algorithm>) -> Result<Judged> {
    let named = match jwk.algorithm(chosen) {
        Ok((algorithm, _)) => Some(algorithm),
        Err(error) if error.reason() == Reason::KeyMissingAlg => None,
        Err(error) => return Err(error),
    };
    // Whether the numbers are sound can only be asked for some algorithm; the least demanding stands in for a missing
    // one.
    let stand_in = if jwk.kty() == "oct" { Algorithm::Hs256 } else { Algorithm::Rs256 };
    let algorithm = named.unwrap_or(stand_in);
    if jwk.is_private() && jwk.permits(Operation::Sign).is_ok() {
        SigningKey::from_jwk_with(jwk, algorithm)?;
    } else {
        VerifyingKey::from_jwk_with(jwk, algorithm)?;
    }
    let algorithm = named.map(|algorithm| algorithm.name().to_owned());
    Ok(Judged { purpose: Purpose::Signatures, algorithm })
}

/// The numbers alone, whatever they are for.
fn sound(material: &Material) -> Result<()> {
    if matches!(material, Material::Oct(_)) {
        return Ok(());
    }
    let stand_in = material.only_algorithm().unwrap_or(Algorithm::Rs256);
    material.check(stand_in)?;
    PublicKey::new(stand_in, material)?;
    if material.is_private() {
        PrivateKey::new(stand_in, material)?;
    }
    Ok(())
}

/// Why keys of the set cannot stand together: symmetric beside asymmetric ones, or two for one name.
fn conflict(set: &JwkSet, keys: &[Inspection]) -> Option<Error> {
    let pairs = || set.keys().iter().zip(keys);
    let has = |symmetric: bool| {
        pairs().any(|(jwk, found)| {
            let usable = found.refusal.is_none() && found.purpose == Purpose::Signatures;
            usable && (jwk.kty() == "oct") == symmetric
        })
    };
    if has(true) && has(false) {
        return Some(
            Error::new(Reason::KeyAmbiguous, "the key set mixes symmetric and asymmetric keys")
                .with_expected("one kind of key in a set"),
        );
    }
    shared_kid(set)
}

/// Why a token's `kid` would not name one key of the set: two different keys of one type, both for signatures, have it.
/// RFC 7517 section 4.5 wants names to differ, and allows keys of different types to share one.
///
/// ```
/// use jotgate_jose::{JwkSet, inspect};
///
/// let set = JwkSet::parse(r#"{"keys":[
///     {"kty":"oct","alg":"HS256","kid":"a","k":"-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE"},
///     {"kty":"oct","alg":"HS384","kid":"a","k":"-xbuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE"}
/// ]}"#)?;
/// assert!(inspect::shared_kid(&set).is_some());
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[must_use]
pub fn shared_kid(set: &JwkSet) -> Option<Error> {
    let is_for_encryption = |jwk: &&Jwk| {
        encryption::is_meant(jwk) || jwk.alg().is_some_and(|alg| Encryption::from_name(alg).is_some())
    };
    let mut seen = BTreeMap::new();
    for jwk in set.keys().iter().filter(|jwk| !is_for_encryption(jwk)) {
        let Some(kid) = jwk.kid() else { continue };
        let thumbprint = jwk.thumbprint();
        if *seen.entry((kid, jwk.kty())).or_insert_with(|| thumbprint.clone()) != thumbprint {
            return Some(
                Error::new(Reason::KeyAmbiguous, "two keys of the set have one name")
                    .with_expected("a `kid` that only one key has")
                    .with_received(shown(kid)),
            );
        }
    }
    None
}

fn of_secret(secret: &[u8]) -> impl Iterator<Item = Weakness> {
    let line_end = secret.ends_with(b"\n").then_some(Weakness::LineEnd);
    // Eight bytes must agree, which in random text happens once in 10^8 secrets.
    let longest = secret.len().saturating_sub(8).min(31);
    let repeats = (1..=longest).find(|period| secret[*period..] == secret[..secret.len() - period]);
    let mut bytes = zeroize::Zeroizing::new(secret.to_vec());
    bytes.sort_unstable();
    bytes.dedup();
    let few = (!secret.is_empty() && bytes.len() < 10 && repeats.is_none())
        .then_some(Weakness::FewBytes(bytes.len()));
    [line_end, repeats.map(Weakness::Repeats), few].into_iter().flatten()
}

#[cfg(test)]
mod tests;
