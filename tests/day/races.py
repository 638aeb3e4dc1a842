"""Many at once: of fifty acceptances one wins, of fifty requests on a limit of three three do."""

import collections
import http.client
import threading
import time
import uuid

from support.program import Client, check, eventually, same
from people import TOW, ZONA_10, Person, Unit, employ, grant, register

AT_ONCE = 50
UNITS = 5
ANSWERED_WITHIN_SECONDS = 90


class Crashes:
    """Kills the server with SIGKILL and starts it again, while a race runs."""

    def __init__(self, program, chance, times=3):
        self.program, self.chance, self.times = program, chance, times

    def __call__(self):
        for _ in range(self.times):
            time.sleep(self.chance.uniform(0, 0.3))
            self.program.restart()


def all_at_once(calls, meanwhile=None):
    """The answers to calls that start together, each in a thread with a connection of its own.
    `meanwhile` runs beside them, in this thread."""
    gate = threading.Barrier(len(calls) + 1)
    answers, faults = [None] * len(calls), []

    def run(index, call):
        try:
            gate.wait(timeout=30)
            answers[index] = call(meanwhile is not None)
        except Exception as failed:  # pylint: disable=broad-exception-caught
            faults.append(failed)

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    gate.wait(timeout=30)
    if meanwhile:
        meanwhile()
    for thread in threads:
        thread.join(timeout=ANSWERED_WITHIN_SECONDS)
    check(not any(thread.is_alive() for thread in threads), "A call of the race is not answered.")
    if faults:
        raise faults[0]
    return answers


def poster(program, person, path, body):
    """A write under a key of its own. Told to be patient, it is repeated until it is answered."""
    key = str(uuid.uuid4())

    def post(patient):
        end = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while True:
            try:
                answer = Client(program, person.token).post(path, body, key=key)
                if not patient or answer.code not in ("idempotency_in_progress", "service_unavailable"):
                    return answer
            except (OSError, http.client.HTTPException):
                if not patient or time.monotonic() > end:
                    raise
            time.sleep(0.05)

    return post


def tally(answers):
    return collections.Counter((answer.status, answer.code) for answer in answers)


def one_request_many_units(program, admin, others, meanwhile=None):
    """`others`: units that have no part in it, and go off duty."""
    for unit in others:
        away = {"is_available": False, "is_online": False}
        unit.client.call("PUT", "/api/providers/me/availability/", away).must(200)
    units = [Unit(program, 11 + i, (ZONA_10[0] + 0.004 * i, ZONA_10[1])) for i in range(UNITS)]
    for unit in units:
        employ(program, admin, unit)
    member = register(program, Person(program, "sofia@example.gt", "+50255511003"), "Sofía", "Lemus")
    grant(admin, member, "Protege tu Ruta")
    request = member.client.post("/api/assistance/requests/", TOW, key=True).must(201)["id"]
    offered = [eventually(unit.offers, f"an offer to unit {unit.number}")[0]["id"] for unit in units]
    calls = [
        poster(program, units[i % UNITS], f"/api/assistance/dispatch/offers/{offered[i % UNITS]}/accept/", {})
        for i in range(AT_ONCE)
    ]
    answers = all_at_once(calls, meanwhile)
    seen = tally(answers)
    same(seen[(200, None)], 1, f"the number of acceptances that won ({seen})")
    lost = {(409, "already_assigned"), (409, "offer_closed"), (409, "unit_busy")}
    check(set(seen) - {(200, None)} <= lost, f"An acceptance that lost got another answer: {seen}")
    same(program.number(f"SELECT count(*) FROM dispatch_assignment WHERE request_id = {request}"), 1, "its assignments")
    same(program.number(
        f"SELECT count(*) FROM assistance_requestupdate WHERE request_id = {request} AND update_type = 'STATUS_CHANGE'"),
        2, "its changes of status")
    same([len(unit.offers()) for unit in units], [0] * UNITS, "the offers left open")


def one_limit_many_requests(program, admin, meanwhile=None):
    member = register(program, Person(program, "rosa@example.gt", "+50255511004"), "Rosa", "Ixcot")
    grant(admin, member, "Protege tu Tarjeta")
    claim = {"service_code": "CARD_CLONING", "description": "Compras que no hice.",
             "card": {"bank": "Banco Industrial", "last_four": "4821"}}
    calls = [poster(program, member, "/api/assistance/requests/", claim) for _ in range(AT_ONCE)]
    answers = all_at_once(calls, meanwhile)
    seen = tally(answers)
    same(seen, {(201, None): 3, (422, "quota_exceeded"): AT_ONCE - 3}, "the answers on a limit of three")
    refused = next(answer for answer in answers if answer.status == 422)
    limit = refused["limit"]
    same((limit["kind"], limit["used"], limit["limit"]), ("MONTHLY_LIMIT", 3, 3), "the limit that was reached")
    same(program.number(
        "SELECT count(*) FROM assistance_assistancerequest r JOIN users_user u ON u.id = r.user_id "
        f"WHERE u.email = '{member.email}'"), 3, "the requests stored")
