"""Bad input to an operation, made from what the OpenAPI document says of it."""

import dataclasses
import json
import uuid

from support.program import multipart
from wire import Sent

NOBODY_S = {"integer": "987654321", "uuid": "0192f0c0-0000-7000-8000-000000000001"}
MARK = "@@value@@"
CREDENTIALS = ("password", "new_password", "old_password", "token", "refresh", "proof", "code")

INJECTIONS = {
    "SQL": "'; DROP TABLE users_user; --",
    "SQL, always true": "' OR '1'='1",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a header": "x\r\nX-Evil: 1\r\n\r\n<html>",
    "a path": "../../../../etc/passwd",
    "a format": "%s%n%x{}{0}$1?",
    "a template": "{{7*7}}${7*7}#{7*7}",
    "directions of text": "\u202eabc\u2066",
}

TEXTS_NEVER_GOOD = {"U+0000": "a\u0000b", "a control character": "a\u0001b", "DEL": "a\u007fb"}


@dataclasses.dataclass
class Attack:
    """What is sent, and what it must be answered when the caller may call the operation at all.

    `statuses`: the answers allowed; none = any 4xx. `field`: the path of what must be named at
    fault. `anybody`: the statuses come before the question who calls."""

    kind: str
    request: Sent
    statuses: tuple = ()
    field: tuple = ()
    anybody: bool = False
    alone: bool = False  # the answer ends the connection


