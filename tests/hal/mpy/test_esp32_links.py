"""The network of hal/esp32: names, and the links that are not Wi-Fi."""

import select
import socket
import struct
import unittest

import bench  # first: it puts virtual time in place
from bench import CLOCK, Rig, module

import boards

MPY_HEAP = "1024wk"     # many worlds, one after the other


class Names(unittest.TestCase):
    """The parts of an answer of a name server, by RFC 1035."""

    def frame(self, answers, code=0):
        head = b"\x12\x34\x81" + bytes((0x80 | code,)) + b"\x00\x01" + struct.pack(">H", len(answers)) + bytes(4)
        return head + b"\x04csms\x07example\x00\x00\x01\x00\x01" + b"".join(answers)

    def test_the_first_address_behind_an_alias(self):
        alias = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01a\xc0\x11"
        address = b"\xc0\x2a\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x01\x02\x03"
        answer = module("hal.esp32.dns").answer
        self.assertEqual(answer(self.frame([address]), 30), "10.1.2.3")
        self.assertEqual(answer(self.frame([alias, address]), 30), "10.1.2.3")

    def test_anything_else_is_an_error_and_no_crash(self):
        answer = module("hal.esp32.dns").answer
        address = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x01\x02\x03"
        whole = self.frame([address])
        for data in [self.frame([]), self.frame([address], 3)] + [whole[:n] for n in range(len(whole))]:
            with self.assertRaises(OSError):
                answer(data, 30)

    def test_addresses_need_no_server(self):
        resolver = module("hal.esp32.dns").Resolver(lambda: None)
        rig = Rig("esp32")
        self.assertEqual(rig.wait(resolver.resolve("10.0.0.7")), "10.0.0.7")
        self.assertEqual(rig.wait(resolver.resolve("localhost")), "127.0.0.1")


class NameServer:
    """One on the loop-back; `answers(question)` gives its frames."""

    def __init__(self, answers):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.port = 30000 + id(self) % 20000
        self.socket.bind(socket.getaddrinfo("127.0.0.1", self.port)[0][-1])
        self.answers = answers
        self.asked = 0

    async def run(self):
        come = select.poll()
        come.register(self.socket, select.POLLIN)
        while True:
            if come.poll(0):
                data, address = self.socket.recvfrom(512)
                self.asked += 1
                for frame in self.answers(data):
                    self.socket.sendto(frame, address)
            await bench.asyncio.sleep_ms(5)


def found(question, ip=b"\x0a\x01\x02\x03", id=None):
    head = (id or question[:2]) + b"\x81\x80\x00\x01\x00\x01" + bytes(4)
    return head + question[12:] + b"\xc0\x0c\x00\x01\x00\x01" + bytes(4) + b"\x00\x04" + ip


class Server(unittest.TestCase):
    def ask(self, server, *hosts):
        rig = Rig("esp32")
        resolver = module("hal.esp32.dns").Resolver(lambda: "127.0.0.1", server.port)

        async def go():
            task = bench.asyncio.create_task(server.run())
            seen = []
            for host in hosts:
                try:
                    seen.append(await resolver.resolve(host))
                except OSError as error:
                    seen.append(error.errno)
                if server.asked == 1:
                    server.answers = lambda question: []        # from now on it is silent
            task.cancel()
            return seen

        try:
            return rig.wait(go())
        finally:
            server.socket.close()

    def test_a_name_is_asked_for_and_its_address_kept_for_when_nobody_answers(self):
        server = NameServer(lambda question: [found(question)])
        self.assertEqual(self.ask(server, "csms.example", "csms.example", "other.example"), ["10.1.2.3", "10.1.2.3", 113])

    def test_answers_to_other_questions_are_not_believed(self):
        def answers(question):
            other = question[:12] + b"\x04evil" + question[17:]
            return [found(question, b"\x06\x06\x06\x06", b"\x00\x00" if question[:2] != b"\x00\x00" else b"\x00\x01"),
                    found(other, b"\x07\x07\x07\x07"), found(question)]

        self.assertEqual(self.ask(NameServer(answers), "csms.example"), ["10.1.2.3"])


class Cable(unittest.TestCase):
    def rig(self, answers=True):
        board = boards.load("rudved_ac001")
        board.ethernet = "w5500"
        board.pins = dict(board.pins)
        for name, pin in (("sck", 3), ("mosi", 45), ("miso", 46), ("cs", 0), ("int", 36), ("reset", 37)):
            board.pins["eth_" + name] = pin
        rig = Rig("esp32", board, ethernet=answers)
        self.assertEqual(len(rig.hal.network.links), 2)
        return rig

    def look(self, rig, seconds):
        """The link runs beside a program for so long; whether the network was up then."""

        async def go():
            task = bench.asyncio.create_task(rig.hal.network.links[0].run())
            await bench.asyncio.sleep(seconds)
            task.cancel()
            return rig.hal.network.up()

        return rig.wait(go())

    def test_a_cable_that_is_in_is_the_network_without_anything_to_set(self):
        rig = self.rig()
        self.assertEqual(rig.chip.pads[37].level, 1)    # out of reset
        self.assertFalse(rig.hal.network.up())
        self.assertTrue(self.look(rig, 2))
        self.assertIsNone(rig.hal.network.rssi_dbm())
        self.assertFalse(rig.hal.wifi.status()["connected"])
        server = NameServer(lambda question: [found(question)])
        rig.chip.name_server = "127.0.0.1"
        rig.hal.network._resolver._port = server.port

        async def go():
            task = bench.asyncio.create_task(server.run())
            address = await rig.hal.network._resolver.resolve("csms.example")
            task.cancel()
            return address

        self.assertEqual(rig.wait(go()), "10.1.2.3")    # by the name server that the cable's router names
        server.socket.close()

    def test_a_cable_pulled_is_a_network_that_is_down_and_wifi_takes_over(self):
        rig = self.rig()
        self.assertTrue(self.look(rig, 2))
        rig.chip.ethernet["cable"] = False
        self.assertFalse(self.look(rig, 2))
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        self.assertEqual(rig.hal.network.rssi_dbm(), -61)
        rig.chip.ethernet["cable"] = True
        self.assertTrue(self.look(rig, 2))
        self.assertIsNone(rig.hal.network.rssi_dbm())

    def test_what_becomes_of_wifi_is_no_news_of_the_cable(self):
        rig = self.rig()
        self.assertTrue(self.look(rig, 2))
        link = rig.hal.network.links[0]
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        self.assertFalse(link._lan.isconnected())       # the port up to 1.28 takes the one event for the other
        self.assertTrue(link.up())
        rig.chip.ethernet["cable"] = False
        rig.quiet(100)
        self.assertFalse(link.up())

    def test_a_w5500_that_does_not_answer_stops_nothing(self):
        rig = self.rig(answers=False)
        self.assertFalse(self.look(rig, 61))
        self.assertIsNone(rig.hal.network._name_server())
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        self.assertTrue(rig.hal.network.up())


