"""Who may charge: list, cache, central system, and the rules when it cannot be asked. Runs inside MicroPython."""
import asyncio
import unittest

from firmware.charging.authorisation import Authorisation, same_group
from tests.charging.bench import UTC, Authority, BenchTestCase
from tests.storage.ramflash import FakeClock


class Known:
    def __init__(self, **cards):
        self.cards = cards
        self.learned = []

    def find(self, id_tag):
        return self.cards.get(id_tag)

    def learn(self, id_tag, info):
        self.learned.append((id_tag, info["status"]))


def info(status="Accepted", parent="", expiry=None):
    return {"status": status, "parent": parent, "expiry": expiry}


class FakeSettings:
    def __init__(self):
        self.values = {"LocalAuthListEnabled": True, "AuthorizationCacheEnabled": True, "LocalPreAuthorize": False,
                       "LocalAuthorizeOffline": True, "AllowOfflineTxForUnknownId": False, "KnownCards": ("MINE", "BAD")}

    def get(self, name):
        return self.values[name]


class Verdicts(unittest.TestCase):
    def setUp(self):
        self.settings = FakeSettings()
        self.clock = FakeClock(utc=UTC)
        self.it = Authorisation(self.settings, self.clock)
        self.it.local_list = Known(LISTED=info(parent="G"), BAD=info("Blocked"), OLD=info(expiry=UTC - 1))
        self.it.cache = Known(CACHED=info(), BAD=info())

    def ask(self, id_tag):
        verdict = asyncio.run(self.it.authorise(id_tag))
        return verdict.accepted, verdict.how, verdict.status, verdict.parent

    def test_online_the_central_system_decides(self):
        self.it.authority = Authority(NEW=("Accepted", "G"), LISTED=("Blocked", ""))
        self.assertEqual(self.ask("NEW"), (True, "server", "Accepted", "G"))
        self.assertEqual(self.ask("LISTED"), (False, "", "Blocked", ""))
        self.assertEqual(self.ask("NOBODY"), (False, "", "Invalid", ""))

    def test_every_answer_goes_into_the_cache(self):
        self.it.authority = Authority(NEW=("Accepted", ""))
        self.ask("NEW")
        self.ask("NOBODY")
        self.assertEqual(self.it.cache.learned, [("NEW", "Accepted"), ("NOBODY", "Invalid")])
        self.settings.values["AuthorizationCacheEnabled"] = False
        self.ask("NEW")
        self.assertEqual(len(self.it.cache.learned), 2)

    def test_local_pre_authorize_does_not_ask_about_cards_it_knows(self):
        self.settings.values["LocalPreAuthorize"] = True
        self.it.authority = Authority()
        self.assertEqual(self.ask("LISTED"), (True, "list", "Accepted", "G"))
        self.assertEqual(self.ask("CACHED"), (True, "cache", "Accepted", ""))
        self.assertEqual(self.it.authority.asked, [])
        self.ask("OLD")
        self.ask("BAD")
        self.assertEqual(self.it.authority.asked, ["OLD", "BAD"])

    def test_offline_list_and_cache_decide(self):
        self.it.authority = Authority(LISTED=None, CACHED=None, BAD=None, OLD=None, NEW=None)
        self.assertEqual(self.ask("LISTED"), (True, "list", "Accepted", "G"))
        self.assertEqual(self.ask("CACHED"), (True, "cache", "Accepted", ""))
        self.assertEqual(self.ask("BAD"), (False, "", "Blocked", ""))
        self.assertEqual(self.ask("OLD"), (False, "", "Expired", ""))
        self.assertEqual(self.ask("NEW"), (False, "", "Offline", ""))

    def test_the_charger_s_own_list_serves_offline_and_where_there_is_no_central_system(self):
        self.assertEqual(self.ask("mine"), (True, "own", "Accepted", ""))
        self.assertEqual(self.ask("BAD"), (False, "", "Blocked", ""))     # the central system's list rules
        self.it.authority = Authority(MINE=None)
        self.assertEqual(self.ask("MINE"), (True, "own", "Accepted", ""))
        self.it.authority = Authority(MINE=("Blocked", ""))
        self.assertEqual(self.ask("MINE"), (False, "", "Blocked", ""))

    def test_offline_unknown_cards_only_where_the_setting_says_so(self):
        self.settings.values["AllowOfflineTxForUnknownId"] = True
        self.assertEqual(self.ask("NEW"), (True, "offline_unknown", "Offline", ""))
        self.assertEqual(self.ask("BAD"), (False, "", "Blocked", ""))

    def test_offline_known_cards_only_where_the_setting_says_so(self):
        self.settings.values["LocalAuthorizeOffline"] = False
        self.settings.values["AllowOfflineTxForUnknownId"] = True
        self.assertEqual(self.ask("LISTED"), (False, "", "Offline", "G"))

    def test_a_list_that_is_turned_off_knows_nobody(self):
        self.settings.values["LocalAuthListEnabled"] = False
        self.assertEqual(self.ask("LISTED"), (False, "", "Offline", ""))
        self.assertEqual(self.ask("BAD"), (True, "cache", "Accepted", ""))

    def test_an_expiry_counts_once_the_clock_is_known(self):
        self.clock.utc = None
        self.assertEqual(self.ask("OLD")[0], True)

    def test_no_group_is_not_the_same_group(self):
        self.assertFalse(same_group("", ""))
        self.assertTrue(same_group("G", "G"))


