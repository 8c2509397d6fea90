"""Cards of ISO/IEC 14443-3 type A as a reader's field sees them: bits that answer bits, several cards at a time."""

IDLE, READY, ACTIVE, HALT = range(4)

_CASCADE_TAG = 0x88


def crc_a(data):
    """CRC_A of ISO/IEC 14443-3 annex B: low byte first."""
    crc = 0x6363
    for byte in data:
        byte ^= crc & 0xFF
        byte ^= byte << 4 & 0xFF
        crc = crc >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return bytes((crc & 0xFF, crc >> 8 & 0xFF))


class Card:
    """One card. `broken` is what is wrong with it: "bcc", "crc", "sak" or "parity"."""

    def __init__(self, uid, broken=None):
        self.uid = uid
        self.broken = broken
        self.state = IDLE
        self._level = 0
        self._halted = False

    def leaves(self):
        """Out of the field it loses its supply."""
        self.state = IDLE
        self._halted = False

    def levels(self):
        """The four bytes of each cascade level."""
        parts = []
        left = self.uid
        while len(left) > 4:
            parts.append(bytes((_CASCADE_TAG,)) + left[:3])
            left = left[3:]
        return parts + [left]

    def hears(self, frame, bits):
        """The answer to a frame of so many bits: a list of bits, least first, or None."""
        answer = self._short(frame[0]) if bits == 7 else self._long(frame, bits) if self.state in (READY, ACTIVE) else None
        if answer is None and bits != 7:
            self.state = HALT if self._halted else IDLE
        return answer

    def _short(self, command):
        if self.state in (READY, ACTIVE):  # in the midst of something it only ends that, and says nothing
            self.state = HALT if self._halted else IDLE
            return None
        if command == 0x52 or command == 0x26 and self.state != HALT:
            self._halted = self.state == HALT
            self.state = READY
            self._level = 0
            return to_bits(bytes((0x04 | (len(self.levels()) - 1) << 6, 0)))
        return None

    def _long(self, frame, bits):
        if self.state == ACTIVE:
            if frame[:2] == b"\x50\x00" and frame[2:4] == crc_a(frame[:2]):
                self._halted = True
            return None
        levels = self.levels()
        if frame[0] != (0x93, 0x95, 0x97)[min(self._level, 2)] or self._level >= len(levels) or len(frame) < 2:
            return None
        mine = levels[self._level]
        check = mine[0] ^ mine[1] ^ mine[2] ^ mine[3]
        mine += bytes((check ^ 0xFF if self.broken == "bcc" else check,))
        known = ((frame[1] >> 4) - 2) * 8 + (frame[1] & 15)
        if known == 40 and bits == 72:
            if frame[2:7] != mine or frame[7:9] != crc_a(frame[:7]):
                return None
            return self._selected(levels)
        if bits != 16 + known or not 0 <= known < 40:
            return None
        wanted = to_bits(frame[2:])[:known]
        return to_bits(mine)[known:] if wanted == to_bits(mine)[:known] else None

    def _selected(self, levels):
        more = self._level < len(levels) - 1
        self._level += 1
        if not more:
            self.state = ACTIVE
        sak = bytes((0x04 if more != (self.broken == "sak") else 0x08,))
        sealed = sak + crc_a(sak)
        if self.broken == "crc":
            sealed = sak + bytes((sealed[1] ^ 1, sealed[2]))
        return to_bits(sealed)


def to_bits(data):
    """Bits of bytes, each byte's least first."""
    return [byte >> i & 1 for byte in data for i in range(8)]


def to_bytes(bits, align=0):
    """Bytes of bits, the first of them at bit `align`."""
    data = bytearray((align + len(bits) + 7) // 8)
    for i, bit in enumerate(bits):
        data[(align + i) >> 3] |= bit << ((align + i) & 7)
    return data


class Field:
    """The cards before one antenna. `here()` gives their UIDs (bytes) now, or cards themselves."""

    def __init__(self, here):
        self._here = here
        self._cards = []

    def ask(self, frame, bits):
        """What all of them answer: (bits, position of the first collision counted from 1 or 0), or (None, 0) for silence."""
        self._look()
        answers = [one for one in [card.hears(frame, bits) for card in self._cards] if one is not None]
        if not answers:
            return None, 0
        collision = 0
        for i in range(min(len(one) for one in answers)):
            if any(one[i] != answers[0][i] for one in answers):
                collision = i + 1
                break
        return answers[0] if not collision else answers[0][: collision - 1], collision

    def broken(self, what):
        """Whether a card there has that defect."""
        return any(card.broken == what for card in self._cards)

    def off(self):
        """No field: all cards lose their supply."""
        for card in self._cards:
            card.leaves()

    def _look(self):
        here = [one if isinstance(one, Card) else bytes(one) for one in self._here()]
        cards = []
        for one in here:
            known = [card for card in self._cards if card is one or card.uid == one]
            cards.append(known[0] if known else one if isinstance(one, Card) else Card(one))
        for card in self._cards:
            if card not in cards:
                card.leaves()
        self._cards = cards
