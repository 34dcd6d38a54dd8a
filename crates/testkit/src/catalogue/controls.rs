//! What has to be so before anything else means something: a good token is accepted, and none is not.

use super::{BadToken, Mend, Origin, Verdict};
use crate::Sent;

pub(super) const ALL: &[BadToken] = &[
    BadToken {
        id: "good",
        title: "as it should be",
        what: "A good token, sent as it should be.",
        verdict: Verdict::Accept,
        origin: Origin::Signed,
        attacker_gains: "nothing",
        spec: "RFC 6750 section 2.1",
        mend: Mend::None,
        change: None,
        build: |forge| Some(Sent::bearer(forge.draft().token())),
    },
    BadToken {
        id: "token.missing",
        title: "that is not there",
        what: "A request without any token.",
        verdict: Verdict::Refuse(&["token.missing"]),
        origin: Origin::Sent,
        attacker_gains: "everything: the route is open to anybody",
        spec: "RFC 6750 section 3",
        mend: Mend::Scheme,
        change: None,
        build: |_| Some(Sent::nothing()),
    },
];
