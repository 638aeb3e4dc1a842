#!/usr/bin/env python3
"""The backups of a running server with a database of 1 GB beside their limits: a full one, an
increment, the way back, how far the log lags behind, and what all of it costs those who write.

    python3 bench/backup_bench.py --program build/release/segurifai [--only STAGE]… [--rounds N] [--seconds N]

Prints one JSON line a claim (bench/measure.hpp). The peer is cp of the same file, and fsync of the
copy: what is not on the disk is no backup. Writers are wrk, two threads on the same machine. SQLite
only: PostgreSQL's backups are pgBackRest's. SEGURIFAI_BENCH_BACKUP_MB: another size.
"""

import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
from backup_history import History  # noqa: E402
from server_load import OWN_REQUESTS, Bench, Load, by_turns, claim, note  # noqa: E402
from support.program import check, eventually  # noqa: E402

MEMBER = "member1@bench.example"
STAGES = ("increments", "full", "lag", "restore", "cost")
CHANGED = (1, 10, 50)  # percent of the pages
TABLES = {"assistance_assistancerequest": "notes", "assistance_requestupdate": "message", "audit_event": "request_id"}
LOAD_SECONDS = 600  # at most; it is ended before
POLL_SECONDS = 0.001
SAMPLES_A_SECOND = 100
MB = 1_000_000


