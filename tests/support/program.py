"""The built program as a person uses it: its commands, its server, and a client that speaks HTTP.

For tests that are no C++ programs. Python's standard library only; PostgreSQL is asked with psql.
Everything is bounded in time, and a server never outlives the test.

    for engine, url in fresh_databases(folder):
        with Program(binary, url, folder / engine) as program:
            program.migrate()
            program.loadreference()
            program.serve()
            client = Client(program)
            client.call("GET", "/api/health/").must(200)
"""

import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import re
import select
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse
import uuid

COMMAND_SECONDS = 120  # the longest command: migrations on a loaded machine
START_SECONDS = 60
ANSWER_SECONDS = 60
PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)


class Failed(AssertionError):
    """What the product did is not what it should do."""


def check(condition, message):
    if not condition:
        raise Failed(message)


def same(actual, expected, what):
    check(actual == expected, f"{what} is {actual!r}, expected {expected!r}.")


def eventually(ask, what, seconds=30.0, pause=0.05):
    """The first true thing `ask` returns; fails when there is none within `seconds`."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        check(time.monotonic() < end, f"{what}: not within {seconds:g} s.")
        time.sleep(pause)


def _die_with_parent():
    ctypes.CDLL(None, use_errno=True).prctl(PARENT_DIED, signal.SIGKILL)


class Answer:
    """An answer: its status, headers (names in lower case), text, and JSON (None without)."""

    def __init__(self, request, status, headers, body):
        self.request, self.status, self.headers, self.body = request, status, headers, body
        self.had_happened = False  # set by who repeats: this refusal says that it was done before
        self.json = None
        if body and "json" in headers.get("content-type", ""):
            self.json = json.loads(body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def code(self):
        """The word of a refusal; None without."""
        return self.json.get("code") if isinstance(self.json, dict) else None

    @property
    def replayed(self):
        return self.headers.get("idempotency-replayed") == "true"

    def __getitem__(self, name):
        check(isinstance(self.json, (dict, list)), f"{self} has no JSON body.")
        return self.json[name]

    def __str__(self):
        return f"{self.request}: {self.status} {self.text[:2000]}"

    def must(self, status, code=None):
        """This answer, which has that status, and that word of refusal if one is given."""
        wanted = f"{status} {code or ''}".strip()
        check(self.status == status and code in (None, self.code), f"Expected {wanted} from {self}")
        return self


class Client:
    """One connection, kept alive; one thread's. `base` is "http://127.0.0.1:8000/" or a Program."""

    def __init__(self, base, token=None, address=None):
        self.base, self.token, self.address = base, token, address
        self._connection, self._connected_to = None, None

    def _where(self):
        base = self.base.base if isinstance(self.base, Program) else self.base
        parts = urllib.parse.urlsplit(base)
        return parts.hostname, parts.port

    def close(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def call(self, method, path, body=None, token=None, headers=None, key=None):
        """One call. `body`: bytes as they are, anything else as JSON. `key`: an Idempotency-Key,
        True for a new one. `token`: instead of this client's own; "" for none."""
        sent = {"Accept": "application/json", "Accept-Language": "en"}
        token = self.token if token is None else token
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if key:
            sent["Idempotency-Key"] = str(uuid.uuid4()) if key is True else key
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        return self._exchange(method, path, body, sent)

    def _exchange(self, method, path, body, headers):
        where = self._where()
        if self._connection is None or self._connected_to != where:
            self.close()
            self._connection, self._connected_to = http.client.HTTPConnection(*where, timeout=ANSWER_SECONDS), where
        fresh = self._connection.sock is None
        try:
            self._connection.request(method, path, body=body, headers=headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (http.client.HTTPException, OSError):
            self.close()
            if fresh or method not in ("GET", "HEAD", "OPTIONS"):
                raise
            return self._exchange(method, path, body, headers)  # a kept connection was closed
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(f"{method} {path}", answer.status, names, text)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, {} if body is None else body, **options)

    def upload(self, path, fields, filename, content, mime, **options):
        body, kind = multipart(fields, filename, content, mime)
        return self.call("POST", path, body, headers={"Content-Type": kind}, **options)


def multipart(fields, filename, content, mime):
    """A form with one file: (body, Content-Type)."""
    border = uuid.uuid4().hex
    parts = []
    for name, value in fields.items():
        parts.append(f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    parts.append(
        f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        f"Content-Type: {mime}\r\n\r\n".encode() + content + f"\r\n--{border}--\r\n".encode()
    )
    return b"".join(parts), f"multipart/form-data; boundary={border}"


def raw_request(method, path, host, body=None, headers=None):
    """The bytes of one request, for tests that write the socket themselves."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Program:
    """The program on one database and one data folder. Ends its server when it goes."""

    def __init__(self, binary, database_url, data_dir, rate_limits=False, environment=None):
        self.binary = str(pathlib.Path(binary).resolve())
        self.database_url = database_url
        self.data_dir = pathlib.Path(data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SEGURIFAI_")}
        self.environment = {
            **kept,
            "SEGURIFAI_DATA_DIR": str(self.data_dir),
            "SEGURIFAI_DATABASE_URL": database_url,
            "SEGURIFAI_RATE_LIMITS": "on" if rate_limits else "off",
            **(environment or {}),
        }
        self.log = self.data_dir / "server.log"
        self.base = None
        self._serving = None
        self._arguments = ()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill9()

    def run(self, *arguments, stdin="", expected=0):
        """The output of a command, which must end with that exit code."""
        done = subprocess.run(
            [self.binary, *arguments], env=self.environment, input=stdin, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS,
        )
        wanted = f"segurifai {' '.join(arguments)}: exit code {done.returncode}, expected {expected}"
        check(done.returncode == expected, f"{wanted}:\n{done.stdout}")
        return done.stdout

    def migrate(self):
        return self.run("migrate")

    def loadreference(self):
        return self.run("loadreference")

    def loaddemo(self):
        return self.run("loaddemo")

    def createsuperuser(self, email, phone, password, first_name="Lucía", last_name="Barrios"):
        return self.run(
            "createsuperuser", "--email", email, "--phone", phone, "--first-name", first_name,
            "--last-name", last_name, "--password-stdin", stdin=password + "\n",
        )

    def serve(self, *arguments):
        """Starts the server on a free port and waits until it serves; its base address. Call it
        from the main thread: the server ends with the thread that started it."""
        check(self._serving is None, "The server is running already.")
        self._arguments = arguments
        with open(self.log, "ab") as log:
            self._serving = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
                [self.binary, "serve", "--port", "0", *arguments], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, preexec_fn=_die_with_parent,
            )
        line = self._first_line()
        found = re.search(r"Serving on (http://\S+?:\d+/)", line)
        if not found:
            self.kill9()
            raise Failed(f"The server did not start: {line!r}\n{self.log_end()}")
        self.base = found.group(1)
        return self.base

    def _first_line(self):
        line, end = b"", time.monotonic() + START_SECONDS
        while not line.endswith(b"\n"):
            left = end - time.monotonic()
            ready, _, _ = select.select([self._serving.stdout], [], [], max(0.0, left))
            part = os.read(self._serving.stdout.fileno(), 1) if ready else b""
            if not part:
                break
            line += part
        return line.decode("utf-8", "replace")

    @property
    def pid(self):
        return self._serving.pid if self._serving else None

    @property
    def running(self):
        return self._serving is not None and self._serving.poll() is None

    def kill9(self):
        """Ends the server at once, as a crash does. Nothing when none runs."""
        if self._serving is None:
            return
        self._serving.kill()
        self._serving.wait(timeout=START_SECONDS)
        self._serving.stdout.close()
        self._serving = None

    def restart(self):
        """The server again, with the arguments it had."""
        self.kill9()
        return self.serve(*self._arguments)

    def terminate(self, seconds=START_SECONDS):
        """Asks the server to end and waits; it must end well and in time."""
        check(self._serving is not None, "No server is running.")
        self._serving.terminate()
        try:
            code = self._serving.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise Failed(f"The server did not end within {seconds} s of SIGTERM.\n{self.log_end()}") from None
        self._serving.stdout.close()
        self._serving = None
        check(code == 0, f"The server ended with exit code {code}.\n{self.log_end()}")

    def log_end(self, lines=20):
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def connect(self):
        """A plain socket to the server."""
        parts = urllib.parse.urlsplit(self.base)
        return socket.create_connection((parts.hostname, parts.port), timeout=ANSWER_SECONDS)

    def messages(self):
        """What was sent to people outside, oldest first: {at, channel, to, text}."""
        path = self.data_dir / "messages.log"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]

    def code_sent_to(self, phone, after=0):
        """The one-time code in the newest message to a phone, waited for; `after`: how many
        messages there were before."""

        def newest():
            codes = [re.search(r"\b\d{6}\b", one["text"]) for one in self.messages()[after:] if one["to"] == phone]
            return codes[-1].group() if codes and codes[-1] else None

        return eventually(newest, f"a code for {phone} in messages.log")

    def query(self, sql):
        """The rows of a SELECT, each a tuple of texts (None for NULL)."""
        if self.database_url.startswith("sqlite:///"):
            with contextlib.closing(sqlite3.connect(self.database_url[len("sqlite:///"):], timeout=30)) as database:
                rows = database.execute(sql).fetchall()
            return [tuple(None if cell is None else str(cell) for cell in row) for row in rows]
        text = psql(self.database_url, sql, "--no-align", "--tuples-only", "--field-separator=\x1f", "--pset=null=\x1e")
        lines = [line for line in text.split("\n") if line]
        return [tuple(None if cell == "\x1e" else cell for cell in line.split("\x1f")) for line in lines]

    def number(self, sql):
        """The one number of a SELECT."""
        return int(self.query(sql)[0][0])


def psql(url, sql, *options):
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *options, "--dbname", url, "--command", sql],
        text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=COMMAND_SECONDS,
    )
    check(done.returncode == 0, f"psql refused {sql!r}: {done.stderr}")
    return done.stdout


def fresh_databases(folder, engines=("sqlite", "postgres")):
    """Yields (engine, URL) of a new, empty database each; PostgreSQL's on the server named by
    SEGURIFAI_TEST_POSTGRES, and dropped afterwards."""
    for engine in engines:
        name = f"segurifai_{engine}_{uuid.uuid4().hex[:12]}"
        if engine == "sqlite":
            yield engine, f"sqlite:///{pathlib.Path(folder).resolve() / name}.db"
            continue
        server = os.environ.get("SEGURIFAI_TEST_POSTGRES")
        check(server, "SEGURIFAI_TEST_POSTGRES is not set; run this through with_postgres.")
        psql(server, f"CREATE DATABASE {name}")
        try:
            yield engine, urllib.parse.urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            psql(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
