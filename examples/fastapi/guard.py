"""The check of the access token on this application's own routes: locally, with the public keys Jotgate publishes.

Not here: logging in (login.py). RFC 6750 (Bearer), RFC 9068 (the token's shape).
"""

import re
from collections.abc import Callable

import jwt
from fastapi import Depends, HTTPException, Request

BEARER = re.compile(r"Bearer +(\S+)", re.IGNORECASE)


class RequireToken:
    """A dependency that lets a request through only with a good access token; its value is the claims."""

    def __init__(self, issuer: str, audience: str) -> None:
        self.policy = {
            "issuer": issuer,
            "audience": audience,
            "algorithms": ["ES256"],  # because the token must not choose how it is checked
            "options": {"require": ["exp", "iss", "aud", "sub"]},
        }
        # Fetched once, kept, fetched again when a token names a key not seen before.
        self.keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json", lifespan=300, timeout=5)

    # Not `async`: fetching keys blocks, and FastAPI runs plain functions on its thread pool.
    def __call__(self, request: Request) -> dict:
        sent = BEARER.fullmatch(request.headers.get("authorization", ""))
        if not sent:
            raise HTTPException(401, "No token", {"WWW-Authenticate": "Bearer"})
        try:
            return self.check(sent[1])
        except jwt.PyJWKClientConnectionError as error:
            # Because the token may be good: a 401 would send the user to the login page for our own fault.
            raise HTTPException(503, "The login server's keys cannot be reached", {"Retry-After": "5"}) from error
        except jwt.ExpiredSignatureError as error:
            raise bad_token("The token has expired") from error
        except (jwt.InvalidTokenError, jwt.PyJWKClientError) as error:
            raise bad_token("The token is not valid") from error

    def check(self, token: str) -> dict:
        key = self.keys.get_signing_key_from_jwt(token)
        verified = jwt.decode_complete(token, key, **self.policy)
        # Because an ID token or any other token of the same issuer is no access token. PyJWT does not look at `typ`.
        if str(verified["header"].get("typ")).lower() not in ("at+jwt", "application/at+jwt"):
            raise jwt.InvalidTokenError("typ is not at+jwt")
        return verified["payload"]


def require_role(role: str, user: Callable[..., dict]) -> Callable[..., dict]:
    """A dependency on top of `user`: the role must be among the token's `roles`."""

    def check(claims: dict = Depends(user)) -> dict:
        if role not in claims.get("roles", []):
            challenge = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}
            raise HTTPException(403, f"This needs the role {role}", challenge)
        return claims

    return check


def bad_token(why: str) -> HTTPException:
    challenge = f'Bearer error="invalid_token", error_description="{why}"'
    return HTTPException(401, why, {"WWW-Authenticate": challenge})
