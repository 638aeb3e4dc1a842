"""What the server's benchmarks stand on: rows by the million, and load from wrk and pgbench."""

import contextlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

# pylint: disable=wrong-import-position
from support.program import Client, Program, check  # noqa: E402

UNITS = 1_500
MEMBERS = 1_000  # number 1 is the one who reads
OWN_REQUESTS = 10_000  # of that member
SMALL_ROWS = 10_000
LIST_ROWS = 100_000
PASSWORD = "cedro-azul-41-volcan"
FIRST_SECOND = 1_700_000_000  # of the rows; one every ten seconds
THREADS = 2  # of the load generator

METADATA = (
    '{"contact_phone":"+50255512345","evidence":["PHOTO","SIGNATURE"],"flow":"ROADSIDE",'
    '"form_complete":true,"promise":{"minutes":45},"service_code":"TOW","vehicle":{"color":"gris",'
    '"make":"Toyota","model":"Hilux","plate":"P-482KLM","use":"particular","weight_t":1.9,"year":2020}}'
)


class Rows:
    """Rows made by the database itself, in the words of its engine."""

    def __init__(self, url):
        self.url = url
        self.sqlite = url.startswith("sqlite:///")

    def numbers(self, first, last):
        if self.sqlite:
            return (f"(WITH RECURSIVE c(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM c "
                    f"WHERE i < {last}) SELECT i FROM c) AS n")
        return f"(SELECT generate_series({first}, {last}) AS i) AS n"

    def uuid(self, kind, number):
        if self.sqlite:
            return f"printf('01a20a94-000{kind}-7000-8000-%012x', {number})"
        return f"CAST('01a20a94-000{kind}-7000-8000-' || lpad(to_hex({number}), 12, '0') AS uuid)"

    def at(self, seconds):
        if self.sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {seconds}, 'unixepoch')"
        return f"to_timestamp({seconds})"

    def degrees(self, expression):
        return f"round({expression}, 6)"

    def run(self, statements):
        if self.sqlite:
            path = self.url[len("sqlite:///"):]
            with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
                # Of this connection only: the server opens the file in its own way.
                database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;")
                for statement in statements:
                    database.execute(statement)
                    database.commit()
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for statement in statements:
            done = subprocess.run(
                ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", self.url,
                 "--command", statement], text=True, check=False, capture_output=True)
            check(done.returncode == 0, f"psql refused {statement!r}: {done.stderr}")

    def add_people(self):
        """Members, one of OPERATIONS, and units with a place, all with the superuser's password."""
        joined = self.at(FIRST_SECOND)
        people = ("INSERT INTO users_user (id, email, password, first_name, last_name, phone_number, role, "
                  "is_staff, date_joined) SELECT {id}, '{name}' || CAST(i AS TEXT) || '@bench.example', "
                  "(SELECT password FROM users_user WHERE is_superuser), 'Elena', 'Marroquín', "
                  "'+502' || CAST({phone} + i AS TEXT), '{role}', {staff}, {at} FROM {numbers}")

        def add(kind, name, phone, role, count):
            return people.format(id=self.uuid(kind, "i"), name=name, phone=phone, role=role, at=joined,
                                 staff="TRUE" if role == "ADMIN" else "FALSE", numbers=self.numbers(1, count))

        self.run([
            add(1, "member", 30_000_000, "USER", MEMBERS),
            add(2, "unit", 40_000_000, "PROVIDER", UNITS),
            add(3, "staff", 50_000_000, "ADMIN", 1),
            f"INSERT INTO users_staffscope (user_id, scope, created_at) VALUES ({self.uuid(3, '1')}, 'OPERATIONS', "
            f"{joined})",
            "INSERT INTO providers_provider (id, user_id, company_name, business_license, business_phone, "
            "business_email, address, city, state, postal_code, latitude, longitude, rating, total_reviews, "
            f"total_completed, status, created_at, updated_at) SELECT i, {self.uuid(2, 'i')}, 'Grúas del Valle', "
            "'LIC-' || CAST(i AS TEXT), '+502' || CAST(40000000 + i AS TEXT), 'unit@bench.example', "
            "'4a calle 5-67', 'Guatemala', 'Guatemala', '01010', "
            f"{self.degrees('14.5 + (i % 1000) * 0.0001')}, {self.degrees('-90.5 - (i % 1000) * 0.0001')}, 4.5, 12, "
            f"40, 'ACTIVE', {joined}, {joined} FROM {self.numbers(1, UNITS)}",
            "INSERT INTO providers_capability (provider_id, code, approved, created_at) "
            f"SELECT i, 'TOW', TRUE, {joined} FROM {self.numbers(1, UNITS)}",
            "INSERT INTO providers_providerlocation (provider_id, latitude, longitude, is_online, last_updated) "
            f"SELECT i, {self.degrees('14.5 + i * 0.0001')}, -90.5, TRUE, {joined} FROM {self.numbers(1, UNITS)}",
        ])

    def add_requests(self, first, last):
        """Requests with these ids. The first ones are member 1's: of ten, eight are COMPLETED, with
        a unit, a job and a timeline, one is IN_PROGRESS with a unit, one PENDING without. All others
        have a unit; of ten, six are COMPLETED."""
        owner = self.uuid(1, f"(CASE WHEN i <= {OWN_REQUESTS} THEN 1 ELSE 2 + i % {MEMBERS - 1} END)")
        created = self.at(f"{FIRST_SECOND} + i * 10")
        ended = self.at(f"{FIRST_SECOND} + i * 10 + 3600")
        status = (f"CASE WHEN i <= {OWN_REQUESTS} THEN CASE i % 10 WHEN 0 THEN 'IN_PROGRESS' WHEN 5 THEN 'PENDING' "
                  "ELSE 'COMPLETED' END "
                  "ELSE CASE WHEN i % 10 < 6 THEN 'COMPLETED' WHEN i % 10 < 8 THEN 'CANCELLED' "
                  "ELSE 'IN_PROGRESS' END END")
        statements = [
            "INSERT INTO assistance_assistancerequest (id, request_number, user_id, provider_id, "
            "service_category_id, title, description, location_latitude, location_longitude, location_address, "
            "location_city, priority, status, estimated_cost, completed_at, metadata, created_at, updated_at) "
            f"SELECT i, 'REQ-' || CAST(2026000000 + i AS TEXT), {owner}, "
            f"CASE WHEN i > {OWN_REQUESTS} OR i % 10 <> 5 THEN 1 + i % {UNITS} END, "
            "(SELECT MIN(id) FROM services_servicecategory), 'Grúa', "
            "'No arranca; estoy en el parqueo del centro comercial.', "
            f"{self.degrees('14.55 + (i % 1000) * 0.0001')}, {self.degrees('-90.5 - (i / 1000 % 1000) * 0.0001')}, "
            f"'6a avenida 12-34, zona 10', 'Guatemala', 'MEDIUM', {status}, 350, "
            f"CASE WHEN ({status}) = 'COMPLETED' THEN {ended} END, '{METADATA}', {created}, {ended} "
            f"FROM {self.numbers(first, last)}",
        ]
        own = (max(first, 1), min(last, OWN_REQUESTS))
        if own[0] <= own[1]:
            statements += self._own(own, created, ended)
        statements.append("ANALYZE")
        self.run(statements)

    def _own(self, own, created, ended):
        """The jobs and timelines of member 1's requests."""
        steps = [
            f"INSERT INTO assistance_requestupdate (request_id, user_id, update_type, message, metadata, created_at) "
            f"SELECT i, {self.uuid(1, '1')}, 'STATUS_CHANGE', 'Estado: {state}', "
            f"'{{\"from\":\"PENDING\",\"to\":\"{state}\"}}', {at} FROM {self.numbers(*own)} {only}"
            for state, at, only in (("ASSIGNED", created, "WHERE i % 10 <> 5"),
                                    ("IN_PROGRESS", created, "WHERE i % 10 <> 5"),
                                    ("COMPLETED", ended, "WHERE i % 5 <> 0"))]
        return [
            # A unit has one active job: the requests still open have none.
            "INSERT INTO dispatch_assignment (request_id, provider_id, distance_km, assigned_at, promised_at, "
            "arrival_estimate_at, departed_at, arrived_at, started_at, ended_at, outcome, pay_base, "
            f"pay_distance_bonus) SELECT i, 1 + i % {UNITS}, 3.5, {created}, {ended}, {ended}, {created}, {created}, "
            f"{created}, {ended}, 'COMPLETED', 150, 12.5 FROM {self.numbers(*own)} WHERE i % 5 <> 0",
            *steps,
        ]


