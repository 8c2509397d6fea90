"""Rudved AC001 (Bharat AC-001): three 15 A IEC 60309 outlets, one on each phase, locked, without a control pilot."""


def _outlet(number, line):
    return {
        "id": number,
        "kind": "outlet",
        "standard": "IEC_60309_2_single_16",
        "phases": 1,
        "line": line,
        "rating_ma": 15000,
        "pilot": False,
        "lock": True,
        "plug_switch": True,
        "poles": (line, "N"),
        "feedback": True,
        "residual": "rdc_dd",
        "meter": {"profile": "em2m", "address": number, "side": "supply"},
    }


BOARD = {
    "model": "AC001",
    "vendor": "Rudved",
    "phases": 3,
    "rating_ma": 15000,
    "voltage_v": 230,
    "connectors": [_outlet(1, "L1"), _outlet(2, "L2"), _outlet(3, "L3")],
    "rs485": {"baud": 9600, "parity": "N", "stop": 1},
    "reader": "mfrc522",
    "temperatures": ("board", "contactor"),
    "buttons": ("stop_1", "stop_2", "stop_3"),
    "inputs": ("estop", "door", "tilt", "earth"),
    "indicator": "ws2812",
    "guard": {"make": "pump", "promise_ms": 120},
}
