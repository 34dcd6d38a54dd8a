"""The guard in front of applications: what a client sees, by FastAPI's dependencies and by the middleware."""

import asyncio
import logging
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, WebSocket
from issuer import AUDIENCE, ISSUER, Issuer, claims, sign
from starlette.requests import Request
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from jotgate_guard import Caller, Guard, GuardMiddleware, Needs

VERIFIED = {"active": True, "sub": "0197-user"}
ALLOWED_PAGE = "https://app.example"


def fastapi_app(guard: Guard) -> FastAPI:
    app = FastAPI()
    guard.install(app)

    @app.get("/me")
    async def me(caller: Annotated[Caller, Depends(guard)]) -> dict[str, Any]:
        return {"sub": caller.subject, "roles": sorted(caller.roles), "extra": caller.extra, "sid": caller.session}

    @app.get("/maybe")
    def maybe(caller: Annotated[Caller | None, Depends(guard.optional)]) -> str:
        return caller.subject if caller else "nobody"

    @app.post("/act")
    async def act(caller: Annotated[Caller, Depends(guard)]) -> str:
        return caller.subject

    for path, dependency in {
        "/scope": guard.require_scope("write"),
        "/scope-missing": guard.require_scope("admin"),
        "/role": guard.require_role("editor"),
        "/role-missing": guard.require_role("admin"),
        "/any": guard.any_of(roles=["admin", "editor"]),
        "/any-scope": guard.any_of(roles=["admin"], scopes=["read"]),
        "/any-missing": guard.any_of(roles=["admin"], scopes=["write:all"]),
        "/all-missing": guard.require(roles=["editor"], scopes=["write", "rea"]),
        "/fresh": guard.fresh_within(30),
        "/fresh-always": guard.fresh_within(0),
    }.items():
        app.add_api_route(path, lambda: "in", dependencies=[Depends(dependency)])

    @app.websocket("/ws")
    async def ws(socket: WebSocket, caller: Annotated[Caller, Depends(guard)]) -> None:
        await socket.accept()
        await socket.send_text(caller.subject)
        await socket.close()

    return app


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_good_token_gives_the_caller() -> None:
    async with client(fastapi_app(Issuer().guard())) as app:
        for scheme in ("Bearer", "bearer", "BEARER "):
            answer = await app.get("/me", headers={"Authorization": f"{scheme} {sign(claims())}"})
            assert answer.status_code == 200, answer.text
        expected = {"sub": "0197-user", "roles": ["editor"], "extra": {"tenant": "north"}, "sid": "0197-session"}
        assert answer.json() == expected


@pytest.mark.parametrize(
    ("headers", "status", "reason", "challenge"),
    [
        ([], 401, "token.missing", 'Bearer realm="jotgate"'),
        ([("Authorization", "Bearer")], 401, "token.missing", 'Bearer realm="jotgate"'),
        ([("Authorization", "Bearer undefined")], 401, "token.missing", 'Bearer realm="jotgate"'),
        ([("Authorization", "Basic dTpw")], 401, "token.scheme", 'Bearer realm="jotgate"'),
        ([("Authorization", "a.b.c")], 401, "token.scheme", 'Bearer realm="jotgate"'),
        ([("Authorization", "Bearer a b")], 400, "token.repeated", 'error="invalid_request"'),
        ([("Authorization", "Bearer a, Bearer b")], 400, "token.repeated", 'error="invalid_request"'),
        ([("Authorization", "Bearer a"), ("Authorization", "Bearer b")], 400, "token.repeated", "invalid_request"),
        ([("Authorization", "Bearer a"), ("Authorization", "Basic b")], 400, "token.repeated", "invalid_request"),
        ([("Authorization", "Bearer a.b.c")], 401, "malformed.base64", 'error="invalid_token"'),
        ([("Authorization", f"Bearer {sign(claims(exp=1, iat=0))}")], 401, "exp.expired", 'error="invalid_token"'),
    ],
)
async def test_a_refusal_is_a_problem_with_a_challenge(
    headers: list[tuple[str, str]], status: int, reason: str, challenge: str
) -> None:
    guard = Issuer().guard()
    fenced = GuardMiddleware(fastapi_app(Issuer().guard()), guard=guard)
    for app in (fastapi_app(guard), fenced):
        async with client(app) as api:
            answer = await api.get("/me", headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (status, reason)
        assert challenge in answer.headers["WWW-Authenticate"]
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json()["type"] == f"{ISSUER}/reasons/{reason}"
        assert answer.json()["status"] == status
    assert guard.refusals == {reason: 2}


async def test_a_token_in_the_url_is_not_read() -> None:
    token = sign(claims())
    async with client(fastapi_app(Issuer().guard())) as app:
        assert (await app.get(f"/me?access_token={token}")).json()["reason"] == "token.missing"
        assert (await app.get(f"/me?access_token={token}", headers=bearer(token))).status_code == 400


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/scope", 200, ""),
        ("/role", 200, ""),
        ("/any", 200, ""),
        ("/any-scope", 200, ""),
        ("/scope-missing", 403, "scope.missing"),
        ("/role-missing", 403, "role.missing"),
        ("/any-missing", 403, "role.missing"),
        ("/all-missing", 403, "scope.missing"),
    ],
)
async def test_what_a_route_asks_for(path: str, status: int, reason: str) -> None:
    async with client(fastapi_app(Issuer().guard())) as app:
        answer = await app.get(path, headers=bearer(sign(claims())))
        assert answer.status_code == status
        if reason:
            assert answer.json()["reason"] == reason
            assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
        assert (await app.get(path)).status_code == 401


