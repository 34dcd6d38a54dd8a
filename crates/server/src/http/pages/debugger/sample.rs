//! Tokens to try the page with, each wrong in a way that people meet. Two of them stand in tutorials.

/// A filled-in form.
pub(super) struct Sample {
    /// In the address.
    pub(super) name: &'static str,
    /// On the link.
    pub(super) title: &'static str,
    /// What will be seen.
    pub(super) words: &'static str,
    pub(super) token: &'static str,
    pub(super) key: &'static str,
    pub(super) iss: &'static str,
    pub(super) aud: &'static str,
}

pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        name: "expired",
        title: "An expired token",
        words: "its signature is good, its time is over, and it was meant for another service",
        token: "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjIwMjUtMDEifQ.\
                eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJodHRwczovL2FwaS5leGFtcGxlIiwic3ViIjoidV80MiIsImlhdCI6\
                MTczNjk0MjQwMCwiZXhwIjoxNzM2OTQzMzAwLCJzY29wZSI6Im9yZGVyczpyZWFkIn0.\
                -jmLztsAEKQHtzCxBj6TNI6WhlsGX-KI8Q9g5lIhAjo",
        key: "d1f8c2a94b7e6035c8a1f09e7b3d5264908e1c7fa2b6d43958e07c1fb2a9d6e4",
        iss: "https://id.example",
        aud: "https://billing.example",
    },
    Sample {
        name: "borrowed",
        title: "A borrowed signature",
        words: "printed in a tutorial, below a payload it was never made for",
        token: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
                eyJlbWFpbCI6InVzZXJAZXhhbXBsZS5jb20iLCJyb2xlIjoiYWRtaW4ifQ.\
                SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        key: "",
        iss: "",
        aud: "",
    },
    Sample {
        name: "impossible",
        title: "A signature that cannot be one",
        words: "eighteen bytes, and they spell a sentence",
        token: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
                eyJ1c2VySWQiOiIxMjMiLCJyb2xlIjoidXNlciIsImV4cCI6MTg5MzQ1NjAwMH0.\
                Tm9kdUxvZ0luU2lnbmF0dXJl",
        key: "",
        iss: "",
        aud: "",
    },
];
