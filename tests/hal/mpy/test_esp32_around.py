"""What hal/esp32 makes of what is around the charger: the radio, sensors on a wire, the buzzer, lamps."""

import os
import unittest

import bench  # first: it puts virtual time in place
from bench import CLOCK, Rig

import boards

MPY_HEAP = "1024wk"     # many worlds, one after the other


class Radio(unittest.TestCase):
    def test_join_scan_leave_and_the_own_network(self):
        rig = Rig("esp32")
        wifi = rig.hal.wifi
        self.assertFalse(wifi.status()["connected"])
        self.assertEqual(rig.wait(wifi.scan()), [("Rudved", -61, 6, "wpa2")])
        self.assertFalse(rig.wait(wifi.join("Rudved", "wrong password")))
        self.assertTrue(rig.wait(wifi.join("Rudved", "commissioned")))
        self.assertEqual(wifi.status(), {"ssid": "Rudved", "ip": "127.0.0.1", "rssi_dbm": -61, "connected": True, "access_point": None})
        with self.assertRaises(ValueError):
            wifi.access_point("Rudved-1", "short")
        wifi.access_point("Rudved-1", "long enough")
        self.assertEqual(wifi.status()["access_point"], "Rudved-1")
        wifi.access_point(None, None)
        self.assertFalse(rig.wait(wifi.join(None, None)))
        self.assertEqual((wifi.status()["connected"], wifi.status()["access_point"], wifi.status()["ssid"]), (False, None, None))

    def test_the_right_password_after_a_wrong_one_joins_at_once(self):
        rig = Rig("esp32")
        self.assertFalse(rig.wait(rig.hal.wifi.join("Rudved", "wrong password")))
        began_us = CLOCK.now_us
        self.assertTrue(rig.wait(rig.hal.wifi.join("Rudved", "commissioned")))
        self.assertTrue(CLOCK.now_us - began_us < 3000000)

    def test_a_driver_between_two_states_is_told_again_a_second_later(self):
        rig = Rig("esp32")
        station = rig.hal.wifi._station

        class Between:
            refusals = 2

            def __getattr__(self, name):
                return getattr(station, name)

            def connect(self, *words):
                if self.refusals:
                    self.refusals -= 1
                    raise OSError("Wifi Internal State Error")
                station.connect(*words)

        rig.hal.wifi._station = Between()
        began_us = CLOCK.now_us
        self.assertTrue(rig.wait(rig.hal.wifi.join("Rudved", "commissioned")))
        self.assertTrue(CLOCK.now_us - began_us < 6000000)

    def test_networks_are_heard_also_while_the_one_wanted_is_not_there_and_it_is_wanted_still(self):
        rig = Rig("esp32")
        wifi = rig.hal.wifi
        self.assertFalse(rig.wait(wifi.join("Elsewhere", "no matter what")))
        self.assertEqual(rig.wait(wifi.scan()), [("Rudved", -61, 6, "wpa2")])
        rig.chip.air.append(("Elsewhere", "no matter what"))
        rig.quiet(2000)
        self.assertTrue(wifi.up())

    def test_the_station_never_saves_power_whatever_was_done_first(self):
        for first in (None, "scan"):
            rig = Rig("esp32")
            if first:
                rig.wait(rig.hal.wifi.scan())
            rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
            self.assertEqual(rig.chip.radio[0]["config"]["pm"], 0)

    def test_a_network_of_our_own_that_takes_no_password_is_off_again(self):
        rig = Rig("esp32")
        point = rig.hal.wifi._point

        class Refuses:
            def active(self, on=None):
                return point.active(on)

            def config(self, what=None, **settings):
                raise RuntimeError("Wifi Unknown Error 0x0102")

        rig.hal.wifi._point = Refuses()
        with self.assertRaises(OSError):
            rig.hal.wifi.access_point("Rudved-1", "long enough")
        self.assertFalse(point.active())
        with self.assertRaises(ValueError):
            rig.hal.wifi.access_point("Rudved-1", "\u20ac" * 22)     # 66 bytes
        self.assertFalse(point.active())

    def test_a_radio_that_cannot_be_started_stops_nothing_else(self):
        board = boards.load("rudved_ac001")
        board.ethernet = "w5500"
        board.pins = dict(board.pins)
        for name, pin in (("sck", 3), ("mosi", 45), ("miso", 46), ("cs", 0), ("int", 36)):
            board.pins["eth_" + name] = pin
        rig = Rig("esp32", board, radio=False)
        self.assertIsNone(rig.hal.wifi)
        self.assertFalse(rig.hal.network.up())
        rig.hal.network.links[0]._lan.active(True)
        rig.quiet(2000)
        self.assertTrue(rig.hal.network.up())

    def test_a_key_is_drawn_with_the_radio_on_and_everything_else_without_a_thought(self):
        rig = Rig("esp32")
        on = []

        class Os:
            def urandom(self, n):
                on.append(rig.chip.radio_on())
                return bytes(n)

        for name in ("hal.esp32.hal", "hal.esp32.wifi"):
            bench.module(name).os = Os()
        try:
            self.assertEqual(([len(rig.hal.random(n)) for n in (4, 32)], on), ([4, 32], [False, True]))
            self.assertFalse(rig.chip.radio_on())
            rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
            rig.hal.random(32)
            self.assertTrue(rig.hal.wifi.up())
            self.assertEqual(len(Rig("esp32", radio=False).hal.random(32)), 32)
        finally:
            for name in ("hal.esp32.hal", "hal.esp32.wifi"):
                bench.module(name).os = os

    def test_a_network_lost_between_two_calls_has_no_signal(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))

        class Late:
            """Still says connected when it no longer is, as the port does until its event is handled."""

            def isconnected(self):
                return True

            def status(self, what):
                raise OSError("Wifi Not Connected")

            def ifconfig(self):
                return ("127.0.0.1",) * 4

            def active(self):
                return True

        rig.hal.wifi._station = Late()
        self.assertIsNone(rig.hal.network.rssi_dbm())
        self.assertIsNone(rig.hal.wifi.status()["rssi_dbm"])

    def test_a_scan_is_refused_while_a_contactor_is_closed(self):
        rig = Rig("esp32")
        rig.hal.connectors[0].contactor.command(True)
        with self.assertRaises(OSError):
            rig.wait(rig.hal.wifi.scan())

    def test_a_scan_does_not_wake_the_watchdog(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.scan())
        self.assertIsNone(rig.world.wants_reset)
        rig.quiet(1100)
        self.assertEqual(rig.world.wants_reset, "watchdog")     # and has its usual time again

    def test_the_supervision_joins_again_and_at_last_restarts_the_radio(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        joins, offs = [], []
        station = rig.hal.wifi._station

        class Watched:
            def __getattr__(self, name):
                return getattr(station, name)

            def connect(self, *words):
                joins.append(CLOCK.now_us)
                station.connect(*words)

            def active(self, on=None):
                if on is False:
                    offs.append(CLOCK.now_us)
                return station.active() if on is None else station.active(on)

        rig.hal.wifi._station = Watched()
        rig.chip.conditions["up"] = False

        async def watched(seconds):
            task = bench.asyncio.create_task(rig.hal.wifi.run())
            await bench.asyncio.sleep(seconds)
            task.cancel()

        rig.hal.connectors[0].contactor.command(True)
        rig.wait(watched(400))
        self.assertEqual(offs, [])      # that stops the charger for a moment: not while it charges
        rig.hal.connectors[0].contactor.command(False)
        joins.clear()
        rig.hal.wifi._lost_ms = None
        rig.wait(watched(400))
        self.assertTrue(10 <= len(joins) <= 14, len(joins))
        self.assertEqual(len(offs), 1)
        rig.chip.conditions["up"] = True
        rig.wait(watched(40))
        self.assertTrue(rig.hal.network.up())


class Wire(unittest.TestCase):
    def test_sensors_on_one_wire(self):
        board = boards.load("rudved_ac7")
        pins = dict(board.pins)
        del pins["temperature_board"], pins["temperature_contactor"]
        pins["onewire"] = 3
        board.pins = pins
        rig = Rig("esp32", board)
        self.assertIsNone(rig.hal.temperatures["board"].read_dc())

        async def asked(seconds):
            task = bench.asyncio.create_task(rig.hal.jobs[0]())
            await bench.asyncio.sleep(seconds)
            task.cancel()

        for name, celsius in (("board", 41.5), ("contactor", -10)):
            rig.do("temperature", c=celsius, sensor=name)
        rig.wait(asked(4))
        dc = [rig.hal.temperatures[name].read_dc() for name in ("board", "contactor")]
        self.assertTrue(abs(dc[0] - 415) <= 2 and abs(dc[1] + 100) <= 2, dc)
        rig.fault("sensor_dead", sensor="contactor")
        rig.wait(asked(8))
        self.assertIsNone(rig.hal.temperatures["contactor"].read_dc())
        self.assertIsNotNone(rig.hal.temperatures["board"].read_dc())


class Buzzer(unittest.TestCase):
    def test_a_beep_sounds_and_ends_and_another_cuts_it_short(self):
        board = boards.load("rudved_ac7")
        board.pins = dict(board.pins)
        board.pins["buzzer"] = 3
        rig = Rig("esp32", board)
        sound = []
        rig.chip.pads[3].wave = lambda duty: sound.append((CLOCK.now_us // 1000, duty))

        async def beeps():
            rig.hal.buzzer.beep(100)
            await bench.asyncio.sleep_ms(50)
            rig.hal.buzzer.beep(100)
            await bench.asyncio.sleep_ms(300)

        began_ms = CLOCK.now_us // 1000
        rig.wait(beeps())
        self.assertEqual([duty for _, duty in sound], [32768, 0, 32768, 0])
        self.assertTrue(148 <= sound[-1][0] - began_ms <= 155, sound)


class Lamps(unittest.TestCase):
    def test_colours_brightness_and_blinking_of_a_chain(self):
        rig = Rig("esp32", "rudved_bench")
        lamp = rig.hal.indicator
        lamp.show("yellow", 0, 50)
        self.assertEqual(rig.chip.shown[19], [(127, 76, 0)] * 8)
        lamp.show("red", 200)

        async def blinks():
            task = bench.asyncio.create_task(lamp.run())
            seen = []
            for _ in range(8):
                await bench.asyncio.sleep_ms(100)
                seen.append(rig.chip.shown[19][0][0])
            task.cancel()
            return seen

        seen = rig.wait(blinks())
        self.assertEqual(set(seen), {0, 255})
        self.assertTrue(2 <= len([1 for earlier, later in zip(seen, seen[1:]) if earlier != later]) <= 4, seen)


if __name__ == "__main__":
    unittest.main()

