"""A line, a clock and slaves for the metering tests, all in hand-moved time."""

import asyncio
import struct

from firmware.metering import profile as facts
from firmware.metering import profiles
from firmware.metering.meter import Meter
from firmware.metering.modbus import Master, crc16
from firmware.support.clock import Clock

_WRAP = 1 << 30


class Random:
    """A small seeded generator: the tests' own, so that a seed means the same everywhere."""

    def __init__(self, seed):
        self.state = seed & 0x3FFFFFFF or 1

    def below(self, limit):
        self.state = (self.state * 1103515245 + 12345) & 0x3FFFFFFF
        return (self.state >> 8) % limit

    def bytes(self, n):
        return bytes(self.below(256) for _ in range(n))


class Ticks:
    """The hal's clock, moved by hand."""

    def __init__(self, ms=0):
        self.ms = ms

    def ticks_ms(self):
        return self.ms % _WRAP

    def diff(self, later, earlier):
        return (later - earlier + _WRAP // 2) % _WRAP - _WRAP // 2

    def add(self, ticks, delta):
        return (ticks + delta) % _WRAP


class Line:
    """An RS-485 line. `answer(frame)` yields (delay_ms, bytes) pairs; what is under way arrives in its time."""

    def __init__(self, ticks, answer=None):
        self.ticks = ticks
        self.answer = answer or (lambda frame: ())
        self.sent = []
        self.sent_ms = []
        self.coming = []
        self.settings = None
        self.busy = 0
        self.fail = None
        self.babble = False

    def configure(self, baud, parity, stop):
        self.settings = (baud, parity, stop)

    def come(self, delay_ms, data):
        self.coming.append((self.ticks.ms + delay_ms, bytes(data)))
        self.coming.sort()

    def flush(self):
        self.coming = [one for one in self.coming if one[0] > self.ticks.ms]

    async def send(self, frame):
        self.busy += 1
        assert self.busy == 1, "two exchanges at once"
        if self.fail:
            self.busy -= 1
            raise self.fail
        if len(self.sent) == 100:
            self.sent.clear()
            self.sent_ms.clear()
        self.sent.append(bytes(frame))
        self.sent_ms.append(self.ticks.ms)
        self.ticks.ms += 9
        try:
            await asyncio.sleep_ms(0)
        finally:
            self.busy -= 1
        for delay_ms, data in self.answer(bytes(frame)):
            self.come(delay_ms, data)

    async def receive(self, buf, timeout_ms, gap_ms):
        await asyncio.sleep_ms(0)
        if self.babble:
            for index in range(len(buf)):
                buf[index] = index * 37 & 0xFF
            self.ticks.ms += len(buf)
            return len(buf)
        until = self.ticks.ms + timeout_ms
        n = 0
        while n < len(buf) and self.coming and self.coming[0][0] <= until:
            due, data = self.coming.pop(0)
            take = data[: len(buf) - n]
            buf[n : n + len(take)] = take
            n += len(take)
            if len(take) < len(data):
                self.coming.insert(0, (due, data[len(take) :]))
            self.ticks.ms = max(self.ticks.ms, due)
            until = self.ticks.ms + gap_ms
        self.ticks.ms = max(self.ticks.ms, until)
        return n


def framed(body):
    """A frame: the bytes and their CRC."""
    crc = crc16(body, 0, len(body))
    return bytes(body) + bytes((crc & 0xFF, crc >> 8))


def answer(address, function, words):
    """A good answer."""
    return framed(bytes((address, function, 2 * len(words))) + b"".join(struct.pack(">H", word) for word in words))


def refusal(address, function, code):
    """An exception answer."""
    return framed(bytes((address, function | 0x80, code)))


def parts(frame):
    """(address, function, register, count) of a read request, its CRC checked."""
    assert len(frame) == 8 and crc16(frame, 0, 6) == frame[6] | frame[7] << 8
    return frame[0], frame[1], frame[2] << 8 | frame[3], frame[4] << 8 | frame[5]


class Slave:
    """A meter with a profile's registers: facts in, words out. Encodes with `struct`, the firmware decodes without."""

    def __init__(self, profile, address=1, order=None):
        self.profile = profiles.load(profile)
        self.address = address
        self.order = order or self.profile.orders[0]
        self.words = {}
        self.silent = False
        self.delay_ms = 20
        self.facts = {}
        self.show(
            energy_wh=1234, export_wh=0, power_w=7337, frequency_mhz=50000, power_factor_milli=999,
            volts=(230000, 231000, 229000), amps=(31900, 0, 0),
        )  # fmt: skip

    def show(self, volts=None, amps=None, **more):
        for name, three in (("volts_mv", volts), ("amps_ma", amps)):
            for phase, value in enumerate(three or ()):
                self.facts["%s.%d" % (name, phase)] = value
        self.facts.update(more)
        for read in self.profile.reads:
            for slot, offset, kind, exponent in read.points:
                words = encode(self.facts[facts.FACTS[slot]], kind, self.order, exponent)
                for index, word in enumerate(words):
                    self.words[read.register + offset + index] = word

    def answer(self, frame):
        address, function, register, count = parts(frame)
        if address != self.address or self.silent:
            return ()
        if function != self.profile.function:
            return ((self.delay_ms, refusal(address, function, 1)),)
        words = [self.words.get(register + index, 0) for index in range(count)]
        return ((self.delay_ms, answer(address, function, words)),)


def encode(value, kind, order, exponent):
    """The words in which a meter sends `value`, a whole number of our unit."""
    if kind == "F32":
        data = struct.pack(">f", value / 10**exponent)
    else:
        code = {"I16": ">h", "U16": ">H", "I32": ">i", "U32": ">I", "I64": ">q", "U64": ">Q"}[kind]
        data = struct.pack(code, value * 10**-exponent if exponent < 0 else value // 10**exponent)
    words = [data[at] << 8 | data[at + 1] for at in range(0, len(data), 2)]
    if order == "CDAB":
        words.reverse()
    return words


def bench(responder=None, ms=0, **options):
    """(master, line, ticks) with the responder behind the line."""
    ticks = Ticks(ms)
    line = Line(ticks, responder)

    async def sleep_ms(ms):
        ticks.ms += ms
        await asyncio.sleep_ms(0)

    return Master(line, Clock(ticks), sleep_ms=sleep_ms, **options), line, ticks


class Spec:
    def __init__(self, rating_ma=32000, phases=1, order=None, side="supply"):
        self.rating_ma = rating_ma
        self.phases = phases
        self.meter = {"side": side, "order": order}


class Bench:
    """A meter of that profile with its slave, one poll a second."""

    def __init__(self, name="sdm120", slave_order=None, order=None, phases=1, ms=0):
        self.slave = Slave(name, order=slave_order)
        self.master, self.line, self.ticks = bench(lambda frame: self.slave.answer(frame), ms)
        self.meter = Meter(self.master, profiles.load(name), 1, Spec(order=order, phases=phases), Clock(self.ticks))

    async def second(self, ms=1000):
        began = self.ticks.ms
        good = await self.meter.poll()
        self.ticks.ms = max(self.ticks.ms, began + ms)
        return good

    async def charge(self, seconds, watts):
        """Energy flows as the power says."""
        for _ in range(seconds):
            self.slave.show(power_w=watts, energy_wh=self.slave.facts["energy_wh"] + watts // 3600, amps=(watts * 1000 // 230, 0, 0))
            await self.second()
