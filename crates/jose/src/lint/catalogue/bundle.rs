//! Rules about files that are delivered to browsers: whatever is in them is public.

use crate::lint::rule::rules;

rules! { Bundle:
    BUNDLE_SECRET = "bundle-secret", Error, "keys-and-secrets.md#where-secrets-come-from",
        "A secret is written into a front-end file",
        why: "Everybody who opens the page has it, and signs tokens with it.",
        mend: "Make a new secret, keep it on the server, and let the page call the server.";
    BUNDLE_SIGN = "bundle-sign", Error, "keys-and-secrets.md#where-secrets-come-from",
        "A token is signed in the front end with a secret in the code",
        why: "Everybody who opens the page can sign any token.",
        mend: "Make a new secret and sign on the server only.";
    BUNDLE_VERIFY = "bundle-verify", Error, "keys-and-secrets.md#where-secrets-come-from",
        "A token is verified in the front end with a secret in the code",
        why: "The secret that verifies also signs, and everybody who opens the page has it. A check in the browser protects nothing anyway.",
        mend: "Make a new secret and check on the server only.";
    BUNDLE_PRIVATE_KEY = "bundle-private-key", Error, "keys-and-secrets.md#where-secrets-come-from",
        "A private key stands in a front-end file",
        why: "Everybody who opens the page has it.",
        mend: "Withdraw the key and make a new one on the server.";
    BUNDLE_JWK_SECRET = "bundle-jwk-secret", Error, "RFC 7517 section 9.2",
        "A JSON Web Key with its secret part stands in a front-end file",
        why: "Everybody who opens the page can sign with it.",
        mend: "Withdraw the key; publish the public half only.";
    BUNDLE_SERVICE_ACCOUNT = "bundle-service-account", Error, "keys-and-secrets.md#where-secrets-come-from",
        "The key file of a service account stands in a front-end file",
        why: "It opens the cloud project to everybody who opens the page.",
        mend: "Delete that key at the provider and keep the new one on the server.";
    BUNDLE_API_KEY = "bundle-api-key", Error, "keys-and-secrets.md#where-secrets-come-from",
        "A secret key of some service stands in a front-end file",
        why: "Everybody who opens the page can use the service in your name.",
        mend: "Withdraw it at that service, and call the service from your server.";
    BUNDLE_CONNECTION = "bundle-connection", Error, "keys-and-secrets.md#where-secrets-come-from",
        "An address with a password in it stands in a front-end file",
        why: "It opens a database or a queue to everybody who opens the page.",
        mend: "Change that password, and keep the address on the server.";
    BUNDLE_TOKEN = "bundle-token", Error, "where-to-keep-tokens.md#never",
        "A token that works stands in a front-end file",
        why: "Everybody who opens the page can use it until it expires.",
        mend: "Withdraw it, and let the page get its own after a login.";
    BUNDLE_TOKEN_EXPIRED = "bundle-token-expired", Note, "where-to-keep-tokens.md#never",
        "An expired token stands in a front-end file",
        why: "It opens nothing any more, but shows what your tokens look like; if its secret is weak, it is a target to guess it from.",
        mend: "Take it out.";
    BUNDLE_TOKEN_PUBLIC = "bundle-token-public", Note, "where-to-keep-tokens.md#never",
        "A token made for front ends stands in a front-end file",
        why: "Such a key only names the project; what it may do is decided by the rules of the database.",
        mend: "Nothing, if those rules are on for every table.";
    BUNDLE_STORAGE = "bundle-storage", Warning, "where-to-keep-tokens.md#why-not-localstorage",
        "A token is kept where every script of the page can read it",
        why: "One injected script, or one bad dependency, reads localStorage and sessionStorage and sends the token away.",
        mend: "Keep the access token in a variable and the refresh token in an HttpOnly cookie.";
    BUNDLE_NONE = "bundle-none", Error, "RFC 8725 section 3.2",
        "The code allows unsigned tokens",
        why: "Whoever accepts `none` accepts whatever anybody wrote.",
        mend: "Name the algorithm that your issuer uses.";
    BUNDLE_LIBRARY = "bundle-library", Note, "keys-and-secrets.md#where-secrets-come-from",
        "A library for signing tokens was packed into the front end",
        why: "A page needs none: it cannot keep a secret, and its checks protect nothing. It is often there because server code was imported by mistake, secrets and all.",
        mend: "Find the import, and move that code to the server.";
    BUNDLE_ENV_FILE = "bundle-env-file", Warning, "keys-and-secrets.md#where-secrets-come-from",
        "An .env file lies among the files that are delivered",
        why: "Web servers hand it out like every other file, and scanners ask for it all day.",
        mend: "Take it out of the folder, and change what was in it.";
}
