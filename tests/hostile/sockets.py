#!/usr/bin/env python3
"""What strangers do to sockets: slowly, halfway, by the thousand, too large, and as garbage.

The server must answer or close within its limits, stay quick for everybody else and small in
memory, and lose no answer when it is asked to end.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import resource
import select
import socket
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from support.program import check, eventually, fresh_databases, same  # noqa: E402
from wire import Line, Sent, read_answer, ready  # noqa: E402
from world import World  # noqa: E402

PING = "/api/health/ping/"
HEAD_SECONDS = 10  # from a request's first byte to the end of its head
BODY_SECONDS = 30
SLACK_SECONDS = 8  # of a loaded machine
IDLE_MANY, IDLE_FEW = 10_000, 2_000
SPARE_DESCRIPTORS = 1_000
RESIDENT_MAX = 300 << 20
RESIDENT_AFTER = 200 << 20
IDLE_BYTES = 4 << 10  # of an idle connection; 1.6 to 2.4 KB were measured
HALF_MANY, HALF_BYTES = 5_000, 15_000  # requests of which this much has come
LEFT_BEHIND = 16 << 20  # of theirs, when they have gone
# AddressSanitizer's shadow and the red zones around every block more than double what is resident,
# and what is freed stays in its quarantine (kept small here: see main()) and size classes. Growth
# without a bound still shows; the figures of the product are those above.
SANITIZED_RESIDENT = 2 * RESIDENT_MAX
SANITIZED_IDLE_BYTES = 2 * IDLE_BYTES  # 4.9 KB were measured
SANITIZED_QUARANTINE_MB = 16
QUICK_SECONDS = 0.5  # nine of ten answers while others idle, or after a rush
SIGN_INS = 450
# How an answer is wanted, whatever comes behind it.
WANTED = "Accept: application/problem+json\r\nAccept-Language: en\r\nX-Request-Id: mine-1\r\n"
BODY_BYTES_MAX = 1_000_000
SEED = 20_260_203


class Site:
    """Where the server listens, and what is sent there."""

    def __init__(self, world, is_sanitized):
        self.world, self.address = world, world.address
        self.is_sanitized = is_sanitized  # what it holds is then for the most part not its own
        self.resident_max = SANITIZED_RESIDENT if is_sanitized else RESIDENT_MAX
        self.resident_after = SANITIZED_RESIDENT if is_sanitized else RESIDENT_AFTER
        self.idle_bytes = SANITIZED_IDLE_BYTES if is_sanitized else IDLE_BYTES
        self.host = f"{self.address[0]}:{self.address[1]}"

    def connect(self, seconds=60):
        return socket.create_connection(self.address, timeout=seconds)

    def get(self, target=PING, extra=""):
        return f"GET {target} HTTP/1.1\r\nHost: {self.host}\r\n{extra}\r\n".encode("latin-1")

    def post(self, extra, target="/api/auth/token/"):
        return f"POST {target} HTTP/1.1\r\nHost: {self.host}\r\n{extra}".encode("latin-1")

    def sign_in(self, number, size=0, extra=""):
        """A good sign-in of one of the accounts: 20 ms of a core. Its body has at least `size` bytes."""
        body = json.dumps(self.world.credentials(number)).encode().ljust(size)
        head = self.post(f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}\r\n")
        return head + body


def everything(connection, seconds):
    """All that comes until the other end closes, which it must within `seconds`; and whether the
    end was orderly."""
    received, end = b"", time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        check(left > 0, f"Not closed within {seconds:g} s; received {received[:300]!r}.")
        if not ready(connection, False, left)[0]:
            continue
        try:
            part = connection.recv(1 << 16)
        except ConnectionError:
            return received, False
        if not part:
            return received, True
        received += part


def answers_in(received, methods=None):
    found, left = [], received
    while left:
        method = methods[len(found)] if methods and len(found) < len(methods) else "GET"
        answer, left = read_answer(left, method)
        check(answer is not None, f"An answer is not whole: {left[:300]!r}")
        found.append(answer)
    return found


def only_answer(received, status, what):
    found = answers_in(received)
    same([one.status for one in found], [status], f"the answers to {what}")
    return found[0]


def as_wanted(answer, what):
    """A refusal of who sent WANTED before what was wrong."""
    names = ("content-type", "content-language", "x-request-id")
    same([answer.headers.get(name) for name in names], ["application/problem+json", "en", "mine-1"],
         f"how the answer to {what} is said")
    same([answer.json["status"], answer.json["request_id"]], [answer.status, "mine-1"], f"the problem of {what}")


# --- slowly and halfway -----------------------------------------------------------------------


def one_byte_a_second(site):
    """A head that never ends is closed with 408 when its time is over, however busy it looks."""
    begin = time.monotonic()
    with site.connect() as connection:
        for byte in site.get(extra="X-Slow: " + "a" * 500 + "\r\n"):
            if ready(connection, False, 1.0)[0]:
                break
            with contextlib.suppress(ConnectionError):
                connection.send(bytes([byte]))
        received, _ = everything(connection, SLACK_SECONDS)
    took = time.monotonic() - begin
    only_answer(received, 408, "a head of one byte a second")
    check(HEAD_SECONDS - 1 <= took <= HEAD_SECONDS + SLACK_SECONDS, f"The slow head was closed after {took:.1f} s.")


def half_a_head(site):
    begin = time.monotonic()
    with site.connect() as connection:
        connection.sendall(site.get()[:-9])
        received, _ = everything(connection, HEAD_SECONDS + SLACK_SECONDS)
    only_answer(received, 408, "half a head")
    check(time.monotonic() - begin >= HEAD_SECONDS - 1, "Half a head was given up on too soon.")


def slow_body(site):
    with site.connect() as connection:
        connection.sendall(site.post(WANTED + "Content-Type: application/json\r\nContent-Length: 400\r\n\r\n{"))
        end = time.monotonic() + BODY_SECONDS + SLACK_SECONDS
        while not ready(connection, False, 1.0)[0] and time.monotonic() < end:
            with contextlib.suppress(ConnectionError):
                connection.send(b" ")
        received, _ = everything(connection, SLACK_SECONDS)
    as_wanted(only_answer(received, 408, "a body of one byte a second"), "a slow body")


def half_open(site):
    """Who has said all that they will say still gets the answer; who has not gets the end."""
    with site.connect() as connection:
        connection.sendall(site.get())
        connection.shutdown(socket.SHUT_WR)
        received, _ = everything(connection, SLACK_SECONDS)
    only_answer(received, 200, "a request from a half-closed connection")
    for part in (b"", b"G", site.get()[:-9], site.post("Content-Length: 9\r\n\r\n{")):
        with site.connect() as connection:
            connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
            received, _ = everything(connection, HEAD_SECONDS)
        check(all(one.status in (400, 408) for one in answers_in(received)), f"{part!r} was answered: {received!r}")


def never_read(site):
    """A peer that asks without reading is neither waited for nor buffered without bound."""
    connection = site.connect()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    many = site.get("/api/schema/") * 50
    sent, end = 0, time.monotonic() + 3
    while time.monotonic() < end and sent < 40 << 20:
        try:
            sent += connection.send(many)
        except BlockingIOError:
            time.sleep(0.02)
        except ConnectionError:
            break
    check(sent < 40 << 20, "The server took requests without end from a peer that does not read.")
    return connection


# --- by the thousand --------------------------------------------------------------------------


def is_sanitized(binary):
    """Whether AddressSanitizer was linked into the program."""
    return b"__asan_init" in pathlib.Path(binary).read_bytes()


def resident(world):
    for line in pathlib.Path(f"/proc/{world.program.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise AssertionError("The process has no VmRSS.")


def answer_seconds(site, times=100):
    """What nine of ten answers take at most."""
    took = []
    with contextlib.closing(Line(site.address)) as line:
        for _ in range(times):
            begin = time.monotonic()
            same(line.one(Sent("GET", PING)).status, 200, "the status of a ping")
            took.append(time.monotonic() - begin)
    return sorted(took)[times * 9 // 10]


def idle_connections(site):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = IDLE_MANY if hard >= IDLE_MANY + SPARE_DESCRIPTORS else IDLE_FEW
    before = resident(site.world)
    with contextlib.ExitStack() as stack:
        for index in range(many):
            connection = stack.enter_context(site.connect())
            if index % 2:  # every second one has asked before
                connection.sendall(site.get())
            if index % 1_000 == 999:
                check(resident(site.world) < site.resident_max, "The server grows with idle connections.")
        worst = answer_seconds(site)
        during = resident(site.world)
    check(worst < QUICK_SECONDS, f"Beside {many} idle connections an answer took {worst:.3f} s.")
    check(during < site.resident_max, f"{many} idle connections: {during >> 20} MB resident.")
    each = (during - before) / many
    check(each < site.idle_bytes, f"An idle connection holds {each:.0f} bytes.")
    return f"{many} idle: nine of ten answers within {worst * 1_000:.1f} ms, {each:.0f} bytes each"


def half_requests(site, many):
    """A crowd that leaves in the middle of its requests takes their memory with it."""
    half = site.get(extra="X-Long: " + "a" * HALF_BYTES + "\r\n")[:-2]
    before = resident(site.world)
    with contextlib.ExitStack() as stack:
        for _ in range(many):
            stack.enter_context(site.connect()).sendall(half)
        answer_seconds(site, 20)  # by then the halves were read as well
        during = resident(site.world)
    check(during < site.resident_max, f"{many} half requests: {during >> 20} MB resident.")
    if not site.is_sanitized:
        eventually(lambda: resident(site.world) < before + LEFT_BEHIND, "memory that a crowd takes with it")
    after = resident(site.world)
    return f"{many} half requests: {before >> 20} -> {during >> 20} -> {after >> 20} MB"


def pipelined(site, times=1_000):
    """A thousand requests in one go are answered each and in order."""
    targets = (PING, "/api/health/live/", "/api/services/plans/", "/api/nowhere/", "/api/users/me/")
    wanted = (200, 200, 200, 404, 401)
    out = b"".join(site.get(targets[i % 5], f"X-Request-Id: number-{i}\r\n") for i in range(times))
    received, found = b"", []
    with site.connect() as connection:
        writer = threading.Thread(target=connection.sendall, args=(out,))
        writer.start()
        end = time.monotonic() + 60
        while len(found) < times and time.monotonic() < end:
            part = connection.recv(1 << 18)
            if not part:
                break
            received += part
            while True:
                answer, received = read_answer(received, "GET")
                if answer is None:
                    break
                found.append(answer)
        writer.join(60)
    same(len(found), times, "the number of answers to pipelined requests")
    for index, answer in enumerate(found):
        same(answer.headers["x-request-id"], f"number-{index}", "the order of pipelined answers")
        same(answer.status, wanted[index % 5], f"the status of {targets[index % 5]}")


def pipelined_until_refused(site):
    """What stands before a malformed request is answered; what stands behind it is not."""
    with site.connect() as connection:
        connection.sendall(site.get() * 3 + b"GET / HTTP/1.1\r\nHost : x\r\n\r\n" + site.get() * 3)
        received, _ = everything(connection, SLACK_SECONDS)
    same([one.status for one in answers_in(received)], [200, 200, 200, 400], "answers up to a malformed request")


# --- too large, garbage, smuggling --------------------------------------------------------------


def oversized(site):
    two_mb = b" " * 2_000_000
    json_head = "Content-Type: application/json\r\n"
    chunk = b"%x\r\n" % 65_536 + b" " * 65_536 + b"\r\n"
    cases = {
        "a head of 20 KB": (site.get(extra="X-Long: " + "a" * 20_000 + "\r\n"), 431),
        "200 header lines": (site.get(extra="X-Many: 1\r\n" * 200), 431),
        "a target of 9 KB": (site.get("/" + "a" * 9_000), 414),
        "2 MB promised": (site.post(json_head + "Content-Length: 2000000\r\n\r\n"), 413),
        "2 MB sent": (site.post(json_head + "Content-Length: 2000000\r\n\r\n") + two_mb, 413),
        "2 MB in chunks": (site.post(json_head + "Transfer-Encoding: chunked\r\n\r\n") + chunk * 31, 413),
        "an absurd length": (site.post(json_head + "Content-Length: 99999999999999999999\r\n\r\n"), 400),
        "2 MB nowhere": (site.post("Content-Length: 2000000\r\n\r\n", "/api/nowhere/") + two_mb, 413),
        "a long line behind wishes": (site.get(extra=WANTED + "X-Long: " + "a" * 20_000 + "\r\n"), 431),
        "2 MB behind wishes": (site.post(WANTED + json_head + "Content-Length: 2000000\r\n\r\n") + two_mb, 413),
        "chunks behind wishes": (
            site.post(WANTED + json_head + "Transfer-Encoding: chunked\r\n\r\n") + chunk * 31, 413),
        "a bad line behind wishes": (site.get(extra=WANTED + "X : 1\r\n"), 400),
        "a bad line before wishes": (site.get(extra="X : 1\r\n" + WANTED), 400),
    }
    for what, (request, status) in cases.items():
        with site.connect() as connection:
            with contextlib.suppress(ConnectionError):  # it may close while we write
                connection.sendall(request)
            received, _ = everything(connection, SLACK_SECONDS)
        check(received, f"{what}: the connection was cut without an answer.")
        answer = only_answer(received, status, what)
        check(answer.is_json and answer.json["code"], f"{what}: {answer}")
        if what.endswith("behind wishes"):
            as_wanted(answer, what)
        else:
            same(answer.headers["content-type"], "application/json", f"the media type for {what}")
            same(answer.headers["content-language"], "es", f"the language for {what}")
        check(answer.headers["x-request-id"], f"{what}: no X-Request-Id")
    for size, status in ((BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413)):
        with site.connect() as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(site.sign_in(0, size, "Connection: close\r\n"))
            received, _ = everything(connection, SLACK_SECONDS)
        only_answer(received, status, f"a body of {size} bytes")


def smuggled(site):
    """Bytes that two servers might divide differently: one refusal, and nothing after it."""
    inner = site.get("/api/health/live/")
    host = f"Host: {site.host}\r\n"
    length = f"Content-Length: {len(inner)}\r\n"
    both = "Transfer-Encoding: chunked\r\n"
    post = "POST " + PING + " HTTP/1.1\r\n"
    chunks = b"1\r\na\r\n0\r\n"
    heads = {
        "an unknown coding": post + host + "Transfer-Encoding: gzip\r\n\r\n",
        "xchunked": post + host + "Transfer-Encoding: xchunked\r\n\r\n",
        "chunked, identity": post + host + "Transfer-Encoding: chunked, identity\r\n\r\n",
        "identity, chunked": post + host + "Transfer-Encoding: identity, chunked\r\n\r\n",
        "a coding with a tab": post + host + "Transfer-Encoding:\x0bchunked\r\n\r\n",
        "coding twice": post + host + both + both + "\r\n",
        "coding, then length": post + host + both + length + "\r\n",
        "length, then coding": post + host + length + both + "\r\n",
        "space before the colon": post + host + "Transfer-Encoding : chunked\r\n\r\n",
        "folded coding": post + host + "Transfer-Encoding:\r\n chunked\r\n\r\n",
        "chunked in HTTP/1.0": post.replace("1.1", "1.0") + host + both + "\r\n",
        "length twice": post + host + length + length + "\r\n",
        "two lengths": post + host + length + "Content-Length: 0\r\n\r\n",
        "a list of lengths": post + host + "Content-Length: 5, 5\r\n\r\n",
        "a length with a sign": post + host + "Content-Length: +5\r\n\r\n",
        "a negative length": post + host + "Content-Length: -1\r\n\r\n",
        "a hexadecimal length": post + host + "Content-Length: 0x10\r\n\r\n",
        "an empty length": post + host + "Content-Length:\r\n\r\n",
        "no host": "GET / HTTP/1.1\r\n\r\n",
        "two hosts": "GET / HTTP/1.1\r\n" + host + host + "\r\n",
        "a host with a list": "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
        "a folded header": "GET / HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n",
        "bare line feeds": "GET / HTTP/1.1\n" + host + "\n",
        "a bare return": "GET / HTTP/1.1\r\n" + host + "A: b\rc\r\n\r\n",
        "U+0000": "GET / HTTP/1.1\r\n" + host + "A: b\0c\r\n\r\n",
        "two authorizations": "GET / HTTP/1.1\r\n" + host + "Authorization: a\r\nAuthorization: b\r\n\r\n",
        "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "CONNECT": "CONNECT a.gt:443 HTTP/1.1\r\n" + host + "\r\n",
        "another host in the target": "GET http://other.gt/ HTTP/1.1\r\n" + host + "\r\n",
    }
    requests = {what: head.encode("latin-1") + inner for what, head in heads.items()}
    chunked = (post + host + both + "\r\n").encode()
    requests["a trailer"] = chunked + b"1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n" + inner
    requests["a chunk size with a sign"] = chunked + b"+1\r\na\r\n0\r\n\r\n" + inner
    requests["a chunk size beyond 64 bits"] = chunked + b"10000000000000001\r\na\r\n0\r\n\r\n" + inner
    requests["a chunk longer than it says"] = chunked + b"1\r\nab\r\n0\r\n\r\n" + inner
    requests["a chunk with a bare line feed"] = chunked + b"1\na\r\n0\r\n\r\n" + inner
    requests["chunks without their end"] = chunked + chunks + b"\n" + inner
    for what, request in requests.items():
        with site.connect() as connection:
            connection.sendall(request)
            received, _ = everything(connection, SLACK_SECONDS)
        check(received, f"{what}: the connection was cut without an answer.")
        only_answer(received, 400, f"{what}, with a request behind it")


def garbage(site, times=200):
    chance = random.Random(SEED)
    valid = site.get(extra="Accept: application/json\r\n")
    for index in range(times):
        if index % 2:
            sent = chance.randbytes(chance.randint(1, 2_000))
        else:  # a request with a few bytes changed
            changed = bytearray(valid)
            for _ in range(chance.randint(1, 4)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            sent = bytes(changed)
        with site.connect() as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
            received, _ = everything(connection, HEAD_SECONDS)
        worst = max((one.status for one in answers_in(received)), default=400)
        check(worst < 500, f"{sent!r} was answered {received!r}")
    answer_seconds(site, 1)


# --- more than can be done ----------------------------------------------------------------------


def rush(site, requests):
    """Every request on a connection of its own, all at once: their answers. The hashing of passwords
    lets everything else on the machine go first, so only standing still is a fault."""
    with contextlib.ExitStack() as stack:
        waiting = {stack.enter_context(site.connect()): b"" for _ in requests}
        for connection, request in zip(waiting, requests, strict=True):
            connection.sendall(request)
        found, last = [], time.monotonic()
        while waiting:
            check(time.monotonic() - last < 30, f"{len(waiting)} of {len(requests)} requests were not answered.")
            poller = select.poll()
            by_number = {connection.fileno(): connection for connection in waiting}
            for number in by_number:
                poller.register(number, select.POLLIN)
            for number, _ in poller.poll(1_000):
                connection = by_number[number]
                part = connection.recv(1 << 16)
                check(part, "A connection was closed without an answer in a rush.")
                waiting[connection] += part
                answer, _ = read_answer(waiting[connection], "GET")
                if answer is not None:
                    found.append(answer)
                    last = time.monotonic()
                    del waiting[connection]
    return found


def judge_rush(found, usual):
    for answer in found:
        check(answer.status in (usual, 503, 429), f"In a rush: {answer}")
        if answer.status in (503, 429):
            check(int(answer.headers.get("retry-after", "0")) >= 1, f"No Retry-After: {answer.headers} {answer}")
            check(answer.is_json and answer.json["code"], f"In a rush: {answer}")
    return sum(answer.status == 503 for answer in found)


def too_many_at_once(site):
    """A rush of sign-ins, each of which costs 20 ms of a core: all are answered, what cannot be
    done now with 503 and Retry-After; and of reads."""
    turned_away = judge_rush(rush(site, [site.sign_in(i) for i in range(SIGN_INS)]), 200)
    check(turned_away < SIGN_INS - 200, f"{turned_away} of {SIGN_INS} sign-ins were turned away.")
    turned_away += judge_rush(rush(site, [site.get("/api/services/plans/")] * 1_500), 200)
    check(answer_seconds(site, 20) < QUICK_SECONDS, "After a rush the server is slow.")
    return turned_away


def ends_well(site):
    """SIGTERM with requests in flight: each one that was sent is answered, and the program ends
    with exit code 0."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(site.connect()) for _ in range(60)]
        idle = [stack.enter_context(site.connect()) for _ in range(20)]
        for connection in connections:  # accepted and alive
            connection.sendall(site.get())
            answer, _ = read_answer(connection.recv(1 << 16), "GET")
            same(answer.status, 200, "the status before the end")
        for index, connection in enumerate(connections):
            request = site.sign_in(index) if index % 3 else site.get("/api/services/plans/")
            connection.sendall(request)
        eventually(lambda: any(ready(one, False, 0)[0] for one in connections), "the first answer")
        ending = threading.Thread(target=site.world.program._serving.terminate)  # pylint: disable=protected-access
        ending.start()
        for index, connection in enumerate(connections):
            received, _ = everything(connection, 30)
            found = answers_in(received)
            same(len(found), 1, f"the number of answers on connection {index} at the end")
            judge_rush(found, 200)
        for connection in idle:
            same(everything(connection, 30)[0], b"", "what an idle connection receives at the end")
        ending.join()
    site.world.program.terminate(30)


