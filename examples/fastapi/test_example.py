"""Walks the example against a real Jotgate: JOTGATE_BIN=/path/to/jotgate pytest"""

import base64
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import httpx
import pytest

from servers import PATIENCE, Jotgate, application

LIFETIME_SECONDS = 10  # the least that Jotgate takes
USER = {"email": "ada@example.com", "password": "difference engine 1822"}
ADMIN = {"email": "grace@example.com", "password": "nanoseconds of wire 1906"}
SECRET = "8f2c5b0d9e6a47318b1f4c7da0e9635229d4c81b7e3f60a5c6d8174e2b9f0a3c"

PUBLIC_KEYS = f"""
[tokens]
access_lifetime = "{LIFETIME_SECONDS}s"
[http]
trusted_proxies = ["127.0.0.0/8", "::1/128"]
"""
SHARED_SECRET = f"""
[tokens]
algorithm = "HS256"
audience = "my-api"
secret = "{SECRET}"
claims.email = "user.email"
"""


def world(configuration: str, module: str, **settings: str) -> Iterator[SimpleNamespace]:
    with ExitStack() as stack:
        jotgate = Jotgate(Path(stack.enter_context(TemporaryDirectory(prefix="jotgate-example-"))), configuration)
        url = stack.enter_context(jotgate.serving())
        app_url = stack.enter_context(application(module, JOTGATE_URL=url, **settings))
        signup = httpx.post(f"{url}/v1/signup", json=USER, timeout=PATIENCE)
        assert signup.status_code == 201, signup.text
        jotgate.run("user", "add", ADMIN["email"], "--role", "admin", "--password-stdin", stdin=ADMIN["password"])
        with httpx.Client(base_url=app_url, timeout=PATIENCE) as app:
            yield SimpleNamespace(app=app, jotgate_url=url)


@pytest.fixture(scope="module")
def public_keys():
    yield from world(PUBLIC_KEYS, "main")


@pytest.fixture(scope="module")
def shared_secret():
    yield from world(SHARED_SECRET, "main_hs256", JWT_SECRET=SECRET)


def login(app: httpx.Client, who: dict, **headers: str) -> dict:
    reply = app.post("/login", json=who, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json()


def bearer(token: str) -> dict:
    return {"Authorization": f"Bearer {token}"}


def test_login_answers_what_tutorials_read(public_keys):
    reply = public_keys.app.post("/login", json=USER)
    body = reply.json()
    assert body["token"] == body["accessToken"]
    assert body["token"].count(".") == 2
    assert body["refreshToken"].startswith("jgr_")
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in reply.headers


def test_a_wrong_password_is_401_with_a_message(public_keys):
    reply = public_keys.app.post("/login", json=USER | {"password": "not this one"})
    assert reply.status_code == 401
    assert reply.json()["reason"] == "login.failed"
    assert reply.json()["message"]
    assert reply.headers["WWW-Authenticate"]


def test_every_route_answers_with_a_token(public_keys):
    session = login(public_keys.app, USER)
    headers = bearer(session["token"])
    dashboard = public_keys.app.get("/dashboard", headers=headers)
    assert dashboard.json()["message"] == f"Welcome, user {session['user']['id']}"
    profiles = public_keys.app.get("/profiles", headers=headers).json()["profiles"]
    assert session["user"]["id"] in [profile["id"] for profile in profiles]
    assert public_keys.app.get("/api/profile", headers=headers).json()["sub"] == session["user"]["id"]


@pytest.mark.parametrize("path", ["/dashboard", "/profiles", "/api/profile", "/admin"])
def test_without_a_token_is_401(public_keys, path):
    reply = public_keys.app.get(path)
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="jotgate"'


def test_a_changed_token_another_type_and_another_scheme_are_401(public_keys):
    session = login(public_keys.app, USER)
    header, payload, signature = session["token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    as_admin = base64.urlsafe_b64encode(json.dumps(claims | {"roles": ["admin"]}).encode()).decode().rstrip("=")
    for bad in (f"{header}.{as_admin}.{signature}", session["refreshToken"], f"{header}.{payload}."):
        reply = public_keys.app.get("/admin", headers=bearer(bad))
        assert reply.status_code == 401
        assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    basic = public_keys.app.get("/dashboard", headers={"Authorization": f"Basic {session['token']}"})
    assert basic.status_code == 401


def test_admin_is_403_without_the_role_and_200_with_it(public_keys):
    refused = public_keys.app.get("/admin", headers=bearer(login(public_keys.app, USER)["token"]))
    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["WWW-Authenticate"]
    admitted = public_keys.app.get("/admin", headers=bearer(login(public_keys.app, ADMIN)["token"]))
    assert admitted.status_code == 200


def test_refresh_rotates_and_logout_ends_the_session(public_keys):
    first = login(public_keys.app, USER)["refreshToken"]
    second = public_keys.app.post("/refresh", json={"refreshToken": first}).json()["refreshToken"]
    assert second != first
    assert public_keys.app.post("/logout", json={"refreshToken": second}).status_code == 204
    after = public_keys.app.post("/refresh", json={"refreshToken": second})
    assert after.status_code == 401
    assert after.json()["reason"] == "refresh.revoked"


def test_after_a_logout_the_access_token_is_refused_too(public_keys):
    session = login(public_keys.app, USER)
    assert public_keys.app.get("/dashboard", headers=bearer(session["token"])).status_code == 200
    assert public_keys.app.post("/logout", json={"refreshToken": session["refreshToken"]}).status_code == 204
    deadline = time.monotonic() + LIFETIME_SECONDS / 2  # well before it would expire by itself
    while (answer := public_keys.app.get("/dashboard", headers=bearer(session["token"]))).status_code == 200:
        assert time.monotonic() < deadline, "the access token outlives its session"
    assert answer.json()["reason"] == "revoked.session"


def test_expired_refreshed_repeated(public_keys):
    session = login(public_keys.app, USER)
    time.sleep(LIFETIME_SECONDS + 1)
    expired = public_keys.app.get("/dashboard", headers=bearer(session["accessToken"]))
    assert expired.status_code == 401
    assert expired.json()["reason"] == "exp.expired"
    fresh = public_keys.app.post("/refresh", json={"refreshToken": session["refreshToken"]}).json()
    assert public_keys.app.get("/dashboard", headers=bearer(fresh["accessToken"])).status_code == 200


def test_a_browser_gets_the_refresh_token_as_a_cookie_only(public_keys):
    origin = str(public_keys.app.base_url).rstrip("/")
    as_browser = {"Sec-Fetch-Site": "same-origin", "Origin": origin}
    with httpx.Client(base_url=origin, headers=as_browser, timeout=PATIENCE) as browser:
        assert "refreshToken" not in login(browser, USER)
        # What a tutorial's script does: keep what it was given and send it back.
        refreshed = browser.post("/refresh", json={"refreshToken": "undefined"})
        assert refreshed.status_code == 200
        assert "refreshToken" not in refreshed.json()
        assert all("HttpOnly" in cookie for cookie in refreshed.headers.get_list("set-cookie"))
        assert browser.post("/logout", json={}).status_code == 204
        assert browser.post("/refresh", json={}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}, {"Origin": "https://evil.example"}],
)
def test_another_sites_page_can_use_none_of_it(public_keys, headers):
    assert public_keys.app.post("/login", json=USER, headers=headers).status_code == 403


