"""PyJWT, driven by exchange.py."""

import json
import secrets

import jwt
from jwt.algorithms import get_default_algorithms

from serve import SECRET_BYTES, generate, pems, serve


def make(alg: str) -> dict:
    algorithm = get_default_algorithms()[alg]
    if alg in SECRET_BYTES:
        jwk = algorithm.to_jwk(secrets.token_bytes(SECRET_BYTES[alg]), as_dict=True)
        return {"private": {"jwk": jwk, "text": jwk["k"]}, "public": {"jwk": jwk, "text": jwk["k"]}}
    key = generate(alg)
    forms = pems(key)
    public = {"jwk": algorithm.to_jwk(key.public_key(), as_dict=True), "spki": forms.pop("spki")}
    if "pkcs1_public" in forms:
        public["pkcs1"] = forms.pop("pkcs1_public")
    return {"private": {"jwk": algorithm.to_jwk(key, as_dict=True), **forms}, "public": public}


def load(alg: str, key: dict | str):
    if isinstance(key, str):
        return key
    return get_default_algorithms()[alg].from_jwk(json.dumps(key))


def sign(alg: str, key, claims: dict) -> str:
    return jwt.encode(claims, load(alg, key), algorithm=alg)


def verify(alg: str, key, token: str, issuer: str, audience: str) -> dict:
    options = {"require": ["exp", "iss", "aud"]}
    return jwt.decode(token, load(alg, key), algorithms=[alg], issuer=issuer, audience=audience, options=options)


serve({
    "make": make,
    "sign": sign,
    "verify": verify,
})
