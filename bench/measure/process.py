"""A server process pinned to one core: starting it, its CPU time, its memory, stopping it.

Not here: which servers there are (servers.py).
"""

import os
import socket
import subprocess
import time
from pathlib import Path

SERVER_CORE = "0"
LOAD_CORE = "1"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Process:
    """One running server; `first_200` is how many seconds it took to answer."""

    def __init__(self, command: list[str], env: dict[str, str], port: int, health: str, log: Path, host: str | None = None) -> None:
        self.port = port
        self.host = host or f"localhost:{port}"
        with log.open("ab") as output:
            started = time.perf_counter()
            self.child = subprocess.Popen(
                ["taskset", "-c", SERVER_CORE, *command],
                env=env,
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self.wait_for_200(health, log, deadline=started + 30)
        except BaseException:
            self.stop()
            raise
        self.first_200 = time.perf_counter() - started

    def wait_for_200(self, path: str, log: Path, deadline: float) -> None:
        request = f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode()
        while time.perf_counter() < deadline:
            if self.child.poll() is not None:
                raise RuntimeError(f"the server ended with {self.child.returncode}; its log is {log}")
            if answer_to(request, self.port).startswith(b"HTTP/1.1 200"):
                return
            time.sleep(0.0005)
        raise RuntimeError(f"no 200 from {path} within 30 s; the server's log is {log}")

    def cpu_seconds(self) -> float:
        """User and system time of all its threads, ended ones included."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def resident_mb(self) -> float:
        for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the server is gone")

    def stop(self) -> None:
        self.child.terminate()
        try:
            self.child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def answer_to(request: bytes, port: int) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(request)
            return connection.recv(4096)
    except OSError:
        return b""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
