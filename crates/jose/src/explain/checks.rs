//! The verifier's checks, one by one: each is the function the verifier calls, in the verifier's order.
//!
//! Where an earlier failure leaves nothing to look at, a check is not reached; everything else is run, so that one
//! look shows all that is wrong. The property test beside this module holds the two orders against each other.

use super::given::Given;
use super::mend::{self, Context};
use super::pieces::Pieces;
use super::report::{Check, KeyNote, Outcome, Step};
use super::{Question, signature, text, words};
use crate::error::{Error, Reason, shown};
use crate::json::{self, Limits, Value};
use crate::jws::compact::{self, Parts};
use crate::jws::header::{self, Header};
use crate::jwt::claims::{self, Aspect, Claims};
use crate::jwt::policy::{Audiences, Types};
use crate::jwt::{Audience, Issuer, Policy, Typ};
use crate::{KeySet, Result, base64url};

/// Runs them all over one token.
pub(super) fn run(
    token: &str,
    pieces: &Pieces,
    given: &Given<'_>,
    question: &Question<'_>,
    note: Option<&KeyNote>,
) -> Vec<Check> {
    let nothing_asked = Policy::new(Issuer::any(), Audience::any(), Typ::any());
    let policy = question.policy.unwrap_or(&nothing_asked);
    let mut checks = Checks(Vec::new());
    let Some(parts) = checks.parts(token, policy) else {
        checks.skip_from(Step::Header);
        checks.finish(&Context { policy, claims: None, now: question.now });
        return checks.0;
    };
    let header_bytes =
        base64url::decode(parts.header).map_err(|_| compact::not_base64(parts.header, header::PLACE));
    let header = header_bytes.as_deref().map_err(Clone::clone).and_then(header::read);
    checks.header(&header, policy);
    match (&header, &given.keys) {
        (Err(_), _) => checks.skip([Step::Key, Step::Signature]),
        (Ok(header), None) => checks.signature_without_key(&parts, header, signature::is_borrowed(pieces)),
        (Ok(_), Some(Err(error))) => {
            checks.tell(Step::Key, Err(error.clone()));
            checks.skip([Step::Signature]);
        }
        (Ok(header), Some(Ok(keys))) => checks.signature(&parts, header, keys),
    }
    checks.hint(note);
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
    checks.finish(&Context { policy, claims: claims.as_ref().ok(), now: question.now });
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

    fn signature(&mut self, parts: &Parts<'_>, header: &Header<'_>, keys: &KeySet) {
        match keys.select(header.algorithm, header.kid.as_deref()) {
            Err(error) => {
                self.tell(Step::Key, Err(error));
                self.skip([Step::Signature]);
            }
            Ok(key) => {
                let name = key.kid().map_or_else(|| format!("{}, without a name", key.algorithm()), shown);
                self.tell(Step::Key, Ok(())).received = Some(name);
                let matches = decoded_signature(parts)
                    .and_then(|signature| compact::check_signature(key, parts.signed, &signature));
                self.tell(Step::Signature, matches);
            }
        }
    }

    /// What no key of the algorithm could have made is wrong whatever the key.
    fn signature_without_key(&mut self, parts: &Parts<'_>, header: &Header<'_>, is_borrowed: bool) {
        self.add(Step::Key, Outcome::NotAsked).said = Some("no key was given".to_owned());
        let wanted = header.algorithm.signature_len();
        let could_be = decoded_signature(parts).and_then(|signature| match wanted {
            _ if is_borrowed => {
                Err(Error::new(Reason::SignatureInvalid, "the signature belongs to another token")
                    .with_hint("signature.known_sample: it was copied from a token that everybody knows"))
            }
            Some(wanted) => compact::check_signature_len(header.algorithm, wanted, &signature),
            None => Ok(()),
        });
        match could_be {
            Ok(()) => self.add(Step::Signature, Outcome::NotAsked).said = Some("this needs a key".to_owned()),
            Err(error) => drop(self.tell(Step::Signature, Err(error))),
        }
    }

    /// What was found out by trying explains the refusal better than the bare mismatch.
    fn hint(&mut self, note: Option<&KeyNote>) {
        let remarks = note.map(|note| note.remarks.as_slice()).unwrap_or_default();
        let Some(remark) = remarks.iter().find(|remark| remark.code.is_some()) else { return };
        let failed = |check: &&mut Check| {
            check.outcome == Outcome::Failed && matches!(check.step, Step::Key | Step::Signature)
        };
        if let Some(check) = self.0.iter_mut().rev().find(failed) {
            let code = remark.code.unwrap_or_default();
            check.hint.get_or_insert_with(|| format!("{code}: {}", remark.text));
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
            if check.outcome != Outcome::Failed {
                check.received = received(step, claims, now);
            }
            if let Aspect::Wanted(wanted) = aspect {
                check.title = format!("claim {}", shown(&wanted.name));
            }
            Ok(())
        });
    }

    fn skip_from(&mut self, first: Step) {
        self.0.extend(
            ORDER.iter().filter(|step| **step >= first).map(|step| Check::new(*step, Outcome::NotReached)),
        );
    }

    fn skip<const N: usize>(&mut self, steps: [Step; N]) {
        self.0.extend(steps.map(|step| Check::new(step, Outcome::NotReached)));
    }

    /// Adds to every failure what to do about it.
    fn finish(&mut self, context: &Context<'_>) {
        for check in &mut self.0 {
            if let Some(error) = check.error.take() {
                if let Some(at) = moment_of(&error) {
                    check.said =
                        check.said.take().map(|said| format!("{said}, {}", words::distance(at, context.now)));
                    check.expected =
                        check.expected.take().map(|text| format!("{text} ({})", words::date(at)));
                    check.received =
                        check.received.take().map(|text| format!("{text} ({})", words::date(context.now)));
                }
                check.mend = Some(mend::mend(&error, check.hint.as_deref(), context));
            }
        }
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
            error: None,
        }
    }

    fn blame(&mut self, error: &Error) {
        self.reason = Some(error.reason());
        self.said = Some(error.said());
        self.expected = error.expected().map(str::to_owned);
        self.received = error.received().map(str::to_owned);
        self.hint = error.hint().map(str::to_owned);
        self.error = Some(error.clone());
    }

    fn unless_asked(&mut self, asked: bool) {
        if !asked && self.outcome == Outcome::Passed {
            self.outcome = Outcome::NotAsked;
        }
    }
}