class Bench:
    """One server on one database filled with rows, and the loads put on it."""

    def __init__(self, binary, url, folder):
        self.folder, self.rows, self.count = folder, Rows(url), 0
        self.program = Program(binary, url, folder)
        self.program.migrate()
        self.program.loadreference()
        self.program.createsuperuser("direccion@bench.example", "+50250000000", PASSWORD)
        self.rows.add_people()

    def fill(self, rows):
        """Stops the server, and makes the requests as many as that."""
        if self.program.running:
            self.program.terminate()
        step = 1_000_000
        while self.count < rows:
            last = min(rows, (self.count // step + 1) * step)
            self.rows.add_requests(self.count + 1, last)
            self.count = last

    def serve(self):
        self.program.serve("--log", str(self.folder / "access.log"))

    def file(self, name, lines):
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(path)

    def token(self, email):
        client = Client(self.program)
        with contextlib.closing(client):
            return client.post("/api/auth/token/", {"email": email, "password": PASSWORD}).must(200)["access"]

    def metric(self, name):
        client = Client(self.program)
        with contextlib.closing(client):
            text = client.get("/metrics", headers={"Accept": "text/plain"}).must(200).text
        found = re.search(rf"^{name} (\d+)$", text, re.MULTILINE)
        check(found, f"/metrics has no {name}.")
        return int(found.group(1))

    def load(self, mode, what, seconds, connections=64, **more):
        return load(self.program.base, mode, what, seconds, connections, **more)


class Load:
    """A load that goes on while something else is measured."""

    def __init__(self, base, mode, what, seconds, connections=64, token="-", rate=0):
        path = what if mode == "same" else "/"
        self._wrk = subprocess.Popen(  # pylint: disable=consider-using-with
            ["wrk", f"-t{THREADS}", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s",
             "-s", str(HERE / "server_load.lua"), urllib.parse.urljoin(base, path), "--", mode, what, token,
             str(rate), str(THREADS)],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    @property
    def running(self):
        return self._wrk.poll() is None

    def end(self):
        """Before its time."""
        self._wrk.send_signal(signal.SIGINT)

    def found(self):
        """Waits for its end. What wrk measured: requests, seconds, p50_ms, p99_ms, and rate (a
        second). Every answer must be one of success."""
        output, _ = self._wrk.communicate()
        lines = [line for line in output.splitlines() if line.startswith("{")]
        check(self._wrk.returncode == 0 and lines, f"wrk: {output}")
        found = json.loads(lines[-1])
        check(found["refused"] == 0 and found["broken"] == 0, f"Not every request succeeded: {output}")
        return {**found, "rate": found["requests"] / found["seconds"]}


def load(*words, **more):
    """The same, from its begin to its end."""
    return Load(*words, **more).found()


def by_turns(ours, peer=None, rounds=3):
    """The medians of both, measured by turns after one unmeasured turn each."""
    ours()
    if peer:
        peer()
    figures, peers = [], []
    for _ in range(rounds):
        figures.append(ours())
        if peer:
            peers.append(peer())
    return statistics.median(figures), statistics.median(peers) if peers else None


def claim(name, unit, ours, *, peer="", peer_value=None, **limits):
    """Prints one line for bench/run (bench/measure.hpp): `limits` are ratio_min, ratio_max,
    value_min and value_max."""
    line = {"name": name, "unit": unit, "ours": ours, "peer": peer,
            **dict.fromkeys(("ratio_min", "value_min", "value_max"), 0), **limits}
    if peer_value is not None:
        line["peer_value"] = peer_value
    print(json.dumps(line, ensure_ascii=False), flush=True)


def note(text):
    """What is no claim, for who watches."""
    print(f"  {text}", file=sys.stderr, flush=True)


def pgbench(url, *options):
    """Transactions a second. Plans are made as for the server's own connections."""
    plans = {"PGOPTIONS": "-c enable_seqscan=off -c random_page_cost=1.1 -c jit=off"}
    ran = subprocess.run(["pgbench", "--no-vacuum", *options, url], text=True, check=False, env={**os.environ, **plans},
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = re.search(r"tps = ([\d.]+) \(without initial", ran.stdout)
    check(ran.returncode == 0 and found, f"pgbench: {ran.stdout}")
    return float(found.group(1))


def postgres_database(name):
    """The URL of a database of the cluster, made when it is not there."""
    server = os.environ["SEGURIFAI_TEST_POSTGRES"]
    Rows(server).run([f"CREATE DATABASE {name}"])
    return urllib.parse.urlsplit(server)._replace(path=f"/{name}").geturl()
