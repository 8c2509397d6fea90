"""Cards at the reader: a tap becomes one normalised idTag."""

import asyncio

from micropython import const

_POLL_MS = const(100)
_AWAY_MS = const(1000)  # a card is away when it has not been seen for so long
_ALIVE_MS = const(1000)
_DEAD = const(3)  # misses in a row: the reader is dead
_REMEMBERED = const(4)  # cards that may lie in the field together

FORMATS = ("hex", "hex_rev", "dec10", "dec10_rev", "w26")  # of the setting CardFormat
LENGTHS = (3, 4, 5, 7, 10)  # ISO/IEC 14443-3: 4, 7, 10; Wiegand of 26 and 37 bits: 3, 5


def normalise(uid, form="hex"):
    """The idTag of a UID: at most 20 characters, as OCPP's CiString20 wants.

    "hex" is upper-case hex and "dec10" ten digits, both with the first byte highest; with "_rev" the last byte is, as many
    readers of other makes tell it. Only UIDs of at most 4 bytes go into ten digits; longer ones stay hex: cutting them
    would give two cards one idTag. "w26" is what a 26-bit reader's software shows, three digits of facility and five of
    card; of a 4-byte UID such a reader sends its first three bytes, last first, so 256 cards share an idTag: only for sites
    whose list is kept so. Raises ValueError for other lengths and formats.
    """
    if len(uid) not in LENGTHS:
        raise ValueError("UID of %d bytes; allowed %s" % (len(uid), ", ".join(str(n) for n in LENGTHS)))
    if form not in FORMATS:
        raise ValueError("card format %r; allowed %s" % (form, ", ".join(FORMATS)))
    if form == "w26" and len(uid) <= 4:
        if len(uid) == 4:
            uid = bytes((uid[2], uid[1], uid[0]))
        return "%03d%05d" % (uid[0], uid[1] << 8 | uid[2])
    if form.endswith("_rev"):
        uid = bytes(reversed(uid))
    if form.startswith("dec10") and len(uid) <= 4:
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