class Attacks:
    """All attacks on one operation."""

    def __init__(self, contract, operation):
        self.contract, self.operation = contract, operation
        self.good = contract.sample(operation.body) if operation.body else None
        self.found = []

    def all(self):
        if self.operation.body:
            self._fields((), self.operation.body)
            self._bodies()
            self._media()
        elif self.operation.multipart:
            self._forms()
        elif not self.operation.reads:
            self._no_body()
        self._query()
        self._ids()
        self._marks()
        self._credentials()
        self._preferences()
        return self.found

    def injections(self):
        """Text that is data and nothing else: accepted or refused, it does no harm."""
        self.found = []
        if self.operation.body:
            self._inject((), self.operation.body)
        for parameter in self.operation.query:
            for kind, value in INJECTIONS.items():
                self._add(f"{kind} in {parameter['name']}", query={parameter["name"]: value})
        if "{" in self.operation.path:
            for kind, value in INJECTIONS.items():
                self._add(f"{kind} in the path", target=self.operation.target(_escaped(value)))
        return self.found

    # What is sent.

    def _somewhere(self):
        """A path to nobody's row."""
        last = self.operation.path.rstrip("/").rsplit("/", 1)[-1]
        is_uuid = self.operation.name == "users.sessions.end" and last == "{id}"
        return self.operation.target(NOBODY_S["uuid" if is_uuid else "integer"])

    def _headers(self, more=None):
        headers = {}
        if self.operation.keyed:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if self.operation.if_match:
            headers["If-Match"] = '"another"'
        if self.operation.body:
            headers["Content-Type"] = "application/json"
        headers.update(more or {})
        return {name: value for name, value in headers.items() if value is not None}

    def _good_body(self):
        if self.operation.body:
            return json.dumps(self.good).encode()
        return None

    def _add(self, kind, statuses=(), *, target=None, query=None, body=None, headers=None, field=(), **more):
        target = target or self._somewhere()
        if isinstance(query, dict):
            query = "&".join(f"{name}={_escaped(value)}" for name, value in query.items())
        if query:
            target += "?" + query
        if body is None and not self.operation.multipart:
            body = self._good_body()
        if self.operation.multipart and body is None:
            body, media = multipart({"no_such_field": "1"}, "a.png", b"", "image/png")
            headers = {"Content-Type": media, **(headers or {})}
        request = Sent(self.operation.method, target, self._headers(headers), body)
        self.found.append(Attack(kind, request, statuses, field, **more))

    # The body's fields.

    def _fields(self, path, schema):
        schema, _ = self.contract.one_of(schema)
        for name, one in schema.get("properties", {}).items():
            self._field((*path, name), one)

    def _field(self, path, schema):
        inner, nullable = self.contract.one_of(schema)
        kind = inner.get("type")
        for what, value in self._wrong(inner, nullable):
            self._put(what, path, value)
        if path[-1] not in CREDENTIALS and kind == "string" and "enum" not in inner:
            for what, value in TEXTS_NEVER_GOOD.items():
                self._put(what, path, value)
        for what, raw in (("NaN", "NaN"), ("Infinity", "-Infinity"), ("a plus", "+1"), ("a leading zero", "01"),
                          ("half a pair", r'"\ud800"'), ("hexadecimal", "0x1"), ("single quotes", "'a'")):
            self._put_raw(what, path, raw, ())
        if kind == "object" and "properties" in inner:
            self._fields(path, inner)
            self._put("an unknown field inside", (*path, "no_such_field"), 1)
        items = inner.get("items")
        if kind == "array" and items is not None:
            self._put("a wrong item", (*path, 0), {"no_such_field": 1} if self._kind(items) != "object" else "text")
            if self._kind(items) == "object":
                self._fields((*path, 0), items)

    def _kind(self, schema):
        return self.contract.one_of(schema)[0].get("type")

    def _wrong(self, schema, nullable):
        """Values that a schema does not allow, with what is wrong."""
        kind = schema.get("type")
        others = {
            "string": "text", "number": 7.25, "integer": 7, "boolean": True, "array": ["a"], "object": {"a": 1},
        }
        if kind is None:
            return
        for other, value in others.items():
            fits = other == kind or (kind == "number" and other == "integer")
            if not fits:
                yield f"{other} for {kind}", value
        if not nullable:
            yield f"null for {kind}", None
        if "enum" in schema:
            yield "an unknown word", "NO_SUCH_WORD"
            yield "no word", ""
            yield "a word in lower case", next(word for word in schema["enum"] if word).swapcase() + "x"
        if "maxLength" in schema:
            yield "too long", "a" * (schema["maxLength"] + 1)
        if schema.get("minLength", 0) > 0:
            yield "too short", "a" * (schema["minLength"] - 1)
        if schema.get("format") or schema.get("pattern"):
            yield "no such format", "abc"
        if kind in ("integer", "number"):
            yield from self._wrong_numbers(schema, kind)
        if kind == "boolean":
            yield '"false"', "false"
            yield "0", 0
        if schema.get("minItems", 0) > 0:
            yield "too few", []

    @staticmethod
    def _wrong_numbers(schema, kind):
        yield '"abc"', "abc"
        yield "a number in quotes", "1"
        if "minimum" in schema:
            yield "below the least", schema["minimum"] - 1
        if "maximum" in schema:
            yield "above the most", schema["maximum"] + 1
        if kind == "integer":
            yield "a fraction", 1.5
            yield "10^30", 10**30
            yield "-10^30", -(10**30)

    def _with(self, path, value):
        """The good body with another value at `path`, whose parents are made good where missing."""
        body = json.loads(json.dumps(self.good))
        at, schema = body, self.operation.body
        for step in path[:-1]:
            schema = self._part(schema, step)
            if isinstance(at, dict):
                at = at.setdefault(step, self.contract.sample(schema))
            else:
                at = at[step]
        if isinstance(at, list):
            at[:] = [value]
        else:
            at[path[-1]] = value
        return body

    def _part(self, schema, step):
        schema, _ = self.contract.one_of(schema)
        return schema["items"] if isinstance(step, int) else schema["properties"][step]

    def _put(self, what, path, value):
        name = ".".join(str(step) for step in path)
        body = json.dumps(self._with(path, value)).encode()
        # A credential that is merely strange is a wrong one.
        is_free = path[-1] in CREDENTIALS and isinstance(value, str)
        self._add(f"{name}: {what}", () if is_free else (400,), body=body, field=() if is_free else path)

    def _put_raw(self, what, path, raw, statuses):
        body = json.dumps(self._with(path, MARK)).replace(f'"{MARK}"', raw).encode()
        self._add(f"{'.'.join(map(str, path))}: {what}", statuses or (400,), body=body)

    def _inject(self, path, schema):
        schema, _ = self.contract.one_of(schema)
        for name, one in schema.get("properties", {}).items():
            inner, _ = self.contract.one_of(one)
            if inner.get("type") == "object":
                self._inject((*path, name), inner)
            if inner.get("type") != "string" or "enum" in inner:
                continue
            for kind, value in INJECTIONS.items():
                body = json.dumps(self._with((*path, name), value)).encode()
                self._add(f"{kind} in {name}", body=body)

    # The body as a whole.

    def _bodies(self):
        good = json.dumps(self.good)
        first = next(iter(self.contract.one_of(self.operation.body)[0]["properties"]))
        twice = f'{{"{first}": "a", "{first}": "b"}}'
        deep = "[" * 40 + "]" * 40
        wide = ",".join(f'"field{i}": 1' for i in range(3_000))
        for kind, body in {
            "truncated": '{"a": "b', "half a body": '{"a": ', "a list": "[]", "a text": '"a"', "a number": "1",
            "null": "null", "two bodies": "{}{}", "something behind": '{"a":1} x', "a comment": '{"a": 1 /* b */}',
            "a comma too many": '{"a": 1,}', "a mark of byte order": "\ufeff{}", "no JSON": "a=b&c=d",
            "40 levels": f'{{"no_such_field": {deep}}}', "only 40 levels": deep, "3,000 unknown fields": f"{{{wide}}}",
            "a word": "undefined", "spaces": "   ",
        }.items():
            self._add(kind, (400,), body=body.encode())
        self._add("an unknown field", (400,), body=json.dumps({**self.good, "no_such_field": 1}).encode(),
                  field=("no_such_field",))
        self._add("an unknown field with a name of 400 letters", (400,),
                  body=json.dumps({**self.good, "a" * 400: 1}).encode())
        for letters in (62, 63, 199, 254):  # what is shown of it may be cut, but not within a letter
            self._add(f"an unknown field of {letters} letters and one of two bytes", (400,),
                      body=json.dumps({**self.good, "a" * letters + "ñ": 1}, ensure_ascii=False).encode())
        self._add("a duplicate key", (400,), body=twice.encode(), field=(first,))
        self._add("bytes that are no UTF-8", (400,), body=b'{"' + first.encode() + b'": "\xff\xfe\xc0\x80"}')
        self._add("a surrogate in UTF-8", (400,), body=b'{"' + first.encode() + b'": "\xed\xa0\x80"}')
        self._add("100,000 levels", (400, 413), body=b"[" * 60_000, alone=True)
        self._add("2 MB", (413,), body=b'{"a": "' + b"a" * 2_000_000 + b'"}', anybody=True, alone=True)
        if self.contract.one_of(self.operation.body)[0].get("required"):
            self._add("an empty object", (400,), body=b"{}", field=(self.contract.one_of(
                self.operation.body)[0]["required"][0],))
            self._add("nothing", (400, 415), body=b"")
        self._add("UTF-16", (400, 415), body=good.encode("utf-16"))

    def _media(self):
        good = json.dumps(self.good).encode()
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "application/jsonx",
                     "application/json; charset=utf-16", "*/*", "", None, "a" * 500, "application/json, text/plain"):
            self._add(f"the media type {str(kind)[:40]}", (415,), body=good, headers={"Content-Type": kind})

    def _no_body(self):
        for kind, body in {"a list": b"[1]", "an object": b'{"a": 1}', "truncated": b'{"a"', "text": b'"a"'}.items():
            self._add(f"{kind} where nothing is asked", (400,), body=body,
                      headers={"Content-Type": "application/json"})
        self._add("a form where nothing is asked", (415,), body=b"a=b",
                  headers={"Content-Type": "application/x-www-form-urlencoded"})

    def _forms(self):
        fields = {"request_id": NOBODY_S["integer"], "document_type": "OTHER"}
        image = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
        forms = {
            "no file": ({**fields, "file": "text"}, None), "an unknown part": ({**fields, "no_such_field": "1"}, image),
            "no request": ({"document_type": "OTHER"}, image), "a request that is no number": (
                {**fields, "request_id": "abc"}, image),
            "an unknown type": ({**fields, "document_type": "NO_SUCH_WORD"}, image),
        }
        strange = {"bytes": "\udcff\udcfe", "a path": "a.b/c~d", "a quote": "a%22b", "700 letters": "a" * 700}
        for kind, name in strange.items():
            part = f'Content-Disposition: form-data; name="{name}"\r\n\r\n1\r\n'.encode("utf-8", "surrogateescape")
            body = b"--x\r\n" + part + b"--x\r\n" + part + b"--x--\r\n"
            self._add(f"two parts named by {kind}", (400,), body=body,
                      headers={"Content-Type": "multipart/form-data; boundary=x"})
        for kind, (parts, content) in forms.items():
            body, media = multipart(parts, "a.png", content or b"", "image/png")
            self._add(kind, (400, 404, 415, 422), body=body, headers={"Content-Type": media})
        body, media = multipart(fields, "a.png", image, "image/png")
        border = media.split("=")[1]
        for kind, sent, said in (
            ("no border", body, "multipart/form-data"), ("an empty border", body, "multipart/form-data; boundary="),
            ("another border", body, "multipart/form-data; boundary=other"), ("a border of 500", body,
                                                                               "multipart/form-data; boundary=" + "a" * 500),
            ("truncated", body[:-20], media), ("only a border", f"--{border}--\r\n".encode(), media), ("nothing", b"", media),
            ("no empty line", f"--{border}\r\nContent-Disposition: form-data\r\n".encode(), media),
            ("a name with a path", body.replace(b"a.png", b"../../../etc/passwd\0.png"), media),
            ("JSON", b"{}", "application/json"), ("1,000 parts", multipart(
                {f"field{i}": "1" for i in range(1_000)}, "a.png", image, "image/png")[0], media),
        ):
            self._add(kind, (), body=sent, headers={"Content-Type": said})
        self._add("12 MB", (413,), body=b"a" * 12_000_000, headers={"Content-Type": media}, anybody=True, alone=True)

    # Query and path.

    def _query(self):
        known = self.operation.query
        self._add("an unknown parameter", (400,), query={"no_such_parameter": "1"}, field=("no_such_parameter",))
        self._add("a parameter that is no UTF-8", (400,), query="a=%ff%fe")
        self._add("a parameter half encoded", (400,), query="a=%z1")
        self._add("a parameter with U+0000", (400,), query="a=%00")
        for letters in (62, 63, 199, 254):
            self._add(f"a parameter of {letters} letters and one of two bytes", (400,), query="a" * letters + "%C3%B1=1")
        self._add("1,000 parameters", (400,), query="&".join(f"a{i}=1" for i in range(1_000)))
        self._add("nothing but signs", (400,), query="=&&==&;")
        if not self.operation.reads:
            return
        for parameter in known:
            name = parameter["name"]
            schema, _ = self.contract.one_of(parameter["schema"])
            wrong = list(_wrong_texts(name, schema))
            for value in wrong:
                too_far = name == "page" and value.isdecimal() and int(value) > 0  # there is no such page
                self._add(f"?{name}={value[:20]!r}", (404,) if too_far else (400,), query={name: value}, field=(name,))
            good = self.contract.sample(schema, name)
            self._add(f"?{name} twice", (400,), query=f"{name}={good}&{name}={good}", field=(name,))
            if name not in ("page", "page_size", "cursor", "count", "fields", "ordering", "search"):
                self._add(f"?{name}__no_such=1", (400,), query={f"{name}__no_such": "1"})

    def _ids(self):
        if "{" not in self.operation.path:
            return
        for value in ("abc", "-1", "0", "99999999999", "9" * 30, "%00", "..%2F..%2Fetc%2Fpasswd", "a%2Fb", "%2e%2e",
                      "..", "a" * 300, "%", "%zz", "%ff", "1%20", "+1", "01", "1.0", "1e3", "%EF%BC%91", "null", "%27",
                      "1;2", "%0d%0aX-Evil:%201", "0192f0c0-0000-7000-8000-00000000000", "{id}", "me%00"):
            self._add(f"the id {value[:30]}", (400, 404, 405), target=self.operation.target(value))

    # Headers.

    def _marks(self):
        if self.operation.keyed:
            for value in (None, "", "a" * 256, "ñandú", "two words", "\x80\x81", "tab\there"):
                self._add(f"the key {str(value)[:20]}", (400,), headers={"Idempotency-Key": value})
        if self.operation.if_match:
            self._add("no If-Match", (428,), headers={"If-Match": None})
            bad = json.dumps({**(self.good or {}), "no_such_field": 1}).encode()
            for value in ("abc", '"', '""', 'W/"a"', '"a', "W/", ",", '"a", b', '"\xe9"', '"' + "a" * 2_000 + '"'):
                self._add(f"If-Match {value[:20]}", (400, 404, 412), headers={"If-Match": value})
                self._add(f"If-Match {value[:20]} and a bad body", (400,), headers={"If-Match": value}, body=bad)

    def _credentials(self):
        for value in ("", "Bearer", "Bearer ", "Bearer  ", "Basic YTpi", "Bearer a b", "Bearer " + "a" * 5_000,
                      "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "Bearer ..", "Bearer \xe9", "Key abc", "a", "Bearer,",
                      "Bearer 0192f0c0-0000-7000-8000-000000000001", "bEARER '; DROP TABLE users_user; --"):
            self._add(f"Authorization {value[:30]}", (401,), headers={"Authorization": value}, anybody=True)

    def _preferences(self):
        """Headers that change how is answered, never whether."""
        bad = {"query": {"no_such_parameter": "1"}}
        for value in ("", "xx", ";;;", "es;q=banana", "*", "en;q=0", "a" * 3_000, "\xff\xfe", "es-" + "a-" * 500):
            self._add(f"Accept-Language {value[:20]}", (400,), headers={"Accept-Language": value}, **bad)
        # What is no JSON may be had whatever is accepted; then who calls comes first.
        is_json = "*/*" not in (self.contract.response(self.operation, 200) or {})
        for value in ("no such/type", "text/html", "application/json;q=0", ";;;", "a" * 3_000):
            self._add(f"Accept {value[:20]}", (406, 400), headers={"Accept": value}, anybody=is_json, **bad)
        for name, value in (("X-Request-Id", "a" * 65), ("X-Request-Id", "<script>"), ("X-Request-Id", "\xff"),
                            ("Range", "bytes=9-1"), ("Range", "bytes=0-" + "9" * 40), ("Cookie", "a=" + "b" * 4_000),
                            ("Cookie", ";;=;\xff"), ("If-None-Match", '"' + "a" * 2_000), ("Origin", "null"),
                            ("Origin", "https://evil.example"), ("Expect", "something"), ("X-Forwarded-For", "1.2.3.4, <b>"),
                            ("traceparent", "00-zz"), ("X-HTTP-Method-Override", "DELETE"), ("Accept-Encoding", "br;q=2"),
                            ("Content-Encoding", "gzip"), ("Upgrade", "h2c"), ("Forwarded", "for=_x;;")):
            self._add(f"{name} {value[:20]}", (400, 415, 417), headers={name: value}, **bad)


def _escaped(value):
    keep = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~,:"
    return "".join(chr(c) if c in keep else f"%{c:02X}" for c in str(value).encode())


def _wrong_texts(name, schema):
    kind = schema.get("type")
    if kind == "integer":
        yield from ("abc", "1.5", "1e3", "", " 1", "9" * 30, "0x1", "+1")
        if "minimum" in schema:
            yield str(schema["minimum"] - 1)
        if "maximum" in schema:
            yield str(schema["maximum"] + 1)
    elif kind == "number":
        yield from ("abc", "", "NaN", "1e400", "Infinity")
        if "maximum" in schema:
            yield str(schema["maximum"] + 1)
    elif kind == "boolean":
        yield from ("abc", "1", "TRUE", "")
    elif "enum" in schema or schema.get("format"):
        yield from ("NO_SUCH_WORD", "")
    elif name == "cursor":
        yield from ("abc", "e30.e30", "a" * 3_000, "..")
    elif name in ("ordering", "fields"):
        yield from ("no_such_column", "password", "id,,id", "--id", ",")
