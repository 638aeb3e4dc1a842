#!/usr/bin/env python3
"""Who may do what: every operation of the running program, called by every kind of caller.

Made from the OpenAPI document, whose operations say who may call them. One request for assistance
is under way for real; it has an owner and a unit with the job, and nobody else's is it.
"""

import argparse
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]

# pylint: disable=wrong-import-position
from contract import Contract  # noqa: E402
from support.program import check, eventually, fresh_databases, multipart, same  # noqa: E402
from world import PEOPLE, World  # noqa: E402

REQUESTS = "/api/assistance/requests/"
JOB = "/api/admin/jobs/platform.keys/"
PLACE = (14.5990, -90.5090)
TOW = {
    "service_code": "TOW", "description": "No arranca.", "location_latitude": PLACE[0], "location_longitude": PLACE[1],
    "location_address": "6a avenida 12-34, zona 10", "location_city": "Guatemala",
    "vehicle": {"make": "Toyota", "model": "Hilux", "year": 2020, "plate": "P-482KLM", "color": "gris",
                "weight_t": 1.9, "use": "particular"},
}
SECRET = "nota-solo-para-el-personal-7391"  # what staff write for staff
STAFF_ONLY = {"notes", "verification_notes", "reviewer_notes", "ai_analysis", "password", "sha256", "token_hash"}

# Bodies that are good, so that only the row decides.
GOOD = {
    "dispatch.accept": {}, "dispatch.decline": {"reason": "FAR"}, "dispatch.withdraw": {"reason": "Se averió"},
    "dispatch.complete": {"outcome": "COMPLETED", "notes": "Listo"}, "requests.cancel": {"reason": "Ya no"},
    "requests.updates.add": {"message": "Hola"}, "providers.update": {"city": "Mixco"},
}


