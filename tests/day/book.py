"""What was acknowledged, beside what the database holds."""

from support.program import check, same

# What is counted after each step. Nothing acknowledged may be missing, nothing be there twice.
COUNTS = {
    "users": "SELECT count(*) FROM users_user",
    "units": "SELECT count(*) FROM providers_provider",
    "vehicles": "SELECT count(*) FROM providers_vehicle",
    "subscriptions": "SELECT count(*) FROM services_userservice",
    "grants": "SELECT count(*) FROM services_subscriptiongrant",
    "requests": "SELECT count(*) FROM assistance_assistancerequest",
    "updates": "SELECT count(*) FROM assistance_requestupdate",
    "documents": "SELECT count(*) FROM assistance_requestdocument",
    "searches": "SELECT count(*) FROM dispatch_search",
    "assignments": "SELECT count(*) FROM dispatch_assignment",
    "active jobs": "SELECT count(*) FROM dispatch_assignment WHERE ended_at IS NULL",
    "accepted offers": "SELECT count(*) FROM dispatch_offer WHERE state = 'ACCEPTED'",
    "declined offers": "SELECT count(*) FROM dispatch_offer WHERE state = 'DECLINED'",
    "jobs counted": "SELECT coalesce(sum(total_completed), 0) FROM providers_provider",
    "reviews": "SELECT count(*) FROM providers_providerreview",
    "request events": "SELECT count(*) FROM events_outbox WHERE name LIKE 'request.%'",
    "kept answers": "SELECT count(*) FROM platform_idempotencykey",
}
COUNT_ALL = "SELECT " + ", ".join(f"({sql})" for sql in COUNTS.values())


class Book:
    """Sends writes, by `calls`, and keeps count of what they must have left behind."""

    def __init__(self, program, calls):
        self.program, self.calls = program, calls
        self.expected = dict.fromkeys(COUNTS, 0)
        self.last_key = None

    def gain(self, **more):
        for name, count in more.items():
            self.expected[name.replace("_", " ")] += count

    def write(self, person, method, path, body=None, **options):
        answer, self.last_key = self.calls.write(person, method, path, body, **options)
        if self.last_key and answer.status < 400:
            self.gain(kept_answers=1)
        return answer

    def post(self, person, path, body=None, **options):
        return self.write(person, "POST", path, body, **options)

    def check_counts(self):
        found = dict(zip(COUNTS, (int(cell) for cell in self.program.query(COUNT_ALL)[0])))
        wrong = [f"{name}: {found[name]}, not {self.expected[name]}" for name in COUNTS if
                 found[name] != self.expected[name]]
        check(not wrong, f"The database holds other rows than were acknowledged: {'; '.join(wrong)}.")

    def once_more(self, person, path, body, first, refusal):
        """The same key answers the same again; another key is refused."""
        again = person.client.post(path, body, key=self.last_key).must(first.status)
        check(again.replayed, f"Idempotency-Replayed is missing: {again.headers}")
        same(again.text, first.text, "the answer to the repeated key")
        person.client.post(path, body, key=True).must(409, refusal)
