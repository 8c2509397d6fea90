"""`rudved console`: the charger's console on this terminal. Survives a restart, a pulled cable, another port name."""

import contextlib
import os
import sys
import time

import click

from tools.host import ports
from tools.host.charger import Charger
from tools.host.exits import Trouble
from tools.host.line import Line
from tools.host.output import guarded, port_options

if os.name == "nt":
    import msvcrt
else:
    import select
    import termios
    import tty

_END = b"\x1d"  # Ctrl-]
_LOOK_S = 0.3
# Windows tells of a key without a character in two parts; the charger knows the sequences of a terminal
_WINDOWS_KEYS = {"H": "\x1b[A", "P": "\x1b[B", "M": "\x1b[C", "K": "\x1b[D", "G": "\x1b[H", "O": "\x1b[F", "S": "\x1b[3~"}


@click.command()
@port_options
@guarded("console")
def console(out, port, baud):
    """The charger's console on this terminal: `help` there lists its commands. Ctrl-] ends it."""
    if not sys.stdin.isatty():
        raise Trouble("USAGE", "console wants a terminal; for programs there is `rudved ask COMMAND --json`")
    device = ports.find(port)
    place = ports.Place(device)
    with Keyboard() as keyboard:
        out.note(f"{device} at {baud} baud; Ctrl-] ends\r")
        while True:
            try:
                _with_people(device, baud)
                _talk(Line(device, baud), keyboard)
                return
            except Trouble as error:
                out.note(f"\r\n[{error}; waiting for it, Ctrl-] ends]\r")
            while (device := place.now()) is None:
                if _END in keyboard.read():
                    return
                time.sleep(_LOOK_S)
            if _END in keyboard.read():
                return
            time.sleep(_LOOK_S)


def _with_people(device, baud):
    """A program that died may have left the console in machine mode. Whatever else speaks there may be looked at too."""
    charger = Charger(device, baud)
    try:
        charger.open(1.5)
    except Trouble as error:
        if error.code == "GONE":
            raise
    charger.close()


def _talk(line, keyboard):
    """Until Ctrl-]; Trouble when the line is lost."""
    with contextlib.closing(line):
        line.write(b"\r")
        while True:
            data = line.read()
            if data:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            typed = keyboard.read()
            if _END in typed:
                return
            if typed:
                line.write(typed)


class Keyboard:
    """Every key as it is pressed, Ctrl-C too. `read` does not wait."""

    def __enter__(self):
        if os.name != "nt":
            self._was = termios.tcgetattr(sys.stdin)
            tty.setraw(sys.stdin)
        return self

    def __exit__(self, *error):
        if os.name != "nt":
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._was)

    def read(self):
        if os.name == "nt":
            return _windows_keys()
        if not select.select([sys.stdin], [], [], 0)[0]:
            return b""
        return os.read(sys.stdin.fileno(), 1024) or _END  # nothing: the terminal has gone


def _windows_keys():
    typed = ""
    while msvcrt.kbhit():
        key = msvcrt.getwch()
        typed += _WINDOWS_KEYS.get(msvcrt.getwch(), "") if key in ("\x00", "\xe0") else key
    return typed.encode()
