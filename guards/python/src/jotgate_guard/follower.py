"""Follows the revocation feed of one issuer in the background: connect, verify, apply; again when it breaks.

Not here: what a message means for the set (`revocations.py`).
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable

import httpx

from .http import Http, Unreachable, named
from .issuer import Issuer
from .keys import KeySet
from .reasons import Refused
from .revocations import EVENT_BYTES, SNAPSHOT_BYTES, Feed, FeedError, Message
from .source import TokenSource

log = logging.getLogger("jotgate_guard")

_KEYS_BYTES = 256 << 10
_SILENCE_SECONDS = 12.0  # heartbeats come every 5
_SNAPSHOT_SECONDS, _SNAPSHOT_TRIES, _SNAPSHOT_PAUSE = 30.0, 20, 0.25
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_TIDY_SECONDS = 60.0
_KEYS_COOL_DOWN = 1.0
_IN_A_THREAD = 100_000  # characters; less is read before a thread would have started


class Follower:
    """The feed of one issuer, kept fresh by a task."""

    def __init__(self, http: Http, issuer: Issuer, source: TokenSource | None) -> None:
        self.feed = Feed()
        self.feed.keys = issuer.dropped
        self.loaded = asyncio.Event()
        self.events = 0
        self._http, self._issuer, self._source = http, issuer, source
        self._keys = KeySet([])
        self._uri = self._keys_uri = ""
        self._tidied_at = self._keys_at = time.monotonic()

    async def run(self) -> None:
        """Never ends by itself, whatever goes wrong: without it the guard would become stale for good."""
        pause = _FIRST_PAUSE
        while True:
            before = self.events
            try:
                await self._follow()
            except (Unreachable, FeedError, Refused, httpx.HTTPError, TimeoutError) as error:
                words = str(error) or type(error).__name__
                log.warning("the revocation feed of %s broke: %s", self._issuer.policy.issuer, words)
            except Exception:
                log.exception("the revocation feed of %s broke", self._issuer.policy.issuer)
            pause = _FIRST_PAUSE if self.events > before else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.5, 1))

    async def _follow(self) -> None:
        await self._discover()
        nonce = secrets.token_urlsafe(24)
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
        if self.feed.era is not None:
            headers["Last-Event-ID"] = f"{self.feed.era}:{self.feed.seq}"
        headers |= await self._authorization()
        self.feed.connecting(nonce, time.monotonic(), time.time())
        response = await self._http.open(f"{self._uri}{'&' if '?' in self._uri else '?'}nonce={nonce}", headers)
        try:
            kind = response.headers.get("content-type", "")
            if response.status_code != 200 or not kind.startswith("text/event-stream"):
                raise Unreachable(f"the feed answered {response.status_code}")
            async for text in _events(response):
                await self._take(await self._read(Message.event, text))
        finally:
            await response.aclose()

    async def _discover(self) -> None:
        metadata = await self._issuer.metadata()
        self._uri = named(metadata, "revocations_uri", self._issuer.origins)
        self._keys_uri = named(metadata, "revocations_jwks_uri", self._issuer.origins)
        await self._load_keys()

    async def _load_keys(self) -> None:
        self._keys_at = time.monotonic()
        try:
            keys = KeySet.parse(await self._http.json(self._keys_uri, _KEYS_BYTES))
        except ValueError as error:
            raise Unreachable(f"the feed's keys: {error}") from None
        self._keys = KeySet(key for key in keys.keys if key.alg == "ES256")

    async def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self._source.token()}"} if self._source else {}

    async def _read(self, read: Callable[[str, str, KeySet], Message], text: str) -> Message:
        try:
            message = await self._verified(read, text)
        except Refused as refused:
            # The feed's key was changed while the stream was open.
            if refused.reason != "key.unknown_kid" or time.monotonic() - self._keys_at < _KEYS_COOL_DOWN:
                raise
            await self._load_keys()
            message = await self._verified(read, text)
        # Because such a guard would still take tokens whose entries have ended.
        if message.feed_leeway < self._issuer.policy.leeway:
            raise FeedError(f"its leeway of {message.feed_leeway} s is less than the guard's own")
        return message

    async def _verified(self, read: Callable[[str, str, KeySet], Message], text: str) -> Message:
        arguments = (text, self._issuer.policy.issuer, self._keys)
        # A big one is read in a thread, so that the requests of others go on.
        return await asyncio.to_thread(read, *arguments) if len(text) > _IN_A_THREAD else read(*arguments)

    async def _take(self, event: Message) -> None:
        revoked_keys = len(self.feed.keys)
        if not self.feed.take_event(event, time.monotonic()):
            await self._load(event)
        self.events += 1
        self.loaded.set()
        if len(self.feed.keys) > revoked_keys:
            self._issuer.drop_revoked()
        await self._tidy()

    async def _load(self, event: Message) -> None:
        for _ in range(_SNAPSHOT_TRIES):
            headers = {"Accept": "application/jwt"} | await self._authorization()
            body = await self._http.get(self._uri, SNAPSHOT_BYTES, headers, _SNAPSHOT_SECONDS)
            snapshot = await self._read(Message.snapshot, body.content.decode("ascii", "replace"))
            if self.feed.reaches(event, snapshot):
                for table, entries in self.feed.tables(snapshot):
                    table.replace(await asyncio.to_thread(table.merged, entries, self.feed.surely_past(time.time())))
                self.feed.take_snapshot(event, snapshot, time.monotonic())
                return
            await asyncio.sleep(_SNAPSHOT_PAUSE)
        raise FeedError("no snapshot is as new as the stream")

    async def _tidy(self) -> None:
        """Sorts the latest entries in, and lets go of what has ended."""
        is_time = time.monotonic() - self._tidied_at > _TIDY_SECONDS
        for table in (self.feed.ids, self.feed.subjects):
            if table.is_due or (is_time and len(table)):
                recent = table.recent()
                table.replace(await asyncio.to_thread(table.merged, recent, self.feed.surely_past(time.time())), recent)
        if is_time:
            self._tidied_at = time.monotonic()


async def _events(response: httpx.Response) -> AsyncIterator[str]:
    """The `data` of each `revocations` event (server-sent events, WHATWG HTML section 9.2)."""
    buffer = b""
    kind, data = "", ""
    chunks = response.aiter_bytes()
    while True:
        async with asyncio.timeout(_SILENCE_SECONDS):
            chunk = await anext(chunks, None)
        if chunk is None:
            raise Unreachable("the issuer closed the stream")
        buffer += chunk
        if len(buffer) > EVENT_BYTES + 1024:
            raise FeedError("an event of more than a megabyte")
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            name, _, value = line.rstrip(b"\r").decode("ascii", "replace").partition(":")
            if name == "event":
                kind = value.strip()
            elif name == "data":
                data = value.strip()
            elif not name and not value:
                if kind == "revocations" and data:
                    yield data
                kind, data = "", ""
