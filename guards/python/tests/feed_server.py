"""A small issuer with a revocation feed on loopback, whose faults can be chosen: what a real one never does.

Not here: what the guard makes of it.
"""

import asyncio
import base64
import contextlib
import json
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from issuer import AUDIENCE, KEYS, OTHER_EC_KEY, claims, public_jwk, sign

from jotgate_guard.revocations import digest

FEED_KEY = public_jwk(OTHER_EC_KEY, "feed", "ES256")
Change = Callable[[str], str]


class FeedServer:
    """Entries by number; streams get what they lack and then each new one."""

    def __init__(self) -> None:
        self.url = ""
        self.era = "A" * 22
        self.entries: list[tuple[str, int, int]] = []
        """List, digest, value (of a subject)."""
        self.first_seq = 0
        self.requests: Counter[str] = Counter()
        self.resumed: list[str] = []
        self.heartbeat = 5.0
        self.snapshot_lag = 0
        """So many snapshots are an entry old."""
        self.change: Change = lambda event: event
        """What becomes of the text of an event on its way."""
        self.refuse_streams: str | None = None
        self.authorization: str | None = None
        self.feed_leeway = 120
        self.nonce: str | None = None
        self.metadata: dict[str, Any] = {}
        self._wake = asyncio.Condition()
        self._writers: set[asyncio.StreamWriter] = set()
        self._handlers: set[asyncio.Task[Any]] = set()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["FeedServer"]:
        server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        self.url = f"http://localhost:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self.cut()
            async with self._wake:
                self._wake.notify_all()
            await asyncio.gather(*self._handlers)

    @property
    def seq(self) -> int:
        return self.first_seq + len(self.entries)

    def token(self, **changes: Any) -> str:
        return sign(claims(**({"iss": self.url, "aud": AUDIENCE} | changes)))

    async def revoke(self, kind: str, ident: str, value: int = 0) -> None:
        async with self._wake:
            self.entries.append((f"{kind}s", digest(self.url, kind, ident), value))
            self._wake.notify_all()

    async def new_era(self) -> None:
        """As after a restored backup: other numbers, and nothing known of what was revoked."""
        self.era, self.first_seq = "B" * 22, 0
        self.entries.clear()
        self.cut()

    def cut(self) -> None:
        """Every connection breaks off."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def message(self, since: int | None, nonce: str | None = None, up_to: int | None = None) -> str:
        seq = self.seq if up_to is None else up_to
        body: dict[str, Any] = {"iss": self.url, "iat": int(time.time()), "era": self.era, "seq": seq}
        body["feed_leeway"] = self.feed_leeway
        if since is not None:
            body["prev_seq"] = since
        if nonce is not None:
            body["nonce"] = nonce
        until = int(time.time()) + 1000
        for name in ("sessions", "tokens", "subjects", "keys"):
            mine = [entry for entry in self.entries[max(0, (since or 0) - self.first_seq) : seq] if entry[0] == name]
            packed = [
                struct.pack(">QqI", entry[1], entry[2], until)
                if name == "subjects"
                else struct.pack(">QI", entry[1], until)
                for entry in mine
            ]
            if packed:
                body[name] = base64.urlsafe_b64encode(b"".join(packed)).decode().rstrip("=")
        return sign(body, OTHER_EC_KEY, typ="revocations+jwt", kid="feed")

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if task := asyncio.current_task():
            self._handlers.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
                await self._answer(lines[0].split()[1], headers, writer)
        writer.close()

    async def _answer(self, target: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        path = urlsplit(target).path
        is_stream = headers.get("accept") == "text/event-stream"
        self.requests[path + (" stream" if is_stream else "")] += 1
        if path == "/.well-known/oauth-authorization-server":
            metadata = {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "revocations_uri": f"{self.url}/feed",
                "revocations_jwks_uri": f"{self.url}/feed/keys",
                "token_endpoint": f"{self.url}/token",
            }
            await reply(writer, json.dumps(metadata | self.metadata))
        elif path == "/keys":
            await reply(writer, json.dumps({"keys": KEYS}))
        elif path == "/feed/keys":
            await reply(writer, json.dumps({"keys": [FEED_KEY]}))
        elif path == "/feed" and self.authorization not in (None, headers.get("authorization")):
            await reply(writer, "", "401 Unauthorized")
        elif path == "/feed" and is_stream:
            await self._stream(target, headers, writer)
        elif path == "/feed":
            lag = min(self.snapshot_lag, 1)
            self.snapshot_lag -= lag
            await reply(writer, self.message(None, up_to=self.seq - lag))
        else:
            await reply(writer, "", "404 Not Found")

    async def _stream(self, target: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if self.refuse_streams:
            await reply(writer, "", self.refuse_streams)
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        nonce: str | None = self.nonce or parse_qs(urlsplit(target).query)["nonce"][0]
        era, _, number = headers.get("last-event-id", "").partition(":")
        since = self.seq
        if era == self.era and int(number) <= self.seq:
            since = int(number)
            self.resumed.append(f"{era}:{number}")
        while not writer.transport.is_closing():
            text = f"id: {self.era}:{self.seq}\nevent: revocations\ndata: {self.message(since, nonce)}\n\n"
            writer.write(self.change(text).encode())
            await writer.drain()
            since, nonce = self.seq, None
            async with self._wake:

                def has_more(known: int = since) -> bool:
                    return self.seq > known or writer.transport.is_closing()

                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait_for(has_more), self.heartbeat)


async def reply(writer: asyncio.StreamWriter, body: str, status: str = "200 OK") -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    await writer.drain()
