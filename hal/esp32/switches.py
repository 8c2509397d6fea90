"""Contacts: inputs of the enclosure, push buttons, the plug's switch, and the fan with its vane."""


class Input:
    """Emergency stop, door, tilt, earth monitor."""

    def __init__(self, pin):
        self._pin = pin

    def active(self):
        """TICK."""
        return self._pin.value() == 1


class Button:
    """A push button, or the switch behind a plug."""

    def __init__(self, pin):
        self._pin = pin

    def pressed(self):
        """TICK."""
        return self._pin.value() == 1


class Ventilation:
    """The relay of the room's fan, and the vane that proves it turns."""

    def __init__(self, relay, vane):
        self._relay = relay
        self._vane = vane

    def drive(self, on):
        """TICK."""
        if on:
            self._relay.on()
        else:
            self._relay.off()

    def running(self):
        """TICK."""
        return self._vane.value() == 1
