"""The whole flash of a new unit: a given MicroPython image taken apart and put together with our table, files and settings."""

import dataclasses
import pathlib
import re
import struct

from tools.build import filesystems, nvs, partitions, tree
from tools.build.chips import TABLE_AT
from tools.build.errors import BuildError

_MAGIC = 0xE9
_FROZEN = re.compile(rb"boards/(\w+)/board\.py\0")  # a name among those of frozen files
_CHIP_IDS = {"esp32": 0, "esp32s2": 2, "esp32s3": 9}  # esp_chip_id_t, in an image's header


@dataclasses.dataclass
class Part:
    """`data` goes to `offset`; `path` is the file it stands in."""

    name: str
    offset: int
    data: bytes
    path: pathlib.Path | None = None


def micropython(target, path):
    """(bootloader, application) of a MicroPython image as downloaded or built: firmware.bin, or micropython.bin's whole."""
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise BuildError(f"{path}: {error.strerror}") from None
    begin = target.chip.image_at
    _check(path, data, target)
    if len(data) < TABLE_AT - begin + partitions.SIZE:
        raise BuildError(f"{path}: too short for bootloader, table and application")
    try:
        table = partitions.read_table(data[TABLE_AT - begin:TABLE_AT - begin + partitions.SIZE])
    except BuildError as error:
        raise BuildError(f"{path}: {error}; is it for an {target.chip.name}, and whole (not an .app-bin)?") from None
    apps = [one for one in table if one.type == 0]
    if not apps:
        raise BuildError(f"{path}: its partition table has no application")
    app = data[apps[0].offset - begin:apps[0].end - begin]
    _check(f"{path}, application", app, target)
    return data[:TABLE_AT - begin].rstrip(b"\xff"), app.rstrip(b"\xff")


def parts(built, micropython_image, serial=None):
    """The `Part`s of the whole flash, in order; BuildError where something does not fit."""
    target = built.target
    boot, app = micropython(target, micropython_image)
    table = target.partitions()
    first = min((one for one in table if one.type == 0), key=lambda one: one.offset)
    if len(app) > first.size:
        raise BuildError(f"MicroPython's {len(app)} bytes do not fit partition {first.label} of {first.size}")
    if serial is not None and not (1 <= len(serial) <= 20 and serial.isascii() and serial.isprintable()):
        raise BuildError(f"serial number {serial!r}: 1 to 20 printable characters")
    found = [
        Part("bootloader", target.chip.image_at, boot),
        Part("partitions", TABLE_AT, partitions.table(table)),
        Part(f"micropython ({first.label})", first.offset, app),
        Part("files", target.partition("vfs").offset, _files(built, micropython_image, app)),
    ]
    if serial:
        nvs_part = target.partition("nvs")
        found.append(Part("serial number (nvs)", nvs_part.offset, nvs.image(nvs_part.size, "rudved", {"serial": serial.encode()})))
    found.sort(key=lambda part: part.offset)
    for one, after in zip(found, found[1:]):
        if one.offset + len(one.data) > after.offset:
            raise BuildError(f"{one.name} ({len(one.data)} bytes) runs into {after.name}")
    return found


def built_in(app):
    """The board for which a firmware is frozen into an application; None without one."""
    found = _FROZEN.search(app)
    return found[1].decode() if found else None


def _files(built, path, app):
    """The file system. Beside a frozen firmware no slot is filled, nor is there a selector: either would go before it."""
    name = built_in(app)
    if name is None:
        return built.made["vfs.img"].read_bytes()
    if name != built.target.name:
        raise BuildError(f"{path}: the firmware that is frozen in it is for {name}")
    if tree.is_locked(built.root) and tree.LOCKED.encode() + b"\0" not in app:
        raise BuildError(f"{path}: it was built without LOCKED=1, and would give MicroPython's prompt")
    kept = {name: data for name, data in built.root.items() if name.startswith(tree.DATA + "/")}
    return filesystems.littlefs(kept, built.target.partition("vfs").size, (tree.DATA,))[0].rstrip(b"\xff")


def _check(what, data, target):
    """An image of the right chip."""
    if len(data) < 24 or data[0] != _MAGIC:
        raise BuildError(f"{what}: no ESP image begins here (magic {data[:1].hex() or 'missing'}, should be e9)")
    chip_id = struct.unpack_from("<H", data, 12)[0]
    if chip_id != _CHIP_IDS[target.chip.name]:
        name = next((name for name, one in _CHIP_IDS.items() if one == chip_id), f"chip {chip_id}")
        raise BuildError(f"{what}: it is for {name}, {target.name} has an {target.chip.name}")
