"""The whole firmware in one interpreter that has neither sockets nor a simulator: `rudved_ac7` charges by free vend, an
in-memory central system accepts everything. What is built here is built before the heap is first looked at.

`begin()` then `step()` again and again, each a few milliseconds of real time; `state()` tells how far it has come.
"""

import asyncio
import builtins
import errno
import hashlib
import json
import os
import struct
import time
from binascii import b2a_base64, crc32

_FILES = "/files"
_DC = 300  # a temperature, tenths of a degree
_SERIAL = "BENCH-1"
_NOW_S = 1795341600
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_FLASH_PAGES = 16
_HICCUP_MS = 10
_PAGE = 4096
_FLOWING = (0x06, 0x0C)  # only through a closed contactor
_FACTS = {0x00: 230.0, 0x06: 32.0, 0x0C: 7360.0, 0x46: 50.0, 0x48: 1234.5, 0x4A: 0.0, 0x1E: 1.0}  # an SDM120's registers


_open = builtins.open
_NOT_THERE = 44  # what this build's files raise where others raise ENOENT


def _open_as_elsewhere(*what):
    try:
        return _open(*what)
    except OSError as error:
        raise OSError(errno.ENOENT if error.errno == _NOT_THERE else error.errno) from error


builtins.open = _open_as_elsewhere


class _Nothing:
    """A part that is there and at rest."""

    def active(self):
        return False

    pressed = active

    def read_dc(self):
        return _DC

    def show(self, *what):
        pass

    def feed(self):
        pass

    token = feed
    make = "pump"
    promise_ms = 120

    def poll(self):
        return None

    def alive(self):
        return True

    def drive(self, on):
        pass

    def running(self):
        return False


class _Clock:
    """The host's time, but for what the host was busy with other things: no gap is longer than `_HICCUP_MS`."""

    def __init__(self):
        self.ms = 0
        self._seen_ms = time.ticks_ms()

    def turn(self):
        now_ms = time.ticks_ms()
        self.ms += min(time.ticks_diff(now_ms, self._seen_ms), _HICCUP_MS)
        self._seen_ms = now_ms

    def ticks_ms(self):
        return self.ms

    def ticks_us(self):
        return self.ms * 1000

    def diff(self, later, earlier):
        return time.ticks_diff(later, earlier)

    def add(self, ticks, delta):
        return time.ticks_add(ticks, delta)

    def wait_us(self, us):
        pass

    def utc_s(self):
        return _NOW_S

    def set_utc(self, s):
        pass


class _Pilot:
    """A vehicle that is there, and asks as soon as it is offered something."""

    spread_mv = 40
    interval_us = 60
    n_high = n_low = 12

    def __init__(self):
        # every attribute stands here: in the tick none can be made
        self.offered = False
        self.high_mv = self.low_mv = 9000

    def trim(self, offset_mv, gain):
        pass

    def drive(self, duty):
        self.offered = 0 < duty < 65536

    def sample(self):
        self.high_mv = 6000 if self.offered else 9000
        self.low_mv = -12000 if self.offered else self.high_mv


class _Contactor:
    def __init__(self):
        self.on = False

    def command(self, on):
        self.on = on

    def feedback(self):
        return 3 if self.on else 0


class _Residual:
    def __init__(self, clock):
        self.clock = clock
        self.since = None

    def tripped(self):
        return self.since is not None and self.clock.ms - self.since > 60

    def test(self, on):
        self.since = self.clock.ms if on else None


class _Connector:
    def __init__(self, clock):
        self.pilot = _Pilot()
        self.contactor = _Contactor()
        self.residual = _Residual(clock)
        self.proximity = self.lock = self.plug_switch = None


class _Line:
    """An SDM120 at the other end of RS-485."""

    def __init__(self, contactor):
        self.contactor = contactor
        self.reply = b""

    def configure(self, baud, parity, stop):
        pass

    def flush(self):
        self.reply = b""

    async def send(self, frame):
        register, count = struct.unpack(">HH", bytes(frame[2:6]))
        answer = bytes(frame[:2]) + bytes((2 * count,))
        for at in range(register, register + count, 2):
            fact = _FACTS.get(at, 0.0)
            answer += struct.pack(">f", 0.0 if at in _FLOWING and not self.contactor.on else fact)
        crc = 0xFFFF
        for byte in answer:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        self.reply = answer + struct.pack("<H", crc)

    async def receive(self, buf, timeout_ms, gap_ms):
        await asyncio.sleep_ms(20)
        n, self.reply = len(self.reply), self.reply
        buf[:n] = self.reply
        self.reply = b""
        return n


class _Flash:
    pages = _FLASH_PAGES
    page_size = _PAGE

    def __init__(self):
        self.data = bytearray(b"\xff" * (_FLASH_PAGES * _PAGE))

    def read(self, address, buf):
        buf[:] = self.data[address : address + len(buf)]

    def program(self, address, data):
        self.data[address : address + len(data)] = data

    def erase(self, page):
        self.data[page * _PAGE : (page + 1) * _PAGE] = b"\xff" * _PAGE


