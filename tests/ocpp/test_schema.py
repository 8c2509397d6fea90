"""The firmware's table of received messages, against the official JSON schemas of OCPP 1.6 and its security extension."""

import ast
import json
import pathlib

import ocpp
import pytest

from tools.csms.frames import FROM_CENTRAL_SYSTEM

SCHEMAS = pathlib.Path(ocpp.__file__).parent / "v16" / "schemas"
SOURCE = pathlib.Path(__file__).parents[2] / "firmware" / "ocpp" / "schema.py"
CONFS = ["Authorize", "BootNotification", "DataTransfer", "Heartbeat", "SignCertificate", "StartTransaction",
         "StopTransaction"]  # fmt: skip


def table():
    tree = ast.parse(SOURCE.read_text())
    (text,) = [
        node.value.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "_TABLE"
    ]
    return {line.split()[0]: line.split()[1:] for line in text.splitlines() if line}


TABLE = table()


def official(name):
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8-sig"))


def ours(name):
    """A line of the table as {field: (required, shape)}."""
    found = {}
    for word in TABLE[name]:
        mark = min(i for i in (word.find("!"), word.find("?")) if i > 0)
        found[word[:mark]] = word[mark] == "!", shape(word[mark + 1 :])
    return found


def shape(kind):
    match kind[0]:
        case "i":
            return "integer"
        case "n":
            return "number"
        case "t":
            return "date-time"
        case "u":
            return "uri"
        case "s":
            return "string", int(kind[1:]) if kind[1:] else None
        case "=":
            return "enum", frozenset(kind[1:].split(","))
        case "@":
            return "object", tuple(sorted(ours(kind[1:]).items()))
        case "[":
            return "list", 1, shape(kind[1:])
        case "(":
            return "list", 0, shape(kind[1:])
    raise AssertionError(kind)


def theirs(schema, root):
    """The same of a JSON schema."""
    required = schema.get("required", ())
    assert schema.get("additionalProperties", False) is False
    return {name: (name in required, their_shape(it, root)) for name, it in schema.get("properties", {}).items()}


def their_shape(it, root):
    if "$ref" in it:
        it = root["definitions"][it["$ref"].rsplit("/", 1)[1]]
    if "enum" in it:
        return "enum", frozenset(it["enum"])
    if it["type"] == "object":
        return "object", tuple(sorted(theirs(it, root).items()))
    if it["type"] == "array":
        return "list", it.get("minItems", 0), their_shape(it["items"], root)
    if it["type"] == "string":
        return it["format"] if "format" in it else ("string", it.get("maxLength"))
    assert it["type"] != "number" or it["multipleOf"] == 0.1
    return it["type"]


@pytest.mark.parametrize("action", sorted(FROM_CENTRAL_SYSTEM))
def test_every_call_is_as_the_official_schema_has_it(action):
    schema = official(action)
    assert ours(action) == theirs(schema, schema)


@pytest.mark.parametrize("action", CONFS)
def test_every_answer_that_is_read_is_as_the_official_schema_has_it(action):
    schema = official(action + "Response")
    assert ours(action + ".conf") == theirs(schema, schema)


def test_table_is_some_kilobytes():
    assert SOURCE.stat().st_size < 9000
