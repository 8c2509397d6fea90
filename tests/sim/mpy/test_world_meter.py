"""The meter: its register, and the bytes it speaks."""

import struct
import unittest

from worldrig import DUTY_16A, SECOND_US, Rig

import boards
from hal.sim.world import World
from hal.sim.world.energy import Energy
from hal.sim.world.part import NEVER
from hal.sim.world.rtu_slave import Bus, crc16, sealed


class Register(unittest.TestCase):
    def test_energy_is_the_integral_of_volts_times_amperes_within_1_wh(self):
        rig = Rig("rudved_ac22")
        rig.charge()
        rig.do("vehicle", max_a=20)
        begin_wh = rig.world.truth(0)["meter_wh"]
        joules = 0.0
        step_us = 50000
        for i in range(20 * 300):
            if i == 2000:
                rig.do("mains", v=[210, 225.5, 240])
            if i == 4000:
                rig.offer(DUTY_16A)
            truth = rig.world.truth(0)
            joules += sum([volts * amps for volts, amps in zip(truth["volts"], truth["amps"])]) * step_us / SECOND_US
            rig.run_us(step_us)
        counted_wh = rig.world.truth(0)["meter_wh"] - begin_wh
        self.assertTrue(counted_wh > 1000)
        self.assertTrue(abs(counted_wh - joules / 3600) <= 1.0, (counted_wh, joules / 3600))

    def test_nothing_is_rounded_away_however_often_one_looks(self):
        often, once = Energy(), Energy()
        for energy, steps in ((often, 7001), (once, 1)):
            for i in range(steps):
                energy.flow(7359123, 3600 * SECOND_US * i // steps)
        self.assertEqual(often.at(3600 * SECOND_US), 7359)
        self.assertEqual(once.at(3600 * SECOND_US), 7359)

    def test_it_knows_when_a_value_will_be_reached(self):
        energy = Energy()
        self.assertEqual(energy.reaches(1), NEVER)
        energy.flow(3600000, 5)
        t_us = energy.reaches(7)
        self.assertEqual(energy.at(t_us), 7)
        self.assertEqual(energy.at(t_us - 1), 6)

    def test_the_register_can_be_set_and_goes_on_from_there(self):
        rig = Rig()
        rig.charge()
        rig.do("meter", wh=1000000)
        rig.run(3600 / 7.36)
        self.assertTrue(1000998 <= rig.world.truth(0)["meter_wh"] <= 1001001, rig.world.truth(0)["meter_wh"])

    def test_an_imposed_power_counts_only_while_the_contactor_is_closed(self):
        rig = Rig()
        rig.do("meter", wh=0, power_w=36000)
        rig.run(10)
        self.assertEqual(rig.world.truth(0)["meter_wh"], 0)
        rig.k.contactor.command(True)
        rig.run(100.1)
        self.assertTrue(999 <= rig.world.truth(0)["meter_wh"] <= 1001, rig.world.truth(0)["meter_wh"])
        self.assertEqual(rig.world.truth(0)["power_w"], 36000)
        rig.do("meter", power_w=None)
        self.assertEqual(rig.world.truth(0)["power_w"], 0)

    def test_events_come_every_10_wh_and_with_every_marked_change_of_power(self):
        rig = Rig()
        rig.charge()
        rig.events.clear()
        rig.run(60)
        told = [fields["wh"] for name, _, fields in rig.events if name == "meter"]
        self.assertTrue(11 <= len(told) <= 13, told)
        for earlier, later in zip(told, told[1:]):
            self.assertEqual(later - earlier, 10)
        rig.do("vehicle", ready=False)
        self.assertEqual(rig.events[-1][2]["power_w"], 0)


def request(first, count, address=1, function=4):
    return sealed(struct.pack(">BBHH", address, function, first, count))


class Frames(unittest.TestCase):
    """1 register address = 1 word; the values come from a connector with known volts, amperes and Wh."""

    def setUp(self):
        self.volts = [230.0, 228.0, 231.5]
        self.rig = Rig("rudved_ac22")
        self.rig.do("mains", v=self.volts)
        self.rig.do("vehicle", max_a=16)
        self.rig.charge()
        self.rig.do("meter", wh=1234567)

    def bus(self, profile, order=None, address=1):
        self.rig.c.spec.meter = {"profile": profile, "address": address, "side": "supply", "order": order}
        return Bus([self.rig.c], None, 1)

    def value(self, bus, register, low_first=False):
        reply, delay_us = bus.ask(request(register, 2), self.rig.clock.now_us)
        self.assertEqual(crc16(reply), 0)
        self.assertEqual(reply[:3], b"\x01\x04\x04")
        self.assertTrue(20000 <= delay_us <= 40000)
        four = reply[3:7]
        return struct.unpack(">f", four[2:] + four[:2] if low_first else four)[0]

    def near(self, seen, expected):
        self.assertTrue(abs(seen - expected) <= abs(expected) * 1e-5 + 1e-6, (seen, expected))

    def test_the_crc_is_that_of_the_standard(self):
        self.assertEqual(sealed(b"\x01\x04\x00\x00\x00\x02"), b"\x01\x04\x00\x00\x00\x02\x71\xcb")

    def test_sdm120(self):
        bus = self.bus("sdm120")
        for register, expected in ((0x00, 230), (0x06, 16), (0x0C, 3680), (0x46, 50), (0x1E, 1), (0x48, 1234.567), (0x156, 1234.567)):
            self.near(self.value(bus, register), expected)

    def test_sdm630(self):
        bus = self.bus("eastron_sdm630")
        for register, expected in ((0x00, 230), (0x02, 228), (0x04, 231.5), (0x06, 16), (0x08, 16), (0x0A, 16), (0x0C, 3680), (0x0E, 3648),
                                   (0x10, 3704), (0x34, 11032), (0x46, 50), (0x48, 1234.567), (0x4A, 0)):
            self.near(self.value(bus, register), expected)

    def test_selec_em2m_speaks_kilowatts_with_the_low_word_first(self):
        bus = self.bus("em2m")
        for register, expected in ((0x14, 230), (0x16, 16), (0x0E, 3.68), (0x1A, 50), (0x02, 1234.567), (0x00, 1234.567)):
            self.near(self.value(bus, register, True), expected)

    def test_selec_em4m_in_both_word_orders(self):
        for order in ("ABCD", "CDAB"):
            bus = self.bus("em4m", order)
            for register, expected in ((0x00, 230), (0x02, 228), (0x10, 16), (0x14, 16), (0x2A, 11.032), (0x38, 50), (0x58, 1234.567),
                                       (0x3A, 1234.567)):
                self.near(self.value(bus, register, order == "CDAB"), expected)

    def test_swapped_words_turn_the_order_round(self):
        bus = self.bus("sdm630")
        bus.slaves[0].swapped = True
        self.near(self.value(bus, 0x00, True), 230)

    def test_a_whole_block_is_what_its_registers_are(self):
        bus = self.bus("sdm630")
        block, _ = bus.ask(request(0, 80), 0)
        self.assertEqual(len(block), 165)
        for register in range(0, 80, 2):
            single, _ = bus.ask(request(register, 2), 0)
            self.assertEqual(block[3 + 2 * register : 7 + 2 * register], single[3:7])
        odd, _ = bus.ask(request(3, 3), 0)
        self.assertEqual(odd[3:9], block[9:15])

    def test_exceptions_name_function_address_and_value(self):
        bus = self.bus("em4m")
        for frame, answer in ((request(0, 2, function=6), b"\x01\x86\x01"), (request(0x5C, 2), b"\x01\x84\x02"),
                              (request(0, 34), b"\x01\x84\x03"), (request(0, 0), b"\x01\x84\x03")):
            self.assertEqual(bus.ask(frame, 0)[0], sealed(answer))

    def test_silence_for_others_for_bad_frames_and_by_fault(self):
        bus = self.bus("sdm120")
        good = request(0, 2)
        self.assertEqual(bus.ask(request(0, 2, address=2), 0)[0], b"")
        self.assertEqual(bus.ask(good[:-1] + bytes((good[-1] ^ 1,)), 0)[0], b"")
        self.assertEqual(bus.ask(good[:5], 0)[0], b"")
        self.assertEqual(bus.ask(b"", 0)[0], b"")
        bus.slaves[0].silent = True
        self.assertEqual(bus.ask(good, 0)[0], b"")

    def test_a_meter_behind_the_contactor_is_silent_while_it_is_open(self):
        bus = self.bus("sdm120")
        self.rig.c.spec.meter["side"] = "load"
        self.assertNotEqual(bus.ask(request(0, 2), 0)[0], b"")
        self.rig.k.contactor.command(False)
        self.rig.run(0.1)
        self.assertEqual(bus.ask(request(0, 2), 0)[0], b"")

    def test_garbage_never_passes_for_the_truth(self):
        bus = self.bus("sdm120")
        good, _ = bus.ask(request(0, 2), 0)
        bus.slaves[0].garbage_permille = 1000
        for _ in range(200):
            bad, _ = bus.ask(request(0, 2), 0)
            self.assertTrue(bad != good and (len(bad) != len(good) or crc16(bad) != 0), bad)

    def test_a_frozen_meter_shows_what_it_showed(self):
        rig = self.rig
        bus = self.bus("sdm630")
        rig.c.meter.freeze(True, rig.clock.now_us)
        rig.run(60)
        self.near(self.value(bus, 0x48), 1234.567)
        rig.c.meter.freeze(False, rig.clock.now_us)
        self.assertTrue(self.value(bus, 0x48) > 1234.7)

    def test_every_board_has_meters_that_speak(self):
        for name in boards.names():
            world = World(boards.load(name), 1, lambda *args, **fields: None)
            for connector in world.connectors:
                reply, _ = world.bus.ask(request(0, 2, address=connector.spec.meter["address"]), 0)
                self.assertEqual(len(reply), 9, name)

    def test_each_outlet_meters_its_own_line(self):
        rig = Rig("rudved_ac001")
        rig.do("mains", v=[210, 220, 240])
        for address, volts in ((1, 210), (2, 220), (3, 240)):
            reply, _ = rig.world.bus.ask(request(0x14, 2, address=address), 0)
            self.near(struct.unpack(">f", reply[5:7] + reply[3:5])[0], volts)

    def test_the_faults_reach_the_meter(self):
        rig = Rig()
        good, _ = rig.world.bus.ask(request(0, 2), 0)
        rig.fault("meter_silent")
        self.assertEqual(rig.world.bus.ask(request(0, 2), 0)[0], b"")
        rig.fault("meter_silent", on=False)
        rig.fault("meter_swapped_words")
        swapped, _ = rig.world.bus.ask(request(0, 2), 0)
        self.assertEqual(swapped[3:7], good[5:7] + good[3:5])
        rig.fault("meter_swapped_words", on=False)
        rig.fault("meter_garbage", rate=1)
        self.assertNotEqual(rig.world.bus.ask(request(0, 2), 0)[0], good)


if __name__ == "__main__":
    unittest.main()
