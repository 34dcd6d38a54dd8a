//! Codes of an authenticator app (RFC 6238): SHA-1, six digits, 30 seconds, because common apps ignore what else is asked
//! for, and HMAC with SHA-1 has no known weakness here (RFC 6238 section 1.2, RFC 4226 appendix B.2).
//!
//! A code is good in its own step, the one before and the one after, for clocks that differ and people who type slowly,
//! and once: a step whose code was taken, and every earlier one, is over. The secret is sealed with the master key for its
//! one user; the database alone makes no codes.

use jotgate_jose::primitive::constant_time_eq;
use qrcode::{EcLevel, QrCode, render::svg};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use crate::{
    app::{
        App,
        keyring::{MasterKeys, SealedName},
    },
    error::{Error, Result},
    store::{StoreError, Tx, UserId, totp_secrets},
};

/// A new secret in the forms in which apps take it. Its `Debug` shows nothing, because what is shown ends in a log.
pub struct NewSecret {
    /// In base32, in groups of four, to be typed.
    pub secret: String,
    /// To be opened on the phone itself.
    pub otpauth_uri: String,
    /// The same as a picture to be scanned.
    pub qr_svg: String,
}

impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewSecret([REDACTED])")
    }
}

/// Writes a secret as apps take it.
///
/// # Errors
/// When the address is too long for a picture.
pub(super) fn shown(app: &App, secret: &[u8; SECRET], email: &str) -> Result<NewSecret> {
    let base32 = base32(secret);
    let issuer = escaped(&app.config.pages.service_name);
    // The label names the issuer too, for apps that do not read the parameter.
    let otpauth_uri = format!(
        "otpauth://totp/{issuer}:{account}?secret={base32}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        account = escaped(email),
    );
    let qr_svg = picture(&otpauth_uri)?;
    let groups: Vec<&str> =
        base32.as_bytes().chunks(4).filter_map(|four| str::from_utf8(four).ok()).collect();
    Ok(NewSecret { secret: groups.join(" "), otpauth_uri, qr_svg })
}

/// Seals a secret for the database.
pub(super) fn seal(app: &App, user: UserId, secret: &[u8; SECRET]) -> Vec<u8> {
    let id = name(user);
    app.keyring.master().seal(
        app.random_bytes(),
        SealedName { issuer: app.config.issuer.as_str(), id: &id },
        secret,
    )
}

/// Every secret sealed with another master key, not yet written: all of them before any is, so that one that does not open
/// leaves the others as they were.
///
/// # Errors
/// When the database does; inside, when a secret does not open with the old key.
pub(in crate::flow) async fn reseal(
    app: &App,
    tx: &mut Tx<'_>,
    old: &MasterKeys,
    new: &MasterKeys,
) -> Result<Result<Vec<(UserId, Vec<u8>)>, String>, StoreError> {
    let one = |(user, sealed): (UserId, Vec<u8>)| {
        let id = name(user);
        let name = SealedName { issuer: app.config.issuer.as_str(), id: &id };
        let plain = old.open(name, &sealed).map_err(|error| error.to_string())?;
        Ok((user, new.seal(app.random_bytes(), name, plain.as_ref())))
    };
    Ok(totp_secrets::list_sealed(tx).await?.into_iter().map(one).collect())
}

/// Takes a code: true once for each code, and for no code of an earlier step any more.
///
/// # Errors
/// When the database does, or the secret does not open with the master key.
pub(super) async fn take(
    app: &App,
    tx: &mut Tx<'_>,
    user: UserId,
    typed: &SecretString,
) -> Result<bool, StoreError> {
    let Some(row) = totp_secrets::by_user(tx, user).await? else { return Ok(false) };
    let secret = open(app, user, &row.sealed).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let now = app.clock.now_ms();
    match matching(&secret, now.div_euclid(1000), typed.expose_secret()) {
        Some(step) => totp_secrets::take_step(tx, user, step, now).await,
        None => Ok(false),
    }
}

