#!/usr/bin/env python3
"""What nobody should send, sent to every operation of the running program by every kind of caller.

The attacks are made from the program's own OpenAPI document. Whatever comes, the program answers:
with a refusal that names what is wrong, in the caller's language, in the declared form, and without
a trace in the database.
"""

import argparse
import collections
import json
import pathlib
import re
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from attacks import Attacks  # noqa: E402
from contract import Contract  # noqa: E402
from support.program import check, fresh_databases  # noqa: E402
from wire import Cut, Line, Sent  # noqa: E402
from world import World  # noqa: E402

CALLERS = ("anonymous", "member", "unit", "OPERATIONS", "FINANCE", "superuser")
SHOWN = 60  # of what is wrong

# What refused calls may write: when a session was last seen, what a refused sign-in leaves, and
# the code that an anonymous caller may ask for. And what the hour does: jobs come due by themselves.
MAY_CHANGE = {"sessions_session", "sessions_signinfailure", "audit_event", "sessions_onetimecode",
              "platform_schedule"}

# Refused before the head counts: in Spanish and in the plain shape.
FLOOR = (408, 413, 414, 431)

# Names and words that are the same in both languages.
SAME_IN_BOTH = re.compile(r"|".join([r"\W*", r"[A-Z0-9_ ,.]+"]))


class Judge:
    """Looks at every answer and collects what is wrong with it."""

    def __init__(self, contract):
        self.contract = contract
        self.wrong = collections.OrderedDict()
        self.answers = self.validated = 0
        self.sentences = {}  # a sentence in Spanish: the attack that brought it
        self.refusals = {}  # (operation, status, code): the attack

    def blame(self, operation, attack, caller, answer, what):
        kind = re.sub(r"\d+", "#", what)[:90]
        self.wrong.setdefault((operation.name, kind), []).append(
            f"{operation.name} as {caller.name}, {attack.kind}: {what}\n    {attack.request}\n    -> {answer}")

    def look(self, operation, attack, caller, answer):
        def blame(what):
            self.blame(operation, attack, caller, answer, what)

        self.answers += 1
        if isinstance(answer, Cut):
            return blame("the connection was cut without an answer")
        if answer.status >= 500:
            return blame(f"the status {answer.status}")
        self._headers(answer, blame)
        if answer.status < 400:
            if attack.statuses or attack.field:
                blame(f"accepted with {answer.status}")
            return self._fits(operation, answer, blame)
        self._status(operation, attack, caller, answer, blame)
        self._body(operation, attack, caller, answer, blame)
        return None

    @staticmethod
    def _headers(answer, blame):
        if "x-evil" in answer.headers:
            blame("a header was injected")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", answer.headers.get("x-request-id", "")) and answer.status not in FLOOR:
            blame(f"the header X-Request-Id is {answer.headers.get('x-request-id')!r}")
        if answer.headers.get("x-content-type-options") != "nosniff":
            blame("X-Content-Type-Options is missing")
        if answer.status == 401 and not answer.headers.get("www-authenticate", "").startswith("Bearer"):
            blame("WWW-Authenticate is missing")
        if answer.status == 405 and not answer.headers.get("allow"):
            blame("Allow is missing")
        if answer.status in (429, 503) and int(answer.headers.get("retry-after", "0")) < 1:
            blame("Retry-After is missing")

    @staticmethod
    def _status(operation, attack, caller, answer, blame):
        admitted = operation.admits(caller)
        if not admitted and not attack.anybody:
            # Before who calls: where to, in what form, and how much.
            allowed = (401 if caller.kind == "anonymous" else 403, 404, 405, 406, 413)
        else:
            allowed = attack.statuses or range(400, 500)
        if answer.status not in allowed:
            blame(f"the status {answer.status}, expected {list(allowed) if attack.statuses else '4xx'}"
                  f"{'' if admitted else ' (not admitted)'}")

    def _body(self, operation, attack, caller, answer, blame):
        try:
            body = answer.json
        except ValueError:
            return blame("a refusal whose body is no JSON")
        if not isinstance(body, dict) or not body:
            return blame("a refusal whose body is no object")
        is_refusal = isinstance(body.get("detail"), str) and isinstance(body.get("code"), str)
        if not is_refusal and answer.status != 400:
            blame("neither detail and code nor faults")
        if not is_refusal and not _are_faults(body):
            blame("faults that are no lists of sentences")
        if attack.field and answer.status == 400 and operation.admits(caller) and not _names(body, attack.field):
            blame(f"the fault does not name {'.'.join(map(str, attack.field))}")
        if answer.status in FLOOR:
            return self._fits(operation, answer, blame)
        for sentence in _sentences(body):
            self.sentences.setdefault(sentence, (operation, attack, caller))
        code = body["code"] if is_refusal else None
        self.refusals.setdefault((operation.name, answer.status, code), (operation, attack, caller))
        return self._fits(operation, answer, blame)

    def _fits(self, operation, answer, blame):
        declared = self.contract.response(operation, answer.status)
        if declared is None:
            if answer.status < 400 and answer.status != 304:
                blame(f"the status {answer.status} is not declared")
            return
        media = answer.headers.get("content-type", "").split(";")[0]
        if not answer.body:
            return
        if media not in declared:
            if media.startswith("application/") and "*/*" not in declared:
                blame(f"the media type {media} is not declared for {answer.status}: {list(declared)}")
            return
        if "json" not in media:
            return
        faults = self.contract.faults(declared[media], answer.json)
        self.validated += 1
        if faults:
            blame("differs from its schema: " + "; ".join(faults[:3]))


