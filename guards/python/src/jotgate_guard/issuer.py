"""One issuer: its metadata (RFC 8414) and its keys, fetched when first needed and kept fresh.

Nothing is fetched when the guard is made, so an API starts while its login server is down. Not here: the feed.
"""

import logging
import time
from collections.abc import Collection
from typing import Any

from .http import Http, SingleFlight, Unreachable, named, origin, parsed
from .keys import KeySet
from .reasons import Refused
from .revocations import digest
from .tokens import Policy, Token

log = logging.getLogger("jotgate_guard")

_KEYS_BYTES = 256 * 1024
_USUAL_AGE, _LEAST_AGE, _MOST_AGE = 300, 30, 3600
_REFRESH_AT = 0.8
"""Of the time for which a key set may be kept; nobody waits for a refresh ahead of its end."""
_KEEP_FOR = 24 * 3600.0
"""How long keys count that cannot be fetched anew: a day, in which somebody mends the network or the login server."""
_COOL_DOWN = 5.0
"""At most one fetch in this time for names of keys that are not known, however many tokens name one."""
_RETRY_AFTER = 1.0


class Issuer:
    """Whose tokens are good, and with which keys."""

    def __init__(self, http: Http, policy: Policy, secret: KeySet | None, other_origins: Collection[str]) -> None:
        self.policy = policy
        self.origins = {origin(policy.issuer), *map(origin, other_origins)}
        self.dropped: set[int] = set()
        """Digests of revoked keys. Shared with the feed, which fills it."""
        self.fetches = 0
        self._http = http
        self._secret = secret
        self._keys: KeySet | None = secret
        self._fetched_at = self._tried_at = self._named_at = float("-inf")
        self._max_age = _USUAL_AGE
        self._has_failed = False
        self._revoked_names: set[str | None] = set()
        self._flight = SingleFlight()

    async def keys_for(self, token: Token) -> KeySet:
        """The keys as fresh as this token needs them; `keys.unreachable` is a 503, because the token may be good."""
        if self._secret is not None:
            return self._secret
        age = time.monotonic() - self._fetched_at
        if self._keys is None or age > _KEEP_FOR:
            if time.monotonic() - self._tried_at > _RETRY_AFTER or self._flight.is_running:
                await self._flight.run(self._load)
            if self._keys is None or time.monotonic() - self._fetched_at > _KEEP_FOR:
                raise Refused("keys.unreachable")
        elif not self._keys.has(token.kid):
            if token.kid in self._revoked_names:
                raise Refused("revoked.key")
            # Counted apart from other fetches, because a key may be newer than a set that is a second old.
            if time.monotonic() - self._named_at > _COOL_DOWN:
                self._named_at = time.monotonic()
                await self._flight.run(self._load)
            elif self._flight.is_running:
                await self._flight.run(self._load)
            if self._has_failed and not self._keys.has(token.kid):
                raise Refused("keys.unreachable", "The token names a new key, and the issuer does not answer")
        elif age > self._max_age * _REFRESH_AT and time.monotonic() - self._tried_at > _COOL_DOWN:
            self._flight.start(self._load)
        return self._keys

    def still_has(self, thumbprint: str) -> bool:
        """Whether a key that verified a token before is one of the issuer's now."""
        return self._keys is not None and thumbprint in self._keys.thumbprints

    def drop_revoked(self) -> None:
        if self._keys is not None and self._secret is None:
            self._keys = self._usable(self._keys)
            # The issuer signs with another key from now on.
            self._flight.start(self._load)

    async def metadata(self) -> dict[str, Any]:
        return await self._http.metadata(self.policy.issuer)

    async def _load(self) -> None:
        self._tried_at = time.monotonic()
        self.fetches += 1
        try:
            url = named(await self.metadata(), "jwks_uri", self.origins)
            answer = await self._http.get(url, _KEYS_BYTES)
            keys = KeySet.parse(parsed(url, answer.content))
        except (Unreachable, ValueError) as error:
            self._has_failed = True
            log.warning("the keys of %s are not at hand: %s", self.policy.issuer, error)
            return
        self._keys, self._fetched_at, self._has_failed = self._usable(keys), time.monotonic(), False
        said = _USUAL_AGE if answer.max_age is None else answer.max_age
        self._max_age = min(max(said, _LEAST_AGE), _MOST_AGE)

    def _usable(self, keys: KeySet) -> KeySet:
        """Because a key that was revoked must not come back from a cache on the way."""
        issuer = self.policy.issuer
        revoked = [key for key in keys.keys if digest(issuer, "key", key.thumbprint) in self.dropped]
        self._revoked_names.update(key.kid for key in revoked)
        return KeySet(key for key in keys.keys if key not in revoked)
