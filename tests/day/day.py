#!/usr/bin/env python3
"""One whole working day through the running program, on both engines.

    with_postgres python3 tests/day/day.py --program build/release/segurifai

First calmly; then races; then the same day while the server is killed with SIGKILL during every
write and after every step, and thrice during each race.
"""

import argparse
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from calls import Calm, Storm  # noqa: E402
from races import Crashes, one_limit_many_requests, one_request_many_units  # noqa: E402
from support.program import Program, fresh_databases  # noqa: E402
from working_day import WorkingDay  # noqa: E402

ROOM_BYTES = 50_000_000


def fast_folder():
    """Where files need no disk: a killed process, unlike a power cut, loses nothing of them. None
    where there is no room."""
    memory = pathlib.Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_BYTES:
        return memory
    return None


def prepared(options, url, folder):
    program = Program(options.program, url, folder)
    program.migrate()
    program.loadreference()
    return program


def calm_day(options, url, folder):
    with prepared(options, url, folder) as program:
        program.serve()
        day = WorkingDay(program, Calm(program))
        day.run()
        races(program, day)
    return "every step, both races"


def races(program, day, meanwhile=None):
    program.terminate()
    program.serve("--policy", "broadcast")
    one_request_many_units(program, day.admin, (day.near, day.next), meanwhile)
    one_limit_many_requests(program, day.admin, meanwhile)
    program.terminate()
    program.run("checkdb")


def stormy_day(options, url, folder):
    with prepared(options, url, folder) as program:
        program.serve()
        calls = Storm(program, options.seed)
        day = WorkingDay(program, calls)
        day.run()
        races(program, day, Crashes(program, calls.chance))
    return (f"{calls.restarts} restarts after SIGKILL, {calls.answered_before_death} writes acknowledged before it, "
            f"{calls.replayed} answers replayed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--engine", action="append", choices=("sqlite", "postgres"))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--only", choices=("calm", "storm"))
    options = parser.parse_args()
    print(f"day: seed {options.seed}", flush=True)
    parts = {"calm": calm_day, "storm": stormy_day}
    with tempfile.TemporaryDirectory(prefix="segurifai-day-", dir=fast_folder()) as folder:
        for name in [options.only] if options.only else parts:
            for engine, url in fresh_databases(folder, options.engine or ("sqlite", "postgres")):
                began = time.monotonic()
                said = parts[name](options, url, pathlib.Path(folder) / f"{name}-{engine}")
                print(f"day: {name} on {engine}: {said}, {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
