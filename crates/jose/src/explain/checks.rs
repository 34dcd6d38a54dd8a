//! The verifier's checks, one by one: each is the function the verifier calls, in the verifier's order.
//!
//! Where an earlier failure leaves nothing to look at, a check is not reached; everything else is run, so that one
//! look shows all that is wrong. The property test beside this module holds the two orders against each other.

use super::Question;
use super::report::{Check, Outcome, Step};
use crate::error::{Error, Reason, shown};
use crate::json::{self, Limits};
use crate::jws::compact::{self, Parts};
use crate::jws::header::{self, Header};
use crate::jwt::claims::{self, Aspect, Claims};
use crate::jwt::policy::{Audiences, Types};
use crate::jwt::{Audience, Issuer, Policy, Typ};
use crate::{KeySet, Result, VerifyingKey, base64url};

/// Runs them all over one token.
pub(super) fn run(token: &str, question: &Question<'_>) -> Vec<Check> {
    let nothing_asked = Policy::new(Issuer::any(), Audience::any(), Typ::any());
    let policy = question.policy.unwrap_or(&nothing_asked);
    let mut checks = Checks(Vec::new());
    let Some(parts) = checks.parts(token, policy) else {
        checks.skip_from(Step::Header);
        return checks.0;
    };
    let header_bytes =
        base64url::decode(parts.header).map_err(|_| compact::not_base64(parts.header, header::PLACE));
    let header = header_bytes.as_deref().map_err(Clone::clone).and_then(header::read);
    checks.header(&header, policy);
    checks.signature(&parts, header.as_ref().ok(), question.keys);
    let payload =
        base64url::decode(parts.payload).map_err(|_| compact::not_base64(parts.payload, "the payload"));
    let cty = header.as_ref().ok().and_then(|header| header.cty.as_deref());
    let claims = payload.as_deref().map_err(Clone::clone).and_then(|payload| {
        claims::check_not_nested(cty)?;
        Claims::read(payload)
    });
    checks.tell(Step::Payload, claims.as_ref().map(drop).map_err(Clone::clone));
    checks.typ(header_bytes.as_deref().unwrap_or_default(), policy);
    match &claims {
        Ok(claims) => checks.claims(claims, policy, question.now),
        Err(_) => checks.skip_from(Step::Issuer),
    }
    checks.0
}

struct Checks(Vec<Check>);

