"""An issuer in this process: keys of ours to misuse, and every request to it counted. No network.

Not here: what the real server says; that is what test_server.py asks.
"""

import json
import time
from collections import Counter
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from jotgate_guard import Guard

ISSUER = "https://login.example"
AUDIENCE = "https://api.example"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def public_jwk(key: Any, kid: str, alg: str) -> dict[str, Any]:
    algorithm = jwt.algorithms.get_default_algorithms()["EdDSA" if alg == "Ed25519" else alg]
    return dict(algorithm.to_jwk(key.public_key(), as_dict=True)) | {"kid": kid, "alg": alg, "use": "sig"}


KEYS = [public_jwk(EC_KEY, "k1", "ES256"), public_jwk(RSA_KEY, "k2", "RS256"), public_jwk(ED_KEY, "k3", "Ed25519")]


def claims(**changes: Any) -> dict[str, Any]:
    """Those of a good token; `None` leaves one out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "sub": "0197-user",
        "aud": AUDIENCE,
        "exp": now + 600,
        "iat": now,
        "jti": "0197-token",
        "client_id": "first-party",
        "sid": "0197-session",
        "epoch": 7,
        "roles": ["editor"],
        "scope": "read write",
        "tenant": "north",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def sign(payload: dict[str, Any], key: Any = EC_KEY, alg: str = "ES256", **header: Any) -> str:
    head = {name: value for name, value in ({"typ": "at+jwt", "kid": "k1"} | header).items() if value is not None}
    return sign_raw(json.dumps({"alg": alg} | head).encode(), json.dumps(payload).encode(), key, alg)


def sign_raw(header: bytes, payload: bytes, key: Any = EC_KEY, alg: str = "ES256") -> str:
    """Header and payload byte for byte, since PyJWT's own `encode` would not write what an attacker does."""
    signed = b".".join(jwt.utils.base64url_encode(part) for part in (header, payload))
    algorithm = jwt.algorithms.get_default_algorithms()["EdDSA" if alg == "Ed25519" else alg]
    signature = algorithm.sign(signed, algorithm.prepare_key(key))
    return (signed + b"." + jwt.utils.base64url_encode(signature)).decode()


class Issuer:
    """What answers the guard's requests; `down`, `keys`, `metadata` and `answers` may be changed on the way."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = list(KEYS)
        self.metadata: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/.well-known/jwks.json"}
        self.down = False
        self.answers: dict[str, httpx.Response] = {}
        self.requests: Counter[str] = Counter()
        self.seen: list[httpx.Request] = []

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests[request.url.path] += 1
        self.seen.append(request)
        if self.down:
            raise httpx.ConnectError("connection refused")
        if request.url.path in self.answers:
            return self.answers[request.url.path]
        if request.url.path == "/.well-known/oauth-authorization-server":
            return httpx.Response(200, json=self.metadata)
        if request.url.path == "/.well-known/jwks.json":
            return httpx.Response(200, json={"keys": self.keys})
        return httpx.Response(404)

    def guard(self, **options: Any) -> Guard:
        settings: dict[str, Any] = {"feed": False} | options
        return Guard(ISSUER, AUDIENCE, http_client=self.client, **settings)