fn decoded_signature(parts: &Parts<'_>) -> Result<Vec<u8>> {
    base64url::decode(parts.signature).map_err(|_| compact::not_base64(parts.signature, "the signature"))
}

/// The moment a refusal is about, which ends what it expected.
fn moment_of(error: &Error) -> Option<i64> {
    match error.reason() {
        Reason::ExpExpired | Reason::NbfNotYet | Reason::IatInFuture => {
            error.expected()?.rsplit(' ').next()?.parse().ok()
        }
        _ => None,
    }
}

/// What the claim says, or that there is none.
fn received(step: Step, claims: &Claims<'_>, now: i64) -> Option<String> {
    let (name, value) = match step {
        Step::Issuer => ("iss", claims.iss),
        Step::Audience => ("aud", claims.aud),
        Step::Expiry => ("exp", claims.exp),
        Step::NotBefore => ("nbf", claims.nbf),
        Step::IssuedAt => ("iat", claims.iat),
        Step::Subject => ("sub", claims.sub),
        Step::TokenId => ("jti", claims.jti),
        _ => return None,
    };
    Some(match value {
        None => format!("no `{name}`"),
        Some(Value::Number(number)) => {
            let away = number.parse().ok().map(|at| format!(" ({})", words::distance(at, now)));
            format!("{number}{}", away.unwrap_or_default())
        }
        Some(value) => text::ascii(value),
    })
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
