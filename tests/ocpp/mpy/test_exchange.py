"""CALLs and answers: one outstanding, the right answer to the right call, every CALL of the other side answered once."""
import asyncio
import json
import unittest

from firmware.ocpp.exchange import Exchange, Unanswered
from firmware.ocpp.frames import CallError


class Link:
    def __init__(self):
        self.on_text = None
        self.sent = []
        self.up = True
        self.probed = 0

    def send(self, text):
        if not self.up:
            raise OSError("no connection")
        self.sent.append(json.loads(text))

    def probe(self):
        self.probed += 1


class Log:
    def debug(self, source, text):
        pass

    info = warning = error = debug


class Base:
    def setUp(self):
        self.link = Link()
        self.count = 0
        self.settings = {"MessageTimeoutS": 30}
        self.exchange = Exchange(self.link, self.settings, Log(), self.random)
        self.exchange.handle = self.handle
        self.handled = []

    def random(self, n):
        self.count += 1
        return bytes([self.count] * n)

    def handle(self, action, payload):
        self.handled.append(action)
        return {"status": "Accepted"}

    def hear(self, *message):
        self.link.on_text(json.dumps(list(message)))

    async def asked(self, action="Heartbeat"):
        """A call under way: (its task, its message id)."""
        before = len(self.link.sent)
        task = asyncio.create_task(self.exchange.call(action, {}))
        for _ in range(5):
            await asyncio.sleep_ms(0)
        return task, self.link.sent[before][1] if len(self.link.sent) > before else None


NOW = {"currentTime": "2026-11-22T10:00:00Z"}


class Calling(Base, unittest.TestCase):
    async def test_answer_comes_back_to_its_call(self):
        task, number = await self.asked()
        self.hear(3, number, NOW)
        self.assertEqual(await task, NOW)

    async def test_second_call_waits_for_the_first_answer(self):
        first, number = await self.asked()
        second, nothing = await self.asked()
        self.assertIsNone(nothing)
        self.hear(3, number, NOW)
        await first
        for _ in range(5):
            await asyncio.sleep_ms(0)
        self.assertEqual(len(self.link.sent), 2)
        self.hear(3, self.link.sent[1][1], NOW)
        await second

    async def test_foreign_message_id_does_not_drop_the_pending_call(self):
        task, number = await self.asked()
        for kind in (3, 4):
            self.hear(kind, "foreign", {}, "", {})
            self.hear(kind, "foreign", {})
        self.hear(3, number, NOW)
        self.assertEqual(await task, NOW)

    async def test_second_answer_to_the_same_call_is_ignored(self):
        task, number = await self.asked()
        self.hear(3, number, NOW)
        self.hear(3, number, {"currentTime": "1999-01-01T00:00:00Z"})
        self.assertEqual(await task, NOW)
        task, number = await self.asked()
        self.hear(3, "0" * 32, NOW)
        self.hear(3, number, NOW)
        await task

    async def test_callerror_is_raised_with_its_code(self):
        task, number = await self.asked()
        self.hear(4, number, "NotSupported", "no", {})
        with self.assertRaises(CallError):
            await task

    async def test_malformed_answer_is_an_error_and_no_silence(self):
        for payload in ({}, {"currentTime": 7}, {"currentTime": "soon"}, [], None, "x"):
            task, number = await self.asked()
            self.hear(3, number, payload)
            with self.assertRaises(CallError):
                await task

    async def test_answer_with_more_fields_than_known_is_taken(self):
        task, number = await self.asked()
        self.hear(3, number, dict(NOW, vendor=1))
        self.assertEqual((await task)["currentTime"], NOW["currentTime"])

    async def test_silence_is_unanswered_and_the_link_is_probed(self):
        self.settings["MessageTimeoutS"] = 0
        task, _ = await self.asked()
        with self.assertRaises(Unanswered):
            await task
        self.assertEqual(self.link.probed, 1)

    async def test_lost_connection_is_unanswered_at_once(self):
        task, _ = await self.asked()
        self.exchange.lost()
        with self.assertRaises(Unanswered):
            await task
        self.link.up = False
        with self.assertRaises(Unanswered):
            await self.exchange.call("Heartbeat", {})

    async def test_answer_to_an_earlier_sending_of_the_same_message_counts(self):
        task = asyncio.create_task(self.exchange.call("Heartbeat", {}, "second", ["first"]))
        await asyncio.sleep_ms(0)
        await asyncio.sleep_ms(0)
        self.hear(3, "first", NOW)
        self.assertEqual(await task, NOW)

    async def test_late_answer_is_waited_for(self):
        task = asyncio.create_task(self.exchange.late("Heartbeat", ["old", "older"], 1000))
        await asyncio.sleep_ms(0)
        self.hear(3, "older", NOW)
        self.assertEqual(await task, NOW)
        with self.assertRaises(Unanswered):
            await self.exchange.late("Heartbeat", ["old"], 5)


