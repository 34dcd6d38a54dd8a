"""Reads one access token: text, keys and the time in, claims out or `Refused`.

PyJWT makes the keys and checks the signatures. What is around them is read here, because PyJWT takes what the server
would not: padded base64, two members of one name, NaN, any `typ`, `"exp": "1700000000"`, `"exp": true`, an empty `sub`.
Not here: fetching keys, revocation. RFC 7515, RFC 7519 section 7.2, RFC 8725, RFC 9068 section 4.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .keys import KNOWN_ALGORITHMS, Key, KeySet
from .reasons import Refused, shown
from .wire import decode, read_object

MAX_TOKEN = 16 * 1024
_MAX_KID = 512
_LAST_SECOND = 253_402_300_799  # the end of the year 9999: later times are not times
_SCOPE = re.compile(r"[!#-\[\]-~]+( [!#-\[\]-~]+)*")
_ACCESS_TOKEN_TYPES = ("at+jwt", "application/at+jwt")
_NOT_EXTENSIONS = frozenset(
    "alg jku jwk kid x5u x5c x5t x5t#S256 typ cty crit enc zip epk apu apv iv tag p2s p2c".split()
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What tokens of one issuer must be."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    leeway: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart; nothing in it is believed yet."""

    alg: str
    kid: str | None
    typ: object
    payload: str
    signed: bytes
    signature: bytes

    @classmethod
    def read(cls, text: str, limit: int = MAX_TOKEN) -> "Token":
        if len(text) > limit:
            raise Refused("malformed.size", "The token is too long", expected=f"at most {limit} characters")
        parts = text.split(".")
        if len(parts) != 3:
            raise Refused("malformed.parts", expected="3", received=str(len(parts)))
        header = read_object(decode(parts[0], "the header"), "malformed.json")
        _check_critical(header)
        alg, kid, cty = header.get("alg"), header.get("kid"), header.get("cty")
        if isinstance(alg, str) and alg.lower() == "none":
            raise Refused("alg.none")
        if not isinstance(alg, str) or alg not in KNOWN_ALGORITHMS:
            raise Refused("alg.unknown", received=shown(alg))
        if "kid" in header and not (isinstance(kid, str) and 0 < len(kid) <= _MAX_KID):
            raise Refused("key.unknown_kid", "`kid` is no name of a key")
        if cty is not None and (not isinstance(cty, str) or cty.lower() in ("jwt", "application/jwt")):
            raise Refused("typ.mismatch", "The token holds another token instead of claims")
        signed = f"{parts[0]}.{parts[1]}".encode(errors="replace")
        signature = decode(parts[2], "the signature")
        return cls(KNOWN_ALGORITHMS[alg], kid, header.get("typ"), parts[1], signed, signature)

    def claims(self, key: Key, typ: Sequence[str]) -> dict[str, Any]:
        """The payload, once the signature fits; of these types only."""
        if not key.verifies(self.signed, self.signature):
            raise Refused("signature.invalid")
        claims = read_object(decode(self.payload, "the payload"), "malformed.claims_not_object")
        # Because an ID token, a logout token or a revocation list of the same issuer is signed as well.
        if not isinstance(self.typ, str) or self.typ.lower() not in typ:
            raise Refused("typ.mismatch", expected=typ[0], received=shown(self.typ))
        return claims


def verify(token: Token, keys: KeySet, policy: Policy, now: int) -> tuple[dict[str, Any], Key]:
    """The claims of a good access token, and the key that signed it."""
    if token.alg not in policy.algorithms:
        raise Refused("alg.not_allowed", expected=" ".join(sorted(policy.algorithms)), received=token.alg)
    key = keys.select(token.alg, token.kid)
    claims = token.claims(key, _ACCESS_TOKEN_TYPES)
    _check_issuer(claims, policy.issuer)
    _check_audience(claims, policy.audience)
    check_times(claims, policy.leeway, now)
    _check_shape(claims)
    return claims, key


