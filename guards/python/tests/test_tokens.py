"""Bad tokens, and the reason for which each is refused. Most are signed well, which nobody could do without the key."""

import asyncio
import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from issuer import AUDIENCE, EC_KEY, ED_KEY, ISSUER, KEYS, OTHER_EC_KEY, RSA_KEY, Issuer, claims, sign, sign_raw

from jotgate_guard import Refused
from jotgate_guard.reasons import CODES

NOW = int(time.time())
HEADER = b'{"alg":"ES256","typ":"at+jwt","kid":"k1"}'
DEEP = "[" * 40 + "]" * 40
VERY_DEEP = "[" * 5000 + "]" * 5000


def outcome(token: str, **options: Any) -> str:
    """The reason, or the subject of a good token."""

    async def check() -> str:
        try:
            return (await Issuer().guard(**options).check(token)).subject
        except Refused as refused:
            return refused.reason

    return asyncio.run(check())


def raw(payload: str, header: bytes = HEADER) -> str:
    return sign_raw(header, payload.encode())


def plus(text: str) -> str:
    """A good payload with this text before its last brace."""
    return json.dumps(claims())[:-1] + text + "}"


def exp(text: str) -> str:
    """A good token but for `exp`, written so."""
    return raw(json.dumps(claims(exp=None))[:-1] + f',"exp":{text}}}')


def resigned(signature: str) -> str:
    return sign(claims()).rpartition(".")[0] + "." + signature


def changed(token: str) -> str:
    header, payload, signature = token.split(".")
    body = base64.urlsafe_b64decode(payload + "==").replace(b"editor", b"admins")
    return f"{header}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{signature}"