class Serving(Base, unittest.TestCase):
    async def test_call_is_answered_even_while_an_own_one_waits(self):
        task, number = await self.asked()
        self.hear(2, "theirs", "ClearCache", {})
        self.assertEqual(self.link.sent[-1], [3, "theirs", {"status": "Accepted"}])
        self.hear(3, number, NOW)
        await task

    async def test_what_follows_an_answer_follows_it(self):
        self.exchange.handle = lambda action, payload: ({"status": "Accepted"}, lambda: self.link.sent.append("after"))
        self.hear(2, "a", "Reset", {})
        self.assertEqual(self.link.sent, [[3, "a", {"status": "Accepted"}], "after"])

    async def test_answer_that_takes_time_does_not_hold_up_others(self):
        go = asyncio.Event()

        async def slow():
            await go.wait()
            return {"status": "Unlocked"}

        self.exchange.handle = lambda action, payload: slow() if action == "UnlockConnector" else {"status": "Accepted"}
        self.hear(2, "slow", "UnlockConnector", {})
        self.hear(2, "fast", "ClearCache", {})
        await asyncio.sleep_ms(0)
        self.assertEqual([message[1] for message in self.link.sent], ["fast"])
        go.set()
        await asyncio.sleep_ms(1)
        self.assertEqual(self.link.sent[-1], [3, "slow", {"status": "Unlocked"}])

    async def test_refusal_and_failure_are_callerrors(self):
        async def slow():
            raise CallError("GenericError", "later")

        for wrong, code in ((CallError("NotSupported", "x"), "NotSupported"), (KeyError("x"), "InternalError")):
            def handle(action, payload, wrong=wrong):
                raise wrong

            self.exchange.handle = handle
            self.hear(2, "a", "Reset", {})
            self.assertEqual(self.link.sent[-1][:3], [4, "a", code])
        self.exchange.handle = lambda action, payload: slow()
        self.hear(2, "b", "Reset", {})
        await asyncio.sleep_ms(1)
        self.assertEqual(self.link.sent[-1][:3], [4, "b", "GenericError"])

    async def test_bad_call_with_an_id_is_refused_without_one_it_is_dropped(self):
        self.link.on_text('[2,"a","Reset"]')
        self.assertEqual(self.link.sent[-1][:3], [4, "a", "ProtocolError"])
        for text in ("", "[2]", "nonsense", '[7,"a"]'):
            self.link.on_text(text)
        self.assertEqual(len(self.link.sent), 1)

    async def test_nothing_is_answered_while_rejected(self):
        self.exchange.deaf = True
        self.hear(2, "a", "Reset", {})
        self.link.on_text('[2,"a","Reset"]')
        self.assertEqual((self.link.sent, self.handled), ([], []))

    async def test_every_frame_is_shown_to_observers_once(self):
        seen = []
        self.exchange.observe(lambda direction, text: seen.append((direction, json.loads(text)[0])))
        self.hear(2, "a", "Reset", {})
        self.assertEqual(seen, [("in", 2), ("out", 3)])

    async def test_connection_lost_before_the_answer_harms_nobody(self):
        self.link.up = False
        self.hear(2, "a", "Reset", {})


if __name__ == "__main__":
    unittest.main()
