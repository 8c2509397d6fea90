"""The program of the ESP32's ULP coprocessor that owns the contactors' pins, encoded word by word.

Instructions: ESP32 Technical Reference Manual, ULP coprocessor, and esp-idf's components/ulp `esp32/ulp.h`. Registers:
esp-idf's `soc/esp32/rtc_io_reg.h`. Only the plain ESP32: what is published of the ESP32-S3's instructions contradicts itself.

In RTC slow memory, by words from the load address:

    0  word     written by the firmware: bits 15..6 count up with each token, bits 2i+1..2i say what connector i shall be:
                0b10 closed, 0b01 open; anything else is as good as open
    1  seen     the last count
    2  left     so many more wakes without a new count does it hold on
    3  the program, woken each WAKE_US
"""

import struct

from micropython import const

WORD = const(0)
ENTRY = const(3)  # in words
COUNT_SHIFT = const(6)
CLOSED = const(2)
OPEN = const(1)
CONNECTORS = const(3)  # so many pairs of bits there are

# A token is seen at the next wake, and then HOLD more pass until the pins go low: at most 9 wakes. The slow clock they are
# counted by is calibrated at the start and then drifts within 10 %: 99 ms, and never less than 72.
WAKE_US = const(10000)
HOLD = const(8)

_R0 = const(0)
_R1 = const(1)
_R2 = const(2)
_R3 = const(3)
_EQ = const(1)
_ALWAYS = const(0)
_SUB, _AND, _RSH = 1, 2, 6

_OUT_SET = const(1)  # RTC_GPIO_OUT_W1TS, W1TC and RTC_GPIO_ENABLE_W1TS, in words from the base of RTC_IO; data from bit 14
_OUT_CLEAR = const(2)
_ENABLE_SET = const(4)
_DATA = const(14)

# GPIO: (number in the RTC domain, register of its pad in words from the base of RTC_IO, bit that gives it to the RTC domain)
PADS = {
    4: (10, 0x94 >> 2, 19),
    13: (14, 0xA4 >> 2, 19),
    25: (6, 0x84 >> 2, 17),
    26: (7, 0x88 >> 2, 17),
    27: (17, 0xB0 >> 2, 19),
    32: (9, 0x8C >> 2, 17),
    33: (8, 0x8C >> 2, 18),
}


def out_bit(pin):
    """Its bit in the RTC domain's output registers; ValueError for a pin that the coprocessor cannot own."""
    if pin not in PADS:
        raise ValueError("GPIO%r; the ULP coprocessor can own %s" % (pin, ", ".join(str(one) for one in sorted(PADS))))
    return 1 << (_DATA + PADS[pin][0])


def image(pins):
    """The program for contactors on these GPIOs (1 to 3) as `esp32.ULP.load_binary` takes it, for address 0."""
    code = words(pins)
    # magic, offset and size of the text, size of data and bss
    return struct.pack("<IHHHH", 0x00706C75, 12, 4 * len(code), 0, 0) + struct.pack("<%dI" % len(code), *code)


def words(pins):
    """What lies in the coprocessor's memory: its three variables and the program, as a list of 32-bit integers."""
    if not 1 <= len(pins) <= CONNECTORS:
        raise ValueError("%d contactors; the ULP coprocessor guards 1..%d" % (len(pins), CONNECTORS))
    for pin in pins:
        out_bit(pin)
    code = [
        _move(_R3, 0),
        _load(_R0, WORD),
        _alu(_RSH, _R1, _R0, COUNT_SHIFT),
        _load(_R2, 1),
        _alu_register(_SUB, _R2, _R1, _R2),
        ("same", _EQ),
        _store(_R1, 1),
        _move(_R2, HOLD),
        ("keep", _ALWAYS),
        "same",
        _load(_R2, 2),
        _alu(_AND, _R2, _R2, 0xFF),
        ("off", _EQ),
        _alu(_SUB, _R2, _R2, 1),
        "keep",
        _store(_R2, 2),
        _alu(_AND, _R2, _R2, 0xFF),
        ("off", _EQ),
    ]
    for i, pin in enumerate(pins):
        number = PADS[pin][0]
        code += [
            _alu(_RSH, _R1, _R0, 2 * i),
            _alu(_AND, _R1, _R1, 3),
            _alu(_SUB, _R1, _R1, CLOSED),
            ("close%d" % i, _EQ),
            _set_bit(_OUT_CLEAR, _DATA + number),
            ("next%d" % i, _ALWAYS),
            "close%d" % i,
            _set_bit(_OUT_SET, _DATA + number),
            "next%d" % i,
        ]
    code += [("own", _ALWAYS), "off"]
    code += [_set_bit(_OUT_CLEAR, _DATA + PADS[pin][0]) for pin in pins]
    code.append("own")  # each time anew, and last: nobody else keeps a pin for longer than a wake, and none goes high by that
    for pin in pins:
        number, pad, bit = PADS[pin]
        code += [_set_bit(_ENABLE_SET, _DATA + number), _set_bit(pad, bit)]
    code.append(_halt())
    return [0] * ENTRY + _placed(code)


def _placed(code):
    """Puts addresses for labels: a text is a label, a tuple (label, condition) a jump to it."""
    at = ENTRY
    labels = {}
    for one in code:
        if isinstance(one, str):
            labels[one] = at
        else:
            at += 1
    return [_jump(labels[one[0]], one[1]) if isinstance(one, tuple) else one for one in code if not isinstance(one, str)]


def _move(register, value):
    return 7 << 28 | 1 << 25 | 4 << 21 | value << 4 | register


def _alu(operation, into, register, value):
    return 7 << 28 | 1 << 25 | operation << 21 | value << 4 | register << 2 | into


def _alu_register(operation, into, left, right):
    return 7 << 28 | operation << 21 | right << 4 | left << 2 | into


def _load(into, offset):
    return 13 << 28 | offset << 10 | _R3 << 2 | into


def _store(register, offset):
    return 6 << 28 | 4 << 25 | offset << 10 | _R3 << 2 | register


def _jump(address, condition):
    return 8 << 28 | condition << 22 | address << 2


def _set_bit(address, bit):
    """Writes a 1 to one bit of a register of RTC_IO."""
    return 1 << 28 | bit << 23 | bit << 18 | 1 << 10 | 1 << 8 | address


def _halt():
    return 11 << 28
