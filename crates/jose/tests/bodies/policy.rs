//! Claims against a policy: what is accepted satisfies every demand as a plain reader understands it.

use std::time::Duration;

use jotgate_jose::Reason;
use jotgate_jose::jwt::{self, Audience, Cache, Issuer, Policy, Scratch, Typ};
use serde_json::Value;

use super::{NOW, first_line, forge, reference, shared};

/// The first line chooses the demands, one letter each; the rest is the payload.
pub(crate) fn policy(data: &[u8]) {
    let (letters, payload) = first_line(data);
    let demands = Demands::of(letters);
    let token = forge(HEADER, payload);
    let policy = demands.policy();
    let owned = jwt::verify::<Value>(&token, shared(), &policy, NOW);
    let mut scratch = Scratch::new();
    let borrowed = jwt::verify_in::<Value>(&token, &mut scratch, shared(), &policy, NOW);
    let cache = Cache::<Value>::new(1 << 16);
    for _ in 0..2 {
        let cached = cache.verify(&token, shared(), &policy, NOW);
        match (&owned, cached) {
            (Ok(owned), Ok(cached)) => assert_eq!(owned.claims(), &**cached.claims()),
            (Err(owned), Err(cached)) => assert_eq!(owned, &cached),
            _ => panic!("a token seen before is judged as a new one"),
        }
    }
    match (owned, borrowed) {
        (Ok(owned), Ok(borrowed)) => {
            assert_eq!(owned.claims(), borrowed.claims());
            assert!(reference::object(payload).is_some(), "an accepted payload is strict JSON");
            demands.are_met_by(owned.claims());
        }
        (Err(owned), Err(borrowed)) => {
            assert_eq!(owned, borrowed);
            let syntax = [Reason::MalformedJson, Reason::MalformedUtf8, Reason::MalformedDuplicateMember];
            if syntax.contains(&owned.reason()) {
                assert!(reference::object(payload).is_none(), "refused as {owned}, but it is strict JSON");
            }
        }
        _ => panic!("both doors say the same"),
    }
}

struct Demands {
    issuer: bool,
    audience: bool,
    only: bool,
    exp: bool,
    age: bool,
    leeway: bool,
    subject: bool,
    nonce: bool,
}

impl Demands {
    fn of(letters: &[u8]) -> Self {
        let has = |letter: u8| letters.contains(&letter);
        Self {
            issuer: has(b'i'),
            audience: has(b'a'),
            only: has(b'o'),
            exp: !has(b'x'),
            age: has(b'm'),
            leeway: has(b'l'),
            subject: has(b's'),
            nonce: has(b'n'),
        }
    }

    fn policy(&self) -> Policy {
        let issuer = if self.issuer { Issuer::exact("i") } else { Issuer::any() };
        let audience = match (self.only, self.audience) {
            (true, _) => Audience::only("a"),
            (false, true) => Audience::any_of(["a", "b"]),
            (false, false) => Audience::any(),
        };
        let mut policy = Policy::new(issuer, audience, Typ::exact("t"));
        if !self.exp {
            policy = policy.without_exp();
        }
        if self.age {
            policy = policy.max_age(Duration::from_secs(AGE.unsigned_abs()));
        }
        if self.leeway {
            policy = policy.leeway(60).expect("no more than clocks differ");
        }
        if self.subject {
            policy = policy.require("sub");
        }
        if self.nonce { policy.require_exact("nonce", "n") } else { policy }
    }

    /// Judged by the values serde_json read; times as floats, so a second of play.
    fn are_met_by(&self, claims: &Value) {
        let leeway = if self.leeway { 60 } else { 0 };
        let time = |name: &str| {
            claims.get(name).map(|value| value.as_f64().expect("a time that was accepted is a number"))
        };
        let near = |time: f64| time as i64;
        if self.issuer {
            assert_eq!(claims["iss"], "i");
        }
        if self.only {
            assert!(claims["aud"] == "a" || claims["aud"] == serde_json::json!(["a"]));
        } else if self.audience {
            let is_ours = |name: &Value| name == "a" || name == "b";
            let names = claims["aud"].as_array();
            assert!(is_ours(&claims["aud"]) || names.is_some_and(|names| names.iter().any(is_ours)));
        }
        assert!(time("exp").is_some() || !self.exp);
        assert!(time("exp").is_none_or(|exp| near(exp) >= NOW - leeway));
        assert!(time("nbf").is_none_or(|nbf| near(nbf) <= NOW + leeway));
        assert!(time("iat").is_none_or(|iat| near(iat) <= NOW + leeway));
        if self.age {
            assert!(near(time("iat").expect("demanded")) >= NOW - leeway - AGE - 1);
        }
        if self.subject {
            assert!(claims["sub"].is_string(), "present, and of its type");
        }
        if self.nonce {
            assert_eq!(claims["nonce"], "n");
        }
    }
}

const HEADER: &[u8] = br#"{"alg":"HS256","typ":"t","kid":"h"}"#;
const AGE: i64 = 3600;
