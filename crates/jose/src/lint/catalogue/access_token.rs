//! Rules about access tokens: RFC 9068, for tokens of the type `at+jwt` or with the claims of one.

use crate::lint::rule::rules;

rules! { AccessToken:
    ACCESS_TYP = "access-typ", Warning, "RFC 9068 section 2.1",
        "The claims are those of an access token, the type is not",
        why: "Without `at+jwt` an API cannot tell it from an ID token of the same issuer, which anybody's application may hold.",
        mend: "Set `typ` to `at+jwt` and let APIs demand it.";
    ACCESS_ISS = "access-iss", Error, "RFC 9068 section 2.2",
        "An access token without `iss`",
        why: "The profile requires it: APIs find the keys by it.",
        mend: "Set `iss` to the issuer's URL.";
    ACCESS_EXP = "access-exp", Error, "RFC 9068 section 2.2",
        "An access token without `exp`",
        why: "The profile requires it: APIs check locally, so the end is the only thing that always takes the token back.",
        mend: "Set `exp`, 15 minutes after `iat`.";
    ACCESS_AUD = "access-aud", Error, "RFC 9068 section 2.2",
        "An access token without `aud`",
        why: "The profile requires it: otherwise one API can use the token at another.",
        mend: "Set `aud` to the API it is for.";
    ACCESS_SUB = "access-sub", Error, "RFC 9068 section 2.2",
        "An access token without `sub`",
        why: "The profile requires it: the user, or the client where no user is involved.",
        mend: "Set `sub`.";
    ACCESS_CLIENT_ID = "access-client-id", Error, "RFC 9068 section 2.2",
        "An access token without `client_id`",
        why: "The profile requires it: an API must be able to tell which application acts for the user.",
        mend: "Set `client_id`.";
    ACCESS_IAT = "access-iat", Error, "RFC 9068 section 2.2",
        "An access token without `iat`",
        why: "The profile requires it: the age of a token cannot be judged without it.",
        mend: "Set `iat` to the time of issue.";
    ACCESS_JTI = "access-jti", Error, "RFC 9068 section 2.2",
        "An access token without `jti`",
        why: "The profile requires it: a single token can be named in logs and revocation lists by it.",
        mend: "Set `jti` to a random text.";
    ACCESS_SCOPE = "access-scope", Error, "RFC 9068 section 2.2.3",
        "The scope of an access token is in another form",
        why: "The profile wants `scope`, one text with spaces; a list, or `scp` in its place, is not found by APIs that follow it.",
        mend: "Write \"scope\": \"read write\".";
    ACCESS_SYMMETRIC = "access-symmetric", Note, "RFC 9068 section 2.1",
        "An access token is signed with a shared secret",
        why: "Every API that can check it can also make it.",
        mend: "Use ES256 or Ed25519 as soon as a second service checks tokens.";
    ACCESS_ID_CLAIMS = "access-id-claims", Warning, "RFC 8725 section 3.12",
        "An access token has claims of an ID token",
        why: "With `nonce` or a hash of another token in it, a client may take it as proof of a login.",
        mend: "Leave them to the ID token.";
}
