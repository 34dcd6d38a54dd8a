#![no_main]
#[path = "../../crates/jose/tests/bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::run("lint", data));
