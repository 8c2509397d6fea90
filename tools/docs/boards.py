"""What is generated of the boards: the fields' tables of `boards/README.md`, and each board's wiring page and `pins.csv`."""

from boards import fields, load, wiring
from boards.check import allowed_text

# What each field means; `allowed` and defaults come from the table itself.
WORDS = {
    "board.model": "OCPP chargePointModel",
    "board.vendor": "OCPP chargePointVendor",
    "board.phases": "phases of the supply",
    "board.rating_ma": "current each phase of the supply and the board itself can carry all day",
    "board.voltage_v": "nominal voltage, phase to neutral",
    "board.connectors": "one table a connector, see below",
    "board.rs485": "the line the meters hang on, see below",
    "board.reader": "card reader",
    "board.temperatures": "names of the temperature sensors, `board` first",
    "board.buttons": "names of the push buttons",
    "board.inputs": "safety inputs that are fitted; `earth` is active when the protective earth is lost",
    "board.indicator": "the lamp a driver sees",
    "board.fan": "a relay for the fan of the room, with a vane that proves it turns; for vehicles that ask for ventilation",
    "board.ethernet": "a wired network beside Wi-Fi",
    "board.modem": "a cellular modem on a UART, see below",
    "modem.apn": "access point name the SIM wants; empty where the network knows it",
    "board.guard": "what opens the contactor when the interpreter is dead, see below",
    "board.module": "the ESP32 module, which says what its pins can do",
    "board.expanders": "I²C addresses of its MCP23017 port expanders",
    "board.pins": "which pin each part hangs on: a GPIO number, or (which of the expanders, 0..15)",
    "board.active_low": "pins whose low level is the active one",
    "board.circuit": "what stands between a pin and what it measures, see below",
    "connector.id": "its OCPP connectorId",
    "connector.kind": "cable fixed to the box, socket with control pilot, or outlet without one",
    "connector.standard": "OCPI ConnectorType",
    "connector.phases": "phases it can give",
    "connector.line": "which phase of the supply, where it is one",
    "connector.rating_ma": "highest current it may ever offer, per phase",
    "connector.pilot": "control pilot of IEC 61851-1",
    "connector.proximity": "proximity contact, read for the cable's rating",
    "connector.lock": "motor lock with feedback",
    "connector.plug_switch": "switch that a plug presses",
    "connector.poles": "poles of the contactor; feedback bit i belongs to poles[i]",
    "connector.feedback": "the load side of each pole is sensed",
    "connector.residual": "residual current monitor, 6 mA DC and 30 mA AC, with a test line",
    "connector.meter": "its energy meter, see below",
    "meter.profile": "a name out of `firmware/metering/profiles.py`",
    "meter.address": "Modbus address; of the board's metering chip, 1 to 3 for its phases A to C",
    "meter.side": "before or behind the contactor; behind it, silence while open is no fault",
    "meter.order": "word order, where this unit differs from its profile; otherwise the profile says it or it is found out",
    "rs485.baud": "symbols a second",
    "rs485.parity": "none, even, odd",
    "rs485.stop": "stop bits",
    "guard.make": "charge pump, small microcontroller, ULP coprocessor, or the watchdog alone",
    "guard.promise_ms": "longest time from a dead interpreter to an open contactor",
    "guard.bench_only": "not fit for people: refuses to charge unless a setting allows it",
    "circuit.pilot_zero_mv": "millivolts at the converter for 0 V at the pilot pin",
    "circuit.pilot_span_mv": "so many more for +12 V, so many less for -12 V",
    "circuit.proximity_pullup_ohm": "from 3.3 V to the proximity contact",
    "circuit.ntc_pullup_ohm": "from 3.3 V to each NTC of 10 kΩ",
    "circuit.ntc_beta": "the NTC's B value, kelvin",
}

SECTIONS = (
    ("board", "The board", fields.BOARD),
    ("connector", "Each of `connectors`", fields.CONNECTOR),
    ("meter", "A connector's `meter`", fields.METER),
    ("rs485", "`rs485`", fields.RS485),
    ("modem", "`modem`", fields.MODEM),
    ("guard", "`guard`", fields.GUARD),
    ("circuit", "`circuit`", fields.CIRCUIT),
)

