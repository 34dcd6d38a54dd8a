//! Row 54 of the attack catalogue: every kind of token at every consumer. What is not on the diagonal is refused, and
//! for the reason that stands here.
//!
//! All kinds are signed with the same key, for the same issuer, subject and audience, as if one deployment had mixed
//! up everything it can; so it is the kind that is refused and not something beside it. A new kind is one line of
//! [`TABLE`] and a function that makes it, a new consumer is one line of [`CONSUMERS`] and a column.

use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
use jotgate_token::access;
use jotgate_token::assertion;
use jotgate_token::id_token::{self, Login};
use jotgate_token::refresh::{OpenError, RefreshKey, RefreshKeys};
use jotgate_token::revocation::{self, FeedVerifier};
use jotgate_token::status_list;
use serde_json::{Value, json};

/// What stands at a place of the table: taken, or the reason.
const TAKEN: &str = "taken";

type Make = fn(&World) -> String;
type Judge = fn(&World, &str) -> String;

/// Where tokens go.
const CONSUMERS: [(&str, Judge); 7] = [
    ("an API that takes access tokens", at_the_api),
    ("a client that takes ID tokens", at_the_client),
    ("the refresh endpoint", at_the_refresh_endpoint),
    ("a follower that waits for an event", at_the_follower),
    ("a follower that loads a snapshot", at_the_loader),
    ("an issuer that takes assertions", at_the_issuer),
    ("a verifier that reads a status list", at_the_reader),
];

