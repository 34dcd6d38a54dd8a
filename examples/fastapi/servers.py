"""Starts the real servers for test_example.py: Jotgate from the binary JOTGATE_BIN names, the application by uvicorn.

Not here: what is expected of them.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
BASE_ENV = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


class Jotgate:
    """A Jotgate in a folder of its own, with this `jotgate.toml`."""

    def __init__(self, folder: Path, configuration: str) -> None:
        self.binary = os.environ["JOTGATE_BIN"]
        self.where = {"cwd": folder, "env": BASE_ENV | {"JOTGATE_LISTEN": "127.0.0.1:0"}}
        (folder / "jotgate.toml").write_text(configuration)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address."""
        with running([self.binary, "serve"], self.where) as url:
            yield url

    def run(self, *args: str, stdin: str) -> None:
        """A command beside the server."""
        subprocess.run([self.binary, *args], input=stdin, text=True, check=True, **self.where)


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
        process.terminate()
        process.wait(timeout=20)


def printed_url(process: subprocess.Popen) -> str:
    """The first address it prints; what it prints later is read and dropped, so that the pipe never fills."""
    seen = []
    for line in process.stdout:
        seen.append(line)
        if found := re.search(r"http://(localhost|127\.0\.0\.1):\d+", line):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found[0]
    raise RuntimeError(f"{process.args[0]} ended and printed no address: {''.join(seen)}")
