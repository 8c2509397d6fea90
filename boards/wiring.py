"""Which pin of the chip each part hangs on: the names, what the pins of each module can do, and the check of one against the other.

A program that wires a chip, builds for it or draws its wiring calls `check`; `boards.load` does not, for the heap's sake.
Sources: datasheets of the ESP32 (pins, strapping pins), ESP32-WROOM-32E, ESP32-WROVER-E, ESP32-S3 and ESP32-S3-WROOM-1.
"""

from boards import BoardError

# (name, kind of use, where, needed when). In a name "#" is the connector's id, "@" each of the names in the list `where`
# (in lower case). Needed when that field of the board, connector or guard is fitted, or has that value. Kinds:
#
# relay    the contactor's coil                       button     may be the boot button
# out, in  fast: a pin of the chip itself             bus        open drain, both ways
# analog   input of ADC1, for ADC2 is the radio's     slow_out, slow_in   may also hang on an expander
ROWS = (
    ("contactor_#", "relay", "connector", None),
    ("pilot_#", "out", "connector", "pilot"),
    ("pilot_adc_#", "analog", "connector", "pilot"),
    ("proximity_#", "analog", "connector", "proximity"),
    ("feedback_#_@", "in", "poles", "feedback"),
    ("residual_#", "in", "connector", ("residual", "rdc_dd")),
    ("residual_test_#", "slow_out", "connector", ("residual", "rdc_dd")),
    ("plug_switch_#", "in", "connector", "plug_switch"),
    ("lock_drive_#", "slow_out", "connector", "lock"),
    ("unlock_drive_#", "slow_out", "connector", "lock"),
    ("lock_closed_#", "slow_in", "connector", "lock"),
    ("guard", "out", "guard", ("make", "pump")),
    ("guard", "out", "guard", ("make", "mcu")),
    ("guard_rx", "in", "guard", ("make", "mcu")),
    ("input_@", "slow_in", "inputs", None),
    ("temperature_@", "analog", "temperatures", None),
    ("rs485_tx", "out", "board", "rs485"),
    ("rs485_rx", "in", "board", "rs485"),
    ("meter_sck", "out", "board", "metering_chip"),
    ("meter_mosi", "out", "board", "metering_chip"),
    ("meter_miso", "in", "board", "metering_chip"),
    ("meter_cs", "out", "board", "metering_chip"),
    ("button_@", "button", "buttons", None),
    ("lamp", "out", "board", ("indicator", "ws2812")),
    ("lamp_red", "slow_out", "board", ("indicator", "rgb")),
    ("lamp_green", "slow_out", "board", ("indicator", "rgb")),
    ("lamp_blue", "slow_out", "board", ("indicator", "rgb")),
    ("fan", "slow_out", "board", "fan"),
    ("fan_vane", "slow_in", "board", "fan"),
    ("eth_sck", "out", "board", "ethernet"),
    ("eth_mosi", "out", "board", "ethernet"),
    ("eth_miso", "in", "board", "ethernet"),
    ("eth_cs", "out", "board", "ethernet"),
    ("eth_int", "in", "board", "ethernet"),
    ("modem_tx", "out", "board", "modem"),
    ("modem_rx", "in", "board", "modem"),
    ("i2c_sda", "bus", "board", "expanders"),
    ("i2c_scl", "bus", "board", "expanders"),
)
# What any board may have besides.
OPTIONAL = (
    ("rs485_de", "out"),  # without it, a transceiver that turns by itself
    ("onewire", "bus"),  # DS18B20s, for the temperatures that have no pin of their own
    ("buzzer", "out"),  # a tone, which an expander cannot give
    ("eth_reset", "out"),
    ("modem_power", "slow_out"),
    ("console_tx", "out"),  # without these two the console is on USB
    ("console_rx", "in"),
)
# The sets of pins with which each reader may be wired; one of them must be whole.
_SPI = (("reader_sck", "out"), ("reader_mosi", "out"), ("reader_miso", "in"), ("reader_cs", "out"), ("reader_reset", "slow_out"))
READERS = {
    None: ((),),
    "mfrc522": (_SPI,),
    "pn532": (
        _SPI,
        (("reader_tx", "out"), ("reader_rx", "in"), ("reader_reset", "slow_out")),
        (("reader_sda", "bus"), ("reader_scl", "bus"), ("reader_reset", "slow_out")),
    ),
    "wiegand": ((("reader_d0", "in"), ("reader_d1", "in")),),
}


def _span(*ends):
    """The whole numbers of spans, each given by both its ends."""
    return tuple(n for i in range(0, len(ends), 2) for n in range(ends[i], ends[i + 1] + 1))


# What the pins of each module are. "ulp": of the RTC domain and quiet while the chip boots; on the ESP32 alone are the
# coprocessor's instructions known for certain.
_ESP32 = {
    "there": _span(0, 19, 21, 23, 25, 27, 32, 36, 39, 39),
    "flash": _span(6, 11),
    "psram": (),
    "usb": (),
    "log": (1, 3),
    "strapping": (0, 2, 5, 12, 15),
    "input-only": (34, 35, 36, 39),
    "adc1": (32, 33, 34, 35, 36, 39),
    "ulp": (4, 13, 25, 26, 27, 32, 33),
}
MODULES = {
    "esp32_wroom": _ESP32,
    "esp32_wrover": dict(_ESP32, psram=(16, 17)),
    "esp32s3_n16r8": {
        "there": _span(0, 21, 26, 48),
        "flash": _span(26, 32),
        "psram": _span(33, 37),
        "usb": (19, 20),
        "log": (43,),
        "strapping": (0, 3, 45, 46),
        "input-only": (),
        "adc1": _span(1, 10),
        "ulp": (),
    },
}