class Case:
    """One engine: the people, and a request under way."""

    def __init__(self, world):
        self.world, self.client = world, world.client
        self.contract = Contract(self.client.get("/api/schema/").must(200).json)
        self.people = {name: world.caller(name) for name in ["anonymous", *PEOPLE]}
        self.wrong = []
        self.calls = 0
        self.request_id, self.number, self.offer_id = None, None, None
        self.provider_id = self.session_id = self.job_id = None

    def call(self, who, method, path, body=None, **options):
        self.calls += 1
        return self.client.call(method, path, body, token=self.people[who].token or "", **options)

    def blame(self, who, operation, answer, what):
        self.wrong.append(f"{operation.name} as {who}: {what}\n    {answer}")

    def prepare(self):
        """A job under way, and something about it that only staff may read."""
        duty = {"is_available": True, "is_online": True, "latitude": PLACE[0], "longitude": PLACE[1]}
        self.call("unit", "PUT", "/api/providers/me/availability/", duty).must(200)
        made = self.call("member", "POST", REQUESTS, TOW, key=True).must(201)
        self.request_id, self.number = made["id"], made["request_number"]
        offers = eventually(lambda: self.call("unit", "GET", "/api/assistance/dispatch/offers/").must(200).json,
                            "an offer to the only unit on duty")
        self.offer_id = offers[0]["id"]
        self.call("unit", "POST", f"/api/assistance/dispatch/offers/{self.offer_id}/accept/", {}, key=True).must(200)
        note = {"message": SECRET, "audience": "staff"}
        self.call("OPERATIONS", "POST", f"{REQUESTS}{self.request_id}/updates/", note, key=True).must(201)
        self.provider_id = self.call("unit", "GET", "/api/providers/me/").must(200)["id"]
        sessions = self.call("member", "GET", "/api/users/me/sessions/").must(200)["results"]
        self.session_id = sessions[0]["id"]
        self.job_id = self.call("superuser", "POST", JOB + "run/", {}, key=True).must(202)["id"]

    def target(self, operation):
        if "/users/me/sessions/" in operation.path:
            return operation.target(self.session_id)
        if "/offers/" in operation.path:
            return operation.target(self.offer_id)
        if "/providers/" in operation.path:
            return operation.target(self.provider_id)
        if "/plans/" in operation.path:
            return operation.target(1)
        if operation.path.startswith("/api/jobs/"):
            return operation.target(self.job_id)
        if operation.path.startswith("/api/admin/jobs/"):
            return operation.target("platform.keys")
        if operation.path.startswith("/api/admin/retention/"):
            return operation.target("sessions")
        return operation.target(self.request_id)

    def who_is_let_in(self):
        """Every operation by everybody, with input that cannot have an effect."""
        for operation in self.contract.operations:
            for who, caller in self.people.items():
                if operation.reads:
                    answer = self.call(who, "GET", self.target(operation))
                elif operation.method == "DELETE":
                    answer = self.call(who, "DELETE", self.target(operation) + "?no_such_parameter=1")
                else:
                    answer = self.call(who, operation.method, self.target(operation), {"no_such_field": 1}, key=True)
                if not operation.admits(caller):
                    wanted = 401 if who == "anonymous" else 403
                    if answer.status != wanted:
                        self.blame(who, operation, answer, f"not listed, and answered {answer.status}, not {wanted}")
                    elif answer.code not in ("not_authenticated", "permission_denied", "scope_required"):
                        self.blame(who, operation, answer, f"the code {answer.code}")
                elif answer.status in (401, 403) or answer.status >= 500:
                    self.blame(who, operation, answer, f"listed, and answered {answer.status}")
                elif not operation.reads and answer.status < 400:
                    self.blame(who, operation, answer, "accepted what it does not know")
                if operation.reads and answer.status == 200:
                    self.no_secrets(who, operation, answer)

    def no_secrets(self, who, operation, answer):
        """What only staff may read is in nobody else's answer."""
        if self.people[who].kind == "staff" or answer.json is None or operation.name == "platform.schema":
            return
        if SECRET in answer.text:
            self.blame(who, operation, answer, "a note among staff is shown")
        for name in set(_names_in(answer.json)) & STAFF_ONLY:
            self.blame(who, operation, answer, f"the field {name} is shown")

    def its_people_see_it(self):
        """The owner, the unit with the job and staff read the request that is theirs."""
        for operation in self.contract.operations:
            if not operation.reads or "{" not in operation.path:
                continue
            for who in ("member", "unit", "OPERATIONS", "SUPPORT", "FINANCE", "AUDITOR", "superuser"):
                if operation.name.startswith("platform.job") and who not in ("superuser", "AUDITOR"):  # who started it
                    continue
                if operation.name == "platform.job.file":  # this job makes none
                    continue
                caller = self.people[who]
                related = caller.kind == "staff" or (caller.kind == "member") == ("member (own)" in operation.who) or (
                    caller.kind == "unit" and {"unit", "unit with the job"} & set(operation.who))
                if operation.admits(caller) and related:
                    answer = self.call(who, "GET", self.target(operation))
                    if answer.status != 200:
                        self.blame(who, operation, answer, f"its own row answers {answer.status}")
                    self.no_secrets(who, operation, answer)

    def strangers_find_nothing(self):
        """Each route with an id, by those who may call it and whose row it is not: 404."""
        for operation in self.contract.operations:
            if "{" not in operation.path or "anyone" in operation.who or operation.name == "providers.detail":
                continue
            strangers = ("other member", "other unit")
            if operation.name.startswith("platform.job"):
                strangers += ("OPERATIONS", "FINANCE")
            for who in strangers:
                if not operation.admits(self.people[who]):
                    continue
                body = None
                if operation.body:
                    body = GOOD.get(operation.name, self.contract.sample(operation.body))
                headers = {"If-Match": '"another"'} if operation.if_match else None
                answer = self.call(who, operation.method, self.target(operation), body, headers=headers,
                                   key=operation.keyed)
                if answer.status != 404 or answer.code != "not_found":
                    self.blame(who, operation, answer, f"somebody else's row answers {answer.status}")
                if operation.name in ("requests.detail",):
                    answer = self.call(who, "GET", operation.target(self.number))
                    if answer.status != 404:
                        self.blame(who, operation, answer, "somebody else's number is known")

    def strangers_name_it(self):
        """The same where the row is named in the body."""
        review, upload = self.contract.find("reviews.create"), self.contract.find("docs.upload")
        answer = self.call("other member", "POST", review.path,
                           {"assistance_request_id": self.request_id, "rating": 1}, key=True)
        if answer.status != 404:
            self.blame("other member", review, answer, "reviews somebody else's request")
        body, kind = multipart({"request_id": self.request_id, "document_type": "OTHER"}, "a.png",
                               b"\x89PNG\r\n\x1a\n", "image/png")
        for who in ("other member", "other unit"):
            answer = self.call(who, "POST", upload.path, body, headers={"Content-Type": kind}, key=True)
            if answer.status not in (404, 415, 422) or answer.status in (415, 422) and not self._alike(who, upload):
                self.blame(who, upload, answer, "hands in a file for somebody else's request")
        own = self.call("member", "GET", "/api/services/subscriptions/").must(200)["results"]
        create = self.contract.find("requests.create")
        answer = self.call("other member", "POST", REQUESTS, {**TOW, "user_service_id": own[0]["id"]}, key=True)
        if answer.status not in (400, 404, 422):
            self.blame("other member", create, answer, "uses somebody else's subscription")
        answer = self.call("other member", "POST", REQUESTS, {**TOW, "user_id": self.people["member"].id}, key=True)
        if answer.status not in (400, 403, 404):
            self.blame("other member", create, answer, "asks for help in somebody else's name")

    def _alike(self, who, upload):
        """Whether a request that nobody has is answered alike: then nothing is told."""
        body, kind = multipart({"request_id": 987_654_321, "document_type": "OTHER"}, "a.png",
                               b"\x89PNG\r\n\x1a\n", "image/png")
        answer = self.call(who, "POST", upload.path, body, headers={"Content-Type": kind}, key=True)
        return answer.status in (415, 422)

    def lists_are_ones_own(self):
        """No list holds what is not the caller's, whatever is filtered, searched or ordered by."""
        owner = self.people["member"].id
        tries = ["", f"?user_id={owner}", f"?id__in={self.request_id}", f"?search={self.number}", "?page_size=100",
                 f"?assistance_request_id={self.request_id}", f"?request_id={self.request_id}", "?cursor=&count=exact",
                 f"?provider_id={self.provider_id}", "?status__in=PENDING,ASSIGNED"]
        for operation in self.contract.operations:
            if not operation.reads or "{" in operation.path or "anyone" in operation.who:
                continue
            if operation.name in ("reviews.list", "providers.nearby"):  # for everybody's eyes
                continue
            for who in ("other member", "other unit"):
                if not operation.admits(self.people[who]):
                    continue
                for query in tries:
                    answer = self.call(who, "GET", operation.path + query)
                    if answer.status not in (200, 400, 404):
                        self.blame(who, operation, answer, f"{query}: the status {answer.status}")
                    for mark in (owner, self.number, self.session_id):
                        if answer.status == 200 and str(mark) in answer.text:
                            self.blame(who, operation, answer, f"{query}: shows {mark}, which is somebody else's")

    def ended_sessions(self):
        """Who has signed out, or been signed out, is nobody."""
        caller = self.world.caller("other member")
        self.people["gone"] = caller
        self.call("gone", "POST", "/api/auth/token/logout/", key=None).must(204)
        for operation in self.contract.operations:
            if "anyone" not in operation.who and operation.reads:
                answer = self.call("gone", "GET", self.target(operation))
                if answer.status != 401:
                    self.blame("gone", operation, answer, "an ended session is let in")
        del self.people["gone"]

    def nothing_came_of_it(self):
        """After all this the job is where it was."""
        answer = self.call("member", "GET", f"{REQUESTS}{self.request_id}/").must(200)
        same(answer["status"], "ASSIGNED", "the state of the request after what strangers tried")
        updates = self.call("superuser", "GET", f"{REQUESTS}{self.request_id}/updates/?page_size=100").must(200)
        same(len(updates["results"]), 3, "the number of its updates: made, taken, noted")

    def run(self):
        self.prepare()
        self.who_is_let_in()
        self.its_people_see_it()
        self.strangers_find_nothing()
        self.strangers_name_it()
        self.lists_are_ones_own()
        self.ended_sessions()
        self.nothing_came_of_it()


def _names_in(value):
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _names_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _names_in(one)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--engines", default="sqlite,postgres")
    options = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="segurifai-permissions-") as name:
        folder = pathlib.Path(name)
        for engine, url in fresh_databases(folder, options.engines.split(",")):
            with World(options.program, url, folder / engine) as world:
                case = Case(world)
                case.run()
                wrong += [f"{engine}: {one}" for one in case.wrong]
                world.program.terminate()
                print(f"{engine}: {len(case.contract.operations)} operations, {len(case.people)} callers, "
                      f"{case.calls} calls", flush=True)
    for one in wrong:
        print(one, flush=True)
    check(not wrong, f"{len(wrong)} wrong answers.")


if __name__ == "__main__":
    main()
