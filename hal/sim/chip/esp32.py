"""The module `esp32` of the virtual chip: partitions over the simulator's flash files, and NVS."""

from micropython import const

chip = None

_PAGE = const(4096)
# What the port raises: ESP-IDF's own number with a minus, and its name.
_INVALID_ARG = (-258, "ESP_ERR_INVALID_ARG")
_INVALID_SIZE = (-260, "ESP_ERR_INVALID_SIZE")
_NOT_FOUND = (-4354, "ESP_ERR_NVS_NOT_FOUND")
_INVALID_NAME = (-4358, "ESP_ERR_NVS_INVALID_NAME")
_KEY_TOO_LONG = (-4361, "ESP_ERR_NVS_KEY_TOO_LONG")
_TOO_LONG = (-4364, "ESP_ERR_NVS_INVALID_LENGTH")
_LONGEST_NAME = const(15)


class Partition:
    """A data partition. Without an offset a write erases first; with one it only clears bits."""

    TYPE_APP, TYPE_DATA = 0, 1
    BOOT, RUNNING = 0, 1

    def __init__(self, id, block_size=_PAGE):
        if id not in chip.partitions:
            raise OSError(2)
        self._label = id
        self._flash = chip.partitions[id]

    @staticmethod
    def find(type=TYPE_APP, subtype=0xFF, label=None, block_size=_PAGE):
        if type != Partition.TYPE_DATA:
            return []
        return [Partition(name) for name in chip.partitions if label is None or name == label]

    def info(self):
        return (Partition.TYPE_DATA, 0x81, 0, self._flash.pages * _PAGE, self._label, False)

    def readblocks(self, block, buf, offset=0):
        self._within(block * _PAGE + offset, len(buf))
        self._flash.read(block * _PAGE + offset, buf)

    def writeblocks(self, block, buf, offset=None):
        start = block * _PAGE + (offset or 0)
        self._within(start, len(buf))
        if offset is None:
            if len(buf) % _PAGE:
                raise OSError(*_INVALID_SIZE)       # it erases whole pages only
            for page in range(block, block + len(buf) // _PAGE):
                self._flash.erase(page)
        self._flash.program(start, buf)

    def ioctl(self, op, argument):
        if op == 4:
            return self._flash.pages
        if op == 5:
            return _PAGE
        if op == 6:
            self._within(argument * _PAGE, _PAGE)
            self._flash.erase(argument)
        return 0 if op in (1, 2, 3, 6) else None

    def _within(self, start, size):
        if not 0 <= start <= self._flash.pages * _PAGE:
            raise OSError(*_INVALID_ARG)
        if start + size > self._flash.pages * _PAGE:
            raise OSError(*_INVALID_SIZE)


class ULP:
    """The coprocessor: its program goes on while the interpreter is stalled."""

    RESERVE_MEM = 2040

    def set_wakeup_period(self, index, period_us):
        chip.ulp.set_wakeup_period(index, period_us)

    def load_binary(self, address, binary):
        chip.ulp.load_binary(address, binary)

    def run(self, entry):
        chip.ulp.run(entry)
        chip.beside.run()
        chip.world.changed()


class NVS:
    """What is set is there at once; it outlives the supply only once it is committed."""

    def __init__(self, namespace):
        if not 0 < len(namespace) <= _LONGEST_NAME:
            raise OSError(*_INVALID_NAME)
        self._kept = chip.kept["nvs"].setdefault(namespace, {})
        self._set = {}

    def _value(self, key, kind):
        value = self._set.get(key, self._kept.get(key))
        if value is None or type(value) is not kind:
            raise OSError(*_NOT_FOUND)
        return value

    def get_i32(self, key):
        return self._value(key, int)

    def set_i32(self, key, value):
        if not -(1 << 31) <= value < 1 << 31:
            raise OverflowError("overflow converting long int to machine word")
        self._put(key, value)

    def get_blob(self, key, buffer):
        data = bytes.fromhex(self._value(key, str))
        if len(data) > len(buffer):
            raise OSError(*_TOO_LONG)
        buffer[: len(data)] = data
        return len(data)

    def set_blob(self, key, value):
        self._put(key, bytes(value).hex())

    def _put(self, key, value):
        if len(key) > _LONGEST_NAME:
            raise OSError(*_KEY_TOO_LONG)
        self._set[key] = value

    def erase_key(self, key):
        if key not in self._set and key not in self._kept:
            raise OSError(*_NOT_FOUND)
        self._set.pop(key, None)
        self._kept.pop(key, None)

    def commit(self):
        self._kept.update(self._set)
        self._set = {}
