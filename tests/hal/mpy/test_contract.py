"""The contract of hal/__init__.py, asked of hal/sim and of hal/esp32 on the virtual chip alike, over the same world."""

import unittest

import bench  # noqa: F401 - first: it puts virtual time in place
from bench import BOARDS, CLOCK, each

from hal.contract import missing

MPY_HEAP = "1024wk"     # many worlds, one after the other

DUTY_6A, DUTY_16A, DUTY_32A, X1, F = 6553, 17476, 34952, 65536, 0
LETTER_MV = {"A": 12000, "B": 8979, "C": 5996, "D": 2931}


def show(rig, letter):
    """Bring the vehicle to that letter."""
    if letter != "A":
        rig.do("plug")
        rig.do("vehicle", ready=letter != "B", ventilation=letter == "D", reaction_s=0)
    rig.quiet(100)


class Whole(unittest.TestCase):
    def test_every_board_has_all_of_it(self):
        for board in BOARDS:
            for rig in each(board):
                self.assertEqual(missing(rig.hal), [], board + " " + rig.kind)

    def test_what_is_not_fitted_is_none(self):
        for rig in each("rudved_ac7"):
            connector = rig.hal.connectors[0]
            self.assertEqual([connector.proximity, connector.lock, connector.plug_switch], [None] * 3, rig.kind)
        for rig in each("rudved_ac001"):
            self.assertIsNone(rig.hal.connectors[0].pilot, rig.kind)
            self.assertIsNone(rig.hal.ventilation, rig.kind)

    def test_identity_has_texts_of_at_most_twenty_characters(self):
        for rig in each():
            for name in ("vendor", "model", "serial", "firmware"):
                self.assertTrue(0 < len(rig.hal.identity[name]) <= 20, rig.kind + " " + name)
            self.assertEqual([rig.hal.identity["iccid"], rig.hal.identity["imsi"]], [None, None])

    def test_random_gives_so_many_bytes_and_not_the_same(self):
        for rig in each():
            self.assertEqual(len(rig.hal.random(16)), 16)
            self.assertNotEqual(rig.hal.random(16), rig.hal.random(16), rig.kind)


