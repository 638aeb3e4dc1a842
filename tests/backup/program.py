#!/usr/bin/env python3
"""Backups of an SQLite database through the running program, when the worst happens.

    python3 tests/backup/program.py --program build/release/segurifai

A server that is killed with SIGKILL under load, at random moments; a disk that is full under the
backups while members go on. The server is killed 3 times, and 100 times for tools/prove.
"""

import argparse
import contextlib
import http.client
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from support.program import Client, Failed, Program, check, eventually, same  # noqa: E402

MEMBERS = 4
LOAD_SECONDS = (0.2, 2.0)
DISK_BYTES = 64 * 1024 * 1024
REQUEST = {
    "service_code": "TOW", "description": "No arranca", "location_latitude": 14.5990,
    "location_longitude": -90.5090, "location_address": "6a avenida 12-34, zona 10",
    "vehicle": {"make": "Toyota", "model": "Hilux", "year": 2020, "plate": "P-482KLM", "weight_t": 1.9,
                "use": "particular"},
}
# What a restore ends on purpose, and so is not as it was.
ENDED = {"sessions_session": "ended_at", "sessions_onetimecode": "ended_at", "sessions_proof": "used_at"}


class Member:
    """A member with an open request, who goes on saying something about it: 1, 2, 3, …"""

    def __init__(self, program, account, password):
        self.program, self.credentials = program, {"email": account, "password": password}
        self.client = Client(program)
        self.request, self.asked, self.acknowledged = None, 0, 0
        self.gone, self.failure = None, None  # why it stopped
        self.unanswered = set()  # asked for when the server died: it may be there or not

    def begin(self):
        """Signs in and asks for help; whether the member's plan covers it."""
        self.client.token = self.client.post("/api/auth/token/", self.credentials).must(200)["access"]
        asked = self.client.post("/api/assistance/requests/", REQUEST, key=True)
        if asked.status == 422:
            asked.must(422, "not_covered")
            return False
        self.request = asked.must(201)["id"]
        return True

    def say(self):
        self.asked += 1
        path = f"/api/assistance/requests/{self.request}/updates/"
        self.client.post(path, {"message": f"aviso {self.asked}"}, key=True).must(201)
        self.acknowledged = self.asked

    def say_until(self, stop):
        """Until `stop`, or the server is gone."""
        try:
            while not stop.is_set():
                self.say()
        except (http.client.HTTPException, OSError) as gone:
            self.gone = gone
        except Failed as failure:
            self.failure = failure


def members_of(program):
    """Members with an open request; the server runs."""
    lines = (program.data_dir / "demo-passwords.txt").read_text(encoding="utf-8").splitlines()
    people = [line.split() for line in lines if line.startswith("miembro")]
    members = [member for member in (Member(program, one[0], one[2]) for one in people) if member.begin()]
    check(len(members) >= 2, "Nobody of the demonstration is covered.")
    return members[:MEMBERS]


