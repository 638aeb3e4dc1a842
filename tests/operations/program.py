#!/usr/bin/env python3
"""How a running installation shows itself, on both engines.

    with_postgres python3 tests/operations/program.py --program build/release/segurifai

Health and metrics with real folders and, of SQLite, real backups; the operations that show and
start backups and retention.
"""

import argparse
import pathlib
import re
import sys
import tempfile
import urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from support.program import Client, Program, check, eventually, fresh_databases, same  # noqa: E402

ADMIN = {"email": "jefa@empresa.gt", "password": "caballo-verde-7-lluvia"}
ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a metric's name says that should not happen.
TROUBLE = re.compile(r"_(failures|failed|losses|lost|damages|dropped)(_|$)|_refused_busy_|workers_refused")
CHECKS = {"database", "looked_at", "disk", "outbox", "jobs", "backup", "retention", "clock", "archive"}


def metrics(program):
    with urllib.request.urlopen(program.base + "metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def checks(client):
    """What health says once it was looked."""
    return eventually(lambda: (seen := client.get("/api/health/").must(200)["checks"])["looked_at"] and seen,
                      "the first look")


def health(program, client, engine):
    if engine == "sqlite":
        same(client.get("/api/health/").must(200)["status"], "ok", "health of an installation that is new")
    seen = checks(client)
    same(set(seen), CHECKS, "the checks of health")
    for name in ("disk", "jobs", "retention", "clock", "archive"):
        check(seen[name] and seen[name]["ok"], f"{name}: {seen[name]}")
    same([one["name"] for one in seen["disk"]["volumes"]][:1], ["data"], "the volumes")
    same(seen["clock"]["skew_seconds"] is not None, engine == "postgres", "the database has a clock of its own")
    figures = metrics(program)
    for name in ("disk", "jobs", "retention", "clock", "archive"):
        same(figures[f'segurifai_health_ok{{check="{name}"}}'], "1", f"the gauge of {name}")
    check(float(figures['segurifai_disk_free_bytes{volume="data"}']) > 0, "the gauge of the disk")
    check('segurifai_retention_last_run_timestamp_seconds{policy="sessions"}' in figures, "the gauge of retention")


def backups(client, engine):
    if engine == "postgres":
        seen = client.get("/api/admin/backups/").must(200)
        same(seen["standing"], "LATE", "backups that were never set up")
        check("backup setup" in seen["complaints"][0], str(seen["complaints"]))
        return
    seen = eventually(lambda: (one := client.get("/api/admin/backups/").must(200))["last_full"]
                      and not one["complaints"] and one, "backups in order", seconds=60)
    same(seen["standing"], "OK", "how the backups stand")
    check(seen["last_full"] and seen["log_position"]["at"], str(seen))
    check("FULL" in [one["kind"] for one in seen["list"]], f"the list of backups is {seen['list']}")
    check(all(one["bytes"] > 0 for one in seen["list"]), f"the sizes of backups: {seen['list']}")
    check(seen["restorable"]["from"] <= seen["restorable"]["to"], "the window that can be restored")
    same(client.get("/api/health/").must(200)["status"], "ok", "health with backups in order")


def retention(client):
    same([one["policy"] for one in client.get("/api/admin/retention/").must(200).json],
         ["positions", "sessions", "requests", "archive", "audit"], "the policies")
    ended = []
    for policy in ("positions", "sessions", "requests", "archive", "audit"):
        started = client.post(f"/api/admin/retention/{policy}/run/", {}, key=True).must(202)
        eventually(lambda job=started["id"]: client.get(f"/api/jobs/{job}/").must(200)["state"] == "DONE",
                   f"the dry run of {policy}")
        ended.append(client.get(f"/api/jobs/{started['id']}/").must(200)["finished_at"])
    for one in client.get("/api/admin/retention/").must(200).json:
        same((one["rows_due"], one["error"]), (0, None), f"{one['policy']} after a dry run")
        # The schedule may have run it meanwhile.
        check(one["last_run"] not in ended, f"{one['policy']}: a dry run counts as a run")
        check(one["next_run"] and one["counted_at"], str(one))
    same(client.get("/api/admin/jobs/?kind=audit.close&cursor=").must(200)["results"][0]["state"], "DONE",
         "the list of jobs")


def rows_of(page):
    """The alarms of the handbook: the first cell of each line of its last table."""
    lines = page.read_text(encoding="utf-8").split("## Alarms", 1)[1].splitlines()
    return [line.split(" | ")[0] for line in lines if line.startswith("| ")][1:]


def alarms(known):
    """Each check of health, and each metric that should alarm somebody, has its line in the handbook, and no line is
    about one that is no more."""
    cells = "\n".join(rows_of(ROOT / "docs" / "operations.md"))
    same(set(re.findall(r"`checks\.(\w+)`", cells)), CHECKS - {"looked_at"}, "the checks with a line")
    told = set(re.findall(r"`(segurifai_\w+)`", cells))
    same(told - known, set(), "metrics with a line that nobody shows")
    same({name for name in known if TROUBLE.search(name)} - told, set(), "metrics of trouble without a line")
    for readme in (ROOT / "src").glob("**/README.md"):
        table = "\n".join(line.split(" | ")[0] for line in readme.read_text(encoding="utf-8").splitlines()
                          if line.startswith("| `segurifai_"))
        named = set(re.findall(r"`(segurifai_\w+)", table)) - {"segurifai_health_ok"}
        same(named - told, set(), f"metrics that {readme.relative_to(ROOT)} names, without a line")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--engine", action="append", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    known = set()
    engines = options.engine or ("sqlite", "postgres")
    with tempfile.TemporaryDirectory(prefix="segurifai-operations-") as name:
        folder = pathlib.Path(name)
        for engine, url in fresh_databases(folder, engines):
            with Program(options.program, url, folder / engine) as program:
                program.migrate()
                program.loadreference()
                program.createsuperuser(ADMIN["email"], "55512345", ADMIN["password"])
                program.serve()
                client = Client(program)
                client.token = client.post("/api/auth/token/", ADMIN).must(200)["access"]
                health(program, client, engine)
                backups(client, engine)
                retention(client)
                known |= {name.split("{")[0] for name in metrics(program)}
                program.terminate()
            print(f"operations: health, metrics, backups, retention on {engine}", flush=True)
    if len(engines) == 2:  # each engine has metrics of its own
        alarms(known)
        print("operations: every check and alarm has its line in the handbook", flush=True)


if __name__ == "__main__":
    main()
