"""What a board need not carry: modules that hal/esp32 loads for a part that the board does not have. Each is a block of flash, in
either slot.
"""

# module -> whether a board has what it is for
_FOR = {
    "hal/drivers/atm90e36.py": lambda board: board.metering_chip,
    "hal/drivers/mcp23017.py": lambda board: board.expanders,
    "hal/drivers/mfrc522.py": lambda board: board.reader == "mfrc522",
    "hal/drivers/pn532.py": lambda board: board.reader == "pn532",
    "hal/drivers/wiegand.py": lambda board: board.reader == "wiegand",
    "hal/esp32/buzzer.py": lambda board: "buzzer" in board.pins,
    "hal/esp32/ds18b20.py": lambda board: "onewire" in board.pins,
    "hal/esp32/ethernet.py": lambda board: board.ethernet,
    "hal/esp32/lock.py": lambda board: any(one.lock for one in board.connectors),
    "hal/esp32/modem.py": lambda board: board.modem,
    "hal/esp32/proximity.py": lambda board: any(one.proximity for one in board.connectors),
    "hal/esp32/ulp.py": lambda board: board.guard.make == "ulp",
    "hal/esp32/ulpcode.py": lambda board: board.guard.make == "ulp",
}


def left_out(board):
    """Their paths in the checkout, of a board as `boards.load` gives it."""
    return {path for path, has in _FOR.items() if not has(board)}
