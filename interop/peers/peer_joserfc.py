"""joserfc, driven by exchange.py."""

import warnings

from joserfc import jws, jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey, import_key
from joserfc.jws import deserialize_compact, deserialize_json

from serve import SECRET_BYTES, generate, pems, serve

# `EdDSA` is deprecated and still what most verifiers know.
warnings.simplefilter("ignore", SecurityWarning)
KINDS = {"HS": OctKey, "RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}


def make(alg: str) -> dict:
    if alg in SECRET_BYTES:
        jwk = OctKey.generate_key(SECRET_BYTES[alg] * 8).as_dict(private=True)
        return {"private": {"jwk": jwk, "text": jwk["k"]}, "public": {"jwk": jwk, "text": jwk["k"]}}
    forms = pems(generate(alg))
    key = KINDS[alg[:2]].import_key(forms["pkcs8"])
    public = {"jwk": key.as_dict(private=False), "spki": key.as_pem().decode()}
    if "pkcs1_public" in forms:
        public["pkcs1"] = forms.pop("pkcs1_public")
    forms.pop("spki")
    return {"private": {"jwk": key.as_dict(private=True), **forms}, "public": public}


def load(alg: str, key):
    return import_key(key) if isinstance(key, dict) else KINDS[alg[:2]].import_key(key)


def sign(alg: str, key, claims: dict) -> str:
    return jwt.encode({"alg": alg, "typ": "JWT"}, claims, load(alg, key), algorithms=[alg])


def verify(alg: str, key, token: str, issuer: str, audience: str) -> dict:
    claims = jwt.decode(token, load(alg, key), algorithms=[alg]).claims
    demands = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": audience},
        "exp": {"essential": True},
    }
    jwt.JWTClaimsRegistry(**demands).validate(claims)
    return claims


def header(form: str, alg: str) -> dict:
    return {"alg": alg} | ({"b64": False, "crit": ["b64"]} if form == "unencoded" else {})


def sign_form(form: str, alg: str, key, payload: str):
    protected, key = header(form, alg), load(alg, key)
    if form == "flattened":
        return jws.serialize_json({"protected": protected}, payload, key, algorithms=[alg])
    if form == "general":
        return jws.serialize_json([{"protected": protected}], payload, key, algorithms=[alg])
    compact = jws.serialize_compact(protected, payload, key, algorithms=[alg])
    # A payload with a dot can only be detached, and the library does that by itself.
    return jws.detach_content(compact) if form == "detached" else compact


def verify_form(form: str, alg: str, key, jws: dict | str, payload: str) -> str:
    key = load(alg, key)
    if form in ("flattened", "general"):
        return deserialize_json(jws, key, algorithms=[alg]).payload.decode()
    return deserialize_compact(jws, key, algorithms=[alg], payload=payload).payload.decode()


serve({
    "make": make,
    "sign": sign,
    "verify": verify,
    "sign_form": sign_form,
    "verify_form": verify_form,
})
