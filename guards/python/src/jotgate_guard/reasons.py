"""Why a request is refused: the codes that Jotgate's server uses too, and the answer each becomes.

Not here: deciding. RFC 6750 section 3 (challenges), RFC 9457 (problem documents).
"""

import json
from collections.abc import Mapping

_TITLES: Mapping[str, tuple[int, str]] = {
    "malformed.parts": (401, "The token does not have three parts"),
    "malformed.size": (401, "The token is too large"),
    "malformed.base64": (401, "A part of the token is not base64url"),
    "malformed.json": (401, "Header or payload is not valid JSON"),
    "malformed.duplicate_member": (401, "A name occurs twice in one JSON object"),
    "malformed.depth": (401, "The JSON is nested too deeply"),
    "malformed.utf8": (401, "Header or payload is not UTF-8 text"),
    "malformed.claims_not_object": (401, "The payload is not a JSON object"),
    "alg.none": (401, "The token is not signed"),
    "alg.unknown": (401, "The algorithm is not known"),
    "alg.not_allowed": (401, "The algorithm is not allowed here"),
    "alg.key_mismatch": (401, "The algorithm does not belong to the key"),
    "key.unknown_kid": (401, "No key has the id that the token names"),
    "key.ambiguous": (401, "More than one key could be meant"),
    "signature.invalid": (401, "The signature does not fit"),
    "exp.missing": (401, "The token has no expiry time"),
    "exp.expired": (401, "The token has expired"),
    "exp.malformed": (401, "The expiry time is not a usable number"),
    "nbf.not_yet": (401, "The token is not valid yet"),
    "iat.in_future": (401, "The token was issued in the future"),
    "iss.missing": (401, "The token does not name its issuer"),
    "iss.mismatch": (401, "The token comes from another issuer"),
    "iss.malformed": (401, "The issuer is not a string"),
    "aud.missing": (401, "The token does not say for whom it is"),
    "aud.mismatch": (401, "The token is meant for somebody else"),
    "aud.malformed": (401, "The audience is neither a string nor a list of strings"),
    "typ.mismatch": (401, "This is another kind of token"),
    "crit.unsupported": (401, "The token demands an extension that is not known"),
    "crit.malformed": (401, "The list of critical extensions is wrong"),
    "claim.missing": (401, "A required claim is absent"),
    "claim.malformed": (401, "A claim has the wrong type"),
    "claim.mismatch": (401, "A claim has another value than required"),
    "token.missing": (401, "No token was sent"),
    "token.scheme": (401, "The Authorization header uses another scheme"),
    "token.repeated": (400, "More than one token was sent"),
    "scope.missing": (403, "The token does not have the scope needed"),
    "role.missing": (403, "The user does not have the role needed"),
    "request.origin": (403, "The page that sent this is not allowed to"),
    "revoked.session": (401, "The session has ended"),
    "revoked.token": (401, "The token has been taken back"),
    "revoked.subject": (401, "The user's rights have changed since the token was made"),
    "revoked.key": (401, "The key that signed the token has been revoked"),
    "revocations.stale": (503, "It is not known what has been revoked lately"),
    "keys.unreachable": (503, "The issuer's keys cannot be fetched"),
    "stepup.required": (401, "A recent login is needed"),
}

CODES = frozenset(_TITLES)
_TRY_AGAIN_SECONDS = 1


class Refused(Exception):
    """The request is not let in. Holds no part of the token, so that it may be logged."""

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        expected: str | None = None,
        received: str | None = None,
        scope: str | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.status, self.title = _TITLES[reason]
        self.detail = detail or self.title
        self.expected = expected
        self.received = received
        self.scope = scope

    @property
    def challenge(self) -> str | None:
        """The value of `WWW-Authenticate`, where the answer needs one."""
        if self.reason in ("token.missing", "token.scheme"):
            # Because RFC 6750 section 3.1 wants no error code for who has not tried.
            return 'Bearer realm="jotgate"'
        if self.reason == "stepup.required":
            error = "insufficient_user_authentication"
        elif self.status == 401:
            error = "invalid_token"
        elif self.reason == "token.repeated":
            error = "invalid_request"
        elif self.reason in ("scope.missing", "role.missing"):
            error = "insufficient_scope"
        else:
            return None
        needed = f', scope="{self.scope}"' if self.scope else ""
        return f'Bearer realm="jotgate", error="{error}", error_description="{self.title}"{needed}'

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
        if self.challenge:
            headers["WWW-Authenticate"] = self.challenge
        if self.status == 503:
            headers["Retry-After"] = str(_TRY_AGAIN_SECONDS)
        return headers

    def problem(self, issuer: str) -> dict[str, object]:
        """The body of the answer; `issuer` is where the page about the reason is."""
        document: dict[str, object] = {
            "type": f"{issuer}/reasons/{self.reason}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "reason": self.reason,
        }
        for name, value in (("expected", self.expected), ("received", self.received)):
            if value is not None:
                document[name] = value
        return document

    def body(self, issuer: str) -> bytes:
        return json.dumps(self.problem(issuer)).encode()


def shown(value: object) -> str:
    """Somebody else's text for an answer or a log: short, printable ASCII, in quotes."""
    text = value if isinstance(value, str) else type(value).__name__
    return json.dumps(text[:100] + ("..." if len(text) > 100 else "")).replace("\x7f", "\\u007f")
