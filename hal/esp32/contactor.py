"""The contactor: its relay, and the detectors behind each pole."""


class Contactor:
    """`relay` is an output, or whatever a guard puts before it; `detectors` inputs in the order of the poles, () where none."""

    def __init__(self, relay, detectors):
        self._relay = relay
        self._detectors = detectors
        self._poles = len(detectors)
        self.commanded = False

    def command(self, on):
        """TICK."""
        self.commanded = on
        if on:
            self._relay.on()
        else:
            self._relay.off()

    def feedback(self):
        """TICK. Bits of the poles that are live on the load side; -1 without detectors."""
        if not self._poles:
            return -1
        bits = 0
        i = 0
        while i < self._poles:
            bits |= self._detectors[i].value() << i
            i += 1
        return bits
