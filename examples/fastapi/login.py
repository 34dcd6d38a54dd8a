"""POST /login, /refresh and /logout: handed on to Jotgate, which checks the password and keeps the sessions.

Not here: the check of access tokens on the other routes (guard.py).
"""

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from fastapi import APIRouter, Body, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse


def login_routes(jotgate_url: str) -> APIRouter:
    """The three routes, answering in the words of the tutorials (`token`, `accessToken`, `refreshToken`)."""
    router = APIRouter(dependencies=[Depends(same_origin_only)])
    # Because this client is shared by all users, it must keep nobody's cookie.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    jotgate = httpx.AsyncClient(base_url=jotgate_url, timeout=10, cookies=no_cookies)

    @router.post("/login")
    async def login(request: Request, body: dict = Body()) -> Response:
        credentials = {name: body[name] for name in ("email", "username", "password") if name in body}
        delivery = "cookie" if is_browser(request) else "body"
        return await call(jotgate, request, "/v1/login", credentials | {"delivery": delivery})

    @router.post("/refresh")
    async def refresh(request: Request, body: dict = Body({})) -> Response:
        return await call(jotgate, request, "/v1/refresh", refresh_token(request, body))

    @router.post("/logout")
    async def logout(request: Request, body: dict = Body({})) -> Response:
        return await call(jotgate, request, "/v1/logout", refresh_token(request, body))

    return router


def is_browser(request: Request) -> bool:
    """A browser gets the refresh token only as an HttpOnly cookie, every other client gets it in the body.

    Because: a script injected into the page could read a body, and these two headers are set by the browser itself,
    so no script can make itself look like curl.
    """
    return "sec-fetch-site" in request.headers or "origin" in request.headers


def same_origin_only(request: Request) -> None:
    """Because the refresh cookie is sent along on its own, another site's page must not be able to use it."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own_origin = f"{request.url.scheme}://{request.headers.get('host')}"
    ours = site == "same-origin" if site else origin in (None, own_origin)
    if not ours:
        raise HTTPException(403, "This call must come from a page of this application")


def refresh_token(request: Request, body: dict) -> dict:
    """In a browser the cookie carries it; the value that a tutorial's script may send beside it is not needed."""
    if is_browser(request) or "refreshToken" not in body:
        return {}
    return {"refresh_token": body["refreshToken"]}


async def call(jotgate: httpx.AsyncClient, request: Request, path: str, body: dict) -> Response:
    headers = {
        "User-Agent": request.headers.get("user-agent", "unknown"),
        # Jotgate believes this header only from `[http] trusted_proxies` (../express/README.md, "Addresses").
        "X-Forwarded-For": request.client.host,
    }
    if key := request.headers.get("idempotency-key"):
        headers["Idempotency-Key"] = key
    if is_browser(request):
        headers["Cookie"] = refresh_cookies(request)
        # Jotgate takes cookies only from origins it knows. same_origin_only has made that check for our pages.
        headers["Origin"] = str(jotgate.base_url).rstrip("/")
    try:
        reply = await jotgate.post(path, json=body, headers=headers)
    except httpx.TransportError as error:
        raise HTTPException(503, "The login server cannot be reached", {"Retry-After": "5"}) from error
    return answer(reply)


def refresh_cookies(request: Request) -> str:
    cookies = request.headers.get("cookie", "").split("; ")
    return "; ".join(c for c in cookies if c.removeprefix("__Host-").startswith("jotgate_"))


def answer(reply: httpx.Response) -> Response:
    if reply.status_code == 204:
        response = Response(status_code=204)
    elif reply.is_success:
        response = JSONResponse(session_in_tutorial_words(reply.json()), reply.status_code)
    else:
        # Jotgate's problem (reason, detail, hint, request_id) plus the `message` that tutorials show.
        problem = reply.json()
        content = problem | {"message": problem.get("detail", problem.get("title"))}
        response = JSONResponse(content, reply.status_code, media_type="application/problem+json")
    for cookie in reply.headers.get_list("set-cookie"):
        response.headers.append("Set-Cookie", cookie)
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in reply.headers:
            response.headers[name] = reply.headers[name]
    response.headers["Cache-Control"] = "no-store"
    return response


def session_in_tutorial_words(session: dict) -> dict:
    words = {
        "token": session["access_token"],
        "accessToken": session["access_token"],
        "expiresIn": session["expires_in"],
        "user": session["user"],
    }
    if session.get("refresh_token"):
        words["refreshToken"] = session["refresh_token"]
    return words
