"""Where keys come from, how often they are asked for, and what somebody in the issuer's place could make of that."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from issuer import AUDIENCE, ISSUER, KEYS, OTHER_EC_KEY, RSA_KEY, Issuer, claims, public_jwk, sign

from jotgate_guard import Guard, Refused, Trusted
from jotgate_guard.issuer import Issuer as GuardIssuer
from jotgate_guard.keys import KeySet, public_key
from jotgate_guard.revocations import digest

JWKS = "/.well-known/jwks.json"
METADATA = "/.well-known/oauth-authorization-server"


async def outcome(guard: Guard, token: str) -> str:
    try:
        return (await guard.check(token)).subject
    except Refused as refused:
        return refused.reason


def of(guard: Guard) -> GuardIssuer:
    return guard._issuers[ISSUER]


def grow_older(guard: Guard, seconds: float) -> None:
    """As if the last fetch had been so long ago."""
    of(guard)._fetched_at -= seconds
    of(guard)._tried_at -= seconds
    of(guard)._named_at -= seconds


async def test_nothing_is_fetched_before_the_first_request() -> None:
    issuer = Issuer()
    guard = issuer.guard()
    assert not issuer.requests
    assert await outcome(guard, "not.a.token") == "malformed.base64"
    assert not issuer.requests, "nor for what is no token"
    assert await outcome(guard, sign(claims())) == "0197-user"
    assert issuer.requests == {METADATA: 1, JWKS: 1}
    for number in range(50):
        assert await outcome(guard, sign(claims(jti=f"token {number}"))) == "0197-user"
    assert issuer.requests == {METADATA: 1, JWKS: 1}, "the checking path asks nobody"
    assert {request.extensions["timeout"]["read"] for request in issuer.seen} == {None}, "or streams would break off"


async def test_an_issuer_that_is_down_is_503_and_found_when_it_is_back() -> None:
    issuer = Issuer()
    issuer.down = True
    guard = issuer.guard()
    refusals = [await outcome(guard, sign(claims())) for _ in range(5)]
    assert set(refusals) == {"keys.unreachable"}
    assert issuer.requests[METADATA] == 1, "not once a request"
    issuer.down = False
    grow_older(guard, 2)
    assert await outcome(guard, sign(claims())) == "0197-user"


async def test_many_at_once_share_one_fetch() -> None:
    issuer = Issuer()
    guard = issuer.guard()
    outcomes = await asyncio.gather(*(outcome(guard, sign(claims(jti=str(n)))) for n in range(100)))
    assert set(outcomes) == {"0197-user"}
    assert issuer.requests[JWKS] == 1


async def test_a_new_key_is_found_and_a_flood_of_names_costs_one_fetch_a_cool_down() -> None:
    issuer = Issuer()
    guard = issuer.guard()
    assert await outcome(guard, sign(claims())) == "0197-user"
    issuer.keys.append(public_jwk(OTHER_EC_KEY, "k9", "ES256"))
    assert await outcome(guard, sign(claims(), OTHER_EC_KEY, kid="k9")) == "0197-user"
    assert issuer.requests[JWKS] == 2
    for number in range(1000):
        assert await outcome(guard, sign(claims(), OTHER_EC_KEY, kid=f"random {number}")) == "key.unknown_kid"
    assert issuer.requests[JWKS] == 2


async def test_keys_are_fetched_ahead_and_kept_when_that_fails() -> None:
    issuer = Issuer()
    guard = issuer.guard()
    assert await outcome(guard, sign(claims())) == "0197-user"
    issuer.down = True
    grow_older(guard, 300)
    assert await outcome(guard, sign(claims(jti="2"))) == "0197-user", "no request waits for it"
    await asyncio.sleep(0)
    assert of(guard)._has_failed
    assert await outcome(guard, sign(claims(jti="3"))) == "0197-user"
    assert await outcome(guard, sign(claims(), OTHER_EC_KEY, kid="new")) == "keys.unreachable", "it may be a good one"
    grow_older(guard, 24 * 3600)
    assert await outcome(guard, sign(claims(jti="4"))) == "keys.unreachable", "not for ever"


async def test_a_key_that_is_gone_opens_nothing_even_for_a_token_seen_before() -> None:
    issuer = Issuer()
    guard = issuer.guard()
    token = sign(claims())
    assert await outcome(guard, token) == "0197-user"
    issuer.keys = issuer.keys[1:]
    grow_older(guard, 300)
    await of(guard)._load()
    assert await outcome(guard, token) == "key.unknown_kid"


async def test_a_revoked_key_is_dropped_and_never_taken_back() -> None:
    issuer = Issuer()
    guard = issuer.guard()
    token = sign(claims())
    assert await outcome(guard, token) == "0197-user"
    of(guard).dropped.add(digest(ISSUER, "key", public_key(KEYS[0]).thumbprint))
    of(guard).drop_revoked()
    assert await outcome(guard, token) == "revoked.key"
    grow_older(guard, 1000)
    await of(guard)._load()
    assert await outcome(guard, token) == "revoked.key", "though the issuer still publishes it"
    assert await outcome(guard, sign(claims(), RSA_KEY, "RS256", kid="k2")) == "0197-user"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example", "jwks_uri": f"{ISSUER}{JWKS}"},
        {"issuer": ISSUER, "jwks_uri": "https://evil.example/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://login.example/.well-known/jwks.json"},
        {"issuer": ISSUER, "jwks_uri": "https://login.example:444/.well-known/jwks.json"},
        {"issuer": ISSUER, "jwks_uri": "https://login.example@evil.example/keys"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": 7},
        {"issuer": ISSUER},
    ],
)
async def test_keys_come_from_the_issuers_own_origin(metadata: dict[str, Any]) -> None:
    issuer = Issuer()
    issuer.metadata = metadata
    assert await outcome(issuer.guard(), sign(claims())) == "keys.unreachable"
    assert {request.url.host for request in issuer.seen} == {"login.example"}


async def test_another_origin_counts_when_it_was_named() -> None:
    issuer = Issuer()
    issuer.metadata["jwks_uri"] = f"https://keys.example{JWKS}"
    guard = issuer.guard(other_origins=["https://keys.example"])
    assert await outcome(guard, sign(claims())) == "0197-user"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"Location": "https://evil.example/keys"}),
        httpx.Response(500, json={"keys": KEYS}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=KEYS),
        httpx.Response(200, json={"keys": "none"}),
        httpx.Response(200, json={"keys": KEYS * 40}),
        httpx.Response(200, json={"keys": KEYS, "x": "y" * 300_000}),
        httpx.Response(200, text="[" * 100_000),
    ],
)
async def test_an_answer_that_is_no_key_set_is_none(answer: httpx.Response) -> None:
    issuer = Issuer()
    issuer.answers[JWKS] = answer
    assert await outcome(issuer.guard(), sign(claims())) == "keys.unreachable"
    assert {request.url.host for request in issuer.seen} == {"login.example"}


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "HS256"},
        {"alg": None},
        {"alg": "ES384"},
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"x": "AAAA"},
        {"x": KEYS[0]["x"] + "="},
        {"y": KEYS[0]["x"]},
        {"y": None},
        {"d": "AAAA"},
        {"kid": 7},
        {"kid": ""},
    ],
)
def test_a_bad_key_sinks_only_itself(changes: dict[str, Any]) -> None:
    bad = {name: value for name, value in (KEYS[0] | changes).items() if value is not None}
    assert [key.kid for key in KeySet.parse({"keys": [bad, 7, *KEYS[1:]]}).keys] == ["k2", "k3"]


def test_a_small_rsa_key_is_not_used() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    small = public_jwk(rsa.generate_private_key(65537, 1024), "small", "RS256")
    assert not KeySet.parse({"keys": [small]}).keys


def test_thumbprints_are_those_of_rfc_7638() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
        "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
        "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
        "nqDKgw"
    )
    key = public_key({"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


async def test_several_issuers_each_with_its_own_keys() -> None:
    issuer = Issuer()
    other = "https://other.example"
    seen: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        if request.url.host == "login.example":
            return await issuer.answer(request)
        if request.url.path == JWKS:
            return httpx.Response(200, json={"keys": [public_jwk(OTHER_EC_KEY, "k1", "ES256")]})
        return httpx.Response(200, json={"issuer": other, "jwks_uri": other + JWKS})

    def client() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    guard = Guard(ISSUER, AUDIENCE, feed=False, trust=[Trusted(other, "theirs")], http_client=client)
    assert await outcome(guard, sign(claims())) == "0197-user"
    assert await outcome(guard, sign(claims(iss=other, aud="theirs"), OTHER_EC_KEY)) == "0197-user"
    assert await outcome(guard, sign(claims(iss=other, aud="theirs"))) == "signature.invalid", "the first one's key"
    assert await outcome(guard, sign(claims(iss=other), OTHER_EC_KEY)) == "aud.mismatch", "the first one's audience"
    assert await outcome(guard, sign(claims(iss="https://third.example"), OTHER_EC_KEY)) == "signature.invalid"
    assert set(seen) == {"login.example", "other.example"}


@pytest.mark.parametrize(
    "settings",
    [
        {"issuer": "http://login.example"},
        {"issuer": "https://user:password@login.example"},
        {"issuer": "login.example"},
        {"audience": ""},
        {"leeway": 3600},
        {"leeway": -1},
        {"algorithms": ["none"]},
        {"algorithms": ["HS256"]},
        {"algorithms": ["ES256", "HS256"]},
        {"algorithms": []},
        {"secret": "short"},
        {"secret": "a" * 64},
        {"secret": "0123456789abcdef" * 2, "audience": ISSUER},
        {"secret": "0123456789abcdef" * 2, "algorithms": ["ES256"]},
        {"stale": "ignore"},
        {"accept_cookie": "https://app.example"},
        {"trust": [Trusted(ISSUER, "again")]},
        {"other_origins": ["http://keys.example"]},
    ],
)
def test_a_guard_that_would_not_guard_is_not_made(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Guard(**({"issuer": ISSUER, "audience": AUDIENCE} | settings))


@pytest.mark.parametrize("missing", ["issuer", "audience"])
def test_issuer_and_audience_must_be_said(missing: str) -> None:
    settings: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE}
    del settings[missing]
    with pytest.raises(TypeError):
        Guard(**settings)


async def test_a_token_seen_before_is_judged_again_each_time() -> None:
    issuer = Issuer()
    guard = issuer.guard(cache_size=2)
    token = sign(claims(exp=int(time.time()) + 60))
    assert await outcome(guard, token) == "0197-user"
    known = next(iter(guard._cache.values()))
    known.caller = type(known.caller)(dict(known.caller.claims) | {"exp": int(time.time()) - 60})
    assert await outcome(guard, token) == "exp.expired"
    for number in range(5):
        assert await outcome(guard, sign(claims(jti=str(number)))) == "0197-user"
    assert len(guard._cache) == 2, "the memory is bounded"
