#![no_main]
#[path = "../../crates/jose/tests/bodies/mod.rs"]
#[expect(dead_code, reason = "the seeds are for the program that writes them")]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::run("jwk", data));