async def test_an_optional_caller_may_be_nobody_but_not_a_bad_one() -> None:
    async with client(fastapi_app(Issuer().guard())) as app:
        assert (await app.get("/maybe")).json() == "nobody"
        assert (await app.get("/maybe", headers=bearer(sign(claims())))).json() == "0197-user"
        assert (await app.get("/maybe", headers=bearer(sign(claims(aud="x"))))).status_code == 401
        assert (await app.get("/maybe", headers={"Authorization": "Basic dTpw"})).status_code == 401


async def test_without_the_issuer_it_is_503_and_never_401() -> None:
    issuer = Issuer()
    issuer.down = True
    async with client(fastapi_app(issuer.guard())) as app:
        answer = await app.get("/me", headers=bearer(sign(claims())))
        assert (answer.status_code, answer.json()["reason"]) == (503, "keys.unreachable")
        assert int(answer.headers["Retry-After"]) > 0
        assert "WWW-Authenticate" not in answer.headers


async def test_a_feed_that_is_not_there_is_503_unless_another_policy_was_chosen() -> None:
    token = sign(claims())
    verified = httpx.Response(200, json=VERIFIED)
    ended = httpx.Response(401, json={"reason": "revoked.session"})
    for stale, answer, status in [
        ("reject", verified, 503),
        ("accept", ended, 200),
        ("introspect", verified, 200),
        ("introspect", ended, 401),
        ("introspect", httpx.Response(200, text="<html>"), 503),
        ("introspect", httpx.Response(200, json=VERIFIED | {"sub": "0197-other"}), 503),
        ("introspect", httpx.Response(200, json=VERIFIED | {"active": False}), 503),
        ("introspect", httpx.Response(500), 503),
        ("introspect", httpx.Response(302, headers={"Location": "/"}), 503),
        ("introspect", httpx.Response(401, json={"reason": "nonsense"}), 503),
    ]:
        issuer = Issuer()
        issuer.answers["/v1/verify"] = answer
        guard = issuer.guard(feed=True, stale=stale)
        guard.start()
        guard._started_at -= 60  # as if it had waited for the feed already
        async with client(fastapi_app(guard)) as app:
            got = await app.get("/me", headers=bearer(token))
        assert got.status_code == status, (stale, answer)
        if status == 503:
            assert got.json()["reason"] == "revocations.stale"
            assert got.headers["Retry-After"]
        await guard.close()