def check_times(claims: Mapping[str, Any], leeway: int, now: int) -> None:
    """To the second: a token is good before `exp`, not at it."""
    exp, nbf, iat = (_time(claims, name) for name in ("exp", "nbf", "iat"))
    if exp is None:
        raise Refused("exp.missing")
    if exp <= now - leeway:
        raise Refused("exp.expired", expected=f"now before {int(exp)}", received=f"now {now}")
    if nbf is not None and nbf > now + leeway:
        raise Refused("nbf.not_yet", expected=f"now from {int(nbf)}", received=f"now {now}")
    if iat is not None and iat > now + leeway:
        raise Refused("iat.in_future", expected=f"now from {int(iat)}", received=f"now {now}")
    if any(start is not None and exp < start for start in (nbf, iat)):
        raise Refused("claim.mismatch", "The token ends before it begins")


def _check_critical(header: Mapping[str, Any]) -> None:
    """No extension is known here, so any that must be understood is a refusal. `b64` changes what is signed."""
    if "crit" in header:
        names = header["crit"]
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise Refused("crit.malformed")
        if len(set(names)) < len(names) or any(name in _NOT_EXTENSIONS or name not in header for name in names):
            raise Refused("crit.malformed")
        raise Refused("crit.unsupported", received=shown(names[0]))
    if header.get("b64", True) is not True:
        raise Refused("crit.malformed", "`b64` without `crit`")


def _check_issuer(claims: Mapping[str, Any], issuer: str) -> None:
    if "iss" not in claims:
        raise Refused("iss.missing", expected=shown(issuer))
    if not isinstance(claims["iss"], str):
        raise Refused("iss.malformed")
    if claims["iss"] != issuer:
        raise Refused("iss.mismatch", expected=shown(issuer), received=shown(claims["iss"]))


def _check_audience(claims: Mapping[str, Any], audience: str) -> None:
    if "aud" not in claims:
        raise Refused("aud.missing", expected=shown(audience))
    names = [claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Refused("aud.malformed")
    if audience not in names:
        raise Refused("aud.mismatch", expected=shown(audience), received=", ".join(shown(name) for name in names[:4]))


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    if name not in claims:
        return None
    value: Any = claims[name]
    # bool is an int in Python, and 1e400 is read as infinity.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        value = None
    if value is None or abs(value) > _LAST_SECOND:
        raise Refused("exp.malformed" if name == "exp" else "claim.malformed", f"`{name}` is no time")
    return float(value)


def _check_shape(claims: Mapping[str, Any]) -> None:
    """The claims of RFC 9068 and of Jotgate, each of its type; then whom they speak for."""
    for name in ("sub", "iat", "jti", "client_id", "epoch"):
        if claims.get(name) is None:
            raise Refused("claim.missing", expected=f"`{name}`")
    for name in ("sub", "jti", "client_id", "sid", "acr"):
        if name in claims and (not isinstance(claims[name], str) or not claims[name]):
            raise Refused("claim.malformed", f"`{name}` is no text")
    for name in ("roles", "amr"):
        value = claims.get(name, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise Refused("claim.malformed", f"`{name}` is no list of texts")
    scope, epoch = claims.get("scope", ""), claims["epoch"]
    if not isinstance(scope, str) or (scope and not _SCOPE.fullmatch(scope)):
        raise Refused("claim.malformed", "`scope` is not words with one space between")
    if isinstance(epoch, bool) or not isinstance(epoch, int) or not -(2**63) <= epoch < 2**63:
        raise Refused("claim.malformed", "`epoch` is no whole number")
    _time(claims, "auth_time")
    # RFC 9700 section 4.15: no client may be taken for a user, nor the other way round.
    subject, client = claims["sub"], claims["client_id"]
    if subject.startswith("client:"):
        clear = subject == f"client:{client}" and "sid" not in claims
    else:
        clear = subject != client
    if not clear:
        raise Refused("claim.mismatch", "`sub` leaves open whether a user or a client acts")
    # RFC 9449 section 7.1: without a proof that the caller holds the key, a stolen one would be as good.
    if "cnf" in claims:
        raise Refused("token.scheme", "The token is bound to a key of its client, and this API takes no proofs")
