#!/usr/bin/env python3
"""What is past its time, taken away beside its limits: requests into the archive, a day of
positions, and what other people notice of it, on both engines.

    with_postgres --durable python3 bench/retention_bench.py --program build/release/segurifai
        [--engine sqlite|postgres] [--only STAGE]… [--seconds N] [--rounds N]

Prints one JSON line a claim (bench/measure.hpp). SEGURIFAI_BENCH_POSITIONS: how many positions are
purged beside other requests, 10,000,000 unless told. The figures are of the whole command, from its
start to its end, as an operator runs it.
"""

import argparse
import concurrent.futures
import contextlib
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
from server_load import OWN_REQUESTS, UNITS, Bench, Rows, by_turns, claim, note  # noqa: E402
from support.program import Program, check, fresh_databases, same  # noqa: E402

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
MEMBER = "member1@bench.example"
POSITIONS = "providers_providerlocationhistory"
DAY = 86_400
KEPT_DAYS = 90

OLD_REQUESTS = 20_000  # a round's
OLD_SECOND = 1_600_000_000  # 2020: all of them are due, and none is purged
STEPS = ("PENDING", "ASSIGNED", "IN_PROGRESS", "COMPLETED")

SMALL_DAY, LARGE_DAY = 100_000, 1_000_000  # positions

OTHERS_CONNECTIONS = 32
READS_RATE, NOTES_RATE = 1_000, 200
LOADS = 2
STEADY_SECONDS = 1  # after a purge has begun


