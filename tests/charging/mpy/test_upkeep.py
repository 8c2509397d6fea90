"""What of the safety core outlives a power cut, with time told, not told, or told late. Real settings on a real littlefs."""
import unittest

from firmware.charging.upkeep import Upkeep
from firmware.safety import faults
from firmware.safety.faultbook import FaultBook
from firmware.safety.residual import Residual
from firmware.storage.journal import Journal
from firmware.support.log import Log
from firmware.support.ring import Ring
from tests.storage.littlefs import FilesTestCase
from tests.storage.ramflash import FakeClock, RamFlash

_TRIP = faults.RESIDUAL
_NOON = 1795341600


class _Unit:
    def __init__(self, number):
        ring = Ring(16, lambda: 0)
        self.id = number
        self.book = FaultBook(number, ring)
        self.residual = Residual(None, number, ring)

    def trip(self, clock):
        self.book.settle(0, clock.ms - clock.ticked)
        clock.ticked = clock.ms
        if self.book.settle(_TRIP, 0):
            self.residual.trips += 1
        self.book.settle(0, 0)
        self.book.unplugged()


class _Core:
    class ventilation:
        wanted = False

    def __init__(self):
        self.units = [_Unit(1), _Unit(2)]
        self.standing = 0

    def unit(self, number):
        return self.units[number - 1] if 0 < number < 3 else None

    def restore(self, latched):
        pass

    def watch_earth(self, how):
        pass


class Trips(FilesTestCase):
    def boot(self, utc=None):
        self.clock = FakeClock(0, utc)
        self.clock.ticked = 0
        self.journal = Journal(RamFlash(6), self.clock, 1).open()
        settings = self.settings()
        settings.attach(self.journal, lambda: True)
        self.core = _Core()
        self.upkeep = Upkeep(self.core, False, settings, self.clock, Log(self.clock), "power_on")
        return self.core.units[0]

    def hours(self, hours):
        self.clock.ms += hours * 3600000
        if self.clock.utc is not None:
            self.clock.utc += hours * 3600
        for unit in self.core.units:
            unit.book.settle(0, self.clock.ms - self.clock.ticked)
        self.clock.ticked = self.clock.ms
        self.upkeep.step()

    def trips(self, unit, count=1):
        for _ in range(count):
            unit.trip(self.clock)
            self.upkeep.step()

    def test_trips_of_the_last_day_count_after_a_cut_and_those_before_it_do_not(self):
        for off_h, latches in ((1, True), (22, True), (24, False), (1000, False)):
            unit = self.boot(_NOON)
            self.trips(unit, 3)
            unit = self.boot(_NOON + off_h * 3600)
            self.trips(unit)
            self.assertEqual(unit.book.latched == _TRIP, latches, off_h)
            self.tearDown()
            self.setUp()

    def test_each_connector_has_its_own(self):
        self.trips(self.boot(_NOON), 3)
        self.boot(_NOON)
        self.trips(self.core.units[1])
        self.assertEqual(self.core.units[1].book.latched, 0)

    def test_without_the_time_a_trip_before_the_cut_is_taken_for_one_at_boot(self):
        for hours, latches in ((0, True), (23, True), (24, False)):
            self.trips(self.boot(), 3)
            unit = self.boot()
            self.hours(hours)
            self.trips(unit)
            self.assertEqual(unit.book.latched == _TRIP, latches, hours)
            self.tearDown()
            self.setUp()

    def test_cuts_that_come_oftener_than_once_a_day_do_not_keep_trips_alive_once_the_time_is_told(self):
        self.trips(self.boot(_NOON), 3)
        for day in range(1, 4):
            unit = self.boot()
            self.hours(10)
            self.clock.utc = _NOON + day * 43200
            self.upkeep.step()
        self.assertEqual(unit.book.trips_ms(), [])

    def test_a_trip_whose_time_was_not_known_is_dated_once_it_is(self):
        unit = self.boot()
        self.trips(unit)
        self.hours(2)
        self.clock.utc = _NOON
        self.upkeep.step()
        self.assertEqual(self.upkeep._settings.get("TripTimes"), ("1.%d" % (_NOON - 7200),))
        self.assertEqual(unit.book.trips_ms(), [7200000])

    def test_a_trip_of_this_life_is_not_forgotten_for_those_before_it(self):
        self.trips(self.boot(_NOON), 2)
        unit = self.boot()
        self.hours(1)
        self.trips(unit)
        self.clock.utc = _NOON + 90000
        self.upkeep.step()
        self.assertEqual(unit.book.trips_ms()[-1], 0)

    def test_a_clock_that_is_set_back_makes_no_trip_older(self):
        self.trips(self.boot(_NOON), 3)
        unit = self.boot(_NOON - 1000000)
        self.assertEqual(unit.book.trips_ms(), [0, 0, 0])

    def test_what_is_no_trip_is_passed_over(self):
        unit = self.boot(_NOON)
        self.upkeep._settings.apply({"TripTimes": "x,7.1,1.a/-2/%d,2.//" % _NOON}, inside=True)
        unit = self.boot(_NOON)
        self.assertEqual((unit.book.trips_ms(), self.core.units[1].book.trips_ms()), ([0], []))

    def test_a_monitor_that_flutters_for_a_day_writes_flash_once_for_each_trip_that_counts(self):
        unit = self.boot(_NOON)
        written = self.device.operations
        for _ in range(1000):
            self.upkeep.step()
        self.assertEqual(self.device.operations, written)
        self.trips(unit)
        once = self.device.operations - written
        for _ in range(1000):
            self.upkeep.step()
        self.assertTrue(self.device.operations - written == once < 30, once)


if __name__ == "__main__":
    unittest.main()
