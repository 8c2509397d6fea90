"""The charger's light: the state it stands for, how bright it is, and the blinking that answers a card."""
from micropython import const

_BLINK_MS = const(250)  # on, and off again, while a card is answered

# What charging tells that the light repeats to who stands before it
_ANSWERS = {"card.accepted": "green", "card.cancelled": "green", "card.refused": "red", "start.refused": "red"}


class Light:
    """`shown` is (colour, blink_ms, percent) once something is shown. `indicator` is the hal's or None."""

    def __init__(self, indicator, settings, clock):
        self.shown = None
        self._indicator = indicator
        self._settings = settings
        self._clock = clock
        self._forced = None
        self._answer = None
        self._since = 0

    def force(self, colour):
        """Show `colour`, for a test of the light; None: what it should show again."""
        self._forced = colour

    def charger_event(self, event):
        """A card was judged: blink BlinkRepeat times in the colour of the answer (OCPP 1.6 9.1.3)."""
        colour = _ANSWERS.get(event.what)
        if colour and self._settings.get("BlinkRepeat"):
            self._answer = colour
            self._since = self._clock.ticks_ms()

    def step(self, colour, blink_ms):
        """Show the charger's state unless something else is to be shown first. True when what is shown has changed."""
        if self._answer and self._clock.since(self._since) >= 2 * _BLINK_MS * self._settings.get("BlinkRepeat"):
            self._answer = None
        if self._forced:
            colour, blink_ms = self._forced, 0
        elif self._answer:
            colour, blink_ms = self._answer, _BLINK_MS
        wanted = (colour, blink_ms, self._settings.get("LightIntensity"))
        if wanted == self.shown:
            return False
        self.shown = wanted
        if self._indicator:
            self._indicator.show(*wanted)
        return True
