"""Following a feed over a connection that breaks, lies and falls silent."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from feed_server import FeedServer
from issuer import AUDIENCE, EC_KEY, KEYS, sign

from jotgate_guard import Guard, Refused, TokenSource, Unreachable, follower
from jotgate_guard.keys import public_key
from jotgate_guard.revocations import Feed, FeedError

PATIENCE = 20


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer().serving() as server:
        yield server


async def outcome(guard: Guard, token: str) -> str:
    try:
        return (await guard.check(token)).subject
    except Refused as refused:
        return refused.reason


async def until(is_so: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.01)


async def becomes(guard: Guard, token: str, wanted: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while (got := await outcome(guard, token)) != wanted:
        assert time.monotonic() < deadline, f"still {got}"
        await asyncio.sleep(0.005)


def feed_of(guard: Guard) -> Feed:
    return next(iter(guard._followers.values())).feed


async def test_each_kind_of_revocation_reaches_the_guard(server: FeedServer) -> None:
    await server.revoke("session", "ended before")
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token(sid="ended before")) == "revoked.session"
    token = server.token()
    assert await outcome(guard, token) == "0197-user"
    await server.revoke("subject", "0197-user", 8)
    await becomes(guard, token, "revoked.subject")
    assert await outcome(guard, server.token(epoch=8)) == "0197-user"
    await server.revoke("token", "one of them")
    await becomes(guard, server.token(epoch=8, jti="one of them"), "revoked.token")
    await server.revoke("session", "0197-session")
    await becomes(guard, server.token(epoch=8), "revoked.session")
    other = server.token(sub="0197-other", sid="0197-else", jti="x")
    assert await outcome(guard, other) == "0197-other"
    assert server.requests["/keys"] == 1, "the checking path asks nobody"
    await server.revoke("key", public_key(KEYS[0]).thumbprint)
    await becomes(guard, other, "revoked.key")
    assert server.requests["/feed"] == 1, "one snapshot, and the rest by events"
    await until(lambda: server.requests["/keys"] == 2, "the key that takes its place is asked for at once")
    await guard.close()


async def test_a_broken_stream_is_resumed_and_nothing_is_missed(server: FeedServer) -> None:
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token()) == "0197-user"
    for round in range(5):
        server.cut()
        await server.revoke("session", f"session {round}")
        await becomes(guard, server.token(sid=f"session {round}"), "revoked.session")
    assert server.requests["/feed"] == 1
    assert len(server.resumed) == 5
    await guard.close()


async def test_what_was_revoked_while_nobody_listened_is_found(server: FeedServer) -> None:
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token()) == "0197-user"
    server.refuse_streams = "503 Service Unavailable"
    server.cut()
    await until(lambda: server.requests["/feed stream"] > 2, "it asks again")
    for number in range(100):
        await server.revoke("session", f"session {number}")
    server.refuse_streams = None
    await becomes(guard, server.token(sid="session 99"), "revoked.session")
    for number in range(100):
        assert await outcome(guard, server.token(sid=f"session {number}")) == "revoked.session"
    await guard.close()


def of_another_issuer(event: str) -> str:
    return tampered(event, iss="https://evil.example")


def tampered(event: str, **changes: Any) -> str:
    """An event with another payload and the signature of the old one."""
    head, data = event.split("data: ")
    header, _, signature = data.strip().split(".")
    forged = sign({"iss": "x", "iat": 1, "era": "A" * 22, "seq": 9, "prev_seq": 9, "feed_leeway": 120} | changes)
    return f"{head}data: {header}.{forged.split('.')[1]}.{signature}\n\n"


def signed_by_a_token_key(event: str) -> str:
    body = {"iss": "x", "iat": int(time.time()), "era": "A" * 22, "seq": 9, "prev_seq": 9, "feed_leeway": 120}
    return f"event: revocations\ndata: {sign(body, EC_KEY, typ='revocations+jwt', kid='k1')}\n\n"


@pytest.mark.parametrize(
    "change",
    [
        tampered,
        of_another_issuer,
        signed_by_a_token_key,
        lambda event: event.replace("data: ey", "data: fy"),
        lambda event: event.replace("\n\n", "x\n\n"),
        lambda event: "event: revocations\ndata: nonsense\n\n",
        lambda event: "data: " + "x" * (2 << 20) + "\n\n",
    ],
)
async def test_an_event_that_is_not_the_issuers_changes_nothing(
    server: FeedServer, change: Callable[[str], str]
) -> None:
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token()) == "0197-user"
    was = feed_of(guard).fresh_at
    server.change = change
    server.cut()
    await until(lambda: server.requests["/feed stream"] > 2, "it tries again")
    assert feed_of(guard).fresh_at == was
    guard.max_staleness = 0
    assert await outcome(guard, server.token()) == "revocations.stale"
    guard.max_staleness = 15
    server.change = lambda event: event
    await until(lambda: feed_of(guard).fresh_at > was, "it is live again")
    await becomes(guard, server.token(), "0197-user")
    await guard.close()


async def test_a_recorded_stream_is_not_live(server: FeedServer) -> None:
    server.nonce = "the nonce of another day"
    guard = Guard(server.url, AUDIENCE)
    guard.start()
    await until(lambda: server.requests["/feed stream"] > 1, "it tries again")
    assert not feed_of(guard).is_loaded
    await guard.close()


async def test_a_snapshot_older_than_the_stream_is_asked_for_again(server: FeedServer) -> None:
    server.snapshot_lag = 2
    await server.revoke("session", "0197-session")
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token()) == "revoked.session"
    assert server.requests["/feed"] == 3
    await guard.close()


async def test_a_new_era_is_loaded_and_forgets_nothing(server: FeedServer, caplog: pytest.LogCaptureFixture) -> None:
    await server.revoke("session", "0197-session")
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token()) == "revoked.session"
    await server.new_era()
    await server.revoke("token", "of the new era")
    await becomes(guard, server.token(sid="another", jti="of the new era"), "revoked.token")
    assert await outcome(guard, server.token()) == "revoked.session"
    assert feed_of(guard).alarms == 1
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    await guard.close()


async def test_silence_is_noticed(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "_SILENCE_SECONDS", 0.2)
    server.heartbeat = 1000
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token()) == "0197-user"
    await until(lambda: server.requests["/feed stream"] > 2, "it connects again")
    await guard.close()


async def test_heartbeats_keep_it_fresh(server: FeedServer) -> None:
    server.heartbeat = 0.2
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token()) == "0197-user"
    begun = feed_of(guard).fresh_at
    await until(lambda: feed_of(guard).fresh_at >= begun + 2, "it stays fresh")
    assert server.requests["/feed stream"] == 1
    await guard.close()


@pytest.mark.usefixtures("impatient")
async def test_a_guard_with_more_leeway_than_the_feed_does_not_follow(server: FeedServer) -> None:
    server.feed_leeway = 10
    guard = Guard(server.url, AUDIENCE, leeway=30)
    assert await outcome(guard, server.token()) == "revocations.stale"
    await guard.close()


@pytest.mark.usefixtures("impatient")
async def test_a_feed_for_clients_only_gets_a_token(server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def token(self: TokenSource) -> str:
        return "of the client"

    monkeypatch.setattr(TokenSource, "token", token)
    server.authorization = "Bearer of the client"
    without = Guard(server.url, AUDIENCE)
    assert await outcome(without, server.token()) == "revocations.stale"
    source = TokenSource(server.url, "guard", client_secret="secret", scope="revocations")
    guard = Guard(server.url, AUDIENCE, feed_source=source)
    assert await outcome(guard, server.token()) == "0197-user"
    await without.close()
    await guard.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", ["revocations_uri", "revocations_jwks_uri"])
async def test_a_feed_elsewhere_is_not_followed(server: FeedServer, name: str) -> None:
    server.metadata = {name: "https://evil.example/feed"}
    guard = Guard(server.url, AUDIENCE)
    assert await outcome(guard, server.token()) == "revocations.stale"
    assert server.requests["/feed stream"] == 0
    await guard.close()


def chunks(*parts: bytes) -> httpx.Response:
    async def content() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return httpx.Response(200, content=content())


async def events(response: httpx.Response) -> list[str]:
    seen = []
    try:
        async for text in follower._events(response):
            seen.append(text)
    except Unreachable:
        pass  # the end of every stream
    return seen


async def test_an_event_cut_at_any_byte_is_none_and_split_at_any_byte_is_one() -> None:
    text = b": a comment\nid: era:5\nevent: revocations\ndata: aaa.bbb.ccc\n\n"
    for at in range(len(text)):
        assert await events(chunks(text[:at])) == []
        assert await events(chunks(text[:at], text[at:])) == ["aaa.bbb.ccc"]
        assert await events(chunks(text + text[:at])) == ["aaa.bbb.ccc"]
    assert await events(chunks(text.replace(b"\n", b"\r\n"))) == ["aaa.bbb.ccc"]
    assert await events(chunks(text.replace(b"event: revocations", b"event: other"))) == []
    with pytest.raises(FeedError):
        await events(chunks(b"x" * (2 << 20)))


async def test_several_loops_one_after_the_other(server: FeedServer) -> None:
    """What a test client does: the guard starts anew in each."""
    url, token = server.url, server.token()
    guard = Guard(url, AUDIENCE)

    async def once() -> str:
        try:
            return await outcome(guard, token)
        finally:
            await guard.close()

    for _ in range(3):
        assert await asyncio.to_thread(lambda: asyncio.run(once())) == "0197-user"
