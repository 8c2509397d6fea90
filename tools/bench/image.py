"""What is put on a board, laid out for the 32-bit interpreter: the slot's `.mpy` files in a folder, and as a ROMFS image."""

import functools
import shutil

from tools.bench.interpreter import ROOT
from tools.build import code, filesystems
from tools.build.board import target

BOARD = "rudved_ac7"
OUT = ROOT / "build/heap/mpy"
IMAGE = ROOT / "build/heap/firmware.romfs"


@functools.cache
def lay_out():
    """Write both; gives (files, bytes of them, bytes of the image)."""
    files = code.app(target(BOARD))
    shutil.rmtree(OUT, ignore_errors=True)
    for path, data in files.items():
        (OUT / path).parent.mkdir(parents=True, exist_ok=True)
        (OUT / path).write_bytes(data)
    image = filesystems.romfs(files)
    IMAGE.write_bytes(image)
    return len(files), sum(map(len, files.values())), len(image)
