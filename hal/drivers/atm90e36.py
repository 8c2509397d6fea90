"""ATM90E36A polyphase metering chip on SPI, read as a meter is: by blocks of 16-bit registers.

Addresses, units and checksums: Atmel-46004 (M90E36A data sheet) chapter 6; pulse constant: Atmel-46104 (application note).
Its energy registers forget what has been read and lose all without supply; here they are added up to a count of Wh that
goes on from where `start` puts it. What was not journaled when the supply goes is lost, never made up: at most
the energy of the setting MeterGrowthIntervalS. Where each Wh must survive, fit a meter that keeps its own register.
"""

import asyncio

from micropython import const

_LAST_DATA = const(0x0F)
_SYS_STATUS = const(0x01)
_CONFIG_START = const(0x30)
_CALIBRATION_START = const(0x40)
_ADJUST_START = const(0x60)
_IMPORT = const(0x81)  # phases A, B, C from each of these
_EXPORT = const(0x85)
_POWER = const(0xB1)
_FACTOR = const(0xBD)
_FACTOR_ALL = const(0xBC)
_VOLTS = const(0xD9)
_AMPS = const(0xDD)
_FREQUENCY = const(0xF8)

_SET_UP = const(0x5678)
_RUNNING = const(0x8765)
_CHECKSUM_WRONG = const(0x5500)  # CS0Err, CS1Err, CS2Err, CS3Err

# PL_Constant is 450e9 over the pulses of a kWh: 1000 of them, and the registers count in tenths of a pulse, 0.1 Wh.
_PULSES = const(450000000)
# 0x31..0x3A: constant, three phases and four wires at 50 Hz with each phase counted, no gain, starting thresholds of 0.
_CONFIG = (_PULSES >> 16, _PULSES & 0xFFFF, 0x0087, 0, 0, 0, 0, 0, 0, 0)
_TENTHS = const(10)
_ASKED = const(7)

ONE_PHASE = const(0x00)  # blocks of registers, as `firmware/metering/profiles.py` reads them
THREE_PHASES = const(0x10)
_BLOCKS = {ONE_PHASE: 9, THREE_PHASES: 14}


