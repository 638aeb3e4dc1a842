"""Years of an installation's history in the program's own tables, for the benchmark of backups: of
the size that is asked for, and as compressible as what people write."""

import contextlib
import functools
import random
import sqlite3
import time

from server_load import FIRST_SECOND, MEMBERS, OWN_REQUESTS, UNITS

STEP = 20_000  # requests a transaction
UPDATES, EVENTS = 4, 2  # of each

PLACES = ("parqueo del centro comercial", "entrada de la colonia", "carril derecho, junto al puente peatonal",
          "gasolinera de la esquina", "frente a la iglesia", "garita principal", "sótano dos del edificio",
          "kilómetro 22 y medio", "redondel", "portón negro", "taller de mi primo", "retorno")
TROUBLES = ("No arranca", "Se me pinchó una llanta", "Se quedó sin batería", "Se recalentó", "Dejé la llave adentro",
            "Choqué con otro carro", "Se quedó sin gasolina", "Hace un ruido y ya no camina", "No entran los cambios",
            "Salió humo del motor")
REMARKS = ("vamos tres personas", "hay un bebé", "ya puse los triángulos", "estoy solo", "el tráfico está pesado",
           "mi teléfono tiene poca carga", "la policía ya vino", "no hay luz en la calle", "llueve mucho",
           "el guardia ya sabe", "traigo carga", "llamen antes de llegar")
STREETS = ("avenida", "calle", "calzada", "diagonal", "vía", "bulevar")
CITIES = ("Guatemala", "Mixco", "Villa Nueva", "Quetzaltenango", "Escuintla", "Antigua Guatemala", "Cobán", "Huehuetenango")
MAKES = {"Toyota": ("Hilux", "Corolla", "Yaris"), "Mazda": ("3", "BT-50"), "Honda": ("Civic", "CR-V"),
         "Hyundai": ("Accent", "Tucson"), "Kia": ("Rio", "Sportage"), "Nissan": ("Sentra", "Frontier")}
COLORS = ("gris", "rojo", "blanco", "negro", "azul", "plateado", "verde")
SERVICES = ("TOW", "TIRE", "BATTERY", "FUEL", "LOCKSMITH")
ACTIONS = ("requests.create", "requests.updates.add", "requests.assign", "requests.complete", "requests.read")

REQUEST = ("INSERT INTO assistance_assistancerequest (id, request_number, user_id, provider_id, title, description, "
           "location_latitude, location_longitude, location_address, location_city, priority, status, "
           "estimated_cost, completed_at, notes, metadata, created_at, updated_at) "
           f"VALUES ({', '.join('?' * 18)})")
UPDATE = ("INSERT INTO assistance_requestupdate (request_id, user_id, update_type, message, metadata, created_at) "
          "VALUES (?, ?, 'NOTE', ?, ?, ?)")
EVENT = ("INSERT INTO audit_event (at, actor_id, action, object_table, object_id, before, after, request_id, address) "
         "VALUES (?, ?, ?, 'assistance_assistancerequest', ?, '{}', ?, ?, ?)")


@functools.cache
def _date(day):
    """A day since 1970 as SQLite's texts have it."""
    return time.strftime("%Y-%m-%d", time.gmtime(day * 86_400))


def _size(database):
    (pages,), = database.execute("PRAGMA page_count")
    (page_size,), = database.execute("PRAGMA page_size")
    return pages * page_size


class History:
    """Rows by chance, the same each time."""

    def __init__(self):
        self.chance = random.Random(41)

    def one(self, words):
        return self.chance.choice(words)

    def number(self, first, last):
        return self.chance.randint(first, last)

    def at(self, request):
        """A moment of the days of that request."""
        seconds = FIRST_SECOND + request * 60 + self.number(0, 3599)
        day, rest = divmod(seconds, 86_400)
        return f"{_date(day)} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{self.number(0, 999_999):06d}"

    def member(self):
        return f"01a20a94-0001-7000-8000-{self.number(1, MEMBERS):012x}"

    def sentence(self):
        return f"{self.one(TROUBLES)}; estoy en {self.one(PLACES)}, {self.one(REMARKS)} y {self.one(REMARKS)}."

    def request(self, number):
        make = self.one(tuple(MAKES))
        metadata = (f'{{"contact_phone":"+502{self.number(30_000_000, 59_999_999)}","evidence":["PHOTO","SIGNATURE"],'
                    f'"flow":"ROADSIDE","form_complete":true,"promise":{{"minutes":{self.number(20, 90)}}},'
                    f'"service_code":"{self.one(SERVICES)}","vehicle":{{"color":"{self.one(COLORS)}","make":"{make}",'
                    f'"model":"{self.one(MAKES[make])}","plate":"P-{self.number(100, 999)}{self.one("BCDFGHJKLM")}'
                    f'{self.one("NPQRSTVWXZ")}{self.one("BCDFGHJKLM")}","use":"particular",'
                    f'"weight_t":{self.number(9, 35) / 10},"year":{self.number(1998, 2026)}}}}}')
        address = (f"{self.number(1, 40)} {self.one(STREETS)} {self.number(1, 30)}-{self.number(1, 99):02d}, "
                   f"zona {self.number(1, 25)}")
        created = self.at(number)
        return (number, f"REQ-{2026000000 + number}", self.member(), self.number(1, UNITS), "Asistencia vial",
                self.sentence(), self.number(13_800_000, 15_900_000) / 1e6, -self.number(89_000_000, 92_200_000) / 1e6,
                address, self.one(CITIES), self.one(("LOW", "MEDIUM", "HIGH")),
                self.one(("COMPLETED", "COMPLETED", "CANCELLED")), self.number(100, 900), created, self.sentence(),
                metadata, created, created)

    def update(self, request):
        metadata = f'{{"audience":"member","minutes":{self.number(1, 90)}}}'
        return request, self.member(), self.sentence(), metadata, self.at(request)

    def event(self, request):
        after = f'{{"audience":"member","update_id":{self.number(1, 9_999_999)},"message":"{self.sentence()}"}}'
        called = f"{self.chance.getrandbits(64):016x}-{self.number(0, 99_999_999):08d}"
        address = f"190.{self.number(0, 255)}.{self.number(0, 255)}.{self.number(1, 254)}"
        return (self.at(request), self.member(), self.one(ACTIONS), str(request), after, called, address)

    def fill(self, path, size):
        """Adds requests with what belongs to them until the file has `size` bytes. No server runs."""
        with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
            database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA foreign_keys = OFF;")
            first = OWN_REQUESTS + 1
            while _size(database) < size:
                numbers = range(first, first + STEP)
                database.executemany(REQUEST, map(self.request, numbers))
                database.executemany(UPDATE, (self.update(number) for number in numbers for _ in range(UPDATES)))
                database.executemany(EVENT, (self.event(number) for number in numbers for _ in range(EVENTS)))
                database.commit()
                first += STEP
            database.execute("ANALYZE")
            database.commit()
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
