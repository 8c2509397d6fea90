"""The heap in use while the whole firmware (`whole`) charges with a central system connected, in an interpreter that has a stack to
look for objects in. Frozen code, or `sys.argv[1]` a ROMFS image or a folder of .mpy; `sys.argv[2]` a folder for its files.
"""

import asyncio
import builtins
import gc
import json
import sys

import vfs
import whole

for _name in "json re io time binascii hashlib random struct collections select os errno array math deflate".split():
    try:
        __import__(_name)
    except ImportError:
        pass
builtins.open = whole._open  # the mended one is for a build that counts errors otherwise
whole.HAL.files = whole._FILES = sys.argv[2]
_LOOKS = 40
_LONGEST_MS = 60000

if sys.argv[1].endswith(".romfs"):
    with open(sys.argv[1], "rb") as _f:
        _image = _f.read()
    vfs.mount(vfs.VfsRom(_image), "/rom")
    sys.path[:] = ["/rom", ".frozen"]
elif sys.argv[1]:
    sys.path[:] = [sys.argv[1], ".frozen"]
else:
    sys.path[:] = [".frozen"]


def used():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


async def live():
    """The least of many looks once meter values have been sent with the contactor closed."""
    clock = whole.HAL.clock
    due_ms = clock.ms
    least = looks = ticks = 0
    while looks < _LOOKS:
        clock.turn()
        if clock.ms >= due_ms:
            due_ms = clock.ms + 20
            whole.HAL.tick()
            ticks += 1
            if ticks % 3 == 0:
                on, said = whole.state()
                now = used()
                if on and "MeterValues" in said:
                    looks += 1
                    least = min(least or now, now)
        if whole._ended or clock.ms > _LONGEST_MS:
            raise RuntimeError("the charger does not charge: %r %r %r" % (whole._ended, whole.state(), whole.why()))
        await asyncio.sleep_ms(0)
    return least


def run():
    before = used()
    import boards
    from firmware import app

    imported = used() - before
    whole.begin()
    kept = asyncio.run(live()) - before
    print(json.dumps({"kept": kept, "imported": imported, "from": [boards.__file__, app.__file__]}))


run()