class Line(unittest.TestCase):
    """A modem, dialled."""

    def rig(self, power=True):
        board = boards.load("rudved_ac7")
        board.modem = {"apn": "iot.example"}
        board.pins = dict(board.pins)
        board.pins.update(modem_tx=3, modem_rx=45)
        if power:
            board.pins["modem_power"] = 46
        rig = Rig("esp32", board)
        self.modem, self.link = rig.chip.modem, rig.hal.network.links[-1]
        return rig

    def look(self, rig, seconds):
        async def go():
            task = bench.asyncio.create_task(self.link.run())
            await bench.asyncio.sleep(seconds)
            task.cancel()
            return rig.hal.network.up()

        return rig.wait(go())

    def test_a_modem_is_asked_who_it_is_dialled_and_then_the_network(self):
        for power in (True, False):
            rig = self.rig(power)
            self.assertFalse(rig.hal.network.up())
            self.assertTrue(self.look(rig, 10))
            words = ["ATH", "ATE0", "AT+CCID", "AT+CIMI", "AT+CSQ", 'AT+CGDCONT=1,"IP","iot.example"', "ATD*99#"]
            self.assertEqual(self.modem.asked, words)
            self.assertEqual((rig.hal.identity["iccid"], rig.hal.identity["imsi"]), ("8991101200003204510", "404450123456789"))
            self.assertEqual(rig.hal.network.rssi_dbm(), -79)
            rig.chip.name_server = "10.1.2.3"
            self.assertEqual(rig.hal.network._name_server(), "10.1.2.3")

    def test_a_question_that_a_modem_does_not_know_is_none_the_less_for_dialling(self):
        rig = self.rig()
        self.modem.knows = {"AT+CSQ": "+CSQ: 99,99"}
        self.assertTrue(self.look(rig, 10))
        self.assertEqual((rig.hal.identity["iccid"], rig.hal.identity["imsi"], rig.hal.network.rssi_dbm()), (None, None, None))

    def test_noise_on_its_line_costs_no_memory_and_is_no_answer(self):
        rig = self.rig()
        self.modem.read = lambda: bytes((0x41,)) * 200
        self.assertFalse(self.look(rig, 40))

    def test_a_lost_call_is_dialled_again_after_a_pause_and_a_refused_one_ever_more_rarely(self):
        rig = self.rig()

        async def go():
            task = bench.asyncio.create_task(self.link.run())
            await bench.asyncio.sleep(10)
            self.modem.online = False           # the network has hung up
            self.modem.registered = False
            calls = []
            for _ in range(1800):
                await bench.asyncio.sleep(1)
                if self.modem.asked.count("ATD*99#") > len(calls) + 1:
                    calls.append(CLOCK.now_us // 1000000)
            up = rig.hal.network.up()
            self.modem.registered = True
            await bench.asyncio.sleep(620)
            task.cancel()
            return up, [later - earlier for earlier, later in zip(calls, calls[1:])]

        up, gaps = rig.wait(go())
        self.assertFalse(up)
        self.assertTrue(rig.hal.network.up())
        self.assertTrue(30 <= gaps[0] <= 40 and 60 <= gaps[1] <= 70 and gaps[2] >= 120 and max(gaps) <= 620, gaps)

    def test_a_line_that_cannot_be_begun_is_ended_before_the_next_try(self):
        """What holds the UART's interrupt is not collected."""
        rig = self.rig()
        network = module("hal.esp32.modem").network
        real = network.PPP
        made = []

        class Refuses(real):
            def __init__(self, stream):
                super().__init__(stream)
                made.append(self)

            def connect(self):
                raise OSError("ppp_connect failed")

        network.PPP = Refuses
        try:
            self.assertFalse(self.look(rig, 60))
        finally:
            network.PPP = real
        self.assertTrue(len(made) >= 2)
        self.assertEqual([one.active() for one in made[:-1]], [False] * (len(made) - 1))

    def test_a_modem_that_is_silent_or_has_no_sim_stops_nothing_and_is_tried_again(self):
        rig = self.rig()
        self.modem.dead = True
        self.assertFalse(self.look(rig, 60))
        self.assertIsNone(rig.hal.network.rssi_dbm())
        self.modem.dead = False
        self.assertTrue(self.look(rig, 60))


if __name__ == "__main__":
    unittest.main()
