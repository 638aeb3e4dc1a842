#!/usr/bin/env python3
"""Backup and restore of a PostgreSQL database of 1 GB beside the same by hand with pgBackRest.

    with_postgres --archiving python3 bench/postgres_backup_bench.py --program build/release/segurifai
        [--rounds N] [--rows N]

Prints one JSON line a claim (bench/measure.hpp). By hand is what somebody would type who has no
segurifai: `pgbackrest backup`; `pgbackrest restore`, then a server started on it that brings the log
in, and ended. The configuration is the same file, the account the same, the repository the same.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

# pylint: disable=wrong-import-position
from support.program import Program, check, eventually, fresh_databases, psql  # noqa: E402

ROWS = 2_600_000  # of 0.4 kB: 1 GB
SECONDS = 900  # the longest of all steps on a slow machine
FILL = ("CREATE TABLE fat AS SELECT i AS id, md5(i::text) || md5((i * 3)::text) || md5((i * 5)::text) || "
        "md5((i * 7)::text) || md5((i * 11)::text) || md5((i * 13)::text) || md5((i * 17)::text) || "
        "md5((i * 19)::text) || md5((i * 23)::text) || md5((i * 29)::text) AS text "
        "FROM generate_series(1, {rows}) AS i")


def one(url, sql):
    """The only value of a query, as text."""
    return psql(url, sql, "--no-align", "--tuples-only").strip()


class Hand:
    """pgBackRest and a server, as a person runs them who owns the cluster."""

    def __init__(self, configuration, data):
        owner = data.stat()
        self.identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        self.configuration = configuration
        version = (data / "PG_VERSION").read_text(encoding="ascii").strip()
        self.pg_ctl = f"/usr/lib/postgresql/{version}/bin/pg_ctl"

    def run(self, *words):
        done = subprocess.run(words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              timeout=SECONDS, cwd="/", **self.identity)
        check(done.returncode == 0, f"{' '.join(map(str, words))}: {done.stderr}")

    def pgbackrest(self, *words):
        self.run("pgbackrest", f"--config={self.configuration}", "--stanza=segurifai", *words)

    def back_up(self):
        self.pgbackrest("--type=full", "backup")

    def restore(self, into):
        into.mkdir(mode=0o700)
        if self.identity:
            os.chown(into, self.identity["user"], self.identity["group"])
        self.pgbackrest("--no-delta", f"--pg1-path={into}", "--type=default", "restore")
        options = f"-c listen_addresses= -c unix_socket_directories={into} -p 54321 -c archive_mode=off"
        self.run(self.pg_ctl, "-D", str(into), "-l", str(into / "log"), "-o", options, "-w", "-t", str(SECONDS), "start")
        url = f"postgresql://segurifai@/postgres?host={into}&port=54321"
        eventually(lambda: one(url, "SELECT pg_is_in_recovery()") == "f", "the end of recovery", SECONDS)
        self.run(self.pg_ctl, "-D", str(into), "-m", "fast", "-w", "stop")


def seconds(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


def by_turns(ours, theirs, rounds):
    """Medians of both, after one unmeasured turn each; what they leave is removed by them."""
    figures = [(seconds(ours), seconds(theirs)) for _ in range(rounds + 1)][1:]
    return (statistics.median(one[0] for one in figures), statistics.median(one[1] for one in figures))


def claim(name, megabytes, ours, theirs):
    print(json.dumps({"name": name, "unit": "MB/s", "ours": megabytes / ours, "peer": "pgBackRest by hand",
                      "peer_value": megabytes / theirs, "ratio_min": 0.9, "value_min": 0, "value_max": 0},
                     ensure_ascii=False), flush=True)


def measure(program, folder, options):
    program.migrate()
    psql(program.database_url, FILL.format(rows=options.rows))
    psql(program.database_url, "CHECKPOINT")
    program.run("backup", "setup")
    data = pathlib.Path(one(program.database_url, "SELECT current_setting('data_directory')"))
    size = int(one(program.database_url, "SELECT pg_database_size(current_database())")) / 1_000_000
    print(f"{size:,.0f} MB", file=sys.stderr, flush=True)
    hand = Hand(folder / "repository" / "postgres" / "pgbackrest.conf", data)
    ours, theirs = by_turns(lambda: program.run("backup", "full"), hand.back_up, options.rounds)
    claim("Full backup of a 1 GB database, PostgreSQL", size, ours, theirs)

    into = folder / "restored"

    def restore():
        shutil.rmtree(into, ignore_errors=True)
        program.run("restore", "--to", "latest", "--into", str(into))

    def restore_by_hand():
        shutil.rmtree(into, ignore_errors=True)
        hand.restore(into)

    ours, theirs = by_turns(restore, restore_by_hand, options.rounds)
    claim("Restore of it into a stopped cluster, PostgreSQL", size, ours, theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)  # pgBackRest runs as the owner of the database's files
        repository = {"SEGURIFAI_BACKUP_REPOSITORY": str(folder / "repository")}
        for _, url in fresh_databases(folder, engines=("postgres",)):
            with Program(options.program, url, folder / "var", environment=repository) as program:
                measure(program, folder, options)


main()