def floor(site):
    """What has nothing to do with a database, once. Returns what was measured."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        slow = [pool.submit(one, site) for one in (one_byte_a_second, half_a_head, slow_body, half_open)]
        stuck = never_read(site)
        pipelined(site)
        pipelined_until_refused(site)
        oversized(site)
        smuggled(site)
        garbage(site)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        many = HALF_MANY if hard >= HALF_MANY + SPARE_DESCRIPTORS else IDLE_FEW
        said = f"{idle_connections(site)}; {half_requests(site, many)}"
        for one in slow:
            one.result(BODY_SECONDS + 3 * SLACK_SECONDS)
        stuck.close()
    return said


def test(binary, engine, url, folder):
    with World(binary, url, folder) as world:
        site = Site(world, is_sanitized(binary))
        said = floor(site) if engine == "sqlite" else "the floor was tested already"
        pipelined(site)
        turned_away = too_many_at_once(site)
        check(resident(world) < site.resident_max, f"After all of it: {resident(world) >> 20} MB resident.")
        eventually(lambda: resident(world) < site.resident_after, "memory that falls back after all of it")
        after = resident(world) >> 20
        ends_well(site)
        print(f"{engine}: {said}; {turned_away} turned away with 503; {after} MB at the end", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--engines", default="sqlite,postgres")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the server inherits it
    if is_sanitized(options.program):
        asked = os.environ.get("ASAN_OPTIONS", "")
        os.environ["ASAN_OPTIONS"] = f"{asked}:quarantine_size_mb={SANITIZED_QUARANTINE_MB}".lstrip(":")
    with tempfile.TemporaryDirectory(prefix="segurifai-sockets-") as name:
        folder = pathlib.Path(name)
        for engine, url in fresh_databases(folder, options.engines.split(",")):
            test(options.program, engine, url, folder / engine)


if __name__ == "__main__":
    main()
