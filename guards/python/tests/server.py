"""Starts the real Jotgate, from the binary that JOTGATE_BIN names, in a folder of its own.

Every wait ends after PATIENCE seconds with what the server said. Not here: what is expected of it.
"""

import json
import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 30
USER = {"email": "ada@example.com", "password": "difference engine 1822"}
ADMIN = {"email": "grace@example.com", "password": "nanoseconds of wire 1906"}
BASE_ENV = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


class Jotgate:
    """A data folder and a configuration; `serving` runs the server on them, again after a stop if asked."""

    def __init__(self, folder: Path, configuration: str = "") -> None:
        self.binary = str(Path(os.environ["JOTGATE_BIN"]).resolve())
        self.folder, self.listen = folder, "127.0.0.1:0"
        self.process: subprocess.Popen[str] | None = None
        (folder / "jotgate.toml").write_text(configuration)
        (folder / "jotgate.toml").chmod(0o600)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address."""
        try:
            yield self.start()
        finally:
            self.stop()

    def start(self) -> str:
        """Its address: the one it had before, when it is started again."""
        process = subprocess.Popen(
            [self.binary, "serve"],
            cwd=self.folder,
            env=BASE_ENV | {"JOTGATE_LISTEN": self.listen},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.process = process
        url = _printed_url(process)
        self.listen = f"127.0.0.1:{url.rpartition(':')[2]}"
        return url

    def kill(self) -> None:
        """As a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)
            self.process = None

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process = None

    def run(self, *args: str, stdin: str = "") -> str:
        """What a command beside the server prints."""
        command = [self.binary, *args]
        done = subprocess.run(
            command, cwd=self.folder, env=BASE_ENV, input=stdin, text=True, capture_output=True, timeout=PATIENCE
        )
        assert done.returncode == 0, f"jotgate {' '.join(args)} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def add(self, who: dict[str, str], *roles: str) -> None:
        words = [word for role in roles for word in ("--role", role)]
        self.run("user", "add", who["email"], *words, "--password-stdin", stdin=who["password"])

    def add_client(self, name: str, *args: str) -> dict[str, Any]:
        client: dict[str, Any] = json.loads(self.run("client", "add", name, *args, "--json"))
        return client


def _printed_url(process: "subprocess.Popen[str]") -> str:
    """The first address it prints; what it prints later is read too, so that the pipe never fills."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    stdout = process.stdout
    assert stdout is not None, "it was asked for a pipe"

    def read() -> None:
        for line in stdout:
            lines.put(line)
        stdout.close()
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    seen: list[str] = []
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            line = lines.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError(f"no address in {PATIENCE} s: {''.join(seen)}") from None
        if line is None:
            raise RuntimeError(f"it ended without an address: {''.join(seen)}")
        seen.append(line)
        if found := re.match(r"issuer +(http://localhost:\d+)$", line):
            return found[1]
