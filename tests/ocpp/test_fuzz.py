"""Incoming frames of every wrong kind: each is answered by the rules or dropped, nothing changes, memory is back."""

import asyncio
import json
import random

import pytest

from tests.csms.fake import run
from tests.ocpp.test_schema import ours
from tests.story.scenes import Scene
from tools.csms.frames import ERROR_CODES, FROM_CENTRAL_SYSTEM

ODD = [None, True, False, 0, -1, 1, 2**31, 2**63, -(2**70), 1.5, 1e30, "", "x", "x" * 600, "é€😀", "\u0000", [], {}, [[]], {"a": {}}]
# They would be carried out, where the rest only changes what can be changed back.
HARMFUL = ({"type": "Hard"}, {"type": "Soft"})


def valid(rng, kind):
    """Some value of that shape (see test_schema)."""
    match kind:
        case "integer":
            return rng.choice([0, 1, 2, 7, -1, 10**6])
        case "number":
            return rng.choice([0, 6, 16, 32])
        case "date-time":
            return rng.choice(["2026-11-22T10:00:00Z", "2027-01-01T00:00:00.5+05:30"])
        case "uri":
            return "ftp://nowhere/x"
        case ("string", most):
            return "x" * rng.randrange(0, min(most or 40, 40) + 1)
        case ("enum", words):
            return rng.choice(sorted(words))
        case ("object", fields):
            return whole(rng, dict(fields))
        case ("list", least, of):
            return [valid(rng, of) for _ in range(rng.randrange(least, 3))]
    raise AssertionError(kind)


def whole(rng, fields):
    return {name: valid(rng, kind) for name, (required, kind) in fields.items() if required or rng.random() < 0.5}


def spoil(rng, value):
    """The same with one thing wrong somewhere, or right by chance."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        name = rng.choice(sorted(value))
        how = rng.random()
        rest = {key: one for key, one in value.items() if key != name}
        if how < 0.3:
            return rest
        if how < 0.4:
            return {**value, "odd": rng.choice(ODD)}
        return {**rest, name: spoil(rng, value[name])}
    if isinstance(value, list) and value and rng.random() < 0.6:
        return [spoil(rng, value[0]), *value[1:]]
    return rng.choice(ODD)


def frame(rng, number, mark="f"):
    # Every action comes once before any comes again.
    actions = sorted(FROM_CENTRAL_SYSTEM)
    action = actions[number % len(actions)] if number < 4 * len(actions) else rng.choice(actions)
    payload = spoil(rng, whole(rng, ours(action)))
    if action == "Reset" and payload in HARMFUL:
        payload = {}
    return json.dumps([2, f"{mark}{number}", action, payload])


def garbage(rng, number):
    """A frame cut, stretched or with bytes changed."""
    text = list(frame(rng, number, "garbage"))  # whose id may become another's
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(text))
        how = rng.random()
        if how < 0.4:
            del text[at:]
        elif how < 0.7:
            text.insert(at, rng.choice('[]{}",:\\0e-\u20ac'))
        else:
            text[at] = rng.choice('[]{}",:\\0e-\u20ac')
        if not text:
            break
    return "".join(text)


async def fuzz(seed, count):
    rng = random.Random(seed)
    async with Scene() as site:
        await site.booted()
        answers = []
        site.csms.on_frame = lambda point, way, frame, text: answers.append(json.loads(text)) if way == "in" else None
        await site.advance(1)
        before = (await site.look())["heap"]
        asked = set()
        for number in range(count):
            make = frame if rng.random() < 0.7 else garbage
            await site.point.send_raw(make(rng, number))
            if make is frame:
                asked.add(f"f{number}")
            if number % 20 == 19:
                await site.advance(1)
                await asyncio.sleep(0.01)
        await site.advance(12)
        told = [one for one in answers if one[0] in (3, 4) and one[1] in asked]
        assert len(told) == len({one[1] for one in told}), "a call was answered twice"
        assert len(told) == len(asked)
        for one in told:
            if one[0] == 4:
                assert one[2] in ERROR_CODES - {"InternalError"}, one
        state = await site.look()
        assert state["boots"] == 1 and state["ocpp"]["connected"] and site.point.connections == 1
        errors = [one["text"] for one in site.sim.events if one["event"] == "log" and one["level"] == "error"]
        assert errors == []
        assert "Traceback" not in site.sim.log
        assert state["heap"]["used"] < before["used"] + 150_000  # garbage included
        answer = await site.call("GetConfiguration", {"key": ["NumberOfConnectors"]})
        assert answer["configurationKey"][0]["value"] == "1"


@run
async def test_two_hundred_odd_frames_do_no_harm():
    await fuzz(1, 200)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(2, 6))
def test_many_more_odd_frames_do_no_harm(seed):
    asyncio.run(fuzz(seed, 500))
