"""`make firmware`: everything of one board into build/BOARD, the same bytes from the same sources wherever it is built."""

import dataclasses
import pathlib

from tools.build import bundle, code, filesystems, partitions, settings, tree
from tools.build.board import ROOT, target, version
from tools.build.errors import BuildError


@dataclasses.dataclass
class Built:
    """What was made: `target`, the app's files, and {name: path} of what lies in `folder`."""

    target: object
    version: str
    folder: pathlib.Path
    files: dict
    root: dict
    made: dict
    sizes: list  # (what, bytes, room or None, note)


def make(board, chip=None, folder=None, key=None, own_version=None, settings_text=None, locked=False):
    """Build a board's firmware. `key` is a PEM file's path; `settings_text` lines NAME=VALUE for a new board; nobody gets
    MicroPython's prompt on a `locked` one. BuildError."""
    one = target(board, chip)
    said, config, oldest = version()
    said = own_version or said
    folder = pathlib.Path(folder or ROOT / "build" / (board if chip in (None, one.name) else f"{board}-{chip}"))
    files = code.app(one, own_version)
    app = bundle.pack(one, files, said, config, oldest, bundle.private_key(pathlib.Path(key)) if key else None)
    made = {"app.rud": app, "firmware.romfs": filesystems.romfs(files)}
    sizes = [
        ("code", sum(map(len, files.values())), None, f"{len(files)} .mpy, {one.chip.march}"),
        ("app.rud", len(app), None, "app bundle, " + ("signed" if key else "not signed")),
        ("firmware.romfs", len(made["firmware.romfs"]), None, "ROMFS image: code stays in flash"),
    ]
    root = {}
    if one.chip.image_at is not None:
        root = tree.root(one, files, app, settings.slot(board, settings_text) if settings_text else None, locked)
        room = one.partition("vfs").size
        image, used = filesystems.littlefs(root, room, (tree.DATA,))
        made["vfs.img"] = image[:_last(image)]
        made["partitions.bin"] = partitions.table(one.partitions())
        sizes.append(("vfs.img", used, room, "littlefs image: selector, slot a" + (", settings" if settings_text else "")))
        sizes.append(("two slots", 2 * used, room, "what it takes once an update is there"))
        if 2 * used > room:
            raise BuildError(f"{board}: two slots of {used // 1024} kB do not fit the {room // 1024} kB of its file system")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        (folder / name).write_bytes(data)
    for name in sorted(root):
        path = folder / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(root[name])
    for old in sorted((folder / "root").rglob("*")):
        if old.is_file() and old.relative_to(folder / "root").as_posix() not in root:
            old.unlink()
    return Built(one, said, folder, files, root, {name: folder / name for name in made}, sizes)


def _last(image):
    """Where the used part of an image ends, in whole blocks: what follows is erased flash."""
    end = len(image.rstrip(b"\xff"))
    return -(-end // filesystems.BLOCK) * filesystems.BLOCK
