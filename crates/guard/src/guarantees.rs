//! What cannot be written down: each guarantee as a program that compiles, and its twin with the mistake in it, which
//! must not compile, for the reason that the code names.
//!
//! Compiled by `cargo test` and by nothing else. That the codes are right is checked by `.ci/guarantees`, because a
//! stable compiler does not look at them; without that a spelling mistake would pass for a guarantee.

/// A guard is not made without an audience.
///
/// ```
/// # use jotgate_guard::Guard;
/// let guard = Guard::new("https://id.example", "api");
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_guard::Guard;
/// let guard = Guard::new("https://id.example");
/// ```
struct GuardWantsItsAudience;

/// Nor is a further issuer trusted without one.
///
/// ```
/// # use jotgate_guard::Guard;
/// let guard = Guard::new("https://id.example", "api").trust("https://partner.example", "api");
/// ```
///
/// ```compile_fail,E0061
/// # use jotgate_guard::Guard;
/// let guard = Guard::new("https://id.example", "api").trust("https://partner.example");
/// ```
struct TrustWantsItsAudience;

/// A builder comes from `Guard::new` alone.
///
/// ```
/// # use jotgate_guard::{Guard, GuardBuilder};
/// let builder: GuardBuilder = Guard::new("https://id.example", "api");
/// ```
///
/// ```compile_fail,E0599
/// # use jotgate_guard::{Guard, GuardBuilder};
/// let builder: GuardBuilder = GuardBuilder::default();
/// ```
struct BuilderHasNoDefault;

/// A layer comes from a guard that was started, not from one that was only described.
///
/// ```
/// # use jotgate_guard::{BuildError, Guard, GuardLayer};
/// fn layer() -> Result<GuardLayer, BuildError> {
///     Ok(Guard::new("https://id.example", "api").start()?.layer())
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use jotgate_guard::{BuildError, Guard, GuardLayer};
/// fn layer() -> Result<GuardLayer, BuildError> {
///     Ok(Guard::new("https://id.example", "api").layer())
/// }
/// ```
struct LayerWantsAStartedGuard;

/// A caller comes out of a check: claims that nobody has checked pass for none.
///
/// ```
/// # use jotgate_guard::{Caller, Checked, Refused};
/// fn call(checked: Checked) -> Result<Caller, Refused> {
///     Caller::of(checked)
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_guard::{Caller, Checked, Refused};
/// fn call(checked: jotgate_token::access::AccessClaims) -> Result<Caller, Refused> {
///     Caller::of(checked)
/// }
/// ```
struct CallerComesOutOfACheck;

/// Nor is one put together by hand.
///
/// ```
/// # use jotgate_guard::{Caller, Checked, NoExtra};
/// fn made(caller: Caller, _: Checked) -> Caller {
///     caller
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use jotgate_guard::{Caller, Checked, NoExtra};
/// fn made(caller: Caller, checked: Checked) -> Caller {
///     Caller { checked, extra: NoExtra {} }
/// }
/// ```
struct CallerIsNotMade;

/// The pages on this crate: their programs compile.
#[doc = include_str!("../README.md")]
#[doc = include_str!("../../../docs/protect-a-rust-api.md")]
struct Pages;
