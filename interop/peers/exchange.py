"""Exchanges tokens and keys between Jotgate and the libraries its users have elsewhere, both ways.

For each peer and each algorithm both sides know, keys made on either side travel as JWK, PEM or text, private and
public; tokens made on either side are accepted on the other with the same claims; damaged ones and those of another
key are refused on both. Prints what was exchanged, and fails if anything was not or if it was less than it should be.
"""

import base64
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import forms
from jotgate import Jotgate

HERE = Path(__file__).parent
HMAC = ["HS256", "HS384", "HS512"]
RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
EC = ["ES256", "ES384", "ES512"]
EDWARDS = ["Ed25519", "EdDSA"]  # two names of one algorithm, RFC 9864 and RFC 8037

# The command of each peer, and what it does not know; the day it learns is noticed here.
PEERS = {
    "PyJWT": ([sys.executable, "peer_pyjwt.py"], ["Ed25519"]),
    "joserfc": ([sys.executable, "peer_joserfc.py"], []),
    "jose": (["node", "peer_jose.mjs"], []),
    "jsonwebtoken": (["node", "peer_jsonwebtoken.mjs"], EDWARDS),
}
EXPECTED = 1658

ISSUER, AUDIENCE, NOW = "https://id.example", "https://api.example", int(time.time())
CLAIMS = {
    "iss": ISSUER, "aud": [AUDIENCE, "https://other.example"], "sub": "42", "iat": NOW, "exp": NOW + 600,
    "name": "Zoë \u2028 \"Ada\" \\ / \U0001f600", "nested": {"list": [1, -1, 1.5, True, None]}, "big": 2**53 - 1,
}


class Peer:
    """One library in a process of its own."""

    def __init__(self, name: str, command: list[str]):
        self.name = name
        self.process = subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, op: str, **request) -> dict:
        self.process.stdin.write(json.dumps({"op": op, **request}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def must(self, op: str, **request):
        answer = self.ask(op, **request)
        assert answer["ok"], f"{self.name} {op} {request['alg']}: {answer['error']}"
        return answer["value"]

    def verify(self, alg: str, key, token: str) -> dict:
        return self.ask("verify", alg=alg, key=key, token=token, issuer=ISSUER, audience=AUDIENCE)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def damaged(token: str) -> dict[str, str]:
    """The token with each of its parts changed."""
    header, payload, signature = token.split(".")
    bits = bytearray(decode(signature))
    bits[7] ^= 1
    admin = encode(json.dumps(CLAIMS | {"sub": "1"}).encode())
    unsigned = encode(b'{"alg":"none","typ":"JWT"}')
    return {
        "payload": f"{header}.{admin}.{signature}",
        "signature": f"{header}.{payload}.{encode(bytes(bits))}",
        "no signature": f"{header}.{payload}.",
        "none": f"{unsigned}.{payload}.",
    }


def exchange(ours: Jotgate, peer: Peer, alg: str) -> dict:
    """Every token of one peer and one algorithm; how many were accepted each way, and how many refused."""
    row = {"forms": set(), "ours read": 0, "theirs read": 0, "refused": 0}
    makers = {"our": ours.make(alg), "their": peer.must("make", alg=alg)}
    for owner, made in makers.items():
        for form, private in made["private"].items():
            what = f"{peer.name} {alg} with {owner} {form}"
            keys = [(name, key) for name, key in made["public"].items() if (name == "text") == (form == "text")]
            tokens = ours.sign(alg, private, CLAIMS), peer.must("sign", alg=alg, key=private, claims=CLAIMS)
            for name, key in keys:
                answer = peer.verify(alg, key, tokens[0])
                assert answer.get("value") == CLAIMS, f"{what}: our token read with {name}: {answer}"
                row["ours read"] += 1
            for (name, _), answer in zip(keys, ours.verify(alg, [(key, tokens[1]) for _, key in keys], ISSUER, AUDIENCE)):
                assert answer.get("claims") == CLAIMS, f"{what}: their token read with {name}: {answer}"
                row["theirs read"] += 1
            row["forms"] |= {form, *(name for name, _ in keys)}
    row["refused"] = refusals(ours, peer, alg, makers)
    return row


def refusals(ours: Jotgate, peer: Peer, alg: str, makers: dict) -> int:
    """Damaged tokens, and good ones read with somebody else's key, on both sides."""
    private, public = ({owner: made[half]["jwk"] for owner, made in makers.items()} for half in ("private", "public"))
    token = ours.sign(alg, private["our"], CLAIMS)
    cases = damaged(token) | {"another key": token}
    for name, case in cases.items():
        answer = peer.verify(alg, public["their" if name == "another key" else "our"], case)
        assert not answer["ok"], f"{peer.name} {alg} takes our token with {name}"
    token = peer.must("sign", alg=alg, key=private["their"], claims=CLAIMS)
    theirs = damaged(token) | {"another key": token}
    asked = [(public["our" if name == "another key" else "their"], case) for name, case in theirs.items()]
    for name, answer in zip(theirs, ours.verify(alg, asked, ISSUER, AUDIENCE)):
        expected = {"none": "alg.none"}.get(name, "signature.invalid")
        assert answer["reason"] == expected, f"{peer.name} {alg}: with {name} their token is {answer}"
    return len(cases) + len(theirs)


def unknown(peer: Peer, algs: list[str]) -> None:
    for alg in algs:
        answer = peer.ask("make", alg=alg)
        if answer["ok"]:
            answer = peer.ask("sign", alg=alg, key=answer["value"]["private"]["pkcs8"], claims=CLAIMS)
        assert not answer["ok"], f"{peer.name} has learnt {alg}: take it off the list of what it does not know"


def forms_with(ours: Jotgate, peer: Peer) -> int:
    """The other forms of JWS, with the peers that know them."""
    total = 0
    for alg in forms.ALGORITHMS if peer.name in forms.PEERS else []:
        read, refused = forms.exchange(ours, peer, alg)
        print(f"{peer.name:13} {alg:9} {read // 2:9} {read // 2:11} {refused:7}  JWS: {', '.join(forms.FORMS)}")
        total += read + refused
    return total


def main() -> None:
    total = 0
    print(f"{'peer':13} {'algorithm':9} {'ours read':>9} {'theirs read':>11} {'refused':>7}  forms of keys")
    with tempfile.TemporaryDirectory(prefix="jotgate-peers-") as folder:
        ours = Jotgate(Path(folder))
        for name, (command, not_known) in PEERS.items():
            peer = Peer(name, command)
            unknown(peer, not_known)
            for alg in (alg for alg in HMAC + RSA + EC + EDWARDS if alg not in not_known):
                row = exchange(ours, peer, alg)
                counts = row["ours read"], row["theirs read"], row["refused"]
                print(f"{name:13} {alg:9} {counts[0]:9} {counts[1]:11} {counts[2]:7}  {', '.join(sorted(row['forms']))}")
                total += sum(counts)
            total += forms_with(ours, peer)
            peer.close()
    print(f"{total} exchanges, all as they should be")
    assert total == EXPECTED, f"{EXPECTED} exchanges were expected"


if __name__ == "__main__":
    main()
