"""The virtual chip's surroundings are as unkind as the real port's: radio, cable, line, flash, sockets, by the port's C source."""

import errno
import socket
import unittest

from bench import CLOCK, Rig, bound

from hal.sim.chip import esp32, network, select

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


class Cable(ChipTestCase):
    def setUp(self):
        super().setUp()
        self.chip.ethernet = {"cable": True, "since_us": None}
        self.wires = {"phy_type": network.PHY_W5500, "phy_addr": 1, "spi": 1, "cs": 2, "int": 3}

    def test_it_wants_to_be_told_all_of_its_wires_and_its_address(self):
        told = (("phy_type", 1, ValueError), ("phy_addr", 32, ValueError), ("phy_addr", None, TypeError), ("int", None, ValueError))
        for name, wrong, error in told:
            wires = dict(self.wires)
            wires[name] = wrong
            if wrong is None:
                del wires[name]
            with self.assertRaises(error):
                network.LAN(0, **wires)

    def test_what_wifi_gets_is_shown_as_if_it_were_the_cables_event(self):
        lan = network.LAN(0, **self.wires)
        self.assertEqual((lan.active(), lan.status()), (False, network.ETH_INITIALIZED))
        self.assertTrue(lan.active(True))
        self.rig.quiet(1500)
        self.assertEqual((lan.isconnected(), lan.status()), (True, network.ETH_GOT_IP))
        self.rig.wait(self.rig.hal.wifi.join("Rudved", "commissioned"))
        self.assertEqual((lan.isconnected(), lan.status()), (False, network.ETH_STARTED))
        self.assertNotEqual(lan.ifconfig()[0], "0.0.0.0")
        self.chip.ethernet["cable"] = False
        self.assertEqual(lan.ifconfig()[0], "0.0.0.0")


class Line(ChipTestCase):
    class Stream:
        IRQ_RXIDLE = 4096

        def __init__(self):
            self.irqs = []

        def irq(self, *args):
            self.irqs.append(args)

    class Modem:
        online = True

    def test_a_line_that_is_not_active_has_no_addresses_and_its_netmask_comes_last(self):
        self.chip.modem, stream = self.Modem(), self.Stream()
        line = network.PPP(stream)
        self.assertEqual(line.ifconfig(), (None,) * 4)
        line.connect()
        self.assertEqual((line.active(), line.ifconfig()[0]), (True, "0.0.0.0"))
        self.assertEqual(self.refused(line.connect), errno.EALREADY)
        self.rig.quiet(1500)
        self.assertTrue(line.isconnected())
        self.assertEqual(line.ifconfig(), ("127.0.0.1", "127.0.0.1", "255.0.0.0", "0.0.0.0"))
        line.active(False)
        self.assertEqual((line.isconnected(), line.ifconfig()[0]), (False, None))
        self.assertEqual([len(args) for args in stream.irqs], [2, 1])     # it takes the stream's interrupt, and gives it back
        with self.assertRaises(TypeError):
            line.connect("apn")
        with self.assertRaises(ValueError):
            line.connect(security=3)


class Flash(ChipTestCase):
    def test_a_partition_says_what_was_wrong_and_takes_whole_pages_where_it_erases(self):
        part = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0]
        end = part.ioctl(4, 0)
        self.assertEqual(self.refused(part.readblocks, end - 1, bytearray(2), 4095), -260)
        self.assertEqual(self.refused(part.writeblocks, end + 1, b"x", 0), -258)
        self.assertEqual(self.refused(part.readblocks, -1, bytearray(2)), -258)
        self.assertEqual(self.refused(part.ioctl, 6, end), -260)
        self.assertEqual(self.refused(part.writeblocks, 0, bytes(100)), -260)
        with self.assertRaises(TypeError):
            part.ioctl(4)

    def test_names_in_nvs_have_at_most_fifteen_characters(self):
        self.assertEqual(self.refused(esp32.NVS, "n" * 16), -4358)
        self.assertEqual(self.refused(esp32.NVS("test").set_i32, "k" * 16, 1), -4361)
        self.assertEqual(self.refused(esp32.NVS("test").set_blob, "k" * 16, b""), -4361)


class Sockets(ChipTestCase):
    def test_a_poll_tells_of_what_was_asked_for_alone(self):
        server, port = bound()
        server.close()
        for flags in (select.POLLOUT, select.POLLOUT | select.POLLHUP, select.POLLIN):
            sock = socket.socket()
            sock.setblocking(False)
            try:
                sock.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])      # nobody listens
            except OSError:
                pass
            poll = select.poll()
            poll.register(sock, flags)
            self.assertEqual(poll.poll(1000), [(sock, flags)])
            poll.unregister(sock)
            self.assertEqual(poll.poll(0), [])
            sock.close()


if __name__ == "__main__":
    unittest.main()
