#!/usr/bin/env python3
"""What can go wrong with the backups of PostgreSQL, done to the built program.

    with_postgres --archiving python3 tests/backup/postgres_faults.py --program build/release/segurifai

Killed in the middle of a backup and of a drill; a byte that flipped; a log file that is missing; and,
as root, who may mount, a repository that is read-only, one that is full
and one that fills up under a backup.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from support.program import Client, Program, check, eventually, fresh_databases, psql, same  # noqa: E402

FAULTS, WRONG_USE, STORAGE = 1, 2, 5  # exit codes
NOBODY = 65534
KILLS = 5  # at most, until one is in time
REPOSITORY_MB = 600
PATIENCE_SECONDS = 240  # pgBackRest's with a log that does not arrive is 150
BEGINNING_MB = 64  # are left when a backup begins whose disk is full before it ends
# The log file before the one that is written now is in the archive.
ARCHIVED = "SELECT last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 16777216) FROM pg_stat_archiver"
FILLED = """CREATE TABLE {name} AS SELECT i AS id, md5(i::text) || md5((i * 7)::text) AS text
FROM generate_series(1, {rows}) AS i"""


def one(url, sql):
    """The only value of a query, as text."""
    return psql(url, sql, "--no-align", "--tuples-only").strip()


class Place:
    """The program with backups set up in a repository."""

    def __init__(self, program, repository):
        self.program, self.repository = program, repository
        self.folder = repository / "postgres"

    def run(self, *words, **options):
        return self.program.run(*words, **options)

    def begin(self, *words, **options):
        options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
        return subprocess.Popen([self.program.binary, *words], env=self.program.environment,
                                stdin=subprocess.DEVNULL, **options)

    def processes(self, *words):
        """The ids of processes whose command line has all of these."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().decode(errors="replace") if entry.name.isdigit() else ""
                if line and all(word in line for word in words):
                    found.append(int(entry.name))
        return found

    def backing_up(self):
        return self.processes(str(self.folder), "pgbackrest", "backup")

    def copies(self):
        return sorted(path.name for path in (self.folder / "repository/backup/segurifai").iterdir()
                      if path.name[0] == "2" and (path / "backup.manifest").exists())

    def wait_for_archive(self):
        psql(self.program.database_url, "SELECT pg_switch_wal()")
        eventually(lambda: one(self.program.database_url, ARCHIVED) == "t", "the archive")


def kill_backup(place):
    """Kills a full backup when its first file is there."""
    running = place.begin("backup", "full")
    eventually(place.backing_up, "a backup under way", pause=0.005)
    eventually(lambda: list((place.folder / "repository/backup/segurifai").glob("2*/pg_data"))
               or list((place.folder / "repository/backup/segurifai").glob("2*/bundle"))
               or running.poll() is not None, "the first file of it", pause=0.005)
    check(running.poll() is None, "The backup was over before it could be killed.")
    running.send_signal(signal.SIGKILL)
    running.wait(timeout=60)
    eventually(lambda: not place.backing_up(), "the end of pgBackRest, whose parent died")


def killed_backup(place):
    for _ in range(KILLS):
        before = place.copies()
        kill_backup(place)
        after = place.copies()
        if after == before:
            break
        # pgBackRest had made it whole in the moment of the kill.
        same(after[:-1], before, "the backups before one that was killed")
        check("No fault." in place.run("backup", "verify"), "faults in a backup whose maker was killed")
    else:
        check(False, f"None of {KILLS} kills came before the end of the backup.")
    place.run("backup", "full")
    same(len(place.copies()), len(before) + 1, "backups after the next one")


def killed_drill(place):
    data = place.folder / "drill"
    running = place.begin("backup", "drill")
    eventually(lambda: (data / "postmaster.pid").exists() or running.poll() is not None, "a drill's server",
               pause=0.005)
    check(running.poll() is None, "The drill was over before it could be killed.")
    running.send_signal(signal.SIGKILL)
    running.wait(timeout=60)
    check(data.exists(), "The killed drill left nothing.")
    check("Restored, examined and removed again" in place.run("backup", "drill"), "the drill after a killed one")
    check(not data.exists(), "A drill left its files.")
    same(place.processes("postgres", str(data)), [], "servers that were left")