# What hangs on a pin, by the name's beginning: the longest that fits.
PARTS = {
    "contactor": "driver of the contactor's coil, pulled down: no level, no contactor",
    "pilot": "pilot amplifier: high gives +12 V, low -12 V; a floating or low pin is never +12 V",
    "pilot_adc": "pilot voltage, -12..+12 V brought to {low:.2f}..{high:.2f} V",
    "proximity": "proximity contact, divider of 330 Ω to 3.3 V, as the pin sees it",
    "feedback": "optocoupler behind the contactor's pole, its half waves smoothed",
    "residual": "residual current monitor; it also breaks the coil's supply by itself",
    "residual_test": "the monitor's test input",
    "plug_switch": "contact that the plug closes; a broken wire reads as no plug",
    "lock_drive": "motor bridge, pulled down: towards locked",
    "unlock_drive": "motor bridge, pulled down: towards open",
    "lock_closed": "contact that the bolt closes; a broken wire reads as open",
    "guard": "charge pump that feeds the coil's driver: a pulse each whole tick",
    "guard_rx": "the controller's answer, which nobody reads: the port takes a pin of its choice where it is given none",
    "input": "contact that opens on alarm; a broken wire is an alarm",
    "temperature": "NTC 10 kΩ, B 3950, to ground, with 10 kΩ to 3.3 V",
    "rs485_tx": "RS-485 transceiver, data out",
    "rs485_rx": "RS-485 transceiver, data in",
    "rs485_de": "RS-485 transceiver, direction: high sends",
    "meter_sck": "metering chip, SPI clock",
    "meter_mosi": "metering chip, SPI, to the chip",
    "meter_miso": "metering chip, SPI, from the chip",
    "meter_cs": "metering chip, SPI, low selects",
    "eth_sck": "W5500, SPI clock",
    "eth_mosi": "W5500, SPI, to the chip",
    "eth_miso": "W5500, SPI, from the chip",
    "eth_cs": "W5500, SPI, low selects",
    "eth_int": "W5500, interrupt",
    "eth_reset": "W5500, low resets it",
    "modem_tx": "modem, data to it, 115200 8N1",
    "modem_rx": "modem, data from it",
    "modem_power": "the modem's supply",
    "button": "push button to ground",
    "lamp": "WS2812",
    "lamp_": "LED driver",
    "fan": "relay of the room's fan",
    "fan_vane": "contact that the running fan closes",
    "i2c": "I²C of the expanders, 400 kHz, 2.2 kΩ to 3.3 V",
    "onewire": "DS18B20s, 4.7 kΩ to 3.3 V",
    "buzzer": "buzzer",
    "console": "technician's serial console, 115200 8N1",
}
READER = {
    "sck": "SPI clock",
    "mosi": "SPI, to the reader",
    "miso": "SPI, from the reader",
    "cs": "SPI, low selects",
    "tx": "serial, to the reader",
    "rx": "serial, from the reader",
    "sda": "I²C data",
    "scl": "I²C clock",
    "reset": "low resets it",
    "d0": "data 0, pulled up: a low pulse is a 0",
    "d1": "data 1, pulled up: a low pulse is a 1",
}
SIGNALS = {"relay": "output", "out": "output", "slow_out": "output", "in": "input", "slow_in": "input", "button": "input",
           "analog": "analog input", "bus": "open drain"}


def field_tables():
    """The lines between the markers of boards/README.md."""
    lines = []
    for section, title, rows in SECTIONS:
        lines += ["### " + title, "", "| field | allowed | default | what it is |", "| --- | --- | --- | --- |"]
        for name, kind, allowed, default in rows:
            shown = "required" if default is fields.REQUIRED else "none" if default is None else f"`{default!r}`"
            lines.append(f"| `{name}` | {allowed_text(kind, allowed)} | {shown} | {WORDS[section + '.' + name]} |")
        lines.append("")
    return lines[:-1]


def wiring_page(name):
    """A board's README.md, from the first line to the last."""
    board = load(name)
    wiring.check(board)
    kinds = dict(wiring.uses(board))
    kinds.update((pin, kind) for pin, kind in wiring.OPTIONAL if pin in board.pins)
    lines = [
        f"# How {name} is wired",
        "",
        "<!-- generated from board.py; python -m tools.docs -->",
        "",
        f"{board.vendor} {board.model} on an {board.module}. The wiring is ours: a board of your own says its own in `board.py`.",
        "",
        "| name | pin | direction | active | what hangs on it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for pin, kind in kinds.items():
        level = "–" if kind in ("analog", "bus") else "low" if pin in board.active_low else "high"
        what = part(board, pin) + pull(board, pin)
        lines.append(f"| `{pin}` | {place(board, board.pins[pin])} | {SIGNALS[kind]} | {level} | {what} |")
    unused = free(board)
    lines += ["", "Free: " + (", ".join(f"GPIO{n}" for n in unused) if unused else "none") + "."]
    if not any(pin.startswith("console") for pin in board.pins):
        lines += ["", "The console is the module's own USB."]
    return lines


def pins_csv(name):
    """MicroPython's pins.csv: `Pin.board.CONTACTOR_1` is what board.py calls contactor_1. Expanders' pins are none of it."""
    pins = load(name).pins
    return [f"{pin.upper()},GPIO{number}" for pin, number in pins.items() if isinstance(number, int)]


def place(board, pin):
    """A pin in words."""
    if isinstance(pin, int):
        return f"GPIO{pin}"
    return f"expander 0x{board.expanders[pin[0]]:02X} GP{'AB'[pin[1] // 8]}{pin[1] % 8}"


def part(board, pin):
    """What hangs on the pin of that name."""
    if pin.startswith("reader"):
        return f"card reader, {board.reader}: " + READER[pin.split("_")[1]]
    zero_mv, span_mv = board.circuit["pilot_zero_mv"], board.circuit["pilot_span_mv"]
    words = PARTS[max((known for known in PARTS if pin.startswith(known)), key=len)]
    return words.format(low=(zero_mv - span_mv) / 1000, high=(zero_mv + span_mv) / 1000)


PULLED = ("feedback", "residual", "plug_switch", "lock_closed", "input", "button", "fan_vane", "reader_d")


def pull(board, pin):
    """The resistor that must be fitted where hal/esp32 asks the chip for one and the pin has none: an input-only one."""
    if board.pins[pin] not in wiring.MODULES[board.module]["input-only"] or not pin.startswith(PULLED):
        return ""
    alarm = pin.startswith(("input", "residual"))
    rests_high = (pin in board.active_low) != alarm or pin.startswith("reader_d")
    return f"; with 10 kΩ to {'3.3 V' if rests_high else 'ground'}, for the pin has no pull of its own"


def free(board):
    """GPIOs that something may still hang on."""
    module = wiring.MODULES[board.module]
    shut = {n for group in ("flash", "psram", "usb", "log", "strapping") for n in module[group]}
    return [n for n in module["there"] if n not in shut and n not in board.pins.values()]
