"""Random lives of a charger: what may happen to it, drawn by a seed, and a failing one made short.

An event is a tuple (milliseconds until the next, name, argument). `script()` writes them for `rudved sim --play`.
"""

import json

from hal.sim.world.errors import WorldError
from hal.sim.world.prng import Prng

_LATCHING = ("welded", "residual_test", "residual", "emergency_stop", "door", "tilt", "overrun", "pilot_blind")

# name -> (weight, arguments to choose from)
KINDS = {
    "plug": (6, (13, 20, 32, 63)),
    "unplug": (5, (0,)),
    "bounce": (2, (1, 5, 20, 50)),
    "ready": (8, (True, True, False)),
    "toggle": (2, (20, 60, 150, 400)),
    "ventilation": (2, (True, False, False)),
    "diode": (2, (True, True, False)),
    "reaction_ms": (2, (0, 500, 2000, 10000)),
    "max_a": (1, (6, 16, 32, 40)),
    "follows_limit": (1, (True, False)),
    "allow": (7, (6000, 10000, 16000, 32000, 5000, 0)),
    "stop": (3, (0,)),
    "hang": (2, (0,)),
    "session": (2, (0,)),
    "release": (2, (0,)),
    "pilot_short": (2, (True, False, False)),
    "pilot_open": (2, (True, False, False)),
    "pilot_noise": (3, (0, 0, 50, 80, 300, 900, 3000)),
    "pilot_offset": (2, (0, 0, 60, -60, 400, -400, 1500, -1600)),
    "adc_slow": (1, (60, 60, 95, 120, 250)),
    "estop": (2, (True, False, False)),
    "door": (1, (True, False, False)),
    "tilt": (1, (True, False, False)),
    "earth": (2, (True, True, False)),
    "earth_monitor": (2, ("on", "on", "warn", "off")),
    "model": (3, ("bmw_phev", "bmw_phev", "bmw_ix3", "kona", "e_golf", "waker")),
    "neutral": (1, (True, True, False)),
    "volts": (2, (230, 230, 230, 172, 150, 270, 290, 195)),
    "leak_dc": (2, (0, 0, 4, 7, 60)),
    "rcd_stuck": (2, (True, False, False)),
    "rcd_dead": (1, (True, False, False)),
    "weld": (2, ("L1", "N", None, None, None)),
    "stuck_open": (2, (True, False, False)),
    "lock_jam": (2, (True, False, False)),
    "proximity_short": (1, (True, False, False)),
    "proximity_open": (1, (True, False, False)),
    "celsius": (2, (None, None, 40, 70, 86, 91)),
    "sensor_dead": (1, (True, False, False)),
    "metered": (1, (True, True, False)),
    "stall": (4, (5, 30, 60, 90, 150, 300)),
    "clear": (4, (0,)),
    "cut": (2, (0,)),
    "begin_again": (7, (0,)),
    "charge": (7, (0,)),
}
_GAPS_MS = (0, 1, 7, 20, 33, 60, 90, 150, 250, 400, 600, 800, 1100, 1600, 2600, 5200)


class Dice:
    """A stream of choices of one seed."""

    def __init__(self, seed):
        self._prng = Prng(seed, "schedule")

    def of(self, choices):
        return choices[self._prng.below(len(choices))]

    def schedule(self, events):
        bag = []
        for name in sorted(KINDS):
            bag += [name] * KINDS[name][0]
        found = []
        for _ in range(events):
            name = self.of(bag)
            found.append((self.of(_GAPS_MS) + self._prng.below(20), name, self.of(KINDS[name][1])))
        return found


def act(b, name, value):
    """Let it happen to the bench `b`. What the board has no part for does not happen."""
    try:
        _ACTS[name](b, value)
    except WorldError:
        pass


def _fault(name):
    def apply(b, on):
        b.fault(name, on)

    return apply


def _vehicle(field):
    def apply(b, value):
        b.do("vehicle", **{field: value})

    return apply


def _bounce(b, ms):
    """The plug's contacts bounce: out, and in again after so many milliseconds."""
    if b.truth.vehicle.plugged:
        ready = b.truth.vehicle.ready
        amps = b.truth.cable.amps
        b.do("unplug")
        b.at(b.now_us() + ms * 1000)
        b.do("plug", cable_a=amps)
        b.do("vehicle", ready=ready)