class Pilot(unittest.TestCase):
    def test_a_board_with_a_circuit_of_its_own_reads_the_same_levels(self):
        for letter, high_mv in LETTER_MV.items():
            for rig in each("rudved_bench"):
                pilot = rig.hal.connectors[0].pilot
                pilot.drive(DUTY_16A)
                show(rig, letter)
                pilot.sample()
                where = "%s %s: %d mV, %d mV" % (rig.kind, letter, pilot.high_mv, pilot.low_mv)
                self.assertTrue(abs(pilot.high_mv - high_mv) < 80 and abs(pilot.low_mv + 12000) < 80, where)

    def test_levels_of_every_letter_at_every_duty(self):
        for letter, high_mv in LETTER_MV.items():
            for duty in (DUTY_6A, DUTY_16A, DUTY_32A):
                for rig in each():
                    pilot = rig.hal.connectors[0].pilot
                    pilot.drive(duty)
                    show(rig, letter)
                    pilot.sample()
                    where = "%s %s %d: %d mV, %d mV" % (rig.kind, letter, duty, pilot.high_mv, pilot.low_mv)
                    self.assertTrue(abs(pilot.high_mv - high_mv) < 80, where)
                    self.assertTrue(abs(pilot.low_mv + 12000) < 80, where)
                    self.assertTrue(pilot.n_high >= 3 and pilot.n_low >= 3 and pilot.n_high + pilot.n_low >= 56, where)
                    self.assertTrue(pilot.spread_mv < 300, where)

    def test_steady_levels(self):
        for rig in each():
            pilot = rig.hal.connectors[0].pilot
            for duty, mv in ((X1, 12000), (F, -12000)):
                pilot.drive(duty)
                rig.quiet(5)
                pilot.sample()
                self.assertTrue(abs(pilot.high_mv - mv) < 80 and abs(pilot.low_mv - mv) < 80, rig.kind)
                self.assertEqual((pilot.n_high, pilot.n_low), (64, 64), rig.kind)

    def test_a_burst_takes_four_milliseconds_and_measures_its_own_interval(self):
        for rig in each():
            pilot = rig.hal.connectors[0].pilot
            began_us = CLOCK.now_us
            pilot.sample()
            self.assertEqual(CLOCK.now_us - began_us, 64 * 60, rig.kind)
            self.assertEqual(pilot.interval_us, 60, rig.kind)
            rig.fault("adc_slow", us=120)
            pilot.sample()
            self.assertEqual(pilot.interval_us, 120, rig.kind)

    def test_the_vehicle_is_never_offered_more_than_was_asked_for(self):
        for rig in each():
            pilot = rig.hal.connectors[0].pilot
            for ma in range(6000, 51000, 1237):
                pilot.drive(ma * 4096 // 3750)
                rig.quiet(2)
                offered_ma = rig.world.connectors[0].pilot.offer()
                self.assertTrue(ma - 30 <= offered_ma <= ma, "%s: %d mA for %d" % (rig.kind, offered_ma, ma))

    def test_faults_of_the_circuit_are_seen_alike(self):
        for rig in each():
            pilot = rig.hal.connectors[0].pilot
            pilot.drive(DUTY_16A)
            show(rig, "C")
            rig.fault("pilot_short")
            rig.quiet(5)
            pilot.sample()
            self.assertTrue(abs(pilot.high_mv) < 80 and abs(pilot.low_mv) < 80, rig.kind)
            rig.fault("pilot_short", on=False)
            rig.do("vehicle", diode=False)
            rig.quiet(5)
            pilot.sample()
            self.assertTrue(pilot.low_mv > -7000, rig.kind)

    def test_readings_are_corrected_as_the_calibration_says_in_a_burst_too(self):
        for rig in each():
            pilot = rig.hal.connectors[0].pilot
            pilot.drive(X1)
            rig.quiet(5)
            pilot.trim(-300, 4000)
            pilot.sample()
            self.assertTrue(abs(pilot.high_mv - (12000 * 4000 // 4096 - 300)) < 80, rig.kind)
            self.assertTrue(abs(pilot.burst()[0] - (12000 * 4000 // 4096 - 300)) < 80, rig.kind)
            pilot.drive(F)
            rig.quiet(5)
            pilot.sample()
            self.assertTrue(abs(pilot.low_mv - (-12000 * 4000 // 4096 - 300)) < 80, rig.kind)

    def test_the_last_burst_can_be_looked_at(self):
        for rig in each():
            pilot = rig.hal.connectors[0].pilot
            pilot.drive(DUTY_16A)
            rig.quiet(5)
            pilot.sample()
            burst = pilot.burst()
            self.assertEqual(len(burst), 64, rig.kind)
            self.assertTrue(abs(max(burst) - 12000) < 200 and abs(min(burst) + 12000) < 200, rig.kind)


class Contactor(unittest.TestCase):
    def test_a_command_closes_while_tokens_come_and_the_poles_say_so(self):
        for rig in each():
            contactor = rig.hal.connectors[0].contactor
            self.assertEqual(contactor.feedback(), 0, rig.kind)
            contactor.command(True)
            rig.run(200)
            self.assertTrue(rig.world.truth(0)["closed"], rig.kind)
            self.assertEqual(contactor.feedback(), 3, rig.kind)
            contactor.command(False)
            rig.run(200)
            self.assertFalse(rig.world.truth(0)["closed"], rig.kind)
            self.assertEqual(contactor.feedback(), 0, rig.kind)

    def test_each_pole_has_its_bit(self):
        for rig in each("rudved_ac22"):
            for i, pole in enumerate(("L1", "L2", "L3", "N")):
                rig.fault("weld", pole=pole)
                rig.quiet(100)
                self.assertEqual(rig.hal.connectors[0].contactor.feedback(), 1 << i, rig.kind + " " + pole)
                rig.fault("weld", pole=pole, on=False)

    def test_each_connector_has_its_own(self):
        for rig in each("rudved_ac001"):
            rig.hal.connectors[1].contactor.command(True)
            rig.run(200)
            self.assertEqual([rig.world.truth(i)["closed"] for i in range(3)], [False, True, False], rig.kind)
            self.assertEqual([one.contactor.feedback() for one in rig.hal.connectors], [0, 3, 0], rig.kind)

    def test_without_tokens_it_opens_within_the_promise(self):
        for rig in each():
            rig.hal.connectors[0].contactor.command(True)
            rig.run(200)
            rig.quiet(rig.hal.guard.promise_ms)
            self.assertFalse(rig.world.truth(0)["closed"], rig.kind)

    def test_it_is_open_after_a_reset(self):
        for rig in each():
            rig.hal.connectors[0].contactor.command(True)
            rig.run(200)
            rig = rig.again("hard")
            rig.run(100)
            self.assertFalse(rig.world.truth(0)["closed"], rig.kind)


class Parts(unittest.TestCase):
    def test_proximity_reads_the_cable(self):
        for amps, ohm in ((13, 1500), (20, 680), (32, 220)):
            for rig in each("rudved_ac22"):
                proximity = rig.hal.connectors[0].proximity
                self.assertTrue(proximity.ohm() >= 100000, rig.kind)
                rig.do("plug", cable_a=amps)
                self.assertTrue(abs(proximity.ohm() - ohm) <= ohm // 30 + 3, "%s: %d" % (rig.kind, proximity.ohm()))

    def test_proximity_short_and_open(self):
        for rig in each("rudved_ac22"):
            proximity = rig.hal.connectors[0].proximity
            rig.do("plug", cable_a=32)
            rig.fault("proximity_short")
            self.assertEqual(proximity.ohm(), 0, rig.kind)
            rig.fault("proximity_short", on=False)
            rig.fault("proximity_open")
            self.assertTrue(proximity.ohm() >= 100000, rig.kind)

    def test_the_residual_monitor_tests_itself_and_lets_go(self):
        for rig in each():
            residual = rig.hal.connectors[0].residual
            self.assertFalse(residual.tripped(), rig.kind)
            residual.test(True)
            rig.quiet(50)
            self.assertTrue(residual.tripped(), rig.kind)
            residual.test(False)
            rig.quiet(400)
            self.assertFalse(residual.tripped(), rig.kind)

    def test_the_lock_moves_both_ways_and_stops(self):
        for board in ("rudved_ac22", "rudved_ac001"):
            for rig in each(board):
                lock = rig.hal.connectors[0].lock
                self.assertFalse(lock.closed(), rig.kind)
                lock.drive(1)
                rig.run(300)
                self.assertTrue(lock.closed(), rig.kind)
                lock.drive(0)
                rig.run(300)
                self.assertTrue(lock.closed(), rig.kind)
                lock.drive(-1)
                rig.run(300)
                self.assertFalse(lock.closed(), rig.kind)

    def test_a_plug_presses_its_switch(self):
        for rig in each("rudved_ac001"):
            rig.do("plug", connector=2)
            self.assertEqual([one.plug_switch.pressed() for one in rig.hal.connectors], [False, True, False], rig.kind)

    def test_inputs_follow_the_enclosure(self):
        for rig in each():
            for name in ("estop", "door", "tilt"):
                self.assertFalse(rig.hal.inputs[name].active(), rig.kind + " " + name)
                rig.fault(name)
                self.assertTrue(rig.hal.inputs[name].active(), rig.kind + " " + name)
            rig.fault("earth_open")
            self.assertTrue(rig.hal.inputs["earth"].active(), rig.kind)

    def test_buttons(self):
        for rig in each():
            self.assertFalse(rig.hal.buttons["stop"].pressed(), rig.kind)
            rig.do("button", name="stop", ms=300)
            self.assertTrue(rig.hal.buttons["stop"].pressed(), rig.kind)
            rig.quiet(400)
            self.assertFalse(rig.hal.buttons["stop"].pressed(), rig.kind)

    def test_temperatures_to_half_a_degree_and_none_from_a_dead_sensor(self):
        for rig in each():
            for celsius in (-20, -10, 0, 25.4, 40, 61, 80, 95):
                rig.do("temperature", c=celsius, sensor="contactor")
                dc = rig.hal.temperatures["contactor"].read_dc()
                self.assertTrue(abs(dc - celsius * 10) <= 6, "%s: %d for %s" % (rig.kind, dc, celsius))
            rig.fault("sensor_dead", sensor="contactor")
            self.assertIsNone(rig.hal.temperatures["contactor"].read_dc(), rig.kind)
            self.assertIsNotNone(rig.hal.temperatures["board"].read_dc(), rig.kind)

    def test_the_fan_proves_that_it_turns(self):
        for rig in each():
            rig.hal.ventilation.drive(True)
            self.assertFalse(rig.hal.ventilation.running(), rig.kind)
            rig.quiet(1000)
            self.assertTrue(rig.hal.ventilation.running(), rig.kind)
            rig.hal.ventilation.drive(False)
            self.assertFalse(rig.hal.ventilation.running(), rig.kind)

    def test_the_indicator_takes_every_colour(self):
        for board in BOARDS:
            for rig in each(board):
                for colour in ("green", "blue", "red", "yellow", "white", "off"):
                    rig.hal.indicator.show(colour, 500)
                    rig.hal.indicator.show(colour)


class Lines(unittest.TestCase):
    REQUEST = bytes((1, 4, 0, 0, 0, 2, 0x71, 0xCB))

    async def ask(self, rs485, timeout_ms=100, gap_ms=5):
        buf = bytearray(64)
        await rs485.send(self.REQUEST)
        n = await rs485.receive(buf, timeout_ms, gap_ms)
        return bytes(buf[:n])

    def test_a_meter_answers(self):
        for board in ("rudved_ac7", "rudved_bench"):      # by itself, and by a pin
            for rig in each(board):
                reply = rig.wait(self.ask(rig.hal.rs485))
                self.assertEqual((len(reply), reply[:3]), (9, b"\x01\x04\x04"), board + " " + rig.kind)

    def test_nobody_answers_at_another_speed_or_after_too_short_a_wait(self):
        for rig in each():
            self.assertEqual(rig.wait(self.ask(rig.hal.rs485, timeout_ms=5)), b"", rig.kind)
            rig.quiet(200)
            rig.hal.rs485.flush()
            rig.hal.rs485.configure(19200, "E", 1)
            self.assertEqual(rig.wait(self.ask(rig.hal.rs485)), b"", rig.kind)
            rig.hal.rs485.configure(9600, "N", 1)
            self.assertEqual(len(rig.wait(self.ask(rig.hal.rs485))), 9, rig.kind)

    def test_flush_drops_what_has_arrived(self):
        for rig in each():
            rs485 = rig.hal.rs485

            async def go(rig=rig, rs485=rs485):
                await rs485.send(self.REQUEST)
                rig.quiet(100)
                rs485.flush()
                return await rs485.receive(bytearray(64), 5, 2)

            self.assertEqual(rig.wait(go()), 0, rig.kind)

    def test_the_network_says_whether_it_is_up(self):
        for rig in each():
            if rig.kind == "esp32":
                self.assertFalse(rig.hal.network.up())
                self.assertTrue(rig.wait(rig.hal.wifi.join("Rudved", "commissioned")))
            self.assertTrue(rig.hal.network.up(), rig.kind)
            self.assertEqual(rig.hal.network.rssi_dbm(), -61, rig.kind)


class Flash(unittest.TestCase):
    def test_programming_only_clears_bits_and_erasing_sets_a_page(self):
        for rig in each():
            flash = rig.hal.flash
            self.assertEqual((flash.pages, flash.page_size), (8, 4096), rig.kind)
            buf = bytearray(4)
            flash.program(4096 + 10, b"\xF0\x0F")
            flash.program(4096 + 10, b"\xAA\xAA")
            flash.read(4096 + 9, buf)
            self.assertEqual(bytes(buf), b"\xFF\xA0\x0A\xFF", rig.kind)
            flash.program(8190, b"\x00\x00\x00")       # over the border of a page
            flash.erase(1)
            flash.read(8190, buf)
            self.assertEqual(bytes(buf), b"\xFF\xFF\x00\xFF", rig.kind)


if __name__ == "__main__":
    unittest.main()

