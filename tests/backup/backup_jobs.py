#!/usr/bin/env python3
"""Backups as jobs of the running program, on both engines.

    with_postgres --archiving python3 tests/backup/backup_jobs.py --program build/release/segurifai
"""

import argparse
import json
import pathlib
import sys
import tempfile
import urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from support.program import Program, check, eventually, fresh_databases, same  # noqa: E402

KINDS = ("backup.full", "backup.incremental", "backup.drill", "backup.verify")


def metrics(program):
    with urllib.request.urlopen(program.base + "metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return {line.split()[0]: float(line.split()[1]) for line in lines if not line.startswith("#") and "{" not in line}


def result_of(program, kind):
    """What a job said that was done now, by the command."""
    said = program.run("jobs", "run", kind)
    check(f"{kind} is done: " in said, said)
    return json.loads(said[said.index("{"):])


def are_scheduled(program):
    kinds = lambda: [row[0] for row in program.query(  # noqa: E731
        "SELECT kind FROM platform_schedule WHERE kind LIKE 'backup.%' ORDER BY kind")]
    eventually(lambda: kinds() == sorted(KINDS), "the schedule has every kind of a backup")


def without_backups(program):
    """Nobody's daily jobs fail where no backups are wanted, or none are set up."""
    for kind in KINDS:
        check("skipped" in result_of(program, kind), kind)


def work(program):
    check("made" in result_of(program, "backup.full"), "no full backup")
    program.loadreference()
    check("made" in result_of(program, "backup.incremental"), "no incremental backup")
    drilled = result_of(program, "backup.drill")
    check(drilled["rows"] > 0 and drilled["lost_seconds"] < 120, drilled)
    result_of(program, "backup.verify")
    program.run("backup", "status")


def prunes_before_it_makes(program):
    """What is past its time gives its place to a new backup, and not only after it was made."""
    backups = program.data_dir / "backups"
    newest = max(backups.glob("g*"))
    gone = [newest / "full-0000000000000001-20200101T000000.000000Z.bak", newest / "full.partial"]
    for file in gone:
        file.write_bytes(b"old")
    (backups / "wish").mkdir()  # nothing can be asked of the server
    program.run("jobs", "run", "backup.full", expected=5)
    (backups / "wish").rmdir()
    same([file.name for file in gone if file.exists()], [], "what is left of what was past its time")


def sqlite(program):
    program.migrate()
    program.environment["SEGURIFAI_BACKUPS"] = "off"
    without_backups(program)
    program.environment["SEGURIFAI_BACKUPS"] = "on"
    without_backups(program)  # no server has begun them yet
    program.serve()
    eventually(lambda: metrics(program)["segurifai_backup_last_full_timestamp_seconds"], "the first full")
    are_scheduled(program)
    fulls = len(list(program.data_dir.glob("backups/g*/full-*")))
    work(program)
    same(len(list(program.data_dir.glob("backups/g*/full-*"))), fulls + 1, "full backups, of which one is a day's")
    eventually(lambda: metrics(program)["segurifai_backup_drill_ok"] == 1, "the drill's record")
    prunes_before_it_makes(program)


def postgres(program):
    program.migrate()
    without_backups(program)
    program.serve()
    eventually(lambda: metrics(program).get("segurifai_backup_complaints") == 1, "the warning")
    same(metrics(program)["segurifai_backup_set_up"], 0, "whether backups are set up")
    eventually(lambda: "backup setup" in program.log_end(), "the warning in the log")
    are_scheduled(program)
    program.terminate()
    program.run("backup", "setup")
    program.serve()
    work(program)
    program.restart()  # looks at once
    eventually(lambda: metrics(program).get("segurifai_backup_drill_ok") == 1, "the drill's record")
    found = metrics(program)
    same((found["segurifai_backup_set_up"], found["segurifai_backup_complaints"]), (1, 0), "set up, complaints")
    check(found["segurifai_backup_log_waiting_seconds"] < 180, found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)  # pgBackRest runs as the owner of the database's files
        for engine, url in fresh_databases(folder):
            repository = {} if engine == "sqlite" else {"SEGURIFAI_BACKUP_REPOSITORY": str(folder / "repository")}
            with Program(options.program, url, folder / engine, environment=repository) as program:
                (sqlite if engine == "sqlite" else postgres)(program)
            print(f"{engine}: backups are made, drilled and verified by jobs")


main()
