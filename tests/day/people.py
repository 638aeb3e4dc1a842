"""The people of the day, and what they hand in."""

import struct
import zlib

from support.program import Client, check, same

PASSWORD = "caballo-verde-7-lluvia"
ADMIN = "direccion@segurifai.example"

ZONA_10 = (14.5990, -90.5090)  # where help is needed
ZONA_9 = (14.6060, -90.5200)  # 1.4 km from there
ZONA_13 = (14.5833, -90.5275)  # 2.6 km
ZONA_1 = (14.6420, -90.5133)  # 4.8 km

VEHICLE = {
    "make": "Toyota", "model": "Hilux", "year": 2020, "plate": "P-482KLM", "color": "gris",
    "weight_t": 1.9, "use": "particular",
}
TOW = {
    "service_code": "TOW",
    "description": "No arranca; estoy en el parqueo del centro comercial.",
    "location_latitude": ZONA_10[0],
    "location_longitude": ZONA_10[1],
    "location_address": "6a avenida 12-34, zona 10",
    "location_city": "Guatemala",
    "vehicle": VEHICLE,
}


def png(width=24, height=24):
    """A picture with a slope of greys."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + bytes((x * 8 + y) % 256 for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg():
    """A grey square of 8 × 8, baseline."""
    def segment(marker, content):
        return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content

    one_code = bytes([1] + [0] * 15) + b"\0"  # a Huffman table with one code of one bit, for 0
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
        + segment(0xDB, b"\0" + bytes([1] * 64))
        + segment(0xC0, b"\x08\0\x08\0\x08\x01\x01\x11\0")
        + segment(0xC4, b"\x00" + one_code)
        + segment(0xC4, b"\x10" + one_code)
        + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + b"\x3f\xff\xd9"
    )


class Person:
    """Somebody signed in, with a connection of their own."""

    def __init__(self, program, email, phone):
        self.email, self.phone, self.client, self.id = email, phone, Client(program), None

    def sign_in(self):
        session = self.client.post("/api/auth/token/", {"email": self.email, "password": PASSWORD}).must(200)
        self.use(session)
        return session

    def use(self, session):
        self.client.token, self.id = session["access"], session["user"]["id"]

    @property
    def token(self):
        return self.client.token

    def get(self, path):
        return self.client.get(path)


class Unit(Person):
    """A person with a tow truck."""

    def __init__(self, program, number, place):
        super().__init__(program, f"unidad{number}@gruas.example", f"+5025552{number:04d}")
        self.number, self.place, self.provider_id = number, place, None

    def application(self):
        return {
            "company_name": f"Grúas del Valle {self.number}",
            "business_license": f"LIC-{self.number:04d}",
            "business_phone": self.phone,
            "business_email": self.email,
            "address": "4a calle 5-67",
            "city": "Guatemala",
            "state": "Guatemala",
            "postal_code": "01010",
            "latitude": self.place[0],
            "longitude": self.place[1],
            "service_radius_km": 50,
            "capabilities": ["TOW", "JUMP_START"],
            "vehicles": [
                {"kind": "TOW_TRUCK", "plate": f"C-{self.number:03d}BCD", "make": "Isuzu", "model": "NPR",
                 "year": 2019, "color": "blanco"},
            ],
        }

    def offers(self):
        return self.get("/api/assistance/dispatch/offers/").must(200).json


def prove_phone(program, person):
    """A proof that the person has the phone: a code is sent to it and typed in."""
    client = Client(program)
    before = len(program.messages())
    asked = client.post("/api/auth/otp/request/", {"phone": person.phone, "purpose": "REGISTER"}).must(202)
    same(asked.json, {"expires_in": 300, "resend_in": 60}, "the answer to the request for a code")
    code = program.code_sent_to(person.phone, before)
    right = {"phone": person.phone, "code": code, "purpose": "REGISTER"}
    wrong = {**right, "code": f"{(int(code) + 1) % 1_000_000:06d}"}
    client.post("/api/auth/otp/verify/", wrong).must(422, "code_invalid")
    proof = client.post("/api/auth/otp/verify/", right).must(200)["proof"]
    client.close()
    return proof


def registration(person, proof, first_name="Elena", last_name="Marroquín"):
    return {
        "email": person.email, "phone_number": person.phone, "password": PASSWORD, "first_name": first_name,
        "last_name": last_name, "proof": proof,
    }


def register(program, person, first_name="Elena", last_name="Marroquín"):
    body = registration(person, prove_phone(program, person), first_name, last_name)
    session = person.client.post("/api/users/register/", body, token="").must(201)
    same(session["user"]["role"], "USER", "the role of who registers")
    person.use(session)
    return person


SEEN = {"license": True, "certificate": True, "insurance": True}


def employ(program, admin, unit):
    """A unit from nothing: registered, approved, on duty at its place."""
    register(program, unit, "Marvin", "Coc")
    unit.provider_id = unit.client.post("/api/providers/", unit.application(), key=True).must(201)["id"]
    tag = admin.get(f"/api/providers/{unit.provider_id}/").must(200).headers["etag"]
    decision = {"status": "ACTIVE", "seen": SEEN}
    admin.client.post(
        f"/api/admin/providers/{unit.provider_id}/decision/", decision, headers={"If-Match": tag}
    ).must(200)
    go_on_duty(unit)
    return unit


def duty(unit):
    return {"is_available": True, "is_online": True, "latitude": unit.place[0], "longitude": unit.place[1]}


def go_on_duty(unit):
    answer = unit.client.call("PUT", "/api/providers/me/availability/", duty(unit)).must(200)
    check(answer["on_duty"], f"A unit that went on duty is not: {answer}")


def plan_id(client, name):
    plans = client.get("/api/services/plans/").must(200)["results"]
    return next(plan["id"] for plan in plans if plan["name"] == name)


def grant(admin, member, plan):
    body = {
        "user_id": member.id, "plan_id": plan_id(admin.client, plan), "cycle": "MONTHLY",
        "reason": "Cortesía de bienvenida",
    }
    return admin.client.post("/api/admin/subscriptions/grant/", body, key=True).must(201)
