"""Random days of plugging, tapping, faults, silent meters and power cuts at any byte: every Wh the meter counted is in
exactly one session, every session begins once and ends once. Runs inside MicroPython.

Energy flows only through sessions here, so their registers must be a chain without a gap: each begins where the one
before it on that connector ended, and the last one ends where the meter stands.
"""
import asyncio
import gc
import unittest

from tests.charging.bench import Authority, Bench
from tests.storage.ramflash import PowerCut

MPY_HEAP = "4096wk"     # flash kept in RAM in one piece, for one day after the other

_CARDS = ("A", "B", "C")
_PASSING = ("under_voltage", "pilot_invalid")
_LASTING = ("residual", "emergency_stop")


class Chance:
    """A small generator of its own, so that a seed means the same everywhere."""

    def __init__(self, seed):
        self._state = seed * 2654435761 & 0x7FFFFFFF | 1

    def below(self, n):
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._state >> 8) % n

    def one_of(self, choices):
        return choices[self.below(len(choices))]


class Day:
    """One random schedule on a bench."""

    def __init__(self, seed, connectors, steps):
        self.chance = Chance(seed)
        chance = self.chance
        self.bench = Bench(connectors, 40, {
            "CsmsUrl": "ws://nobody.answers",       # so that the journal keeps everything
            "FreeVendActive": chance.below(3) == 0, "ResumeAfterPowerLoss": chance.one_of(("stop", "resume")),
            "MeterValueSampleInterval": chance.one_of((0, 20, 60)), "MeterGrowthIntervalS": chance.one_of((60, 300)),
            "StopTransactionOnEVSideDisconnect": chance.below(3) != 0, "StopTxnSampledData": chance.one_of(("", "Voltage")),
            "MaxEnergyOnInvalidId": chance.one_of((0, 200)), "StopTransactionOnInvalidId": chance.below(2) == 0})
        self.trace = []
        self.cuts = 0
        self.connect()
        try:
            for _ in range(steps):
                self.event()
            self.end()
        finally:
            self.bench.close()
            gc.collect()

    def connect(self):
        self.bench.charger.authorisation.authority = Authority(
            A=("Accepted", ""), B=("Accepted", "G"), C=("Accepted", "G"))

    def event(self):
        chance, b = self.chance, self.bench
        n = chance.below(len(b.outsides))
        what = chance.one_of(("plug", "plug", "plug", "plug", "tap", "tap", "tap", "tap", "tap", "unplug", "vehicle", "fault",
                              "clear", "clear", "meter", "cut", "torn", "torn", "refuse", "remote", "limit", "wait"))
        self.trace.append((what, n))
        outside = b.outsides[n]
        try:
            if what == "plug":
                outside.plugged = True
            elif what == "unplug":
                outside.plugged = False
            elif what == "tap":
                asyncio.run(b.tap(chance.one_of(_CARDS)))
            elif what == "vehicle":
                outside.ready = not outside.ready
            elif what == "fault":
                b.units[n].fault(chance.one_of(_PASSING + _LASTING))
            elif what == "clear":
                for name in _PASSING + _LASTING:
                    b.units[n].fault(name, False)
            elif what == "meter":
                outside.answers = not outside.answers
            elif what == "cut":
                self.power_cut()
            elif what == "torn":
                b.flash.cut_at(1 + chance.below(4), chance.below(90), chance.below(2) == 0)
            elif what == "refuse":
                session = b.charger.connectors[n].session
                if session:
                    b.charger.judged(session.seq, {"status": "Invalid", "parent": "", "expiry": None})
            elif what == "remote":
                b.charger.remote_start("R", n + 1)
            elif what == "limit":
                b.settings.set("MaxCurrentA", chance.one_of((0, 10, 32)))
            self.run(chance.one_of((0.3, 1, 4, 4, 7, 15, 15, 90)))
        except PowerCut:
            self.power_cut()

    def run(self, s):
        b = self.bench
        b.run(s)
        b.journal.tidy(not any(unit.closed for unit in b.units))

    def power_cut(self):
        self.cuts += 1
        # A meter must tell in time what flowed before the cut; that it may not is another test.
        for outside in self.bench.outsides:
            outside.answers = True
        self.bench.cut(self.chance.one_of(("power_on", "brownout", "watchdog")))
        self.connect()

    def end(self):
        """Everybody goes home, and the books are checked."""
        b = self.bench
        if b.flash.armed:
            self.power_cut()
        b.settings.set("StopTransactionOnEVSideDisconnect", True)
        for n, outside in enumerate(b.outsides):
            outside.answers = True
            outside.plugged = False
            for name in _PASSING + _LASTING:
                b.units[n].fault(name, False)
        b.run(10)
        chains = [1000] * len(b.outsides)
        for begin, end in b.told():
            assert end is not None, "a session has no end"
            missing_wh = begin.wh - (chains[begin.connector - 1] or 0)
            assert chains[begin.connector - 1] is None or missing_wh == 0, "%d Wh are in no session" % missing_wh
            assert end.wh >= begin.wh, "a session ends before it begins"
            # Where no meter answered for a minute the end says so, and what it missed is in no session.
            chains[begin.connector - 1] = end.wh if end.sure else None
        for n, outside in enumerate(b.outsides):
            missing_wh = outside.register_mwh // 1000 - (chains[n] or 0)
            assert chains[n] is None or missing_wh == 0, "%d Wh at the end are in no session" % missing_wh
        self.sessions = len(b.told())
        self.drawn_wh = sum(outside.drawn_mwh for outside in b.outsides) // 1000


def days(case, seeds, steps):
    sessions = cuts = drawn_wh = 0
    for seed in seeds:
        day = None
        try:
            day = Day(seed, 1 + seed % 2, steps)
        except Exception as error:
            case.fail("seed %d: %r" % (seed, error))
        sessions += day.sessions
        cuts += day.cuts
        drawn_wh += day.drawn_wh
    print("%d schedules, %d sessions, %d power cuts, %d Wh" % (len(seeds), sessions, cuts, drawn_wh))


class Schedules(unittest.TestCase):
    def test_every_wh_is_in_exactly_one_session(self):
        days(self, range(1, 7), 60)


class ProveSchedules(unittest.TestCase):
    def test_every_wh_is_in_exactly_one_session_1(self):
        days(self, range(100, 112), 80)

    def test_every_wh_is_in_exactly_one_session_2(self):
        days(self, range(125, 137), 80)

    def test_every_wh_is_in_exactly_one_session_3(self):
        days(self, range(150, 162), 80)


if __name__ == "__main__":
    unittest.main()
