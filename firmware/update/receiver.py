"""Takes an app bundle as it comes, piece by piece, and lays it out in the other slot; nothing of it is held in RAM.

The form stands in `tools/build/bundle.py`. The head is checked line by line and kept as the slot's manifest; after its
signature come the files, each checked against the head's SHA-256 as it is written. Until all is right the slot counts as empty.
"""
import binascii
import errno
import hashlib
import os

from micropython import const

from firmware.crypto import p256
from firmware.update.updater import BundleError

_MAGIC = "RUDVED-BUNDLE 1"
_LONGEST = const(240)           # of a line of the head
_MOST_FILES = const(400)
_MOST_BYTES = const(4000000)
_FOLDERS = ("firmware", "boards", "hal")
_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/"
_HEAD = ("board", "chip", "mpy", "version", "config", "files")


class Receiver:
    """`wants`: {"board", "chip", "mpy", "config", "key"} of this charger. Facts: `at`, bytes taken; `version`; `size`, of the whole
    once the head is known; `done`: all is there, and the slot whole; then `digest` is the SHA-256 of the whole bundle.

    Flash is written by every call: with contactors open only.
    """

    def __init__(self, slots, wants):
        self._slots = slots
        self._wants = wants
        self._slot = slots.other
        self._path = slots.path(self._slot)
        self._line = b""
        self._head = {}
        self._hash = hashlib.sha256()
        self._whole = hashlib.sha256()
        self._manifest = None
        self._files = self._bytes = 0
        self._size = self._left = 0
        self._digest = self._name = self._file = None
        self.at = 0
        self.size = None
        self.version = None
        self.done = False
        self.digest = None

    def clear(self):
        """Empty the slot, a file a step (a generator). First of all."""
        yield from self._slots.clear(self._slot)
        self._manifest = open(self._path + "/manifest.new", "wb")

    async def feed(self, data):
        """Take the next bytes. BundleError, OSError: it is over."""
        self._whole.update(data)
        try:
            while data:
                if self.done:
                    raise BundleError("bytes stand behind the last file")
                if self.size is None:
                    data = await self._feed_head(data)
                else:
                    data = self._feed_file(data)
            if self.done:
                self.digest = self._whole.digest()
        except (BundleError, OSError, MemoryError):
            self.close()
            raise

    def close(self):
        """Let go of files; what is not done stays undone."""
        for file in (self._file, self._manifest):
            if file:
                file.close()
        self._file = self._manifest = None

    # The head

    async def _feed_head(self, data):
        end = data.find(b"\n") + 1
        piece = data[:end or len(data)]
        self._line += piece
        self.at += len(piece)
        if len(self._line) > _LONGEST:
            raise BundleError("no bundle: a line of its head is too long")
        if end:
            line, self._line = self._line, b""
            self._manifest.write(line)
            try:
                text = line[:-1].decode()
            except UnicodeError:
                raise BundleError("no bundle: its head is no text")
            word, _, value = text.partition(" ")
            if word == "signature":
                await self._signed(value)
            else:
                self._hash.update(line)
                self._head_line(text, word, value)
        return data[len(piece):]

    def _head_line(self, text, word, value):
        head = self._head
        if not head:
            if text != _MAGIC:
                raise BundleError("no bundle: it does not begin with %s" % _MAGIC)
            head[""] = ""
        elif "files" not in head:
            if word != _HEAD[len(head) - 1]:
                raise BundleError("no bundle: its head says %r where %s should stand" % (word[:20], _HEAD[len(head) - 1]))
            head[word] = value
            if word == "files":
                self._judge()
        else:
            _, size, _ = _row(text)
            self._files += 1
            self._bytes += size
            if self._files > _MOST_FILES or self._bytes > _MOST_BYTES:
                raise BundleError("no bundle of ours has so many files or bytes")

    def _judge(self):
        """Is it for this charger?"""
        head, wants = self._head, self._wants
        for name in ("board", "chip", "mpy"):
            if head[name] != wants[name]:
                raise BundleError("it is for %s %s, this is %s" % (name, head[name][:40], wants[name]))
        try:
            oldest, own = [int(part) for part in head["config"].split(" ")]
        except ValueError:
            raise BundleError("no bundle: config %s" % head["config"][:40])
        if not oldest <= wants["config"] <= own:
            raise BundleError("it reads settings of version %d to %d, here they are of %d: they would be lost" % (
                oldest, own, wants["config"]))
        self.version = head["version"][:20]

    async def _signed(self, value):
        self._manifest.close()
        self._manifest = None
        if self._head.get("files") != "%d %d" % (self._files, self._bytes):
            raise BundleError("no bundle: its head does not hold what it says")
        key = self._wants["key"]
        if key:
            try:
                signature = binascii.unhexlify(value)
            except ValueError:
                raise BundleError("it is not signed, and this charger takes signed firmware only")
            if not await p256.verify(binascii.unhexlify(key), self._hash.digest(), signature):
                raise BundleError("its signature is not the maker's")
        free = os.statvfs(self._path)
        if free[0] * free[3] < self._bytes + self._files * free[0]:
            raise BundleError("%d bytes do not fit: %d are free" % (self._bytes, free[0] * free[3]))
        self.size = self.at + self._bytes
        self._manifest = open(self._path + "/manifest.new", "rb")
        for _ in range(len(_HEAD) + 1):
            self._manifest.readline()
        self._next()

    # The files

    def _next(self):
        """On to the next file of the manifest that has bytes; after the last the slot is whole."""
        while True:
            text = self._manifest.readline()[:-1].decode()
            if text.startswith("signature "):
                self._manifest.close()
                self._manifest = None
                self._slots.finish(self._slot)
                self.done = True
                return
            self._digest, self._left, self._name = _row(text)
            self._hash = hashlib.sha256()
            self._file = _create(self._path, self._name)
            if self._left:
                return
            self._end_file()

    def _feed_file(self, data):
        piece = data[:self._left]
        self._file.write(piece)
        self._hash.update(piece)
        self.at += len(piece)
        self._left -= len(piece)
        if not self._left:
            self._end_file()
            self._next()
        return data[len(piece):]

    def _end_file(self):
        self._file.close()
        self._file = None
        if binascii.hexlify(self._hash.digest()).decode() != self._digest:
            raise BundleError("%s came damaged: its SHA-256 is not the manifest's" % self._name)


def _row(text):
    """(SHA-256 in hex, size, path) of a line of the head. BundleError."""
    digest, size, path = (text.split(" ") + ["", ""])[:3]
    parts = path.split("/")
    good = text.count(" ") == 2 and len(digest) == 64 and size.isdigit() and 1 < len(parts) < 6 and parts[0] in _FOLDERS
    if not good or any(part in ("", ".", "..") for part in parts) or any(c not in _CHARACTERS for c in path):
        raise BundleError("no bundle: its head has the line %r" % text[-60:])
    return digest, int(size), path


def _create(folder, path):
    """A new file, and the folders above it."""
    parts = path.split("/")
    for n in range(1, len(parts)):
        try:
            os.mkdir(folder + "/" + "/".join(parts[:n]))
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise
    return open(folder + "/" + path, "wb")
