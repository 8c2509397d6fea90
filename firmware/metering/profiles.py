"""What each make of meter keeps in which register. Addresses are those on the wire, counted from 0.

The profiles are one text, read in place, a line each:

    name|what it is|function|word orders|most registers in one read|baud parity stop as delivered|reads

Reads are parted by semicolons: `pace register count: points`; `=name` stands for those of another profile. "fast" is read
each second, "slow" each second where the line has the time, otherwise every five. Points are parted by commas:
`offset fact type exponent`; value = register * 10**exponent in the fact's unit. Two word orders mean that units of both
kinds are sold: which one hangs there must be found out (`detect_order`).

Sources: Eastron, Selec, Schneider, ABB, Carlo Gavazzi and Chint maps as evcc's mbmd, ESPHome, SmartEVSE and evcc use them in
the field. Reads cross holes only where one of these does.

Wanted at boot and by a scan, and held no longer.
"""

from firmware.metering.decode import ORDERS, SIZES
from firmware.metering.profile import FACTS, REQUIRED, Profile, ProfileError, Read

PROFILES = (
    # Function 0 is no Modbus: the blocks of hal/drivers/atm90e36.py, whose chip measures each of three phases.
    b"atm90e36|Microchip ATM90E36A, one of its phases|0|ABCD|9|9600 N 1|"
    b"fast 0x0000 9: 0 energy_wh U32 0, 2 power_w I16 0, 3 frequency_mhz U16 1, 4 volts_mv.0 U16 1, 5 amps_ma.0 U16 0, "
    b"6 power_factor_milli I16 0, 7 export_wh U32 0\n"
    b"atm90e36_3p|Microchip ATM90E36A, three phases|0|ABCD|14|9600 N 1|"
    b"fast 0x0010 14: 0 energy_wh U32 0, 2 power_w I32 0, 4 frequency_mhz U16 1, 5 power_factor_milli I16 0, "
    b"6 volts_mv.0 U16 1, 7 volts_mv.1 U16 1, 8 volts_mv.2 U16 1, 9 amps_ma.0 U16 0, 10 amps_ma.1 U16 0, 11 amps_ma.2 U16 0, "
    b"12 export_wh U32 0\n"
    b"sdm120|Eastron SDM120|4|ABCD|80|2400 N 1|"
    b"fast 0x0000 14: 0 volts_mv.0 F32 3, 6 amps_ma.0 F32 3, 12 power_w F32 0; "
    b"fast 0x0046 6: 0 frequency_mhz F32 3, 2 energy_wh F32 3, 4 export_wh F32 3; "
    b"slow 0x001E 2: 0 power_factor_milli F32 3\n"
    b"sdm220|Eastron SDM220|4|ABCD|80|9600 N 1|=sdm120\n"
    b"sdm230|Eastron SDM230|4|ABCD|80|9600 N 1|=sdm120\n"
    b"sdm630|Eastron SDM630, SDM54|4|ABCD|80|9600 N 1|"
    b"fast 0x0034 24: 0 power_w F32 0, 10 power_factor_milli F32 3, 18 frequency_mhz F32 3, 20 energy_wh F32 3, "
    b"22 export_wh F32 3; "
    b"slow 0x0000 12: 0 volts_mv.0 F32 3, 2 volts_mv.1 F32 3, 4 volts_mv.2 F32 3, 6 amps_ma.0 F32 3, 8 amps_ma.1 F32 3, "
    b"10 amps_ma.2 F32 3\n"
    b"sdm72v2|Eastron SDM72 V2|4|ABCD|80|9600 N 1|=sdm630\n"
    b"em2m|Selec EM2M-1P|4|CDAB ABCD|34|9600 N 1|"
    b"fast 0x0000 28: 2 energy_wh F32 3, 4 export_wh F32 3, 14 power_w F32 3, 20 volts_mv.0 F32 3, 22 amps_ma.0 F32 3, "
    b"24 power_factor_milli F32 3, 26 frequency_mhz F32 3\n"
    # Firmware 1.01 has the high word first, 1.00 the low one.
    b"em4m|Selec EM4M-3P|4|ABCD CDAB|32|9600 N 1|"
    b"fast 0x002A 16: 0 power_w F32 3, 12 power_factor_milli F32 3, 14 frequency_mhz F32 3; "
    b"fast 0x0058 4: 0 energy_wh F32 3, 2 export_wh F32 3; "
    b"slow 0x0000 22: 0 volts_mv.0 F32 3, 2 volts_mv.1 F32 3, 4 volts_mv.2 F32 3, 16 amps_ma.0 F32 3, "
    b"18 amps_ma.1 F32 3, 20 amps_ma.2 F32 3\n"
    # Energy is a 64-bit count of Wh: no rounding at all. The wire address is the manual's less one.
    b"iem3000|Schneider iEM3150, 3155, 3250, 3255|3|ABCD|64|19200 E 1|"
    b"fast 0x0C83 4: 0 energy_wh I64 0; "
    b"fast 0x0BF3 2: 0 power_w F32 3; "
    b"slow 0x0BB7 6: 0 amps_ma.0 F32 3, 2 amps_ma.1 F32 3, 4 amps_ma.2 F32 3; "
    b"slow 0x0BD3 6: 0 volts_mv.0 F32 3, 2 volts_mv.1 F32 3, 4 volts_mv.2 F32 3; "
    b"slow 0x0C25 2: 0 frequency_mhz F32 3\n"
    # Energy in steps of 100 Wh.
    b"em340|Carlo Gavazzi EM330, EM340, ET340|4|CDAB|50|9600 N 1|"
    b"fast 0x0028 14: 0 power_w I32 -1, 9 power_factor_milli I16 0, 11 frequency_mhz I16 2, 12 energy_wh I32 2; "
    b"slow 0x0000 18: 0 volts_mv.0 I32 2, 2 volts_mv.1 I32 2, 4 volts_mv.2 I32 2, 12 amps_ma.0 I32 0, "
    b"14 amps_ma.1 I32 0, 16 amps_ma.2 I32 0; "
    b"slow 0x004E 2: 0 export_wh I32 2\n"
    # Energy in steps of 10 Wh. A and B of the line are named the other way round on these.
    b"abb_b2x|ABB B21, B23, B24|3|ABCD|64|19200 E 1|"
    b"fast 0x5000 8: 0 energy_wh U64 1, 4 export_wh U64 1; "
    b"fast 0x5B14 2: 0 power_w I32 -2; "
    b"slow 0x5B00 6: 0 volts_mv.0 U32 2, 2 volts_mv.1 U32 2, 4 volts_mv.2 U32 2; "
    b"slow 0x5B0C 6: 0 amps_ma.0 U32 1, 2 amps_ma.1 U32 1, 4 amps_ma.2 U32 1; "
    b"slow 0x5B2C 1: 0 frequency_mhz U16 1; "
    b"slow 0x5B3A 1: 0 power_factor_milli I16 0\n"
    # Floats that carry a factor as well.
    b"dtsu666|Chint DTSU666|3|ABCD|64|9600 N 1|"
    b"fast 0x2012 2: 0 power_w F32 -1; "
    b"fast 0x101E 2: 0 energy_wh F32 3; "
    b"slow 0x2006 12: 0 volts_mv.0 F32 2, 2 volts_mv.1 F32 2, 4 volts_mv.2 F32 2, 6 amps_ma.0 F32 0, 8 amps_ma.1 F32 0, "
    b"10 amps_ma.2 F32 0; "
    b"slow 0x202A 2: 0 power_factor_milli F32 0; "
    b"slow 0x2044 2: 0 frequency_mhz F32 1\n"
)


