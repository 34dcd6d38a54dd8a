"""The token source: one request for everybody, before the old token ends, and no word of a secret anywhere."""

import asyncio
import base64
import json
import logging
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from issuer import EC_KEY, ISSUER, KEYS, Issuer

from jotgate_guard import TokenSource, Unreachable

SECRET = "jgc_a secret:with/what=must be encoded"
ENDPOINT = "/oauth/token"


def answering(issuer: Issuer, token: str = "the-token", expires_in: Any = 900) -> None:
    issuer.metadata["token_endpoint"] = ISSUER + ENDPOINT
    issuer.answers[ENDPOINT] = httpx.Response(200, json={"access_token": token, "expires_in": expires_in})


def source(issuer: Issuer, **options: Any) -> TokenSource:
    settings: dict[str, Any] = {"client_secret": SECRET, "audience": "https://api.example", "scope": "read"} | options
    return TokenSource(ISSUER, "reports", http_client=issuer.client, **settings)


async def test_a_thousand_callers_make_one_request() -> None:
    issuer = Issuer()
    answering(issuer)
    one = source(issuer)
    tokens = await asyncio.gather(*(one.token() for _ in range(1000)))
    assert set(tokens) == {"the-token"}
    assert issuer.requests[ENDPOINT] == 1
    asked = issuer.seen[-1]
    name, _, secret = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
    assert (name, secret) == ("reports", "jgc_a%20secret%3Awith%2Fwhat%3Dmust%20be%20encoded")
    form = {name: values[0] for name, values in parse_qs(asked.content.decode()).items()}
    assert form == {"grant_type": "client_credentials", "audience": "https://api.example", "scope": "read"}


async def test_it_is_renewed_before_its_end_and_nobody_waits() -> None:
    issuer = Issuer()
    answering(issuer)
    one = source(issuer)
    await one.token()
    assert 0.7 * 900 <= one._renew_at - one._tried_at <= 0.8 * 900
    answering(issuer, "the-next-token")
    one._renew_at = one._tried_at = 0.0  # as if most of its life were over
    assert await one.token() == "the-token", "which is good still"
    await one._flight.start(one._renew)
    assert await one.token() == "the-next-token"
    assert issuer.requests[ENDPOINT] == 2


async def test_the_old_one_serves_while_the_issuer_is_away_and_no_longer_than_it_lives() -> None:
    issuer = Issuer()
    answering(issuer)
    one = source(issuer)
    await one.token()
    issuer.down = True
    one._renew_at = one._tried_at = 0.0
    assert await one.token() == "the-token"
    await asyncio.sleep(0)
    one._ends_at = 0.0
    for _ in range(10):
        with pytest.raises(Unreachable):
            await one.token()
    assert issuer.requests["/.well-known/oauth-authorization-server"] <= 3, "a failure is not hammered at"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json={"error": "invalid_client"}),
        httpx.Response(302, headers={"Location": "https://evil.example"}),
        httpx.Response(200, json={"access_token": "x"}),
        httpx.Response(200, json={"access_token": "x", "expires_in": "soon"}),
        httpx.Response(200, json={"access_token": 7, "expires_in": 900}),
        httpx.Response(200, json={"access_token": "a b", "expires_in": 900}),
        httpx.Response(200, json=["x"]),
        httpx.Response(200, text="<html>"),
    ],
)
async def test_an_answer_without_a_token_is_none(answer: httpx.Response) -> None:
    issuer = Issuer()
    answering(issuer)
    issuer.answers[ENDPOINT] = answer
    with pytest.raises(Unreachable):
        await source(issuer).token()
    assert {request.url.host for request in issuer.seen} == {"login.example"}


async def test_the_secret_goes_to_the_issuers_own_origin_only() -> None:
    issuer = Issuer()
    issuer.metadata["token_endpoint"] = "https://evil.example/token"
    with pytest.raises(Unreachable):
        await source(issuer).token()
    issuer.metadata = {"issuer": "https://evil.example", "token_endpoint": ISSUER + ENDPOINT}
    with pytest.raises(Unreachable):
        await source(issuer).token()
    assert issuer.requests[ENDPOINT] == 0
    with pytest.raises(ValueError):
        TokenSource("http://login.example", "reports", client_secret=SECRET)


async def test_a_client_of_httpx_sends_it_along() -> None:
    issuer = Issuer()
    answering(issuer)
    issuer.answers["/report"] = httpx.Response(200)
    async with httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer), auth=source(issuer)) as client:
        await client.get("https://api.example/report")
    assert issuer.seen[-1].headers["Authorization"] == "Bearer the-token"


async def test_a_key_shows_who_it_is_by_an_assertion() -> None:
    issuer = Issuer()
    answering(issuer)
    key = dict(jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY, as_dict=True)) | {"kid": "k1", "alg": "ES256"}
    await source(issuer, client_secret=None, private_key=key).token()
    assert "Authorization" not in issuer.seen[-1].headers
    form = {name: values[0] for name, values in parse_qs(issuer.seen[-1].content.decode()).items()}
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    claims = jwt.decode(form["client_assertion"], jwt.PyJWK(KEYS[0]), audience=ISSUER, issuer="reports")
    assert claims["sub"] == "reports"
    assert claims["exp"] - claims["iat"] == 60
    for secret, private_key in ((None, None), (SECRET, key)):
        with pytest.raises(ValueError):
            TokenSource(ISSUER, "reports", client_secret=secret, private_key=private_key)


async def test_no_word_of_a_secret_is_printed_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    issuer = Issuer()
    answering(issuer, "the-token", expires_in="soon")
    one = source(issuer)
    with pytest.raises(Unreachable) as refused:
        await one.token()
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("jotgate")]
    said = json.dumps([*lines, repr(one), str(refused.value)])
    assert "no new token" in said
    assert "the-token" not in said
    assert "jgc_" not in said
