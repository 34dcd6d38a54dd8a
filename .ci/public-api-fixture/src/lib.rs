//! Breaks the rules of `.ci/public-api` once in every way; a mark names the rule. What bears no mark is allowed.
use std::marker::PhantomData;

use other::{Theirs, Trait};

pub use other::function; //~ foreign
pub use other as renamed; //~ foreign
pub use inside::Reexported;

/// ```
/// ```
pub fn argument(_: Theirs) {} //~ foreign
/// ```
/// ```
pub fn answer() -> Option<Vec<Result<Theirs, u8>>> { None } //~ foreign
/// ```
/// ```
pub fn bound<T: Trait>(_: T) {} //~ foreign
/// ```
/// ```
pub fn where_bound<T>(_: T) where Option<T>: Trait {} //~ foreign
/// ```
/// ```
pub fn some_impl() -> impl Fn(&Theirs) { |_| {} } //~ foreign
/// ```
/// ```
pub fn dynamic(_: &dyn Trait<Chosen = u8>) {} //~ foreign
/// ```
/// ```
pub fn pointer(_: fn() -> [Theirs; 2]) {} //~ foreign
/// ```
/// ```
pub fn projected<T: Iterator<Item = Theirs>>(_: T) {} //~ foreign
pub type Alias = Vec<Theirs>; //~ foreign
pub const CONSTANT: Option<Theirs> = None; //~ foreign
pub static STATIC: Option<Theirs> = None; //~ foreign
pub trait Ours: Trait {} //~ foreign
pub trait Chooses {
    type Answer: Trait; //~ foreign
    fn undocumented(&self); //~ example
    /// ```
    /// ```
    fn given(&self) -> Theirs; //~ foreign
}

pub struct Struct<T> {
    pub field: Theirs, //~ foreign
    private: Option<Theirs>,
    rest: PhantomData<T>,
}
pub struct Tuple(pub Theirs, Theirs); //~ foreign
pub struct Bounded<T: Trait>(T); //~ foreign
pub enum Enum {
    Tuple(Theirs), //~ foreign
    Struct {
        field: Theirs, //~ foreign
    },
}
impl<T> Struct<T> {
    /// ```
    /// ```
    pub fn method(&self) -> &Theirs { self.private.as_ref().unwrap_or(&self.field) } //~ foreign
    fn private(&self, _: Theirs) -> &PhantomData<T> { &self.rest }
    pub(crate) fn inner(&self, _: Theirs) { self.private(Theirs); }
}
impl Trait for Tuple { type Chosen = u8; } //~ foreign
impl From<Theirs> for Tuple { fn from(one: Theirs) -> Self { Self(one, Theirs) } } //~ foreign
impl std::ops::Deref for Tuple { type Target = Theirs; fn deref(&self) -> &Theirs { &self.1 } } //~ foreign
impl Iterator for Enum { type Item = Theirs; fn next(&mut self) -> Option<Theirs> { None } } //~ foreign

pub fn no_example() {} //~ example
/// ```ignore
/// ```
pub fn ignored() {} //~ example
/// ```no_run
/// ```
pub fn not_run() {} //~ example
/// ```compile_fail
/// nonsense
/// ```
pub fn only_fails() {} //~ example
/// ```text
/// ```
pub fn only_text() {} //~ example
/// ```rust
/// ```
pub fn good(_: &str, _: Option<Result<std::io::Error, Vec<u8>>>) -> impl Iterator<Item = u8> { [1].into_iter() }

mod inside {
    pub struct Reexported;
    pub struct Unreachable(pub other::Theirs);
    impl Reexported {
        pub fn bare(&self) {} //~ example
        /// ```
        /// ```
        pub fn hidden(&self) -> Unreachable { Unreachable(other::Theirs) } //~ unnameable
    }
}
