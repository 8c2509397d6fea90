"""Rudved AC7: 7.4 kW, one phase, 32 A, a tethered Type 2 cable."""

BOARD = {
    "model": "AC7",
    "vendor": "Rudved",
    "phases": 1,
    "rating_ma": 32000,
    "voltage_v": 230,
    "connectors": [
        {
            "id": 1,
            "kind": "tethered",
            "standard": "IEC_62196_T2",
            "phases": 1,
            "line": "L1",
            "rating_ma": 32000,
            "poles": ("L1", "N"),
            "feedback": True,
            "residual": "rdc_dd",
            "meter": {"profile": "sdm120", "address": 1, "side": "supply"},
        },
    ],
    "rs485": {"baud": 9600, "parity": "N", "stop": 1},
    "reader": "mfrc522",
    "temperatures": ("board", "contactor"),
    "buttons": ("stop",),
    "inputs": ("estop", "door", "tilt", "earth"),
    "indicator": "rgb",
    "fan": True,
    "guard": {"make": "pump", "promise_ms": 120},
}
