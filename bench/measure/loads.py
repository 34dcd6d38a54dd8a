"""The loads: what wrk is told to do to a server, and what came of it; beside them the floor of the machine.

Not here: the order in which they run (../run).
"""

import json
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measure.process import LOAD_CORE, SERVER_CORE
from measure.servers import BENCH, Server, credentials


@dataclass
class Load:
    """One way to use a server; `clients` connections, each a session of its own."""

    name: str
    clients: int
    script: str
    floors: tuple[str, ...] = ()  # measured just before it, because the machine changes by the minute


LOADS = [
    Load("refresh", 8, "refresh.lua"),
    Load("refresh", 32, "refresh.lua", floors=("update", "insert")),
    Load("login", 4, "login.lua", floors=("argon2id",)),
    Load("guarded route", 32, "guarded.lua"),
]
FLOORS = [what for load in LOADS for what in load.floors]
USERS = max(load.clients for load in LOADS)


def run_load(load: Load, server: Server, seconds: float) -> dict:
    """Requests a second, p50, p99, CPU a request, memory afterwards. Anything but 2xx is an error."""
    lines, arguments = prepare(load, server)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        cpu_before, wrk_before, started = server.process.cpu_seconds(), children_cpu_seconds(), time.perf_counter()
        measured = wrk(load, server, seconds, [file.name, *arguments])
        cpu = server.process.cpu_seconds() - cpu_before
        wrk_cpu = children_cpu_seconds() - wrk_before
        elapsed = time.perf_counter() - started
    if measured["refused"] or measured["broken"]:
        raise RuntimeError(f"{server.name}, {load.name}: {measured}")
    return {
        "per_second": measured["requests"] / measured["seconds"],
        "p50_ms": measured["p50_ms"],
        "p99_ms": measured["p99_ms"],
        "cpu_us": cpu * 1e6 / measured["requests"],
        "core_percent": 100 * cpu / elapsed,
        "wrk_core_percent": 100 * wrk_cpu / elapsed,
        "resident_mb": server.process.resident_mb(),
        "requests": measured["requests"],
    }


def prepare(load: Load, server: Server) -> tuple[list[str], list[str]]:
    """A line for each client, and the script's further arguments."""
    words = server.words
    if load.name == "login":
        return [json.dumps(credentials(n)) for n in range(load.clients)], [words.login]
    sessions = [server.log_in(n) for n in range(load.clients)]
    if load.name == "refresh":
        return [session[words.refresh_out] for session in sessions], [words.refresh, words.refresh_in, words.refresh_out]
    return [session[words.access_out] for session in sessions], [words.guarded]


def wrk(load: Load, server: Server, seconds: float, arguments: list[str]) -> dict:
    # One thread, because it has one core; more of them would be woken one by one, at the cost of the server's core.
    clients = ["-t", "1", "-c", str(load.clients), "-d", f"{seconds:.0f}s", "--timeout", "30s"]
    port = server.process.port
    target = ["-H", f"Host: localhost:{port}", "-s", load.script, f"http://127.0.0.1:{port}"]
    command = ["taskset", "-c", LOAD_CORE, "wrk", *clients, *target, "--", *arguments]
    output = subprocess.run(command, cwd=BENCH / "load", capture_output=True, text=True)
    lines = [line for line in output.stdout.splitlines() if line.startswith("{")]
    if output.returncode != 0 or not lines:
        raise RuntimeError(f"wrk failed: {output.stdout[-2000:]} {output.stderr[-2000:]}")
    return json.loads(lines[-1])


def children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_floor(binary: Path, what: str, seconds: float, folder: Path) -> dict:
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        command = ["taskset", "-c", SERVER_CORE, str(binary), what, str(seconds), fresh]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
