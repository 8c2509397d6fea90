"""What is measured on a new board, by the hal's contract alone. Runs inside MicroPython: on the board, or on a simulated one.

Each measurement yields rows (what, value, unit, low, high): a number, and between what it should be; None where nobody knows.
No vehicle is plugged in. The contactor is closed only where `measure` is told that the mains is off.
"""
import asyncio
import gc
import hashlib
import os

from micropython import const

_X1, _F = const(65536), const(0)
_DUTY = ((6, 6554), (16, 17476), (32, 34953))  # IEC 61851-1: 0.6 A for each per cent of the duty
_LEVEL_MV = const(600)      # how far a level may be from 12 V on an untrimmed board
_WAIT_MS = const(500)
_TICK_MS = const(20)


class Ticks:
    """A tick as the safety core's: the longest gap between two of them. It keeps the watchdog quiet, as that one does."""

    def __init__(self, hal):
        self._clock = hal.clock
        self._watchdog = hal.watchdog
        self._last = hal.clock.ticks_us()
        self.worst_us = 0
        hal.every(_TICK_MS, self._tick)

    def _tick(self):
        now = self._clock.ticks_us()
        gap = self._clock.diff(now, self._last)
        if gap > self.worst_us:
            self.worst_us = gap
        self._last = now
        self._watchdog.feed()

    async def over(self, work):
        """(microseconds that `work()` took, longest gap meanwhile, its result)."""
        await asyncio.sleep_ms(2 * _TICK_MS)
        self.worst_us = 0
        begin = self._clock.ticks_us()
        result = work()
        if hasattr(result, "send"):
            result = await result
        took = self._clock.diff(self._clock.ticks_us(), begin)
        await asyncio.sleep_ms(2 * _TICK_MS)
        return took, self.worst_us, result


async def measure(hal, row, contactors=False, tls=None):
    """Call `row(what, value, unit, low, high)` for every figure. `tls` is (host, port, root certificate in DER) of a server."""
    ticks = Ticks(hal)
    for i, spec in enumerate(hal.board.connectors):
        parts = hal.connectors[i]
        name = "connector %d " % spec.id
        if parts.pilot:
            await pilot(hal, parts.pilot, name, row)
        if parts.proximity:
            row(name + "proximity, nothing plugged in", parts.proximity.ohm(), "ohm", 2000, None)
        if parts.residual:
            await residual(hal, parts.residual, name, row)
        if contactors:
            await contactor(hal, parts.contactor, len(spec.poles) if spec.feedback else 0, name, row)
    for sensor in hal.temperatures:
        row("temperature " + sensor, hal.temperatures[sensor].read_dc(), "deci-C", 50, 500)
    if hal.rs485:
        await rs485(hal, row)
    await stalls(hal, ticks, row)
    if tls:
        await handshake(hal, ticks, tls, row)


async def pilot(hal, part, name, row):
    """Levels and read-back of the duty at 6, 16 and 32 A, steady +12 V and -12 V; the time of a conversion."""
    clock = hal.clock
    for what, duty in (("steady +12 V", _X1),) + tuple([("%d A" % amps, duty) for amps, duty in _DUTY]) + (("-12 V (F)", _F),):
        part.drive(duty)
        await asyncio.sleep_ms(30)
        begin = clock.ticks_us()
        part.sample()
        took = clock.diff(clock.ticks_us(), begin)
        where = name + "pilot " + what + ": "
        if duty != _F:
            row(where + "high", part.high_mv, "mV", 12000 - _LEVEL_MV, 12000 + _LEVEL_MV)
        if duty != _X1:
            row(where + "low", part.low_mv, "mV", -12000 - _LEVEL_MV, -12000 + _LEVEL_MV)
        if _F < duty < _X1:
            permille = duty * 1000 // _X1
            seen = part.n_high * 1000 // max(1, part.n_high + part.n_low)
            row(where + "share of the burst that is high", seen, "permille", permille - 60, permille + 60)
        row(where + "spread", part.spread_mv, "mV", 0, 300)
        row(where + "burst", took, "us", 1000, 8000)
        row(where + "conversion", part.interval_us, "us", 5, 120)
    part.drive(_X1)


async def residual(hal, part, name, row):
    """How long the monitor takes to trip on its own test, and to let go."""
    row(name + "residual: tripped at rest", int(part.tripped()), "", 0, 0)
    part.test(True)
    row(name + "residual: test to trip", await _until(hal, part.tripped), "ms", 1, 300)
    part.test(False)
    row(name + "residual: test off to release", await _until(hal, lambda: not part.tripped()), "ms", 0, 3000)


