"""The guard before the real server: JOTGATE_BIN=/path/to/jotgate pytest. Each test has a server of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from server import ADMIN, BASE_ENV, PATIENCE, USER, Jotgate

from jotgate_guard import Guard, Refused, TokenSource

pytestmark = pytest.mark.skipif("JOTGATE_BIN" not in os.environ, reason="JOTGATE_BIN names no server")


class World:
    """A server with a user and an administrator, and a guard that follows it."""

    def __init__(self, folder: Path, configuration: str = "", **options: Any) -> None:
        self.jotgate = Jotgate(folder, configuration)
        self.url = self.jotgate.start()
        self.jotgate.add(USER)
        self.jotgate.add(ADMIN, "admin")
        self.http = httpx.AsyncClient(base_url=self.url, timeout=PATIENCE)
        self.guards = [self.guard(**options)]

    def guard(self, **options: Any) -> Guard:
        return Guard(self.url, self.url, **options)

    async def close(self) -> None:
        for guard in self.guards:
            await guard.close()
        await self.http.aclose()
        self.jotgate.stop()

    async def login(self, who: dict[str, str] = USER) -> dict[str, Any]:
        answer = await self.http.post("/v1/login", json=who)
        assert answer.status_code == 200, answer.text
        session: dict[str, Any] = answer.json()
        return session

    async def outcome(self, token: str, at: int = 0) -> str:
        try:
            return "good" if await self.guards[at].check(token) else ""
        except Refused as refused:
            return refused.reason

    async def becomes(self, token: str, wanted: str, at: int = 0) -> None:
        """Within a bound far above what bench.py measures, so that a busy machine passes."""
        started = time.monotonic()
        while (got := await self.outcome(token, at)) != wanted:
            assert time.monotonic() - started < PATIENCE, f"still {got}"
            await asyncio.sleep(0.005)


Make = Callable[..., Awaitable[World]]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    worlds: list[World] = []

    async def made(configuration: str = "", **options: Any) -> World:
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        worlds.append(World(folder, configuration, **options))
        return worlds[-1]

    yield made
    for world in worlds:
        await world.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_whatever_ends_a_session_ends_its_token(make: Make) -> None:
    world = await make()

    async def log_out(session: dict[str, Any]) -> httpx.Response:
        return await world.http.post("/v1/logout", json={"refresh_token": session["refresh_token"]})

    async def log_out_everywhere(session: dict[str, Any]) -> httpx.Response:
        return await world.http.post("/v1/logout/all", headers=bearer(session["access_token"]))

    async def end_by_another(session: dict[str, Any]) -> httpx.Response:
        other = await world.login()
        caller = await world.guards[0].check(session["access_token"])
        return await world.http.delete(f"/v1/sessions/{caller.session}", headers=bearer(other["access_token"]))

    async def change_the_password(session: dict[str, Any]) -> httpx.Response:
        other = await world.login()
        body = {"current": USER["password"], "new": USER["password"] + "!"}
        answer = await world.http.post("/v1/password", json=body, headers=bearer(other["access_token"]))
        back = {"current": body["new"], "new": body["current"]}
        await world.http.post("/v1/password", json=back, headers=bearer(answer.json()["access_token"]))
        return answer

    for end in (log_out, log_out_everywhere, end_by_another, change_the_password):
        session = await world.login()
        assert await world.outcome(session["access_token"]) == "good"
        answer = await end(session)
        assert answer.is_success, answer.text
        await world.becomes(session["access_token"], "revoked.session")
    assert await world.outcome((await world.login())["access_token"]) == "good"


async def test_a_change_of_roles_ends_the_token_and_not_the_session(make: Make) -> None:
    world = await make()
    session = await world.login()
    caller = await world.guards[0].check(session["access_token"])
    assert caller.roles == frozenset()
    world.jotgate.run("user", "roles", USER["email"], "editor")
    await world.becomes(session["access_token"], "revoked.subject")
    refreshed = await world.http.post("/v1/refresh", json={"refresh_token": session["refresh_token"]})
    caller = await world.guards[0].check(refreshed.json()["access_token"])
    assert caller.roles == {"editor"}


async def test_a_user_who_is_disabled_is_out(make: Make) -> None:
    world = await make()
    session = await world.login()
    assert await world.outcome(session["access_token"]) == "good"
    world.jotgate.run("user", "disable", USER["email"])
    started = time.monotonic()
    while (got := await world.outcome(session["access_token"])) == "good":
        assert time.monotonic() - started < PATIENCE
        await asyncio.sleep(0.005)
    assert got in ("revoked.session", "revoked.subject")


async def test_a_stolen_refresh_token_ends_the_session_for_both(make: Make) -> None:
    world = await make('[sessions]\nretry_window = "0s"\nrace_window = "0s"\n')
    first = await world.login()
    second = await world.http.post("/v1/refresh", json={"refresh_token": first["refresh_token"]})
    assert await world.outcome(second.json()["access_token"]) == "good"
    stolen = await world.http.post("/v1/refresh", json={"refresh_token": first["refresh_token"]})
    assert stolen.json()["reason"] == "refresh.reused"
    await world.becomes(second.json()["access_token"], "revoked.session")


async def test_nothing_is_missed_over_restarts(make: Make) -> None:
    world = await make()
    ended: list[str] = []
    for stop in (world.jotgate.stop, world.jotgate.kill):
        before, after = await world.login(), await world.login()
        assert await world.outcome(before["access_token"]) == "good"
        await world.http.post("/v1/logout", json={"refresh_token": before["refresh_token"]})
        stop()
        assert world.jotgate.start() == world.url
        await world.http.post("/v1/logout", json={"refresh_token": after["refresh_token"]})
        ended += [before["access_token"], after["access_token"]]
        for token in ended:
            await world.becomes(token, "revoked.session")
    assert await world.outcome((await world.login())["access_token"]) == "good"


async def test_a_server_that_is_killed_makes_the_policy_count(make: Make) -> None:
    world = await make(max_staleness=6)
    world.guards += [world.guard(max_staleness=6, stale=stale) for stale in ("introspect", "accept")]
    token = (await world.login())["access_token"]
    for guard in world.guards:
        await guard.check(token)
    world.jotgate.kill()
    rejecting, asking, accepting = range(3)
    for at in (rejecting, asking):
        await world.becomes(token, "revocations.stale", at)
    assert await world.outcome(token, accepting) == "good"
    world.jotgate.start()
    for at in (rejecting, asking):
        await world.becomes(token, "good", at)


async def test_a_key_that_leaked_opens_nothing_and_a_new_one_is_found(make: Make) -> None:
    world = await make()
    token = (await world.login())["access_token"]
    assert await world.outcome(token) == "good"
    world.jotgate.run("signing-keys", "revoke", kid_of(token), "--yes")
    await world.becomes(token, "revoked.key")
    # The server signs with the next key once it has noticed what the command did: within a quarter of a second.
    started = time.monotonic()
    while (got := await world.outcome((await world.login())["access_token"])) != "good":
        assert got == "revoked.key", "a key that is not known yet would be a false refusal"
        assert time.monotonic() - started < PATIENCE
    assert await world.outcome(token) == "revoked.key"


def kid_of(token: str) -> str:
    import jwt

    kid = jwt.get_unverified_header(token)["kid"]
    assert isinstance(kid, str)
    return kid


async def test_a_service_gets_a_token_and_loses_it(make: Make) -> None:
    world = await make()
    client = world.jotgate.add_client("reports", "--scope", "read")
    source = TokenSource(world.url, "reports", client_secret=client["client_secret"], scope="read")
    tokens = await asyncio.gather(*(source.token() for _ in range(1000)))
    assert (len(set(tokens)), source.requests) == (1, 1)
    caller = await world.guards[0].check(tokens[0])
    assert (caller.subject, caller.is_client) == ("client:reports", True)
    assert caller.scope == {"read"}
    world.jotgate.run("client", "disable", "reports")
    await world.becomes(tokens[0], "revoked.subject")
    await source.close()


@pytest.mark.usefixtures("impatient")
async def test_a_feed_for_clients_only(make: Make) -> None:
    world = await make('[revocations]\naccess = "clients"\n')
    client = world.jotgate.add_client("guard", "--scope", "revocations", "--audience", world.url)
    source = TokenSource(world.url, "guard", client_secret=client["client_secret"], scope="revocations")
    world.guards.insert(0, world.guard(feed_source=source))
    session = await world.login()
    await world.becomes(session["access_token"], "good")
    await world.http.post("/v1/logout", json={"refresh_token": session["refresh_token"]})
    await world.becomes(session["access_token"], "revoked.session")
    with pytest.raises(Refused) as refused:
        await world.guards[-1].check((await world.login())["access_token"])
    assert refused.value.reason == "revocations.stale"
    await source.close()


async def test_fresh_within_sees_what_the_feed_has_not_told(make: Make) -> None:
    world = await make(feed=False)
    session = await world.login()
    guard = world.guards[0]
    assert await guard.check(session["access_token"], fresh_within=0)
    await world.http.post("/v1/logout", json={"refresh_token": session["refresh_token"]})
    assert await guard.check(session["access_token"]), "it follows no feed"
    with pytest.raises(Refused) as refused:
        await guard.check(session["access_token"], fresh_within=0)
    assert refused.value.reason == "revoked.session"


async def test_every_worker_of_uvicorn_follows(make: Make) -> None:
    world = await make()
    session = await world.login()
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--workers", "2", "--no-access-log"]
    here = Path(__file__).parent
    env = BASE_ENV | {"JOTGATE_URL": world.url, "PYTHONPATH": f"{here.parent / 'src'}", "PYTHONDONTWRITEBYTECODE": "1"}
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=here, env=env, stdout=nowhere, stderr=nowhere)  # noqa: ASYNC220
    try:
        url = f"http://127.0.0.1:{port}/me"
        good = await each_worker(url, session["access_token"], 200)
        assert len(good) == 2
        await world.http.post("/v1/logout", json={"refresh_token": session["refresh_token"]})
        await world.becomes(session["access_token"], "revoked.session")
        started = time.monotonic()
        refused = 0
        while refused < 20:  # in a row, whichever worker answers
            async with httpx.AsyncClient() as app:
                status = (await app.get(url, headers=bearer(session["access_token"]))).status_code
            refused = refused + 1 if status == 401 else 0
            assert time.monotonic() - started < PATIENCE
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


async def each_worker(url: str, token: str, status: int) -> set[int]:
    """The workers that answered; each connection goes to whichever takes it."""
    seen: set[int] = set()
    started = time.monotonic()
    while len(seen) < 2 and time.monotonic() - started < PATIENCE:
        for answer in await asyncio.gather(*(ask(url, token) for _ in range(8))):
            if answer is not None and answer.status_code == status:
                seen.add(answer.json()["worker"])
        await asyncio.sleep(0.05)
    return seen


async def ask(url: str, token: str) -> httpx.Response | None:
    try:
        async with httpx.AsyncClient() as app:
            return await app.get(url, headers=bearer(token))
    except httpx.TransportError:
        return None  # it does not listen yet


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
