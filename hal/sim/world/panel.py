"""What a person touches: card reader, push buttons; and the switches of the enclosure."""

from hal.sim.world.part import Part


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
