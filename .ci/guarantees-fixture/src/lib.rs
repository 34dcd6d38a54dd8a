//! Says that a method is missing, and fails because of a type.
//!
//! ```compile_fail,E0599
//! let number: u8 = "text";
//! ```