async def test_fresh_within_asks_the_login_server_and_remembers_for_so_long() -> None:
    issuer = Issuer()
    issuer.answers["/v1/verify"] = httpx.Response(200, json=VERIFIED)
    token = sign(claims())
    async with client(fastapi_app(issuer.guard())) as app:
        for _ in range(3):
            assert (await app.get("/fresh", headers=bearer(token))).status_code == 200
        assert issuer.requests["/v1/verify"] == 1
        for _ in range(3):
            assert (await app.get("/fresh-always", headers=bearer(token))).status_code == 200
        assert issuer.requests["/v1/verify"] == 4
        asked = issuer.seen[-1]
        assert asked.url.params["aud"] == AUDIENCE
        assert asked.headers["Authorization"] == f"Bearer {token}"
        issuer.answers["/v1/verify"] = httpx.Response(401, json={"reason": "revoked.subject"})
        answer = await app.get("/fresh-always", headers=bearer(token))
        assert (answer.status_code, answer.json()["reason"]) == (401, "revoked.subject")
        issuer.down = True
        assert (await app.get("/fresh-always", headers=bearer(token))).status_code == 503


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 200),
        ("GET", {"Origin": "https://evil.example"}, 200),
        ("POST", {"Origin": ALLOWED_PAGE}, 200),
        ("POST", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("POST", {}, 403),
        ("POST", {"Origin": "null"}, 403),
        ("POST", {"Origin": "https://evil.example"}, 403),
        ("POST", {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ("POST", {"Sec-Fetch-Site": "same-site"}, 403),
        ("POST", {"Sec-Fetch-Site": "none"}, 403),
    ],
)
async def test_a_cookie_counts_where_it_was_agreed_and_from_agreed_pages(
    method: str, headers: dict[str, str], status: int
) -> None:
    cookie = {"Cookie": f"theme=dark; __Host-jotgate_access={sign(claims())}"}
    path = "/me" if method == "GET" else "/act"
    async with client(fastapi_app(Issuer().guard(accept_cookie=[ALLOWED_PAGE]))) as app:
        answer = await app.request(method, path, headers=headers | cookie)
        assert answer.status_code == status
        if status == 403:
            assert answer.json()["reason"] == "request.origin"
    async with client(fastapi_app(Issuer().guard())) as app:
        assert (await app.request(method, path, headers=headers | cookie)).status_code == 401


async def test_a_header_wins_over_the_cookie_and_two_cookies_are_refused() -> None:
    pair = f"__Host-jotgate_access={sign(claims())}"
    async with client(fastapi_app(Issuer().guard(accept_cookie=[ALLOWED_PAGE]))) as app:
        other = bearer(sign(claims(sub="0197-other")))
        assert (await app.get("/me", headers={"Cookie": pair} | other)).json()["sub"] == "0197-other"
        bad = bearer(sign(claims(aud="x")))
        assert (await app.get("/me", headers={"Cookie": pair} | bad)).status_code == 401
        assert (await app.get("/me", headers={"Cookie": f"{pair}; {pair}"})).status_code == 400


def fenced_app(guard: Guard, **options: Any) -> GuardMiddleware:
    app = FastAPI()

    @app.get("/{path:path}")
    async def anything(request: Request) -> str:
        caller = getattr(request.state, "caller", None)
        return caller.subject if caller else "nobody"

    return GuardMiddleware(app, guard=guard, **options)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", 200),
        ("/public/logo.png", 200),
        ("/public/", 200),
        ("/health/", 401),
        ("/healthy", 401),
        ("/public", 401),
        ("/publications", 401),
        ("/Public/logo.png", 401),
        ("/public/../admin", 401),
        ("/public/%2e%2e/admin", 401),
        ("/public/..%2fadmin", 401),
        ("/public//admin", 401),
        ("/public/.;/admin", 401),
        ("/public\\..\\admin", 401),
        ("/", 401),
    ],
)
def test_only_what_is_excluded_by_name_is_open(path: str, status: int) -> None:
    seen: list[int] = []

    async def call() -> None:
        app = fenced_app(Issuer().guard(), exclude=["/health", "/public/*"])
        raw = path.encode()
        decoded = httpx.URL("http://x" + path).path if "%" in path else path
        scope = {"type": "http", "method": "GET", "path": decoded, "raw_path": raw, "query_string": b"", "headers": []}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.append(message["status"])

        await app(scope, receive, send)

    asyncio.run(call())
    assert seen == [status]


@pytest.mark.parametrize("exclude", ["/health", ["health"], ["/a*"], ["/a/*/b"]])
def test_an_exclusion_that_is_no_path_is_a_mistake(exclude: Any) -> None:
    with pytest.raises(ValueError):
        fenced_app(Issuer().guard(), exclude=exclude)


async def test_the_middleware_shows_the_caller_and_asks_for_what_it_was_told() -> None:
    async with client(fenced_app(Issuer().guard())) as app:
        assert (await app.get("/x", headers=bearer(sign(claims())))).json() == "0197-user"
    async with client(fenced_app(Issuer().guard(), needs=Needs(roles=("admin",)))) as app:
        assert (await app.get("/x", headers=bearer(sign(claims())))).status_code == 403
        assert (await app.get("/x", headers=bearer(sign(claims(roles=["admin"]))))).status_code == 200


def test_a_websocket_is_refused_before_it_opens() -> None:
    for app in (fastapi_app(Issuer().guard()), GuardMiddleware(fastapi_app(Issuer().guard()), guard=Issuer().guard())):
        with TestClient(app) as browser:
            with browser.websocket_connect("/ws", headers=bearer(sign(claims()))) as socket:
                assert socket.receive_text() == "0197-user"
            for headers in ({}, bearer(sign(claims(aud="x")))):
                with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)):
                    browser.websocket_connect("/ws", headers=headers).__enter__()


def test_the_documentation_page_shows_the_lock() -> None:
    schema = fastapi_app(Issuer().guard()).openapi()
    assert schema["components"]["securitySchemes"]["Jotgate"]["scheme"] == "bearer"
    assert schema["paths"]["/me"]["get"]["security"] == [{"Jotgate": []}]


async def test_without_install_the_status_and_headers_are_the_same() -> None:
    guard = Issuer().guard()
    app = FastAPI()
    app.add_api_route("/me", lambda: "in", dependencies=[Depends(guard)])
    async with client(app) as api:
        answer = await api.get("/me")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="jotgate"'


def test_every_loop_of_a_test_client_is_served() -> None:
    """A `TestClient` outside of `with` makes a new event loop for each request."""
    app = TestClient(fastapi_app(Issuer().guard()))
    for _ in range(3):
        assert app.get("/me", headers=bearer(sign(claims()))).status_code == 200


async def test_no_log_line_holds_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = [sign(claims()), sign(claims(aud="x")), sign(claims(), kid="nobody's")]
    async with client(fastapi_app(Issuer().guard())) as app:
        for token in tokens:
            await app.get("/me", headers=bearer(token))
    lines = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("jotgate"))
    assert "aud.mismatch" in lines
    assert not any(part in lines for token in tokens for part in token.split("."))
