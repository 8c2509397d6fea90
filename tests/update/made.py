"""App bundles for the simulated board, made once for each content; good ones, and ones whose firmware is bad in a given way."""

import functools
import pathlib

from cryptography.hazmat.primitives.asymmetric import ec

from tools.build import bundle, code
from tools.build.board import target, version
from tools.build.chips import chip

KEY = ec.derive_private_key(0x5EED, ec.SECP256R1())
BOARD = "rudved_ac7"

# A firmware's faults, as the text that takes the place of (or is put behind) a module.
_FAULTS = {
    "dies while it is imported": ("firmware/app.py", "raise RuntimeError('bad import')\n"),
    "dies while it is put together": ("firmware/app.py", "class App:\n def __init__(self, *args):\n  raise MemoryError('bad start')\n"),
    "dies while it runs": ("firmware/light.py", None),
    "hangs while it is imported": ("firmware/app.py", "while True:\n    pass\n"),
}


@functools.cache
def sim_bundle(named="0.2.0", fault=None, signed=False, board=BOARD):
    """The bytes of a bundle of this checkout's firmware for `rudved sim`."""
    one = target(board, "sim")
    files = code.app(one, named)
    if fault:
        path, text = _FAULTS[fault]
        if text is None:
            text = pathlib.Path(path).read_text() + "\ndef _die(*args):\n    raise OSError('bad life')\nLight.step = _die\n"
        files[pathlib.Path(path).with_suffix(".mpy").as_posix()] = code.cross(chip("sim"), path, text.encode())
    _, config, oldest = version()
    return bundle.pack(one, files, named, config, oldest, KEY if signed else None)