def _toggle(b, ms):
    ready = b.truth.vehicle.ready
    for _ in range(4):
        ready = not ready
        b.do("vehicle", ready=ready, reaction_s=0)
        b.at(b.now_us() + ms * 1000)


def _allow(b, current_ma):
    b.allow(current_ma)
    b.unit.permit.grant(current_ma)
    b.granted_us = b.now_us()


def _stop(b, value):
    b.stop()


def _hang(b, value):
    b.permit_ma = None


def _release(b, value):
    b.unit.release_plug()


def _session(b, value):
    b.unit.begin_session()


def _diode(b, whole):
    b.diode_us = b.now_us()
    b.do("vehicle", diode=whole)


def _weld(b, pole):
    b.weld_us = b.now_us()
    if pole is None:
        b.fault("weld", False)
    else:
        b.fault("weld", True, pole=pole)


def _mv(name):
    def apply(b, mv):
        b.fault(name, mv != 0, mv=mv)

    return apply


def _celsius(b, celsius):
    b.do("temperature", c=celsius)


def _clear(b, value):
    for name in _LATCHING:
        b.unit.clear(name)


def _stall(b, ms):
    b.stall(ms * 1000)


def _cut(b, value):
    b.reboot()


def mend(b, value=None):
    """Take every fault away and pull the plug."""
    for name in ("pilot_short", "pilot_open", "estop", "door", "tilt", "rcd_stuck", "rcd_dead", "stuck_open", "lock_jam",
                 "proximity_short", "proximity_open", "sensor_dead"):
        act(b, name, False)
    most_a = b.unit.spec.rating_ma // 1000
    for name, value in (("pilot_noise", 0), ("pilot_offset", 0), ("adc_slow", 60), ("earth", True), ("neutral", True), ("volts", 230),
                        ("leak_dc", 0), ("weld", None), ("celsius", 30), ("metered", True), ("diode", True), ("ventilation", False),
                        ("reaction_ms", 500), ("max_a", most_a), ("follows_limit", True), ("ready", False), ("unplug", 0)):
        act(b, name, value)


def _begin_again(b, value):
    """A person mends everything, the vehicle leaves, and the next one comes."""
    mend(b)
    b.at(b.now_us() + 2400000)
    _clear(b, 0)
    _charge(b, 0)


def _charge(b, value):
    act(b, "plug", 32)
    b.do("vehicle", ready=True)
    _allow(b, 32000)
    b.at(b.now_us() + 4600000)


_ACTS = {
    "plug": lambda b, amps: b.do("plug", cable_a=amps), "unplug": lambda b, _: b.do("unplug"), "bounce": _bounce, "toggle": _toggle,
    "ready": _vehicle("ready"), "ventilation": _vehicle("ventilation"), "diode": _diode, "max_a": _vehicle("max_a"),
    "follows_limit": _vehicle("follows_limit"), "reaction_ms": lambda b, ms: b.do("vehicle", reaction_s=ms / 1000),
    "leak_dc": _vehicle("leak_ma_dc"), "allow": _allow, "stop": _stop, "hang": _hang, "session": _session, "release": _release,
    "pilot_short": _fault("pilot_short"), "pilot_open": _fault("pilot_open"), "pilot_noise": _mv("pilot_noise"),
    "pilot_offset": _mv("pilot_offset"), "adc_slow": lambda b, us: b.fault("adc_slow", us != 60, us=us), "estop": _fault("estop"),
    "door": _fault("door"), "tilt": _fault("tilt"), "earth": lambda b, whole: b.do("mains", earth=whole),
    "earth_monitor": lambda b, how: b.core.watch_earth(how), "model": lambda b, model: b.do("plug", vehicle=model),
    "neutral": lambda b, whole: b.do("mains", neutral=whole), "volts": lambda b, v: b.do("mains", v=v),
    "rcd_stuck": _fault("rcd_stuck"), "rcd_dead": _fault("rcd_dead"), "weld": _weld, "stuck_open": _fault("contactor_stuck_open"),
    "lock_jam": _fault("lock_jam"), "proximity_short": _fault("proximity_short"), "proximity_open": _fault("proximity_open"),
    "celsius": _celsius, "sensor_dead": lambda b, on: b.fault("sensor_dead", on, sensor="board"),
    "metered": lambda b, on: setattr(b, "metered", on), "stall": _stall, "clear": _clear, "cut": _cut, "begin_again": _begin_again,
    "charge": _charge,
}  # fmt: skip


