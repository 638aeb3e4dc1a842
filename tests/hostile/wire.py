"""Requests written byte by byte, many on one connection, and their answers in order.

For input that an ordinary HTTP client refuses to send, and for a great deal of it: requests are
pipelined, so that ten thousand of them take seconds.
"""

import dataclasses
import json
import select
import socket
import time

from support.program import Failed

BATCH = 48  # requests written before their answers are read
BATCH_BYTES = 400_000
ANSWER_SECONDS = 60


@dataclasses.dataclass
class Sent:
    """One request. `target` and header values may hold any byte (written as Latin-1)."""

    method: str
    target: str
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes | None = None
    note: object = None

    def encode(self, host):
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (self.body or b"")

    def __str__(self):
        body = b"" if self.body is None else self.body[:300]
        shown = {name: str(value)[:80] for name, value in self.headers.items() if name != "Authorization"}
        return f"{self.method} {self.target[:200]} {shown} {body!r}"


class Got:
    """An answer; header names in lower case."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def is_json(self):
        return "json" in self.headers.get("content-type", "")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def closes(self):
        return self.headers.get("connection", "").lower() == "close"

    def __str__(self):
        return f"{self.status} {self.text[:400]}"


def ready(connection, writes, seconds):
    """Whether there is something to read, and room to write if that is asked. (No select(): it
    takes no descriptor above 1023.)"""
    poller = select.poll()
    poller.register(connection, select.POLLIN | (select.POLLOUT if writes else 0))
    events = sum(event for _, event in poller.poll(seconds * 1_000))
    over = select.POLLIN | select.POLLHUP | select.POLLERR
    return bool(events & over), bool(events & select.POLLOUT)


def read_answer(data, method):
    """The first answer in `data` and what follows it; (None, data) while it is not whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None, data
    head = data[:end].decode("latin-1").split("\r\n")
    status = int(head[0].split(" ", 2)[1])
    headers = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    has_body = method != "HEAD" and status not in (204, 304) and status >= 200
    size = int(headers.get("content-length", "0")) if has_body else 0
    if len(data) < end + 4 + size:
        return None, data
    return Got(status, headers, data[end + 4:end + 4 + size]), data[end + 4 + size:]


class Cut(Failed):
    """A connection that ended without the answer it owed."""


class Line:
    """A connection to `address` (host, port) that sends requests and reads their answers."""

    def __init__(self, address):
        self.address = address
        self.host = f"{address[0]}:{address[1]}"
        self._socket, self._left = None, b""

    def close(self):
        if self._socket is not None:
            self._socket.close()
        self._socket, self._left = None, b""

    def one(self, request):
        return self.all([request])[0]

    def all(self, requests):
        """The answers to `requests`, each a Got or a Cut."""
        answers = []
        while len(answers) < len(requests):
            batch, size = [], 0
            for request in requests[len(answers):len(answers) + BATCH]:
                batch.append(request)
                size += len(request.body or b"")
                if size > BATCH_BYTES:
                    break
            answers += self._batch(batch)
        return answers

    def _batch(self, batch):
        """The answers to the beginning of the batch, one at least."""
        if self._socket is None:
            self._socket = socket.create_connection(self.address, timeout=ANSWER_SECONDS)
            self._socket.setblocking(False)
        out = memoryview(b"".join(request.encode(self.host) for request in batch))
        got, end = [], time.monotonic() + ANSWER_SECONDS
        while len(got) < len(batch):
            reads, writes = ready(self._socket, bool(out), 1.0)
            try:
                if writes:
                    out = out[self._socket.send(out):]
                part = self._socket.recv(1 << 18) if reads else None
            except BlockingIOError:
                continue
            except OSError:  # it was closed while we wrote: what came before is still to be read
                out, part = out[:0], b"" if not reads else self._rest()
            if part:
                self._left += part
                self._take(batch, got)
                if got and got[-1].closes:
                    self.close()
                    return got
            elif part == b"" or time.monotonic() > end:
                self.close()
                why = "closed" if part == b"" else "silent"
                return got if got else [Cut(f"The connection was {why} without an answer.")]
        return got

    def _rest(self):
        try:
            return self._socket.recv(1 << 18)
        except OSError:
            return b""

    def _take(self, batch, got):
        while len(got) < len(batch):
            answer, self._left = read_answer(self._left, batch[len(got)].method)
            if answer is None:
                return
            if answer.status >= 200:  # not 100 Continue
                got.append(answer)
            if answer.closes:
                return
