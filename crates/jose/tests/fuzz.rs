//! The bodies of the fuzzer on inputs that are always the same: seeds, and seeds damaged by a small generator.
//!
//! About five seconds in all; `JOTGATE_DEEP=1` takes twenty times as many inputs. The fuzzer itself, which looks for
//! new paths for as long as one lets it, is in `fuzz/`.
#![expect(clippy::print_stdout, reason = "how many inputs were tried is to be seen")]

mod bodies;

use bodies::{ALL, seeds};

/// xorshift64*, so that a failure comes back at every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let thrown = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(thrown).expect("31 bits") % sides.max(1)
    }

    /// A seed with one to four pieces flipped, cut, doubled, taken from another seed, or replaced by a word.
    fn damaged(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.throw(seeds.len())].clone();
        for _ in 0..=self.throw(4) {
            let (from, to) = {
                let (a, b) = (self.throw(bytes.len() + 1), self.throw(bytes.len() + 1));
                (a.min(b), a.max(b).min(a.min(b) + 40))
            };
            match self.throw(6) {
                0 if !bytes.is_empty() => {
                    let at = self.throw(bytes.len());
                    bytes[at] ^= 1 << self.throw(8);
                }
                1 => drop(bytes.drain(from..to)),
                2 => {
                    let piece = bytes[from..to].to_vec();
                    bytes.splice(from..from, piece);
                }
                3 => {
                    let other = &seeds[self.throw(seeds.len())];
                    let (start, end) = (self.throw(other.len() + 1), self.throw(other.len() + 1));
                    bytes.splice(from..to, other[start.min(end)..start.max(end)].iter().copied());
                }
                4 => {
                    let word = WORDS[self.throw(WORDS.len())];
                    bytes.splice(from..to, word.bytes());
                }
                _ => bytes.truncate(to),
            }
        }
        bytes.truncate(LONGEST);
        bytes
    }
}

fn run(name: &str, inputs: usize) {
    let seeds = seeds::of(name);
    assert!(!seeds.is_empty());
    let inputs = if std::env::var_os("JOTGATE_DEEP").is_some() { inputs * 20 } else { inputs };
    seeds.iter().for_each(|seed| bodies::run(name, seed));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..inputs {
        bodies::run(name, &dice.damaged(&seeds));
    }
    println!("{name}: {} seeds, {inputs} damaged inputs", seeds.len());
}

#[test]
fn compact() {
    run("compact", 4_000);
}

#[test]
fn json() {
    run("json", 3_000);
}

#[test]
fn jwk() {
    run("jwk", 4_000);
}

#[test]
fn jwks() {
    run("jwks", 2_000);
}

#[test]
fn pem() {
    run("pem", 4_000);
}

#[test]
fn policy() {
    run("policy", 6_000);
}

#[test]
fn explain() {
    run("explain", 1_000);
}

#[test]
fn lint() {
    run("lint", 1_000);
}

#[test]
fn every_target_has_seeds_of_its_own() {
    for target in ALL {
        assert!(!seeds::of(target.name).is_empty(), "{}", target.name);
    }
    assert!(seeds::of("compact").iter().all(|seed| seeds::of("jwk").iter().all(|other| other != seed)));
}

const LONGEST: usize = 4096;
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\u0061",
    "\\ud800",
    "\"alg\":\"none\"",
    "\"alg\":\"HS256\"",
    "\"crit\":[\"b64\"]",
    "\"b64\":false",
    "\"kid\":\"h\"",
    "\"exp\":1e400",
    "\"exp\":-1",
    "\"aud\":[]",
    "null",
    "true",
    "1e9",
    "..",
    ".",
    "=",
    "\"kty\":\"EC\"",
    "\"kty\":\"RSA\"",
    "\"use\":\"enc\"",
    "\"d\":\"AA\"",
    "\n",
    "\u{feff}",
    "-----BEGIN ",
    "-----END ",
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "-----",
    "AQAB",
];
