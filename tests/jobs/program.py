#!/usr/bin/env python3
"""Jobs through the running program, on both engines.

    with_postgres python3 tests/jobs/program.py --program build/release/segurifai

The commands; a server that is killed with SIGKILL in the middle of a job; two servers beside each
other on PostgreSQL.
"""

import argparse
import contextlib
import datetime
import json
import pathlib
import sqlite3
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from support.program import Client, Program, check, eventually, fresh_databases, psql, same  # noqa: E402

OLD_KEYS = 150_000
FRESH_KEYS = 10
ADMIN = {"email": "jefa@empresa.gt", "password": "caballo-verde-7-lluvia"}

# Keys of a day and more ago, and some of this moment.
SEED = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO platform_idempotencykey (caller, operation, key, body_hash, status, headers, body, created_at)
SELECT 'address:203.0.113.7', 'test', '{name}-' || i, '', 200, '{{}}', '', '{at}' FROM n
"""


def write(program, sql):
    """Changes rows behind the program's back."""
    if not program.database_url.startswith("sqlite:///"):
        psql(program.database_url, sql)
        return
    with contextlib.closing(sqlite3.connect(program.database_url[len("sqlite:///"):], timeout=60)) as database:
        database.execute(sql)
        database.commit()


def stored(moment):
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def seed_keys(program):
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    write(program, "DELETE FROM platform_idempotencykey")
    write(program, SEED.format(count=OLD_KEYS, name="old", at=stored(now - datetime.timedelta(days=2))))
    write(program, SEED.format(count=FRESH_KEYS, name="fresh", at=stored(now)))


def keys(program, name="old"):
    return program.number(f"SELECT COUNT(*) FROM platform_idempotencykey WHERE key LIKE '{name}-%'")


def newest(program):
    """(id, state, attempt) of the newest job of ours: at some minutes others come by themselves."""
    rows = program.query("SELECT id, state, attempt FROM platform_job WHERE kind = 'platform.keys' "
                         "ORDER BY id DESC LIMIT 1")
    return rows[0] if rows else (None, None, None)


def let_leases_end(program):
    """The minute for which a runner that has died is waited for goes by."""
    write(program, "UPDATE platform_job SET lease_until = '2026-01-01 00:00:00.000000' WHERE state = 'RUNNING'")


