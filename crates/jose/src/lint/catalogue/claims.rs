//! Rules about the claims of every token: who, for whom, and what the names mean.

use crate::lint::rule::rules;

rules! { Claims:
    ISS_MISSING = "iss-missing", Warning, "RFC 8725 section 3.8",
        "`iss` is missing",
        why: "A verifier that trusts two issuers cannot tell whose token it is, and may check it with the key of the other.",
        mend: "Put the issuer's URL in `iss` and let verifiers compare it exactly.";
    ISS_MALFORMED = "iss-malformed", Error, "RFC 7519 section 4.1.1",
        "`iss` is no text, or empty",
        why: "It is compared exactly with the issuer a verifier trusts, and never equals that.",
        mend: "Put the issuer's URL in it.";
    AUD_MISSING = "aud-missing", Warning, "RFC 8725 section 3.9",
        "`aud` is missing",
        why: "The token opens every service that trusts the issuer, so the weakest of them can use it at all the others.",
        mend: "Name the service it is for, and let that service demand its own name.";
    AUD_MALFORMED = "aud-malformed", Error, "RFC 7519 section 4.1.3",
        "`aud` is neither text nor a list of texts",
        why: "Strict verifiers refuse it, lenient ones skip the check.",
        mend: "Write one text, or a list of texts, none of them empty.";
    AUD_WILDCARD = "aud-wildcard", Error, "RFC 8725 section 3.9",
        "`aud` means everybody",
        why: "There are no wildcards in `aud`: a strict verifier refuses it, and a lenient one makes every service accept the token.",
        mend: "Name each service; for several make a token for each, or a list.";
    AUD_MANY = "aud-many", Note, "RFC 8725 section 3.9",
        "The token is good for more than one audience",
        why: "Each of them can present it to the others.",
        mend: "Make one token for each service, unless they all belong to you.";
    SUB_MISSING = "sub-missing", Warning, "RFC 8725 section 3.8",
        "`sub` is missing",
        why: "Libraries, logs and revocation look for the user in `sub`; a home-made name is not checked or found by any of them.",
        mend: "Put the user's id in `sub`.";
    SUB_MALFORMED = "sub-malformed", Error, "RFC 7519 section 4.1.2",
        "`sub` is no text, or empty",
        why: "A number loses digits above 2^53 in JavaScript, and typed libraries refuse it.",
        mend: "Write the id as text: \"42\".";
    JTI_MALFORMED = "jti-malformed", Error, "RFC 7519 section 4.1.7",
        "`jti` is no text, or empty",
        why: "It identifies the token in revocation lists, which compare text.",
        mend: "Use a random text, such as a UUID.";
    CLAIM_UNREGISTERED = "claim-unregistered", Note, "RFC 7519 section 4.3",
        "Claims have bare names that are not registered",
        why: "Another issuer, or a later standard, can use the same name with another meaning, and a verifier cannot tell which is meant.",
        mend: "Put your own claims under a URI you own, or agree on the names with every consumer.";
    CLAIM_NEAR_MISS = "claim-near-miss", Warning, "RFC 7519 section 4.1",
        "A claim looks like a registered one under another name",
        why: "Libraries enforce `exp`, not `expiresAt`; `Aud` is not `aud`. What nobody checks protects nobody.",
        mend: "Use the registered name.";
    CLAIM_TWICE = "claim-twice", Warning, "RFC 7519 section 4.3",
        "Two claims say the same thing",
        why: "Sooner or later they differ, and then one service believes the one and another the other.",
        mend: "Keep one, the registered name where there is one.";
    CLAIM_HOMOGRAPH = "claim-homograph", Warning, "RFC 8259 section 8.3",
        "The name of a claim has letters that can be mistaken",
        why: "A Cyrillic letter or an invisible one makes a name that looks like another to people and not to software.",
        mend: "Use ASCII in names.";
    CLAIM_CONTROL = "claim-control", Warning, "RFC 8725 section 3.10",
        "A value holds control or direction characters",
        why: "Printed as it is, it forges log lines, moves the cursor of a terminal or turns text around.",
        mend: "Refuse such characters where the value is entered, and escape it where it is shown.";
    CLAIM_NULL = "claim-null", Note, "RFC 7519 section 4",
        "A claim is null",
        why: "Some software takes it as absent, some as present: a check for presence passes with nothing in it.",
        mend: "Leave the claim out.";
    NUMBER_UNSAFE = "number-unsafe", Warning, "RFC 8259 section 6",
        "A whole number is beyond 2^53",
        why: "JavaScript and many other readers round it, so two ids become one.",
        mend: "Write large ids as text.";
    SCOPE_ARRAY = "scope-array", Warning, "RFC 8693 section 4.2",
        "`scope` is no text",
        why: "It is defined as words in one text with single spaces between; readers that split text fail on a list, or accept what they did not check.",
        mend: "Write \"scope\": \"read write\".";
    SCOPE_MALFORMED = "scope-malformed", Warning, "RFC 6749 section 3.3",
        "`scope` is not words with single spaces between",
        why: "Commas, quotes, tabs or double spaces make one word of two, or an empty one.",
        mend: "Write printable ASCII words with one space between.";
    ROLES_STRING = "roles-string", Warning, "RFC 9068 section 2.2.3.1",
        "A claim of roles or groups is text, not a list",
        why: "`includes(\"admin\")` is true for the text \"administrators-readonly\" too; on a list it is not.",
        mend: "Write a list: [\"admin\"].";
    AMR_TYPE = "amr-type", Warning, "RFC 8176 section 1",
        "`amr` is no list of texts",
        why: "Software that looks for a method in a list finds a part of a text instead.",
        mend: "Write a list: [\"pwd\", \"otp\"].";
}