def respelled(token: str) -> str:
    """One of the unused bits of the last character set: the same bytes, another text."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


BAD: dict[str, tuple[str, str]] = {
    # The right form, and signed by nobody, or by somebody else.
    "alg none": ("alg.none", raw(json.dumps(claims()), b'{"alg":"none","typ":"at+jwt"}').rpartition(".")[0] + "."),
    "alg nOnE": ("alg.none", raw(json.dumps(claims()), b'{"alg":"nOnE","typ":"at+jwt"}')),
    "signature stripped": ("signature.invalid", resigned("")),
    "payload changed": ("signature.invalid", changed(sign(claims()))),
    "another key under the same name": ("signature.invalid", sign(claims(), OTHER_EC_KEY)),
    "an all-zero signature": ("signature.invalid", resigned("A" * 86)),
    "a signature in DER": ("signature.invalid", resigned("MEUCIQDA" + "A" * 88)),
    "HS256 with the public key": ("alg.not_allowed", sign(claims(), KEYS[0]["x"].encode(), "HS256")),
    "RS256 under the name of an EC key": ("alg.key_mismatch", sign(claims(), RSA_KEY, "RS256")),
    "PS256 with a key for RS256": ("alg.key_mismatch", sign(claims(), RSA_KEY, "PS256", kid="k2")),
    "an algorithm nobody knows": ("alg.unknown", raw(json.dumps(claims()), b'{"alg":"ES257","kid":"k1"}')),
    "no algorithm": ("alg.unknown", raw(json.dumps(claims()), b'{"kid":"k1","typ":"at+jwt"}')),
    "an algorithm in a list": ("alg.unknown", raw(json.dumps(claims()), b'{"alg":["ES256"],"kid":"k1"}')),
    # Keys named in ways that nobody should follow.
    "an unknown kid": ("key.unknown_kid", sign(claims(), OTHER_EC_KEY, kid="nobody's")),
    "kid is a number": ("key.unknown_kid", sign(claims(), kid=7)),
    "kid is empty": ("key.unknown_kid", sign(claims(), kid="")),
    "kid is a path": ("key.unknown_kid", sign(claims(), kid="../../dev/null")),
    "jwk in the header": ("signature.invalid", sign(claims(), OTHER_EC_KEY, jwk=KEYS[0])),
    "jku in the header": ("key.unknown_kid", sign(claims(), OTHER_EC_KEY, kid="x", jku="https://evil.example/keys")),
    "x5u in the header": ("key.unknown_kid", sign(claims(), OTHER_EC_KEY, kid="x", x5u="https://evil.example/c")),
    # Form.
    "two parts": ("malformed.parts", "a.b"),
    "five parts": ("malformed.parts", "a.b.c.d.e"),
    "no parts": ("malformed.parts", "x"),
    "too long": ("malformed.size", sign(claims(x="y" * 20_000))),
    "padded": ("malformed.base64", sign(claims()) + "=="),
    "the other alphabet": ("malformed.base64", resigned("+" * 86)),
    "white space in it": ("malformed.base64", sign(claims()).replace(".", "\n.", 1)),
    "a second spelling": ("malformed.base64", respelled(sign(claims()))),
    "a letter that is no ASCII": ("malformed.base64", resigned("é" * 86)),
    "half a letter": ("signature.invalid", sign(claims()).replace(".", ".\ud800", 1)),
    "alg twice": ("malformed.duplicate_member", raw(json.dumps(claims()), HEADER[:-1] + b',"alg":"ES256"}')),
    "a claim twice": ("malformed.duplicate_member", raw(plus(',"sub":"0197-admin"'))),
    "a claim twice, once escaped": ("malformed.duplicate_member", raw(plus(',"s\\u0075b":"0197-admin"'))),
    "a claim twice, deeper": ("malformed.duplicate_member", raw(plus(',"x":{"a":1,"a":2}'))),
    "NaN": ("malformed.json", raw(plus(',"x":NaN'))),
    "exp Infinity": ("malformed.json", exp("Infinity")),
    "a comma too many": ("malformed.json", raw(plus(","))),
    "text behind": ("malformed.json", raw(plus("") + "{}")),
    "half a surrogate pair": ("malformed.json", raw(plus(',"x":"\\ud800"'))),
    "a byte order mark": ("malformed.utf8", raw("\ufeff" + plus(""))),
    "no UTF-8": ("malformed.utf8", sign_raw(HEADER, plus(',"x":"?"').encode().replace(b"?", b"\xff"))),
    "a list as payload": ("malformed.claims_not_object", raw("[1]")),
    "a list as header": ("malformed.json", raw(plus(""), b"[]")),
    "too deep": ("malformed.depth", raw(plus(f',"x":{DEEP}'))),
    "very deep": ("malformed.depth", raw(plus(f',"x":{VERY_DEEP}'))),
    "too many members": ("malformed.size", sign(claims(x={str(n): n for n in range(300)}))),
    # Of another kind.
    "typ JWT": ("typ.mismatch", sign(claims(), typ="JWT")),
    "no typ": ("typ.mismatch", sign(claims(), typ=None)),
    "a logout token": ("typ.mismatch", sign(claims(events={}), typ="logout+jwt")),
    "a revocation list": ("typ.mismatch", sign(claims(), typ="revocations+jwt")),
    "typ in a list": ("typ.mismatch", sign(claims(), typ=["at+jwt"])),
    "typ with a parameter": ("typ.mismatch", sign(claims(), typ="at+jwt;v=1")),
    "a token in a token": ("typ.mismatch", sign(claims(), cty="JWT")),
    "crit that nobody knows": ("crit.unsupported", sign(claims(), crit=["exp2"], exp2=1)),
    "crit with b64": ("crit.unsupported", sign(claims(), crit=["b64"], b64=True)),
    "b64 without crit": ("crit.malformed", sign(claims(), b64=False)),
    "crit is empty": ("crit.malformed", sign(claims(), crit=[])),
    "crit names what is not there": ("crit.malformed", sign(claims(), crit=["x"])),
    "crit names alg": ("crit.malformed", sign(claims(), crit=["alg"])),
    "crit is a text": ("crit.malformed", sign(claims(), crit="exp2", exp2=1)),
    # For somebody else, or of somebody else.
    "another issuer": ("iss.mismatch", sign(claims(iss="https://evil.example"))),
    "the issuer with a slash": ("iss.mismatch", sign(claims(iss=ISSUER + "/"))),
    "no issuer": ("iss.missing", sign(claims(iss=None))),
    "the issuer in a list": ("iss.malformed", sign(claims(iss=[ISSUER]))),
    "another audience": ("aud.mismatch", sign(claims(aud="https://other.example"))),
    "an audience that begins alike": ("aud.mismatch", sign(claims(aud=AUDIENCE + ".evil"))),
    "an audience that contains ours": ("aud.mismatch", sign(claims(aud=f"x {AUDIENCE}"))),
    "no audience": ("aud.missing", sign(claims(aud=None))),
    "an empty list of audiences": ("aud.mismatch", sign(claims(aud=[]))),
    "a list with other things": ("aud.malformed", sign(claims(aud=[AUDIENCE, 7]))),
    "the audience as an object": ("aud.malformed", sign(claims(aud={AUDIENCE: 1}))),
    # Times.
    "expired": ("exp.expired", sign(claims(exp=NOW - 60, iat=NOW - 100))),
    "no end": ("exp.missing", sign(claims(exp=None))),
    "exp null": ("exp.malformed", exp("null")),
    "exp a text": ("exp.malformed", exp(f'"{NOW + 600}"')),
    "exp true": ("exp.malformed", exp("true")),
    "exp 1e400": ("exp.malformed", exp("1e400")),
    "exp 1e300": ("exp.malformed", exp("1e300")),
    "exp in milliseconds": ("exp.malformed", exp(str((NOW + 600) * 1000))),
    "not yet": ("nbf.not_yet", sign(claims(nbf=NOW + 300))),
    "nbf a text": ("claim.malformed", sign(claims(nbf="0"))),
    "nbf null": ("claim.malformed", raw(plus(',"nbf":null'))),
    "issued in the future": ("iat.in_future", sign(claims(iat=NOW + 300))),
    # Whom it speaks for.
    "no sub": ("claim.missing", sign(claims(sub=None))),
    "an empty sub": ("claim.malformed", sign(claims(sub=""))),
    "sub a number": ("claim.malformed", sign(claims(sub=7))),
    "no jti": ("claim.missing", sign(claims(jti=None))),
    "no epoch": ("claim.missing", sign(claims(epoch=None))),
    "epoch true": ("claim.malformed", sign(claims(epoch=True))),
    "sid a number": ("claim.malformed", sign(claims(sid=7))),
    "roles a text": ("claim.malformed", sign(claims(roles="admin"))),
    "roles with other things": ("claim.malformed", sign(claims(roles=["admin", 7]))),
    "scope a list": ("claim.malformed", sign(claims(scope=["admin"]))),
    "scope with a tab": ("claim.malformed", sign(claims(scope="read\tadmin"))),
    "scope with two spaces": ("claim.malformed", sign(claims(scope="read  admin"))),
    "a user who is a client": ("claim.mismatch", sign(claims(sub="first-party"))),
    "a client under another name": ("claim.mismatch", sign(claims(sub="client:reports", sid=None))),
    "bound to a key, and sent without a proof": ("token.scheme", sign(claims(cnf={"jkt": "x"}))),
    "a client with a session": ("claim.mismatch", sign(claims(sub="client:reports", client_id="reports"))),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_is_refused_with_its_reason(name: str) -> None:
    reason, token = BAD[name]
    assert outcome(token) == reason


@pytest.mark.parametrize(
    "token",
    [
        sign(claims()),
        sign(claims(), typ="application/at+jwt"),
        sign(claims(), typ="AT+JWT"),
        sign(claims(aud=["x", AUDIENCE])),
        sign(claims(exp=NOW + 600.5)),
        sign(claims(sid=None, scope=None, roles=None)),
        sign(claims(), RSA_KEY, "RS256", kid="k2"),
        sign(claims(), ED_KEY, "Ed25519", kid="k3"),
        sign_raw(b'{"alg":"EdDSA","typ":"at+jwt","kid":"k3"}', plus("").encode(), ED_KEY, "EdDSA"),
        raw(plus(',"x":"\\ud83d\\ude00"')),
    ],
)
def test_a_good_token_is_taken(token: str) -> None:
    assert outcome(token) == "0197-user"


def test_a_service_that_acts_for_itself() -> None:
    token = sign(claims(sub="client:reports", client_id="reports", sid=None, roles=None))
    assert outcome(token) == "client:reports"


def test_leeway_moves_every_bound() -> None:
    now = int(time.time())
    late = sign(claims(exp=now - 20, iat=now - 100))
    early = sign(claims(nbf=now + 40, iat=now + 40))
    backwards = sign(claims(exp=now + 20, nbf=now + 40))
    assert [outcome(token, leeway=60) for token in (late, early)] == ["0197-user"] * 2
    assert [outcome(token, leeway=0) for token in (late, early)] == ["exp.expired", "nbf.not_yet"]
    assert outcome(backwards, leeway=60) == "claim.mismatch"


def test_a_shared_secret_opens_one_algorithm() -> None:
    secret = hashlib.sha256(b"a test").digest()
    assert outcome(sign(claims(), secret, "HS256", kid=None), secret=secret) == "0197-user"
    assert outcome(sign(claims(), secret + b"x", "HS256", kid=None), secret=secret) == "signature.invalid"
    assert outcome(sign(claims(), secret + secret, "HS512", kid=None), secret=secret) == "alg.not_allowed"
    assert outcome(sign(claims()), secret=secret) == "alg.not_allowed"


def test_what_pyjwt_takes_of_these() -> None:
    """Why the reading is ours: the usual call, with issuer and audience, takes all of these."""
    taken = set()
    for name, (_, token) in BAD.items():
        try:
            jwt.decode(token, EC_KEY.public_key(), algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER)
            taken.add(name)
        except (jwt.PyJWTError, RecursionError, UnicodeError):
            continue
    assert {"typ JWT", "a logout token", "exp a text", "a claim twice", "padded", "NaN", "no end", "no sub"} <= taken
    assert {"alg none", "payload changed", "another audience", "expired"}.isdisjoint(taken)


def test_the_catalogue_is_the_servers() -> None:
    page = Path(__file__).parents[3] / "docs/reasons/README.md"
    known = {}
    for line in page.read_text().splitlines():
        if line.startswith("| [`"):
            _, code, status, title, _ = (cell.strip() for cell in line.split("|"))
            known[code.split("`")[1]] = (int(status), title)
    for code in CODES:
        assert (Refused(code).status, Refused(code).title) == known[code], code


def test_no_refusal_holds_a_piece_of_the_token() -> None:
    for name, (_, token) in BAD.items():
        try:
            asyncio.run(Issuer().guard().check(token))
        except Refused as refused:
            said = f"{refused} {refused.headers} {refused.body(ISSUER).decode()}"
            assert not any(part in said for part in token.split(".") if len(part) > 8), name
