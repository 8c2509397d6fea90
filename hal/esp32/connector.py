"""One of `hal.connectors`, put together from the board's pins. What is not fitted is None."""

from firmware.support import ondemand
from hal.esp32.contactor import Contactor
from hal.esp32.pilot import Pilot
from hal.esp32.residual import Residual
from hal.esp32.switches import Button


class Connector:
    """`relay` is what the contactor's command goes to: its own output, or a guard that owns the pin."""

    def __init__(self, spec, pins, circuit, relay):
        n = "_%d" % spec.id
        self.contactor = Contactor(relay, [pins.input("feedback" + n + "_" + pole.lower()) for pole in spec.poles] if spec.feedback else ())
        self.pilot = self.proximity = self.residual = self.lock = self.plug_switch = None
        if spec.pilot:
            self.pilot = Pilot(pins.number("pilot" + n), pins.number("pilot_adc" + n), pins.inverted("pilot" + n), circuit)
        if spec.proximity:
            self.proximity = ondemand.load("hal.esp32.proximity").Proximity(pins.number("proximity" + n), circuit)
        if spec.residual != "none":
            self.residual = Residual(pins.input("residual" + n, alarm=True), pins.output("residual_test" + n))
        if spec.lock:
            drives = pins.output("lock_drive" + n), pins.output("unlock_drive" + n)
            self.lock = ondemand.load("hal.esp32.lock").Lock(*drives, pins.input("lock_closed" + n))
        if spec.plug_switch:
            self.plug_switch = Button(pins.input("plug_switch" + n))
