//! What cannot be written down: each guarantee as a program that compiles, and its twin with the mistake in it, which
//! must not compile, for the reason that the code names.
//!
//! Compiled by `cargo test` and by nothing else. That the codes are right is checked by `.ci/guarantees`, because a
//! stable compiler does not look at them; without that a spelling mistake would pass for a guarantee.

/// Claims come out of a check and from nowhere else: `Verified` cannot be put together.
///
/// ```
/// # use jotgate_jose::jwt::Verified;
/// fn made(checked: Verified<u8>) -> Verified<u8> {
///     checked
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use jotgate_jose::jwt::Verified;
/// fn made(checked: Verified<u8>) -> Verified<u8> {
///     Verified { claims: 1, ..checked }
/// }
/// ```
struct VerifiedIsNotMade;

/// The claims of a checked token cannot be exchanged for others.
///
/// ```
/// # use jotgate_jose::jwt::Verified;
/// fn changed(checked: Verified<u8>) -> u8 {
///     checked.into_claims()
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use jotgate_jose::jwt::Verified;
/// fn changed(mut checked: Verified<u8>) -> u8 {
///     checked.claims = 1; checked.into_claims()
/// }
/// ```
struct VerifiedIsNotChanged;

/// Bytes of a checked JWS cannot be put together either.
///
/// ```
/// # use jotgate_jose::jws::VerifiedPayload;
/// fn made(checked: VerifiedPayload) -> VerifiedPayload {
///     checked
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use jotgate_jose::jws::VerifiedPayload;
/// fn made(checked: VerifiedPayload) -> VerifiedPayload {
///     VerifiedPayload { payload: Vec::new(), ..checked }
/// }
/// ```
struct PayloadIsNotMade;

/// A JWS, whatever its form, is no JWT: who signed bytes has not said that they are claims.
///
/// ```
/// # use jotgate_jose::{jws::VerifiedPayload, jwt::Verified};
/// # fn door(_: &Verified<Vec<u8>>) {}
/// fn enter(token: &Verified<Vec<u8>>) {
///     door(token)
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_jose::{jws::VerifiedPayload, jwt::Verified};
/// # fn door(_: &Verified<Vec<u8>>) {}
/// fn enter(token: &VerifiedPayload) {
///     door(token)
/// }
/// ```
struct PayloadIsNoToken;

/// A look inside is no check: `Unverified` does not pass where `Verified` is wanted.
///
/// ```
/// # use jotgate_jose::jwt::{Unverified, Verified};
/// # fn door(_: &Verified<String>) {}
/// fn enter(token: &Verified<String>) {
///     door(token)
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_jose::jwt::{Unverified, Verified};
/// # fn door(_: &Verified<String>) {}
/// fn enter(token: &Unverified) {
///     door(token)
/// }
/// ```
struct UnverifiedIsNotVerified;

/// A look inside has no claims to give, only names and text for display.
///
/// ```
/// # use jotgate_jose::jwt::Unverified;
/// fn look(token: &Unverified) -> Option<&str> {
///     token.iss()
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use jotgate_jose::jwt::Unverified;
/// fn look(token: &Unverified) -> Option<&str> {
///     token.claims().iss
/// }
/// ```
struct UnverifiedHasNoClaims;

/// A report explains and vouches for nothing: it does not pass where `Verified` is wanted.
///
/// ```
/// # use jotgate_jose::{explain::Report, jwt::Verified};
/// # fn door(_: &Verified<String>) {}
/// fn enter(token: &Verified<String>) {
///     door(token)
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_jose::{explain::Report, jwt::Verified};
/// # fn door(_: &Verified<String>) {}
/// fn enter(token: &Report) {
///     door(token)
/// }
/// ```
struct ReportIsNotVerified;

/// No policy without a word on issuer, audience and type.
///
/// ```
/// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
/// let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
/// let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]));
/// ```
struct PolicyWantsAllThree;

/// No policy out of nothing.
///
/// ```
/// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
/// let policy = Policy::new(Issuer::any(), Audience::any(), Typ::any());
/// ```
///
/// ```compile_fail,E0599
/// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
/// let policy = Policy::default();
/// ```
struct PolicyHasNoDefault;

/// Issuer, audience and type are not mixed up: each has its type.
///
/// ```
/// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
/// let policy = Policy::new(Issuer::exact("i"), Audience::only("api"), Typ::any());
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
/// let policy = Policy::new(Audience::only("api"), Issuer::exact("i"), Typ::any());
/// ```
struct PolicyPartsAreTyped;

/// No check without the time.
///
/// ```
/// # use jotgate_jose::{KeySet, jwt};
/// # fn check(token: &str, keys: &KeySet, policy: &jwt::Policy) {
///     let _ = jwt::verify::<u8>(token, keys, policy, 1_700_000_000);
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_jose::{KeySet, jwt};
/// # fn check(token: &str, keys: &KeySet, policy: &jwt::Policy) {
///     let _ = jwt::verify::<u8>(token, keys, policy);
/// }
/// ```
struct CheckWantsTheTime;

/// No check without a policy, not even of a token seen before.
///
/// ```
/// # use jotgate_jose::{KeySet, jwt};
/// # fn check(cache: &jwt::Cache<String>, token: &str, keys: &KeySet, policy: &jwt::Policy) {
///     let _ = cache.verify(token, keys, policy, 1_700_000_000);
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_jose::{KeySet, jwt};
/// # fn check(cache: &jwt::Cache<String>, token: &str, keys: &KeySet, policy: &jwt::Policy) {
///     let _ = cache.verify(token, keys, 1_700_000_000);
/// }
/// ```
struct CacheWantsThePolicy;