def test_jotgate_sees_the_clients_address_through_trusted_proxies(public_keys):
    forwarded = {"X-Forwarded-For": "203.0.113.7", "User-Agent": "example-test"}
    session = login(public_keys.app, USER, **forwarded)
    answer = httpx.get(f"{public_keys.jotgate_url}/v1/sessions", headers=bearer(session["token"])).json()
    (current,) = [session for session in answer["sessions"] if session["current"]]
    assert (current["ip"], current["user_agent"]) == ("203.0.113.7", "example-test")


def test_without_jotgate_it_is_503_and_never_401():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://localhost:{listener.getsockname()[1]}"
    parts = ({"alg": "ES256", "typ": "at+jwt", "kid": "k"}, {"sub": "u"})
    token = ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "AAAA"])
    with application("main", JOTGATE_URL=nobody) as url:
        for reply in (httpx.post(f"{url}/login", json=USER), httpx.get(f"{url}/dashboard", headers=bearer(token))):
            assert reply.status_code == 503
            assert reply.headers["Retry-After"]


def test_hs256_greets_the_user_by_the_email_claim(shared_secret):
    token = login(shared_secret.app, USER)["token"]
    assert shared_secret.app.get("/dashboard", headers=bearer(token)).json() == {"message": f"Hello {USER['email']}"}
    assert shared_secret.app.get("/profiles", headers=bearer(token)).status_code == 200


def test_hs256_is_401_without_a_token_and_with_a_changed_one(shared_secret):
    token = login(shared_secret.app, USER)["token"]
    assert shared_secret.app.get("/dashboard").status_code == 401
    assert shared_secret.app.get("/dashboard", headers=bearer(token[:-4] + "AAAA")).status_code == 401


def test_hs256_admin_and_refresh(shared_secret):
    user = login(shared_secret.app, USER)
    assert shared_secret.app.get("/admin", headers=bearer(user["token"])).status_code == 403
    assert shared_secret.app.get("/admin", headers=bearer(login(shared_secret.app, ADMIN)["token"])).status_code == 200
    fresh = shared_secret.app.post("/refresh", json={"refreshToken": user["refreshToken"]}).json()
    assert shared_secret.app.get("/api/profile", headers=bearer(fresh["token"])).status_code == 200
