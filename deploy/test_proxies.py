"""The snippets of this folder, run as they stand: nginx, Caddy and HAProxy with TLS before a real Jotgate.

JOTGATE_BIN=/path/to/jotgate python3 -m unittest test_proxies. Only addresses and file names are changed before the run,
and a snippet that no longer has the text to change fails. Everything listens on free ports of loopback.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
PATIENCE = 30
PASSWORD = "difference engine 1822"
SECRET_BODY = b"a body that is none of the login server's business " * 1000
# For requests that are refused: a proxy may answer and hang up before it has read a long body.
SMALL_BODY = SECRET_BODY[:1000]
CONFIGURATION = """
listen = "127.0.0.1:{port}"
issuer = "https://id.example"
[tokens]
audience = "https://api.example"
[http]
trusted_proxies = ["127.0.0.1/32"]
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def until(ready, what: str):
    """What `ready` gives once it gives something."""
    deadline = time.monotonic() + PATIENCE
    while not (value := ready()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.02)
    return value


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def read_head(stream) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.read(1)
        if not byte:
            break
        head += byte
    return head


class Server:
    """A listener with a thread for each connection; can be stopped and started again on its port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve_quietly, args=(connection,), daemon=True).start()

    def serve_quietly(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.serve(connection)
            except OSError:
                pass


class Tap(Server):
    """Stands before Jotgate and keeps what the proxy sends. Stopped, it is a Jotgate that is down."""

    def __init__(self, target: int) -> None:
        self.target, self.sent = target, b""
        self.instead: bytes | None = None
        """What to answer in Jotgate's place; the empty text is silence."""
        super().__init__()
        self.connections: list[socket.socket] = []

    def stop(self) -> None:
        super().stop()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def serve(self, connection: socket.socket) -> None:
        if self.instead is not None:
            read_head(connection.makefile("rb"))
            connection.sendall(self.instead)
            if not self.instead:
                connection.recv(1)  # until the proxy has had enough
            return
        with socket.create_connection(("127.0.0.1", self.target)) as jotgate:
            self.connections += [connection, jotgate]
            threading.Thread(target=self.back, args=(jotgate, connection), daemon=True).start()
            while data := connection.recv(65536):
                self.sent += data
                jotgate.sendall(data)

    @staticmethod
    def back(jotgate: socket.socket, connection: socket.socket) -> None:
        try:
            while data := jotgate.recv(65536):
                connection.sendall(data)
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Application(Server):
    """Says what reached it: every header line as it came, and the body. Speaks enough WebSocket to open one."""

    def __init__(self) -> None:
        self.requests = 0
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while head := read_head(stream):
            self.requests += 1
            lines = [line.partition(": ")[::2] for line in head.decode("latin-1").split("\r\n")[1:] if line]
            headers = {name.lower(): value for name, value in lines}
            if headers.get("upgrade", "").lower() == "websocket":
                self.open_websocket(connection, headers, lines)
                return
            body = self.body(stream, headers)
            said = json.dumps({"headers": lines, "length": len(body), "sha": hashlib.sha256(body).hexdigest()}).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))

    @staticmethod
    def body(stream, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return stream.read(int(headers.get("content-length", 0)))
        body = b""
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
        return body

    @staticmethod
    def open_websocket(connection: socket.socket, headers: dict[str, str], lines: list) -> None:
        key = headers["sec-websocket-key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key).digest()).decode()
        connection.sendall(
            f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        said = json.dumps(lines).encode()
        connection.sendall(b"\x82\x7e" + len(said).to_bytes(2) + said)
        while data := connection.recv(4096):
            connection.sendall(data)


class World:
    """Jotgate with a user and an administrator, the application, the certificate, and one proxy at a time."""

    def __init__(self, stack: ExitStack) -> None:
        self.folder = Path(stack.enter_context(TemporaryDirectory(prefix="jotgate-proxy-")))
        self.stack = stack
        self.certificate()
        port = free_port()
        (self.folder / "jotgate.toml").write_text(CONFIGURATION.format(port=port))
        (self.folder / "jotgate.toml").chmod(0o600)
        binary = str(Path(os.environ["JOTGATE_BIN"]).resolve())
        for email, role in (("ada@example.com", []), ("grace@example.com", ["--role", "admin"])):
            command = [binary, "user", "add", email, *role, "--password-stdin"]
            done = subprocess.run(command, cwd=self.folder, input=PASSWORD, text=True, capture_output=True, timeout=PATIENCE)
            assert done.returncode == 0, done.stderr
        self.run([binary, "serve"], port)
        self.tap = Tap(port)
        stack.callback(self.tap.stop)
        self.application = Application()
        stack.callback(self.application.stop)

    def certificate(self) -> None:
        """One self-signed certificate for both names."""
        self.cert, self.key, self.both = (self.folder / name for name in ("cert.pem", "key.pem", "both.pem"))
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
        command += ["-subj", "/CN=api.example", "-addext", "subjectAltName=DNS:api.example,DNS:id.example"]
        command += ["-keyout", str(self.key), "-out", str(self.cert)]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
        self.both.write_text(self.cert.read_text() + self.key.read_text())
        self.tls = ssl.create_default_context(cafile=str(self.cert))

    def run(self, command: list[str], port: int, **env: str) -> subprocess.Popen:
        """A child that has begun to listen, ended with the test."""
        log = (self.folder / f"{Path(command[0]).name}.log").open("wb")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)} | env
        process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=environment)
        log.close()
        self.stack.callback(self.end, process)

        def listens() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended: {(self.folder / log.name).read_text()[-2000:]}")
            return answers(port)

        until(listens, " ".join(command))
        return process

    @staticmethod
    def end(process: subprocess.Popen) -> None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def changed(self, snippet: str, changes: dict[str, str]) -> Path:
        """The snippet with its addresses and file names replaced, and nothing else."""
        text = (HERE / snippet).read_text()
        for old, new in changes.items():
            assert old in text, f"{snippet} has no {old!r}"
            text = text.replace(old, new)
        path = self.folder / Path(snippet).name
        path.write_text(text)
        return path

    def connect(self, host: str) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        return self.tls.wrap_socket(plain, server_hostname=host)

    def ask(self, method: str, path: str, lines: list[str], body: bytes | None = None, host: str = "api.example"):
        """Status, headers and body; the header lines go out byte for byte."""
        with self.connect(host) as connection:
            length = [] if body is None else [f"Content-Length: {len(body)}"]
            head = [f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, *length, "Connection: close", "", ""]
            connection.sendall("\r\n".join(head).encode("latin-1") + (body or b""))
            answer = HTTPResponse(connection, method=method)
            answer.begin()
            return answer.status, answer.headers, answer.read()

    def login(self, email: str) -> dict:
        body = json.dumps({"email": email, "password": PASSWORD}).encode()
        status, _, said = self.ask("POST", "/v1/login", ["Content-Type: application/json"], body, "id.example")
        assert status == 200, said
        return json.loads(said)


