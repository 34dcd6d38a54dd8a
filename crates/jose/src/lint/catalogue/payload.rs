//! Rules about what must not stand in a payload, because anyone who holds the token can read it.

use crate::lint::rule::rules;

pub(in crate::lint) mod secrets {
    //! Found by the name of a claim or by the form of its value. The value is never shown.

    use super::rules;

    rules! { Secrets:
        SECRET_PASSWORD = "secret-password", Error, "tokens.md#signed-is-not-encrypted",
            "A password stands in the payload",
            why: "The payload is base64url and not encrypted: the user, every proxy and every log can read it.",
            mend: "Take it out, and treat the password as known to others: have it changed.";
        SECRET_HASH = "secret-hash", Error, "tokens.md#signed-is-not-encrypted",
            "A password hash, or the salt of one, stands in the payload",
            why: "Whoever reads it can try passwords offline, as if your database had leaked one row a request.",
            mend: "Select the columns that go into a token by name, never the whole row.";
        SECRET_API_KEY = "secret-api-key", Error, "tokens.md#signed-is-not-encrypted",
            "A key of some service stands in the payload",
            why: "It opens that service for everybody who reads the token.",
            mend: "Withdraw the key at that service now, then keep it on the server.";
        SECRET_PRIVATE_KEY = "secret-private-key", Error, "tokens.md#signed-is-not-encrypted",
            "A private key stands in the payload",
            why: "Whoever reads the token owns the key.",
            mend: "Withdraw the key now. A token binds to a key by its public half or thumbprint (`cnf`).";
        SECRET_NAMED = "secret-named", Error, "tokens.md#signed-is-not-encrypted",
            "A claim is named like a secret",
            why: "Anyone who holds the token can read it: it is no place for secrets, codes or card numbers.",
            mend: "Keep it on the server. If it is no secret, give it a name that says so.";
        SECRET_TOKEN = "secret-token", Warning, "tokens.md#signed-is-not-encrypted",
            "Another token stands in the payload",
            why: "Whoever gets this token gets that one too, with its own rights and lifetime.",
            mend: "Keep it on the server, under the session.";
        SECRET_CONNECTION = "secret-connection", Error, "tokens.md#signed-is-not-encrypted",
            "An address with a password in it stands in the payload",
            why: "It opens a database or a queue for everybody who reads the token.",
            mend: "Change that password now, then keep the address on the server.";
    }
}

pub(in crate::lint) mod personal {
    //! RFC 7519 section 12 asks to keep them out, or to encrypt. Found by name or form; the value is never shown.

    use super::rules;

    rules! { Personal:
        PERSONAL_EMAIL = "personal-email", Warning, "RFC 7519 section 12",
            "An e-mail address stands in the payload",
            why: "Tokens end up in logs, in browser storage and with third parties, and the address with them; it also changes while the token lives.",
            mend: "Put an opaque id in `sub`, and let the API look the address up.";
        PERSONAL_PHONE = "personal-phone", Warning, "RFC 7519 section 12",
            "A phone number stands in the payload",
            why: "Tokens end up in logs, in browser storage and with third parties, and the number with them.",
            mend: "Let the API that needs it look it up.";
        PERSONAL_PROFILE = "personal-profile", Note, "RFC 7519 section 12",
            "Names or other marks of a person stand in the payload",
            why: "An access token is for an API, which needs an id; a profile in it is copied to places where nobody expects it.",
            mend: "Leave the profile to the ID token or to a call.";
        PERSONAL_BIRTHDATE = "personal-birthdate", Warning, "RFC 7519 section 12",
            "A date of birth stands in the payload",
            why: "It identifies a person together with little else, and many services ask for it as a proof.",
            mend: "Say what is needed, such as \"over_18\": true.";
        PERSONAL_ADDRESS = "personal-address", Warning, "RFC 7519 section 12",
            "A postal address stands in the payload",
            why: "Tokens end up in logs, in browser storage and with third parties, and the address with them.",
            mend: "Let the API that needs it look it up.";
        PERSONAL_NATIONAL_ID = "personal-national-id", Error, "RFC 7519 section 12",
            "A number that a state gave to a person stands in the payload",
            why: "It is enough to open accounts in that person's name, it never changes, and most laws guard it.",
            mend: "Take it out; use an opaque id of your own.";
        PERSONAL_CARD = "personal-card", Error, "RFC 7519 section 12",
            "A payment card number stands in the payload",
            why: "Everything the token passes through becomes part of the card environment, and everybody there can read it.",
            mend: "Take it out; use the token that the payment provider gives for a card.";
        PERSONAL_IBAN = "personal-iban", Warning, "RFC 7519 section 12",
            "A bank account number stands in the payload",
            why: "It names a person and is used to debit accounts.",
            mend: "Let the API that needs it look it up.";
        PERSONAL_IP = "personal-ip", Note, "RFC 7519 section 12",
            "A network address stands in the payload",
            why: "It is personal data in many laws, and a token bound to it breaks when a phone changes networks.",
            mend: "Bind tokens to a key (`cnf`), and keep addresses in the audit log.";
        PERSONAL_LOCATION = "personal-location", Warning, "RFC 7519 section 12",
            "A place where a person is stands in the payload",
            why: "Tokens are kept and copied: they become a record of where somebody was.",
            mend: "Send it with the request that needs it.";
        PERSONAL_SPECIAL = "personal-special", Error, "RFC 7519 section 12",
            "Health, belief, origin or other specially guarded data stands in the payload",
            why: "Laws such as article 9 of the GDPR forbid handling it without need, and everybody who holds the token can read it.",
            mend: "Take it out.";
    }
}
