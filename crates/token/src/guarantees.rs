//! What cannot be written down: each guarantee as a program that compiles, and its twin with the mistake in it, which
//! must not compile, for the reason that the code names.
//!
//! Compiled by `cargo test` and by nothing else. That the codes are right is checked by `.ci/guarantees`, because a
//! stable compiler does not look at them; without that a spelling mistake would pass for a guarantee.

/// An ID token is not an access token.
///
/// ```
/// # use jotgate_token::{access::{AccessClaims, Verified}, id_token::IdToken};
/// # fn api(_: &Verified<AccessClaims>) {}
/// fn call(token: &Verified<AccessClaims>) {
///     api(token)
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_token::{access::{AccessClaims, Verified}, id_token::IdToken};
/// # fn api(_: &Verified<AccessClaims>) {}
/// fn call(token: &IdToken) {
///     api(token)
/// }
/// ```
struct IdTokenIsNoAccessToken;

/// An access token is not an ID token: it says nothing of a login.
///
/// ```
/// # use jotgate_token::{access::{AccessClaims, Verified}, id_token::IdToken};
/// # fn greet(_: &IdToken) {}
/// fn client(token: &IdToken) {
///     greet(token)
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_token::{access::{AccessClaims, Verified}, id_token::IdToken};
/// # fn greet(_: &IdToken) {}
/// fn client(token: &Verified<AccessClaims>) {
///     greet(token)
/// }
/// ```
struct AccessTokenIsNoIdToken;

/// An ID token comes out of a check and from nowhere else.
///
/// ```
/// # use jotgate_token::{access::Verified, id_token::{IdClaims, IdToken}};
/// fn made(token: IdToken, _: Verified<IdClaims>) -> IdToken {
///     token
/// }
/// ```
///
/// ```compile_fail,E0423
/// # use jotgate_token::{access::Verified, id_token::{IdClaims, IdToken}};
/// fn made(token: IdToken, claims: Verified<IdClaims>) -> IdToken {
///     IdToken(claims)
/// }
/// ```
struct IdTokenIsNotMade;

/// Claims that nobody has signed pass for no checked ones.
///
/// ```
/// # use jotgate_token::access::{AccessClaims, Verified};
/// # fn api(_: &Verified<AccessClaims>) {}
/// fn call(claims: &Verified<AccessClaims>) {
///     api(claims)
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_token::access::{AccessClaims, Verified};
/// # fn api(_: &Verified<AccessClaims>) {}
/// fn call(claims: &AccessClaims) {
///     api(claims)
/// }
/// ```
struct ClaimsAreNotVerified;

/// An ID token is held against a login, never taken by itself.
///
/// ```
/// # use jotgate_jose::KeySet;
/// # use jotgate_token::id_token::{Login, Verifier};
/// # fn check(verifier: &Verifier, token: &str, keys: &KeySet) {
///     let _ = verifier.verify(token, keys, &Login::with_nonce("n"), 1_700_000_000);
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_jose::KeySet;
/// # use jotgate_token::id_token::{Login, Verifier};
/// # fn check(verifier: &Verifier, token: &str, keys: &KeySet) {
///     let _ = verifier.verify(token, keys, 1_700_000_000);
/// }
/// ```
struct IdTokenWantsItsLogin;

/// A login says whether there was a nonce.
///
/// ```
/// # use jotgate_token::id_token::Login;
/// let login = Login::without_nonce();
/// ```
///
/// ```compile_fail,E0599
/// # use jotgate_token::id_token::Login;
/// let login = Login::default();
/// ```
struct LoginWantsAWordOnTheNonce;

/// An access token's verifier is not made without an audience.
///
/// ```
/// # use jotgate_token::access::Verifier;
/// let verifier = Verifier::new("https://id.example", "api");
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_token::access::Verifier;
/// let verifier = Verifier::new("https://id.example");
/// ```
struct VerifierWantsItsAudience;

/// A refresh token is opened only by the ring of keys: what it names cannot be made up.
///
/// ```
/// # use jotgate_token::refresh::Opened;
/// fn made(opened: Opened) -> u64 {
///     opened.generation()
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use jotgate_token::refresh::Opened;
/// fn made(opened: Opened) -> u64 {
///     opened.body.generation
/// }
/// ```
struct OpenedIsNotMade;

/// A refresh token is not printed by accident.
///
/// ```
/// # use jotgate_token::refresh::RefreshToken;
/// fn log(token: &RefreshToken) -> String {
///     format!("{token:?}")
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use jotgate_token::refresh::RefreshToken;
/// fn log(token: &RefreshToken) -> String {
///     format!("{token}")
/// }
/// ```
struct RefreshTokenIsNotPrinted;
