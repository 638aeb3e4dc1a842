"""How the day's writes are sent: calmly, or to a server that is killed at every one of them."""

import contextlib
import http.client
import io
import json
import random
import time
import uuid

from support.program import Answer, check, raw_request, same

# Within what time the server dies, each time a write is broken off before it may be answered: from
# before it is read, on any machine, to after it is answered.
KILL_WITHIN_SECONDS = (0.02, 0.06, 0.2)
ANSWERED_WITHIN_SECONDS = 60


class Calm:
    """Sends a write once."""

    def __init__(self, program):
        self.program = program
        self.restarts = 0

    def write(self, person, method, path, body=None, *, keyed=True, headers=None, again=()):
        key = str(uuid.uuid4()) if keyed else None
        answer = person.client.call(method, path, {} if body is None else body, headers=headers, key=key)
        return answer, key

    def between_steps(self):
        """What happens to the server after a step."""


class _Received:
    """What http.client reads an answer from."""

    def __init__(self, received):
        self._received = received

    def makefile(self, *_):
        return io.BytesIO(self._received)


def answer_in(received, request):
    """The whole answer in what was received before the connection broke; None without."""
    if b"\r\n\r\n" not in received:
        return None
    response = http.client.HTTPResponse(_Received(received))
    try:
        response.begin()
        body = response.read()
    except (http.client.HTTPException, OSError):
        return None
    names = {name.lower(): value for name, value in response.getheaders()}
    return Answer(request, response.status, names, body)


class Storm:
    """Sends a write, kills the server with SIGKILL a moment later, starts it again and repeats the
    write under the same key until it is answered, as a client does that does not give up. After
    each step the server is killed once more."""

    def __init__(self, program, seed):
        self.program = program
        self.chance = random.Random(seed)
        self.restarts = 0
        self.answered_before_death = 0
        self.replayed = 0

    def _crash(self):
        self.program.restart()
        self.restarts += 1

    def between_steps(self):
        self._crash()

    def _broken_off(self, request, token, seconds):
        """Sends it to a server that dies; what came back all the same."""
        method, path, body, headers = request
        received = b""
        with self.program.connect() as connection:
            host = "%s:%d" % connection.getpeername()[:2]
            headers = {"Accept": "application/json", "Accept-Language": "en", **headers}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            connection.sendall(raw_request(method, path, host, body, headers))
            time.sleep(self.chance.uniform(0, seconds))
            self.program.kill9()
            with contextlib.suppress(OSError):
                while part := connection.recv(65536):
                    received += part
        return answer_in(received, f"{method} {path}")

    def write(self, person, method, path, body=None, *, keyed=True, headers=None, again=()):
        """As Calm.write. `again`: the words of refusal that tell of a write without a key that it
        had happened before the crash; then the answer is that refusal."""
        key = str(uuid.uuid4()) if keyed else None
        headers = dict(headers or {})
        if not isinstance(body, bytes):
            body = json.dumps({} if body is None else body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        acknowledged = None
        for seconds in KILL_WITHIN_SECONDS:
            seen = self._broken_off((method, path, body, headers), person.token, seconds)
            self._crash()
            if seen is None or seen.status >= 400:
                continue
            self.answered_before_death += 1
            if keyed and acknowledged is not None:
                self._check_same(seen, acknowledged)
            acknowledged = acknowledged or seen
        answer = self._until_answered(person, method, path, body, headers)
        if keyed and acknowledged is not None:
            self._check_same(answer, acknowledged)
        self.replayed += answer.replayed
        answer.had_happened = answer.code in again
        return answer, key

    @staticmethod
    def _check_same(answer, acknowledged):
        check(answer.replayed, f"An acknowledged write was done again: {answer}")
        same((answer.status, answer.text), (acknowledged.status, acknowledged.text), "the repeated answer")

    @staticmethod
    def _until_answered(person, method, path, body, headers):
        end = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while True:
            answer = person.client.call(method, path, body, headers=headers)
            if answer.code not in ("idempotency_in_progress", "service_unavailable"):
                return answer
            check(time.monotonic() < end, f"No answer but this after a crash: {answer}")
            time.sleep(0.1)
