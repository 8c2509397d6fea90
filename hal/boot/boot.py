"""`/boot.py`: the first code of ours that runs, at every start."""
import machine

RELAYS = ()  # the build writes the contactors' pins here: ((pin, the level at which no contactor closes), ...)
for _number, _level in RELAYS:
    machine.Pin(_number, machine.Pin.OUT, value=_level)