class OldRequests:
    """Requests that ended years ago, each with four lines of its timeline, two documents, the search
    for its unit, an offer and a job; one in four was reviewed and one in four paid for."""

    def __init__(self, rows):
        self.rows, self.count = rows, 0

    def add(self, count):
        first, last = self.count + 1, self.count + count
        self.count = last
        rows = self.rows
        numbers = rows.numbers(first, last)
        member = rows.uuid(1, "(1 + i % 1000)")
        unit = f"1 + i % {UNITS}"
        began = lambda minutes: rows.at(f"{OLD_SECOND} + i * 10 + {minutes * 60}")  # noqa: E731
        ended = began(60)
        statements = [
            "INSERT INTO assistance_assistancerequest (id, request_number, user_id, provider_id, "
            "service_category_id, title, description, location_latitude, location_longitude, location_address, "
            "location_city, priority, status, estimated_cost, actual_cost, completed_at, metadata, created_at, "
            f"updated_at) SELECT i, 'REQ-' || CAST(2020000000 + i AS TEXT), {member}, {unit}, "
            "(SELECT MIN(id) FROM services_servicecategory), 'Grúa', "
            "'No arranca; estoy en el parqueo del centro comercial.', 14.55, -90.5, '6a avenida 12-34, zona 10', "
            "'Guatemala', 'MEDIUM', 'COMPLETED', 350, 350, "
            f"{ended}, '{{\"flow\":\"ROADSIDE\",\"form_complete\":true,\"service_code\":\"TOW\"}}', {began(0)}, "
            f"{ended} FROM {numbers}",
            "INSERT INTO dispatch_search (request_id, state, created_at, updated_at) "
            f"SELECT i, 'ENDED', {began(0)}, {began(1)} FROM {numbers}",
            "INSERT INTO dispatch_offer (id, request_id, provider_id, state, distance_km, eta_minutes, pay_base, "
            f"pay_distance_bonus, created_at, expires_at, closed_at) SELECT i, i, {unit}, 'ACCEPTED', 3.5, 14, 200, "
            f"2.5, {began(0)}, {began(1)}, {began(1)} FROM {numbers}",
        ]
        for minutes, state in zip((0, 1, 20, 60), STEPS):
            statements.append(
                "INSERT INTO assistance_requestupdate (request_id, user_id, update_type, message, metadata, "
                f"created_at) SELECT i, {member}, 'STATUS_CHANGE', 'Estado: {state}', "
                f"'{{\"to\":\"{state}\"}}', {began(minutes)} FROM {numbers}")
        for number, kind in enumerate(("VEHICLE_PHOTO", "OTHER")):
            statements.append(
                "INSERT INTO assistance_requestdocument (id, request_id, uploaded_by_id, document_type, file, "
                f"filename, file_size, mime_type, review_status, created_at) SELECT i * 2 + {number}, i, {member}, "
                f"'{kind}', '2020/' || CAST(i * 2 + {number} AS TEXT) || '.jpg', 'foto.jpg', 234567, 'image/jpeg', "
                f"'APPROVED', {began(50)} FROM {numbers}")
        statements += [
            "INSERT INTO dispatch_assignment (request_id, provider_id, offer_id, distance_km, assigned_at, "
            "promised_at, arrival_estimate_at, departed_at, arrived_at, started_at, ended_at, outcome, "
            f"completion_notes, signature_document_id, pay_base, pay_distance_bonus) SELECT i, {unit}, i, 3.5, "
            f"{began(1)}, {began(30)}, {began(20)}, {began(2)}, {began(19)}, {began(20)}, {ended}, 'COMPLETED', "
            f"'Trasladado al taller.', i * 2 + 1, 200, 2.5 FROM {numbers}",
            "INSERT INTO providers_providerreview (provider_id, user_id, assistance_request_id, rating, created_at, "
            f"updated_at) SELECT {unit}, {member}, i, 5, {ended}, {ended} FROM {numbers} WHERE i % 4 = 0",
            "INSERT INTO paq_wallet_paqtransaction (transaction_id, user_id, assistance_request_id, "
            f"transaction_type, amount, status, created_at, processed_at) SELECT 'TXN-20200901-' || CAST(i AS TEXT), "
            f"{member}, i, 'PAYMENT', 350, 'COMPLETED', {ended}, {ended} FROM {numbers} WHERE i % 4 = 1",
            "ANALYZE",
        ]
        rows.run(statements)

    def delete(self, lanes=2):
        """The last added go by hand, on PostgreSQL: nothing is kept of them, and each lane's are one
        transaction."""
        last, first = self.count, self.count - OLD_REQUESTS + 1

        def lane(number):
            of = lambda column: f"WHERE {column} BETWEEN {first} AND {last} AND {column} % {lanes} = {number}"  # noqa: E731
            links = [f"UPDATE {table} SET assistance_request_id = NULL {of('assistance_request_id')}"
                     for table in ("providers_providerreview", "paq_wallet_paqtransaction")]
            parts = [f"DELETE FROM {table} {of('request_id')}"
                     for table in ("dispatch_assignment", "dispatch_offer", "dispatch_search",
                                   "assistance_requestupdate", "assistance_requestdocument")]
            self.rows.run(["; ".join([*links, *parts, f"DELETE FROM assistance_assistancerequest {of('id')}"])])

        with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
            list(pool.map(lane, range(lanes)))