/// Opens a secret of the database.
///
/// # Errors
/// When it was sealed for another user or with another master key, or was damaged.
pub(super) fn open(app: &App, user: UserId, sealed: &[u8]) -> Result<Zeroizing<[u8; SECRET]>> {
    let id = name(user);
    let opened =
        app.keyring.master().open(SealedName { issuer: app.config.issuer.as_str(), id: &id }, sealed)?;
    let length = || Error::Internal("the secret of an authenticator app has another length".into());
    Ok(Zeroizing::new(opened.as_ref().try_into().map_err(|_| length())?))
}

/// The newest step near this second that the code belongs to. Every step is compared, whichever fits.
fn matching(secret: &[u8; SECRET], seconds: i64, typed: &str) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(STEP.unsigned_abs())
        .with_secret(*secret)
        .build_noncompliant();
    let now = seconds.div_euclid(STEP);
    let mut found = None;
    for step in [now - 1, now, now + 1] {
        if constant_time_eq(code(&totp, step).as_bytes(), typed.as_bytes()) {
            found = Some(step);
        }
    }
    found
}

fn code(totp: &Totp, step: i64) -> String {
    totp.generate(u64::try_from(step * STEP).unwrap_or(0)).to_string()
}

fn name(user: UserId) -> String {
    format!("totp {}", user.0)
}

/// RFC 4648 section 6, without padding, which apps do not expect.
fn base32(secret: &[u8; SECRET]) -> String {
    let mut text = String::with_capacity(SECRET * 8 / 5);
    for five in secret.chunks(5) {
        let bits = five.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        text.extend((0..8).rev().map(|n| char::from(BASE32[(bits >> (5 * n)) as usize & 31])));
    }
    text
}

/// Percent-encoded but for what RFC 3986 calls unreserved: a colon or a `?` in an address must not end the label.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Black on white whatever the page's colours are, because scanners want it so. No `style`, which the content security
/// policy forbids, and no XML declaration, which HTML does not know.
fn picture(text: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| Error::Internal(format!("a QR code: {error}")))?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    Ok(drawn.split_once("?>").map_or(drawn.as_str(), |(_, svg)| svg).to_owned())
}

/// The length of a secret in bytes, as long as the output of SHA-1 (RFC 4226 section 4, R6).
pub(super) const SECRET: usize = 20;

const STEP: i64 = 30;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: &[u8; SECRET] = b"12345678901234567890";

    /// RFC 6238 appendix B, SHA-1, of whose eight digits an app shows the last six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    #[test]
    fn vectors_of_rfc_6238() {
        for (seconds, code) in VECTORS {
            assert_eq!(matching(RFC, seconds, &code[2..]), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_one_step_late() {
        for (seconds, code) in VECTORS {
            let good = |at: i64| matching(RFC, at, &code[2..]) == Some(seconds / 30);
            let step = seconds / 30 * 30;
            assert!(good(step - 30) && good(step) && good(step + 59), "{seconds}");
            assert!(!good(step - 31) && !good(step + 60), "{seconds}");
        }
    }

    #[test]
    fn only_six_digits_are_a_code_and_spaces_do_no_harm() {
        assert!(matching(RFC, 59, "287 082").is_some());
        for wrong in ["", "28708", "2870820", "94287082", "+87082", "２８７０８２", "287082a"] {
            assert_eq!(matching(RFC, 59, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn base32_of_rfc_4648() {
        assert_eq!(base32(RFC), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(&[0xff; SECRET]), "7".repeat(32));
    }

    #[test]
    fn nothing_in_a_name_ends_the_label() {
        assert_eq!(escaped("a:b?c&d=e%f/ü@example.com"), "a%3Ab%3Fc%26d%3De%25f%2F%C3%BC%40example.com");
    }

    #[test]
    fn the_picture_needs_nothing_that_the_policy_forbids() {
        let svg = picture("otpauth://totp/x").unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert!(!svg.contains("style") && !svg.contains("<script") && !svg.contains("xlink"));
    }
}
