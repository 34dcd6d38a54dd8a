//! Rules about members of the header: RFC 7515, RFC 8725 and its successor.

use crate::lint::rule::rules;

rules! { Header:
    ALG_NONE = "alg-none", Error, "RFC 8725 section 3.2",
        "The token says that it is unsigned",
        why: "Whoever accepts it accepts whatever anybody wrote.",
        mend: "Sign it, and let verifiers name the algorithms they accept.";
    ALG_MISSING = "alg-missing", Error, "RFC 7515 section 4.1.1",
        "`alg` is missing, or no text",
        why: "A verifier must know the algorithm before it does anything; guessing one is how tokens were forged.",
        mend: "Let a library write the header.";
    ALG_UNKNOWN = "alg-unknown", Error, "RFC 8725 section 3.1",
        "`alg` is no registered signature algorithm",
        why: "Names are compared exactly: `hs256` and `nOnE` are neither HS256 nor none, and software that tries to be helpful here has been fooled.",
        mend: "Use a name of the IANA registry, such as ES256 or Ed25519.";
    ALG_PROHIBITED = "alg-prohibited", Error, "RFC 8725 section 3.2",
        "`alg` is broken or prohibited",
        why: "SHA-1 collides, and PKCS #1 v1.5 encryption falls to padding oracles.",
        mend: "Use ES256, Ed25519 or PS256.";
    ALG_EDDSA = "alg-eddsa", Note, "RFC 9864 section 2",
        "`EdDSA` names two algorithms at once",
        why: "It may mean Ed25519 or Ed448; RFC 9864 deprecates it for names that say which.",
        mend: "Write `Ed25519` where all verifiers know it.";
    TYP_MISSING = "typ-missing", Warning, "RFC 8725 section 3.11",
        "`typ` is missing",
        why: "Nothing in the header says what the token is for, so a token made for one purpose can be presented for another.",
        mend: "Give each kind of token its own type, such as `at+jwt` or `invite+jwt`, and demand it.";
    TYP_GENERIC = "typ-generic", Note, "RFC 8725 section 3.11",
        "`typ` is only `JWT`",
        why: "It says that this is a token and not which kind, so it protects against no confusion.",
        mend: "Give each kind of token its own type, such as `at+jwt` or `invite+jwt`, and demand it.";
    TYP_MALFORMED = "typ-malformed", Error, "RFC 7515 section 4.1.9",
        "`typ` is no media type",
        why: "Verifiers compare it to the type they expect, and refuse what is no text or has spaces in it.",
        mend: "Write a media type without `application/`, such as `at+jwt`.";
    CTY_NESTED = "cty-nested", Warning, "RFC 8725 section 3.3",
        "The payload is itself a token",
        why: "Both signatures must be checked; software that checks only the outer one believes whatever stands inside.",
        mend: "Avoid nesting signed tokens, or check every layer and the type of each.";
    TYP_CONFUSED = "typ-confused", Warning, "RFC 8725 section 3.12",
        "The claims belong to another kind of token than `typ` says",
        why: "A token that passes as two kinds is accepted by consumers of either, although it was made for one.",
        mend: "Make each kind with its own claims, audience and type, so that no verifier can take one for another.";
    HEADER_PRIVATE_KEY = "header-private-key", Error, "RFC 7515 section 4.1.3",
        "The header holds a private key",
        why: "Whoever reads the token can sign as its issuer from now on.",
        mend: "Withdraw the key at once. A header never needs one; `kid` names it.";
    HEADER_JWK = "header-jwk", Warning, "RFC 8725 section 3.10",
        "The header brings its own key",
        why: "A verifier that believes `jwk` verifies every forgery, because the forger sends the key along.",
        mend: "Name the key by `kid` and let verifiers get keys from the issuer they trust.";
    HEADER_KEY_URL = "header-key-url", Warning, "RFC 8725 section 3.10",
        "The header says where to fetch the key",
        why: "A verifier that follows `jku` or `x5u` can be sent to an attacker's keys, or to addresses inside its own network.",
        mend: "Name the key by `kid`. Verifiers get keys from one fixed address of the issuer.";
    HEADER_KEY_URL_UNSAFE = "header-key-url-unsafe", Error, "RFC 8725 section 3.10",
        "The address of the key is not one a verifier may fetch",
        why: "It is not https, or leads to this machine or a private network: this is what attacks on verifiers look like.",
        mend: "Refuse such tokens without fetching anything.";
    HEADER_X5C = "header-x5c", Note, "RFC 7515 section 4.1.6",
        "The header brings a certificate chain",
        why: "It proves nothing until the chain ends at an authority that the verifier chose beforehand.",
        mend: "Anchor the chain, or name the key by `kid`; it also makes each token kilobytes longer.";
    HEADER_X5T = "header-x5t", Note, "RFC 7515 section 4.1.7",
        "The certificate is named by SHA-1",
        why: "Two certificates can be made with the same SHA-1 thumbprint.",
        mend: "Use `x5t#S256`, or `kid`.";
    HEADER_B64 = "header-b64", Error, "RFC 7797 section 7",
        "`b64` stands in the header of a JWT",
        why: "An unencoded payload is not allowed in a JWT, and software that does not know `b64` reads another payload than software that does.",
        mend: "Leave `b64` out; use it for detached JWS only.";
    HEADER_ZIP = "header-zip", Warning, "RFC 8725 section 3.6",
        "The token is compressed",
        why: "In an encrypted token the length gives away what is inside, and a small token can unpack to gigabytes. In a signed one `zip` means nothing.",
        mend: "Leave `zip` out and make the token smaller.";
    CRIT_MALFORMED = "crit-malformed", Error, "RFC 7515 section 4.1.11",
        "`crit` breaks its own rules",
        why: "It must be a list, not empty, of names that stand in the header and are not defined by the base specifications; every verifier has to refuse anything else.",
        mend: "Leave `crit` out, or list the extensions that a verifier must understand.";
    CRIT_EXTENSION = "crit-extension", Warning, "RFC 7515 section 4.1.11",
        "`crit` demands an extension",
        why: "Every verifier that does not know the extension must refuse the token, and few know any.",
        mend: "Use it only where all verifiers are yours.";
    KID_MISSING = "kid-missing", Note, "RFC 7515 section 4.1.4",
        "`kid` is missing",
        why: "When the issuer changes its key, verifiers cannot tell which of two keys to use, and must try or fail.",
        mend: "Give every key a name and put it in the header.";
    KID_MALFORMED = "kid-malformed", Error, "RFC 7515 section 4.1.4",
        "`kid` is no text, or empty",
        why: "A name that is not text finds no key in a strict verifier and the wrong one in a lenient one.",
        mend: "Use a short text, such as the date the key was made or its thumbprint.";
    KID_LONG = "kid-long", Warning, "RFC 7515 section 4.1.4",
        "`kid` is longer than 128 characters",
        why: "It travels with every request, and caches and logs keep it.",
        mend: "Use a short text, such as the date the key was made or its thumbprint.";
    KID_INJECTION = "kid-injection", Error, "RFC 8725 section 3.10",
        "`kid` looks like an attempt to inject something",
        why: "Verifiers have opened files and run queries with it: a path to a file with known content becomes a known key.",
        mend: "Compare `kid` with the names of known keys, and with nothing else. An honest issuer needs letters, digits, `-`, `_` and `.` only.";
    HEADER_CLAIM = "header-claim", Warning, "RFC 7519 section 5.3",
        "A claim stands in the header",
        why: "Verifiers check claims in the payload only, so one in the header has no effect and deceives the reader.",
        mend: "Move it to the payload.";
}
