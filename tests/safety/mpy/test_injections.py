"""What the reference (evse-safety 4.2) wants injected into pilot, contacts, monitor and program, and is no fault of the control port."""
import unittest
from array import array

from worldbench import WorldBench

MPY_HEAP = "8192wk"
POLES = 3                               # L1 and N


def spoil(b, **changes):
    """Another pilot circuit, from now on."""
    for name in changes:
        setattr(b.truth.pilot, name, changes[name])
    b.truth.pilot.refresh()


def charged(**changes):
    b = WorldBench()
    spoil(b, **changes)
    b.charge()
    return b


class Pilot(unittest.TestCase):
    def works(self, **changes):
        """A whole session: charges without a fault, and opens as soon as ever."""
        b = charged(**changes)
        b.run(5000)
        self.assertEqual((b.names(), b.closed), ([], True), str(changes))
        self.assertTrue(b.until_open(b.happen(lambda: b.do("unplug"))) <= 43000, str(changes))
        b.run(3000)
        self.assertEqual((b.names(), b.unit.plugged), ([], False), str(changes))

    def refuses(self, **changes):
        """Never closed, or at once opened where it was."""
        b = WorldBench()
        spoil(b, **changes)
        b.allow()
        b.do("plug")
        b.do("vehicle", ready=True)
        b.run(20000)
        self.assertEqual(b.unit.contactor.closings, 0, str(changes))
        b = charged()
        spoil(b, **changes)
        self.assertTrue(b.until_open(b.now_us()) <= 250000, str(changes))
        b.run(2000)
        self.assertTrue(b.unit.faults, str(changes))

    def test_rails_within_5_percent_source_within_3_and_every_diode_work(self):
        for high_mv, low_mv in ((12600, -12600), (11400, -11400), (12600, -11400)):
            for source_ohm in (970, 1030):
                self.works(high_rail_mv=high_mv, low_rail_mv=low_mv, source_ohm=source_ohm)
        for diode_mv in (350, 550, 850):
            self.works(diode_mv=diode_mv)

    def test_a_converter_2_percent_off_works(self):
        for gain_permille in (980, 1020):
            self.works(gain_permille=gain_permille)

    def test_timers_of_980_to_1020_hz_and_a_long_cable_work(self):
        for period_ns in (980392, 1020408):
            self.works(period_ns=period_ns)
        self.works(settle=array("H", [256, 199, 155, 121, 94, 73, 57, 44, 35, 27, 21, 16, 13, 10, 8, 0]))   # 4 nF behind 1 kOhm

    def test_moisture_of_20_kilohms_works(self):
        self.works(leak_ohm=20000)

    def test_without_its_negative_rail_nothing_is_closed(self):
        self.refuses(low_rail_mv=0)
        self.refuses(low_rail_mv=-8000)

    def test_a_positive_rail_that_droops_by_a_quarter_is_no_letter_to_close_on(self):
        for high_mv in (9000, 15000):
            b = charged()
            spoil(b, high_rail_mv=high_mv)
            b.until_open(b.now_us())

    def test_a_converter_that_is_stuck_at_one_code_opens(self):
        for offset_mv in (-30000, 30000):
            self.refuses(gain_permille=0, offset_mv=offset_mv)

    def test_a_wire_that_touches_the_rail_is_no_vehicle_any_more(self):
        b = charged()
        spoil(b, source_ohm=1, low_rail_mv=12000)
        self.assertTrue(b.until_open(b.now_us()) <= 43000)
        b.run(20000)
        self.assertEqual((b.unit.contactor.closings, b.unit.plugged), (1, False))

    def test_one_missing_period_opens_nothing(self):
        b = charged()
        duty = b.truth.pilot.duty
        b.hand.act = lambda: spoil(b, duty=duty)
        for i in range(80):
            b.at(b.now_us() + 37000 + b.dice.below(20000))
            spoil(b, duty=i % 2 * 65536)
            b.hand.due_us = b.now_us() + 1000
            b.world._plan()
        self.assertEqual((b.names(), b.unit.contactor.closings), ([], 1))

    def test_a_plug_that_bounces_in_and_out_closes_nothing_early_and_faults_nothing(self):
        b = WorldBench()
        b.allow()
        for ms in (1, 2, 5, 11, 20, 33, 50):
            b.do("plug")
            b.at(b.now_us() + ms * 1000)
            b.do("unplug")
            b.at(b.now_us() + ms * 1000)
        self.assertEqual((b.names(), b.unit.contactor.closings), ([], 0))
        b.charge()
        for ms in (1, 2, 5, 11, 20, 33, 50):
            b.do("unplug")
            b.at(b.now_us() + ms * 1000)
            b.do("plug")
            b.do("vehicle", ready=True)
            b.at(b.now_us() + ms * 1000)
        b.do("unplug")
        b.run(3000)
        self.assertEqual((b.names(), b.commanded, b.world.violations), ([], False, []))


