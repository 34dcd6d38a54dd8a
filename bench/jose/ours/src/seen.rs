//! A token that was verified before, from the cache: once the same one again and again, once a thousand in turn, so that
//! not each of them lies in the processor's nearest memory.

use std::hint::black_box;

use jotgate_bench_common::{Algorithm, Cases, Claims, Keys, now};
use jotgate_jose::KeySet;
use jotgate_jose::jwt::Cache;

use super::{policy, signer, verifying};

const RS256: Algorithm = Algorithm::ALL[3];
const TOKENS: usize = 1000;

pub(super) fn add(cases: &mut Cases, keys: &Keys) {
    let set = KeySet::new([verifying(RS256, keys)]);
    for (name, tokens) in [("cache/RS256", vec![keys.token(RS256)]), ("cache-of-1000/RS256", many(keys))] {
        let (cache, set, policy) = (Cache::<Claims>::new(64 << 20), set.clone(), policy());
        let mut turn = 0;
        cases.add(name, move || {
            turn = (turn + 1) % tokens.len();
            let verified = cache.verify(black_box(&tokens[turn]), &set, &policy, now());
            black_box(verified.expect("a good token"));
        });
    }
}

fn many(keys: &Keys) -> Vec<String> {
    let signer = signer(RS256, keys);
    let claims = |n| Claims { sub: format!("user-{n}"), ..Claims::new() };
    (0..TOKENS).map(|n| signer.sign(&claims(n)).expect("signing works")).collect()
}
