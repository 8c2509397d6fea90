"""`/boot.py`: the first code of ours that runs, at every start. A build puts the board's contactor pins and levels here."""
import machine

for _number, _level in RELAYS:  # noqa: F821
    machine.Pin(_number, machine.Pin.OUT, value=_level)
