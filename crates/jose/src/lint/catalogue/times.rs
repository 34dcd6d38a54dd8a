//! Rules about times and lifetimes.

use crate::lint::rule::rules;

rules! { Times:
    EXP_MISSING = "exp-missing", Error, "RFC 8725 section 3.10",
        "The token never expires",
        why: "Once copied it opens the door for ever; nothing but a new key takes it back.",
        mend: "Set `exp`: 15 minutes for access tokens, renewed with a refresh token.";
    TIME_MALFORMED = "time-malformed", Error, "RFC 7519 section 2",
        "A time is no number, or no time",
        why: "Times are numbers of seconds since 1970. Text is refused by strict software, and lenient software compares it letter by letter.",
        mend: "Write whole seconds: 1700000000.";
    TIME_MILLISECONDS = "time-milliseconds", Error, "RFC 7519 section 2",
        "A time is in milliseconds",
        why: "Read as seconds it lies tens of thousands of years ahead, so as `exp` it never comes.",
        mend: "Divide by 1000: Math.floor(Date.now() / 1000).";
    TIME_FRACTION = "time-fraction", Note, "RFC 7519 section 2",
        "A time has a fraction of a second",
        why: "It is allowed, and there are libraries that refuse it or round it up.",
        mend: "Round down to whole seconds.";
    IAT_FUTURE = "iat-future", Warning, "RFC 7519 section 4.1.6",
        "The token was issued in the future",
        why: "Two clocks differ, or somebody chose the time; strict verifiers refuse it.",
        mend: "Let both machines follow a time server.";
    EXP_BEFORE_IAT = "exp-before-iat", Error, "RFC 7519 section 4.1.4",
        "The token ended before it began",
        why: "`exp` is not after `iat`: it was never good, and the arithmetic that made it is wrong.",
        mend: "Compute `exp` as `iat` plus the lifetime, both in seconds.";
    NBF_AFTER_EXP = "nbf-after-exp", Error, "RFC 7519 section 4.1.5",
        "The token begins only after it ended",
        why: "`nbf` is not before `exp`: it is never good.",
        mend: "Leave `nbf` out, or set it to `iat`.";
    EXP_PAST = "exp-past", Note, "RFC 7519 section 4.1.4",
        "The token has expired",
        why: "Verifiers refuse it now; that is as it should be.",
        mend: "Get a new one.";
    LIFETIME_HOUR = "lifetime-hour", Warning, "tokens.md#expiry",
        "An access token lives longer than an hour",
        why: "APIs check it without asking anybody, so logging out or losing a role takes effect when it ends.",
        mend: "Make it 15 minutes and renew it with a refresh token.";
    LIFETIME_DAY = "lifetime-day", Warning, "tokens.md#expiry",
        "The token lives longer than a day",
        why: "As long as it lives a copy of it works, in a log, a backup or a browser that somebody else uses.",
        mend: "Make it minutes or hours; where it must be longer, use a token that can be taken back.";
    LIFETIME_YEAR = "lifetime-year", Error, "tokens.md#expiry",
        "The token lives longer than a year",
        why: "That is never expiring by another name: it outlives the job, the device and often the key.",
        mend: "Make it minutes or hours; for machines, let them ask for short ones with their own credentials.";
}
