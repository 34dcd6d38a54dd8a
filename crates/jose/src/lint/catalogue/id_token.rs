//! Rules about ID tokens: OpenID Connect Core 1.0 sections 2 and 3.1.3.7.

use crate::lint::rule::rules;

rules! { IdToken:
    ID_CLAIM_MISSING = "id-claim-missing", Error, "OpenID Connect Core 1.0 section 2",
        "An ID token lacks a required claim",
        why: "Clients must check `iss`, `sub`, `aud`, `exp` and `iat`, and refuse a token without them.",
        mend: "Set all five.";
    ID_ISS_URL = "id-iss-url", Warning, "OpenID Connect Core 1.0 section 2",
        "The issuer of an ID token is no https address",
        why: "Clients find the keys under it, without query or fragment, and must be able to trust the connection.",
        mend: "Use the https address of the provider, exactly as its discovery document has it.";
    ID_NONCE = "id-nonce", Note, "OpenID Connect Core 1.0 section 3.1.3.7",
        "An ID token without `nonce`",
        why: "Without it a stolen token of another login can be slipped into this one.",
        mend: "Send a `nonce` with the request and compare it with the token's.";
    ID_AZP_MISSING = "id-azp-missing", Warning, "OpenID Connect Core 1.0 section 3.1.3.7",
        "An ID token for several audiences does not say which client asked",
        why: "Each of them would take it as a login of its own.",
        mend: "Set `azp` to the client, or better, name one audience.";
    ID_AZP_FOREIGN = "id-azp-foreign", Note, "OpenID Connect Core 1.0 section 3.1.3.7",
        "`azp` is none of the audiences",
        why: "The token was given to one client and is meant for another; that is right for an app and its backend, and for nobody else.",
        mend: "Let the backend accept only the `azp` of its own apps.";
    ID_SUB_LONG = "id-sub-long", Warning, "OpenID Connect Core 1.0 section 2",
        "`sub` of an ID token is longer than 255 ASCII characters",
        why: "Clients store it in a column of that size, and cut off or refuse the rest.",
        mend: "Use a short opaque id.";
    ID_SYMMETRIC = "id-symmetric", Note, "OpenID Connect Core 1.0 section 3.1.3.7",
        "An ID token is signed with a shared secret",
        why: "The secret is the client's own, so a client in a browser or an app cannot keep it.",
        mend: "Use ES256 or RS256.";
}
