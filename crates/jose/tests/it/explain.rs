//! `explain`: the same verdict as the verifier.

mod agrees;
