#!/usr/bin/env python3
"""The running server beside its limits: what it answers a second, how soon, and out of how much
memory, on both engines.

    with_postgres --durable python3 bench/server_bench.py --program build/release/segurifai
        [--engine sqlite|postgres] [--only STAGE]… [--seconds N] [--rounds N]

Prints one JSON line a claim (bench/measure.hpp). SEGURIFAI_BENCH_ROWS: how many rows the long list
has, 1,000,000 unless told; 10,000,000 takes half an hour and 20 GB. The load generator (wrk, two
threads) shares the machine with what it measures.
"""

import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import random
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
from server_load import (  # noqa: E402
    HERE, LIST_ROWS, OWN_REQUESTS, PASSWORD, SMALL_ROWS, UNITS, Bench, by_turns, claim, load, note, pgbench,
    postgres_database,
)
from support.program import Client, check, eventually, fresh_databases, raw_request  # noqa: E402

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
PING = "/api/health/ping/"
MEMBER, STAFF = "member1@bench.example", "staff1@bench.example"
OTHERS_RATE, OTHERS_CONNECTIONS = 1_000, 32
WHOLE_LIST = "/api/assistance/requests/?status=COMPLETED&page_size=20&cursor="
COLUMNS = "id,request_number,title,status,priority,location_city,created_at,updated_at"
LIST = WHOLE_LIST.replace("&cursor", f"&fields={COLUMNS}&cursor")  # as a table shows it
LIST_PAGES = 200


