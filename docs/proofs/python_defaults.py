"""PyJWT checks the audience of a token that has one. What the caller does not ask for stays unchecked there too."""
import datetime
import sys

import jwt

SECRET = "b7f8c1d25e0a94637f1c0de5b2a9863e4d7f60c1928ab35e7d04c6f1a8b92e35"


def holds(claim: str, truth: bool) -> None:
    print(("holds       " if truth else "DOES NOT HOLD ") + claim)
    if not truth:
        sys.exit(1)


def accepted(token: str, **options) -> bool:
    try:
        jwt.decode(token, SECRET, algorithms=["HS256"], **options)
        return True
    except jwt.InvalidTokenError:
        return False


soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=15)
sign = lambda **claims: jwt.encode(claims, SECRET, algorithm="HS256")

holds("PyJWT: a token made by another issuer is let in", accepted(sign(sub="1", iss="https://elsewhere.example", exp=soon)))
holds("PyJWT: a token without an expiry is let in", accepted(sign(sub="1")))
holds("PyJWT: a token of no user is let in", accepted(sign(exp=soon)))
holds("PyJWT: a token for another API is refused (better than most)", not accepted(sign(sub="1", aud="https://billing.example", exp=soon)))
read = jwt.decode(sign(sub="1", role="admin"), options={"verify_signature": False})
holds("verify_signature: False hands out the claims of anybody's token", read["role"] == "admin")

policy = dict(issuer="https://id.example", audience="https://api.example", options={"require": ["exp", "iss", "aud", "sub"]})
good = sign(sub="1", iss="https://id.example", aud="https://api.example", exp=soon)
holds("with issuer, audience and `require` the right token passes", accepted(good, **policy))
for missing in ("sub", "iss", "aud", "exp"):
    claims = dict(sub="1", iss="https://id.example", aud="https://api.example", exp=soon)
    del claims[missing]
    holds(f"  and one without `{missing}` is refused", not accepted(sign(**claims), **policy))
