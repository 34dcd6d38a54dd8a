"""What the guard costs, and how long a revocation takes to reach it.

    .venv/bin/python bench.py                                        # the guard by itself
    JOTGATE_BIN=/path/to/jotgate .venv/bin/python bench.py reach     # revoke -> first refusal, against a real server
    JOTGATE_BIN=/path/to/jotgate .venv/bin/python bench.py rotate 600    # keys changed every 10 s for so many seconds

Times are of the machine it runs on; the ratio between two lines is what carries over.
"""

import asyncio
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("src", "tests")]

from feed_server import FeedServer  # noqa: E402
from issuer import Issuer, claims, sign  # noqa: E402

from jotgate_guard import Guard, Refused  # noqa: E402
from jotgate_guard.revocations import Digests, Feed  # noqa: E402

REVOCATIONS = 1000
LATER = 2**31


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def each(what: str, count: int, run: Callable[[], object]) -> None:
    started = time.perf_counter()
    for _ in range(count):
        run()
    print(f"{what:<58}{(time.perf_counter() - started) / count * 1e6:10.2f} us")


def look_ups() -> None:
    token = Digests.of(claims(), "a thumbprint")
    dice = random.Random(1)
    for size in (0, 10_000, 1_000_000):
        feed = Feed()
        entries = [(dice.getrandbits(64), 0, LATER) for _ in range(size)]
        before, started = resident(), time.perf_counter()
        base = feed.ids.merged(entries, 0)
        feed.ids.replace(base)
        took = time.perf_counter() - started
        each(f"look-up of one token's digests among {size:,} entries", 200_000, lambda feed=feed: feed.revoked(token))
        if size == 1_000_000:
            held = sum(len(part) * part.itemsize for part in base)
            print(f"{'bytes an entry':<58}{held / size:10.1f}")
            print(f"{'resident memory an entry, with what Python wastes':<58}{(resident() - before) / size:10.1f}")
            print(f"{'sorting a million entries in':<58}{took:10.2f} s")
            started = time.perf_counter()
            feed.ids.add([(dice.getrandbits(64), 0, LATER) for _ in range(30_000)])
            base = feed.ids.merged(feed.ids.recent(), 0)
            print(f"{'merging 30,000 more into them':<58}{time.perf_counter() - started:10.2f} s")


async def snapshot() -> None:
    """A guard that starts with a million revocations; others wait for it no longer than the gap says."""
    async with FeedServer().serving() as server:
        dice = random.Random(2)
        server.entries = [("sessions", dice.getrandbits(64), 0) for _ in range(1_000_000)]
        text = server.message(None)
        server.message = lambda since, nonce=None, up_to=None, real=server.message: (  # type: ignore[method-assign]
            text if since is None else real(since, nonce, up_to)
        )
        guard, gaps = Guard(server.url, "x"), [0.0]
        started = last = time.perf_counter()
        guard.start()
        while not next(iter(guard._followers.values())).loaded.is_set():
            await asyncio.sleep(0.001)
            gaps.append(time.perf_counter() - last)
            last = time.perf_counter()
        took = time.perf_counter() - started
        print(
            f"{'a snapshot of a million entries, loaded':<58}{took:10.2f} s, {len(text) / 1e6:.0f} MB, not compressed"
        )
        print(f"{'the longest the event loop was held up meanwhile':<58}{max(gaps) * 1000:10.0f} ms")
        await guard.close()


async def checks() -> None:
    guard = Issuer().guard()
    token = sign(claims())
    await guard.check(token)
    count = 20_000
    started = time.perf_counter()
    for _ in range(count):
        await guard.check(token)
    print(f"{'a token seen before':<58}{(time.perf_counter() - started) / count * 1e6:10.2f} us")
    tokens = [sign(claims(jti=str(number))) for number in range(2000)]
    started = time.perf_counter()
    for token in tokens:
        await guard.check(token)
    print(f"{'a token seen for the first time (ES256)':<58}{(time.perf_counter() - started) / 2000 * 1e6:10.2f} us")
    bad = [sign(claims(), kid=f"random {number}") for number in range(2000)]
    took = []
    for token in bad:
        started = time.perf_counter()
        try:
            await guard.check(token)
        except Refused:
            took.append(time.perf_counter() - started)
    print(f"{'a token with a random kid, p99':<58}{statistics.quantiles(took, n=100)[98] * 1e6:10.2f} us")
    before = resident()
    guard = Issuer().guard(cache_size=100_000)
    for number in range(20_000):
        await guard.check(sign(claims(jti=str(number))))
    print(f"{'resident memory a cached token':<58}{(resident() - before) / 20_000:10.0f} bytes")