impl Checks {
    fn parts<'t>(&mut self, token: &'t str, policy: &Policy) -> Option<Parts<'t>> {
        let size = Some(format!("{} bytes", token.len()));
        match compact::split(token, policy.max_len) {
            Ok(parts) => {
                self.add(Step::Size, Outcome::Passed).received = size;
                self.tell(Step::Parts, Ok(()));
                Some(parts)
            }
            Err(error) if error.reason() == Reason::MalformedSize => {
                self.tell(Step::Size, Err(error));
                self.add(Step::Parts, Outcome::NotReached);
                None
            }
            Err(error) => {
                self.add(Step::Size, Outcome::Passed).received = size;
                self.tell(Step::Parts, Err(error));
                None
            }
        }
    }

    /// Reading a header settles three things; the reason says which of them went wrong.
    fn header(&mut self, header: &Result<Header<'_>>, policy: &Policy) {
        let error = match header {
            Ok(header) => {
                self.tell(Step::Header, Ok(()));
                self.add(Step::Critical, Outcome::Passed);
                let allowed = compact::check_allowed(header.algorithm, policy.algorithms.as_deref());
                self.tell(Step::Algorithm, allowed).received = Some(header.algorithm.name().to_owned());
                return;
            }
            Err(error) => error.clone(),
        };
        let at = match error.reason() {
            Reason::CritMalformed | Reason::CritUnsupported => Step::Critical,
            Reason::AlgNone | Reason::AlgUnknown => Step::Algorithm,
            _ => Step::Header,
        };
        for step in [Step::Header, Step::Critical, Step::Algorithm] {
            match step.cmp(&at) {
                std::cmp::Ordering::Less => drop(self.add(step, Outcome::Passed)),
                std::cmp::Ordering::Equal => drop(self.tell(step, Err(error.clone()))),
                std::cmp::Ordering::Greater => drop(self.add(step, Outcome::NotReached)),
            }
        }
    }

    fn signature(&mut self, parts: &Parts<'_>, header: Option<&Header<'_>>, keys: Option<&KeySet>) {
        let signature = base64url::decode(parts.signature)
            .map_err(|_| compact::not_base64(parts.signature, "the signature"));
        let Some(header) = header else {
            self.add(Step::Key, Outcome::NotReached);
            self.add(Step::Signature, Outcome::NotReached);
            return;
        };
        let Some(keys) = keys else {
            self.add(Step::Key, Outcome::NotAsked);
            let could_be = signature.and_then(|signature| {
                header.algorithm.signature_len().map_or(Ok(()), |wanted| {
                    compact::check_signature_len(header.algorithm, wanted, &signature)
                })
            });
            match could_be {
                Ok(()) => drop(self.add(Step::Signature, Outcome::NotAsked)),
                Err(error) => drop(self.tell(Step::Signature, Err(error))),
            }
            return;
        };
        let key: Result<&VerifyingKey> = keys.select(header.algorithm, header.kid.as_deref());
        match key {
            Err(error) => {
                self.tell(Step::Key, Err(error));
                self.add(Step::Signature, Outcome::NotReached);
            }
            Ok(key) => {
                self.tell(Step::Key, Ok(())).received = key.kid().map(shown);
                let matches =
                    signature.and_then(|signature| compact::check_signature(key, parts.signed, &signature));
                self.tell(Step::Signature, matches);
            }
        }
    }

    /// The type stands in the header, and is checked where the claims are, even if the header was refused.
    fn typ(&mut self, header: &[u8], policy: &Policy) {
        let mut typ = None;
        let read = json::object(header, Limits::STRICT, |member| {
            if member.name.is("typ") {
                typ = Some(member.value.as_str());
            }
        });
        // A `typ` that is no string was refused with the header.
        if read.is_err() || matches!(typ, Some(None)) {
            self.add(Step::Type, Outcome::NotReached);
            return;
        }
        let typ = typ.flatten().map(json::Str::decode);
        let asked = !matches!(policy.typ.0, Types::Unchecked);
        let check = self.tell(Step::Type, claims::check_typ(&policy.typ, typ.as_deref()));
        check.received = Some(typ.map_or_else(|| "no `typ`".to_owned(), |typ| shown(&typ)));
        check.unless_asked(asked);
    }

    fn claims(&mut self, claims: &Claims<'_>, policy: &Policy, now: i64) {
        let _ = claims.each(policy, now, |aspect, outcome| {
            let (step, asked) = match aspect {
                Aspect::Issuer => (Step::Issuer, policy.issuer.0.is_some()),
                Aspect::Audience => (Step::Audience, !matches!(policy.audience.0, Audiences::Unchecked)),
                Aspect::Expiry => (Step::Expiry, policy.wants_exp || claims.exp.is_some()),
                Aspect::NotBefore => (Step::NotBefore, claims.nbf.is_some()),
                Aspect::IssuedAt => (Step::IssuedAt, claims.iat.is_some()),
                Aspect::Order => {
                    (Step::Order, claims.exp.is_some() && (claims.nbf.is_some() || claims.iat.is_some()))
                }
                Aspect::Subject => (Step::Subject, claims.sub.is_some()),
                Aspect::TokenId => (Step::TokenId, claims.jti.is_some()),
                Aspect::Wanted(_) => (Step::Claim, true),
            };
            let check = self.tell(step, outcome);
            check.unless_asked(asked);
            if let Aspect::Wanted(wanted) = aspect {
                check.title = format!("claim {}", shown(&wanted.name));
            }
            Ok(())
        });
    }

    fn skip_from(&mut self, first: Step) {
        let rest = ORDER.iter().copied().filter(|step| *step >= first);
        self.0.extend(rest.map(|step| Check::new(step, Outcome::NotReached)));
    }

    fn add(&mut self, step: Step, outcome: Outcome) -> &mut Check {
        self.0.push(Check::new(step, outcome));
        self.0.last_mut().expect("one was just pushed")
    }

    fn tell(&mut self, step: Step, outcome: Result<()>) -> &mut Check {
        match outcome {
            Ok(()) => self.add(step, Outcome::Passed),
            Err(error) => {
                let check = self.add(step, Outcome::Failed);
                check.blame(&error);
                check
            }
        }
    }
}

impl Check {
    fn new(step: Step, outcome: Outcome) -> Self {
        Self {
            step,
            title: step.words().to_owned(),
            outcome,
            reason: None,
            said: None,
            expected: None,
            received: None,
            hint: None,
            mend: None,
        }
    }

    fn blame(&mut self, error: &Error) {
        self.reason = Some(error.reason());
        self.said = Some(error.said());
        self.expected = error.expected().map(str::to_owned);
        self.received = error.received().map(str::to_owned);
        self.hint = error.hint().map(str::to_owned);
    }

    fn unless_asked(&mut self, asked: bool) {
        if !asked && self.outcome == Outcome::Passed {
            self.outcome = Outcome::NotAsked;
        }
    }
}

/// Without [`Step::Claim`], which stands for as many checks as the policy has demands.
const ORDER: [Step; 17] = [
    Step::Size,
    Step::Parts,
    Step::Header,
    Step::Critical,
    Step::Algorithm,
    Step::Key,
    Step::Signature,
    Step::Payload,
    Step::Type,
    Step::Issuer,
    Step::Audience,
    Step::Expiry,
    Step::NotBefore,
    Step::IssuedAt,
    Step::Order,
    Step::Subject,
    Step::TokenId,
];
