//! Rows of the attack catalogue that concern what our claims say; each test is named after its row.

use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
use jotgate_token::access::{self, AccessClaims, NotAScope, Scope, Subject, Verified, Verifier};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";
const NOW: i64 = 1_700_000_000;

struct Issuer {
    signer: jwt::Signer,
    keys: KeySet,
}

impl Issuer {
    fn new() -> Self {
        let signer = access::signer(SigningKey::generate(Algorithm::Es256).unwrap()).unwrap();
        let keys = KeySet::new([signer.verifying_key()]);
        Self { signer, keys }
    }

    /// The verdict on good claims with these changes; the signature is always good.
    fn judge(&self, changes: &Value) -> Result<AccessClaims, &'static str> {
        let mut claims = json!({"iss": ISSUER, "sub": "0197", "aud": "api", "exp": NOW + 600, "iat": NOW, "jti": "j",
            "client_id": "first-party", "sid": "s", "epoch": 1, "roles": ["editor"]});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let token = self.signer.sign(&claims).unwrap();
        let verdict = Verifier::new(ISSUER, "api").verify(&token, &self.keys, NOW);
        verdict.map(Verified::into_claims).map_err(|error| error.reason().code())
    }
}

#[test]
fn row_53_a_client_is_never_taken_for_a_user() {
    let issuer = Issuer::new();
    for sub in [json!(""), json!(17), json!(null), json!(["0197"])] {
        let verdict = issuer.judge(&json!({"sub": sub}));
        assert!(matches!(verdict, Err("claim.malformed" | "claim.missing")), "{sub}: {verdict:?}");
    }
    // A client registered under the id of a user, or a user who got hold of a client's name as id.
    let same = issuer.judge(&json!({"sub": "reports", "client_id": "reports"}));
    assert_eq!(same, Err("claim.mismatch"));
    // A client speaks for itself under a name no user has, and for no other client.
    let own = issuer.judge(&json!({"sub": "client:reports", "client_id": "reports"}));
    assert_eq!(own, Err("claim.mismatch"), "a session is a user's");
    assert_eq!(issuer.judge(&json!({"sub": "client:reports", "client_id": "other"})), Err("claim.mismatch"));
    let user = issuer.judge(&json!({"sub": "0197"})).unwrap();
    assert_eq!(user.subject(), Subject::User("0197"));
}

#[test]
fn row_53_a_client_acting_for_itself() {
    let signer = access::signer(SigningKey::generate(Algorithm::Es256).unwrap()).unwrap();
    let claims = json!({"iss": ISSUER, "sub": "client:reports", "aud": "api", "exp": NOW + 600, "iat": NOW,
        "jti": "j", "client_id": "reports", "epoch": 0});
    let token = signer.sign(&claims).unwrap();
    let keys = KeySet::new([signer.verifying_key()]);
    let verified = Verifier::new(ISSUER, "api").verify(&token, &keys, NOW).unwrap();
    assert_eq!(verified.claims().subject(), Subject::Client("reports"));
}

#[test]
fn row_90_nul_and_other_control_characters() {
    let issuer = Issuer::new();
    // A subject is compared whole and never cut at a NUL.
    let claims = issuer.judge(&json!({"sub": "0197\u{0}admin"})).unwrap();
    assert_eq!(claims.sub, "0197\u{0}admin");
    assert_ne!(claims.subject(), Subject::User("0197"));
    for scope in [
        "read\u{0}",
        "\u{0}",
        "read\twrite",
        "read  write",
        " read",
        "read ",
        " ",
        "read\nwrite",
        "\"read\"",
        "read\\",
        "r\u{e9}ad",
        "read\u{a0}write",
        "\u{430}dmin",
        "read\u{200b}",
        "read\u{7f}",
    ] {
        assert_eq!(issuer.judge(&json!({"scope": scope})), Err("claim.malformed"), "{scope:?}");
        assert_eq!(scope.parse::<Scope>(), Err(NotAScope), "{scope:?}");
    }
    for scope in ["", "read", "read write", "a:b https://api.example/read !#$%&'()*+,-./[]^_`{|}~"] {
        let claims = issuer.judge(&json!({"scope": scope})).unwrap();
        assert_eq!(claims.scope.to_string(), scope);
    }
}

#[test]
fn row_92_words_are_compared_whole() {
    let claims =
        Issuer::new().judge(&json!({"scope": "administrator read:all", "roles": ["administrator"]})).unwrap();
    for near in [
        "admin",
        "Administrator",
        "administrators",
        "administrato",
        "",
        " ",
        "read",
        "administrator read:all",
    ] {
        assert!(!claims.scope.has(near), "{near:?}");
        assert!(!claims.has_role(near), "{near:?}");
    }
    assert!(
        claims.scope.has("administrator") && claims.scope.has("read:all") && claims.has_role("administrator")
    );
}

#[test]
fn row_93_scope_as_a_list_and_roles_as_text() {
    let issuer = Issuer::new();
    for changes in [
        json!({"scope": ["read", "write"]}),
        json!({"scope": []}),
        json!({"scope": null}),
        json!({"scope": {"read": true}}),
        json!({"scope": 7}),
        json!({"roles": "admin"}),
        json!({"roles": "admin editor"}),
        json!({"roles": {"admin": true}}),
        json!({"roles": ["admin", 7]}),
        json!({"roles": [["admin"]]}),
        json!({"roles": null}),
        json!({"roles": true}),
    ] {
        assert_eq!(issuer.judge(&changes), Err("claim.malformed"), "{changes}");
    }
}
