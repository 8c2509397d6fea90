"""What hal/esp32 makes of what is around the charger: names, the radio, sensors on a wire, lamps."""

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


class Dial(unittest.TestCase):
    """Connections over real sockets of the host."""

    def listen(self):
        server = socket.socket()
        port = 30000 + id(server) % 20000
        server.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        server.listen(1)
        return server, port

    def test_words_go_both_ways_over_a_connection(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        server, port = self.listen()

        async def go():
            reader, writer = await rig.hal.network.connect("localhost", port)
            peer, _ = server.accept()
            writer.write(b"ping")
            await writer.drain()
            heard = peer.recv(4)
            peer.send(b"pong!")
            said = await reader.readexactly(5)
            peer.close()
            end = await reader.read(1)
            writer.close()
            await writer.wait_closed()
            return heard, said, end

        self.assertEqual(rig.wait(go()), (b"ping", b"pong!", b""))
        server.close()

    def test_nobody_there_is_an_error_at_once_and_so_is_a_network_that_is_down(self):
        rig = Rig("esp32")
        server, port = self.listen()
        server.close()
        for up in (False, True):
            if up:
                rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
            began_ms = CLOCK.now_us // 1000
            with self.assertRaises(OSError):
                rig.wait(rig.hal.network.connect("127.0.0.1", port))
            self.assertTrue(CLOCK.now_us // 1000 - began_ms < 200)

    def test_without_roots_nobody_is_dialled(self):
        rig = Rig("esp32")
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
        with self.assertRaises(OSError):
            rig.wait(rig.hal.network.connect("127.0.0.1", 1, (iter(()), None)))


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

    def test_a_w5500_that_does_not_answer_stops_nothing(self):
        rig = self.rig(answers=False)
        self.assertFalse(self.look(rig, 61))
        self.assertIsNone(rig.hal.network._name_server())
        rig.wait(rig.hal.wifi.join("Rudved", "commissioned"))
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

