"""The virtual chip's surroundings are as unkind as the real port's: the radio, by ports/esp32 network_wlan.c."""

import unittest

from bench import CLOCK, Rig

from hal.sim.chip import network

MPY_HEAP = "1024wk"     # many worlds, one after the other


class ChipTestCase(unittest.TestCase):
    def setUp(self):
        self.rig = Rig("esp32", "rudved_ac7")
        self.chip = self.rig.chip

    def refused(self, call, *args, **options):
        try:
            call(*args, **options)
        except OSError as error:
            return error.args[0]
        raise AssertionError("not refused")


class Radio(ChipTestCase):
    def setUp(self):
        super().setUp()
        self.station = network.WLAN(network.WLAN.IF_STA)
        self.point = network.WLAN(network.WLAN.IF_AP)

    def test_a_station_that_is_off_does_nothing(self):
        self.assertEqual(self.refused(self.station.scan), "STA must be active")
        for call in (self.station.disconnect, self.station.connect, self.point.connect):
            self.assertEqual(self.refused(call), "Wifi Not Started")

    def test_while_it_tries_to_join_it_takes_no_other_network_and_hears_none(self):
        for ssid, key, reason in (("Nobody", "no matter", 201), ("Rudved", "wrong", 202)):
            self.assertTrue(self.station.active(True))
            self.station.connect(ssid, key)
            self.assertEqual(self.station.status(), network.STAT_CONNECTING)
            self.rig.quiet(2000)
            self.assertEqual(self.station.status(), reason)
            self.assertEqual(self.refused(self.station.connect, "Rudved", "commissioned"), "Wifi Internal Error")
            began_us = CLOCK.now_us
            self.assertEqual((self.station.scan(), CLOCK.now_us), ([], began_us))
            self.refused(self.station.config, pm=0)
            self.assertEqual(self.station.config("pm"), 0)      # done none the less
            self.station.disconnect()
            self.assertEqual(self.station.status(), network.STAT_IDLE)
            self.assertEqual(len(self.station.scan()), 1)
            self.station.connect("Rudved", "commissioned")
            self.rig.quiet(2000)
            self.assertEqual(self.station.status(), network.STAT_GOT_IP)
            self.station.config(pm=1)
            self.station.connect("Rudved", "commissioned")      # one that is in may be told to join anew
            self.assertFalse(self.station.isconnected())
            self.station.active(False)

    def test_the_settings_of_one_interface_are_not_the_others(self):
        self.assertEqual(self.refused(self.station.config, ssid="x"), "AP required")
        self.assertEqual(self.refused(self.point.config, "reconnects"), "STA required")
        self.assertEqual(self.refused(self.point.status, "rssi"), "STA required")
        self.assertIsNone(self.point.status())
        for call in (lambda: self.point.config("key"), lambda: self.point.config(name="x"), lambda: self.station.status("noise")):
            with self.assertRaises(ValueError):
                call()
        for call in (lambda: self.point.config("ssid", ssid="x"), self.point.config):
            with self.assertRaises(TypeError):
                call()

    def test_an_access_point_must_be_on_and_have_a_password_of_eight_bytes(self):
        self.assertEqual(self.refused(self.point.config, ssid="x"), "Wifi Invalid Mode")
        self.point.active(True)
        self.assertEqual(self.refused(self.point.config, ssid="x", security=3, key="short"), "Wifi Invalid Password")
        self.point.config(ssid="Own", security=3, key="long enough")
        self.assertEqual(self.point.config("ssid"), "Own")

    def test_a_port_without_memory_for_the_radio_has_none(self):
        self.chip.radio = None
        self.assertEqual(self.refused(network.WLAN), "WiFi Out of Memory")


if __name__ == "__main__":
    unittest.main()
