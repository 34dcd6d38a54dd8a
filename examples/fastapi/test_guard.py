"""The guard of guard.py before tokens that are signed well and wrong all the same: an issuer whose key is ours to misuse."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi import HTTPException
from starlette.requests import Request

from guard import RequireToken

KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
KEY_SET = {
    "keys": [
        jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "k1", "use": "sig"},
        jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True) | {"kid": "k2", "use": "sig"},
    ]
}


class Issuer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(KEY_SET).encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Issuer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def check(issuer: str, claims: dict, header: dict, key: object, algorithm: str = "ES256") -> dict:
    now = int(time.time())
    good = {"iss": issuer, "aud": [issuer], "sub": "u1", "iat": now, "exp": now + 60}
    all_claims = {name: value for name, value in (good | claims).items() if value is not None}
    token = jwt.encode(all_claims, key, algorithm, headers={"typ": "at+jwt", "kid": "k1"} | header)
    scope = {"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]}
    return RequireToken(issuer=issuer, audience=issuer)(Request(scope))


def refused(*args: object) -> bool:
    with pytest.raises(HTTPException) as refusal:
        check(*args)
    return refusal.value.status_code == 401


def test_a_good_token_gives_its_claims(issuer):
    assert check(issuer, {}, {}, KEY)["sub"] == "u1"


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"aud": ["https://other.example"]}, {}),
        ({"aud": None}, {}),
        ({"iss": "https://other.example"}, {}),
        ({"exp": None}, {}),
        ({"sub": None}, {}),
        ({"exp": 1}, {}),
        ({}, {"typ": "JWT"}),
    ],
)
def test_signed_well_and_wrong_all_the_same(issuer, claims, header):
    assert refused(issuer, claims, header, KEY)


def test_a_key_of_somebody_else_under_the_same_name(issuer):
    assert refused(issuer, {}, {}, ec.generate_private_key(ec.SECP256R1()))


def test_an_algorithm_that_was_not_agreed_though_the_issuer_has_a_key_for_it(issuer):
    assert refused(issuer, {}, {"kid": "k2"}, RSA_KEY, "RS256")


def test_hs256_with_the_public_key_as_its_secret(issuer):
    assert refused(issuer, {}, {}, KEY_SET["keys"][0]["x"].encode(), "HS256")
