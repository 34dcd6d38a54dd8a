"""The access token of a request (RFC 6750): one header, one token. Nothing in the URL or the body counts.

Cookies count only where that was agreed, and then with the page's `Origin` for every unsafe method.
"""

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from .reasons import Refused, shown

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
Headers = Iterable[tuple[bytes, bytes]]


def bearer(headers: Headers, query: bytes = b"") -> str | None:
    """The token as it came; None when there is none. Two are refused, since which one counts must not be guessed."""
    lines = [value for name, value in headers if name.lower() == b"authorization"]
    in_query = any(pair.startswith(b"access_token=") for pair in query.split(b"&"))
    if len(lines) > 1 or (lines and in_query):
        raise Refused("token.repeated", expected="one Authorization header with one token")
    if not lines:
        return None
    scheme, _, rest = lines[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused("token.scheme", expected="Bearer")
    token = rest.strip(" ")
    if token in ("", "undefined", "null", "[object Object]"):
        raise Refused("token.missing", "The header has the word Bearer and no token")
    if any(mark in token for mark in " ,\t"):
        raise Refused("token.repeated", "More than one word after Bearer")
    return token


def cookie_token(headers: Headers, method: str, name: str, origins: Collection[str]) -> str | None:
    """The token of the cookie `name`. A browser adds it to what any page sends, so the page must be in `origins`."""
    headers = list(headers)
    pairs = [
        pair.strip().partition("=")
        for header, value in headers
        if header.lower() == b"cookie"
        for pair in value.decode("latin-1").split(";")
    ]
    tokens = [value for key, _, value in pairs if key == name and value]
    if not tokens:
        return None
    if len(tokens) > 1:
        raise Refused("token.repeated", "More than one cookie with a token")
    sent = [value.decode("latin-1") for header, value in headers if header.lower() == b"origin"]
    site = [value for header, value in headers if header.lower() == b"sec-fetch-site"]
    vouched = len(sent) == 1 and sent[0] in origins if sent else site == [b"same-origin"]
    if method not in _SAFE_METHODS and not vouched:
        raise Refused("request.origin", received=shown(sent[0]) if sent else None)
    return tokens[0]


def cookie_name(issuer: str) -> str:
    """As Jotgate names it: with `__Host-`, except on http, where browsers would drop that; there with the port."""
    if issuer.startswith("https:"):
        return "__Host-jotgate_access"
    return f"jotgate_access_{urlsplit(issuer).port or 80}"
