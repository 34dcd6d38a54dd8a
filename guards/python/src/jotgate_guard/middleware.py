"""The guard around any ASGI application (Starlette, FastAPI, Litestar, Quart, Django's ASGI).

Every path is protected but those excluded by name. The caller is in `scope["state"]["caller"]`, which Starlette shows
as `request.state.caller`. Not here: any check.
"""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from .caller import Needs
from .guard import Guard, Scope
from .reasons import Refused

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# A path that another layer may read in another way is never an excluded one.
_DEVIOUS = ("//", "/.", "\\", "%", ";", "\0")
_POLICY_VIOLATION = 1008


class GuardMiddleware:
    """`app.add_middleware(GuardMiddleware, guard=guard, exclude=["/health", "/public/*"])`

    An excluded path is one path, or with `/*` at its end all paths below. CORS preflights carry no token: put
    `CORSMiddleware` around this one.
    """

    def __init__(self, app: App, *, guard: Guard, exclude: Sequence[str] = (), needs: Needs | None = None) -> None:
        if isinstance(exclude, str) or any(not path.startswith("/") or "*" in path[:-1] for path in exclude):
            raise ValueError("`exclude` is a list of paths such as /health or /public/*")
        self.app, self.guard, self.needs = app, guard, needs
        self._paths = frozenset(path for path in exclude if not path.endswith("*"))
        self._folders = tuple(path[:-1] for path in exclude if path.endswith("/*"))
        if len(self._paths) + len(self._folders) < len(set(exclude)):
            raise ValueError("`*` stands alone after a slash")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, self._stopping(send))
        # What is neither of these is not passed on, because what is not known cannot have been checked.
        if scope["type"] not in ("http", "websocket"):
            return
        if not self._is_excluded(scope):
            try:
                caller = await self.guard.admit(scope, self.needs)
            except Refused as refused:
                await self._refuse(refused, scope, send)
                return
            scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)

    def _is_excluded(self, scope: Scope) -> bool:
        path, root = scope["path"], scope.get("root_path", "")
        if root and path.startswith(root + "/"):
            path = path[len(root) :]
        if any(sign in path or sign.encode() in scope.get("raw_path", b"") for sign in _DEVIOUS):
            return False
        return path in self._paths or path.startswith(self._folders)

    async def _refuse(self, refused: Refused, scope: Scope, send: Send) -> None:
        prefix = "http"
        if scope["type"] == "websocket":
            if "websocket.http.response" not in scope.get("extensions", {}):
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refused.reason})
                return
            prefix = "websocket.http"
        body = refused.body(self.guard.issuer)
        headers = [(name.lower().encode(), value.encode()) for name, value in refused.headers.items()]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": f"{prefix}.response.start", "status": refused.status, "headers": headers})
        await send({"type": f"{prefix}.response.body", "body": body})

    def _stopping(self, send: Send) -> Send:
        """Starts and stops the guard with the application."""

        async def watch(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.guard.start()
            elif message["type"].startswith("lifespan.shutdown"):
                await self.guard.close()
            await send(message)

        return watch