class Chip:
    """One chip; its phases A, B, C are the meters 1, 2, 3. A three-phase meter is 1 with all of them.

    `spi` is a machine.SPI in mode 3 of at most 1 MHz, `cs` an output pin. `calibration` is None or (twelve words for
    0x41..0x4C, fourteen for 0x61..0x6E) as measured for this board.
    """

    def __init__(self, spi, cs, calibration=None):
        self._spi = spi
        self._cs = cs
        self._four = bytearray(4)
        self._calibration = calibration
        self._tenths = [0] * 6  # of a watt-hour: imported by A, B, C, exported by A, B, C
        cs(1)

    def start(self, address, wh, export_wh=0):
        """Meter `address` has counted so much before: its registers go on from there."""
        self._tenths[address - 1] = wh * _TENTHS
        self._tenths[address + 2] = export_wh * _TENTHS

    def alive(self):
        """Whether it answers, runs, and its set-up is what was written."""
        return (
            self._get(_CONFIG_START) == _RUNNING
            and self._get(_CONFIG_START + 2) == _CONFIG[1]
            and not self._get(_SYS_STATUS) & _CHECKSUM_WRONG
        )

    async def read(self, address, function, register, count, into, retries=None):
        """Fills `into` (array "H" of `count`) with one of the two blocks; 0x00 for one phase:

            0-1 Wh imported, 2 W, 3 Hz/100, 4 V/100, 5 mA, 6 power factor/1000, 7-8 Wh exported

        and 0x10 for all three: 0-1 Wh imported, 2-3 W, 4 Hz/100, 5 power factor/1000, 6-8 V/100, 9-11 mA, 12-13 Wh exported.
        Raises OSError when the chip does not answer, or has just been set up anew; ValueError for other blocks.
        """
        if _BLOCKS.get(register) != count or address not in (1, 2, 3):
            raise ValueError("no block of %d at %d of meter %d" % (count, register, address))
        if not self.alive():
            self._set_up()
            raise OSError("metering chip does not answer" if not self.alive() else "metering chip was reset")
        # Counters are taken first: what follows may be lost by an error, energy may not.
        phases = range(3) if register == THREE_PHASES else (address - 1,)
        for phase in phases:
            self._tenths[phase] += self._taken(_IMPORT + phase)
            self._tenths[3 + phase] += self._taken(_EXPORT + phase)
        await asyncio.sleep_ms(0)
        if register == THREE_PHASES:
            self._three(into)
        else:
            self._one(into, phases[0])
        return into

    async def sleep_ms(self, ms):
        await asyncio.sleep_ms(ms)

    def _one(self, into, phase):
        _long(into, 0, self._tenths[phase] // _TENTHS)
        into[2] = self._get(_POWER + phase)
        into[3] = self._get(_FREQUENCY)
        into[4] = self._get(_VOLTS + phase)
        into[5] = self._get(_AMPS + phase)
        into[6] = _complement(self._get(_FACTOR + phase))
        _long(into, 7, self._tenths[3 + phase] // _TENTHS)

    def _three(self, into):
        power_w = 0
        for phase in range(3):
            watts = self._get(_POWER + phase)
            power_w += watts - 0x10000 if watts & 0x8000 else watts
            into[6 + phase] = self._get(_VOLTS + phase)
            into[9 + phase] = self._get(_AMPS + phase)
        _long(into, 0, sum(self._tenths[:3]) // _TENTHS)
        _long(into, 2, power_w)
        into[4] = self._get(_FREQUENCY)
        into[5] = _complement(self._get(_FACTOR_ALL))
        _long(into, 12, sum(self._tenths[3:]) // _TENTHS)

    def _set_up(self):
        """Writes the set-up without resetting it: what it has counted stays."""
        self._block(_CONFIG_START, _CONFIG)
        if self._calibration:
            self._block(_CALIBRATION_START, self._calibration[0])
            self._block(_ADJUST_START, self._calibration[1])

    def _block(self, start, words):
        """A block of registers behind its start register, and its checksum: low byte the sum of all bytes, high byte their xor."""
        self._put(start, _SET_UP)
        low = high = 0
        for i, word in enumerate(words):
            self._put(start + 1 + i, word)
            low += (word >> 8) + (word & 0xFF)
            high ^= word >> 8 ^ word & 0xFF
        self._put(start + 1 + len(words), high << 8 | low & 0xFF)
        self._put(start, _RUNNING)

    def _taken(self, register):
        """An energy register, which is then empty: so what came is asked again, until it has come the same three times."""
        value = self._get(register)
        same = 1
        for _ in range(_ASKED):
            again = self._get(_LAST_DATA)
            same = same + 1 if again == value else 1
            value = again
            if same == 3:
                return value
        raise OSError("metering chip: noise on its bus")

    def _get(self, register):
        four = self._four
        four[0] = 0x80 | register >> 8
        four[1] = register & 0xFF
        four[2] = four[3] = 0
        self._cs(0)
        self._spi.write_readinto(four, four)
        self._cs(1)
        return four[2] << 8 | four[3]

    def _put(self, register, word):
        four = self._four
        four[0] = register >> 8
        four[1] = register & 0xFF
        four[2] = word >> 8
        four[3] = word & 0xFF
        self._cs(0)
        self._spi.write(four)
        self._cs(1)


def _long(into, at, value):
    into[at] = value >> 16 & 0xFFFF
    into[at + 1] = value & 0xFFFF


def _complement(word):
    """Sign and magnitude as a complement: power factors come so."""
    return -(word & 0x7FFF) & 0xFFFF if word & 0x8000 else word