/// Kind, how it is made, and what each of the [`CONSUMERS`] says, in their order.
const TABLE: &[(&str, Make, [&str; CONSUMERS.len()])] = &[
    (
        "access token",
        access_token,
        [TAKEN, "typ.mismatch", "malformed", "typ.mismatch", "typ.mismatch", "typ.mismatch", "typ.mismatch"],
    ),
    (
        "ID token",
        id_token,
        ["typ.mismatch", TAKEN, "malformed", "typ.mismatch", "typ.mismatch", "iss.mismatch", "typ.mismatch"],
    ),
    (
        "refresh token",
        refresh_token,
        [
            "malformed.parts",
            "malformed.parts",
            TAKEN,
            "malformed.parts",
            "malformed.parts",
            "malformed.parts",
            "malformed.parts",
        ],
    ),
    (
        "JWT that says it is a refresh token",
        refresh_jwt,
        [
            "typ.mismatch",
            "typ.mismatch",
            "malformed",
            "typ.mismatch",
            "typ.mismatch",
            "typ.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "the same behind `jgr_`",
        refresh_jwt_behind_the_prefix,
        [
            "malformed.utf8",
            "malformed.utf8",
            "malformed",
            "malformed.utf8",
            "malformed.utf8",
            "malformed.utf8",
            "malformed.utf8",
        ],
    ),
    (
        "logout token",
        logout_token,
        [
            "typ.mismatch",
            "typ.mismatch",
            "malformed",
            "typ.mismatch",
            "typ.mismatch",
            "typ.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "logout token without a type",
        logout_token_untyped,
        [
            "typ.mismatch",
            "typ.mismatch",
            "malformed",
            "typ.mismatch",
            "typ.mismatch",
            "iss.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "DPoP proof",
        dpop_proof,
        [
            "typ.mismatch",
            "typ.mismatch",
            "malformed",
            "typ.mismatch",
            "typ.mismatch",
            "typ.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "introspection answer",
        introspection,
        [
            "typ.mismatch",
            "typ.mismatch",
            "malformed",
            "typ.mismatch",
            "typ.mismatch",
            "typ.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "client assertion",
        client_assertion,
        ["typ.mismatch", "typ.mismatch", "malformed", "typ.mismatch", "typ.mismatch", TAKEN, "typ.mismatch"],
    ),
    (
        "client assertion of type JWT",
        client_assertion_untyped,
        ["typ.mismatch", "iss.mismatch", "malformed", "typ.mismatch", "typ.mismatch", TAKEN, "typ.mismatch"],
    ),
    (
        "status list token",
        status_list_token,
        ["typ.mismatch", "typ.mismatch", "malformed", "typ.mismatch", "typ.mismatch", "typ.mismatch", TAKEN],
    ),
    (
        "revocation event",
        revocation_event,
        [
            "typ.mismatch",
            "typ.mismatch",
            "malformed",
            TAKEN,
            "claim.mismatch",
            "typ.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "revocation snapshot",
        revocation_snapshot,
        ["typ.mismatch", "typ.mismatch", "malformed", "claim.missing", TAKEN, "typ.mismatch", "typ.mismatch"],
    ),
    (
        "revocation event of type JWT",
        revocation_untyped,
        [
            "typ.mismatch",
            "typ.mismatch",
            "malformed",
            "typ.mismatch",
            "typ.mismatch",
            "iss.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "plain JWT",
        plain_jwt,
        [
            "typ.mismatch",
            "claim.missing",
            "malformed",
            "typ.mismatch",
            "typ.mismatch",
            "iss.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "access token of type JWT",
        access_token_untyped,
        [
            "typ.mismatch",
            "typ.mismatch",
            "malformed",
            "typ.mismatch",
            "typ.mismatch",
            "iss.mismatch",
            "typ.mismatch",
        ],
    ),
    (
        "ID token without a type",
        id_token_untyped,
        ["typ.mismatch", TAKEN, "malformed", "typ.mismatch", "typ.mismatch", "iss.mismatch", "typ.mismatch"],
    ),
];

#[test]
fn row_54_every_kind_of_token_at_every_consumer() {
    let world = World::new();
    for (kind, make, wanted) in TABLE {
        let token = make(&world);
        for ((consumer, judge), wanted) in CONSUMERS.iter().zip(wanted) {
            assert_eq!(judge(&world, &token), *wanted, "{kind} at {consumer}");
        }
    }
}

/// A careless issuer may put every claim of every kind into one payload: then the type alone still tells them apart.
#[test]
fn row_54_the_type_alone_tells_the_kinds_apart() {
    let world = World::new();
    let mut everything = world.common();
    for payload in [ACCESS, ID, LOGOUT, PROOF, STATUS, EVENT] {
        let payload: Value = serde_json::from_str(payload).unwrap();
        everything.as_object_mut().unwrap().extend(payload.as_object().unwrap().clone());
    }
    for typ in TYPES {
        let token = world.sign(Some(typ), &everything);
        let api = at_the_api(&world, &token);
        assert_eq!(api, if typ == access::TYP { TAKEN } else { "typ.mismatch" }, "{typ}");
        assert_eq!(at_the_client(&world, &token), "typ.mismatch", "{typ}");
        assert_eq!(at_the_refresh_endpoint(&world, &token), "malformed", "{typ}");
        let issuer = at_the_issuer(&world, &token);
        assert_eq!(issuer, if typ == assertion::TYP { "iss.mismatch" } else { "typ.mismatch" }, "{typ}");
        let reader = at_the_reader(&world, &token);
        assert_eq!(reader, if typ == status_list::TYP { TAKEN } else { "typ.mismatch" }, "{typ}");
        let follower = at_the_follower(&world, &token);
        assert_eq!(follower, if typ == revocation::TYP { "exp.expired" } else { "typ.mismatch" }, "{typ}");
    }
}

/// The kinds that will follow have their types already; none of them is that of another.
#[test]
fn row_54_no_two_kinds_have_one_type() {
    for (at, typ) in TYPES.iter().enumerate() {
        assert!(!TYPES[..at].contains(typ), "{typ}");
        assert!(!typ.eq_ignore_ascii_case(id_token::TYP), "the one type that says nothing");
    }
    assert!(TYPES.contains(&access::TYP));
}

/// One key for everything, which nobody should do.
struct World {
    key: SigningKey,
    keys: KeySet,
    refresh: RefreshKeys,
}

impl World {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::Es256).unwrap().with_kid("one");
        let keys = KeySet::new([key.verifying_key()]);
        let ring = [RefreshKey::new(*b"key-0001", &[7; 32])];
        Self { key, keys, refresh: RefreshKeys::new(ISSUER, ring, *b"key-0001").unwrap() }
    }

    fn sign(&self, typ: Option<&str>, payload: &Value) -> String {
        let extras = typ.map_or_else(jws::Extras::default, jws::Extras::typ);
        jws::sign(payload.to_string().as_bytes(), &self.key, &extras).unwrap()
    }

    /// What every kind could say.
    fn common(&self) -> Value {
        json!({"iss": ISSUER, "sub": "0197", "aud": AUDIENCE, "exp": NOW + 600, "iat": NOW, "jti": "j"})
    }

    fn made(&self, typ: Option<&str>, own: &str) -> String {
        let mut payload = self.common();
        let own: Value = serde_json::from_str(own).unwrap();
        payload.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        self.sign(typ, &payload)
    }
}

fn at_the_api(world: &World, token: &str) -> String {
    let verdict = access::Verifier::new(ISSUER, AUDIENCE).verify(token, &world.keys, NOW);
    verdict.map_or_else(|error| error.reason().code().to_owned(), |_| TAKEN.to_owned())
}

/// One whose name is the audience of everything here, asked by the client of the same name.
fn at_the_issuer(world: &World, token: &str) -> String {
    let verdict = assertion::verify(token, AUDIENCE, AUDIENCE, &world.keys, NOW);
    verdict.map_or_else(|error| error.reason().code().to_owned(), |_| TAKEN.to_owned())
}

/// One that looks for the status of a token of this list, whose address is the subject of everything here.
fn at_the_reader(world: &World, token: &str) -> String {
    let verdict = status_list::Verifier::new(ISSUER, world.keys.clone()).verify(token, "0197", NOW);
    verdict.map_or_else(|error| error.reason().code().to_owned(), |_| TAKEN.to_owned())
}

fn at_the_client(world: &World, token: &str) -> String {
    let verifier = id_token::Verifier::new(ISSUER, AUDIENCE);
    let verdict = verifier.verify(token, &world.keys, &Login::with_nonce("n"), NOW);
    verdict.map_or_else(|error| error.reason().code().to_owned(), |_| TAKEN.to_owned())
}

fn at_the_refresh_endpoint(world: &World, token: &str) -> String {
    match world.refresh.open(token) {
        Ok(opened) => world.refresh.confirm(&opened, &SALT).map_or("forged", |()| TAKEN).to_owned(),
        Err(OpenError::Malformed) => "malformed".to_owned(),
        Err(other) => format!("{other:?}"),
    }
}

fn at_the_follower(world: &World, token: &str) -> String {
    let verdict = FeedVerifier::new(ISSUER, world.keys.clone()).verify_event(token);
    verdict.map_or_else(|error| error.reason().code().to_owned(), |_| TAKEN.to_owned())
}

fn at_the_loader(world: &World, token: &str) -> String {
    let verdict = FeedVerifier::new(ISSUER, world.keys.clone()).verify_snapshot(token);
    verdict.map_or_else(|error| error.reason().code().to_owned(), |_| TAKEN.to_owned())
}

fn access_token(world: &World) -> String {
    world.made(Some(access::TYP), ACCESS)
}

fn access_token_untyped(world: &World) -> String {
    world.made(Some("JWT"), ACCESS)
}

fn id_token(world: &World) -> String {
    world.made(Some(id_token::TYP), ID)
}

fn id_token_untyped(world: &World) -> String {
    world.made(None, ID)
}

fn refresh_token(world: &World) -> String {
    world.refresh.mint([9; 16].into(), 3, &SALT).expose().to_owned()
}

fn refresh_jwt(world: &World) -> String {
    world.made(Some("refresh+jwt"), r#"{"token_use":"refresh"}"#)
}

fn refresh_jwt_behind_the_prefix(world: &World) -> String {
    format!("jgr_{}", refresh_jwt(world))
}

fn logout_token(world: &World) -> String {
    world.made(Some("logout+jwt"), LOGOUT)
}

/// As issuers made them before there was a type for them, and with a nonce, which makes an ID token of it for
/// whoever looks at nothing else.
fn logout_token_untyped(world: &World) -> String {
    let mut own: Value = serde_json::from_str(LOGOUT).unwrap();
    own["nonce"] = "n".into();
    world.made(None, &own.to_string())
}

fn dpop_proof(world: &World) -> String {
    world.made(Some("dpop+jwt"), PROOF)
}

fn introspection(world: &World) -> String {
    world.made(Some("token-introspection+jwt"), r#"{"token_introspection":{"active":true,"sub":"0197"}}"#)
}

fn client_assertion(world: &World) -> String {
    world.made(Some("client-authentication+jwt"), r#"{"iss":"app","sub":"app"}"#)
}

fn client_assertion_untyped(world: &World) -> String {
    world.made(Some("JWT"), r#"{"iss":"app","sub":"app","nonce":"n"}"#)
}

fn status_list_token(world: &World) -> String {
    world.made(Some(status_list::TYP), STATUS)
}

fn revocation_event(world: &World) -> String {
    unexpiring(world, EVENT)
}

fn revocation_snapshot(world: &World) -> String {
    unexpiring(world, SNAPSHOT)
}

/// The feed's messages have no end; one that has is none of ours.
fn unexpiring(world: &World, own: &str) -> String {
    let mut payload = world.common();
    let own: Value = serde_json::from_str(own).unwrap();
    payload.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    payload.as_object_mut().unwrap().remove("exp");
    world.sign(Some(revocation::TYP), &payload)
}

/// With the nonce of a login, which a follower may choose.
fn revocation_untyped(world: &World) -> String {
    world.made(Some("JWT"), EVENT)
}

fn plain_jwt(world: &World) -> String {
    world.made(Some("JWT"), "{}")
}

/// The types of every kind that has one.
const TYPES: [&str; 8] = [
    access::TYP,
    "refresh+jwt",
    "logout+jwt",
    "dpop+jwt",
    "token-introspection+jwt",
    assertion::TYP,
    status_list::TYP,
    revocation::TYP,
];

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "app";
const NOW: i64 = 1_700_000_000;
const SALT: [u8; 16] = [9; 16];
const ACCESS: &str = r#"{"client_id":"first-party","epoch":1,"roles":[],"scope":"read","nonce":"n"}"#;
const ID: &str = r#"{"nonce":"n","auth_time":1700000000,"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"}"#;
const LOGOUT: &str = r#"{"sid":"s","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}"#;
const PROOF: &str =
    r#"{"htm":"GET","htu":"https://api.example/","ath":"fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"}"#;
const EVENT: &str = r#"{"era":"AAECAwQFBgcICQoLDA0ODw","prev_seq":6,"seq":7,"feed_leeway":120,"sessions":"AQEBAQEBAQEAAAAC","nonce":"n"}"#;
const SNAPSHOT: &str =
    r#"{"era":"AAECAwQFBgcICQoLDA0ODw","seq":7,"feed_leeway":120,"sessions":"AQEBAQEBAQEAAAAC"}"#;
const STATUS: &str = r#"{"ttl":60,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}"#;