async def reach(guards: int) -> None:
    """A role is given and taken in turn; each time the token at hand must be refused by every guard."""
    from server import ADMIN, USER, Jotgate

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="jotgate-bench-")))
        jotgate = Jotgate(folder)
        url = stack.enter_context(jotgate.serving())
        jotgate.add(ADMIN, "admin")
        jotgate.add(USER)
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            admin = (await http.post("/v1/login", json=ADMIN)).json()
            session = (await http.post("/v1/login", json=USER)).json()
            watching = [Guard(url, url) for _ in range(guards)]
            times: list[list[float]] = [[] for _ in watching]
            for number in range(REVOCATIONS):
                answer = await http.post("/v1/refresh", json={"refresh_token": session["refresh_token"]})
                session = answer.json()
                token = session["access_token"]
                for guard in watching:
                    await guard.check(token)
                if number % 100 == 0:
                    admin = (await http.post("/v1/refresh", json={"refresh_token": admin["refresh_token"]})).json()
                started = time.perf_counter()
                watchers = [
                    asyncio.create_task(refusal(guard, token, started, 0.0005 * guards**0.5)) for guard in watching
                ]
                answer = await http.patch(
                    f"/v1/admin/users/{session['user']['id']}",
                    json={"roles": ["editor"] if number % 2 else []},
                    headers={"Authorization": f"Bearer {admin['access_token']}"},
                )
                assert answer.status_code == 200, answer.text
                for seen, taken in zip(times, await asyncio.gather(*watchers), strict=True):
                    seen.append(taken)
            everything = sorted(taken * 1000 for seen in times for taken in seen)
            p99 = everything[int(len(everything) * 0.99)]
            p50 = everything[len(everything) // 2]
            worst = everything[-1]
            print(f"{guards:4} guards, {REVOCATIONS} revocations: p50 {p50:.1f}, p99 {p99:.1f}, worst {worst:.1f} ms")
            for guard in watching:
                await guard.close()


async def rotate(seconds: float) -> None:
    """Ten people go on working while the keys of tokens and feed change every ten seconds."""
    from server import USER, Jotgate

    with ExitStack() as stack:
        jotgate = Jotgate(Path(stack.enter_context(TemporaryDirectory(prefix="jotgate-bench-"))))
        url = stack.enter_context(jotgate.serving())
        jotgate.add(USER)
        guard, outcomes, kids = Guard(url, url), Counter[str](), set[str]()
        ends = time.monotonic() + seconds

        async def work(http: httpx.AsyncClient) -> None:
            session = (await http.post("/v1/login", json=USER)).json()
            while time.monotonic() < ends:
                answer = await http.post("/v1/refresh", json={"refresh_token": session["refresh_token"]})
                session = answer.json()
                kids.add(session["access_token"].partition(".")[0])
                try:
                    await guard.check(session["access_token"])
                    outcomes["good"] += 1
                except Refused as refused:
                    outcomes[refused.reason] += 1
                await asyncio.sleep(0.2)

        async def change() -> None:
            while time.monotonic() < ends - 10:
                await asyncio.sleep(10)
                for purpose in ("access", "feed"):
                    await asyncio.to_thread(jotgate.run, "signing-keys", "rotate", "--purpose", purpose, "--now")

        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            await asyncio.gather(change(), *(work(http) for _ in range(10)))
        print(f"{len(kids)} keys in {seconds:.0f} s: {dict(outcomes)}, fetches of keys: {guard.key_fetches}")
        await guard.close()


async def refusal(guard: Guard, token: str, started: float, pause: float) -> float:
    while True:
        try:
            await guard.check(token)
        except Refused as refused:
            assert refused.reason == "revoked.subject", refused
            return time.perf_counter() - started
        await asyncio.sleep(pause)


if __name__ == "__main__":
    if sys.argv[1:2] == ["rotate"]:
        asyncio.run(rotate(float(sys.argv[2])))
    elif sys.argv[1:] == ["reach"]:
        for guards in (1, 10):
            asyncio.run(reach(guards))
    else:
        look_ups()
        asyncio.run(snapshot())
        asyncio.run(checks())
