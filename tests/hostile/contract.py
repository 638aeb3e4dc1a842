"""The OpenAPI document as the tests read it: operations, who may call them, values that fit a
schema, and whether a value does."""

import dataclasses
import json
import re

STAFF = ("OPERATIONS", "FINANCE", "CONTENT", "SUPPORT", "superuser")
METHODS = ("get", "post", "put", "patch", "delete")

# Values of fields whose schema says less than the product asks.
FITTING = {
    "email": "nadie@example.gt",
    "business_email": "nadie@example.gt",
    "phone": "+50255540001",
    "phone_number": "+50255540001",
    "contact_phone": "+50255540001",
    "business_phone": "+50255540001",
    "plate": "P-123ABC",
    "password": "caballo-verde-7-lluvia",
    "new_password": "caballo-verde-7-lluvia",
    "code": "123456",
    "latitude": 14.6,
    "longitude": -90.5,
    "location_latitude": 14.6,
    "location_longitude": -90.5,
    "year": 2020,
    "last_four": "1234",
    "weight_t": 1.9,
    "language": "es",
    "service_code": "TOW",
    "postal_code": "01010",
}


@dataclasses.dataclass
class Operation:
    """One operation of the document."""

    name: str
    method: str
    path: str
    who: tuple  # words of "Who: …"
    parameters: list
    body: dict | None  # the schema of its JSON body
    multipart: bool
    responses: dict

    @property
    def keyed(self):
        return any(one["name"] == "Idempotency-Key" for one in self.parameters)

    @property
    def if_match(self):
        return any(one["name"] == "If-Match" for one in self.parameters)

    @property
    def reads(self):
        return self.method == "GET"

    @property
    def query(self):
        return [one for one in self.parameters if one["in"] == "query"]

    def target(self, value):
        """The path with `value` for its parameters."""
        return re.sub(r"\{[^}]*\}", lambda _: str(value), self.path)

    def admits(self, caller):
        """Whether the row of the permission table admits a caller: API §1.2."""
        who = set(self.who)
        if "anyone" in who:
            return True
        if caller.kind == "anonymous":
            return False
        if "any signed-in account" in who:
            return True
        if caller.kind == "member":
            return "member (own)" in who
        if caller.kind == "unit":
            return bool(who & {"unit", "unit with the job"})
        asked = who & set(STAFF)
        if "superuser" in caller.scopes:
            return bool(asked)
        return bool(asked & set(caller.scopes)) or (bool(asked) and self.reads and "AUDITOR" in caller.scopes)


class Contract:
    """The whole document."""

    def __init__(self, document):
        self.document = document
        self.operations = []
        for path, methods in document["paths"].items():
            self.operations += [self._operation(path, m, methods[m]) for m in METHODS if m in methods]

    def _operation(self, path, method, described):
        content = described.get("requestBody", {}).get("content", {})
        who = re.fullmatch(r"Who: (.*)\.", described["description"])
        return Operation(
            described["operationId"], method.upper(), path, tuple(who.group(1).split(", ")),
            described.get("parameters", []), content.get("application/json", {}).get("schema"),
            "multipart/form-data" in content, described["responses"],
        )

    def find(self, name):
        return next(one for one in self.operations if one.name == name)

    def resolve(self, schema):
        while "$ref" in schema:
            at = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                at = at[part]
            schema = at
        return schema

    def one_of(self, schema):
        """The schema behind references and "or null", and whether null fits too."""
        schema = self.resolve(schema)
        if "anyOf" in schema:
            kinds = [self.resolve(one) for one in schema["anyOf"]]
            rest = [one for one in kinds if one.get("type") != "null"]
            return (self.one_of(rest[0])[0] if rest else {}), len(rest) < len(kinds)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            rest = [one for one in kinds if one != "null"]
            return {**schema, "type": rest[0]}, "null" in kinds
        return schema, "type" not in schema

    def sample(self, schema, name=""):
        """A value that fits."""
        schema, _ = self.one_of(schema)
        kind = schema.get("type")
        if "enum" in schema:
            return next(word for word in schema["enum"] if word is not None)
        if name in FITTING and kind != "array":
            return FITTING[name]
        if kind == "string":
            return self._sample_text(schema)
        if kind in ("integer", "number"):
            return max(1, schema.get("minimum", 1)) if schema.get("maximum", 1) >= 1 else schema["maximum"]
        if kind == "boolean":
            return True
        if kind == "array":
            return [self.sample(schema.get("items", {}))] * max(1, schema.get("minItems", 1))
        properties = schema.get("properties", {})
        return {field: self.sample(properties[field], field) for field in schema.get("required", [])}

    @staticmethod
    def _sample_text(schema):
        formats = {
            "date-time": "2026-12-01T12:00:00Z", "date": "2026-12-01",
            "uuid": "0192f0c0-0000-7000-8000-000000000001",
        }
        if schema.get("format") in formats:
            return formats[schema["format"]]
        if "pattern" in schema:
            scale = int(re.search(r"\{(\d+)\}\$$", schema["pattern"]).group(1))
            return "1." + "0" * scale
        return "a" * max(1, schema.get("minLength", 1))

    def response(self, operation, status):
        """The schemas declared for an answer, by media type; None where none is declared."""
        declared = operation.responses.get(str(status))
        if declared is None:
            return None
        content = self.resolve(declared).get("content", {})
        return {media: one["schema"] for media, one in content.items()}

    def faults(self, schema, value, at="$"):
        """What of a value does not fit its schema."""
        schema = self.resolve(schema)
        if "anyOf" in schema:
            each = [self.faults(one, value, at) for one in schema["anyOf"]]
            return [] if any(not found for found in each) else each[0]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{at}: {value!r} is none of {schema['enum']}"]
        kinds = schema.get("type")
        if kinds is not None:
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if not any(_is_of(value, kind) for kind in kinds):
                return [f"{at}: {json.dumps(value)[:80]} is no {'/'.join(kinds)}"]
        if isinstance(value, str):
            return _text_faults(schema, value, at)
        if isinstance(value, list) and "items" in schema:
            return [one for i, item in enumerate(value) for one in self.faults(schema["items"], item, f"{at}[{i}]")]
        if isinstance(value, dict) and "properties" in schema:
            return self._object_faults(schema, value, at)
        return []

    def _object_faults(self, schema, value, at):
        properties = schema["properties"]
        found = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, one in value.items():
            if name in properties:
                found += self.faults(properties[name], one, f"{at}.{name}")
            elif schema.get("additionalProperties") is not True and "code" not in properties:
                found.append(f"{at}: {name} is not declared")
        return found


def _is_of(value, kind):
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "array": list, "object": dict}[kind])


_FORMATS = {
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "date": r"\d{4}-\d\d-\d\d",
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z",
}


def _text_faults(schema, value, at):
    found = []
    if "format" in schema and not re.fullmatch(_FORMATS.get(schema["format"], r".*"), value, re.DOTALL):
        found.append(f"{at}: {value!r} is no {schema['format']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value!r} does not match {schema['pattern']}")
    if len(value) > schema.get("maxLength", len(value)):
        found.append(f"{at}: longer than {schema['maxLength']}")
    return found
