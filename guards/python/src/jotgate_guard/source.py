"""Tokens for calls from service to service: client credentials (RFC 6749 section 4.4), fetched once for everybody.

source = TokenSource("https://login.example", "reports", client_secret=SECRET, audience="https://api.example")
client = httpx.AsyncClient(auth=source)
"""

import asyncio
import base64
import logging
import random
import re
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx
import jwt

from .http import CONNECT_SECONDS, Http, SingleFlight, Unreachable, host, named, origin

log = logging.getLogger("jotgate_guard")

_ANSWER_BYTES = 64 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750 section 2.1
_RENEW_AT = 0.8  # of the token's life, less up to a tenth, so that many processes do not ask at one moment
_RETRY_AFTER = 1.0
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class TokenSource(httpx.Auth):
    """A cached access token of a client: renewed early, asked for once however many need it."""

    requires_response_body = False

    def __init__(
        self,
        issuer: str,
        client_id: str,
        *,
        client_secret: str | None = None,
        private_key: Mapping[str, Any] | None = None,
        audience: str | None = None,
        scope: str | None = None,
        http_client: Callable[[], httpx.AsyncClient] = httpx.AsyncClient,
    ) -> None:
        self._issuer, self._origins = issuer, {origin(issuer)}
        if (client_secret is None) == (private_key is None):
            raise ValueError("either client_secret or private_key shows who the client is")
        self._client_id, self._secret = client_id, client_secret
        self._key = jwt.PyJWK(dict(private_key)) if private_key else None
        wanted = {"audience": audience, "scope": scope}
        self._form = {"grant_type": "client_credentials"} | {name: text for name, text in wanted.items() if text}
        self._http = Http(http_client)
        self._flight = SingleFlight()
        self._token = ""
        self._renew_at = self._ends_at = self._tried_at = float("-inf")
        self.requests = 0

    def __repr__(self) -> str:
        return f"TokenSource({self._issuer!r})"

    async def token(self) -> str:
        """A token that is good now. Near its end the old one still serves while a new one is fetched.

        Raises `Unreachable` when there is none and none can be had.
        """
        now = time.monotonic()
        if now >= self._ends_at:
            if now - self._tried_at > _RETRY_AFTER or self._flight.is_running:
                await self._flight.run(self._renew)
            if time.monotonic() >= self._ends_at:
                raise Unreachable(f"{host(self._issuer)} gave no token")
        elif now >= self._renew_at and now - self._tried_at > _RETRY_AFTER:
            self._flight.start(self._renew)
        return self._token

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers["Authorization"] = f"Bearer {await self.token()}"
        yield request

    async def close(self) -> None:
        await self._http.close()

    def _proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and form of a request that shows who asks."""
        if self._key is None:
            # RFC 6749 section 2.3.1: each half is form-encoded first, because a colon separates them.
            pair = f"{quote(self._client_id, safe='')}:{quote(self._secret or '', safe='')}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, self._form
        now = int(time.time())
        claims = {"iss": self._client_id, "sub": self._client_id, "aud": self._issuer, "jti": secrets.token_urlsafe(16)}
        header = {"kid": self._key.key_id} if self._key.key_id else None
        # RFC 7523: good once, for a minute.
        assertion = jwt.encode(claims | {"iat": now, "exp": now + 60}, self._key.key, self._key.algorithm_name, header)
        return {}, self._form | {"client_assertion_type": _ASSERTION, "client_assertion": assertion}

    async def _renew(self) -> None:
        started = self._tried_at = time.monotonic()
        self.requests += 1
        try:
            endpoint = named(await self._http.metadata(self._issuer), "token_endpoint", self._origins)
            headers, form = self._proof()
            async with asyncio.timeout(2 * CONNECT_SECONDS):
                client = self._http.client()
                answer = await client.post(endpoint, data=form, headers=headers, follow_redirects=False)
            if answer.status_code != 200 or len(answer.content) > _ANSWER_BYTES:
                raise Unreachable(f"{host(endpoint)} answered {answer.status_code}")
            body = answer.json()
            token, life = body["access_token"], float(body["expires_in"])
            if not _TOKEN.fullmatch(token):
                raise Unreachable(f"{host(endpoint)} answered without a token")
        except (Unreachable, TimeoutError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            # Not the error itself where it could hold a piece of the answer.
            words = error if isinstance(error, Unreachable) else type(error).__name__
            log.warning("no new token for this service: %s", words)
            return
        self._token, self._ends_at = token, started + life
        self._renew_at = started + life * (_RENEW_AT - random.uniform(0, 0.1))
