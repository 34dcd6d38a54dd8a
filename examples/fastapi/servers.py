"""Starts the real servers for test_example.py: Jotgate from the binary JOTGATE_BIN names, the application by uvicorn.

Every wait ends after PATIENCE seconds, with what was waited for and what the child said. Not here: what is expected of them.
"""

import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 30
HERE = Path(__file__).parent
BASE_ENV = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


class Jotgate:
    """A Jotgate in a folder of its own, with this `jotgate.toml`."""

    def __init__(self, folder: Path, configuration: str) -> None:
        self.binary = os.environ["JOTGATE_BIN"]
        self.where = {"cwd": folder, "env": BASE_ENV | {"JOTGATE_LISTEN": "127.0.0.1:0"}}
        settings = folder / "jotgate.toml"
        settings.write_text(configuration)
        settings.chmod(0o600)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address."""
        with running([self.binary, "serve"], self.where) as url:
            yield url

    def run(self, *args: str, stdin: str) -> None:
        """A command beside the server."""
        done = subprocess.run([self.binary, *args], input=stdin, text=True, capture_output=True, timeout=PATIENCE, **self.where)
        assert done.returncode == 0, f"jotgate {' '.join(args)} ended with {done.returncode}: {done.stderr}"


@contextmanager
def application(module: str, **settings: str) -> Iterator[str]:
    """The address of the application in `module`, on a port of its own."""
    command = [sys.executable, "-m", "uvicorn", f"{module}:app", "--port", "0", "--no-access-log"]
    with running(command, {"cwd": HERE, "env": BASE_ENV | settings}) as url:
        yield url


@contextmanager
def running(command: list[str], where: dict) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **where)
    try:
        yield printed_url(process)
    finally:
        stop(process)


def printed_url(process: subprocess.Popen) -> str:
    """The first address it prints; what it prints later is read too, so that the pipe never fills."""
    lines = queue.SimpleQueue()

    def read() -> None:
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    seen = []
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            line = lines.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError(f"{process.args} printed no address in {PATIENCE} s: {''.join(seen)}") from None
        if line is None:
            raise RuntimeError(f"{process.args} ended and printed no address: {''.join(seen)}")
        seen.append(line)
        if found := re.search(r"http://(localhost|127\.0\.0\.1):\d+", line):
            return found[0]


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
