"""The fields of a board file: one row a field, `(name, kind, allowed, default)`. The loader, the README and the tests read it.

kind      allowed              the value
"int"     (low, high)          a whole number, both ends included
"text"    (shortest, longest)  a string of printable ASCII, counted in characters
"bool"    None                 True or False
"one"     choices              one of them
"some"    (choices, low, high) a tuple of distinct choices (None: any name), low..high of them
"map"     None                 a dict of names
"table"   rows                 a dict with fields of its own
"tables"  (rows, low, high)    a list of such dicts, low..high of them

A default of None also allows None: not fitted. A table's default {} is that table with every default of its own.
"""

REQUIRED = ...

LINES = ("L1", "L2", "L3")

# The longest time from a dead interpreter to an open contactor that each make of guard may promise.
# The watchdog resets the chip, so its promise includes a boot: good enough for a bench, not for a street.
GUARD_PROMISE_MS = {"pump": 120, "mcu": 120, "ulp": 120, "watchdog": 1500}

# The ESP32 modules that `boards/wiring.py` knows the pins of, and the I2C addresses an MCP23017 can have.
MODULES = ("esp32s3_n16r8", "esp32_wrover", "esp32_wroom")
EXPANDERS = tuple(range(0x20, 0x28))

METER = (
    ("profile", "text", (1, 24), REQUIRED),
    ("address", "int", (1, 247), REQUIRED),
    ("side", "one", ("supply", "load"), REQUIRED),
    ("order", "one", ("ABCD", "CDAB"), None),
)

CONNECTOR = (
    ("id", "int", (1, 16), REQUIRED),
    ("kind", "one", ("tethered", "socket", "outlet"), REQUIRED),
    (
        "standard",
        "one",
        (
            "IEC_62196_T1",
            "IEC_62196_T2",
            "IEC_60309_2_single_16",
            "IEC_60309_2_three_16",
            "IEC_60309_2_three_32",
            "DOMESTIC_D",
            "DOMESTIC_M",
        ),
        REQUIRED,
    ),
    ("phases", "one", (1, 3), REQUIRED),
    ("line", "one", LINES, None),
    ("rating_ma", "int", (6000, 80000), REQUIRED),
    ("pilot", "bool", None, True),
    ("proximity", "bool", None, False),
    ("lock", "bool", None, False),
    ("plug_switch", "bool", None, False),
    ("poles", "some", (LINES + ("N",), 2, 4), REQUIRED),
    ("feedback", "bool", None, REQUIRED),
    ("residual", "one", ("rdc_dd", "none"), REQUIRED),
    ("meter", "table", METER, None),
)

RS485 = (
    ("baud", "one", (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200), 9600),
    ("parity", "one", ("N", "E", "O"), "N"),
    ("stop", "one", (1, 2), 1),
)

GUARD = (
    ("make", "one", tuple(sorted(GUARD_PROMISE_MS)), REQUIRED),
    ("promise_ms", "int", (20, 1500), REQUIRED),
    ("bench_only", "bool", None, False),
)

MODEM = (
    ("apn", "text", (0, 63), ""),
)

# What stands between a pin of the chip and what it measures. Every pull-up goes to 3.3 V; an NTC has 10 kOhm at 25 degrees.
CIRCUIT = (
    ("pilot_zero_mv", "int", (500, 2500), 1300),        # at the converter for 0 V at the pilot pin ...
    ("pilot_span_mv", "int", (500, 1500), 1150),        # ... and so much more for +12 V, less for -12 V
    ("proximity_pullup_ohm", "int", (100, 10000), 1000),
    ("ntc_pullup_ohm", "int", (1000, 100000), 10000),
    ("ntc_beta", "int", (2000, 6000), 3950),
)

BOARD = (
    ("model", "text", (1, 20), REQUIRED),
    ("vendor", "text", (1, 20), REQUIRED),
    ("phases", "one", (1, 3), REQUIRED),
    ("rating_ma", "int", (6000, 80000), REQUIRED),
    ("voltage_v", "int", (100, 250), 230),
    ("connectors", "tables", (CONNECTOR, 1, 16), REQUIRED),
    ("rs485", "table", RS485, None),
    ("reader", "one", ("mfrc522", "pn532", "wiegand"), None),
    ("temperatures", "some", (None, 1, 8), REQUIRED),
    ("buttons", "some", (None, 0, 8), ()),
    ("inputs", "some", (("estop", "door", "tilt", "earth"), 0, 4), ()),
    ("indicator", "one", ("rgb", "ws2812"), None),
    ("fan", "bool", None, False),
    ("ethernet", "one", ("w5500",), None),
    ("modem", "table", MODEM, None),
    ("guard", "table", GUARD, REQUIRED),
    ("module", "one", MODULES, MODULES[0]),
    ("expanders", "some", (EXPANDERS, 0, 2), ()),
    ("pins", "map", None, {}),
    ("active_low", "some", (None, 0, 32), ()),
    ("circuit", "table", CIRCUIT, {}),
)