def metric(program, name):
    with urllib.request.urlopen(program.base + "metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line for line in lines if line.startswith(name + " ")).split()[-1])


def commands(program):
    seed_keys(program)
    said = program.run("jobs", "run", "platform.keys")
    check(f'platform.keys is done: {{"removed":{OLD_KEYS}}}' in said, said)
    same((keys(program), keys(program, "fresh")), (0, FRESH_KEYS), "the keys of a day ago, and those that count")
    said = program.run("jobs", "list")
    check("platform.keys" in said and "DONE" in said and "1 jobs" in said, said)
    rows = [json.loads(line) for line in program.run("jobs", "list", "--json").splitlines()]
    same([(one["kind"], one["state"], one["result"]) for one in rows],
         [("platform.keys", "DONE", {"removed": OLD_KEYS})], "the list as JSON")
    same(program.run("jobs", "list", "--state", "failed", "--json"), "", "the list of dead letters")

    said = program.run("jobs", "run", "platform.none", expected=2)
    check("There is no job 'platform.none'; the jobs are" in said and "platform.keys" in said, said)
    check("takes no arguments" in program.run("jobs", "run", "platform.keys", "--args", '{"a":1}', expected=2), "args")
    check("JSON object" in program.run("jobs", "run", "platform.keys", "--args", "[]", expected=2), "no object")
    check("only a FAILED one" in program.run("jobs", "retry", str(rows[0]["id"]), expected=4), "retry of DONE")
    check("There is no job 99" in program.run("jobs", "retry", "99", expected=2), "retry of nothing")
    check("knows list, run and retry" in program.run("jobs", "frobnicate", expected=2), "another word")


def clear_of_the_schedule():
    """Jobs come due by themselves at minutes that five divides: not while they are counted."""
    left = 300 - time.time() % 300
    if left < 45:
        time.sleep(left + 5)


def killed_in_the_middle(program):
    clear_of_the_schedule()
    seed_keys(program)
    write(program, "DELETE FROM platform_job")
    program.createsuperuser(ADMIN["email"], "55512345", ADMIN["password"])
    program.serve()
    client = Client(program)
    client.token = client.post("/api/auth/token/", ADMIN).must(200)["access"]
    started = client.post("/api/admin/jobs/platform.keys/run/", {}, key=True).must(202)
    eventually(lambda: keys(program) < OLD_KEYS, "the job at work", pause=0.002)
    program.kill9()
    check(keys(program) > 0, "The job was over before it could be killed.")
    same(newest(program), (str(started["id"]), "RUNNING", "1"), "the job whose server was killed")
    check("is under way: running in" in program.run("jobs", "run", "platform.keys", expected=4), "a second one")

    let_leases_end(program)
    program.serve()
    eventually(lambda: newest(program)[1] == "DONE", "the job is taken over")
    same(newest(program), (str(started["id"]), "DONE", "2"), "the job after the restart")
    same((keys(program), keys(program, "fresh")), (0, FRESH_KEYS), "the keys of a day ago, and those that count")
    same(program.number("SELECT COUNT(*) FROM platform_job WHERE kind = 'platform.keys'"), 1, "the number of jobs")
    client.close()
    client.token = client.post("/api/auth/token/", ADMIN).must(200)["access"]
    seen = client.get(f"/api/jobs/{started['id']}/").must(200)
    same((seen["state"], seen["progress"]), ("DONE", 1.0), "the job as the API says it")
    check(metric(program, 'segurifai_job_runs_total{kind="platform.keys"}') == 1, "the metric of runs")
    program.terminate()


def dead_letter(program):
    """What failed for good comes back by hand."""
    write(program, "UPDATE platform_job SET state = 'FAILED', error = 'no luck' WHERE kind = 'platform.keys'")
    job = newest(program)[0]
    program.serve()
    eventually(lambda: metric(program, "segurifai_jobs_failed") == 1, "the metric of dead letters")
    check("no luck" in program.run("jobs", "list", "--state", "failed"), "the list of dead letters")
    check(f"Job {job} (platform.keys) is queued again" in program.run("jobs", "retry", job), "retry")
    eventually(lambda: newest(program)[1] == "DONE", "the retried job")
    program.terminate()


def stopped_in_the_middle(program):
    """A server that is asked to end gives its job back, and it counts as no attempt."""
    seed_keys(program)
    program.serve()
    write(program, "UPDATE platform_schedule SET next_at = '2026-01-01 00:00:00.000000' WHERE kind = 'platform.keys'")
    eventually(lambda: keys(program) < OLD_KEYS, "the scheduled job at work", pause=0.002)
    program.terminate()
    check(keys(program) > 0, "The job was over before the server could be stopped.")
    same(newest(program)[1:], ("QUEUED", "1"), "the job whose server was stopped")
    check("platform.keys" in program.run("jobs", "list", "--state", "queued"), "the list of queued jobs")
    program.serve()
    eventually(lambda: newest(program)[1] == "DONE", "the job after the restart")
    program.terminate()


def two_servers(program, folder):
    """Each scheduled time is worked off once, whoever comes first; on PostgreSQL the partitions of
    the coming days are among it."""
    with Program(program.binary, program.database_url, folder / "second") as second:
        program.serve()
        second.serve()
        day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)
        coming = f"providers_providerlocationhistory_p{day:%Y%m%d}"
        write(program, f"DROP TABLE {coming}")
        for _ in range(5):
            clear_of_the_schedule()
            before = program.number("SELECT COUNT(*) FROM platform_job")
            write(program, "UPDATE platform_schedule SET next_at = '2026-01-01 00:00:00.000000'")
            due = program.number("SELECT COUNT(*) FROM platform_schedule")
            eventually(lambda: program.number("SELECT COUNT(*) FROM platform_job WHERE state = 'DONE'")
                       == before + due, "what both saw due")
            same(program.number("SELECT COUNT(*) FROM platform_job"), before + due, "the number of jobs")
        same(program.number("SELECT MAX(attempt) FROM platform_job WHERE id > "
                            "(SELECT MAX(id) - 5 FROM platform_job)"), 1, "attempts")
        check(program.query(f"SELECT to_regclass('{coming}')")[0][0], f"{coming} was not made again.")
        second.terminate()
        program.terminate()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--engine", action="append", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segurifai-jobs-") as name:
        folder = pathlib.Path(name)
        for engine, url in fresh_databases(folder, options.engine or ("sqlite", "postgres")):
            with Program(options.program, url, folder / engine) as program:
                program.migrate()
                program.loadreference()
                commands(program)
                killed_in_the_middle(program)
                dead_letter(program)
                stopped_in_the_middle(program)
                if engine == "postgres":
                    two_servers(program, folder)
            print(f"jobs: the commands, a killed and a stopped server on {engine}", flush=True)


if __name__ == "__main__":
    main()
