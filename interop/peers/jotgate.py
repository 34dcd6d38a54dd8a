"""Our side of the exchange: the command line, as a stranger would call it."""

import base64
import json
import os
import subprocess
from pathlib import Path

PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi")


# The options of `jws sign` for each form.
FORMS = {
    "flattened": ["--form", "flattened"],
    "general": ["--form", "general"],
    "detached": ["--detached"],
    "unencoded": ["--detached", "--unencoded"],
}


def encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


class Jotgate:
    def __init__(self, folder: Path):
        self.folder = folder
        self.made = {}

    def make(self, alg: str) -> dict:
        """A key of our own for this algorithm, in every form; one for all peers."""
        if alg not in self.made:
            private = json.loads(self.must("key", "generate", alg))
            public = {name: value for name, value in private.items() if name not in PRIVATE_MEMBERS}
            self.made[alg] = {"private": {"jwk": private}, "public": {"jwk": public}}
            if alg.startswith("HS"):
                text = self.must("secret", "--bytes", "64")
                self.made[alg]["private"]["text"] = self.made[alg]["public"]["text"] = text.strip()
            else:
                self.made[alg]["private"]["pkcs8"] = self.pem(private, "pkcs8")
                self.made[alg]["public"]["spki"] = self.pem(public, "spki")
        return self.made[alg]

    def pem(self, jwk: dict, form: str) -> str:
        """Our key as PEM: `pkcs8` or `spki`."""
        if form == "spki":
            return self.must("key", "convert", "--to", form, self.file(jwk))
        out = self.folder / f"pem-{len(list(self.folder.iterdir()))}"
        self.must("key", "convert", "--to", form, "--private", "--out", str(out), self.file(jwk))
        return out.read_text()

    def sign(self, alg: str, key, claims: dict) -> str:
        """The claims `iat` and `exp` come from options, because `token sign` wants the end said."""
        rest = {name: value for name, value in claims.items() if name != "exp"}
        end = ("--now", str(claims["iat"]), "--expires-in", f"{claims['exp'] - claims['iat']}s")
        return self.must("token", "sign", *self.key(key), "--alg", alg, "--claims", self.file(rest), *end).strip()

    def verify(self, alg: str, pairs: list[tuple], issuer: str, audience: str) -> list[dict]:
        """An answer for each pair of key and token: JWKs go through one batch, other forms need a file and a call."""
        demands = ("--alg", alg, "--iss", issuer, "--aud", audience)
        lines = [json.dumps({"id": at, "key": key, "token": token})
                 for at, (key, token) in enumerate(pairs) if isinstance(key, dict)]
        said = self.must("token", "verify", "--batch", *demands, stdin="\n".join(lines))
        answers = {answer["id"]: answer for answer in map(json.loads, said.splitlines())}
        for answer in answers.values():
            if answer["ok"]:
                answer["claims"] = json.loads(base64.urlsafe_b64decode(answer["payload"] + "=="))
        for at, (key, token) in enumerate(pairs):
            if not isinstance(key, dict):
                done = self.run("token", "verify", *self.key(key), *demands, "-", stdin=token)
                assert done.returncode in (0, 1), done.stderr
                said = json.loads(done.stdout) if done.returncode == 0 else None
                answers[at] = {"ok": said is not None, "claims": said, "reason": done.stderr.split(":")[0].strip()}
        return [answers[at] for at in range(len(pairs))]

    def sign_form(self, form: str, key: dict, payload: str):
        said = self.must("jws", "sign", *self.key(key), *FORMS[form], "-", stdin=payload)
        return json.loads(said) if said.startswith("{") else said.strip()

    def verify_forms(self, lines: list[tuple]) -> list[dict]:
        """An answer for each key, JWS and detached payload, from one batch."""
        batch = [{"key": key, "token": jws} | ({"payload": encode(detached)} if detached is not None else {})
                 for key, jws, detached in lines]
        said = self.must("jws", "verify", "--batch", stdin="\n".join(map(json.dumps, batch)))
        return [json.loads(line) for line in said.splitlines()]

    def key(self, key) -> tuple[str, str]:
        secret = isinstance(key, str) and "BEGIN" not in key
        return ("--secret" if secret else "--key", self.file(key))

    def file(self, content) -> str:
        path = self.folder / str(len(list(self.folder.iterdir())))
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def must(self, *arguments: str, stdin: str = "") -> str:
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, f"jotgate {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def run(self, *arguments: str, stdin: str) -> subprocess.CompletedProcess:
        command = [os.environ["JOTGATE_BIN"], *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
