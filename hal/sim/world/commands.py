"""The commands of SIMULATOR.md that act on the world. Each checks everything first and then changes everything."""

from hal.sim.world import faults
from hal.sim.world.cable import CODING_OHM
from hal.sim.world.errors import WorldError
from hal.sim.world.fields import REQUIRED, choice, flag, is_number, number, only, whole
from hal.sim.world.models import MODELS
from hal.sim.world.thermal import SENSOR_HIGH_C, SENSOR_LOW_C

_VEHICLES = tuple(sorted(MODELS))
_MAX_MS = 3600000


def _connector(world, command, fields):
    value = fields.get("connector", 1)
    for connector in world.connectors:
        if connector.spec.id == value and is_number(value):
            return connector
    raise WorldError("connector %s: this board has %d" % (value, len(world.connectors)))


def _plug(world, fields):
    only("plug", fields, ("connector", "cable_a", "vehicle"))
    connector = _connector(world, "plug", fields)
    spec = connector.spec
    if spec.proximity:
        codes = sorted(CODING_OHM)
        fitting = [amps for amps in codes if amps * 1000 >= spec.rating_ma]
        cable_a = choice("plug", fields, "cable_a", codes, fitting[0] if fitting else codes[-1])
    else:
        cable_a = whole("plug", fields, "cable_a", 6, 80, spec.rating_ma // 1000)
    model = choice("plug", fields, "vehicle", _VEHICLES, "car")
    if not connector.vehicle.plugged:
        connector.cable.amps = cable_a
        connector.vehicle.plug(model, world.now_us)
        world.changed()
    return {"plugged": True, "cable_a": connector.cable.amps}


def _unplug(world, fields):
    only("unplug", fields, ("connector",))
    connector = _connector(world, "unplug", fields)
    if connector.vehicle.plugged:
        connector.cable.amps = None
        connector.vehicle.unplug(world.now_us)
        world.changed()
    return {"plugged": False}


_VEHICLE = ("ready", "ventilation", "max_a", "phases", "diode", "follows_limit", "reaction_s", "taper_wh", "leak_ma_ac", "leak_ma_dc")


def _vehicle(world, fields):
    only("vehicle", fields, _VEHICLE)
    connector = _connector(world, "vehicle", fields)
    vehicle = connector.vehicle
    new = {}
    for name in ("ready", "ventilation", "diode", "follows_limit"):
        if name in fields:
            new[name] = flag("vehicle", fields, name)
    if "max_a" in fields:
        new["max_ma"] = int(number("vehicle", fields, "max_a", 0, 80) * 1000 + 0.5)
    if "phases" in fields:
        new["phases"] = whole("vehicle", fields, "phases", 1, 3)
    if "reaction_s" in fields:
        new["reaction_us"] = int(number("vehicle", fields, "reaction_s", 0, 600) * 1000000 + 0.5)
    if "taper_wh" in fields:
        new["taper_wh"] = None if fields["taper_wh"] is None else whole("vehicle", fields, "taper_wh", 0, 1000000)
        new["full"] = False
        new["ceiling_ma"] = None
    for name in ("leak_ma_ac", "leak_ma_dc"):
        if name in fields:
            new[name] = int(number("vehicle", fields, name, 0, 10000) + 0.5)
    for name, value in new.items():
        setattr(vehicle, name, value)
    if "max_ma" in new or "follows_limit" in new or "ceiling_ma" in new:
        vehicle.retarget(world.now_us)
    world.changed()
    return {"letter": vehicle.letter, "ready": vehicle.ready}


def _tap(world, fields):
    only("tap", fields, ("uid", "ms"))
    if world.board.reader is None:
        raise WorldError("tap: this board has no card reader")
    uid = fields.get("uid")
    try:
        length = len(bytes.fromhex(uid))
    except (ValueError, TypeError):
        length = 0
    if length not in (4, 7, 10):
        raise WorldError("tap: uid is %r; allowed: 8, 14 or 20 hexadecimal digits" % (uid,))
    ms = whole("tap", fields, "ms", 1, _MAX_MS, 300)
    world.reader.tap(uid.upper(), world.now_us + ms * 1000)
    return {}


def _button(world, fields):
    only("button", fields, ("name", "ms"))
    names = sorted(world.buttons)
    name = choice("button", fields, "name", names, names[0] if len(names) == 1 else None)
    ms = whole("button", fields, "ms", 1, _MAX_MS, 200)
    world.buttons[name].until_us = world.now_us + ms * 1000
    return {}


def _mains(world, fields):
    only("mains", fields, ("v", "hz", "neutral", "earth"))
    mains = world.mains
    mv = mains.mv
    if "v" in fields:
        volts = fields["v"]
        if is_number(volts):
            volts = [volts] * 3
        if not isinstance(volts, list) or len(volts) != 3 or not all([is_number(v) and 0 <= v <= 500 for v in volts]):
            raise WorldError("mains: v is %r; allowed: a list of 3 numbers 0..500" % (fields["v"],))
        mv = [int(v * 1000 + 0.5) for v in volts]
    mhz = int(number("mains", fields, "hz", 30, 80, mains.mhz / 1000) * 1000 + 0.5)
    neutral = flag("mains", fields, "neutral", mains.neutral)
    earth = flag("mains", fields, "earth", mains.earth)
    mains.mv, mains.mhz, mains.neutral, mains.earth = mv, mhz, neutral, earth
    world.changed()
    return {"v": [one / 1000 for one in mv], "hz": mhz / 1000, "neutral": neutral, "earth": earth}


def _meter(world, fields):
    only("meter", fields, ("wh", "power_w"))
    connector = _connector(world, "meter", fields)
    meter = connector.meter
    wh = whole("meter", fields, "wh", 0, 4000000000)
    power_w = None
    if fields.get("power_w") is not None:
        power_w = number("meter", fields, "power_w", 0, 1000000)
    if "wh" in fields:
        meter.put(wh, world.now_us)
        world.invariants.imposed(connector)
        connector.tell_meter(world.now_us)
    if "power_w" in fields:
        meter.override_mw = None if power_w is None else int(power_w * 1000 + 0.5)
    world.changed()
    return {"wh": meter.wh(world.now_us), "power_w": meter.power_mw // 1000}


def _temperature(world, fields):
    only("temperature", fields, ("c", "sensor"))
    name = choice("temperature", fields, "sensor", sorted(world.sensors), "board")
    sensor = world.sensors[name]
    if fields.get("c", REQUIRED) is None:
        sensor.pin(None, world.now_us)
    else:
        sensor.pin(int(number("temperature", fields, "c", SENSOR_LOW_C, SENSOR_HIGH_C, REQUIRED) * 1000), world.now_us)
    return {"c": sensor.mc(world.now_us) / 1000}


def _fault(world, fields):
    name = choice("fault", fields, "name", faults.NAMES)
    on = flag("fault", fields, "on", True)
    faults.apply(world, _connector(world, "fault", fields), name, on, fields)
    world.changed()
    return {"name": name, "on": on}


_COMMANDS = {"plug": _plug, "unplug": _unplug, "vehicle": _vehicle, "tap": _tap, "button": _button, "mains": _mains, "meter": _meter,
             "temperature": _temperature, "fault": _fault}
NAMES = tuple(sorted(_COMMANDS))


def do(world, name, fields):
    """Carry out one command; `fields` is the request's dict ("id" and "do" in it are ignored)."""
    if name not in _COMMANDS:
        raise WorldError("%s: not a command of the world; there are %s" % (name, ", ".join(NAMES)))
    return _COMMANDS[name](world, fields)
