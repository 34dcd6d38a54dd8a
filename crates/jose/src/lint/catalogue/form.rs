//! Rules about the text as a whole, and about how long it is.

use crate::lint::rule::rules;

pub(in crate::lint) mod size {
    //! A token travels in a header or a cookie with every request.

    use super::rules;

    rules! { Size:
        SIZE_LARGE = "size-large", Warning, "tokens.md#designing-claims",
            "The token is longer than 1 kB",
            why: "It is sent with every request, and some proxies allow 4 or 8 kB for all headers together.",
            mend: "Put identifiers in it and look the rest up; resolve permissions on the server.";
        SIZE_HUGE = "size-huge", Error, "tokens.md#designing-claims",
            "The token is longer than 3 kB",
            why: "A cookie holds 4096 bytes with its name and attributes; a longer one vanishes without an error, and servers answer long headers with 431.",
            mend: "Keep lists and profiles out of it; a session id or a role name is enough.";
        LIST_LONG = "list-long", Note, "RFC 9068 section 2.2.3",
            "A claim lists more than 20 entries",
            why: "Lists of permissions grow with the product, and the token with them, until a header limit is hit.",
            mend: "Name the role in the token, and let the API know what the role may do.";
    }
}

rules! { Form:
    FORM_JSON = "form-json", Error, "RFC 8725bis section 3.13",
        "The token is in a JSON form of JWS",
        why: "A JWT is compact only. Software that splits at dots and software that parses JSON can read different tokens out of one text.",
        mend: "Use the compact form: three base64url segments joined by dots.";
    FORM_ENCRYPTED = "form-encrypted", Note, "RFC 7516 section 3.1",
        "The token is encrypted, so only its header was looked at",
        why: "Rules about claims need the claims.",
        mend: "Decrypt it and lint the token inside.";
    FORM_MALFORMED = "form-malformed", Error, "RFC 7519 section 7.2",
        "A part of the token cannot be read",
        why: "Strict software refuses it. Lenient software reads something, and not always the same thing.",
        mend: "Make tokens with a library instead of by hand, and copy them whole.";
    FORM_DUPLICATE = "form-duplicate", Error, "RFC 7519 section 4",
        "A name occurs twice in one object",
        why: "One parser takes the first, another the last: the check and the use can see different values.",
        mend: "Write every name once.";
    FORM_WHITESPACE = "form-whitespace", Warning, "RFC 8725bis section 3.13",
        "There are characters around or inside the token that do not belong to it",
        why: "They get in when a token is copied from a terminal or a mail, and strict verifiers refuse it for them.",
        mend: "Send nothing but letters, digits, `-`, `_` and the dots.";
}
