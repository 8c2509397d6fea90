"""The functions of the module `time` that differ on the chip: a calendar that begins in 2000, and a busy wait that ticks."""

from hal.sim.world.part import NEVER

chip = None

_EPOCH_S = 946684800
_host = []                              # gmtime and mktime of the host, which are pure


def put(module):
    """Into `module`, the simulator's `time`."""
    if not _host:
        _host.extend((module.gmtime, module.mktime))
    module.time = time
    module.gmtime = module.localtime = gmtime
    module.mktime = mktime
    module.sleep_us = sleep_us


def time():
    """Whole seconds since 2000; since the supply came where nobody has set it."""
    zero_us = chip.rtc["zero_us"]
    if zero_us is None:
        return (chip.clock.now_us - chip.clock.boot_us) // 1000000
    return (zero_us + chip.clock.now_us) // 1000000 - _EPOCH_S


def set_time(seconds):
    chip.rtc["zero_us"] = (seconds + _EPOCH_S) * 1000000 - chip.clock.now_us


def gmtime(seconds=None):
    return _host[0]((time() if seconds is None else seconds) + _EPOCH_S)


def mktime(when):
    return int(_host[1](when)) - _EPOCH_S


def sleep_us(us):
    """Timers call back in it, as between any two bytecodes; never inside one another."""
    chip.clock.run_to(chip.clock.now_us + us)
    if not chip.scheduler.busy:
        chip.machine.ring(NEVER)
