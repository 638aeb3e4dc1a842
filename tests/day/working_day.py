"""The first working day, step by step: a member asks for a tow truck and gets one."""

import datetime
import hashlib
import uuid

from support.program import Client, check, eventually, multipart, same
from book import Book
from people import (
    ADMIN, PASSWORD, SEEN, TOW, ZONA_9, ZONA_10, ZONA_13, Person, Unit, duty, employ, jpeg, plan_id, png,
    prove_phone, register, registration,
)

REQUESTS = "/api/assistance/requests/"
DOCUMENTS = "/api/assistance/docs/"


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class WorkingDay(Book):
    """The steps, in order."""

    def __init__(self, program, calls):
        super().__init__(program, calls)
        self.admin = Person(program, ADMIN, "+50255500001")
        self.member = Person(program, "elena@example.gt", "+50255511001")
        self.stranger = Person(program, "diego@example.gt", "+50255511002")
        self.near, self.next = Unit(program, 1, ZONA_9), Unit(program, 2, ZONA_13)
        self.request_id = self.number = None
        self.photo_id = self.signature_id = None
        self.completion = None

    def steps(self):
        return [
            self.staff_begin, self.members_register, self.units_are_employed, self.not_covered_yet,
            self.a_plan_is_granted, self.fields_that_are_not_theirs, self.help_is_asked_for,
            self.the_nearest_declines, self.the_next_accepts, self.the_unit_departs, self.the_unit_comes_near,
            self.no_work_before_arrival, self.the_unit_arrives, self.work_begins, self.they_talk,
            self.evidence_is_missing, self.evidence_comes, self.work_ends, self.the_member_reviews,
            self.the_timeline_is_whole, self.strangers_see_nothing, self.the_limit_is_reached,
        ]

    def run(self):
        for step in self.steps():
            name = step.__name__.replace("_", " ")
            try:
                step()
                self.calls.between_steps()
                self.check_counts()
            except Exception as failed:
                failed.add_note(f"In the step '{name}'.\nThe server's log ends:\n{self.program.log_end()}")
                raise

    # What the steps are made of.

    def snapshot(self, person=None):
        return (person or self.member).get(f"/api/assistance/tracking/{self.request_id}/").must(200)

    def check_state(self, status, tracking_state, unit=None):
        for person in (self.member, self.admin) + ((unit,) if unit else ()):
            shown = self.snapshot(person)
            request = shown["request"]
            same((request["status"], request["tracking_state"]), (status, tracking_state), "the state shown")
            same(shown["unit"] and shown["unit"]["provider_id"], unit.provider_id if unit else None, "its unit")
        detail = self.member.get(f"{REQUESTS}{self.request_id}/").must(200)
        same((detail["status"], detail["tracking_state"]), (status, tracking_state), "the state of the request")
        self.check_list(unit)
        return shown

    def check_list(self, unit):
        """The list shows what the request itself shows, whole or a field at a time."""
        for person in (self.member, self.admin) + ((unit,) if unit else ()):
            whole = person.get(f"{REQUESTS}{self.request_id}/").must(200).json
            listed = person.get(f"{REQUESTS}?cursor=").must(200)["results"]
            same([one for one in listed if one["id"] == self.request_id], [whole], "the request in the list")
            if person is not self.admin:  # who may ask that often
                continue
            for field in whole:
                listed = person.get(f"{REQUESTS}?cursor=&fields={field}&ordering=created_at").must(200)["results"]
                same(listed[0], {field: whole[field]}, f"the {field} alone")

    def job(self, step):
        return f"/api/assistance/dispatch/jobs/{self.request_id}/{step}/"

    # The steps.

    def staff_begin(self):
        said = self.program.createsuperuser(ADMIN, self.admin.phone, PASSWORD)
        check("may now sign in" in said, said)
        session = self.admin.sign_in()
        same(session["user"]["role"], "ADMIN", "the administrator's role")
        same(self.admin.get("/api/users/me/").must(200)["email"], ADMIN, "the administrator's e-mail")
        wrong = {"email": ADMIN, "password": PASSWORD + "?"}
        Client(self.program).post("/api/auth/token/", wrong).must(401, "authentication_failed")
        self.gain(users=1)

    def members_register(self):
        body = registration(self.member, prove_phone(self.program, self.member))
        answer = self.post(self.member, "/api/users/register/", body, keyed=False, again=("code_invalid",))
        if not answer.had_happened:
            answer.must(201)
        self.member.sign_in()
        me = self.member.get("/api/users/me/").must(200)
        same((me["role"], me["phone_verified"], me["scopes"]), ("USER", True, []), "the new member")
        register(self.program, self.stranger, "Diego", "Chávez")
        self.gain(users=2)

    def units_are_employed(self):
        unit = register(self.program, self.near, "Marvin", "Coc")
        applied = self.post(unit, "/api/providers/", unit.application()).must(201)
        unit.provider_id = applied["id"]
        same(applied["status"], "PENDING", "the state of who applies")
        unit.client.post("/api/providers/", unit.application(), key=True).must(409, "already_done")
        unit.client.call("PUT", "/api/providers/me/availability/", duty(unit)).must(403, "provider_not_active")
        self._approve(unit)
        put = self.write(unit, "PUT", "/api/providers/me/availability/", duty(unit), keyed=False).must(200)
        check(put["on_duty"], f"The unit is not on duty: {put}")
        employ(self.program, self.admin, self.next)
        self.gain(users=2, units=2, vehicles=2, kept_answers=1)

    def _approve(self, unit):
        path = f"/api/admin/providers/{unit.provider_id}/decision/"
        tag = self.admin.get(f"/api/providers/{unit.provider_id}/").must(200).headers["etag"]
        decision = {"status": "ACTIVE", "seen": SEEN, "verification_notes": "Papeles vistos en la oficina."}
        self.admin.client.post(path, decision).must(428, "precondition_required")
        unseen = {**decision, "seen": {**SEEN, "insurance": False}}
        self.admin.client.post(path, unseen, headers={"If-Match": tag}).must(422, "evidence_missing")
        answer = self.post(
            self.admin, path, decision, keyed=False, headers={"If-Match": tag}, again=("precondition_failed",)
        )
        if not answer.had_happened:
            answer.must(200)
        shown = self.admin.get(f"/api/providers/{unit.provider_id}/").must(200)
        same(shown["status"], "ACTIVE", "the state of the unit that was approved")
        own = unit.get("/api/providers/me/").must(200)
        check("verification_notes" not in own.json, "The unit sees what OPERATIONS noted of it.")

    def not_covered_yet(self):
        answer = self.member.client.post(REQUESTS, TOW, key=True).must(422, "not_covered")
        same(answer["limit"]["kind"], "NOT_COVERED", "the limit of who has no plan")
        same(answer["pay_per_use"], None, "the price where staff have set none")

    def a_plan_is_granted(self):
        body = {
            "user_id": self.member.id, "plan_id": plan_id(self.member.client, "Protege tu Ruta"),
            "cycle": "MONTHLY", "reason": "Cortesía de bienvenida",
        }
        path = "/api/admin/subscriptions/grant/"
        self.member.client.post(path, body, key=True).must(403)
        given = self.post(self.admin, path, body).must(201)
        same((given["status"], given["covered_now"]), ("ACTIVE", True), "the subscription")
        coverage = self.member.get("/api/services/coverage/?service_code=TOW").must(200)
        line = next(line for line in coverage["lines"] if line["service"]["code"] == "TOW")
        same((line["available"], line["reason"]), (True, None), "the coverage of a tow")
        self.gain(subscriptions=1, grants=1)

    def fields_that_are_not_theirs(self):
        for name, value in (("status", "COMPLETED"), ("price", "0.01"), ("provider_id", 1), ("actual_cost", "0.00"),
                            ("priority", "URGENT"), ("user_id", str(uuid.uuid4())), ("request_number", "REQ-1")):
            answer = self.member.client.post(REQUESTS, {**TOW, name: value}, key=True).must(400)
            check(name in answer.json, f"The refusal does not name '{name}': {answer}")
        self.member.client.post(REQUESTS, TOW).must(400, "idempotency_key_required")

    def help_is_asked_for(self):
        answer = self.post(self.member, REQUESTS, TOW).must(201)
        self.request_id, self.number = answer["id"], answer["request_number"]
        same(answer.headers.get("location"), f"{REQUESTS}{self.request_id}/", "Location")
        same(answer["status"], "PENDING", "the state of the new request")
        check("notes" not in answer.json, "The member sees the notes of the staff.")
        self.once_more(self.member, REQUESTS, TOW, answer, "duplicate_open_request")
        self.member.client.post(REQUESTS, {**TOW, "title": "Otra"}, key=self.last_key).must(
            422, "idempotency_key_reused")
        by_number = self.member.get(f"{REQUESTS}{self.number}/").must(200)
        same(by_number["id"], self.request_id, "the request found by its number")
        self.gain(requests=1, updates=1, searches=1, request_events=1)
        self.check_state("PENDING", "SEARCHING")

    def the_nearest_declines(self):
        offer = eventually(self.near.offers, "an offer to the nearest unit")[0]
        same(offer["request_id"], self.request_id, "the request offered")
        same(offer["pay"]["base"], "200.00", "the base pay of a tow")
        same(self.next.offers(), [], "the offers of the unit that is farther")
        check("location_address" not in offer, "The address is told before acceptance.")
        path = f"/api/assistance/dispatch/offers/{offer['id']}/decline/"
        self.next.client.post(path, {"reason": "FAR"}).must(404)
        body = {"reason": "NO_EQUIPMENT", "note": "La plataforma está ocupada."}
        answer = self.post(self.near, path, body, keyed=False, again=("offer_closed",))
        if not answer.had_happened:
            answer.must(204)
        same(self.near.offers(), [], "the offers of who declined")
        self.gain(declined_offers=1)

    def the_next_accepts(self):
        offer = eventually(self.next.offers, "an offer to the next unit")[0]
        same(offer["request_id"], self.request_id, "the request offered")
        path = f"/api/assistance/dispatch/offers/{offer['id']}/accept/"
        self.near.client.post(path, key=True).must(404)
        job = self.post(self.next, path).must(200)
        same(job["request"]["status"], "ASSIGNED", "the state after acceptance")
        same(job["request"]["location_address"], TOW["location_address"], "the address after acceptance")
        self.gain(updates=1, assignments=1, active_jobs=1, accepted_offers=1, request_events=1)
        again = self.next.client.post(path, key=self.last_key).must(200)
        check(again.replayed and again.text == job.text, f"The repeated acceptance differs: {again}")
        self.next.client.post(path, key=True).must(409, "offer_closed")
        shown = self.check_state("ASSIGNED", "PROVIDER_ASSIGNED", self.next)
        same(shown["unit"]["vehicle"]["plate"], f"C-{self.next.number:03d}BCD", "the vehicle of a unit that has one")

    def the_unit_departs(self):
        path = self.job("depart")
        answer = self.post(self.next, path).must(200)
        same(answer["next_steps"], ["arrived", "withdraw"], "the steps after departing")
        self.once_more(self.next, path, {}, answer, "invalid_transition")
        self.gain(updates=1)
        self.check_state("ASSIGNED", "EN_ROUTE", self.next)

    def the_unit_comes_near(self):
        """Positions are kept within a second of their answer, so a crash may lose them: they are sent
        until they are seen."""
        def near():
            now = datetime.datetime.now(datetime.timezone.utc)
            fixes = [
                {"latitude": place[0], "longitude": place[1], "speed": 20, "accuracy": 8,
                 "recorded_at": (now + datetime.timedelta(seconds=ahead)).isoformat()}
                for place, ahead in ((self.next.place, 0.0), ((ZONA_10[0] - 0.003, ZONA_10[1]), 0.9))
            ]
            answer = self.next.client.post("/api/providers/me/location/", {"fixes": fixes})
            check(answer.status in (202, 429), f"Positions are refused: {answer}")
            return self.snapshot()["request"]["tracking_state"] == "ARRIVING"

        eventually(near, "the unit is shown as arriving", pause=0.4)
        shown = self.check_state("ASSIGNED", "ARRIVING", self.next)
        same(shown["position"]["latitude"], round(ZONA_10[0] - 0.003, 6), "the latitude shown")
        self.gain(updates=1)

    def no_work_before_arrival(self):
        self.next.client.post(self.job("start"), key=True).must(422, "not_arrived")

    def the_unit_arrives(self):
        place = {"latitude": ZONA_10[0], "longitude": ZONA_10[1]}
        answer = self.post(self.next, self.job("arrived"), place).must(200)
        same(answer["steps"]["arrival_in_doubt"], False, "the doubt about the arrival")
        self.once_more(self.next, self.job("arrived"), place, answer, "invalid_transition")
        self.gain(updates=1, request_events=1)
        self.check_state("ASSIGNED", "ARRIVED", self.next)
        self.member.client.post(f"{REQUESTS}{self.request_id}/cancel/", {"reason": "Ya no"}, key=True).must(
            409, "invalid_transition")

    def work_begins(self):
        answer = self.post(self.next, self.job("start")).must(200)
        same(answer["request"]["status"], "IN_PROGRESS", "the state of work")
        self.once_more(self.next, self.job("start"), {}, answer, "invalid_transition")
        self.gain(updates=1, request_events=1)
        self.check_state("IN_PROGRESS", "IN_SERVICE", self.next)

    def they_talk(self):
        path = f"{REQUESTS}{self.request_id}/updates/"
        note = self.post(self.member, path, {"message": "Estoy junto a la farmacia."}).must(201)
        same(note["author"], {"role": "USER", "first_name": "Elena"}, "the author of the note")
        hidden = {"message": "Cliente frecuente.", "audience": "staff"}
        self.member.client.post(path, hidden, key=True).must(400)
        self.post(self.admin, path, hidden).must(201)
        self.gain(updates=2)

    def evidence_is_missing(self):
        body = {"outcome": "COMPLETED", "notes": "Se llevó al taller.", "actual_cost": "650.00"}
        answer = self.next.client.post(self.job("complete"), body, key=True).must(422, "evidence_missing")
        same(answer["missing"], ["PHOTO", "SIGNATURE"], "what is missing")

    def evidence_comes(self):
        self.photo_id = self._upload(self.next, "DAMAGE_PHOTO", "daño.jpg", jpeg(), "image/jpeg")
        self.signature_id = self._upload(self.next, "OTHER", "firma.png", png(), "image/png")
        disguised, kind = multipart(
            {"request_id": self.request_id, "document_type": "OTHER"}, "firma.png", b"#!/bin/sh\n", "image/png")
        self.next.client.call("POST", DOCUMENTS, disguised, headers={"Content-Type": kind}, key=True).must(
            415, "unsupported_media_type")

    def _upload(self, person, document_type, filename, content, mime):
        body, kind = multipart({"request_id": self.request_id, "document_type": document_type}, filename, content, mime)
        answer = self.post(person, DOCUMENTS, body, headers={"Content-Type": kind}).must(201)
        same((answer["mime_type"], answer["file_size"], answer["filename"]), (mime, len(content), filename), "the file")
        self.gain(documents=1, updates=1)
        row = self.program.query(f"SELECT file FROM assistance_requestdocument WHERE id = {answer['id']}")[0]
        kept = (self.program.data_dir / "documents" / row[0]).read_bytes()
        same(hashlib.sha256(kept).hexdigest(), hashlib.sha256(content).hexdigest(), "the sum of the file kept")
        return answer["id"]

    def work_ends(self):
        self.completion = {
            "outcome": "COMPLETED", "notes": "Se llevó al taller de la zona 12.", "actual_cost": "650.00",
            "photo_document_ids": [self.photo_id], "signature_document_id": self.signature_id,
        }
        answer = self.post(self.next, self.job("complete"), self.completion).must(200)
        same((answer["request"]["status"], answer["outcome"]), ("COMPLETED", "COMPLETED"), "the end of work")
        self.once_more(self.next, self.job("complete"), self.completion, answer, "invalid_transition")
        self.gain(updates=1, active_jobs=-1, jobs_counted=1, request_events=1)
        self.check_state("COMPLETED", "COMPLETED", self.next)
        detail = self.member.get(f"{REQUESTS}{self.request_id}/").must(200)
        same((detail["actual_cost"], detail["covered"]["limit"]), ("650.00", "1170.00"), "cost and ceiling")
        me = self.next.get("/api/providers/me/").must(200)
        same((me["active_job"], me["today"]["jobs"], me["total_completed"]), (None, 1, 1), "the unit's day")
        same(me["today"]["earnings"], answer["request"]["pay"]["total"], "what the unit earned today")

    def the_member_reviews(self):
        path, body = "/api/providers/reviews/", {"assistance_request_id": self.request_id, "rating": 5,
                                                 "comment": "Muy amable."}
        self.stranger.client.post(path, body, key=True).must(404)
        review = self.post(self.member, path, body).must(201)
        same((review["provider_id"], review["author"]), (self.next.provider_id, {"first_name": "Elena", "initial": "M"}),
             "the review")
        self.once_more(self.member, path, body, review, "already_done")
        self.gain(reviews=1)
        card = self.member.get(f"/api/providers/{self.next.provider_id}/").must(200)
        same((card["rating"], card["total_reviews"], card["total_completed"]), ("5.00", 1, 1), "the unit's counters")
        shown = self.member.get(f"{path}?provider_id={self.next.provider_id}").must(200)
        same([one["id"] for one in shown["results"]], [review["id"]], "the reviews of the unit")

    def the_timeline_is_whole(self):
        seen = self.member.get(f"{REQUESTS}{self.request_id}/updates/?page_size=100").must(200)["results"]
        told = [(one["update_type"], one["metadata"].get("state") or one["metadata"].get("document_type"))
                for one in seen]
        same(told, [
            ("STATUS_CHANGE", "SEARCHING"), ("STATUS_CHANGE", "PROVIDER_ASSIGNED"), ("LOCATION_UPDATE", "EN_ROUTE"),
            ("LOCATION_UPDATE", "ARRIVING"), ("LOCATION_UPDATE", "ARRIVED"), ("STATUS_CHANGE", "IN_SERVICE"),
            ("NOTE", None), ("DOCUMENT", "DAMAGE_PHOTO"), ("DOCUMENT", "OTHER"), ("STATUS_CHANGE", "COMPLETED"),
        ], "the timeline the member sees")
        times = [moment(one["created_at"]) for one in seen]
        check(times == sorted(times), "The timeline is not in order of time.")
        staff = self.admin.get(f"{REQUESTS}{self.request_id}/updates/?page_size=100").must(200)["results"]
        same(len(staff), len(seen) + 1, "the number of updates staff see, with the hidden note")
        steps = self.snapshot()["timeline"]
        same([one["state"] for one in steps], [
            "SEARCHING", "PROVIDER_ASSIGNED", "EN_ROUTE", "ARRIVING", "ARRIVED", "IN_SERVICE", "COMPLETED"],
            "the steps in the snapshot")

    def strangers_see_nothing(self):
        """Each route that takes an id, asked by those whose request it is not."""
        request = f"{REQUESTS}{self.request_id}/"
        tracking = f"/api/assistance/tracking/{self.request_id}/"
        reads = [request, f"{REQUESTS}{self.number}/", f"{request}updates/", tracking]
        writes = [(f"{request}cancel/", {"reason": "x"}), (f"{request}updates/", {"message": "x"})]
        offer = self.program.number("SELECT max(id) FROM dispatch_offer")
        steps = [
            (self.job("depart"), {}), (self.job("arrived"), {}), (self.job("start"), {}),
            (self.job("withdraw"), {"reason": "x"}), (self.job("complete"), self.completion),
            (f"/api/assistance/dispatch/offers/{offer}/accept/", {}),
            (f"/api/assistance/dispatch/offers/{offer}/decline/", {"reason": "FAR"}),
        ]
        for path in reads:
            self.stranger.get(path).must(404, "not_found")
            self.near.get(path).must(404, "not_found")
        for path, body in writes:
            self.stranger.client.post(path, body, key=True).must(404, "not_found")
        self.near.client.post(*writes[1], key=True).must(404, "not_found")
        self.near.get(f"/api/assistance/dispatch/jobs/{self.request_id}/").must(404, "not_found")
        for path, body in steps:
            self.near.client.post(path, body, key=True).must(404, "not_found")
            self.stranger.client.post(path, body, key=True).must(403, "permission_denied")
        for person in (self.stranger, self.near):
            body, kind = multipart({"request_id": self.request_id, "document_type": "OTHER"}, "a.png", png(), "image/png")
            person.client.call("POST", DOCUMENTS, body, headers={"Content-Type": kind}, key=True).must(404, "not_found")
        review = {"assistance_request_id": self.request_id, "rating": 1}
        self.stranger.client.post("/api/providers/reviews/", review, key=True).must(404, "not_found")
        session = self.member.get("/api/users/me/sessions/").must(200)["results"][0]["id"]
        self.stranger.client.call("DELETE", f"/api/users/me/sessions/{session}/").must(404, "not_found")
        edit = ("PATCH", f"/api/providers/{self.next.provider_id}/", {"city": "Mixco"})
        tag = {"If-Match": self.admin.get(edit[1]).must(200).headers["etag"]}
        self.near.client.call(*edit, headers=tag).must(404, "not_found")
        self.stranger.client.call(*edit, headers=tag).must(403, "permission_denied")
        for person in (self.stranger, self.near):
            same(person.get(REQUESTS).must(200)["results"], [], "the requests a stranger lists")
        nobody = Client(self.program)
        for path in reads:
            nobody.get(path).must(401, "not_authenticated")

    def the_limit_is_reached(self):
        call = {"service_code": "LEGAL_PHONE", "description": "Me chocaron y el otro se fue."}
        asked = self._call_the_lawyers(call)
        answer = self.member.client.post(REQUESTS, call, key=True).must(422, "quota_exceeded")
        limit = answer["limit"]
        same((limit["kind"], limit["used"], limit["limit"]), ("YEARLY_LIMIT", 1, 1), "the limit that was reached")
        check(limit["resets_on"] > datetime.date.today().isoformat(), f"The limit resets in the past: {answer}")
        path, body = f"{REQUESTS}{asked}/cancel/", {"reason": "Ya llegamos a un acuerdo."}
        ended = self.post(self.member, path, body).must(200)
        same((ended["status"], ended["cancellation_reason"]), ("CANCELLED", body["reason"]), "the cancelled request")
        self.once_more(self.member, path, body, ended, "invalid_transition")
        self.gain(updates=1, request_events=1)
        self._call_the_lawyers(call)  # what is cancelled does not count

    def _call_the_lawyers(self, call):
        """Nobody works at the desk: the request goes to the operators, which its timeline tells them."""
        asked = self.post(self.member, REQUESTS, call).must(201)["id"]
        queued = f"SELECT count(*) FROM dispatch_search WHERE state = 'QUEUED' AND request_id = {asked}"
        eventually(lambda: self.program.number(queued), "a request without a desk goes to the operators")
        self.gain(requests=1, updates=2, searches=1, request_events=1)
        return asked