class AtTheCharger(BenchTestCase):
    def test_a_slow_answer_stops_nothing_else_and_a_second_tap_asks_nothing(self):
        b = self.bench
        authority = b.charger.authorisation.authority = Authority(CARD=("Accepted", ""))
        authority.delay = 5

        async def story():
            b.plug()
            b.run(3)
            b.charger.card("CARD")
            await asyncio.sleep(0)
            b.charger.card("CARD")
            for _ in range(8):
                b.run(1)
                await asyncio.sleep(0)
            b.run(4)

        asyncio.run(story())
        self.assertEqual(authority.asked, ["CARD"])
        self.assertEqual(b.connector.status, "charging")

    def test_the_same_card_stops_without_asking(self):
        b = self.bench
        authority = b.charger.authorisation.authority = Authority(CARD=("Accepted", ""))
        self.charging()
        authority.answers["CARD"] = None
        self.tap("CARD")
        b.run(4)
        self.assertEqual((authority.asked, b.session), (["CARD"], None))

    def test_a_refused_card_is_told_why(self):
        b = self.bench
        b.charger.authorisation.authority = Authority(CARD=("Blocked", ""))
        b.plug()
        self.tap("CARD")
        b.run(5)
        self.assertEqual((b.session, b.seen("card.refused")), (None, [(0, "Blocked")]))

    def test_a_remote_start_is_not_asked_about_unless_the_setting_says_so(self):
        b = self.bench
        authority = b.charger.authorisation.authority = Authority(APP=("Blocked", ""))

        async def story():
            b.plug()
            b.run(3)
            self.assertTrue(b.charger.remote_start("APP", 1))
            b.run(4)
            b.charger.remote_stop(b.session.seq)
            b.run(4)
            b.settings.set("AuthorizeRemoteTxRequests", True)
            self.assertTrue(b.charger.remote_start("APP"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            b.run(4)

        asyncio.run(story())
        self.assertEqual(authority.asked, ["APP"])
        self.assertIsNone(b.session)
        self.assertEqual(b.seen("session.started"), [(1, "remote")])
        self.assertEqual(b.seen("session.ended"), [(1, "remote")])

    def test_a_remote_start_before_plugging_waits_for_the_plug(self):
        b = self.bench
        self.assertTrue(b.charger.remote_start("APP", 1))
        b.run(10)
        b.plug()
        b.run(5)
        self.assertEqual((b.connector.status, b.session.why_began), ("charging", "remote"))

    def test_a_remote_start_that_cannot_be_is_refused(self):
        b = self.bench
        self.assertFalse(b.charger.remote_start("APP", 2))
        self.charging()
        self.assertFalse(b.charger.remote_start("APP", 1))
        self.assertFalse(b.charger.remote_stop("no such session"))


if __name__ == "__main__":
    unittest.main()
