"""Which serial port has a charger: by the USB bridges that boards carry, on Linux, macOS and Windows alike.

pyserial lists /dev/ttyUSB* and ttyACM*, /dev/cu.*, or COM*; a port that is no USB device is only ever used when named.
"""

import os

from serial.tools import list_ports

from tools.host.exits import Trouble

# USB vendor -> (who, its products that are serial bridges; None: all)
BRIDGES = {
    0x303A: ("Espressif USB", None),
    0x10C4: ("Silicon Labs CP210x", (0xEA60, 0xEA61, 0xEA63, 0xEA70, 0xEA71)),
    0x1A86: ("WCH CH34x", (0x5512, 0x5523, 0x7522, 0x7523, 0x55D2, 0x55D3, 0x55D4)),
    0x0403: ("FTDI", (0x6001, 0x6010, 0x6011, 0x6014, 0x6015)),
    0x067B: ("Prolific PL2303", (0x2303, 0x23A3, 0x23B3, 0x23C3, 0x23D3)),
}


def bridge(port):
    """The name of the bridge behind a port of pyserial's list, None where it is none of ours."""
    who, products = BRIDGES.get(port.vid, (None, ()))
    return who if products is None or port.pid in products else None


def candidates():
    """Ports that may lead to a charger, in the order of their names."""
    return sorted((port for port in list_ports.comports() if bridge(port)), key=lambda port: port.device)


def told(port):
    """A port as a person recognises it."""
    number = f", serial number {port.serial_number}" if port.serial_number else ""
    return f"{port.device} ({bridge(port) or port.description}{number})"


def find(named=None):
    """The device to open: `named`, else RUDVED_PORT, else the only candidate. Trouble PORT lists what there is."""
    named = named or os.environ.get("RUDVED_PORT")
    if named:
        return named
    found = candidates()
    if len(found) == 1:
        return found[0].device
    if found:
        raise Trouble("PORT", f"several ports may lead to a charger, name one with --port: {'; '.join(map(told, found))}")
    others = [port.device for port in list_ports.comports()]
    seen = f"; other ports here, if you know better: {', '.join(sorted(others))}" if others else ""
    raise Trouble("PORT", f"no port with a USB bridge of a charger is plugged in (or name one with --port){seen}")


class Place:
    """A device that may go and come back, perhaps under another name: the same USB serial number, or the same socket."""

    def __init__(self, device):
        self.device = device
        self._usb = next((_mark(port) for port in list_ports.comports() if port.device == device), None)

    def now(self):
        """The device's name if it is there, else None."""
        if "://" in self.device:
            return self.device
        ports = list_ports.comports()
        if self._usb:
            return next((port.device for port in ports if _mark(port) == self._usb), None)
        if os.path.exists(self.device) or any(port.device == self.device for port in ports):
            return self.device
        return None


def _mark(port):
    """What stays the same of a USB device over a replug: its number, else where it is plugged in."""
    if port.vid is None or not (port.serial_number or port.location):
        return None
    return port.vid, port.pid, port.serial_number or port.location