class Stages:
    """What is measured on one engine."""

    def __init__(self, options, engine, bench, small):
        self.options, self.engine, self.bench, self.small = options, engine, bench, small
        self.name = NAMES[engine]
        self.program = bench.program

    def load(self, *words, **more):
        return self.bench.load(*words, self.options.seconds, **more)

    def turns(self, ours, peer=None):
        return by_turns(ours, peer, self.options.rounds)

    # The stages, in order.

    def ping(self):
        if self.engine != "sqlite":
            return
        answer = self.bench.folder / "answer"
        answer.write_bytes(self.captured(PING))
        with epoll_peer(self.options.peers, answer) as peer:
            ours, theirs = self.turns(
                lambda: self.load("same", PING)["rate"],
                lambda: load(peer, "same", PING, self.options.seconds)["rate"])
        claim("Constant answer, whole server with its log, 64 connections", "/s", ours,
              peer="bare epoll loop, same bytes", peer_value=theirs, value_min=100_000, ratio_min=0.6)

    def reads(self):
        paths = self.bench.file("reads", own_paths(range(1, OWN_REQUESTS + 1)))
        units = self.bench.file("units", [f"/api/providers/{number}/" for number in range(1, UNITS + 1)])
        token = self.bench.token(MEMBER)
        peer, name = self.select_peer() if self.engine == "postgres" else (None, "")
        # A unit is one row by its key, as in pgbench -S, and its capabilities; a request is seven rows.
        for what, asked in (("a unit", units), ("one's request", paths)):
            ours = lambda: self.load("lines", asked, token=token)["rate"]  # noqa: B023, E731
            rate, theirs = self.turns(ours, peer)
            limits = {"value_min": 40_000, "ratio_min": 0.7} if peer else {"value_min": 60_000}
            claim(f"Read of {what} by id, {self.name}, 64 connections", "/s", rate, peer=name, peer_value=theirs,
                  **limits)
        waiting = self.bench.file("waiting", own_paths(range(5, OWN_REQUESTS + 1, 10)))
        alone, _ = self.turns(lambda: self.load("lines", waiting, token=token)["rate"])
        claim("The same of a request that has no unit yet", "/s", alone)
        for connections in (64, 200):
            half = lambda: self.load("lines", paths, token=token, rate=rate / 2,  # noqa: E731
                                     connections=connections)  # pylint: disable=cell-var-from-loop
            found = [half() for _ in range(self.options.rounds)]
            note(f"half load: {statistics.median(one['rate'] for one in found):,.0f}/s of {rate / 2:,.0f}/s wanted, "
                 f"p50 {statistics.median(one['p50_ms'] for one in found):.2f} ms")
            claim(f"Read of one's request by id, {self.name}, at half that load, {connections} connections, p99", "ms",
                  statistics.median(one["p99_ms"] for one in found), value_max=5)

    def select_peer(self):
        """pgbench's own select with as many clients as suit it best, and its name."""
        url = postgres_database("segurifai_peer")
        pgbench_make(url)
        count = best_clients(url)
        return (lambda: pgbench(url, "-S", "-M", "prepared", "-j", "2", "-c", str(count),
                                "-T", str(self.options.seconds)),
                f"pgbench -S -M prepared, {count} clients")

    def creates(self):
        open_ones = own_paths(range(10, OWN_REQUESTS + 1, 10))
        paths = self.bench.file("creates", [path + "updates/" for path in open_ones])
        token = self.bench.token(MEMBER)
        ours = lambda: self.load("notes", paths, token=token)["rate"]  # noqa: E731
        title = f"Durable create (a note, its audit event, its key), {self.name}, 64 connections"
        before = self.transactions()
        ours()
        size = self.group_since(before)
        note(f"{size:.1f} transactions a commit")
        if self.engine == "sqlite":
            group = max(1, round(size))
            with self.copy() as path:
                peer = lambda: create_peer(self.options, path, group)  # noqa: E731
                rate, theirs = self.turns(ours, peer)
            claim(title, "/s", rate, peer=f"bare C loop, a COMMIT each {group} (our group)",
                  peer_value=theirs, value_min=10_000, ratio_min=0.5)
            return
        user, session = self.program.query(
            "SELECT user_id, id FROM sessions_session WHERE user_id IN "
            f"(SELECT id FROM users_user WHERE email = '{MEMBER}') ORDER BY last_seen DESC LIMIT 1")[0]
        peer = lambda: pgbench(  # noqa: E731
            self.program.database_url, "-M", "prepared", "-c", "8", "-j", "2", "-T", str(self.options.seconds),
            "-f", str(HERE / "server_create.sql"), "-D", f"user={user}", "-D", f"session={session}")
        rate, theirs = self.turns(ours, peer)
        claim(title, "/s", rate, peer="pgbench -M prepared, same statements, 8 clients", peer_value=theirs,
              value_min=5_000, ratio_min=0.6)

    def list(self):
        token = self.bench.token(STAFF)
        pages = self.bench.file("pages", pages_of(self.bench, token, LIST))
        rate, _ = self.turns(lambda: self.load("lines", pages, token=token)["rate"])
        claim(f"List of 20 with a filter, 8 columns, {LIST_ROWS:,} rows, {self.name}, 64 connections", "/s", rate,
              value_min=15_000)
        pages = self.bench.file("whole", pages_of(self.bench, token, WHOLE_LIST))
        rate, _ = self.turns(lambda: self.load("lines", pages, token=token)["rate"])
        claim(f"The same with all that staff see of a request, its member, unit and job, {self.name}", "/s", rate)

    def start(self):
        self.program.terminate()
        figures = []
        for _ in range(5):
            began = time.monotonic()
            self.bench.serve()
            client = Client(self.program)
            client.get(PING).must(200)
            figures.append((time.monotonic() - began) * 1000)
            client.close()
            if len(figures) < 5:
                self.program.terminate()
        limit = {"value_max": 150} if self.engine == "sqlite" else {}
        claim(f"Start to the first answer, {self.name}", "ms", statistics.median(figures), **limit)
        time.sleep(2)
        claim(f"Memory of the idle server, {self.name}", "MB", resident_mb(self.program.pid), value_max=60)

    def positions(self):
        tokens = self.bench.file("tokens", unit_tokens(self.bench))
        taken, lost = self.position_counts()
        began = time.time()
        # No unit may send more than five a second.
        rates = []
        for _ in range(self.options.rounds + 1):
            rates.append(self.load("positions", tokens, rate=4 * UNITS)["rate"])
        ended = time.time()
        time.sleep(max(0.0, ended + 1 - time.time()))
        stored = self.program.number(
            "SELECT count(*) FROM providers_providerlocation "
            f"WHERE last_updated > {self.bench.rows.at(int(ended) - 2)}")
        taken_now, lost_now = self.position_counts()
        check(lost_now == lost, f"{lost_now - lost} positions were rejected, throttled or dropped.")
        sent = sum(rates) * self.options.seconds
        note(f"{taken_now - taken:,} positions taken of {sent:,.0f} in {ended - began:.0f} s")
        claim(f"Positions taken singly, {UNITS:,} units, {self.name}, 64 connections", "/s",
              statistics.median(rates[1:]), value_min=5_000)
        claim(f"Units whose last position is on disk 1 s after it, {self.name}", "units", stored, value_min=UNITS)

    def position_counts(self):
        """(taken, lost) since the server began."""
        count = lambda what: self.bench.metric(f"segurifai_positions_{what}_total")  # noqa: E731
        return count("taken"), sum(map(count, ("rejected", "throttled", "dropped")))

    def signins(self):
        bodies = self.bench.file("bodies", [
            f'{{"email":"unit{number}@bench.example","password":"{PASSWORD}"}}' for number in range(1, 401)])
        rate, _ = self.turns(lambda: self.load("signin", bodies, connections=8)["rate"])
        claim(f"Sign-ins with a password, {self.name}, 8 connections", "/s", rate, value_min=60)
        paths = own_paths(range(1, OWN_REQUESTS + 1))
        others = self.bench.file("others", [line for path in paths for line in (path, PING)])
        token = self.bench.token(MEMBER)

        def calm():
            return self.load("lines", others, connections=OTHERS_CONNECTIONS, token=token, rate=OTHERS_RATE)["p99_ms"]

        def beside_signins():
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                signins = pool.submit(self.bench.load, "signin", bodies, self.options.seconds + 2, 8)
                time.sleep(1)
                p99 = calm()
                note(f"{signins.result()['rate']:.0f} sign-ins a second meanwhile, p99 {p99:.2f} ms")
            return p99

        ours, theirs = self.turns(beside_signins, calm)
        claim(f"p99 of other requests beside sign-ins at full rate, {self.name}, {OTHERS_RATE:,}/s, "
              f"{OTHERS_CONNECTIONS} connections", "ms", ours, peer="without the sign-ins", peer_value=theirs,
              ratio_max=1.2)

    def flat(self):
        self.small.fill(SMALL_ROWS)
        self.small.serve()
        self.bench.fill(self.options.rows)
        self.bench.serve()
        sides = []
        for bench in (self.bench, self.small):
            token = bench.token(STAFF)
            pages = bench.file("pages", pages_of(bench, token, LIST))
            sides.append(lambda bench=bench, pages=pages, token=token: bench.load(
                "lines", pages, self.options.seconds, token=token)["rate"])
        rate, small = self.turns(*sides)
        claim(f"List of 20 with a filter, {self.options.rows:,} rows, {self.name}", "/s", rate,
              peer=f"{SMALL_ROWS:,} rows", peer_value=small, ratio_min=0.8)
        self.small.program.terminate()

    # What they are made of.

    def captured(self, path):
        """The bytes of the server's answer to what wrk sends."""
        host = urllib.parse.urlsplit(self.program.base).netloc
        request = raw_request("GET", path, host).replace(b"Connection: close\r\n", b"Accept-Language: en\r\n")
        with contextlib.closing(self.program.connect()) as connection:
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer or answer.endswith(b"\r\n\r\n"):
                part = connection.recv(65536)
                check(part, "The server closed the connection.")
                answer += part
        check(answer.startswith(b"HTTP/1.1 200 "), f"{path}: {answer!r}")
        return answer

    def transactions(self):
        return [self.bench.metric(f"segurifai_database_{what}_total") for what in ("transactions", "commits")]

    def group_since(self, before):
        transactions, commits = (now - then for now, then in zip(self.transactions(), before))
        return transactions / max(1, commits)

    @contextlib.contextmanager
    def copy(self):
        """A file with what the server's SQLite database holds."""
        path = self.bench.folder / "copy.db"
        source = self.program.database_url[len("sqlite:///"):]
        with contextlib.closing(sqlite3.connect(source)) as ours, contextlib.closing(sqlite3.connect(path)) as copy:
            ours.backup(copy)
        try:
            yield path
        finally:
            for left in self.bench.folder.glob("copy.db*"):
                left.unlink()