@contextlib.contextmanager
def load(members):
    """Every member writes, each on a thread, while the body runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=member.say_until, args=(stop,)) for member in members]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=60)
            check(not thread.is_alive(), "A member waits for an answer for a minute.")
        for member in members:
            check(member.failure is None, f"A member was refused: {member.failure}")


@contextlib.contextmanager
def copy_of(database, folder):
    """The database as it lies on the disk. A stranger's connection to the file itself would bring
    the log into it when it closes, and break the chain of the backups."""
    place = folder / "copy"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for end in ("", "-wal"):
        if os.path.exists(f"{database}{end}"):
            shutil.copy(f"{database}{end}", place / f"copy.db{end}")
    with contextlib.closing(sqlite3.connect(place / "copy.db")) as copied:
        yield copied


def rows_of(database):
    """Every row of every table, but for what a restore ends."""
    rows = {}
    names = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for name in sorted(names):
        columns = [one[1] for one in database.execute(f'PRAGMA table_info("{name}")')]
        listed = ", ".join(f'"{column}"' for column in columns if column != ENDED.get(name))
        rows[name] = sorted(map(repr, database.execute(f'SELECT {listed} FROM "{name}"')))
    check(len(rows) > 40, f"The database has these tables only: {sorted(rows)}")
    return rows


def file_of(program):
    return program.database_url[len("sqlite:///"):]


def check_what_was_acknowledged(program, members, folder):
    with copy_of(file_of(program), folder) as database:
        same(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)], "the integrity of the file")
        for member in members:
            said = database.execute("SELECT message FROM assistance_requestupdate WHERE request_id = ? AND "
                                    "message LIKE 'aviso %' ORDER BY id", (member.request,)).fetchall()
            numbers = [int(message.split()[1]) for message, in said]
            missing = set(range(1, member.acknowledged + 1)) - set(numbers) - member.unanswered
            check(not missing, f"Acknowledged, and not in the database: {sorted(missing)[:10]}")
            same(len(numbers), len(set(numbers)), "how often the same was said")


def check_restore(program, folder):
    """The newest state that the backups hold is the database, row by row."""
    program.terminate()
    status = program.run("backup", "status", "--json")
    check('"generation":1,' in status, f"The chain broke: {status}")
    check("no fault" in program.run("backup", "verify"), "backup verify")
    restored = folder / "restored.db"
    restored.unlink(missing_ok=True)
    program.run("restore", "--to", "latest", "--into", str(restored))
    with copy_of(file_of(program), folder) as database:
        expected = rows_of(database)
    with contextlib.closing(sqlite3.connect(restored)) as database:
        found = rows_of(database)
    different = [name for name in expected if expected[name] != found.get(name)]
    check(not different and len(found) == len(expected), f"The restored tables are others: {different}")
    return sum(map(len, expected.values()))


def killed(program, folder, times):
    """Returns (rows compared, writes acknowledged)."""
    moments = random.Random(os.environ.get("SEGURIFAI_PROVE_SEED", time.time_ns()))
    program.serve()
    members = members_of(program)
    eventually(lambda: metric(program, "segurifai_backup_shipping") == 1, "the backups have begun")
    for _ in range(times):
        with load(members):
            time.sleep(moments.uniform(*LOAD_SECONDS))
            program.kill9()
        for member in members:
            if member.asked > member.acknowledged:
                member.unanswered.add(member.asked)
            member.client.close()
        check_what_was_acknowledged(program, members, folder)
        program.serve()
    rows = check_restore(program, folder)
    return rows, sum(member.asked for member in members)


def metric(program, name):
    with urllib.request.urlopen(program.base + "metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(name + " ")), None)


@contextlib.contextmanager
def small_disk(place):
    """A file system of its own, or nothing where none may be made."""
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(place)], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place):
    """Leaves no room on the disk."""
    with open(place / "filler", "wb", buffering=0) as filler:
        with contextlib.suppress(OSError):
            while True:
                filler.write(bytes(65536))
        with contextlib.suppress(OSError):
            while True:
                filler.write(b"\0")
    return place / "filler"


def full_disk(program, disk, folder):
    """Members go on while the backups have no room; the watch is loud; with room all is well."""
    program.serve()
    members = members_of(program)
    eventually(lambda: metric(program, "segurifai_backup_shipping") == 1, "the backups have begun")
    filler = fill(disk)
    with load(members):
        eventually(lambda: metric(program, "segurifai_backup_shipping") == 0, "the backups are in trouble")
        before = sum(member.acknowledged for member in members)
        eventually(lambda: sum(member.acknowledged for member in members) > before + 100, "members go on")
        said = program.run("backup", "status", expected=1)
        check("has no room" in said, f"backup status does not say that the disk is full: {said}")
        check("fault    backups" in program.run("doctor", expected=1), "doctor does not say that the disk is full")
        filler.unlink()
        eventually(lambda: metric(program, "segurifai_backup_shipping") == 1, "the backups go on", seconds=90)
    check_what_was_acknowledged(program, members, folder)
    return check_restore(program, folder)


def fresh(options, folder, name, repository=None):
    place = folder / name
    environment = {"SEGURIFAI_BACKUP_REPOSITORY": str(repository)} if repository else {}
    program = Program(options.program, f"sqlite:///{place / 'segurifai.db'}", place, environment=environment)
    program.migrate()
    program.loadreference()
    program.loaddemo()
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    report = os.environ.get("SEGURIFAI_PROVE_REPORT")
    times = 100 if report else 3
    with tempfile.TemporaryDirectory(prefix="segurifai-backup-") as name:
        folder = pathlib.Path(name)
        with fresh(options, folder, "killed") as program:
            rows, asked = killed(program, folder, times)
        print(f"backup: killed {times} times in {asked} writes; {rows} rows came back", flush=True)
        if report:
            pathlib.Path(report).write_text(f"{times} kills in {asked:,} writes, {rows:,} rows restored\n",
                                            encoding="utf-8")
        with small_disk(folder / "disk") as is_there:
            if not is_there:
                print("backup: no file system may be made here, so none was filled", flush=True)
                return
            with fresh(options, folder, "full", folder / "disk" / "backups") as program:
                rows = full_disk(program, folder / "disk", folder)
            print(f"backup: a full disk; {rows} rows came back", flush=True)


if __name__ == "__main__":
    main()
