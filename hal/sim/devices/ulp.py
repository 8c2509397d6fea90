"""The ESP32's ULP coprocessor, instruction by instruction, with its memory, its timer and the RTC domain's pins.

Decoded by the layouts of esp-idf's `esp32/ulp.h`, written down here as they stand there: (name, bits), lowest first.
"""

_LAYOUTS = {
    "wr_reg": (("addr", 8), ("periph_sel", 2), ("data", 8), ("low", 5), ("high", 5), ("opcode", 4)),
    "st": (("dreg", 2), ("sreg", 2), ("unused", 6), ("offset", 11), ("unused2", 4), ("sub_opcode", 3), ("opcode", 4)),
    "ld": (("dreg", 2), ("sreg", 2), ("unused", 6), ("offset", 11), ("unused2", 7), ("opcode", 4)),
    "alu_reg": (("dreg", 2), ("sreg", 2), ("treg", 2), ("unused", 15), ("sel", 4), ("sub_opcode", 3), ("opcode", 4)),
    "alu_imm": (("dreg", 2), ("sreg", 2), ("imm", 16), ("unused", 1), ("sel", 4), ("sub_opcode", 3), ("opcode", 4)),
    "bx": (("dreg", 2), ("addr", 11), ("unused", 8), ("reg", 1), ("type", 3), ("sub_opcode", 3), ("opcode", 4)),
    "halt": (("unused", 28), ("opcode", 4)),
}
_MAGIC = 0x00706C75
_INVALID_ARG, _INVALID_SIZE, _NOT_SUPPORTED = 0x102, 0x104, 0x106
_RESERVED = 2040  # bytes of RTC slow memory that MicroPython leaves to it
_CYCLE_NS = 125  # of the 8 MHz clock; 2 to execute and 4 to fetch the next, rounded up
_INSTRUCTION_CYCLES = 8

RTC_SLOW = 0x50000000
RTC_IO = 0x3FF48400
_OUT, _OUT_SET, _OUT_CLEAR, _ENABLE, _ENABLE_SET, _ENABLE_CLEAR = range(6)  # registers, in words
# GPIO: (RTC number, pad register, bit of MUX_SEL), from soc/esp32/rtc_io_periph.c and rtc_io_reg.h
_PADS = {4: (10, 0x94, 19), 13: (14, 0xA4, 19), 25: (6, 0x84, 17), 26: (7, 0x88, 17), 27: (17, 0xB0, 19), 32: (9, 0x8C, 17),
         33: (8, 0x8C, 18)}


class Fault(Exception):
    """The program does what no coprocessor can."""


def decode(word):
    """(layout's name, {field: value}) of an instruction."""
    opcode = word >> 28
    if opcode == 7:
        name = ("alu_reg", "alu_imm")[word >> 25 & 7]
    else:
        name = {1: "wr_reg", 6: "st", 8: "bx", 11: "halt", 13: "ld"}.get(opcode)
    if name is None:
        raise Fault("no instruction: %08x" % word)
    fields = {}
    for field, bits in _LAYOUTS[name]:
        fields[field] = word & (1 << bits) - 1
        word >>= bits
    if any(value for field, value in fields.items() if field.startswith("unused")):
        raise Fault("unused bits are set: %s %r" % (name, fields))
    return name, fields


