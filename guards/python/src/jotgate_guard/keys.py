"""Public keys as an issuer publishes them (RFC 7517), and which of them a token gets.

A key carries its algorithm; the token's `alg` only has to agree. `jku`, `x5u`, `jwk` and `x5c` in a token are not read.
Not here: fetching (`issuer.py`).
"""

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from .reasons import Refused, shown
from .wire import encode

log = logging.getLogger("jotgate_guard")

_EC = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_HMAC = ("HS256", "HS384", "HS512")
# RFC 9864 names the curve; PyJWT and older issuers say EdDSA.
KNOWN_ALGORITHMS = {name: name for name in (*_EC, *_RSA, *_HMAC)} | {"EdDSA": "EdDSA", "Ed25519": "EdDSA"}
ASYMMETRIC = frozenset((*_EC, *_RSA, "EdDSA"))
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
_MAX_KEYS = 100
_RSA_BITS = range(2048, 8193)  # longer ones are a way to make every check slow


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    kid: str | None
    alg: str
    thumbprint: str
    """RFC 7638, SHA-256; empty for a shared secret."""
    jwk: jwt.PyJWK

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        return bool(self.jwk.Algorithm.verify(signed, self.jwk.key, signature))


class KeySet:
    """The usable keys of an issuer."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        self.thumbprints = frozenset(key.thumbprint for key in self.keys)
        self._by_kid: dict[str | None, list[Key]] = {}
        for key in self.keys:
            self._by_kid.setdefault(key.kid, []).append(key)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> "KeySet":
        """A key that is broken or of a kind not known sinks only itself."""
        entries = document.get("keys")
        if not isinstance(entries, list) or len(entries) > _MAX_KEYS:
            raise ValueError(f"no key set, or one of more than {_MAX_KEYS} keys")
        keys = []
        for entry in entries:
            try:
                keys.append(public_key(entry))
            except (ValueError, TypeError, jwt.PyJWTError) as error:
                log.info("a published key is not used: %s", shown(str(error)))
        return cls(keys)

    @classmethod
    def of_secret(cls, secret: bytes, algorithm: str) -> "KeySet":
        # RFC 7518 section 3.2; a shorter one can be guessed offline from any token (hashcat mode 16500).
        if len(secret) < 32 or len(set(secret)) < 8:
            raise ValueError("the secret must be at least 32 random bytes: `jotgate secret` makes one")
        jwk = jwt.PyJWK({"kty": "oct", "k": encode(secret)}, algorithm)
        return cls([Key(None, algorithm, "", jwk)])

    def has(self, kid: str | None) -> bool:
        return kid is None or kid in self._by_kid or None in self._by_kid

    def select(self, alg: str, kid: str | None) -> Key:
        """By name and algorithm; never one key after the other until one fits."""
        if not self.has(kid) or not self.keys:
            raise Refused("key.unknown_kid", received=None if kid is None else shown(kid))
        named = self.keys if kid is None else self._by_kid.get(kid) or self._by_kid.get(None, [])
        fitting = {key.thumbprint: key for key in named if key.alg == alg}
        if not fitting:
            raise Refused("alg.key_mismatch", received=alg)
        if len(fitting) > 1:
            raise Refused("key.ambiguous", expected="a `kid` that only one key has")
        return next(iter(fitting.values()))


def public_key(jwk: object) -> Key:
    if not isinstance(jwk, dict):
        raise ValueError("an entry that is no object")
    kid, alg, kty = jwk.get("kid"), jwk.get("alg"), jwk.get("kty")
    if kid is not None and (not isinstance(kid, str) or not kid):
        raise ValueError("`kid` is no name")
    if not isinstance(alg, str) or KNOWN_ALGORITHMS.get(alg) not in ASYMMETRIC:
        raise ValueError(f"`alg` is {shown(alg)}")
    alg = KNOWN_ALGORITHMS[alg]
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise ValueError("it is not for signatures")
    if "d" in jwk or "k" in jwk:
        raise ValueError("it is not public")
    wanted = {"kty": "RSA"} if alg in _RSA else {"kty": "OKP", "crv": "Ed25519"}
    if alg in _EC:
        wanted = {"kty": "EC", "crv": _EC[alg]}
    if any(jwk.get(name) != value for name, value in wanted.items()):
        raise ValueError(f"{alg} needs a key of {' '.join(wanted.values())}")
    members = {name: jwk.get(name) for name in _MEMBERS[wanted["kty"]]}
    if not all(isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]+", value) for value in members.values()):
        raise ValueError("a member is no base64url")
    made = jwt.PyJWK({**members, "alg": alg}, alg)
    if kty == "RSA" and (made.key.key_size not in _RSA_BITS or made.key.public_numbers().e < 3):
        raise ValueError(f"RSA of {made.key.key_size} bits")
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    return Key(kid, alg, encode(hashlib.sha256(canonical).digest()), made)
