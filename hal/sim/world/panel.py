"""What a person touches: card reader, push buttons; the switches of the enclosure; and the fan of the room."""

from micropython import const

from hal.sim.world.part import NEVER, Part

_SPIN_UP_US = const(800000)


class Reader(Part):
    """A card lies in the field until `until_us`."""

    kept = ("uid", "until_us", "dead")

    def __init__(self):
        self.uid = None                 # hex
        self.until_us = 0
        self.dead = False

    def tap(self, uid, until_us):
        self.uid = uid
        self.until_us = until_us

    def card(self, now_us):
        """Hex UID of the card in the field, None without one or from a dead reader."""
        return self.uid if now_us < self.until_us and not self.dead else None


class Button(Part):
    """Pressed until `until_us`."""

    kept = ("until_us",)

    def __init__(self):
        self.until_us = 0

    def pressed(self, now_us):
        return now_us < self.until_us


class Switch(Part):
    """Emergency stop, door or tilt contact: active or not."""

    kept = ("active",)

    def __init__(self):
        self.active = False


class Fan(Part):
    """The room's fan behind a relay: it turns a while after it was switched on, and its vane drops when it is switched off."""

    kept = ("on", "turning", "due_us")

    def __init__(self):
        self.on = False
        self.turning = False

    def drive(self, on, now_us):
        if on != self.on:
            self.on = on
            self.turning = False
            self.due_us = now_us + _SPIN_UP_US if on else NEVER

    def step(self, now_us):
        self.turning = self.on
        self.due_us = NEVER