STAGES = ("ping", "reads", "creates", "list", "start", "positions", "signins", "flat")


def own_paths(numbers):
    return [f"/api/assistance/requests/{number}/" for number in numbers]


def pages_of(bench, token, path):
    """The paths of the list's pages, from the newest on, as its own links name them."""
    paths = []
    client = Client(bench.program, token)
    with contextlib.closing(client):
        while path and len(paths) < LIST_PAGES:
            paths.append(path)
            answer = client.get(path).must(200)
            check(len(answer["results"]) == 20, f"A page of {len(answer['results'])}.")
            link = answer["next"]
            path = link and urllib.parse.urlunsplit(("", "", *urllib.parse.urlsplit(link)[2:]))
    random.shuffle(paths)
    return paths


def unit_tokens(bench):
    emails = [f"unit{number}@bench.example" for number in range(1, UNITS + 1)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(bench.token, emails))


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return kilobytes / 1000 * 1.024


@contextlib.contextmanager
def epoll_peer(folder, answer):
    """The base address of a bare epoll loop that gives these bytes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # pylint: disable=consider-using-with
    running = subprocess.Popen([folder / "epoll_peer", str(port), str(os.cpu_count()), f"@{answer}"])
    try:
        def listens():
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return True
            return False

        eventually(listens, "epoll_peer listens")
        yield f"http://127.0.0.1:{port}/"
    finally:
        running.kill()
        running.wait()


def create_peer(options, path, group):
    ran = subprocess.run([options.peers / "create_peer", path, str(group), str(options.seconds)], text=True,
                         check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(ran.returncode == 0, f"create_peer: {ran.stdout}")
    return float(ran.stdout)


def pgbench_make(url):
    made = subprocess.run(["pgbench", "--initialize", "--quiet", "--scale", "10", url], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(made.returncode == 0, f"pgbench --initialize: {made.stdout}")


def best_clients(url):
    """With how many clients pgbench reads most."""
    rates = {count: pgbench(url, "-S", "-M", "prepared", "-j", "2", "-c", str(count), "-T", "2")
             for count in (4, 8, 16, 32)}
    note("pgbench -S: " + ", ".join(f"{count} clients {rate:,.0f}/s" for count, rate in rates.items()))
    return max(rates, key=rates.get)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--peers", type=pathlib.Path, help="where the peers stand, if not beside the program")
    parser.add_argument("--engine", action="append", choices=tuple(NAMES))
    parser.add_argument("--only", action="append", choices=STAGES)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was made is taken away all the same
    options.program = options.program.resolve()
    options.peers = options.peers or options.program.parent
    options.rows = int(os.environ.get("SEGURIFAI_BENCH_ROWS", "1000000"))
    stages = [stage for stage in STAGES if not options.only or stage in options.only]
    with tempfile.TemporaryDirectory(prefix="segurifai-bench-") as folder:
        for engine in options.engine or NAMES:
            run(options, engine, stages, pathlib.Path(folder))


def run(options, engine, stages, folder):
    with contextlib.ExitStack() as stack:
        def bench(name):
            (_, url), = stack.enter_context(databases(folder, engine))
            made = Bench(options.program, url, folder / f"{engine}-{name}")
            stack.callback(made.program.kill9)
            return made

        main_bench = bench("main")
        small = bench("small") if "flat" in stages else None
        main_bench.fill(LIST_ROWS)
        main_bench.serve()
        measured = Stages(options, engine, main_bench, small)
        for stage in stages:
            note(f"{stage}, {NAMES[engine]}")
            getattr(measured, stage)()


@contextlib.contextmanager
def databases(folder, engine):
    """One fresh database, dropped at the end."""
    with contextlib.closing(fresh_databases(folder, (engine,))) as made:
        yield [next(made)]


if __name__ == "__main__":
    main()
