"""The guard as a FastAPI dependency. Without FastAPI the classes exist all the same, and only the middleware is of use.

Not here: any check.
"""

from typing import TYPE_CHECKING, Any

from .caller import Caller
from .reasons import Refused

if TYPE_CHECKING:
    from fastapi import FastAPI
try:
    from fastapi.openapi.models import HTTPBearer
    from fastapi.security.base import SecurityBase
    from starlette.exceptions import HTTPException, WebSocketException
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response
except ImportError:  # pragma: no cover
    SecurityBase = HTTPException = object  # type: ignore[assignment,misc]
    HTTPConnection = Request = Any  # type: ignore[assignment,misc]
    HTTPBearer = dict  # type: ignore[assignment,misc]

_POLICY_VIOLATION = 1008


class RefusedAnswer(HTTPException):
    """A refusal on its way through FastAPI: `install` makes a problem document of it."""

    def __init__(self, refused: Refused, issuer: str) -> None:
        super().__init__(refused.status, refused.detail, refused.headers)
        self.refused, self.issuer = refused, issuer


class Dependency(SecurityBase):
    """What `Depends` is given. Shows as `Authorize` in FastAPI's pages."""

    issuer: str
    model = HTTPBearer(bearerFormat="JWT", description="An access token of Jotgate")
    scheme_name = "Jotgate"

    async def admit(self, scope: Any) -> Caller | None:
        raise NotImplementedError

    async def _enter(self, connection: HTTPConnection) -> Caller | None:
        try:
            return await self.admit(connection.scope)
        except Refused as refused:
            if connection.scope["type"] == "websocket":
                raise WebSocketException(_POLICY_VIOLATION, refused.reason) from None
            raise RefusedAnswer(refused, self.issuer) from None


class Required(Dependency):
    """`caller: Caller = Depends(...)`"""

    async def __call__(self, connection: HTTPConnection) -> Caller:
        caller = await self._enter(connection)
        assert caller is not None, "without a token `admit` of a required caller has refused"
        return caller


class Optional(Dependency):
    """`caller: Caller | None = Depends(...)`"""

    async def __call__(self, connection: HTTPConnection) -> Caller | None:
        return await self._enter(connection)


def install_handler(app: "FastAPI") -> None:
    async def answer(_: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedAnswer), "registered for this class"
        return Response(error.refused.body(error.issuer), error.status_code, error.refused.headers)

    app.add_exception_handler(RefusedAnswer, answer)