async def contactor(hal, part, poles, name, row):
    """Command to feedback, both ways. The mains must be off."""
    for on in (True, False):
        part.command(on)
        try:
            if poles:
                ms = await _until(hal, lambda whole=(1 << poles) - 1 if on else 0: part.feedback() == whole)
                row(name + "contactor: command to " + ("closed" if on else "open"), ms, "ms", 0, 80 if on else 60)
            else:
                await asyncio.sleep_ms(100)
        finally:
            if on:
                hal.guard.token()
    part.command(False)


async def rs485(hal, row):
    """From a question to the meter's answer: an answer of any kind counts, a refusal too."""
    line = hal.board.rs485
    hal.rs485.configure(line["baud"], line["parity"], line["stop"])
    for spec in hal.board.connectors:
        if spec.meter is None:
            continue
        ask = bytes([spec.meter["address"], 4, 0, 0, 0, 2])
        ask += _crc16(ask).to_bytes(2, "little")
        buf = bytearray(64)
        hal.rs485.flush()
        begin = hal.clock.ticks_ms()
        await hal.rs485.send(ask)
        sent = hal.clock.diff(hal.clock.ticks_ms(), begin)
        n = await hal.rs485.receive(buf, _WAIT_MS, 5)
        whole = hal.clock.diff(hal.clock.ticks_ms(), begin)
        frame_ms = 8 * 11 * 1000 // line["baud"] + 1
        row("rs485 address %d: send until the line is free" % spec.meter["address"], sent, "ms", 0, frame_ms + 10)
        row("rs485 address %d: bytes of the answer" % spec.meter["address"], n, "", 5, 64)
        row("rs485 address %d: question to answer" % spec.meter["address"], whole, "ms", 0, 200)


async def stalls(hal, ticks, row):
    """How long the interpreter is away: nothing, a collection, a hash, an erase, a program, a file."""
    took, gap, _ = await ticks.over(lambda: asyncio.sleep_ms(500))
    row("idle: longest gap between ticks", gap // 1000, "ms", 0, 35)
    took, gap, _ = await ticks.over(gc.collect)
    row("collection", took // 1000, "ms", 0, 60)
    data = bytes(16384)
    took, gap, _ = await ticks.over(lambda: hashlib.sha256(data).digest())
    row("SHA-256 of 16 kB", took // 1000, "ms", 0, 60)
    gc.collect()
    row("heap free", gc.mem_free() // 1000, "kB", 40, None)
    page = _free_page(hal.flash)
    if page is None:
        row("flash: no page of the journal is free to be tried", None, "", None, None)
    else:
        took, gap, _ = await ticks.over(lambda: hal.flash.erase(page))
        row("flash: erase of a page", took // 1000, "ms", 0, 120)
        row("flash: longest gap between ticks meanwhile", gap // 1000, "ms", 0, 150)
        took, gap, _ = await ticks.over(lambda: hal.flash.program(page * hal.flash.page_size, bytes(256)))
        row("flash: program of 256 bytes", took, "us", 0, 20000)
        hal.flash.erase(page)
    path = hal.files + "/bringup.tmp"

    def write():
        with open(path, "wb") as f:
            f.write(bytes(300))

    took, gap, _ = await ticks.over(write)
    row("file of 300 bytes", took // 1000, "ms", 0, 500)
    row("file: longest gap between ticks meanwhile", gap // 1000, "ms", 0, 500)
    os.remove(path)


async def handshake(hal, ticks, tls, row):
    """A TLS connection: how long it takes, and the longest piece of it."""

    async def connect():
        reader, writer = await hal.network.connect(tls[0], tls[1], (iter((tls[2],)), None))
        writer.write(b"HEAD / HTTP/1.0\r\n\r\n")
        await writer.drain()
        data = await reader.read(16)
        writer.close()
        return len(data)

    try:
        took, gap, n = await ticks.over(connect)
    except (OSError, ValueError) as error:
        row("TLS: %s" % error, None, "", None, None)
        return
    row("TLS: connect, handshake, first bytes", took // 1000, "ms", 0, 4000)
    row("TLS: longest gap between ticks meanwhile", gap // 1000, "ms", 0, 1500)


def _free_page(flash):
    """The last page that holds nothing."""
    buf = bytearray(256)
    for page in range(flash.pages - 1, -1, -1):
        for at in range(0, flash.page_size, len(buf)):
            flash.read(page * flash.page_size + at, buf)
            if buf != b"\xff" * len(buf):
                break
        else:
            return page
    return None


async def _until(hal, holds):
    """Milliseconds until `holds()`; None where it did not within three seconds."""
    begin = hal.clock.ticks_ms()
    while True:
        ms = hal.clock.diff(hal.clock.ticks_ms(), begin)
        if holds():
            return ms
        if ms > 3000:
            return None
        hal.guard.token()
        await asyncio.sleep_ms(1)


def _crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc
