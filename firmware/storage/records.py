"""What stands in the journal: kinds of records and their payloads, packed small because each append wears the flash.

A session is named in records by `session`, the journal sequence of its BEGIN. Registers are the meter's own, in Wh.
Decoders take a payload as written by the encoder of the same firmware or an older one; a longer payload is read as far
as it is known.
"""
import struct

from micropython import const

BEGIN = const(1)            # a session begins; written before its permit is granted
METER = const(2)            # its register, as it grows
SAMPLE = const(3)           # measurands at a time (session 0: clock-aligned, nobody charging); may be thinned
EDGE = const(4)             # suspended or resumed
END = const(5)              # the session is over
TRANSACTION = const(6)      # what the central system calls it
DELIVERED = const(7)        # how far records have been delivered
CLOCK = const(8)            # UTC became known: the record's own header pairs it with seconds since boot
SETTING = const(9)          # settings changed while no file may be written
NOTE = const(10)            # text of another storey, e.g. a latched fault

# Pages left blank by a record of that kind that opens one: ends are still written when nothing else may be any more.
LEAVE = (2, 2, 2, 3, 2, 0, 0, 1, 1, 1, 2)

# SAMPLE contexts
PERIODIC = const(0)
ALIGNED = const(1)
AT_BEGIN = const(2)
AT_END = const(3)
RESUMED = const(4)

_BEGIN = "<BIII"
_METER = "<II"
_SAMPLE = "<IBBIIiIHhh"
_PHASE = "<HI"
_EDGE = "<III"
_END = "<IIBIII"
_TRANSACTION = "<Iii"
_AS_TEXT = 0xFFFFFFFF       # OCPP bounds no number: one that four bytes do not hold stands as text behind the others
_DELIVERED = "<IHI"


class Begin:
    """connector, salt (random, makes the session's id unique over all boots), wh, reservation (None: none), id_tag,
    parent, why (how it was authorised)."""

    # These lines cost the chip nothing; they tell the type checker what the decoders set.
    connector: int
    salt: int
    wh: int
    reservation: "int | None"
    id_tag: str
    parent: str
    why: str


class Sample:
    """session, connector, context, wh, export_wh, power_w, offered_ma, frequency_mhz, power_factor_milli,
    temperature_dc (None when no sensor), volts_mv and amps_ma (one of each per phase; volts to 10 mV)."""

    session: int
    connector: int
    context: int
    wh: int
    export_wh: int
    power_w: int
    offered_ma: int
    frequency_mhz: int
    power_factor_milli: int
    temperature_dc: "int | None"
    volts_mv: list
    amps_ma: list


class End:
    """session, wh, sure (False: the register could not be read at the end, `wh` is the last known), at (boot, up_s,
    utc_s or None: the moment the session ended), reason, id_tag (whose card ended it, "" nobody's)."""

    session: int
    wh: int
    sure: bool
    at: tuple
    reason: str
    id_tag: str


def encode_begin(connector, salt, wh, reservation, id_tag, parent, why):
    """Payload of a BEGIN: see `Begin` for what each is."""
    out = struct.pack(_BEGIN, connector, salt, wh, _short(reservation)) + _texts(id_tag, parent, why)
    return out + _texts(str(reservation)) if _short(reservation) == _AS_TEXT else out


def decode_begin(payload):
    """The `Begin` in a payload."""
    out = Begin()
    out.connector, out.salt, out.wh, short = struct.unpack_from(_BEGIN, payload, 0)
    texts = _untexts(payload, struct.calcsize(_BEGIN), 4 if short == _AS_TEXT else 3)
    out.id_tag, out.parent, out.why = texts[:3]
    out.reservation = int(texts[3]) if short == _AS_TEXT else short or None
    return out


def _short(reservation):
    """What stands in the four bytes for it: 0 is none."""
    if reservation is None:
        return 0
    return reservation if 0 < reservation < _AS_TEXT else _AS_TEXT


def encode_meter(session, wh):
    """Payload of a METER: the register in Wh."""
    return struct.pack(_METER, session, wh)


def decode_meter(payload):
    """(session, wh)"""
    return struct.unpack_from(_METER, payload, 0)


