"""Calibration: how this one charger's pilot circuit and temperature sensors read, measured once in the factory or at the wall.

Kept apart from the settings, in a file of its own with a CRC, so that no reset to defaults, no import and no export carries it
from one charger to another: eight digits of CRC32, a space, and a JSON object

    {"pilot": {"1": [offset_mv, gain]}, "temperature": {"board": offset_dc}}

A reading of the pilot becomes reading * gain / 4096 + offset_mv, one of a sensor reading + offset_dc. A pilot without one is
read by the board's nominal circuit, and its connector offers 16 A at most. A file that is damaged stops the charger.
"""
import asyncio
import binascii
import errno
import json
import os

from firmware.safety import limits

_BURSTS = 8                             # of which the mean is taken
_UNITY = limits.CALIBRATION_UNITY


def path(hal):
    return hal.files + "/calibration"


def read(hal):
    """What is kept, {} where nothing is. ValueError says what is wrong with it."""
    try:
        with open(path(hal), "rb") as f:
            data = f.read()
    except OSError as error:
        if error.errno == errno.ENOENT:
            return {}
        raise ValueError("cannot be read (%s)" % error)
    crc, _, body = data.partition(b" ")
    if crc != ("%08x" % binascii.crc32(body)).encode():
        raise ValueError("its content is damaged")
    found = json.loads(body)
    for offset_mv, gain in found.get("pilot", {}).values():
        _fits("pilot", offset_mv, gain)
    for offset_dc in found.get("temperature", {}).values():
        _within("temperature", "offset, tenths of a degree", offset_dc, limits.CALIBRATION_DC)
    return found


def write(hal, found):
    """Keep it: the file is the old one or the new one, whatever happens to the supply. OSError."""
    body = json.dumps(found).encode()
    with open(path(hal) + ".new", "wb") as f:
        f.write(("%08x " % binascii.crc32(body)).encode() + body)
    os.rename(path(hal) + ".new", path(hal))


def install(hal, core, settings):
    """Correct the readings from now on; the ids of connectors whose pilot nobody has calibrated. Damage is the settings'."""
    found = {}
    try:
        found = read(hal)
    except (ValueError, AttributeError, TypeError) as error:
        settings.lose("calibration: %s" % error)
    bare = []
    for i, spec in enumerate(hal.board.connectors):
        if spec.pilot:
            trim = found.get("pilot", {}).get(str(spec.id))
            hal.connectors[i].pilot.trim(*trim or (0, _UNITY))
            if trim is None:
                bare.append(spec.id)
    core.thermal.trim(found.get("temperature", {}))
    return bare


def narrow(charger, bare):
    """What may be offered where the pilot's readings are the board's nominal ones."""
    for connector in charger.connectors:
        connector.limits.set("calibration", limits.UNCALIBRATED_MA if connector.id in bare else None)


async def measure_pilot(unit, pilot, high_mv, low_mv):
    """[offset_mv, gain] that make the pilot's ends read as an instrument reads them, `high_mv` and `low_mv`.

    Nothing may be plugged in. ValueError says why it cannot be, or what is implausible; the readings are uncorrected then.
    """
    pilot.trim(0, _UNITY)
    high = low = 0
    for _ in range(_BURSTS):
        ends = unit.ends()
        high += ends[0]
        low += ends[1]
        await asyncio.sleep_ms(2 * limits.TICK_MS)
    if high - low < _BURSTS * (high_mv - low_mv) // 2:
        raise ValueError("the pilot reads %d mV and %d mV at its ends" % (high // _BURSTS, low // _BURSTS))
    gain = ((high_mv - low_mv) * _UNITY * _BURSTS + (high - low) // 2) // (high - low)
    offset_mv = high_mv - high * gain // (_UNITY * _BURSTS)
    _fits("the pilot reads %d mV and %d mV at its ends" % (high // _BURSTS, low // _BURSTS), offset_mv, gain)
    return [offset_mv, gain]


def measure_temperature(sensor, dc):
    """offset_dc that makes the sensor read as a thermometer beside it, `dc`. ValueError."""
    found = sensor.read_dc()
    if found is None:
        raise ValueError("the sensor does not answer")
    _within("the sensor reads %d.%d degrees" % divmod(found, 10), "offset, tenths of a degree", dc - found, limits.CALIBRATION_DC)
    return dc - found


def _fits(what, offset_mv, gain):
    _within(what, "offset, millivolts", offset_mv, limits.CALIBRATION_MV)
    _within(what, "gain less 4096", gain - _UNITY, limits.CALIBRATION_GAIN)


def _within(what, name, value, most):
    if not isinstance(value, int) or not -most <= value <= most:
        raise ValueError("%s: %s is %s, at most %d either way" % (what, name, value, most))