class Positions:
    """Positions of whole days, so many a day; a day's number counts back from today."""

    def __init__(self, bench):
        self.rows, self.program = bench.rows, bench.program
        today = datetime.datetime.now(datetime.UTC).date()
        self.today = today

    def date(self, days_ago):
        return self.today - datetime.timedelta(days=days_ago)

    def add_day(self, days_ago, count):
        day = self.date(days_ago)
        second = int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())
        at = self.rows.at(f"{second} + (CAST(i AS BIGINT) * {DAY} / {max(count, 1)}) % {DAY}")
        fill = (f"INSERT INTO {POSITIONS} (provider_id, latitude, longitude, heading, speed, recorded_at) "
                f"SELECT 1 + i % {UNITS}, {self.rows.degrees('14.5 + (i % 1000) * 0.0001')}, "
                f"{self.rows.degrees('-90.5 - (i % 1000) * 0.0001')}, 90, 28.5, {at} "
                f"FROM {self.rows.numbers(1, count)}")
        if self.rows.sqlite:
            self.rows.run([fill])
            return
        name = f"{POSITIONS}_p{day:%Y%m%d}"
        following = day + datetime.timedelta(days=1)
        # Without a look at the unit of each row, which takes longer than the row.
        self.rows.run([
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {POSITIONS} FOR VALUES FROM ('{day} 00:00:00+00') "
            f"TO ('{following} 00:00:00+00')",
            *([f"SET session_replication_role = replica; {fill}"] if count else []),
            f"ANALYZE {name}"])

    def pass_over(self, days_ago):
        """The system's cache has nothing of a day any more, as of one that nobody looked at for
        weeks."""
        name = f"{POSITIONS}_p{self.date(days_ago):%Y%m%d}"
        self.rows.run(["CHECKPOINT"])
        files = self.program.query(
            "SELECT current_setting('data_directory') || '/' || pg_relation_filepath(oid) FROM pg_class WHERE oid = "
            f"'{name}'::regclass OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = '{name}'::regclass)")
        for (first,) in files:
            for path in [pathlib.Path(first), *pathlib.Path(first).parent.glob(pathlib.Path(first).name + ".*")]:
                with path.open("rb") as file:
                    os.fsync(file.fileno())
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def retention(program, policy, *more):
    """(seconds, lines) of a run of one policy."""
    began = time.monotonic()
    said = program.run("retention", "run", "--policy", policy, "--json", *more)
    took = time.monotonic() - began
    return took, [json.loads(line) for line in said.splitlines() if line.startswith("{")]