@contextlib.contextmanager
def flipped(path):
    """The middle byte of a file is another, for a while."""
    content = path.read_bytes()
    middle = len(content) // 2
    with open(path, "r+b") as file:
        file.seek(middle)
        file.write(bytes([content[middle] ^ 1]))
    yield
    path.write_bytes(content)


def damage(place):
    place.run("backup", "dump")
    check("No fault." in place.run("backup", "verify"), "faults where there are none")
    copy = place.folder / "repository/backup/segurifai" / place.copies()[-1]
    largest = max(copy.glob("pg_data/base/**/*.zst"), key=lambda path: path.stat().st_size)
    with flipped(largest):
        said = place.run("backup", "verify", expected=FAULTS)
        check(f"invalid checksum '{copy.name}/{largest.relative_to(copy)}'" in said or
              f"{largest.relative_to(copy)}" in said, said)
    dump = next((place.folder / "dumps").glob("dump-*.sealed"))
    with flipped(dump):
        said = place.run("backup", "verify", expected=FAULTS)
        check(f"{dump.name} is damaged: a record is not as it was written at byte" in said, said)
    check("No fault." in place.run("backup", "verify"), "faults after they were mended")


def missing_log(place):
    for _ in range(3):
        psql(place.program.database_url, "SELECT pg_logical_emit_message(true, 'test', 'x')")
        place.wait_for_archive()
    files = sorted(path for path in (place.folder / "repository/archive/segurifai").glob("*/*/0*")
                   if path.name[24] == "-")
    lost = files[-2]
    kept = place.repository / "lost"
    lost.rename(kept)
    said = place.run("backup", "verify", expected=FAULTS)
    check(f"The log file {lost.name[:24]} is missing in the archive." in said, said)
    kept.rename(lost)
    check("No fault." in place.run("backup", "verify"), "faults after it was put back")


def read_only(place, mount_point):
    # The archiver may be about to write into it.
    eventually(lambda: subprocess.run(["mount", "-o", "remount,ro", mount_point], check=False).returncode == 0,
               "a disk that is read-only")
    try:
        before = place.copies()
        said = place.run("backup", "full", expected=STORAGE)
        check("Read-only file system" in said, said)
        same(place.copies(), before, "backups")
    finally:
        subprocess.run(["mount", "-o", "remount,rw", mount_point], check=True)
    place.run("backup", "full")


def fill(place, leave_mb=0):
    """A file that takes what is left of the disk, but for that."""
    filler = place.repository / "filler"
    with open(filler, "ab", buffering=0) as file, contextlib.suppress(OSError):  # until nothing more fits
        while shutil.disk_usage(place.repository).free > leave_mb * 1_000_000:
            file.write(bytes(1_000_000))
    return filler


