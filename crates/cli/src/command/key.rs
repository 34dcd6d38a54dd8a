//! `jotgate key`: make keys, and say what is known about one.

use jotgate_jose::{Algorithm, Error, Jwk, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use super::key_file::KeyFile;
use super::private_file;
use crate::args::key::{Generate, Inspect, Key, Thumbprint};
use crate::failure::Failure;
use crate::output::{BAD, CAREFUL, GOOD, Output, paint, pairs};

pub(super) fn run(args: &Key, output: &Output) -> Result<(), Failure> {
    match args {
        Key::Generate(args) => generate(args, output),
        Key::Inspect(args) => inspect(args, output),
        Key::Thumbprint(args) => thumbprint(args, output),
    }
}

fn generate(args: &Generate, output: &Output) -> Result<(), Failure> {
    let key = args.algorithm.name(SigningKey::generate(args.algorithm.algorithm)?);
    let kid = args.kid.clone().unwrap_or_else(|| key.thumbprint().to_string());
    let key = key.with_kid(kid.clone());
    let private = key.private_jwk()?;
    if let Some(path) = &args.public {
        let public = key.public_jwk().and_then(|jwk| jwk.to_json())?;
        std::fs::write(path, public + "\n").map_err(|error| {
            Failure::environment(format!("{} cannot be written: {error}", path.display()))
        })?;
    }
    let Some(path) = &args.private.out else {
        output.line(&*private);
        return Ok(());
    };
    private_file::create(path, private.as_bytes())?;
    let answer =
        json!({ "file": path, "public": args.public, "kid": kid, "alg": args.algorithm.algorithm.name() });
    output.answer(&answer, || format!("wrote {}, readable by you alone (kid {kid})", path.display()));
    Ok(())
}

fn thumbprint(args: &Thumbprint, output: &Output) -> Result<(), Failure> {
    let file = KeyFile::parse(&args.key.read("KEY")?)?;
    if file.keys().is_empty() {
        return Err(Failure::no("there is no key in it"));
    }
    let thumbprints: Vec<_> = file.keys().iter().map(Jwk::thumbprint).collect();
    output.answer(&json!({ "thumbprints": thumbprints }), || thumbprints.join("\n"));
    Ok(())
}

fn inspect(args: &Inspect, output: &Output) -> Result<(), Failure> {
    let bytes = args.key.read("KEY")?;
    let reports = match args.alg.filter(|_| args.secret) {
        Some(algorithm) => vec![Report::of_secret(&bytes, algorithm)],
        None => {
            let file = KeyFile::parse(&bytes)?;
            let unusable = file.unusable().iter().map(|key| Report::refused(key.kid(), key.error()));
            file.keys().iter().map(|jwk| Report::of_key(jwk, args.alg)).chain(unusable).collect()
        }
    };
    if reports.is_empty() {
        return Err(Failure::no("there is no key in it"));
    }
    let refused: Vec<_> = reports.iter().filter_map(|report| report.refusal.clone()).collect();
    if output.wants_json() {
        let keys: Vec<_> = reports.iter().map(Report::json).collect();
        output.value(&json!({ "ok": refused.is_empty(), "keys": keys }));
    } else {
        output.line(reports.iter().map(Report::words).collect::<Vec<_>>().join("\n\n"));
    }
    // The report has said everything; only the exit code is left to give.
    if refused.is_empty() { Ok(()) } else { Err(Failure::silent_no()) }
}

/// Everything known about one key.
struct Report {
    kind: Option<String>,
    kid: Option<String>,
    algorithm: Option<String>,
    thumbprint: Option<String>,
    weaknesses: Vec<String>,
    refusal: Option<Error>,
}

impl Report {
    fn of_key(jwk: &Jwk, chosen: Option<Algorithm>) -> Self {
        let own = VerifyingKey::from_jwk(jwk).map(|key| key.algorithm());
        // Whether the numbers are sound can only be asked for some algorithm; the usual one stands in for a missing one.
        let assumed = chosen.unwrap_or(if jwk.kty() == "oct" { Algorithm::Hs256 } else { Algorithm::Rs256 });
        let names_one =
            own.as_ref().err().is_none_or(|error| error.reason() != jotgate_jose::Reason::KeyMissingAlg);
        let with = chosen.or((!names_one).then_some(assumed));
        let sound = match with {
            Some(algorithm) => VerifyingKey::from_jwk_with(jwk, algorithm),
            None => VerifyingKey::from_jwk(jwk),
        };
        let signs = match (&sound, jwk.is_private()) {
            (Ok(key), true) => SigningKey::from_jwk_with(jwk, key.algorithm()).map(drop),
            _ => Ok(()),
        };
        let algorithm = match (&sound, names_one || chosen.is_some()) {
            (Ok(key), true) => Some(key.algorithm().name().to_owned()),
            (Ok(_), false) => Some("not named".to_owned()),
            (Err(_), _) => jwk.alg().map(str::to_owned),
        };
        Self {
            kind: Some(jwk.description()),
            kid: jwk.kid().map(str::to_owned),
            algorithm,
            thumbprint: Some(jwk.thumbprint()),
            weaknesses: weaknesses(jwk, names_one || chosen.is_some()),
            refusal: sound.err().or(signs.err()),
        }
    }

    fn of_secret(bytes: &[u8], algorithm: Algorithm) -> Self {
        let mut weaknesses = Vec::new();
        if bytes.ends_with(b"\n") {
            weaknesses.push(LINE_END.to_owned());
        }
        Self {
            kind: Some(format!("shared secret of {} bytes", bytes.len())),
            kid: None,
            algorithm: Some(algorithm.name().to_owned()),
            thumbprint: None,
            weaknesses,
            refusal: SigningKey::hmac(algorithm, bytes).err(),
        }
    }

    fn refused(kid: Option<&str>, error: &Error) -> Self {
        let (kid, refusal) = (kid.map(str::to_owned), Some(error.clone()));
        Self { kind: None, kid, algorithm: None, thumbprint: None, weaknesses: Vec::new(), refusal }
    }

    fn json(&self) -> Value {
        json!({
            "ok": self.refusal.is_none(),
            "kind": self.kind,
            "kid": self.kid,
            "algorithm": self.algorithm,
            "thumbprint": self.thumbprint,
            "weaknesses": self.weaknesses,
            "reason": self.refusal.as_ref().map(|error| error.reason().code()),
            "text": self.refusal.as_ref().map(ToString::to_string),
        })
    }

    fn words(&self) -> String {
        let verdict = match &self.refusal {
            None => paint(GOOD, "good"),
            Some(error) => paint(BAD, error),
        };
        let named = [
            ("kind", self.kind.clone()),
            ("kid", self.kid.clone()),
            ("algorithm", self.algorithm.clone()),
            ("thumbprint", self.thumbprint.clone()),
            ("verdict", Some(verdict)),
        ];
        let weaknesses = self.weaknesses.iter().map(|weakness| ("weakness", Some(paint(CAREFUL, weakness))));
        pairs(named.into_iter().chain(weaknesses).filter_map(|(name, value)| Some((name, value?))))
    }
}

fn weaknesses(jwk: &Jwk, names_one: bool) -> Vec<String> {
    let mut found = Vec::new();
    if !names_one {
        found.push("it names no algorithm, so whoever loads it must choose one".to_owned());
    }
    if jwk.kid().is_none() {
        found.push("it has no kid, so verifiers with several keys cannot find it".to_owned());
    }
    if jwk.is_private() {
        found.push("it holds the private part: whoever reads this file can sign".to_owned());
    }
    found
}

const LINE_END: &str = "it ends with a line end, which counts as part of the secret";
