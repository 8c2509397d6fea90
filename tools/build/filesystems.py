"""File systems as MicroPython reads them: littlefs images, and ROMFS images whose code stays in flash."""

from littlefs import LittleFS, LittleFSError
from mpremote.romfs import VfsRomWriter

from tools.build.errors import BuildError

BLOCK = 4096
# As the ports mount it (extmod/vfs_lfs.c): sizes of reads, programs and look-ahead. The on-disk format is 2.0, which every
# MicroPython reads; a newer one makes 2.1 of it with its first write.
_LIKE_MICROPYTHON = {
    "block_size": BLOCK, "read_size": 32, "prog_size": 32, "lookahead_size": 32, "cache_size": 128, "block_cycles": 100,
    "disk_version": 0x00020000,
}


def littlefs(files, size, folders=()):
    """A littlefs image of `size` bytes with `files`, {path: bytes}, and empty `folders`; how much of it is in use.

    BuildError when they do not fit.
    """
    fs = LittleFS(block_count=size // BLOCK, **_LIKE_MICROPYTHON)
    try:
        for path in folders:
            fs.makedirs(path, exist_ok=True)
        for path in sorted(files):
            folder = path.rpartition("/")[0]
            if folder:
                fs.makedirs(folder, exist_ok=True)
            with fs.open(path, "wb") as f:
                f.write(files[path])
    except LittleFSError as error:
        raise BuildError(f"the files do not fit {size // 1024} kB of littlefs: {path}: {error}") from None
    used = fs.used_block_count
    fs.unmount()
    return bytes(fs.context.buffer), used * BLOCK


def read_littlefs(data):
    """{path: bytes} of an image."""
    fs = LittleFS(mount=False, block_count=len(data) // BLOCK, **_LIKE_MICROPYTHON | {"disk_version": 0})  # any
    fs.context.buffer = bytearray(data)
    fs.mount()
    files = {}
    for folder, _, names in fs.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with fs.open(path, "rb") as f:
                files[path.lstrip("/")] = f.read()
    return files


def romfs(files):
    """A ROMFS image with `files`."""
    tree = {}
    for path, data in files.items():
        folder = tree
        *folders, name = path.split("/")
        for one in folders:
            folder = folder.setdefault(one, {})
        folder[name] = data
    writer = VfsRomWriter()
    _write(writer, tree)
    return bytes(writer.finalise())


def _write(writer, tree):
    for name in sorted(tree):
        if isinstance(tree[name], dict):
            writer.opendir(name)
            _write(writer, tree[name])
            writer.closedir()
        else:
            writer.mkfile(name, tree[name])