class Coprocessor:
    """`esp32.ULP` to the program that loads it, `memory` is its `machine.mem32`. `period_permille`: how its slow clock drifts.

    `pad(gpio)` is the level that pin drives: None where the RTC domain does not own it. `steps` counts instructions.
    """

    RESERVE_MEM = _RESERVED

    def __init__(self, period_permille=1000):
        self.now_ns = 0
        self.steps = 0
        self.longest = 0
        self.period_permille = period_permille
        self.memory = _Memory(self)
        self.ram = [0] * (_RESERVED // 4)
        self.io = [0] * 64
        self._decoded = {}
        self._period_us = 0
        self._entry = None
        self._due_ns = None

    def set_wakeup_period(self, index, period_us):
        if index != 0:
            raise Fault("period %d is used by nobody" % index)
        self._period_us = period_us

    def load_binary(self, address, binary):
        """To `address`, in words. Errors are ESP-IDF's own numbers (components/ulp/ulp_fsm/esp32/ulp.c)."""
        size = len(binary) // 4 * 4     # the port counts whole words
        if size < 12:
            raise OSError(_INVALID_SIZE)
        if 4 * address > _RESERVED:
            raise OSError(_INVALID_ARG)
        if 4 * address + size > _RESERVED:
            raise OSError(_INVALID_SIZE)
        if int.from_bytes(binary[:4], "little") != _MAGIC:
            raise OSError(_NOT_SUPPORTED)
        offset, text, data, bss = [int.from_bytes(binary[i : i + 2], "little") for i in range(4, 12, 2)]
        if offset + text + data > size:
            raise OSError(_INVALID_SIZE)
        if offset < 12 or text % 4 or data % 4 or bss % 4:
            raise Fault("no program is laid out so: %r" % ((offset, text, data, bss),))
        for i in range(0, text + data + bss, 4):
            at = offset + i
            self.ram[address + i // 4] = int.from_bytes(binary[at : at + 4], "little") if i < text + data else 0

    def run(self, entry):
        """From `entry` on, in bytes."""
        _aligned(entry)
        self._entry = entry // 4
        self._due_ns = self.now_ns

    def advance(self, ns):
        """Lets that much time pass."""
        until_ns = self.now_ns + ns
        while self._due_ns is not None and self._due_ns <= until_ns:
            self.now_ns = max(self.now_ns, self._due_ns)
            self.now_ns += self._wake() * _CYCLE_NS * _INSTRUCTION_CYCLES
            self._due_ns = self.now_ns + self._period_us * self.period_permille
        self.now_ns = max(self.now_ns, until_ns)

    def next_ns(self):
        """When it will next wake."""
        return self._due_ns

    def pad(self, gpio):
        number, register, bit = _PADS[gpio]
        if not self.io[register // 4] >> bit & 1:
            return None
        mask = 1 << (14 + number)
        return int(bool(self.io[_OUT] & mask)) if self.io[_ENABLE] & mask else None

    def owns(self, gpio):
        """Whether the RTC domain could have it."""
        return gpio in _PADS

    def digital(self, gpio):
        """`machine.Pin` takes the pad back for the digital domain."""
        _, register, bit = _PADS[gpio]
        self.io[register // 4] &= ~(1 << bit)

    def write_io(self, register, value):
        """A write of the whole register."""
        if register in (_OUT_SET, _ENABLE_SET):
            self.io[register - 1] |= value
        elif register in (_OUT_CLEAR, _ENABLE_CLEAR):
            self.io[register - 2] &= ~value
        else:
            self.io[register] = value

    def _wake(self):
        """Runs until it halts; how many instructions that took."""
        pc = self._entry
        r = [0] * 4
        zero = False
        steps = 0
        while True:
            word = self.ram[pc]
            if word not in self._decoded:
                self._decoded[word] = decode(word)
            name, f = self._decoded[word]
            steps += 1
            if steps > 1000:
                raise Fault("it does not halt")
            pc += 1
            if name == "halt":
                break
            if name == "ld":
                r[f["dreg"]] = self.ram[r[f["sreg"]] + f["offset"]] & 0xFFFF
            elif name == "st":
                if f["sub_opcode"] != 4:
                    raise Fault("store of another kind")
                self.ram[r[f["sreg"]] + f["offset"]] = (pc - 1) << 21 | r[f["dreg"]]
            elif name == "bx":
                if f["reg"] or f["sub_opcode"] or f["type"] not in (0, 1):
                    raise Fault("jump of another kind")
                if f["type"] == 0 or zero:
                    pc = f["addr"]
            elif name == "wr_reg":
                self._write_bits(f)
            else:
                right = r[f["treg"]] if name == "alu_reg" else f["imm"]
                r[f["dreg"]] = _alu(f["sel"], r[f["sreg"]], right)
                zero = r[f["dreg"]] == 0
        self.steps += steps
        self.longest = max(self.longest, steps)
        return steps

    def _write_bits(self, f):
        if f["periph_sel"] != 1:
            raise Fault("peripheral %d" % f["periph_sel"])
        register, low, high = f["addr"], f["low"], f["high"]
        mask = (1 << (high - low + 1)) - 1 << low
        value = f["data"] << low & mask
        # What is written 1 to act keeps nothing; the others keep their other bits.
        kept = 0 if register in (_OUT_SET, _OUT_CLEAR, _ENABLE_SET, _ENABLE_CLEAR) else self.io[register] & ~mask
        self.write_io(register, kept | value)


def _alu(operation, left, right):
    if operation == 0:
        return left + right & 0xFFFF
    if operation == 1:
        return left - right & 0xFFFF
    if operation == 2:
        return left & right
    if operation == 3:
        return left | right
    if operation == 4:
        return right
    if operation == 5:
        return left << right & 0xFFFF
    if operation == 6:
        return left >> right
    raise Fault("operation %d" % operation)


def _aligned(address):
    if address % 4:
        raise Fault("%08x is no word's address" % address)


class _Memory:
    """`machine.mem32` over the RTC domain."""

    def __init__(self, chip):
        self._chip = chip

    def __getitem__(self, address):
        _aligned(address)
        if RTC_SLOW <= address < RTC_SLOW + _RESERVED:
            return self._chip.ram[(address - RTC_SLOW) // 4]
        return self._chip.io[(address - RTC_IO) // 4]

    def __setitem__(self, address, value):
        _aligned(address)
        if RTC_SLOW <= address < RTC_SLOW + _RESERVED:
            self._chip.ram[(address - RTC_SLOW) // 4] = value & 0xFFFFFFFF
        elif RTC_IO <= address < RTC_IO + 256:
            self._chip.write_io((address - RTC_IO) // 4, value & 0xFFFFFFFF)
        else:
            raise Fault("write to %08x" % address)
