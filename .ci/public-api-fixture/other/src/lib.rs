//! The crate of somebody else.
pub struct Theirs;
pub trait Trait {
    type Chosen;
}
pub fn function() {}
