"""The guard of an API: every check between a request and its `Caller`, in one order, and one way to refuse.

Order: how the token was sent, a look at its form, the keys, the signature, the claims, the feed; then what a route asks
for on top. Not here: the frameworks (`dependency.py`, `middleware.py`).
"""

import asyncio
import hashlib
import json
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, MutableMapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import httpx

from .bearer import bearer, cookie_name, cookie_token
from .caller import Caller, Needs
from .dependency import Optional, Required, install_handler
from .follower import Follower
from .http import Http, Unreachable
from .issuer import Issuer
from .keys import ASYMMETRIC, KNOWN_ALGORITHMS, KeySet
from .reasons import CODES, Refused
from .revocations import Digests
from .source import TokenSource
from .tokens import Policy, Token, check_times, verify
from .wire import decode, read_object

if TYPE_CHECKING:
    from fastapi import FastAPI

log = logging.getLogger("jotgate_guard")

Stale = Literal["reject", "introspect", "accept"]
Scope = MutableMapping[str, Any]
_MAX_LEEWAY = 60
_FIRST_LOAD_SECONDS = 3.0
_ANSWER_BYTES = 64 * 1024
_BRIEF_SECONDS = 1.0
"""How long a good answer counts while the feed is silent."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """One more issuer whose tokens are good here."""

    issuer: str
    audience: str
    algorithms: Collection[str] | None = None
    secret: bytes | str | None = field(default=None, repr=False)
    other_origins: Collection[str] = ()


@dataclass(slots=True)
class _Known:
    """A token that was good: what of it must be judged again each time."""

    caller: Caller
    issuer: str
    thumbprint: str
    digests: Digests
    confirmed_at: float = float("-inf")


class Guard(Required):
    """Lets requests in that carry a good access token. One for the whole application; starts when first asked.

    `stale` is what happens while the revocation feed has been silent for `max_staleness` seconds: `reject` answers 503,
    `introspect` asks the login server about every token, `accept` lets tokens live out their minutes.
    `other_origins` are the only ones besides the issuer's own on which its keys and feed may be.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        leeway: int = 30,
        algorithms: Collection[str] | None = None,
        secret: bytes | str | None = None,
        feed: bool = True,
        feed_source: TokenSource | None = None,
        stale: Stale = "reject",
        max_staleness: float = 15.0,
        accept_cookie: Collection[str] = (),
        trust: Sequence[Trusted] = (),
        other_origins: Collection[str] = (),
        cache_size: int = 10_000,
        http_client: Callable[[], httpx.AsyncClient] = httpx.AsyncClient,
    ) -> None:
        if not 0 <= leeway <= _MAX_LEEWAY:
            raise ValueError(f"a leeway of {leeway} s: clocks differ by at most {_MAX_LEEWAY}")
        if stale not in ("reject", "introspect", "accept"):
            raise ValueError(f"stale={stale!r}: reject, introspect or accept")
        if isinstance(accept_cookie, str):
            raise ValueError("accept_cookie is a list of origins")
        self.issuer = issuer
        self.stale, self.max_staleness = stale, max_staleness
        self.refusals: Counter[str] = Counter()
        """How many requests were refused, by reason."""
        self._http = Http(http_client)
        self._cookie_origins, self._cookie_name = frozenset(accept_cookie), cookie_name(issuer)
        self._issuers: dict[str, Issuer] = {}
        for trusted in (Trusted(issuer, audience, algorithms, secret, other_origins), *trust):
            if trusted.issuer in self._issuers:
                raise ValueError(f"{trusted.issuer} is named twice")
            self._issuers[trusted.issuer] = self._issuer(trusted, leeway)
        self._followers = {
            name: Follower(self._http, one, feed_source if name == issuer else None)
            for name, one in self._issuers.items()
            if feed
        }
        self._tasks: list[asyncio.Task[None]] = []
        self._started_at = float("-inf")
        self._cache: OrderedDict[bytes, _Known] = OrderedDict()
        self._cache_size = cache_size

    def __repr__(self) -> str:
        return f"Guard({self.issuer!r})"

    def _issuer(self, trusted: Trusted, leeway: int) -> Issuer:
        if not trusted.audience:
            raise ValueError("the audience must say something: it is what keeps other APIs' tokens out")
        names = [trusted.algorithms] if isinstance(trusted.algorithms, str) else trusted.algorithms
        allowed = frozenset(ASYMMETRIC if names is None else (KNOWN_ALGORITHMS.get(name, name) for name in names))
        secret = None
        if trusted.secret is not None:
            # Because whoever checks with a secret can also sign with it, and speak to the login server as anybody.
            if trusted.issuer == trusted.audience:
                raise ValueError("with a shared secret the audience must not be the issuer")
            allowed = frozenset(("HS256",)) if names is None else allowed
            if len(allowed) != 1 or not allowed < frozenset(("HS256", "HS384", "HS512")):
                raise ValueError("with a shared secret there is one algorithm: HS256, HS384 or HS512")
            raw = trusted.secret.encode() if isinstance(trusted.secret, str) else trusted.secret
            secret = KeySet.of_secret(raw, next(iter(allowed)))
        elif not allowed or not allowed <= ASYMMETRIC:
            raise ValueError(f"algorithms must be some of {' '.join(sorted(ASYMMETRIC))}; HS256 needs secret=")
        policy = Policy(trusted.issuer, trusted.audience, allowed, leeway)
        return Issuer(self._http, policy, secret, trusted.other_origins)

    # Starting and stopping

    def start(self) -> None:
        """Begins to follow the feed. Not needed, but then the first request need not wait for it."""
        loop = asyncio.get_running_loop()
        if self._tasks and all(not task.done() and task.get_loop() is loop for task in self._tasks):
            return
        for follower in self._followers.values():
            follower.loaded = asyncio.Event()
        self._tasks = [loop.create_task(follower.run()) for follower in self._followers.values()]
        self._started_at = time.monotonic()

    async def close(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.close()

    def install(self, app: "FastAPI") -> None:
        """Refusals of this guard's dependencies become problem documents; it starts and stops with the application."""
        install_handler(app)
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(app: Any) -> AsyncIterator[Any]:
            self.start()
            try:
                async with inner(app) as state:
                    yield state
            finally:
                await self.close()

        app.router.lifespan_context = lifespan

    # What routes ask for

    def require(
        self,
        *,
        scopes: Sequence[str] = (),
        roles: Sequence[str] = (),
        fresh_within: float | None = None,
    ) -> Required:
        """A dependency for which all of this must hold."""
        return _RequiredOf(self, Needs(scopes=_words(scopes), roles=_words(roles), fresh_within=fresh_within))

    def require_scope(self, scope: str) -> Required:
        return self.require(scopes=[scope])

    def require_role(self, role: str) -> Required:
        return self.require(roles=[role])

    def any_of(self, *, roles: Sequence[str] = (), scopes: Sequence[str] = ()) -> Required:
        """One of these is enough."""
        if not roles and not scopes:
            raise ValueError("any_of needs at least one role or scope")
        return _RequiredOf(self, Needs(any_role=_words(roles), any_scope=_words(scopes)))

    def fresh_within(self, seconds: float) -> Required:
        """The login server has confirmed session and roles in the last `seconds`; 0 asks it for every request."""
        return self.require(fresh_within=seconds)

    @property
    def optional(self) -> Optional:
        """None for a request without a token. One with a bad token is refused all the same."""
        return _OptionalOf(self)

    @property
    def key_fetches(self) -> int:
        """How often keys were asked for, of all issuers."""
        return sum(issuer.fetches for issuer in self._issuers.values())

    # The checks

    async def admit(self, scope: Scope, needs: Needs | None = None, optional: bool = False) -> Caller | None:
        """Who sent the request with this ASGI scope, by header or agreed cookie; counts and logs what it refuses."""
        try:
            token = self._sent(scope)
            if token is None:
                if optional:
                    return None
                raise Refused("token.missing")
            caller = await self.check(token, needs.fresh_within if needs else None)
            if needs:
                needs.check(caller)
            return caller
        except Refused as refused:
            self.refusals[refused.reason] += 1
            log.info("refused: %s", refused)
            raise

    def _sent(self, scope: Scope) -> str | None:
        headers = list(scope["headers"])
        token = bearer(headers, scope.get("query_string", b""))
        # A header wins over the cookie, because no other site's page can make a browser add it.
        if token is not None or not self._cookie_origins:
            return token
        return cookie_token(headers, scope.get("method", "GET"), self._cookie_name, self._cookie_origins)

    async def check(self, token: str, fresh_within: float | None = None) -> Caller:
        """The caller a token stands for. With `fresh_within` the login server has confirmed it in so many seconds."""
        key = hashlib.sha256(token.encode(errors="replace")).digest()
        known = self._cache.get(key)
        now = int(time.time())
        if known is not None and self._still_good(known, now):
            self._cache.move_to_end(key)
        else:
            self._cache.pop(key, None)
            known = await self._verified(token, now)
            self._cache[key] = known
            if len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        is_fresh = await self._judge(known)
        oldest = fresh_within
        if not is_fresh:
            oldest = _BRIEF_SECONDS if oldest is None else min(oldest, _BRIEF_SECONDS)
        # Before the question, because what the issuer says is as old as its answer is long on its way.
        asked_at = time.monotonic()
        if oldest is not None and asked_at - known.confirmed_at >= oldest:
            await self._ask(token, known)
            known.confirmed_at = asked_at
        return known.caller

    async def _verified(self, text: str, now: int) -> _Known:
        token = Token.read(text)
        issuer = self._issuers[self.issuer]
        if len(self._issuers) > 1:
            # Not believed, only used to choose: the claims are checked against what is chosen.
            named = read_object(decode(token.payload, "the payload"), "malformed.claims_not_object").get("iss")
            issuer = self._issuers.get(named, issuer) if isinstance(named, str) else issuer
        if token.alg not in issuer.policy.algorithms:
            raise Refused("alg.not_allowed", received=token.alg)
        self.start()
        keys = await issuer.keys_for(token)
        claims, key = verify(token, keys, issuer.policy, now)
        digests = Digests.of(claims, key.thumbprint)
        return _Known(Caller(MappingProxyType(claims)), issuer.policy.issuer, key.thumbprint, digests)

    def _still_good(self, known: _Known, now: int) -> bool:
        issuer = self._issuers[known.issuer]
        if not issuer.still_has(known.thumbprint):
            return False
        check_times(known.caller.claims, issuer.policy.leeway, now)
        return True

    async def _judge(self, known: _Known) -> bool:
        """Whether nothing more has to be asked. `Refused` for what was revoked, whether the feed is fresh or not."""
        follower = self._followers.get(known.issuer)
        if follower is None:
            return True
        self.start()
        if not follower.feed.is_loaded:
            await self._first_load(follower)
        if reason := follower.feed.revoked(known.digests):
            raise Refused(reason)
        if time.monotonic() - follower.feed.fresh_at <= self.max_staleness or self.stale == "accept":
            return True
        if self.stale == "reject":
            raise Refused("revocations.stale")
        return False

    async def _first_load(self, follower: Follower) -> None:
        """A guard that was just started waits a moment, so that its first request is not refused for nothing."""
        left = self._started_at + _FIRST_LOAD_SECONDS - time.monotonic()
        if left > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(follower.loaded.wait(), left)

    async def _ask(self, token: str, known: _Known) -> None:
        """Asks the issuer itself, which reads session and user (`GET /v1/verify`)."""
        audience = self._issuers[known.issuer].policy.audience
        url = f"{known.issuer}/v1/verify?{urlencode({'aud': audience})}"
        try:
            answer = await self._http.open(url, {"Authorization": f"Bearer {token}"})
            try:
                async with asyncio.timeout(5):
                    body = b""
                    async for chunk in answer.aiter_bytes():
                        body = (body + chunk)[:_ANSWER_BYTES]
            finally:
                await answer.aclose()
        except (Unreachable, httpx.HTTPError, TimeoutError) as error:
            log.warning("%s could not be asked about a token: %s", known.issuer, type(error).__name__)
            raise Refused("revocations.stale", "The login server cannot be asked") from None
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        # Only its own words count, because a page of some proxy in between is a 200 too.
        said = said if isinstance(said, dict) else {}
        if answer.status_code == 200 and said.get("active") is True and said.get("sub") == known.caller.subject:
            return
        reason = said.get("reason")
        if reason in CODES and (refused := Refused(reason)).status == answer.status_code and answer.status_code < 500:
            raise refused
        raise Refused("revocations.stale", f"The login server answered {answer.status_code}")


class _RequiredOf(Required):
    def __init__(self, guard: Guard, needs: Needs) -> None:
        self.issuer, self._guard, self._needs = guard.issuer, guard, needs

    async def admit(self, scope: Any) -> Caller | None:
        return await self._guard.admit(scope, self._needs)


class _OptionalOf(Optional):
    def __init__(self, guard: Guard) -> None:
        self.issuer, self._guard = guard.issuer, guard

    async def admit(self, scope: Any) -> Caller | None:
        return await self._guard.admit(scope, optional=True)


def _words(words: Sequence[str]) -> tuple[str, ...]:
    # Because the letters of "admin" are five roles, and nobody has them.
    if isinstance(words, str):
        raise ValueError(f"{words!r}: a list is wanted")
    return tuple(words)
