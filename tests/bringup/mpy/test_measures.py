"""The bring-up's measurements on simulated boards: over hal/sim, and over hal/esp32 on the virtual chip, in one world."""
import os
import sys
import unittest

sys.path.append("tests/hal/mpy")

from bench import CLOCK, KINDS, MACHINE, Rig  # first: it puts virtual time in place

from tools.bringup.mpy.measures import measure

MPY_HEAP = "2048wk"


class Files:
    def setUp(self):
        self.folder = "/tmp/rudved-bringup-%d" % id(self)
        os.mkdir(self.folder)

    def tearDown(self):
        os.rmdir(self.folder)

    def rows(self, rig, **how):
        rows = {}

        def row(what, value, unit, low, high):
            self.assertFalse(what in rows, "twice: " + what)
            rows[what] = (value, unit, low, high)

        rig.hal.files = self.folder
        rig.wait(measure(rig.hal, row, **how))
        return rows

    def wrong(self, rows):
        return {what: row for what, row in rows.items() if row[0] is None
                or (row[2] is not None and row[0] < row[2]) or (row[3] is not None and row[0] > row[3])}


class MeasuresTest(Files, unittest.TestCase):
    def test_healthy_boards_are_within_all_bounds(self):
        for kind in KINDS:
            for board in ("rudved_ac7", "rudved_ac22"):
                rows = self.rows(Rig(kind, board), contactors=True)
                self.assertEqual(self.wrong(rows), {}, kind + " " + board)
                for what in ("connector 1 pilot 16 A: high", "connector 1 residual: test to trip",
                             "connector 1 contactor: command to closed", "rs485 address 1: question to answer", "collection",
                             "flash: erase of a page", "file of 300 bytes"):
                    self.assertIn(what, rows)

    def test_a_chip_on_which_all_of_it_takes_its_time_is_not_restarted_by_its_watchdog(self):
        rig = Rig("esp32")
        erase = rig.hal.flash.erase

        def slow(page):
            MACHINE.run_to(CLOCK.now_us + 600000)
            erase(page)

        rig.hal.flash.erase = slow
        self.rows(rig)
        self.assertIsNone(rig.world.wants_reset)

    def test_what_is_broken_is_out_of_bounds(self):
        for kind in KINDS:
            rig = Rig(kind)
            rig.fault("rcd_dead")
            rig.fault("pilot_offset", mv=1500)
            rig.fault("meter_silent")
            wrong = self.wrong(self.rows(rig))
            for what in ("connector 1 residual: test to trip", "connector 1 pilot 32 A: high", "rs485 address 1: bytes of the answer"):
                self.assertIn(what, wrong, kind)

    def test_contactor_stays_open_unless_it_is_asked_for(self):
        for kind in KINDS:
            rig = Rig(kind)
            rows = self.rows(rig)
            self.assertFalse([what for what in rows if "contactor:" in what])
            self.assertFalse(any(name == "contactor" and fields.get("closed") for name, _, fields in rig.events), kind)

    def test_pilot_and_contactor_are_left_at_rest(self):
        for kind in KINDS:
            rig = Rig(kind)
            self.rows(rig, contactors=True)
            self.assertEqual(rig.hal.connectors[0].contactor.feedback(), 0, kind)
            rig.hal.connectors[0].pilot.sample()
            self.assertTrue(abs(rig.hal.connectors[0].pilot.high_mv - 12000) < 200, kind)

    def test_server_that_cannot_be_reached_is_told_and_stops_nothing(self):
        rows = self.rows(Rig("sim"), tls=("127.0.0.1", 1, b"no certificate"))
        self.assertTrue([what for what in rows if what.startswith("TLS: ")])
