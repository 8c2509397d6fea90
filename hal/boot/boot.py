"""`/boot.py`: the first code of ours that runs, at every start."""
import micropython

LOCKED = False  # whether nobody may have MicroPython's prompt; the build writes it here
if LOCKED:  # before `machine`, which on the S3 is a program itself
    try:
        micropython.kbd_intr(-1)
        for _ in "x":  # a Ctrl-C that came before that comes out at the next jump: at this one
            pass
    except KeyboardInterrupt:
        pass
import machine

RELAYS = ()  # the build writes the contactors' pins here: ((pin, the level at which no contactor closes), ...)
for _number, _level in RELAYS:
    machine.Pin(_number, machine.Pin.OUT, value=_level)
