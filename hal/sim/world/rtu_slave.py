"""Energy meters on an RS-485 line, speaking Modbus RTU bytes: request frame in, reply frame out.

The tables are written here once more, from the makers' documents and not from the firmware's profiles, so that a wrong
register there meets a right one here. Addresses are those on the wire, from 0; a value takes two registers (IEEE 754).
"""

import struct

from hal.sim.native import native
from hal.sim.world.part import Part
from hal.sim.world.prng import Prng

_crc16 = native("hal.sim.world.crc", "crc16")

# What a meter's reading holds, by index.
_V, _I, _HZ, _PF, _WH = 0, 3, 6, 7, 8

_EXCEPTION_FUNCTION, _EXCEPTION_ADDRESS, _EXCEPTION_VALUE = 1, 2, 3


def _v(line):
    return lambda r: r[_V + line] / 1000


def _i(line):
    return lambda r: r[_I + line] / 1000


def _w(line):
    return lambda r: r[_V + line] * r[_I + line] / 1e6


def _kw(line):
    return lambda r: r[_V + line] * r[_I + line] / 1e9


def _total_w(r):
    return (r[0] * r[3] + r[1] * r[4] + r[2] * r[5]) / 1e6


def _total_kw(r):
    return _total_w(r) / 1000


def _hz(r):
    return r[_HZ] / 1000


def _pf(r):
    return r[_PF] / 1000


def _kwh(r):
    return r[_WH] / 1000


def _nothing(r):
    return 0.0


def _mean_v(r):
    return (r[0] + r[1] + r[2]) / 3000


def _mean_i(r):
    return (r[3] + r[4] + r[5]) / 3000


# Eastron "SDM120 Modbus protocol": input registers, function 04, high word first.
_SDM120 = {0x00: _v(0), 0x06: _i(0), 0x0C: _w(0), 0x12: _w(0), 0x18: _nothing, 0x1E: _pf, 0x46: _hz, 0x48: _kwh, 0x4A: _nothing,
           0x4C: _nothing, 0x4E: _nothing, 0x156: _kwh, 0x158: _nothing}

# Eastron "SDM630 Modbus V2 protocol": three phases, sums from 0x34.
_SDM630 = {0x00: _v(0), 0x02: _v(1), 0x04: _v(2), 0x06: _i(0), 0x08: _i(1), 0x0A: _i(2), 0x0C: _w(0), 0x0E: _w(1), 0x10: _w(2),
           0x12: _w(0), 0x14: _w(1), 0x16: _w(2), 0x1E: _pf, 0x20: _pf, 0x22: _pf, 0x2A: _mean_v, 0x2E: _mean_i,
           0x30: lambda r: (r[3] + r[4] + r[5]) / 1000, 0x34: _total_w, 0x38: _total_w, 0x3E: _pf, 0x46: _hz, 0x48: _kwh,
           0x4A: _nothing, 0xE0: _nothing, 0x156: _kwh, 0x158: _nothing, 0x15A: _kwh, 0x15C: _nothing, 0x15E: _nothing}

# Selec EM2M-1P: power in kW, low word first.
_EM2M = {0x00: _kwh, 0x02: _kwh, 0x04: _nothing, 0x06: _nothing, 0x08: _nothing, 0x0A: _nothing, 0x0C: _kwh, 0x0E: _kw(0),
         0x10: _nothing, 0x12: _kw(0), 0x14: _v(0), 0x16: _i(0), 0x18: _pf, 0x1A: _hz, 0x1C: _nothing, 0x1E: _nothing, 0x20: _nothing}

# Selec EM4M-3P: two firmware families differ in nothing but the word order.
_EM4M = {0x00: _v(0), 0x02: _v(1), 0x04: _v(2), 0x06: _mean_v, 0x10: _i(0), 0x12: _i(1), 0x14: _i(2), 0x16: _mean_i, 0x18: _kw(0),
         0x1A: _kw(1), 0x1C: _kw(2), 0x2A: _total_kw, 0x30: _pf, 0x32: _pf, 0x34: _pf, 0x36: _pf, 0x38: _hz, 0x3A: _kwh, 0x40: _nothing,
         0x4C: _kwh, 0x4E: _nothing, 0x50: _nothing, 0x52: _nothing, 0x54: _nothing, 0x56: _nothing, 0x58: _kwh, 0x5A: _nothing}

# maker's name -> (registers, end of the map, most registers in one request, low word first)
MAPS = {"sdm120": (_SDM120, 0x15A, 80, False), "sdm220": (_SDM120, 0x15A, 80, False), "sdm230": (_SDM120, 0x15A, 80, False),
        "atm90e36": ({}, 0, 0, False),  # on no line: hal.sim.energy
        "sdm630": (_SDM630, 0x180, 80, False), "em2m": (_EM2M, 0x22, 64, True), "em4m": (_EM4M, 0x5C, 32, False)}


