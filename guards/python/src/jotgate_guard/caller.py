"""Who makes a request, and what a route may ask of them. Values only: nothing here looks at a token's signature."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .reasons import Refused

_STANDARD = frozenset("iss sub aud exp nbf iat jti client_id sid scope roles epoch auth_time amr acr".split())


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes the request, after every check."""

    claims: Mapping[str, Any] = field(repr=False)
    """Everything the token says."""

    @property
    def subject(self) -> str:
        """The user's id, which never changes; `client:` and its id for a service that acts for itself."""
        return str(self.claims["sub"])

    @property
    def is_client(self) -> bool:
        """Whether a service acts for itself."""
        return self.subject.startswith("client:")

    @property
    def issuer(self) -> str:
        return str(self.claims["iss"])

    @property
    def session(self) -> str | None:
        """The session the token belongs to; a service that acts for itself has none."""
        return self.claims.get("sid")

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self.claims.get("roles", ()))

    @property
    def scope(self) -> frozenset[str]:
        return frozenset(self.claims.get("scope", "").split())

    @property
    def extra(self) -> dict[str, Any]:
        """The claims that `[tokens.claims]` maps."""
        return {name: value for name, value in self.claims.items() if name not in _STANDARD}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route asks for beside a good token; all of it must hold."""

    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    any_scope: tuple[str, ...] = ()
    any_role: tuple[str, ...] = ()
    """With `any_scope`: one of them all is enough."""
    fresh_within: float | None = None

    def check(self, caller: Caller) -> None:
        """Words are compared whole and letter by letter; `Refused` (403) for what is missing."""
        for scope in self.scopes:
            if scope not in caller.scope:
                raise Refused("scope.missing", expected=scope, scope=scope)
        for role in self.roles:
            if role not in caller.roles:
                raise Refused("role.missing", expected=role)
        if not (self.any_scope or self.any_role):
            return
        if caller.scope.isdisjoint(self.any_scope) and caller.roles.isdisjoint(self.any_role):
            wanted = " or ".join((*self.any_role, *self.any_scope))
            raise Refused("role.missing" if self.any_role else "scope.missing", expected=wanted)
