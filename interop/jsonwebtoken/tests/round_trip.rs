//! Its tokens pass at Jotgate, Jotgate's tokens pass at it.

#[test]
fn for_every_algorithm_both_know() {
    jotgate_interop_common::both_ways::<jotgate_interop_jsonwebtoken::Jsonwebtoken>();
}
