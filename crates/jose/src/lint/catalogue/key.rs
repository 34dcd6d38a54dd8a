//! Rules about the signature, and about the key or secret given beside the token.

use crate::lint::rule::rules;

rules! { Key:
    SIGNATURE_EMPTY = "signature-empty", Error, "RFC 8725 section 3.3",
        "The signature was taken off",
        why: "The header names an algorithm and the signature is empty: some libraries have accepted exactly this.",
        mend: "Refuse it; get a signed token.";
    SIGNATURE_LENGTH = "signature-length", Error, "RFC 7518 section 3",
        "No signature of this algorithm has this length",
        why: "It was cut off, invented, or made with another algorithm; no key on earth verifies it.",
        mend: "Copy the whole token, or sign it with a library.";
    SIGNATURE_MISMATCH = "signature-mismatch", Error, "RFC 8725 section 3.3",
        "The key or secret given did not make this signature",
        why: "Either it is the wrong key, or the token was changed after it was signed.",
        mend: "`jotgate token explain` tries the usual mistakes and says which one it was.";
    KEY_REFUSED = "key-refused", Error, "RFC 8725 section 3.5",
        "The key given is one that Jotgate refuses",
        why: "It is too small, broken, or meant for something else; `jotgate key inspect` says more.",
        mend: "Make a new one with `jotgate key generate`.";
    SECRET_SHORT = "secret-short", Error, "RFC 7518 section 3.2",
        "The secret is shorter than the hash",
        why: "Anyone with one token can try secrets offline, billions a second, and a short one is found.",
        mend: "`jotgate secret` makes one of 32 random bytes.";
    SECRET_KNOWN = "secret-known", Error, "RFC 8725 section 3.5",
        "The secret stands in public lists",
        why: "Attackers try these first; anybody can sign with it.",
        mend: "Make a new one with `jotgate secret`, and treat all tokens of the old one as forged.";
    SECRET_GUESSABLE = "secret-guessable", Warning, "RFC 8725 section 3.5",
        "The secret does not look random",
        why: "A text that people can remember is a password, and passwords are guessed offline from a single token.",
        mend: "`jotgate secret` makes one of 32 random bytes.";
    SECRET_IS_KEY = "secret-is-key", Error, "RFC 8725 section 3.1",
        "The secret is itself a key",
        why: "Using a public key as a shared secret is the classic forgery: everybody has it.",
        mend: "Use the key with its own algorithm (--key), or make a secret with `jotgate secret`.";
    SECRET_NEWLINE = "secret-newline", Warning, "keys-and-secrets.md#where-secrets-come-from",
        "The secret ends with a line break",
        why: "An editor or `echo` added it, and the next service that reads the secret without it refuses every token.",
        mend: "Write the file without one: `printf %s`, or `jotgate secret --out`.";
}