def _are_faults(body):
    if isinstance(body, dict):
        return bool(body) and all(_are_faults(value) for value in body.values())
    return isinstance(body, list) and bool(body) and all(isinstance(one, str) and one for one in body)


def _names(body, path):
    """Whether the faults name the field, or a part of it."""
    at = body
    for step in path:
        if not isinstance(at, dict) or str(step) not in at:
            return False
        at = at[str(step)]
        if isinstance(at, list):
            return True
    return True


def _sentences(body):
    if isinstance(body, str):
        return [body]
    if isinstance(body, list):
        return [one for item in body for one in _sentences(item)]
    if isinstance(body, dict):
        return [one for name, item in body.items() if (name, type(item)) != ("code", str) for one in _sentences(item)]
    return []


class Field:
    """One engine's database under attack."""

    def __init__(self, world):
        self.world = world
        self.contract = Contract(world.client.get("/api/schema/").must(200).json)
        self.judge = Judge(self.contract)
        self.callers = [world.caller(name) for name in CALLERS]
        self.line = Line(world.address)

    def run(self):
        before = self.world.snapshot()
        self.plain_reads()
        for operation in self.contract.operations:
            attacks = Attacks(self.contract, operation).all()
            for caller in self.callers:
                self.send(operation, caller, attacks if operation.admits(caller) else self.few(attacks))
        self.other_methods()
        self.languages()
        self.problems()
        self.unchanged(before)
        for operation in self.contract.operations:
            attacks = Attacks(self.contract, operation).injections()
            for caller in self.callers:
                if operation.admits(caller):
                    self.send(operation, caller, attacks)
        check(set(self.world.tables()) == set(before), "Tables have gone.")
        self.world.program.run("checkdb")
        self.world.program.terminate()
        return self.judge

    @staticmethod
    def few(attacks):
        """For a caller who is not let in: one of every eleven, and what is said before that."""
        return [one for index, one in enumerate(attacks) if index % 11 == 0 or one.anybody]

    def send(self, operation, caller, attacks):
        many = [one for one in attacks if not one.alone]
        for attack in attacks:
            if "Authorization" not in attack.request.headers:
                attack.request.headers = {"Accept-Language": "es", **attack.request.headers, **caller.headers}
        answers = self.line.all([one.request for one in many])
        for attack, answer in zip(many, answers, strict=True):
            self.judge.look(operation, attack, caller, answer)
        for attack in attacks:
            if attack.alone:
                line = Line(self.world.address)
                self.judge.look(operation, attack, caller, line.one(attack.request))
                line.close()
        for attack in attacks:  # the next caller brings other credentials
            if attack.request.headers.get("Authorization") == caller.headers.get("Authorization"):
                attack.request.headers.pop("Authorization", None)

    def again(self, found, **headers):
        operation, attack, caller = found
        request = attack.request
        all_headers = {**request.headers, **headers}
        if "Authorization" not in all_headers:
            all_headers.update(caller.headers)
        line = Line(self.world.address)
        answer = line.one(Sent(request.method, request.target, all_headers, request.body))
        line.close()
        return answer

    def plain_reads(self):
        """Every list and page as it is meant, in the declared form."""
        for operation in self.contract.operations:
            if not operation.reads or "{" in operation.path:
                continue
            for caller in self.callers:
                if operation.admits(caller):
                    attack = type("Plain", (), {"kind": "as it is meant", "statuses": (), "field": (),
                                                "anybody": False, "request": Sent("GET", operation.path, caller.headers)})
                    self.judge.look(operation, attack, caller, self.line.one(attack.request))

    def other_methods(self):
        paths = collections.defaultdict(set)
        for operation in self.contract.operations:
            paths[operation.target("1")].add(operation.method)
        caller = self.callers[-1]
        for path, methods in paths.items():
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get"} - methods:
                answer = self.line.one(Sent(method, path, caller.headers))
                check(not isinstance(answer, Cut), f"{method} {path}: the connection was cut.")
                # A path with a parameter may also be another route's.
                others = {one for other, all_of in paths.items() if other != path and re.fullmatch(
                    re.escape(other).replace("1", "[^/]+"), path) for one in all_of}
                if method not in others:
                    check(answer.status == 405, f"{method} {path}: {answer}")
                    check(methods <= set(re.findall(r"\w+", answer.headers["allow"])), f"{path}: {answer.headers}")
            answer = self.line.one(Sent("OPTIONS", path))
            check(answer.status in (200, 204) and answer.headers.get("allow"), f"OPTIONS {path}: {answer}")
            if "GET" in methods:
                answer = self.line.one(Sent("HEAD", path, caller.headers))
                check(not isinstance(answer, Cut) and answer.status < 500, f"HEAD {path}: {answer}")

    def languages(self):
        """Each sentence was said in Spanish; asked in English the same call says something else."""
        for sentence, found in self.judge.sentences.items():
            if SAME_IN_BOTH.fullmatch(sentence) or "Accept-Language" in found[1].kind:
                continue
            spanish = self.again(found, **{"Accept-Language": "es"})
            english = self.again(found, **{"Accept-Language": "en"})
            if not (spanish.is_json and english.is_json):
                continue
            if sentence in _sentences(spanish.json) and sentence in _sentences(english.json):
                self.judge.blame(*found, spanish, f"the same in Spanish and English: {sentence}")

    def problems(self):
        """The same refusals as RFC 9457 says them."""
        for (_, status, code), found in self.judge.refusals.items():
            if "Accept" in found[1].request.headers:
                continue
            answer = self.again(found, Accept="application/problem+json")
            for what in self._problem(answer, status, code):
                self.judge.blame(*found, answer, f"problem+json: {what}")

    @staticmethod
    def _problem(answer, status, code):
        if answer.headers.get("content-type", "").split(";")[0] != "application/problem+json":
            yield f"the media type {answer.headers.get('content-type')}"
            return
        body = answer.json
        for name, kind in (("type", str), ("title", str), ("status", int), ("detail", str), ("instance", str),
                           ("code", str), ("request_id", str)):
            if not isinstance(body.get(name), kind) or body[name] == "":
                yield f"{name} is {body.get(name)!r}"
        if body.get("status") != answer.status or answer.status != status:
            yield f"the status {body.get('status')} in {answer.status}, {status} in the other shape"
        if code is not None and body.get("code") != code:
            yield f"the code {body.get('code')}, {code} in the other shape"
        if code is None and not body.get("errors"):
            yield "no errors"
        for one in body.get("errors", []):
            if not (one.get("pointer", "").startswith("#") and one.get("code") and one.get("detail")):
                yield f"the error {one}"

    def unchanged(self, before):
        after = self.world.snapshot()
        changed = [name for name in before if before[name] != after.get(name) and name not in MAY_CHANGE]
        check(not changed, "Refused calls changed " + ", ".join(
            f"{name} ({before[name][0]} -> {after[name][0]} rows)" for name in changed))


def test(binary, engine, url, folder):
    begin = time.monotonic()
    with World(binary, url, folder) as world:
        judge = Field(world).run()
    print(f"{engine}: {judge.answers} answers, {judge.validated} compared with their schema, "
          f"{len(judge.sentences)} sentences, {time.monotonic() - begin:.0f} s", flush=True)
    return judge.wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--engines", default="sqlite,postgres")
    options = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="segurifai-hostile-") as name:
        folder = pathlib.Path(name)
        for engine, url in fresh_databases(folder, options.engines.split(",")):
            wrong = test(options.program, engine, url, folder / engine)
            for cases in list(wrong.values())[:SHOWN]:
                print(f"{engine}, {len(cases)} times: {cases[0]}", flush=True)
            bad += len(wrong)
    check(bad == 0, f"{bad} kinds of wrong answers.")


if __name__ == "__main__":
    main()
