"""Cards at the reader: a tap becomes one normalised idTag."""

import asyncio

from micropython import const

_POLL_MS = const(100)
_AWAY_MS = const(1000)  # a card is away when it has not been seen for so long
_ALIVE_MS = const(1000)
_DEAD = const(3)  # misses in a row: the reader is dead
_REMEMBERED = const(4)  # cards that may lie in the field together

FORMATS = ("hex", "hex-reversed", "decimal", "decimal-reversed")  # of the setting CardFormat
LENGTHS = (4, 7, 10)  # ISO/IEC 14443-3: single, double, triple size


def normalise(uid, form="hex"):
    """The idTag of a UID of 4, 7 or 10 bytes: at most 20 characters, as OCPP's CiString20 wants.

    "hex" is upper-case hex, "decimal" ten digits, both with the first byte highest; "-reversed" has the last byte highest, as
    many readers of other makes tell it. Only UIDs of 4 bytes go into ten digits; longer ones stay hex: cutting them to four
    bytes would give two cards one idTag. Raises ValueError for other lengths and formats.
    """
    if len(uid) not in LENGTHS:
        raise ValueError("UID of %d bytes; allowed 4, 7, 10" % len(uid))
    if form not in FORMATS:
        raise ValueError("card format %r; allowed %s" % (form, ", ".join(FORMATS)))
    if form.endswith("-reversed"):
        uid = bytes(reversed(uid))
    if form.startswith("decimal") and len(uid) == 4:
        return "%010d" % int.from_bytes(uid, "big")
    return uid.hex().upper()


def is_random(uid):
    """A 4-byte UID that begins with 0x08 is made up anew at each tap, by phones mostly: it names nobody."""
    return len(uid) == 4 and uid[0] == 0x08


class Cards:
    """Watches the reader and calls `on_card(id_tag)` once a tap.

    A card that stays is one tap; it taps again when it has been away for a second. `reader_ok` is None where no reader is
    fitted; `random` tells whether the last card had a random UID; `refused` counts UIDs that are none.
    """

    def __init__(self, reader, clock, settings):
        self.on_card = None
        self.reader_ok = None if reader is None else True
        self.random = False
        self.refused = 0
        self._reader = reader
        self._clock = clock
        self._settings = settings
        self._seen = []  # [uid, ticks when last seen], newest last
        self._misses = 0
        self._asked_ms = clock.ticks_ms()

    async def run(self):
        """Watches for ever; returns at once where no reader is fitted."""
        while self._reader is not None:
            self.step()
            await asyncio.sleep_ms(_POLL_MS)

    def step(self):
        """One look at the reader."""
        self._forget()
        self._health()
        try:
            uid = self._reader.poll()
        except OSError:
            self._miss()
            return
        if uid:
            self._look(bytes(uid))

    def _look(self, uid):
        for entry in self._seen:
            if entry[0] == uid:
                entry[1] = self._clock.ticks_ms()
                return
        try:
            id_tag = normalise(uid, self._settings.get("CardFormat"))
        except ValueError:
            self.refused += 1
            return
        if len(self._seen) == _REMEMBERED:
            self._seen.pop(0)
        self._seen.append([uid, self._clock.ticks_ms()])
        self.random = is_random(uid)
        if self.on_card:
            self.on_card(id_tag)

    def _forget(self):
        for index in range(len(self._seen) - 1, -1, -1):
            if not 0 <= self._clock.since(self._seen[index][1]) < _AWAY_MS:
                self._seen.pop(index)

    def _health(self):
        if 0 <= self._clock.since(self._asked_ms) < _ALIVE_MS:
            return
        self._asked_ms = self._clock.ticks_ms()
        try:
            alive = self._reader.alive()
        except OSError:
            alive = False
        if alive:
            self._misses = 0
            self.reader_ok = True
        else:
            self._miss()

    def _miss(self):
        self._misses = min(self._misses + 1, _DEAD)
        if self._misses >= _DEAD:
            self.reader_ok = False