def fills_up(place):
    """A disk that is full while a backup is made: ended, with its helpers, before the command has."""
    running = place.begin("backup", "full", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    eventually(lambda: place.processes(str(place.folder), "pgbackrest", "backup:local")
               or running.poll() is not None, "files that are copied", pause=0.005)
    fill(place)
    said = running.communicate(timeout=PATIENCE_SECONDS)[0]
    same(running.returncode, STORAGE, f"exit code ({said})")
    check("The disk of" in said and "is full" in said or "No space left on device" in said, said)
    same(place.backing_up(), [], "what was left running")


def full(place, _):
    psql(place.program.database_url, FILLED.format(name="more", rows=800_000))
    place.wait_for_archive()
    before = place.copies()
    filler = fill(place)
    said = place.run("backup", "full", expected=STORAGE)
    check("The disk of" in said and "is full" in said, said)
    said = place.run("backup", "dump", expected=STORAGE)
    check(str(place.folder / "dumps") in said, said)
    filler.unlink()
    fill(place, BEGINNING_MB)
    fills_up(place)
    same(place.copies(), before, "backups")
    filler.unlink()
    place.run("backup", "full")
    place.run("backup", "dump")
    dumps = list((place.folder / "dumps").iterdir())
    check(all(path.name.endswith(".sealed") for path in dumps), f"What a dump left: {dumps}")
    check("No fault." in place.run("backup", "verify"), "faults after the disk was full")


@contextlib.contextmanager
def small_disk(path):
    """A file system of its own; None for whoever may not mount one."""
    path.mkdir()
    path.chmod(0o711)
    if os.geteuid() != 0:
        yield None
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={REPOSITORY_MB}m,mode=0711", "tmpfs", path], check=True)
    try:
        yield str(path)
    finally:
        end = time.monotonic() + 30  # a server's archiver may be about to end in it
        while subprocess.run(["umount", path], check=False).returncode != 0 and time.monotonic() < end:
            time.sleep(0.2)


def dump_comes_back(place):
    """A dump is opened, and is the database for any PostgreSQL."""
    archive = place.program.data_dir / "copy.pgdump"
    place.run("restore", "--dump", "latest", "--into", str(archive))
    url = place.program.database_url
    psql(url, "CREATE DATABASE from_dump")
    other = url.rsplit("/", 1)[0] + "/from_dump"
    try:
        subprocess.run(["pg_restore", "--dbname", other, str(archive)], check=True)
        same(one(other, "SELECT COUNT(*) FROM fat"), one(url, "SELECT COUNT(*) FROM fat"), "rows")
    finally:
        psql(url, "DROP DATABASE from_dump WITH (FORCE)")


def points(place):
    place.run("backup", "point", "before_it")
    psql(place.program.database_url, "DELETE FROM fat")
    place.wait_for_archive()
    into = place.program.data_dir / "back"
    said = place.run("restore", "--to-point", "before_it", "--into", str(into))
    check("Restored to the point 'before_it'" in said, said)
    shutil.rmtree(into)
    odd = f"{place.program.data_dir}/x$(id>owned)"
    said = place.run("restore", "--to", "latest", "--into", odd, expected=WRONG_USE)
    check("letters, digits and" in said, said)
    check("There is a point 'before_it' already" in place.run("backup", "point", "before_it", expected=4), "twice")
    check("There is no point 'never'" in
          place.run("restore", "--to-point", "never", "--into", str(into) + "2", expected=FAULTS), "none")


def anothers(place, folder):
    """A server of a user who may not enter the repository leaves the backups to its owner."""
    data = pathlib.Path(one(place.program.database_url, "SHOW data_directory"))
    data.parent.chmod(0o711)  # as a distribution has it: its data are seen, and not entered
    wrapper = folder / "as_nobody"
    wrapper.write_text("#!/bin/sh\n"
                       f'exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups {place.program.binary} "$@"\n')
    wrapper.chmod(0o755)
    environment = {"SEGURIFAI_BACKUP_REPOSITORY": str(place.repository)}
    with Program(wrapper, place.program.database_url, folder / "nobodys", environment=environment) as program:
        os.chown(program.data_dir, NOBODY, NOBODY)
        check('"skipped"' in program.run("jobs", "run", "backup.full"), "a backup of another's")
        program.serve()
        checks = eventually(lambda: (seen := Client(program).get("/api/health/").must(200).json["checks"])["looked_at"]
                            and seen, "the first look")
        check(checks["disk"] and checks["jobs"], f"What was seen: {checks}")
        same(checks["backup"]["standing"], "OFF", "the backups' standing")
        program.terminate()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)  # pgBackRest runs as the owner of the database's files
        with small_disk(folder / "disk") as mount_point:
            environment = {"SEGURIFAI_BACKUP_REPOSITORY": str(folder / "disk" / "repository")}
            for _, url in fresh_databases(folder, engines=("postgres",)):
                with Program(options.program, url, folder / "var", environment=environment) as program:
                    program.data_dir.chmod(0o711)
                    program.migrate()
                    psql(url, FILLED.format(name="fat", rows=400_000))
                    program.run("backup", "setup")
                    place = Place(program, folder / "disk" / "repository")
                    place.run("backup", "full")
                    steps = [killed_backup, killed_drill, damage, dump_comes_back, missing_log, points]
                    for step in steps:
                        step(place)
                        print(f"held: {step.__name__}", flush=True)
                    if mount_point:
                        anothers(place, folder)
                        print("held: anothers", flush=True)
                    for step in [read_only, full] if mount_point else []:
                        step(place, mount_point)
                        print(f"held: {step.__name__}", flush=True)
                    psql(url, "ALTER SYSTEM RESET archive_command")
                    psql(url, "SELECT pg_reload_conf()")


main()