_SLOW = ("slow_out", "slow_in", "button")
_OUTPUTS = ("relay", "out", "slow_out", "bus")
_CONSOLE = ("console_tx", "console_rx")
_BOOT_BUTTON = 0  # pulled up, and pressed by nobody while it boots: fit for a button, on both chips

# (group of pins, refused to these kinds (None: all) but these names, what the pins are)
_REFUSED = (
    ("flash", None, (), "the flash's pins"),
    ("psram", None, (), "the PSRAM's pins"),
    ("usb", None, (), "the USB console's pins"),
    ("log", None, _CONSOLE, "pins that tell the chip's boot log"),
    ("strapping", None, (), "strapping pins, which are read while the chip boots"),
    ("input-only", _OUTPUTS, (), "input-only pins"),
)


def check(board):
    """Raises `BoardError`, with pin, use and rule, when the module of this `boards.Board` cannot be wired like that."""
    try:
        _check(board)
    except BoardError as error:
        raise BoardError("%s: %s" % (board.name, error))


def uses(board):
    """What must be wired on this board, as [(name of the pin, kind of use)]; BoardError for a reader with half its pins."""
    rows = []
    for name, kind, where, when in ROWS:
        if where in ("board", "guard"):
            if _fitted(board if where == "board" else board.guard, when):
                rows.append((name, kind))
        elif where in ("connector", "poles"):
            for connector in board.connectors:
                if _fitted(connector, when):
                    ends = connector.poles if where == "poles" else ("",)
                    name_of = name.replace("#", str(connector.id))
                    rows += [(name_of.replace("@", end.lower()), kind) for end in ends]
        else:
            rows += [(name.replace("@", one), kind) for one in getattr(board, where)]
    if "onewire" in board.pins:
        rows = [row for row in rows if not row[0].startswith("temperature_") or row[0] in board.pins]
    return rows + list(_reader(board))


def _fitted(thing, when):
    if when is None or type(when) is str:
        return when is None or bool(getattr(thing, when))
    return getattr(thing, when[0]) == when[1]


def _reader(board):
    sets = READERS[board.reader]
    for one in sets:
        if all(name in board.pins for name, _ in one):
            return one
    words = ", or ".join(" ".join(name for name, _ in one) for one in sets)
    raise BoardError("reader is %r; allowed with all of the pins %s" % (board.reader, words))


def _check(board):
    pins = board.pins
    if board.guard.make == "ulp" and not MODULES[board.module]["ulp"]:
        raise BoardError("guard.make is 'ulp'; allowed on an ESP32, not on %s: no pin of it is the coprocessor's" % board.module)
    kinds = dict(uses(board))
    for name in sorted(kinds):
        if name not in pins:
            raise BoardError("pins.%s is None; allowed for %s: a pin, for it is fitted" % (name, kinds[name]))
    kinds.update(OPTIONAL)
    taken = {}
    for name in sorted(pins):
        pin = pins[name]
        if name not in kinds:
            raise BoardError("pins.%s is %r; allowed None: nothing of that name is fitted" % (name, pin))
        allowed = _instead(board, name, kinds[name], pin)
        if not allowed and pin in taken:
            allowed = "a pin of its own, not that of " + taken[pin]
        if allowed:
            raise BoardError("pins.%s is %r; allowed for %s: %s" % (name, pin, kinds[name], allowed))
        taken[pin] = name
    for name in board.active_low:
        if name not in pins:
            raise BoardError("active_low is %r; allowed names in pins" % name)


def _instead(board, name, kind, pin):
    """What would be allowed; None where the pin will do."""
    module = MODULES[board.module]
    if type(pin) is tuple:
        if kind not in _SLOW:
            return "a pin of the chip itself, for an expander is slow"
        if len(pin) == 2 and pin[0] in range(len(board.expanders)) and pin[1] in range(16):
            return None
        return "(0..%d, 0..15), an expander and its pin" % (len(board.expanders) - 1) if board.expanders else "no expander"
    if type(pin) is not int or pin not in module["there"]:
        return "a GPIO of %s: %s" % (board.module, _listed(module["there"]))
    for group, kinds, but, words in _REFUSED:
        if pin not in module[group] or kinds and kind not in kinds or name in but:
            continue
        if pin != _BOOT_BUTTON or kind != "button":
            return "not %s, %s" % (_listed(module[group]), words)
    if kind == "analog" and pin not in module["adc1"]:
        return "one of ADC1, %s, for ADC2 is the radio's" % _listed(module["adc1"])
    if kind == "relay" and board.guard.make == "ulp" and pin not in module["ulp"]:
        return "one that the ULP coprocessor can own and that is quiet at boot, %s" % _listed(module["ulp"])
    return None


def _listed(numbers):
    """Numbers as spans: (1, 2, 3, 7) is "1-3, 7"."""
    spans = []
    for n in numbers:
        if spans and spans[-1][1] == n - 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ", ".join(str(low) if low == high else "%d-%d" % (low, high) for low, high in spans)