class Installation:
    """A server with its backups, and members who write notes."""

    def __init__(self, program, folder, size=0, backups="on"):
        self.folder, self.path = folder, folder / "data.db"
        folder.mkdir()
        self.bench = Bench(program, f"sqlite:///{self.path}", folder / "var")
        self.program = self.bench.program
        self.program.environment["SEGURIFAI_BACKUPS"] = backups
        self.backups = self.program.data_dir / "backups"
        self.bench.fill(OWN_REQUESTS)
        History().fill(self.path, size)
        self.bench.serve()
        if backups == "on":  # what a new server does by itself at its start
            eventually(lambda: any(self.backups.glob("g000001/full-*.bak")), "the first full backup", seconds=300)
        notes = [f"/api/assistance/requests/{number}/updates/" for number in range(10, OWN_REQUESTS + 1, 10)]
        self.notes, self.token = self.bench.file("notes", notes), self.bench.token(MEMBER)

    def size_mb(self):
        return self.path.stat().st_size / MB

    def top_rate(self, seconds):
        return self.bench.load("notes", self.notes, seconds, token=self.token)["rate"]

    @contextlib.contextmanager
    def writing(self, rate):
        """Members write meanwhile: so many notes a second; 0 = as fast as they get their answers."""
        running = Load(self.program.base, "notes", self.notes, LOAD_SECONDS, token=self.token, rate=rate)
        try:
            time.sleep(1)
            yield
            check(running.running, "The writers ended too soon.")
        finally:
            running.end()
            found = running.found()
        note(f"writers: {found['rate']:,.0f}/s, p50 {found['p50_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms")

    def rate_within(self, work):
        """What `work` returns, and how many transactions a second were committed meanwhile."""
        began, before = time.monotonic(), self.bench.metric("segurifai_database_transactions_total")
        result = work()
        after, ended = self.bench.metric("segurifai_database_transactions_total"), time.monotonic()
        return result, (after - before) / (ended - began)

    def make(self, command, name):
        """Has the server make a backup: its file, seconds from the file's begin until it has its
        name and is on the disk, transactions a second meanwhile."""
        partial = self.backups / "g000001" / f"{name}.partial"
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asked = pool.submit(self.program.run, "backup", command)
            eventually(partial.exists, f"{partial} is begun", pause=POLL_SECONDS)
            began = time.monotonic()

            def made():
                eventually(lambda: not partial.exists(), f"{name} is made", seconds=120, pause=POLL_SECONDS)
                return time.monotonic() - began

            seconds, rate = self.rate_within(made)
            words = asked.result().split()
        path = partial.with_name(words[words.index("Made") + 1].rstrip("."))
        check(path.exists(), f"{path} is not there.")
        return path, seconds, rate

    def full(self):
        return self.make("full", "full")

    def copy(self):
        """Seconds for cp and fsync of the copy."""
        copy = self.folder / "copy"
        began = time.monotonic()
        subprocess.run(["cp", self.path, copy], check=True)
        with open(copy, "rb+") as file:
            os.fsync(file.fileno())
        seconds = time.monotonic() - began
        copy.unlink()
        return seconds

    def change(self, percent):
        """Writes something else of the same length into so many of the file's pages."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=60)) as database:
            database.execute("PRAGMA wal_autocheckpoint = 0")  # the server's is the only one
            (pages,), = database.execute("PRAGMA page_count")
            (of_tables,), = database.execute(
                f"SELECT count(*) FROM dbstat WHERE name IN ({', '.join('?' * len(TABLES))})", tuple(TABLES))
            share = percent / 100 * pages / of_tables
            check(share <= 1, f"Of {pages} pages only {of_tables} are of the tables that are changed.")
            for table, column in TABLES.items():
                (rows,), = database.execute(f"SELECT max(id) FROM {table}")
                database.execute(f"UPDATE {table} SET {column} = substr({column}, 2) || substr({column}, 1, 1) "
                                 f"WHERE id > {rows - int(rows * share)}")
                database.commit()
        return pages * percent / 100 * 4096 / MB

    def check_unbroken(self):
        losses = self.bench.metric("segurifai_backup_losses_total")
        check(losses == 0, f"The log was broken off {losses} times.")


class Stages:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.large = None

    def prepare(self):
        began = time.monotonic()
        self.large = Installation(self.options.program, self.folder / "large", self.options.size_mb * MB)
        note(f"a database of {self.large.size_mb():,.0f} MB, made in {time.monotonic() - began:.0f} s")
        self.top = self.large.top_rate(self.options.seconds)
        note(f"writers alone: {self.top:,.0f}/s")

    def full(self):
        self.full_alone()
        for words, rate in (("at half their rate", self.top / 2), ("as fast as they can", 0)):
            with self.large.writing(rate):
                self.full_beside(words)
        self.large.check_unbroken()

    def full_alone(self):
        def ours():
            self.large.top_rate(1)  # of an unchanged state there is no second full
            _, seconds, _ = self.large.full()
            return self.large.size_mb() / seconds

        rate, peer = by_turns(ours, lambda: self.large.size_mb() / self.large.copy(), self.options.rounds)
        claim("Full backup of 1 GB while nobody writes", "MB/s", rate, peer="cp and fsync", peer_value=peer,
              ratio_min=0.5)

    def full_beside(self, words):
        found = {"full": [], "cp": [], "writers": [], "writers alone": [], "writers beside cp": [], "seconds": []}
        for turn in range(self.options.rounds + 1):
            _, alone = self.large.rate_within(lambda: time.sleep(self.options.seconds))
            path, seconds, beside = self.large.full()
            size = self.large.size_mb()
            copied, beside_cp = self.large.rate_within(self.large.copy)
            note(f"full of {path.stat().st_size / MB:,.0f} MB in {seconds:.2f} s, writers {beside:,.0f}/s; "
                 f"cp in {copied:.2f} s, writers {beside_cp:,.0f}/s; alone {alone:,.0f}/s")
            if turn == 0:
                continue
            for name, value in (("full", size / seconds), ("cp", size / copied), ("writers", beside),
                                ("writers alone", alone), ("writers beside cp", beside_cp), ("seconds", seconds)):
                found[name].append(value)
        middle = {name: statistics.median(values) for name, values in found.items()}
        claim(f"Full backup of 1 GB while members write {words}", "MB/s", middle["full"], peer="cp and fsync",
              peer_value=middle["cp"], ratio_min=0.5)
        claim(f"Writes of members {words}, while it is made", "/s", middle["writers"], peer="without a backup",
              peer_value=middle["writers alone"], ratio_min=0.9)
        claim("The same while cp copies it", "/s", middle["writers beside cp"], peer="without a copy",
              peer_value=middle["writers alone"])

    def lag(self):
        samples = []
        with self.large.writing(self.top / 2):
            end = time.monotonic() + max(10, self.options.seconds)
            while time.monotonic() < end:
                samples.append(self.large.bench.metric("segurifai_backup_lag_microseconds") / 1000)
                time.sleep(1 / SAMPLES_A_SECOND)
        p50, p99 = (statistics.quantiles(samples, n=100)[percent - 1] for percent in (50, 99))
        note(f"{len(samples)} samples, p50 {p50:.1f} ms, most {max(samples):.1f} ms")
        claim("From a commit until it is on the disk of the backups, members write at half their rate, p99", "ms", p99,
              value_max=20)
        self.large.check_unbroken()

    def increments(self):
        full, _, _ = self.large.full()
        whole = full.stat().st_size / MB
        self.large.make("incremental", "increment")
        for percent in CHANGED:
            changed = self.large.change(percent)
            path, seconds, _ = self.large.make("incremental", "increment")
            note(f"{percent} %: {changed:,.0f} MB changed, {path.stat().st_size / MB:,.1f} MB in {seconds:.2f} s")
            claim(f"Increment when {percent} % of the pages were changed", "MB", path.stat().st_size / MB,
                  peer=f"{percent} % of a full", peer_value=whole * percent / 100, ratio_max=1.2)
        self.large.check_unbroken()

    def restore(self):
        self.large.full()
        self.large.program.terminate()
        size, into = self.large.size_mb(), self.folder / "restored.db"

        def ours():
            began = time.monotonic()
            self.large.program.run("restore", "--to", "latest", "--into", str(into))
            seconds = time.monotonic() - began
            into.unlink()
            return size / seconds

        rate, peer = by_turns(ours, lambda: size / self.large.copy(), self.options.rounds)
        claim("Restore of 1 GB, whole process", "MB/s", rate, peer="cp and fsync", peer_value=peer, ratio_min=0.3)
        self.large.bench.serve()

    def cost(self):
        sides = [Installation(self.options.program, self.folder / f"backups-{backups}", backups=backups)
                 for backups in ("on", "off")]
        try:
            ours, peer = by_turns(*(lambda side=side: side.top_rate(self.options.seconds) for side in sides),
                                  self.options.rounds)
            sides[0].check_unbroken()
        finally:
            for side in sides:
                side.program.kill9()
        claim("Writes of members as fast as they can, each commit shipped", "/s", ours, peer="without backups",
              peer_value=peer, ratio_min=0.9)

    def end(self):
        if self.large:
            self.large.program.kill9()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--only", action="append", choices=STAGES)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was made is taken away all the same
    options.program = options.program.resolve()
    options.size_mb = int(os.environ.get("SEGURIFAI_BENCH_BACKUP_MB", "1000"))
    stages = [stage for stage in STAGES if not options.only or stage in options.only]
    with tempfile.TemporaryDirectory(prefix="segurifai-bench-") as folder:
        measured = Stages(options, pathlib.Path(folder))
        try:
            if stages != ["cost"]:
                measured.prepare()
            for stage in stages:
                note(stage)
                getattr(measured, stage)()
        finally:
            measured.end()


if __name__ == "__main__":
    main()
