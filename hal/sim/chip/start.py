"""`rudved sim --hal esp32`: hal/esp32 on the virtual chip, in place of hal/sim, before the same world."""

from hal.sim.chip import chip as chips
from hal.sim.chip.serial import OutsideLine
from hal.sim.line import PtyLine
from hal.sim.wifi import AIR


def power_up(machine, world, state, cause, network, partitions, serial, meter_fd):
    """The chip of this interpreter, its modules in place. `state` is what outlives it; `serial` was given at the factory."""
    kept = state.setdefault("chip", chips.fresh())
    kept["nvs"].setdefault("rudved", {}).setdefault("serial", serial.encode().hex())

    def restart():
        intended = __import__("hal.esp32.reset", None, None, ("intended",)).intended
        machine.reset(intended(bytes.fromhex(kept["rtc"])) or "hard")

    outside = None
    if meter_fd is not None:
        outside = OutsideLine(machine.clock, PtyLine(meter_fd), machine.owe)
    chip = chips.Chip(machine, world, kept, cause, restart, network.conditions, state["rtc"], partitions, outside)
    chip.air = [(ssid, key) for ssid, key, _, _, _ in AIR]
    chip.install()
    return chip


def live(hal, app):
    """The firmware on it, and what hal/esp32 runs beside it."""
    return __import__("hal.esp32.life", None, None, ("live",)).live(hal, app)