class Behind:
    """What every proxy must do; the classes below start one each."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.world = World(cls.stack)
        cls.world.port = free_port()
        cls.start(cls.world)
        cls.session = cls.world.login("ada@example.com")
        cls.bearer = f"Authorization: Bearer {cls.session['access_token']}"

    def ask(self, *lines: str, method: str = "GET", path: str = "/x?y=1", body: bytes | None = None):
        return self.world.ask(method, path, list(lines), body)

    def reached(self, *lines: str, **options) -> dict:
        """What the application saw of a request that was let through."""
        status, _, said = self.ask(*lines, **options)
        self.assertEqual(status, 200, said)
        return json.loads(said)

    def assert_kept_out(self, status: int, reason: str, *lines: str, **options):
        before = self.world.application.requests
        got, headers, said = self.ask(*lines, **options)
        self.assertEqual(got, status, said)
        if options.get("method") != "HEAD":
            self.assertEqual(json.loads(said)["reason"], reason)
            self.assertEqual(headers.get_content_type(), "application/problem+json")
        self.assertEqual(self.world.application.requests, before, "the application has seen it")
        return headers

    def identity(self, seen: dict) -> dict[str, list[str]]:
        """Every header that could be taken for identity, in whatever spelling."""
        found: dict[str, list[str]] = {}
        for name, value in seen["headers"]:
            plain = name.lower().replace("_", "-")
            if plain.startswith("x-auth"):
                found.setdefault(plain, []).append(value)
        return found

    def test_a_good_token_reaches_the_application_with_its_identity(self) -> None:
        identity = self.identity(self.reached(self.bearer))
        self.assertEqual(identity["x-auth-subject"], [self.session["user"]["id"]])
        self.assertEqual(len(identity["x-auth-session"]), 1)
        admin = self.world.login("grace@example.com")
        identity = self.identity(self.reached(f"Authorization: Bearer {admin['access_token']}"))
        self.assertEqual(identity["x-auth-roles"], ["admin"])

    def test_identity_from_outside_never_reaches_the_application(self) -> None:
        mine = self.session["user"]["id"]
        for name in (
            "X-Auth-Subject",
            "x-auth-subject",
            "X-AUTH-SUBJECT",
            "X_Auth_Subject",
            "x_auth_subject",
            "X-Auth_Subject",
            "X_Auth-Subject",
            "X-Auth-Roles",
            "x-auth-roles",
            "X_AUTH_ROLES",
            "X-Auth-Scope",
            "X-Auth-Session",
        ):
            for lines in ([f"{name}: spoofed"], [f"{name}: spoofed", f"{name}: spoofed again"], [f"{name}:spoofed"]):
                identity = self.identity(self.reached(self.bearer, *lines))
                self.assertNotIn("spoofed", json.dumps(identity), f"{lines}")
                self.assertEqual(identity["x-auth-subject"], [mine])

    def test_without_a_good_token_nothing_reaches_the_application(self) -> None:
        headers = self.assert_kept_out(401, "token.missing")
        self.assertEqual(headers.get_all("WWW-Authenticate"), ['Bearer realm="jotgate"'])
        for spoof in ([], ["X-Auth-Subject: somebody"], ["X-Original-Method: GET"], ["X-Forwarded-Method: GET"]):
            headers = self.assert_kept_out(401, "malformed.parts", "Authorization: Bearer nonsense", *spoof)
            self.assertEqual(len(headers.get_all("WWW-Authenticate")), 1)
            self.assertIn('error="invalid_token"', headers["WWW-Authenticate"])
        self.assert_kept_out(401, "token.scheme", "Authorization: Basic dTpw")
        self.assert_kept_out(401, "token.missing", method="HEAD")
        self.assert_kept_out(401, "token.missing", method="POST", body=SMALL_BODY)
        self.assert_kept_out(401, "token.missing", path="/v1/verify")

    def test_two_tokens_are_refused(self) -> None:
        self.assert_kept_out(400, "token.repeated", f"{self.bearer} {self.session['access_token']}")
        self.assert_kept_out(400, "token.repeated", f"{self.bearer}, Bearer other")
        for second in (self.bearer, "authorization: Bearer other", "AUTHORIZATION: Basic dTpw"):
            before = self.world.application.requests
            self.assertEqual(self.ask(self.bearer, second)[0], 400)
            self.assertEqual(self.world.application.requests, before)

    def test_a_body_goes_to_the_application_and_not_to_the_login_server(self) -> None:
        self.world.tap.sent = b""
        for method in ("POST", "PUT"):
            seen = self.reached(self.bearer, "Content-Type: text/plain", method=method, body=SECRET_BODY)
            self.assertEqual((seen["length"], seen["sha"]), (len(SECRET_BODY), hashlib.sha256(SECRET_BODY).hexdigest()))
        self.ask("Authorization: Bearer nonsense", method="POST", body=SMALL_BODY)
        self.assertNotIn(SECRET_BODY[:40], self.world.tap.sent)
        questions = re.findall(rb"^[A-Z]+ /\S*", self.world.tap.sent, re.MULTILINE)
        self.assertEqual(set(questions), {b"GET /v1/verify?aud=https://api.example"})

    def test_a_session_that_was_ended_is_out_at_once(self) -> None:
        session = self.world.login("ada@example.com")
        bearer = f"Authorization: Bearer {session['access_token']}"
        self.reached(bearer)
        refresh = json.dumps({"refresh_token": session["refresh_token"]}).encode()
        status, _, said = self.world.ask("POST", "/v1/logout", ["Content-Type: application/json"], refresh, "id.example")
        self.assertEqual(status, 204, said)
        self.assert_kept_out(401, "revoked.session", bearer)

    def test_a_websocket_opens_with_a_token_and_not_without(self) -> None:
        upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        upgrade.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        with self.world.connect("api.example") as connection:
            lines = ["GET /ws HTTP/1.1", "Host: api.example", self.bearer, "X_Auth_Subject: spoofed", *upgrade, "", ""]
            connection.sendall("\r\n".join(lines).encode())
            stream = connection.makefile("rb")
            head = read_head(stream)
            self.assertIn(b" 101 ", head)
            self.assertIn(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", head)
            seen = stream.read(int.from_bytes(stream.read(4)[2:]))
            identity = self.identity({"headers": json.loads(seen)})
            self.assertEqual(identity["x-auth-subject"], [self.session["user"]["id"]])
            connection.sendall(b"\x82\x05hello")
            self.assertEqual(stream.read(7), b"\x82\x05hello")
        self.assert_kept_out(401, "token.missing", *upgrade)

    def test_a_login_server_that_is_down_never_opens_the_door(self) -> None:
        self.world.tap.stop()
        try:
            for lines in ([self.bearer], [], ["Authorization: Bearer nonsense"], [self.bearer, "X-Auth-Subject: me"]):
                headers = self.assert_kept_out(503, "keys.unreachable", *lines)
                self.assertTrue(int(headers["Retry-After"]) > 0)
            self.assert_kept_out(503, "keys.unreachable", self.bearer, method="POST", body=SMALL_BODY)
        finally:
            self.world.tap.start()
        until(lambda: self.ask(self.bearer)[0] == 200, "the door opens again")

    def test_a_403_keeps_its_words_and_its_challenge(self) -> None:
        problem = b'{"title":"The user does not have the role needed","status":403,"reason":"role.missing"}'
        head = b"Content-Type: application/problem+json\r\nContent-Length: %d\r\nConnection: close\r\n" % len(problem)
        challenge = 'Bearer realm="jotgate", error="insufficient_scope"'
        self.world.tap.stop()
        self.world.tap.start()
        self.world.tap.instead = (
            b"HTTP/1.1 403 Forbidden\r\nWWW-Authenticate: " + challenge.encode() + b"\r\n" + head + b"\r\n" + problem
        )
        try:
            headers = self.assert_kept_out(403, "role.missing", self.bearer)
            self.assertEqual(headers.get_all("WWW-Authenticate"), [challenge])
        finally:
            self.world.tap.instead = None

    def test_a_cookie_counts_where_it_can_do_no_harm(self) -> None:
        cookie = f"Cookie: __Host-jotgate_access={self.session['access_token']}"
        self.assertEqual(self.identity(self.reached(cookie))["x-auth-subject"], [self.session["user"]["id"]])
        for spoof in ([], ["X-Original-Method: GET"], ["X-Forwarded-Method: GET"], ["Origin: https://evil.example"]):
            self.assert_kept_out(403, "request.origin", cookie, *spoof, method="POST", body=SMALL_BODY)

    def test_nothing_but_a_yes_opens_the_door(self) -> None:
        head = b"Connection: close\r\nContent-Length: 0\r\nX-Auth-Subject: somebody\r\n\r\n"
        self.world.tap.stop()  # so that no connection is left from before
        self.world.tap.start()
        try:
            for status in (b"302 Found\r\nLocation: /", b"404 Not Found", b"421 Misdirected", b"500 Oops", b"503 Busy"):
                self.world.tap.instead = b"HTTP/1.1 " + status + b"\r\n" + head
                before = self.world.application.requests
                self.assertNotEqual(self.ask(self.bearer)[0], 200, status)
                self.assertEqual(self.world.application.requests, before, status)
            for answer in (b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 "):
                self.world.tap.instead = answer
                self.assert_kept_out(503, "keys.unreachable", self.bearer)
        finally:
            self.world.tap.instead = None
        until(lambda: self.ask(self.bearer)[0] == 200, "the door opens again")

    def test_another_host_is_no_way_around(self) -> None:
        before = self.world.application.requests
        with self.world.connect("api.example") as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n")
            answer = HTTPResponse(connection)
            try:
                answer.begin()
                self.assertNotEqual(answer.status // 100, 5)
            except OSError:
                pass
        self.assertEqual(self.world.application.requests, before)


@unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
class Nginx(Behind, unittest.TestCase):
    @staticmethod
    def start(world: World) -> None:
        world.changed(
            "nginx/jotgate.conf",
            {
                "127.0.0.1:8080": f"127.0.0.1:{world.tap.port}",
                "127.0.0.1:3000": f"127.0.0.1:{world.application.port}",
                "listen 443": f"listen 127.0.0.1:{world.port}",
                "/etc/ssl/jotgate/": f"{world.folder}/",
            },
        )
        # What Debian's nginx.conf does around conf.d, with every file in the test's own folder.
        whole = f"""
        daemon off; {"user root;" if os.getuid() == 0 else ""}
        worker_processes 1; pid {world.folder}/nginx.pid; error_log stderr;
        events {{ worker_connections 256; }}
        http {{
            access_log off;
            client_body_temp_path {world.folder}/body; proxy_temp_path {world.folder}/proxy;
            fastcgi_temp_path {world.folder}/f; uwsgi_temp_path {world.folder}/u; scgi_temp_path {world.folder}/s;
            include {world.folder}/jotgate.conf;
        }}"""
        (world.folder / "nginx.conf").write_text(whole)
        world.run(["nginx", "-p", str(world.folder), "-e", "stderr", "-c", str(world.folder / "nginx.conf")], world.port)


@unittest.skipUnless(shutil.which("caddy"), "caddy is not installed")
class Caddy(Behind, unittest.TestCase):
    @staticmethod
    def start(world: World) -> None:
        path = world.changed(
            "caddy/Caddyfile",
            {
                "127.0.0.1:8080": f"127.0.0.1:{world.tap.port}",
                "127.0.0.1:3000": f"127.0.0.1:{world.application.port}",
                "\nid.example {": f"\nid.example:{world.port} {{",
                "\napi.example {": f"\napi.example:{world.port} {{",
                "/etc/ssl/jotgate/": f"{world.folder}/",
            },
        )
        options = "{\n\tadmin off\n\tauto_https off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n}\n"
        path.write_text(options + path.read_text())
        # Caddy keeps its state below HOME, which is the test's folder.
        world.run(["caddy", "run", "--config", str(path), "--adapter", "caddyfile"], world.port)


@unittest.skipUnless(shutil.which("haproxy"), "haproxy is not installed")
class Haproxy(Behind, unittest.TestCase):
    @staticmethod
    def start(world: World) -> None:
        shutil.copy(HERE / "haproxy/jotgate.lua", world.folder)
        path = world.changed(
            "haproxy/haproxy.cfg",
            {
                "127.0.0.1:8080": f"127.0.0.1:{world.tap.port}",
                "127.0.0.1:3000": f"127.0.0.1:{world.application.port}",
                "bind :443": f"bind 127.0.0.1:{world.port}",
                "/etc/ssl/jotgate/": f"{world.folder}/",
                "/etc/haproxy/": f"{world.folder}/",
            },
        )
        world.run(["haproxy", "-db", "-f", str(path)], world.port)


if __name__ == "__main__":
    unittest.main()
