"""`calibrate`: how this charger's pilot and temperature sensors read, measured against an instrument, kept and taken back."""
from firmware.charging import calibration
from firmware.console.answers import Answer, Refusal, number, words
from firmware.console.looking import chosen, need_idle
from firmware.storage import records

_HIGH_MV, _LOW_MV = (11400, 12600), (-12600, -11400)    # 61851: the source without a vehicle


def show(console, args):
    hal = console.app.hal
    try:
        found = calibration.read(hal)
    except ValueError as error:
        raise Refusal("FAILED", "calibration: %s; `calibrate pilot` makes it anew" % error)
    lines = []
    for spec in hal.board.connectors:
        if spec.pilot:
            trim = found.get("pilot", {}).get(str(spec.id))
            lines.append("pilot %d: %s" % (spec.id, "%d mV, gain %d/4096" % tuple(trim) if trim else "not calibrated: 16 A at most"))
    for name in hal.board.temperatures:
        lines.append("temperature %s: %s" % (name, number(found.get("temperature", {}).get(name, 0), 10, 1, "K")))
    return Answer(found, lines)


async def pilot(console, args):
    """With nothing plugged in. Volts are what an instrument shows at the pilot, at +12 V and at -12 V; 12 without one."""
    connector = chosen(console, args[:1] or ("1",))[0]
    if len(args) == 2:
        raise Refusal("USAGE", "calibrate pilot [CONNECTOR [HIGH_V LOW_V]]")
    need_idle(console, "calibrate")
    high_mv, low_mv = (_volts(args[1], _HIGH_MV), _volts(args[2], _LOW_MV)) if args[1:] else (12000, -12000)
    port = [one for one, spec in zip(console.app.hal.connectors, console.app.hal.board.connectors) if spec.id == connector.id][0].pilot
    if port is None:
        raise Refusal("ABSENT", "connector %d has no pilot" % connector.id)
    try:
        trim = await calibration.measure_pilot(connector.unit, port, high_mv, low_mv)
    except ValueError as error:
        calibration.install(console.app.hal, console.app.core, console.app.settings)
        raise Refusal("FAILED", "nothing changed: %s" % error)
    return _keep(console, "pilot", str(connector.id), trim, "pilot %d: %d mV, gain %d/4096" % (connector.id, trim[0], trim[1]))


def sensor(console, args):
    """DEGREES are what a thermometer beside the sensor shows, the charger at rest."""
    probe = console.app.hal.temperatures.get(args[0])
    if probe is None:
        raise Refusal("ABSENT", "%s: sensors of this board: %s" % (args[0], words(sorted(console.app.hal.temperatures))))
    need_idle(console, "calibrate")
    try:
        offset_dc = calibration.measure_temperature(probe, round(float(args[1]) * 10))
    except (ValueError, OverflowError) as error:
        raise Refusal("FAILED", "nothing changed: %s" % error)
    return _keep(console, "temperature", args[0], offset_dc, "temperature %s: %s" % (args[0], number(offset_dc, 10, 1, "K")))


def forget(console, args):
    """What is measured goes; readings are the board's nominal ones, and a pilot offers 16 A at most."""
    need_idle(console, "calibrate")
    return _put(console, {}, "calibration forgotten")


def _volts(text, limits):
    try:
        mv = round(float(text) * 1000)
    except (ValueError, OverflowError):
        mv = 0
    if not limits[0] <= mv <= limits[1]:
        raise Refusal("USAGE", "%s: volts from %.1f to %.1f" % (text, limits[0] / 1000, limits[1] / 1000))
    return mv


def _keep(console, part, name, value, line):
    try:
        found = calibration.read(console.app.hal)
    except ValueError:
        found = {}                      # damaged: what is measured now is all there is
    found.setdefault(part, {})[name] = value
    return _put(console, found, line)


def _put(console, found, line):
    app = console.app
    try:
        calibration.write(app.hal, found)
    except OSError as error:
        raise Refusal("FAILED", "it cannot be kept: %s" % error)
    calibration.narrow(app.charger, calibration.install(app.hal, app.core, app.settings))
    app.security.put("ReconfigurationOfSecurityParameters", "calibration")
    app.journal.append(records.NOTE, records.encode_note("calibrate", "%s by %s" % (line, console.access.role)))
    return Answer(found, [line])