class _Stream:
    """The central system at the other end of a WebSocket: shakes hands, then says yes."""

    def __init__(self):
        self.heard = b""
        self.told = b""
        self.open = False
        self.actions = []

    async def read(self, n):
        while not self.told:
            await asyncio.sleep_ms(20)
        piece, self.told = self.told[:n], self.told[n:]
        return piece

    def write(self, data):
        self.heard += bytes(data)
        if not self.open:
            if b"\r\n\r\n" in self.heard:
                self._shake()
            return
        while self._frame():
            pass

    async def drain(self):
        pass

    def close(self):
        pass

    wait_closed = drain

    def _shake(self):
        key = self.heard.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        accept = b2a_base64(hashlib.sha1(key + _GUID).digest()).strip()
        self.told = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.told += b"Sec-WebSocket-Protocol: ocpp1.6\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        self.heard, self.open = b"", True

    def _frame(self):
        heard = self.heard
        if len(heard) < 6:
            return False
        n, at = heard[1] & 127, 2
        if n == 126:
            n, at = struct.unpack(">H", heard[2:4])[0], 4
        if len(heard) < at + 4 + n:
            return False
        key = heard[at : at + 4]
        text = bytes(b ^ key[i & 3] for i, b in enumerate(heard[at + 4 : at + 4 + n]))
        self.heard = heard[at + 4 + n :]
        if heard[0] & 15 == 1:
            self._answer(json.loads(text))
        return True

    def _answer(self, call):
        self.actions.append(call[2])
        answer = {}
        if call[2] == "BootNotification":
            answer = {"status": "Accepted", "interval": 300, "currentTime": "2026-11-22T10:00:00Z"}
        elif call[2] == "Heartbeat":
            answer = {"currentTime": "2026-11-22T10:00:00Z"}
        elif call[2] == "StartTransaction":
            answer = {"transactionId": 1, "idTagInfo": {"status": "Accepted"}}
        text = json.dumps([3, call[1], answer]).encode()
        self.told += (bytes((0x81, len(text))) if len(text) < 126 else b"\x81\x7e" + struct.pack(">H", len(text))) + text


class _Network:
    def __init__(self):
        self.stream = _Stream()

    def up(self):
        return True

    def rssi_dbm(self):
        return -60

    async def connect(self, host, port, tls=None):
        return self.stream, self.stream


class _Console:
    async def read(self, n):
        await asyncio.sleep(3600)
        return b""

    def write(self, data):
        pass


class Hal:
    """The contract of hal/__init__.py for `rudved_ac7`, all in memory; `tick` is what the firmware asked to be called."""

    def __init__(self):
        nothing = _Nothing()
        self.board = None  # given by `begin`: it is the firmware's
        self.identity = {"vendor": "Rudved", "model": "AC7", "serial": _SERIAL, "firmware": "0", "iccid": None, "imsi": None}
        self.reset_cause = "power_on"
        self.boots = 1
        self.clock = _Clock()
        self.connectors = [_Connector(self.clock)]
        self.inputs = dict.fromkeys(("estop", "door", "tilt", "earth"), nothing)
        self.temperatures = {"board": nothing, "contactor": nothing}
        self.buttons = {"stop": nothing}
        self.indicator = self.ventilation = self.reader = self.watchdog = self.guard = nothing
        self.buzzer = self.wifi = None
        self.rs485 = _Line(self.connectors[0].contactor)
        self.console = _Console()
        self.flash = _Flash()
        self.files = _FILES
        self.network = _Network()
        self.tick = None

    def random(self, n):
        return os.urandom(n) if hasattr(os, "urandom") else bytes(range(n))

    def every(self, ms, callback):
        self.tick = callback

    def reset(self, cause):
        raise RuntimeError("reset: " + cause)


HAL = Hal()
PRESET = {"CsmsUrl": "ws://127.0.0.1:9000/ocpp", "FreeVendActive": True, "MeterValueSampleInterval": 5}
_charger = None
_core = None
_due_ms = 0
_ended = []


def begin():
    """Import the firmware and start it. What it needs of the interpreter's own modules is loaded already."""
    global _charger, _core, _due_ms
    import sys

    import boards
    from firmware import app

    pilot = b'{"pilot": {"1": [0, 4096]}}'  # calibrated, as it leaves the factory: without, it offers half
    with open(_FILES + "/calibration", "wb") as f:
        f.write(b"%08x %s" % (crc32(pilot), pilot))
    HAL.board = boards.load("rudved_ac7")
    _charger = app.App(HAL, PRESET)
    _core = sys.modules["asyncio.core"]

    async def life():
        try:
            await _charger.run()
        except BaseException as e:
            _ended.append(e)

    _core.create_task(life())
    _due_ms = HAL.clock.ms


def step(ms=50):
    """Live for so long."""
    global _due_ms
    began = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), began) < ms:
        HAL.clock.turn()
        if HAL.clock.ms >= _due_ms:
            _due_ms = HAL.clock.ms + 20
            HAL.tick()
        _core._run_iter()
        if _ended:
            raise RuntimeError("%r; %r" % (_ended[0], _charger.core.error))


def state():
    """The contactor is closed, and how many messages of each kind the central system has had."""
    actions = HAL.network.stream.actions
    return HAL.connectors[0].contactor.on, {name: actions.count(name) for name in set(actions)}


def why():
    """Why it does not charge."""
    return _charger.charger.connectors[0].why, _charger.settings.damage