class Contacts(unittest.TestCase):
    def test_slow_contacts_within_their_times_are_no_fault(self):
        for close_us, open_us in ((10000, 5000), (50000, 60000)):
            b = WorldBench()
            b.truth.contactor.close_us, b.truth.contactor.open_us = close_us, open_us
            b.charge()
            b.do("unplug")
            b.run(3000)
            self.assertEqual((b.names(), b.closed), ([], False))

    def test_contacts_slower_than_that_are_one(self):
        b = WorldBench()
        b.truth.contactor.open_us = 300000
        b.charge()
        b.do("vehicle", ready=False)
        b.run(290)
        self.assertEqual(b.names(), ["welded"])

    def test_detectors_stuck_at_live_never_let_close(self):
        for poles in (1, 2, POLES):
            b = WorldBench()
            b.truth.contactor.lies = poles
            b.allow()
            b.do("plug")
            b.do("vehicle", ready=True)
            b.run(20000)
            self.assertEqual((b.unit.contactor.closings, b.names()), (0, ["welded"]))

    def test_detectors_that_go_dead_while_charging_open(self):
        for poles in (0, 1, 2):
            b = charged()
            b.truth.contactor.lies = poles
            self.assertTrue(b.until_open(b.now_us()) <= 200000)
            b.run(5000)
            self.assertEqual(b.names()[:1], ["welded" if poles else "not_closed"])

    def test_a_plug_pulled_while_the_contacts_still_move_together_stays_locked_until_they_are_proven_apart(self):
        for ms in (0, 1, 10, 21, 30):
            b = WorldBench("rudved_ac001")
            b.allow(15000)
            b.do("plug")
            b.until(b.shut, 9000)
            b.at(b.commanded_us + ms * 1000)
            b.do("unplug")
            b.until(b.opened, 100)
            since_us = b.now_us()
            b.until(lambda: b.truth.lock.direction < 0, 1000)
            self.assertTrue(b.now_us() - since_us >= 200000, ms)
            self.assertFalse(b.truth.contactor.made)

    def test_a_coil_that_lets_go_again_and_again_does_not_chatter(self):
        b = charged()
        for _ in range(60):
            b.truth.contactor.energise(False, b.now_us())
            b.run(1000)
        self.assertTrue(b.unit.contactor.closings <= 3, b.unit.contactor.closings)


class Monitor(unittest.TestCase):
    def test_an_output_of_a_millisecond_does_nothing_or_all_of_it(self):
        b = charged()
        for _ in range(30):
            b.truth.residual.output = True
            b.at(b.now_us() + 1000)
            b.truth.residual.output = False
            b.at(b.now_us() + b.dice.below(60000))
            self.assertEqual(b.commanded, "residual" not in b.names())

    def test_a_trip_right_after_closing_opens(self):
        for us in range(0, 6000, 1500):
            b = WorldBench()
            b.allow()
            b.do("plug")
            b.do("vehicle", ready=True)
            b.until(b.shut, 9000)
            b.at(b.now_us() + us)
            since_us = b.now_us()
            b.fault("rcd_stuck")
            self.assertTrue(b.until_open(since_us) <= 43000)
            b.run(100)
            self.assertEqual(b.names(), ["residual"])

    def test_a_trip_in_the_middle_of_a_self_test_never_closes(self):
        for ms in (20, 100, 150, 250, 400):
            b = WorldBench()
            b.allow()
            b.run(1000)
            b.do("plug")
            b.do("vehicle", ready=True)
            b.until(lambda: b.truth.residual.testing, 5000)
            b.run(ms)
            b.fault("rcd_stuck")
            b.run(9000)
            self.assertEqual(b.unit.contactor.closings, 0)
            self.assertTrue(b.unit.faults)


class Broken(Exception):
    pass


class _Counted:
    """A part of the hal, each of whose calls counts; the one whose number is up raises."""

    def __init__(self, part, count):
        self._part = part
        self._count = count

    def __getattr__(self, name):
        it = getattr(self._part, name)
        if not callable(it):
            return it
        count = self._count

        def call(*args):
            count[0] -= 1
            if count[0] == 0:
                raise count[1]
            return it(*args)

        return call


class Program(unittest.TestCase):
    def opens_for_good(self, error):
        """Whichever call of the hal fails in a tick with everything closed: all is open, and no guard is fed any more."""
        calls = 0
        while True:
            calls += 1
            b = WorldBench("rudved_ac22")
            b.charge()
            count = [0, error]
            unit, core = b.unit, b.core
            unit._pilot = _Counted(unit._pilot, count)
            unit.contactor._io = _Counted(unit.contactor._io, count)
            unit.residual._io = _Counted(unit.residual._io, count)
            unit.lock._io = _Counted(unit.lock._io, count)
            unit.proximity._io = _Counted(unit.proximity._io, count)
            core._inputs = [(_Counted(row[0], count),) + row[1:] for row in core._inputs]
            count[0] = calls
            try:
                core._tick()
            except Exception as raised:
                core.fail(raised)
            if not core.dead:
                return calls
            b.clock.run_to(b.now_us() + 150000)
            self.assertEqual((b.commanded, b.closed, b.truth.pilot.duty), (False, False, 0), "call %d" % calls)
            b.core.tick()
            self.assertFalse(b.world.guard.holds)

    def test_whichever_call_of_the_hal_raises_everything_opens(self):
        self.assertTrue(self.opens_for_good(Broken("pin")) > 8)

    def test_and_so_it_is_when_memory_is_what_lacks(self):
        self.assertTrue(self.opens_for_good(MemoryError()) > 8)

    def test_ticks_that_are_dropped_are_seen(self):
        b = charged()
        b.next_us += 20000                  # one callback lost: a gap of 40 ms, which is allowed
        b.run(2000)
        self.assertEqual((b.commanded, b.core.worst_gap_ms), (True, 40))
        b.next_us += 40000                  # two: 60 ms
        b.run(100)
        self.assertEqual((b.commanded, b.names()), (False, ["overrun"]))


if __name__ == "__main__":
    unittest.main()
