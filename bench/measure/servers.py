"""The two servers under test, Jotgate and the peer: how each is started, and what its routes and fields are called.

Not here: how long anything takes (loads.py).
"""

import json
import os
import secrets
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from measure.process import Process, free_port

BENCH = Path(__file__).parent.parent
PASSWORD = "correct horse battery staple"
BASE_ENV = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


@dataclass
class Words:
    """What a server calls its routes and fields."""

    signup: str
    login: str
    refresh: str
    guarded: str
    refresh_in: str
    refresh_out: str
    access_out: str


@dataclass
class Server:
    """A kind of server with a folder for its data."""

    name: str
    command: list[str]
    health: str
    words: Words
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    process: Process | None = None

    def start(self, port: int | None = None, host: str | None = None) -> None:
        """On this port or a free one; `host` is what its requests say, when its issuer is at another address."""
        port = port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        env = BASE_ENV | {name: value.format(port=port, folder=self.folder) for name, value in self.env.items()}
        self.process = Process(self.command, env, port, self.health, self.folder / "server.log", host)

    def stop(self) -> None:
        if self.process:
            self.process.stop()
            self.process = None

    def forget(self) -> None:
        """As if it had never run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def sign_up(self, count: int) -> None:
        for n in range(count):
            self.post(self.words.signup, credentials(n))

    def log_in(self, n: int) -> dict:
        return self.post(self.words.login, credentials(n))

    def post(self, path: str, body: dict) -> dict:
        url = f"http://localhost:{self.process.port}{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)


def credentials(n: int) -> dict:
    return {"email": f"user{n}@example.com", "password": PASSWORD}


def jotgate(binary: Path, folder: Path) -> Server:
    """As it is without any configuration: ES256, SQLite with synchronous=FULL."""
    words = Words(
        signup="/v1/signup",
        login="/v1/login",
        refresh="/v1/refresh",
        guarded="/v1/me",
        refresh_in="refresh_token",
        refresh_out="refresh_token",
        access_out="access_token",
    )
    env = {"JOTGATE_LISTEN": "127.0.0.1:{port}", "JOTGATE_DATA": "{folder}/data"}
    return Server("Jotgate", [str(binary), "serve"], "/readyz", words, folder, env)


def peer(folder: Path) -> Server:
    """peer-express, in production mode."""
    words = Words(
        signup="/signup",
        login="/login",
        refresh="/refresh",
        guarded="/me",
        refresh_in="refreshToken",
        refresh_out="refreshToken",
        access_out="accessToken",
    )
    env = {
        "NODE_ENV": "production",
        "PORT": "{port}",
        "DATABASE": "{folder}/peer.db",
        "JWT_SECRET": secrets.token_hex(32),
    }
    return Server("Express", ["node", str(BENCH / "peer-express" / "server.js")], "/healthz", words, folder, env)


def jotgate_binary() -> Path:
    """The one JOTGATE_BIN names, or the release build of this repository."""
    if named := os.environ.get("JOTGATE_BIN"):
        return Path(named).resolve()
    return release_build(BENCH.parent, "jotgate")


def floor_binary() -> Path:
    return release_build(BENCH, "jotgate-bench-floor")


def release_build(workspace: Path, package: str) -> Path:
    command = ["cargo", "build", "--release", "--locked", "-p", package, "--message-format=json-render-diagnostics"]
    lines = subprocess.run(command, cwd=workspace, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    executables = [message.get("executable") for message in map(json.loads, lines) if message.get("executable")]
    return Path(executables[-1])


def install_peer() -> None:
    if not (BENCH / "peer-express" / "node_modules").exists():
        subprocess.run(["npm", "ci"], cwd=BENCH / "peer-express", check=True)