class Stages:
    """What is measured on one engine."""

    def __init__(self, options, engine, bench):
        self.options, self.engine, self.bench = options, engine, bench
        self.name, self.program = NAMES[engine], bench.program

    # The stages, in order.

    def archive(self):
        old = OldRequests(self.bench.rows)
        if self.engine == "postgres":  # a row that goes is looked for in every day of positions
            positions = Positions(self.bench)
            for days_ago in range(KEPT_DAYS + 1):
                positions.add_day(days_ago, 1_000)

        def archived():
            old.add(OLD_REQUESTS)
            took, (line,) = retention(self.program, "requests")
            same(line["done"], OLD_REQUESTS, "the number of archived requests")
            return OLD_REQUESTS / took

        def deleted():
            old.add(OLD_REQUESTS)
            began = time.monotonic()
            old.delete()
            return OLD_REQUESTS / (time.monotonic() - began)

        peer = "deleted by hand, nothing kept" if self.engine == "postgres" else ""
        rate, by_hand = by_turns(archived, deleted if peer else None, self.options.rounds)
        claim(f"Requests into the archive, each with 4 updates, 2 documents, search, offer and job, {self.name}",
              "/s", rate, peer=peer, peer_value=by_hand, value_min=5_000)

    def days(self):
        if self.engine != "postgres":
            return
        positions = Positions(self.bench)
        for days_ago in range(KEPT_DAYS + 1):
            positions.add_day(days_ago, 1_000)

        def dropped(count, is_cached):
            positions.add_day(KEPT_DAYS + 1, count)
            if not is_cached:
                positions.pass_over(KEPT_DAYS + 1)
            took, (line,) = retention(self.program, "positions")
            same(line["done"], count, "the number of positions deleted")
            return took * 1000

        for is_cached in (False, True):
            ours, small = by_turns(lambda: dropped(LARGE_DAY, is_cached), lambda: dropped(SMALL_DAY, is_cached),  # noqa: B023
                                   self.options.rounds)
            state = "just written" if is_cached else "long passed over"
            claim(f"One day of {LARGE_DAY:,} positions, {state}, goes, with {KEPT_DAYS} that stay, {self.name}", "ms",
                  ours, peer=f"one of {SMALL_DAY:,}", peer_value=small, ratio_max=3 if is_cached else 1.2,
                  value_max=250)

    def purge(self):
        self.bench.fill(OWN_REQUESTS)
        positions = Positions(self.bench)
        # PostgreSQL drops a day at once: each turn has days of its own. A purge of SQLite is ended
        # after a turn, and goes on in the next.
        turns = (self.options.rounds + 1) * LOADS
        per_day = self.options.positions // turns
        began = time.monotonic()
        for turn in range(turns):
            positions.add_day(KEPT_DAYS + 1 + turn, per_day)
        note(f"{per_day * turns:,} positions made in {time.monotonic() - began:.0f} s")
        self.bench.serve()
        loads = self.loads()
        oldest = iter(range(KEPT_DAYS + turns, KEPT_DAYS, -1))

        def beside(load):
            with self.purging(positions.date(next(oldest) - KEPT_DAYS - 1)):
                return load()["p99_ms"]

        for what, load in loads.items():
            ours, theirs = by_turns(lambda: beside(load), lambda: load()["p99_ms"], self.options.rounds)  # noqa: B023
            claim(f"p99 of {what} while {self.options.positions:,} positions are purged, {self.name}, "
                  f"{OTHERS_CONNECTIONS} connections", "ms", ours, peer="without the purge", peer_value=theirs,
                  ratio_max=1.2)
        self.program.terminate()

    def loads(self):
        token = self.bench.token(MEMBER)
        own = lambda numbers: [f"/api/assistance/requests/{number}/" for number in numbers]  # noqa: E731
        reads = self.bench.file("reads", own(range(1, OWN_REQUESTS + 1)))
        notes = self.bench.file("notes", [f"{path}updates/" for path in own(range(10, OWN_REQUESTS + 1, 10))])
        load = lambda mode, paths, rate: lambda: self.bench.load(  # noqa: E731
            mode, paths, self.options.seconds, OTHERS_CONNECTIONS, token=token, rate=rate)
        return {f"reads, {READS_RATE:,}/s,": load("lines", reads, READS_RATE),
                f"durable notes, {NOTES_RATE:,}/s,": load("notes", notes, NOTES_RATE)}

    @contextlib.contextmanager
    def purging(self, as_of):
        """A purge of what is due on that day goes on meanwhile, or has ended."""
        count = lambda: self.program.number(f"SELECT COUNT(*) FROM {POSITIONS}")  # noqa: E731
        before = count()
        # pylint: disable=consider-using-with
        running = subprocess.Popen(
            [self.program.binary, "retention", "run", "--policy", "positions", "--as-of", str(as_of), "--gently", "--json"],
            env=self.program.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            if self.engine == "sqlite":
                time.sleep(STEADY_SECONDS)
            yield
        finally:
            ended = running.poll()
            running.kill()
            said, _ = running.communicate()
            note(f"to {as_of}: {'all' if ended == 0 else f'{before - count():,}'} positions purged {said.strip()}")


STAGES = ("archive", "days", "purge")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--engine", action="append", choices=tuple(NAMES))
    parser.add_argument("--only", action="append", choices=STAGES)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was made is taken away all the same
    options.program = options.program.resolve()
    options.positions = int(os.environ.get("SEGURIFAI_BENCH_POSITIONS", "10000000"))
    with tempfile.TemporaryDirectory(prefix="segurifai-bench-") as folder:
        for engine in options.engine or NAMES:
            for stage in STAGES if not options.only else options.only:
                run(options, engine, stage, pathlib.Path(folder))


def run(options, engine, stage, folder):
    """One stage, on a database of its own."""
    with contextlib.closing(fresh_databases(folder, (engine,))) as made:
        _, url = next(made)
        bench = Bench(options.program, url, folder / f"{engine}-{stage}")
        try:
            note(f"{stage}, {NAMES[engine]}")
            getattr(Stages(options, engine, bench), stage)()
        finally:
            bench.program.kill9()


if __name__ == "__main__":
    main()