/// A token inside a token is opened only where an envelope was asked for.
///
/// ```
/// # use jotgate_jose::{KeySet, jwt};
/// # fn check(token: &str, outer: &jwt::Envelope<'_>, keys: &KeySet, policy: &jwt::Policy) {
///     let _ = jwt::verify_nested::<u8>(token, outer, keys, policy, 1_700_000_000);
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_jose::{KeySet, jwt};
/// # fn check(token: &str, outer: &jwt::Envelope<'_>, keys: &KeySet, policy: &jwt::Policy) {
///     let _ = jwt::verify_nested::<u8>(token, keys, policy, 1_700_000_000);
/// }
/// ```
struct NestedWantsItsEnvelope;

/// No algorithm `none`.
///
/// ```
/// # use jotgate_jose::Algorithm;
/// let algorithm = Algorithm::Es256;
/// ```
///
/// ```compile_fail,E0599
/// # use jotgate_jose::Algorithm;
/// let algorithm = Algorithm::None;
/// ```
struct NoneIsNoAlgorithm;

/// A key that only checks does not sign.
///
/// ```
/// # use jotgate_jose::{SigningKey, VerifyingKey, jwt};
/// fn make(key: &SigningKey) {
///     let _ = jwt::sign(&"claims", key);
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_jose::{SigningKey, VerifyingKey, jwt};
/// fn make(key: &VerifyingKey) {
///     let _ = jwt::sign(&"claims", key);
/// }
/// ```
struct VerifyingKeyDoesNotSign;

/// A private key is not put among the keys that check, where it could be published.
///
/// ```
/// # use jotgate_jose::{KeySet, SigningKey};
/// fn trust(key: &SigningKey) -> KeySet {
///     KeySet::new([key.verifying_key()])
/// }
/// ```
///
/// ```compile_fail,E0271
/// # use jotgate_jose::{KeySet, SigningKey};
/// fn trust(key: &SigningKey) -> KeySet {
///     KeySet::new([key.clone()])
/// }
/// ```
struct SigningKeyIsNotInTheSet;

/// A key in PEM says its algorithm where it is loaded.
///
/// ```
/// # use jotgate_jose::{Algorithm, VerifyingKey};
/// let key = VerifyingKey::from_pem("-----BEGIN ...", Algorithm::Es256);
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_jose::{Algorithm, VerifyingKey};
/// let key = VerifyingKey::from_pem("-----BEGIN ...");
/// ```
struct PemWantsItsAlgorithm;

/// A secret says its algorithm where it is loaded.
///
/// ```
/// # use jotgate_jose::{Algorithm, SigningKey};
/// let key = SigningKey::hmac(Algorithm::Hs256, b"a secret");
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_jose::{Algorithm, SigningKey};
/// let key = SigningKey::hmac(b"a secret");
/// ```
struct SecretWantsItsAlgorithm;

/// A key in use cannot be told to use another algorithm.
///
/// ```
/// # use jotgate_jose::{Algorithm, VerifyingKey};
/// fn same(key: &VerifyingKey) -> Algorithm {
///     key.algorithm()
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use jotgate_jose::{Algorithm, VerifyingKey};
/// fn same(key: &VerifyingKey) -> Algorithm {
///     key.with_algorithm(Algorithm::Hs256).algorithm()
/// }
/// ```
struct AlgorithmStaysWithTheKey;

/// No serialiser writes a key: what leaves a private JWK by the public door is its public half.
///
/// ```
/// # use jotgate_jose::Jwk;
/// fn publish(key: &Jwk) -> Option<String> {
///     key.to_json().ok()
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use jotgate_jose::Jwk;
/// fn publish(key: &Jwk) -> Option<String> {
///     serde_json::to_string(key).ok()
/// }
/// ```
struct KeysAreNotSerialised;

/// A signing key is written by nobody who does not ask for the private key by name.
///
/// ```
/// # use jotgate_jose::{SecretText, SigningKey};
/// fn keep(key: &SigningKey) -> Option<SecretText> {
///     key.private_jwk().ok()
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use jotgate_jose::{SecretText, SigningKey};
/// fn keep(key: &SigningKey) -> Option<String> {
///     serde_json::to_string(key).ok()
/// }
/// ```
struct SigningKeyIsNotSerialised;

/// A secret is not printed by accident.
///
/// ```
/// # use jotgate_jose::SecretText;
/// fn log(secret: &SecretText) -> String {
///     format!("{secret:?}")
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use jotgate_jose::SecretText;
/// fn log(secret: &SecretText) -> String {
///     format!("{secret}")
/// }
/// ```
struct SecretIsNotPrinted;

/// Borrowed claims do not outlive the buffer they stand in.
///
/// ```
/// # use jotgate_jose::{KeySet, jwt::{self, Policy, Scratch, Verified}};
/// # #[derive(serde::Deserialize)]
/// # struct Claims<'a> {
/// #     sub: &'a str,
/// # }
/// fn check<'a>(token: &str, buffer: &'a mut Scratch, keys: &KeySet, policy: &Policy) -> Option<Verified<Claims<'a>>> {
///     jwt::verify_in(token, buffer, keys, policy, 1).ok()
/// }
/// ```
///
/// ```compile_fail,E0515
/// # use jotgate_jose::{KeySet, jwt::{self, Policy, Scratch, Verified}};
/// # #[derive(serde::Deserialize)]
/// # struct Claims<'a> {
/// #     sub: &'a str,
/// # }
/// fn check<'a>(token: &str, keys: &KeySet, policy: &Policy) -> Option<Verified<Claims<'a>>> {
///     jwt::verify_in(token, &mut Scratch::new(), keys, policy, 1).ok()
/// }
/// ```
struct ClaimsStayWithTheirBuffer;