def crc16(data):
    """Modbus CRC: polynomial 0xA001, start 0xFFFF; sent low byte first."""
    return _crc16(data, len(data))


def sealed(body):
    """The frame: body and its CRC."""
    return body + struct.pack("<H", crc16(body))


class Slave(Part):
    """One meter on the bus. `reply(frame, now_us)` gives its answer or None for silence."""

    kept = ("silent", "garbage_permille", "swapped")

    def __init__(self, connector, seed):
        spec = connector.spec.meter
        self.address = spec["address"]
        self.silent = False
        self.garbage_permille = 0
        self.swapped = False
        self._connector = connector
        self._prng = Prng(seed, "rs485/%d" % self.address)
        self._registers, self._end, self._most, self._low_first = MAPS[_model(spec["profile"])]
        if spec.get("order"):
            self._low_first = spec["order"] == "CDAB"

    def delay_us(self):
        """From the end of a request to the first byte of the answer."""
        return self._prng.about(30000, 10000)

    def reply(self, frame, now_us):
        """The answer to a frame that everybody on the line heard, None for silence."""
        if not self._registers or self.silent or not self._connector.powered_meter() or len(frame) < 8 or frame[0] != self.address:
            return None
        if crc16(frame[:-2]) != frame[-2] | frame[-1] << 8:
            return None
        answer = sealed(self._answer(frame[:-2], now_us))
        return self._garble(answer) if self._prng.below(1000) < self.garbage_permille else answer

    def _answer(self, frame, now_us):
        function = frame[1]
        if function != 4 or len(frame) != 6:
            return bytes((self.address, function | 0x80, _EXCEPTION_FUNCTION))
        first, count = struct.unpack(">HH", frame[2:])
        if count == 0 or count > self._most:
            return bytes((self.address, 0x84, _EXCEPTION_VALUE))
        if first + count > self._end:
            return bytes((self.address, 0x84, _EXCEPTION_ADDRESS))
        return bytes((self.address, 4, 2 * count)) + self._words(first, count, now_us)

    def _words(self, first, count, now_us):
        reading = self._connector.meter.reading(now_us)
        find = self._registers.get
        values = [find(register, _nothing)(reading) for register in range(first & ~1, first + count + 1, 2)]
        words = struct.pack(">%df" % len(values), *values)
        if self._low_first != self.swapped:
            words = b"".join([words[i + 2 : i + 4] + words[i : i + 2] for i in range(0, len(words), 4)])
        skip = 2 * (first & 1)
        return bytes(words[skip : skip + 2 * count])

    def _garble(self, answer):
        """Line noise: a byte changed, the end lost, or a stray byte in front."""
        kind = self._prng.below(3)
        at = self._prng.below(len(answer))
        if kind == 0:
            return answer[:at] + bytes((answer[at] ^ (1 + self._prng.below(255)),)) + answer[at + 1 :]
        if kind == 1:
            return answer[:at]
        return bytes((self._prng.below(256),)) + answer

    def dump(self):
        state = super().dump()
        state["prng"] = self._prng.state
        return state

    def load(self, state):
        super().load(state)
        self._prng.state = state["prng"]


def _model(profile):
    name = profile.lower()
    for model in MAPS:
        if model in name:
            return model
    raise ValueError("no simulated meter for the profile %r; there are %s" % (profile, ", ".join(sorted(MAPS))))


class Bus:
    """The RS-485 line with every meter of the board on it, at the board's line settings."""

    def __init__(self, connectors, settings, seed):
        self.settings = settings
        self.slaves = [Slave(connector, seed) for connector in connectors if connector.spec.meter is not None]

    def ask(self, frame, now_us):
        """(reply, delay_us): b"" when nobody answers. More than one that does makes a collision, which is nobody's frame."""
        replies = []
        delay_us = 0
        for slave in self.slaves:
            reply = slave.reply(frame, now_us)
            if reply:
                replies.append(reply)
                delay_us = slave.delay_us()
        if len(replies) < 2:
            return (replies[0] if replies else b""), delay_us
        return bytes([a & b for a, b in zip(replies[0], replies[1])]), delay_us

    def slave_of(self, connector):
        """That connector's meter, None where it has none on this line."""
        for slave in self.slaves:
            if slave._connector is connector:
                return slave
        return None

    def dump(self):
        return [slave.dump() for slave in self.slaves]

    def load(self, states):
        for slave, state in zip(self.slaves, states):
            slave.load(state)
