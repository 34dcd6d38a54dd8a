//! Reasons found in the token itself: its shape, algorithm, key, signature and claims.
//! Given in the order in which a check runs. Spec: RFC 7515, RFC 7519, RFC 8725, RFC 9068.

use super::{Reason, reasons};

reasons! {
    part TOKEN_PART;

    MALFORMED_PARTS = "malformed.parts", 401,
        "The token does not have three parts",
        "A signed token is three pieces of text joined by two dots: header, payload, signature. This text has another number of parts.",
        "Print the length and the first and last characters of what you send. Usual causes: the token was cut while copying, quotes or `Bearer ` were stored with it, or a refresh token (it begins with `jgr_`) was sent where the access token belongs.";
    MALFORMED_SIZE = "malformed.size", 401,
        "The token is too large",
        "The token is longer than the limit of the check, 16 KiB unless set otherwise, or a JSON object in it has more than 256 members. It was refused without looking further.",
        "Put less into the token: ids rather than whole objects, and look the rest up. Proxies and servers refuse headers of this length too.";
    MALFORMED_BASE64 = "malformed.base64", 401,
        "A part of the token is not base64url",
        "Each part is base64url without padding. A character outside `A-Z a-z 0-9 - _`, a `=`, a space, a line break or a stray last bit was found.",
        "Send the token exactly as it was issued. If your own code made it, use base64url (not plain base64, which has `+` and `/`) and drop the `=` at the end.";
    MALFORMED_JSON = "malformed.json", 401,
        "Header or payload is not valid JSON",
        "The part was decoded, but what came out breaks the grammar of JSON: a comment, a trailing comma, single quotes, a number such as `01` or `NaN`, or text after the end.",
        "Let a JSON library write the token instead of joining strings. `jotgate token decode` shows what is inside.";
    MALFORMED_DUPLICATE_MEMBER = "malformed.duplicate_member", 401,
        "A name occurs twice in one JSON object",
        "Two members of one object have the same name, also when one is written with escapes. Readers disagree about which of the two counts, and attackers live on that.",
        "Set each header parameter and each claim once. Look for code that appends a claim which the library has already added.";
    MALFORMED_DEPTH = "malformed.depth", 401,
        "The JSON is nested too deeply",
        "Header and payload may be nested 32 levels deep. This one goes beyond that.",
        "Flatten the claims, or put an id into the token and look the structure up.";
    MALFORMED_UTF8 = "malformed.utf8", 401,
        "Header or payload is not UTF-8 text",
        "The JSON of a token is UTF-8 without a byte-order mark. These bytes are not, or an escape names half of a surrogate pair.",
        "Encode the JSON as UTF-8 before base64url. UTF-16, Latin-1 and a byte-order mark at the start are the usual culprits.";
    MALFORMED_CLAIMS_NOT_OBJECT = "malformed.claims_not_object", 401,
        "The payload is not a JSON object",
        "The payload is valid JSON, but an array, a string, a number or null. Claims are the members of one object.",
        "Sign an object such as `{\"sub\": \"...\"}`. Some libraries sign a bare string as it stands when you hand them one.";

    ALG_NONE = "alg.none", 401,
        "The token is not signed",
        "The header says `\"alg\": \"none\"`: nobody vouches for the content, and anybody can write such a token.",
        "Nothing to configure here: unsigned tokens are never accepted. If your own code made it, sign it with a key.";
    ALG_UNKNOWN = "alg.unknown", 401,
        "The algorithm is not known",
        "The `alg` of the header is missing, is not a string, or names no signature algorithm that is known here. Names are compared exactly, upper and lower case included.",
        "Use a registered name such as `ES256`, `RS256`, `Ed25519` or `HS256`.";
    ALG_NOT_ALLOWED = "alg.not_allowed", 401,
        "The algorithm is not allowed here",
        "The algorithm is known, but the check was set to accept others only.",
        "Sign with an accepted algorithm, or add this one to the policy if you really mean to accept it.";
    ALG_KEY_MISMATCH = "alg.key_mismatch", 401,
        "The algorithm does not belong to the key",
        "Each key carries one algorithm. The header of the token names another one than that of the key it should verify with, which is also how an attacker turns a public key into a shared secret.",
        "Check which key signed: a token of HS256 cannot verify with an RSA or EC key, nor the reverse. If the signer changed its algorithm, load its new key.";

    KEY_UNKNOWN_KID = "key.unknown_kid", 401,
        "No key has the id that the token names",
        "The `kid` of the header is not among the keys offered for this issuer.",
        "Compare the `kid` with the issuer's `/.well-known/jwks.json`. If it is there, your copy of the set is old: fetch it again. If not, the token comes from another issuer, or its key has been retired.";
    KEY_AMBIGUOUS = "key.ambiguous", 401,
        "More than one key could be meant",
        "The token does not say which key signed it, or several keys answer to the same id. Guessing would let the wrong key decide.",
        "Give every key a `kid` of its own and let the signer put it into the header. Keep shared secrets and public keys in separate sets.";
    KEY_REVOKED = "key.revoked", 401,
        "The key has been revoked",
        "The token was signed with a key that its owner has declared void, because it may be in other hands.",
        "Log in again to obtain a token made with the new key.";
    KEY_TOO_SMALL = "key.too_small", 401,
        "The key is too small",
        "The key is shorter than its algorithm needs: an HMAC secret at least as long as the hash (32 bytes for HS256), an RSA key at least 2048 bits.",
        "Make a new one: `jotgate secret` prints 32 random bytes, `jotgate key generate` makes key pairs. A password is not a secret of this kind, however long.";
    KEY_WRONG_USE = "key.wrong_use", 401,
        "The key is not meant for this use",
        "The `use` or `key_ops` of the key excludes what was asked of it: for instance an encryption key offered for checking a signature. A public key given as a shared secret is refused with it too.",
        "Offer the signature key of the issuer, or correct `use` and `key_ops` where the key is published.";
    KEY_UNSUPPORTED = "key.unsupported", 401,
        "The kind of key is not supported",
        "The type, curve or algorithm that the key names is not one that is known here.",
        "Use an RSA, EC (P-256, P-384, P-521), Ed25519 or symmetric key, and a registered `alg` name.";
    KEY_MALFORMED = "key.malformed", 401,
        "The key cannot be read",
        "The text or the bytes are not a usable key: a member is missing or has the wrong type, a number is out of range, the point is not on the curve, the private part does not fit the public one, an RSA modulus can be factored, or a shared secret is known to everybody.",
        "Run `jotgate key inspect FILE`: it says what was found and what was wanted, and names the command that converts it.";
    KEY_MISSING_ALG = "key.missing_alg", 401,
        "The key does not say its algorithm",
        "This kind of key fits several algorithms, and neither the key nor the caller names one. The token must not be the one to choose.",
        "Add `\"alg\"` to the JWK, or name the algorithm when you load the key.";

    SIGNATURE_INVALID = "signature.invalid", 401,
        "The signature does not fit",
        "Header and payload are not what the key signed: the token was changed, or another key made it.",
        "Check that issuer and verifier use the same key. For a shared secret check how it is written: a line break at the end of the file, or base64 text used undecoded on one side only, gives another key. An ECDSA signature is the two numbers side by side (64 bytes for ES256), not DER. `jotgate token explain` tries all of these and says which it was.";

    EXP_MISSING = "exp.missing", 401,
        "The token has no expiry time",
        "The claim `exp` is required, because a token that leaks would otherwise be good for ever.",
        "Let the issuer set `exp`, in seconds since 1970, minutes ahead rather than days.";
    EXP_EXPIRED = "exp.expired", 401,
        "The token has expired",
        "The time in `exp` has come, the permitted leeway included. Access tokens live for minutes only, on purpose.",
        "Call `POST /v1/refresh` and repeat the request with the new access token. If a fresh token is refused too, the clock of one of the machines is wrong.";
    EXP_MALFORMED = "exp.malformed", 401,
        "The expiry time is not a usable number",
        "`exp` has to be a JSON number of seconds since 1970, within the range of dates. A string, a boolean or an enormous number is refused rather than guessed at.",
        "Write `\"exp\": 1700000000`, without quotes, in seconds and not in milliseconds.";
    NBF_NOT_YET = "nbf.not_yet", 401,
        "The token is not valid yet",
        "The time in `nbf` lies ahead, beyond the permitted leeway.",
        "Wait until then. If it should be valid now, compare the clocks of the issuer and of this machine.";
    IAT_IN_FUTURE = "iat.in_future", 401,
        "The token was issued in the future",
        "The time in `iat` lies ahead of this machine's clock, beyond the permitted leeway.",
        "Compare the clocks of the issuer and of this machine, and let both follow a time server.";
    IAT_TOO_OLD = "iat.too_old", 401,
        "The token was issued too long ago",
        "The check accepts tokens only for a certain time after `iat`, whatever their `exp` says.",
        "Obtain a new token and send it at once.";

    ISS_MISSING = "iss.missing", 401,
        "The token does not name its issuer",
        "The check expects a certain issuer, and the claim `iss` is absent.",
        "Let the issuer set `iss` to its own address.";
    ISS_MISMATCH = "iss.mismatch", 401,
        "The token comes from another issuer",
        "The claim `iss` is not the issuer that is trusted here. The two are compared letter by letter: upper and lower case, `http` or `https`, port and a slash at the end all count.",
        "Set the expected issuer to exactly what stands in the token (`jotgate token decode` shows it), if you mean to trust it. `localhost` and `127.0.0.1` are two issuers.";
    ISS_MALFORMED = "iss.malformed", 401,
        "The issuer is not a string",
        "The claim `iss` is present, but it is not a JSON string.",
        "Write one issuer as a string.";

    AUD_MISSING = "aud.missing", 401,
        "The token does not say for whom it is",
        "The check expects to be named in the audience, and the claim `aud` is absent. A token for nobody in particular would be good for everybody.",
        "Ask for a token with this API's audience; with Jotgate that is `[tokens] audience`, or `audience` in the body of login and refresh.";
    AUD_MISMATCH = "aud.mismatch", 401,
        "The token is meant for somebody else",
        "None of the names in `aud` is the one this API answers to. They are compared letter by letter.",
        "Obtain a token for this API (`audience` in the body of login and refresh), or set the expected audience of the check to the one the issuer uses.";
    AUD_MALFORMED = "aud.malformed", 401,
        "The audience is neither a string nor a list of strings",
        "The claim `aud` has another type, is an empty list, or holds an empty or a foreign element.",
        "Write `\"aud\": \"api\"` or `\"aud\": [\"api\", \"billing\"]`.";

    TYP_MISMATCH = "typ.mismatch", 401,
        "This is another kind of token",
        "The header's `typ` is absent or names another kind than the one expected. An access token has `at+jwt`; an ID token, a logout token or a DPoP proof must never pass for one.",
        "Send the access token. If your own code makes it, set the header `\"typ\": \"at+jwt\"`.";
    CRIT_UNSUPPORTED = "crit.unsupported", 401,
        "The token demands an extension that is not known",
        "The header lists under `crit` what a reader must understand, and this reader does not understand it.",
        "Let the issuer leave the extension out.";
    CRIT_MALFORMED = "crit.malformed", 401,
        "The list of critical extensions is wrong",
        "`crit` has to be a list, not empty, of different names, each of them present in the header and none of them a standard one.",
        "Remove `crit`; hardly any token needs it.";

    CLAIM_MISSING = "claim.missing", 401,
        "A required claim is absent",
        "The check or the program that reads the token requires a claim that is not there.",
        "Let the issuer add the claim, or make it optional in the type you read it into.";
    CLAIM_MALFORMED = "claim.malformed", 401,
        "A claim has the wrong type",
        "A claim is there, but as another kind of value than expected: a number in place of a string, a string in place of a list.",
        "Compare what the issuer writes with what you read. `scope` is one string with spaces, `roles` a list of strings.";
    CLAIM_MISMATCH = "claim.mismatch", 401,
        "A claim has another value than required",
        "The check requires a certain value for a claim, and the token has another one.",
        "Obtain a token with the required value, or correct what the check expects.";

    POLICY_INVALID = "policy.invalid", 500,
        "The check itself is set up wrongly",
        "The program asks for something that no deployment can mean: a leeway of days, an empty name of an issuer or audience, a list of algorithms with nothing in it. The token was not looked at.",
        "Correct the policy where the check is set up. The sender of the token can do nothing about it.";

    JWE_DECRYPT = "jwe.decrypt", 401,
        "The token cannot be decrypted",
        "The encrypted token does not open with the keys at hand. The reason is not told more exactly, because each detail would help somebody who tries changed tokens one by one.",
        "Check that it was encrypted for your current public key, with the algorithms you accept.";
}
