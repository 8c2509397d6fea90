"""Rudved AC22: 22 kW, three phases, 32 A, a Type 2 socket with lock and proximity pilot."""

BOARD = {
    "model": "AC22",
    "vendor": "Rudved",
    "phases": 3,
    "rating_ma": 32000,
    "voltage_v": 230,
    "connectors": [
        {
            "id": 1,
            "kind": "socket",
            "standard": "IEC_62196_T2",
            "phases": 3,
            "rating_ma": 32000,
            "proximity": True,
            "lock": True,
            "poles": ("L1", "L2", "L3", "N"),
            "feedback": True,
            "residual": "rdc_dd",
            "meter": {"profile": "sdm630", "address": 1, "side": "supply"},
        },
    ],
    "rs485": {"baud": 9600, "parity": "N", "stop": 1},
    "reader": "mfrc522",
    "temperatures": ("board", "contactor", "socket"),
    "buttons": ("stop",),
    "inputs": ("estop", "door", "tilt", "earth"),
    "indicator": "rgb",
    "fan": True,
    "guard": {"make": "pump", "promise_ms": 120},
}
