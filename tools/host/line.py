"""One open serial port: bytes out, lines in. Whatever goes wrong with it is `Trouble`."""

import contextlib
import errno
import os
import re
import time

import serial
from serial.tools import list_ports

from tools.host.exits import Trouble

BAUD = 115200
_READ_S = 0.02
_WRITE_S = 10
_LONGEST = 1 << 20  # a line of a mebibyte is no line but noise
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SILICON_LABS = 0x10C4


class Line:
    """`device` is a port's name (/dev/ttyUSB0, /dev/cu.usbserial-1, COM7, /dev/pts/3) or a URL that pyserial knows."""

    def __init__(self, device, baud=BAUD):
        self.device = device
        self._buffer = b""
        try:
            self._port = serial.serial_for_url(
                device, baudrate=baud, timeout=_READ_S, write_timeout=_WRITE_S, do_not_open=True,
                exclusive=True if os.name == "posix" else None,
            )  # fmt: skip
            _open(self._port)
        except (OSError, ValueError) as error:  # pyserial's own is an OSError
            raise Trouble("GONE", f"{device} cannot be opened: {_why(error)}") from None

    def close(self):
        with contextlib.suppress(OSError):
            self._port.close()

    def write(self, data):
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            raise Trouble("SILENT", f"{self.device} takes nothing: whatever is at its other end does not read") from None
        except (OSError, TypeError) as error:
            raise self._gone(error) from None

    def read(self):
        """What has come, perhaps nothing: waits only a moment."""
        try:
            return self._port.read(max(1, self._port.in_waiting))
        except (OSError, TypeError) as error:  # TypeError: pyserial, when the port is closed under it
            raise self._gone(error) from None

    def read_line(self, until):
        """The next line without its end and without what moves a cursor; None when `time.monotonic()` has passed `until`."""
        while True:
            line, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                return _ESCAPES.sub("", line.decode(errors="replace")).strip("\r")
            if len(self._buffer) > _LONGEST:
                self._buffer = b""
            data = self.read()
            self._buffer += data
            if not data and time.monotonic() >= until:
                return None

    def _gone(self, error):
        why = f" ({os.strerror(error.errno)})" if getattr(error, "errno", None) else ""
        return Trouble("GONE", f"{self.device} is gone{why}: the cable was pulled, or the charger is off")


def _open(port):
    """A board's auto-reset circuit restarts it when DTR and RTS differ: on Windows the CP210x driver sets them one after
    the other, unless both are clear before (what mpremote does too)."""
    if os.name == "nt" and any(one.device == port.port and one.vid == _SILICON_LABS for one in list_ports.comports()):
        port.dtr = port.rts = False
        port.open()
        port.dtr = port.rts = True
    else:
        port.open()


def _why(error):
    number = getattr(error, "errno", None)
    if number in (errno.EAGAIN, errno.EBUSY):
        return "another program has it open"
    return os.strerror(number) if number else str(error) or type(error).__name__