def _read(name, most, text):
    head, _, points = text.partition(":")
    try:
        pace, register, count = head.split()
        register, count = int(register, 16), int(count)
    except ValueError:
        raise ProfileError("%s: read %r; a read is `pace register count: points`" % (name, head))
    if pace not in ("fast", "slow") or not 1 <= count <= most:
        raise ProfileError("%s: read %r; allowed fast or slow, 1..%d registers" % (name, head, most))
    return Read(pace, register, count, [_point(name, count, point.split()) for point in points.split(",")])


def _point(name, count, parts):
    if len(parts) != 4:
        raise ProfileError("%s: point %r; a point is `offset fact type exponent`" % (name, " ".join(parts)))
    offset, fact, kind, exponent = parts
    if fact not in FACTS or kind not in SIZES or not -3 <= int(exponent) <= 4:
        raise ProfileError("%s: point %r; allowed facts %s, types %s" % (name, parts, FACTS, sorted(SIZES)))
    if not 0 <= int(offset) <= count - SIZES[kind]:
        raise ProfileError("%s: point %r lies outside its %d registers" % (name, parts, count))
    return FACTS.index(fact), int(offset), kind, int(exponent)


def parse(row):
    """The `Profile` of a row, checked."""
    name, words, function, orders, most, serial, reads = row.split("|")
    function, most = int(function), int(most)
    orders = tuple(orders.split())
    baud, parity, stop = serial.split()
    if function not in (0, 3, 4) or not orders or any(order not in ORDERS for order in orders):
        raise ProfileError("%s: function %r, orders %r; allowed 0, 3, 4 and %s" % (name, function, orders, ORDERS))
    if reads[:1] == "=":
        reads = _row(reads[1:]).split("|")[6]
    reads = [_read(name, most, text) for text in reads.split(";")]
    profile = Profile(name, words, function, orders, most, (int(baud), parity, int(stop)), reads)
    for fact in FACTS[:REQUIRED]:
        profile.point(fact)
    return profile


def names():
    """The profiles there are, sorted."""
    return sorted(str(row[: row.find(b"|")], "utf-8") for row in PROFILES.split(b"\n") if row)


def load(name):
    """The `Profile` of that name; ProfileError names those there are."""
    return parse(_row(name))


def _row(name):
    head = name.encode() + b"|"
    for row in PROFILES.split(b"\n"):
        if row.startswith(head):
            return str(row, "utf-8")
    raise ProfileError("no meter profile %r; there are %s" % (name, ", ".join(names())))
