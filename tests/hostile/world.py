"""The running product with its demonstration people, for tests that misbehave."""

import dataclasses
import hashlib
import urllib.parse

from support.program import Client, Program, check

# Whom the demonstration data brings. `kind` and `scopes` as the permission table sees them.
PEOPLE = {
    "member": ("miembro1", "member", ()),
    "other member": ("miembro2", "member", ()),
    "unit": ("unidad01", "unit", ()),
    "other unit": ("unidad02", "unit", ()),
    "OPERATIONS": ("operaciones1", "staff", ("OPERATIONS",)),
    "FINANCE": ("finanzas", "staff", ("FINANCE",)),
    "CONTENT": ("contenido", "staff", ("CONTENT",)),
    "SUPPORT": ("soporte", "staff", ("SUPPORT",)),
    "AUDITOR": ("auditoria", "staff", ("AUDITOR",)),
    "superuser": ("direccion", "staff", ("superuser",)),
}

UNSCHEDULED = " WHERE kind NOT IN (SELECT kind FROM platform_schedule WHERE last_at IS NOT NULL)"


@dataclasses.dataclass
class Caller:
    """Somebody who calls. `token` is None for nobody."""

    name: str
    kind: str
    scopes: tuple
    token: str | None = None
    id: str | None = None

    @property
    def headers(self):
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


class World:
    """A served database with reference and demonstration data."""

    def __init__(self, binary, url, folder):
        self.program = Program(binary, url, folder)
        self.program.migrate()
        self.program.loadreference()
        self.program.loaddemo()
        self.program.serve()
        self.client = Client(self.program)
        self._passwords = self._read_passwords()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.program.kill9()

    def _read_passwords(self):
        lines = (self.program.data_dir / "demo-passwords.txt").read_text(encoding="utf-8").splitlines()
        parts = [line.split() for line in lines if "@demo." in line]
        return {one[0].split("@")[0]: (one[0], one[2]) for one in parts}

    @property
    def address(self):
        parts = urllib.parse.urlsplit(self.program.base)
        return parts.hostname, parts.port

    def credentials(self, account):
        """What an account signs in with, the number of accounts going round."""
        accounts = sorted(self._passwords)
        email, password = self._passwords[accounts[account % len(accounts)] if isinstance(account, int) else account]
        return {"email": email, "password": password}

    def sign_in(self, account):
        return self.client.post("/api/auth/token/", self.credentials(account)).must(200)

    def caller(self, name):
        if name == "anonymous":
            return Caller("anonymous", "anonymous", ())
        account, kind, scopes = PEOPLE[name]
        session = self.sign_in(account)
        return Caller(name, kind, scopes, session["access"], session["user"]["id"])

    def tables(self):
        if self.program.database_url.startswith("sqlite"):
            rows = self.program.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        else:
            rows = self.program.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [row[0] for row in rows if not row[0].startswith("sqlite_")]

    def snapshot(self):
        """Every table's number of rows and a digest of all their contents, without the jobs that the
        schedule has queued."""
        found = {}
        for table in self.tables():
            chosen = UNSCHEDULED if table == "platform_job" else ""
            rows = sorted(repr(row) for row in self.program.query(f'SELECT * FROM "{table}"{chosen}'))
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
        check(len(found) > 20, f"The database shows its tables only in part: {sorted(found)}")
        return found
