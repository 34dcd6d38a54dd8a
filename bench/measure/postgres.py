"""A PostgreSQL of its own for a measurement, from the programs Debian installs, with fsync on."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measure.process import SERVER_CORE, free_port


def is_there() -> bool:
    return programs() is not None


@contextmanager
def running() -> Iterator[str]:
    """The URL of an empty database; server and data are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="jotgate-bench-", dir="/var/tmp"))
    if os.geteuid() == 0:  # which PostgreSQL refuses to be
        shutil.chown(folder, "postgres")
    port = free_port()
    subprocess.run(own(str(programs() / "initdb"), "-U", "postgres", "-A", "trust", "-D", str(folder / "data")), check=True, stdout=subprocess.DEVNULL, cwd="/")
    command = own(str(programs() / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1")
    server = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        wait_for(folder / "data" / "postmaster.pid")
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def own(*command: str) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def wait_for(state: Path) -> None:
    for _ in range(600):
        lines = state.read_text().splitlines() if state.exists() else []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL is not ready after 30 s")


def programs() -> Path | None:
    found = [folder / "bin" for folder in Path("/usr/lib/postgresql").glob("*") if (folder / "bin/postgres").exists()]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)
