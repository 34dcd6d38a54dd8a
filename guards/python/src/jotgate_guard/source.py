"""Tokens for calls from service to service: client credentials (RFC 6749 section 4.4), fetched once for everybody.

source = TokenSource("https://login.example", "reports", client_secret=SECRET, audience="https://api.example")
client = httpx.AsyncClient(auth=source)
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Callable
from urllib.parse import quote

import httpx

from .http import CONNECT_SECONDS, Http, SingleFlight, Unreachable, host, named, origin

log = logging.getLogger("jotgate_guard")

_METADATA_BYTES, _ANSWER_BYTES = 64 * 1024, 64 * 1024
_RENEW_AT = 0.8  # of the token's life, less up to a tenth, so that many processes do not ask at one moment
_RETRY_AFTER = 1.0


class TokenSource(httpx.Auth):
    """A cached access token of a client: renewed early, asked for once however many need it."""

    requires_response_body = False

    def __init__(
        self,
        issuer: str,
        client_id: str,
        *,
        client_secret: str,
        audience: str | None = None,
        scope: str | None = None,
        http_client: Callable[[], httpx.AsyncClient] = httpx.AsyncClient,
    ) -> None:
        self._issuer, self._origins = issuer, {origin(issuer)}
        # RFC 6749 section 2.3.1: each half is form-encoded first, because a colon separates them.
        self._basic = httpx.BasicAuth(quote(client_id, safe=""), quote(client_secret, safe=""))
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

    def forget(self) -> None:
        """The next call fetches a new one: for a token that was answered 401."""
        self._ends_at = float("-inf")

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers["Authorization"] = f"Bearer {await self.token()}"
        yield request

    async def close(self) -> None:
        await self._http.close()

    async def _renew(self) -> None:
        started = self._tried_at = time.monotonic()
        self.requests += 1
        try:
            url = f"{self._issuer}/.well-known/oauth-authorization-server"
            endpoint = named(await self._http.json(url, _METADATA_BYTES), "token_endpoint", self._origins)
            async with asyncio.timeout(2 * CONNECT_SECONDS):
                client = self._http.client()
                answer = await client.post(endpoint, data=self._form, auth=self._basic, follow_redirects=False)
            if answer.status_code != 200 or len(answer.content) > _ANSWER_BYTES:
                raise Unreachable(f"{host(endpoint)} answered {answer.status_code}")
            body = answer.json()
            token, life = body["access_token"], float(body["expires_in"])
        except (Unreachable, TimeoutError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            # Not the error itself where it could hold a piece of the answer.
            words = error if isinstance(error, Unreachable) else type(error).__name__
            log.warning("no new token for this service: %s", words)
            return
        self._token, self._ends_at = token, started + life
        self._renew_at = started + life * (_RENEW_AT - random.uniform(0, 0.1))