def encode_sample(s):
    """Pack anything with the attributes of `Sample`."""
    temperature = -32768 if s.temperature_dc is None else s.temperature_dc
    out = struct.pack(_SAMPLE, s.session, s.connector, s.context << 4 | len(s.volts_mv), s.wh, s.export_wh, s.power_w,
                      s.offered_ma, _within(s.frequency_mhz, 0, 65535), _within(s.power_factor_milli, -1000, 1000),
                      temperature)
    for volts_mv, amps_ma in zip(s.volts_mv, s.amps_ma):
        out += struct.pack(_PHASE, _within((volts_mv + 5) // 10, 0, 65535), _within(amps_ma, 0, 1000000))
    return out


def decode_sample(payload):
    """The `Sample` in a payload."""
    out = Sample()
    (out.session, out.connector, mixed, out.wh, out.export_wh, out.power_w, out.offered_ma, out.frequency_mhz,
     out.power_factor_milli, temperature) = struct.unpack_from(_SAMPLE, payload, 0)
    out.context = mixed >> 4
    out.temperature_dc = None if temperature == -32768 else temperature
    out.volts_mv, out.amps_ma = [], []
    at = struct.calcsize(_SAMPLE)
    for _ in range(mixed & 15):
        volts_cv, amps_ma = struct.unpack_from(_PHASE, payload, at)
        out.volts_mv.append(volts_cv * 10)
        out.amps_ma.append(amps_ma)
        at += struct.calcsize(_PHASE)
    return out


def encode_edge(session, wh, limit_ma, what, why):
    """`what` is "charging", "suspended_vehicle" or "suspended_charger"; `why` tells what made it so."""
    return struct.pack(_EDGE, session, wh, limit_ma) + _texts(what, why)


def decode_edge(payload):
    """(session, wh, limit_ma, what, why)"""
    return struct.unpack_from(_EDGE, payload, 0) + _untexts(payload, struct.calcsize(_EDGE), 2)


def encode_end(session, wh, sure, at, reason, id_tag):
    """Payload of an END: `at` is (boot, up_s, utc_s or None), the rest as in `End`."""
    boot, up_s, utc_s = at
    return struct.pack(_END, session, wh, 1 if sure else 0, boot, up_s, utc_s or 0) + _texts(reason, id_tag)


def decode_end(payload):
    """The `End` in a payload."""
    out = End()
    out.session, out.wh, sure, boot, up_s, utc_s = struct.unpack_from(_END, payload, 0)
    out.sure = bool(sure)
    out.at = (boot, up_s, utc_s or None)
    out.reason, out.id_tag = _untexts(payload, struct.calcsize(_END), 2)
    return out


def encode_transaction(session, transaction, status=0):
    """`transaction` is the central system's number (-1: it never gave one); `status` is the writer's own."""
    if -0x80000000 <= transaction < 0x80000000:
        return struct.pack(_TRANSACTION, session, transaction, status)
    return struct.pack(_TRANSACTION, session, -1, status) + _texts(str(transaction))


def decode_transaction(payload):
    """(session, transaction, status)"""
    session, transaction, status = struct.unpack_from(_TRANSACTION, payload, 0)
    if len(payload) > struct.calcsize(_TRANSACTION):
        transaction = int(_untexts(payload, struct.calcsize(_TRANSACTION), 1)[0])
    return session, transaction, status


def encode_delivered(seq, part=0, session=0):
    """All up to and with `seq` is delivered, and `part` messages of the next; `session` is the writer's own."""
    return struct.pack(_DELIVERED, seq, part, session)


def decode_delivered(payload):
    """(seq, part, session)"""
    return struct.unpack_from(_DELIVERED, payload, 0)


def encode_setting(generation, changes):
    """Payload of a SETTING: `changes` is {name: text}."""
    pairs = [text for name in changes for text in (name, changes[name])]
    return struct.pack("<IB", generation, len(changes)) + _texts(*pairs)


def decode_setting(payload):
    """(generation, {name: text})"""
    generation, count = struct.unpack_from("<IB", payload, 0)
    texts = _untexts(payload, 5, 2 * count)
    return generation, {texts[i]: texts[i + 1] for i in range(0, 2 * count, 2)}


def encode_note(source, text):
    """Payload of a NOTE: `source` is whose it is, `text` up to 16 kB."""
    return _texts(source, text)


def decode_note(payload):
    """(source, text)"""
    return _untexts(payload, 0, 2)


def _texts(*texts):
    out = b""
    for text in texts:
        data = text.encode()
        n = len(data)
        out += (bytes((n,)) if n < 128 else bytes((n & 127 | 128, n >> 7))) + data
    return out


def _untexts(payload, at, count):
    out = []
    for _ in range(count):
        n = payload[at]
        at += 1
        if n > 127:
            n = n & 127 | payload[at] << 7
            at += 1
        out.append(bytes(payload[at:at + n]).decode())
        at += n
    return tuple(out)


def _within(value, low, high):
    return low if value < low else high if value > high else value
