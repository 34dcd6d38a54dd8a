"""The few requests a guard makes itself: no redirects, bounded in bytes and seconds, only to where it was told.

httpx, because the standard library's client blocks the event loop, and a stream that is always open would keep a
thread for ever. Not here: what the answers mean.
"""

import asyncio
import ipaddress
import json
import re
from collections.abc import Awaitable, Callable, Collection
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx

CONNECT_SECONDS = 5.0
_METADATA_BYTES = 64 * 1024


class Unreachable(Exception):
    """No usable answer. Says why, and holds nothing of the answer."""


class Body(NamedTuple):
    """What an answer said, and for how many seconds it may be kept (RFC 9111 section 5.2.2.1)."""

    content: bytes
    max_age: int | None


class Http:
    """A client for each event loop, since connections belong to the loop that opened them."""

    def __init__(self, make: Callable[[], httpx.AsyncClient]) -> None:
        self._make = make
        self._clients = WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]()

    def client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = self._make()
        return self._clients[loop]

    async def close(self) -> None:
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def open(self, url: str, headers: dict[str, str]) -> httpx.Response:
        """The head of the answer, whatever its status; the caller closes it."""
        # Reading is bounded by whoever reads: httpx's own five seconds are as long as a stream may be silent.
        limits = httpx.Timeout(CONNECT_SECONDS, read=None)
        request = self.client().build_request("GET", url, headers=headers, timeout=limits)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await self.client().send(request, stream=True, follow_redirects=False)
        except TimeoutError:
            raise Unreachable(f"{host(url)} gave no answer in {CONNECT_SECONDS:.0f} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"{host(url)}: {type(error).__name__}") from None

    async def get(self, url: str, limit: int, headers: dict[str, str] | None = None, seconds: float = 10) -> Body:
        """The body of a 200. A redirect is no answer: it would let another host speak for the issuer."""
        response = await self.open(url, headers or {})
        try:
            if response.status_code != 200:
                raise Unreachable(f"{host(url)} answered {response.status_code}")
            body = bytearray()
            async with asyncio.timeout(seconds):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise Unreachable(f"{host(url)} answered more than {limit} bytes")
            return Body(bytes(body), _max_age(response.headers))
        except (TimeoutError, httpx.HTTPError) as error:
            raise Unreachable(f"{host(url)} broke off: {type(error).__name__}") from None
        finally:
            await response.aclose()

    async def json(self, url: str, limit: int) -> dict[str, Any]:
        return parsed(url, (await self.get(url, limit)).content)

    async def metadata(self, issuer: str) -> dict[str, Any]:
        """What the issuer says of itself (RFC 8414)."""
        parts = urlsplit(issuer)
        # Section 3.1: the well-known part comes before the path of the issuer.
        path = "/.well-known/oauth-authorization-server" + parts.path.rstrip("/")
        document = await self.json(f"{parts.scheme}://{parts.netloc}{path}", _METADATA_BYTES)
        if document.get("issuer") != issuer:
            raise Unreachable(f"{host(issuer)} answered with the metadata of another issuer")
        return document


def parsed(url: str, content: bytes) -> dict[str, Any]:
    """The JSON object that an answer holds."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise Unreachable(f"{host(url)} answered something else than JSON") from None
    if not isinstance(document, dict):
        raise Unreachable(f"{host(url)} answered something else than an object")
    return document


def _max_age(headers: httpx.Headers) -> int | None:
    found = re.search(r"\bmax-age=(\d{1,9})\b", headers.get("cache-control", ""))
    return int(found[1]) if found else None


class SingleFlight:
    """One run at a time: whoever comes while it runs waits for that one."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self, make: Callable[[], Awaitable[None]]) -> "asyncio.Task[None]":
        if self._task is None or not self.is_running:
            self._task = asyncio.get_running_loop().create_task(_run(make))
        return self._task

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done() and self._task.get_loop() is asyncio.get_running_loop()

    async def run(self, make: Callable[[], Awaitable[None]]) -> None:
        # Shielded, because a client that goes away must not take the others' answer with it.
        await asyncio.shield(self.start(make))


async def _run(make: Callable[[], Awaitable[None]]) -> None:
    await make()


def host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def origin(url: str) -> str:
    """Scheme, host and port; `ValueError` for what must not be asked: http beyond this machine, or credentials."""
    parts = urlsplit(url)
    name, port = parts.hostname or "", parts.port
    if parts.scheme not in ("http", "https") or not name or "@" in parts.netloc or parts.fragment:
        raise ValueError(f"{url!r} is no plain http or https address")
    if parts.scheme == "http" and not _is_loopback(name):
        raise ValueError(f"{url!r} must be https: over http anybody on the way could replace the keys")
    return f"{parts.scheme}://{name}:{port or (443 if parts.scheme == 'https' else 80)}"


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def named(document: dict[str, Any], name: str, allowed: Collection[str]) -> str:
    """The address that the issuer's metadata gives, if it is on an origin that was agreed."""
    url = document.get(name)
    try:
        good = isinstance(url, str) and origin(url) in allowed
    except ValueError:
        good = False
    if not isinstance(url, str) or not good:
        # Because metadata from a broken or taken-over server must not send the guard to somebody else's keys.
        raise Unreachable(f"`{name}` in the issuer's metadata is absent or on an origin that was not agreed")
    return url