def shorten(events, fails, most=400):
    """The shortest schedule found, in at most so many tries, for which `fails(events)` still holds."""
    size = max(1, len(events) // 2)
    while size and most:
        at = 0
        while at < len(events) and most:
            most -= 1
            fewer = events[:at] + events[at + size :]
            if fewer and fails(fewer):
                events = fewer
            else:
                at += size
        size //= 2
    return events


def script(board, events):
    """A file for `rudved sim --play`: the nearest that can be done from outside. What only the core knows (a permit, a session
    that begins anew, a person who clears) becomes a limit, or nothing.
    """
    lines = ["# rudved sim --board %s --speed max --set FreeVendActive=true --play THIS_FILE" % board]
    for gap_ms, name, value in [(0, "charge", 0)] + events:
        lines += [json.dumps(one) for one in _commands(board, name, value)]
        lines.append(json.dumps({"do": "advance", "s": gap_ms / 1000}))
    return "\n".join(lines)


def _most_a(board, current_ma):
    most_a = min(current_ma // 1000, 15 if board == "rudved_ac001" else 32)
    return most_a if most_a >= 6 else 0


def _commands(board, name, value):
    if name == "bounce":
        return [{"do": "unplug"}, {"do": "advance", "s": value / 1000}, {"do": "plug"}, {"do": "vehicle", "ready": True}]
    if name == "toggle":
        edge = [{"do": "vehicle", "ready": False, "reaction_s": 0}, {"do": "advance", "s": value / 1000}]
        return edge + [{"do": "vehicle", "ready": True}, {"do": "advance", "s": value / 1000}]
    if name in ("allow", "stop", "hang"):
        return [{"do": "config", "set": {"MaxCurrentA": _most_a(board, value)}}]
    if name in ("ready", "ventilation", "diode", "max_a", "follows_limit"):
        return [{"do": "vehicle", name: value}]
    if name == "reaction_ms":
        return [{"do": "vehicle", "reaction_s": value / 1000}]
    if name == "leak_dc":
        return [{"do": "vehicle", "leak_ma_dc": value}]
    if name in ("earth", "neutral"):
        return [{"do": "mains", name: value}]
    if name == "earth_monitor":
        return [{"do": "config", "set": {"EarthMonitor": value}}]
    if name == "model":
        return [{"do": "plug", "vehicle": value}]
    if name == "volts":
        return [{"do": "mains", "v": [value] * 3}]
    if name == "celsius":
        return [{"do": "temperature", "c": value}]
    if name == "stall":
        return [{"do": "stall", "ms": value}]
    if name == "cut":
        return [{"do": "power", "on": False}, {"do": "power", "on": True}]
    if name == "plug":
        return [{"do": "plug", "cable_a": value}]
    if name == "unplug":
        return [{"do": "unplug"}]
    if name in ("charge", "begin_again"):
        again = [{"do": "unplug"}, {"do": "advance", "s": 2.4}] if name == "begin_again" else []
        return again + [{"do": "plug"}, {"do": "vehicle", "ready": True}, {"do": "advance", "s": 4.6}]
    if name in ("session", "release", "clear"):
        return []
    if name == "metered":
        return [{"do": "fault", "name": "meter_silent", "on": not value}]
    if name == "sensor_dead":
        return [{"do": "fault", "name": name, "on": value, "sensor": "board"}]
    if name in ("pilot_noise", "pilot_offset"):
        return [{"do": "fault", "name": name, "on": value != 0, "mv": value}]
    if name == "adc_slow":
        return [{"do": "fault", "name": name, "on": value != 60, "us": value}]
    if name == "weld":
        return [{"do": "fault", "name": name, "on": value is not None, "pole": value or "L1"}]
    return [{"do": "fault", "name": "contactor_stuck_open" if name == "stuck_open" else name, "on": value}]
