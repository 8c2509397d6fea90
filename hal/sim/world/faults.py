"""Every fault of SIMULATOR.md: what it needs and what it does to which part."""

from hal.sim.world.errors import WorldError
from hal.sim.world.fields import choice, number, only, whole
from hal.sim.world.pilot import INTERVAL_US


def _part(connector, name, fault):
    part = getattr(connector, name)
    if part is None:
        raise WorldError("fault %s: connector %d has no %s" % (fault, connector.spec.id, name))
    return part


def _attribute(part_name, attribute):
    """A fault that is a flag of one part."""

    def apply(world, connector, name, on, fields):
        setattr(_part(connector, part_name, name), attribute, on)

    return apply


def _leak(attribute):
    def apply(world, connector, name, on, fields):
        _part(connector, "residual", name)
        setattr(connector, attribute, on)

    return apply


def _rcd_dead(world, connector, name, on, fields):
    _part(connector, "residual", name).kill(on, world.now_us)


def _weld(world, connector, name, on, fields):
    poles = connector.spec.poles
    mask = (1 << len(poles)) - 1
    if on or "pole" in fields:
        mask = 1 << poles.index(choice("fault weld", fields, "pole", poles, poles[0]))
    contactor = connector.contactor
    contactor.welded = contactor.welded | mask if on else contactor.welded & ~mask


def _stuck_open(world, connector, name, on, fields):
    connector.contactor.stick(on, world.now_us)


def _pilot_mv(attribute, low, high, default):
    def apply(world, connector, name, on, fields):
        value = whole("fault " + name, fields, "mv", low, high, default)
        setattr(_part(connector, "pilot", name), attribute, value if on else 0)

    return apply


def _proximity(attribute):
    def apply(world, connector, name, on, fields):
        if not connector.spec.proximity:
            raise WorldError("fault %s: connector %d has no proximity" % (name, connector.spec.id))
        setattr(connector.cable, attribute, on)

    return apply


def _lock_jam(world, connector, name, on, fields):
    _part(connector, "lock", name).jam(on, world.now_us)


def _input(world, connector, name, on, fields):
    if name not in world.inputs:
        raise WorldError("fault %s: this board has no such input; it has %s" % (name, ", ".join(sorted(world.inputs)) or "none"))
    world.inputs[name].active = on


def _earth_open(world, connector, name, on, fields):
    world.mains.earth = not on


def _slave(world, connector, name):
    slave = world.bus.slave_of(connector)
    if slave is None:
        raise WorldError("fault %s: connector %d has no meter" % (name, connector.spec.id))
    return slave


def _meter_flag(attribute):
    def apply(world, connector, name, on, fields):
        setattr(_slave(world, connector, name), attribute, on)
        world.invariants.imposed(connector)

    return apply


def _meter_garbage(world, connector, name, on, fields):
    rate = number("fault meter_garbage", fields, "rate", 0, 1, 0.5)
    _slave(world, connector, name).garbage_permille = int(rate * 1000 + 0.5) if on else 0
    world.invariants.imposed(connector)


def _meter_frozen(world, connector, name, on, fields):
    _slave(world, connector, name)
    connector.meter.freeze(on, world.now_us)
    world.invariants.imposed(connector)


def _reader_dead(world, connector, name, on, fields):
    if world.board.reader is None:
        raise WorldError("fault reader_dead: this board has no card reader")
    world.reader.dead = on


def _sensor_dead(world, connector, name, on, fields):
    world.sensors[choice("fault sensor_dead", fields, "sensor", sorted(world.sensors), "board")].dead = on


def _adc_slow(world, connector, name, on, fields):
    us = whole("fault adc_slow", fields, "us", 10, 1000, 120)
    for one in world.connectors:
        if one.pilot is not None:
            one.pilot.interval_us = us if on else INTERVAL_US
            one.pilot.refresh()


def _clock_lost(world, connector, name, on, fields):
    world.clock_lost = on


# name -> (fields beside name, on and connector; what it does)
_FAULTS = {
    "rcd_ac": ((), _leak("leak_ac")),
    "rcd_dc": ((), _leak("leak_dc")),
    "rcd_stuck": ((), _attribute("residual", "stuck")),
    "rcd_dead": ((), _rcd_dead),
    "weld": (("pole",), _weld),
    "contactor_stuck_open": ((), _stuck_open),
    "pilot_short": ((), _attribute("pilot", "short")),
    "pilot_open": ((), _attribute("pilot", "open")),
    "pilot_noise": (("mv",), _pilot_mv("noise_mv", 0, 5000, 300)),
    "pilot_offset": (("mv",), _pilot_mv("offset_mv", -5000, 5000, 500)),
    "proximity_short": ((), _proximity("short")),
    "proximity_open": ((), _proximity("open")),
    "lock_jam": ((), _lock_jam),
    "estop": ((), _input),
    "door": ((), _input),
    "tilt": ((), _input),
    "earth_open": ((), _earth_open),
    "meter_silent": ((), _meter_flag("silent")),
    "meter_garbage": (("rate",), _meter_garbage),
    "meter_frozen": ((), _meter_frozen),
    "meter_swapped_words": ((), _meter_flag("swapped")),
    "reader_dead": ((), _reader_dead),
    "sensor_dead": (("sensor",), _sensor_dead),
    "adc_slow": (("us",), _adc_slow),
    "clock_lost": ((), _clock_lost),
}
NAMES = tuple(sorted(_FAULTS))


def apply(world, connector, name, on, fields):
    """Begin or end that fault; raises `WorldError` before anything changed when the board has no such part."""
    needs, act = _FAULTS[name]
    only("fault " + name, fields, ("name", "on", "connector") + needs)
    act(world, connector, name, on, fields)
