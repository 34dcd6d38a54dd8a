"""The workers of the token benchmark: one process a library, asked in turns over a pipe."""

import os
import subprocess
import sys
from pathlib import Path

# The floor first, then Jotgate; the rest in the order of the tables.
NAMES = ("floor", "ours", "jsonwebtoken", "jwt-simple", "josekit", "biscuit")
NEEDS = {"jwt-simple": ("cmake", "clang"), "josekit": ("pkg-config",)}
PACKAGES = {"cmake": "cmake", "clang": "clang libclang-dev", "pkg-config": "pkg-config libssl-dev", "openssl": "openssl"}


class Worker:
    """One library, or the bare calls."""

    def __init__(self, binary: Path, keys: Path, *extra: str) -> None:
        self.process = subprocess.Popen([binary, keys, *extra], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.cases = self.ask("list").split()

    def ask(self, request: str) -> str:
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"a worker ended at '{request}': what it says stands above")
        return answer.strip()

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def build(bench: Path, names: tuple[str, ...]) -> Path:
    """The folder of the binaries: for each worker one that is timed and one that counts allocations."""
    for name in names:
        # One by one, because together they would share the features that one of them wants from serde_json.
        wanted = ("-p", f"jotgate-bench-{package(name)}")
        subprocess.run(["cargo", "build", "--release", "--manifest-path", bench / "Cargo.toml", *wanted], check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", bench / "target")) / "release"


def package(name: str) -> str:
    return "aws-lc" if name == "floor" else name


def binary(folder: Path, name: str, counts: bool = False) -> Path:
    return folder / f"jose-{package(name)}{'-count' if counts else ''}"


def make_keys(folder: Path) -> None:
    """Fresh keys for one run. The tokens follow when Jotgate's worker starts."""
    (folder / "secret").write_bytes(os.urandom(64))
    kinds = {
        "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
        "p256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        "p384": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
        "p521": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"),
        "ed25519": ("-algorithm", "ED25519"),
    }
    for name, kind in kinds.items():
        pem = folder / f"{name}.pem"
        openssl("genpkey", *kind, "-out", pem)
        openssl("pkcs8", "-topk8", "-nocrypt", "-in", pem, "-outform", "DER", "-out", folder / f"{name}.der")
        openssl("pkey", "-in", pem, "-pubout", "-out", folder / f"{name}.pub.pem")
        openssl("pkey", "-in", pem, "-pubout", "-outform", "DER", "-out", folder / f"{name}.pub.der")
    openssl("rsa", "-in", folder / "rsa.pem", "-traditional", "-outform", "DER", "-out", folder / "rsa.pkcs1.der")


def openssl(*arguments) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)
