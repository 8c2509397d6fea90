"""What certificates need is loaded for as long as it is needed, and not at all where the charger cannot pause for it."""
import asyncio
import sys
import unittest

from firmware.ocpp.certificates import CertificateProfile
from firmware.support import ondemand

LOADED = ("firmware.ocpp.certifying", "firmware.crypto.x509", "firmware.crypto.p256", "firmware.storage.provision")
ROOT = {"certificateType": "CentralSystemRootCertificate", "certificate": "nonsense"}


class Stall:
    """As `charging.stall`."""

    def __init__(self):
        self.may_begin = True
        self.begun = 0

    def free(self):
        return self.may_begin

    async def __aenter__(self):
        self.begun += 1

    async def __aexit__(self, *error):
        pass


class Log:
    def warning(self, source, text):
        pass

    error = warning


class Central:
    """As much of `client.Central` as certificates ask for; its store of credentials is itself."""

    def __init__(self):
        self.access = self
        self.stall = Stall()
        self.log = Log()
        self.settings = self.clock = self
        self.told = []

    def get(self, name):
        return 0

    def utc_s(self):
        return None

    def put(self, kind, tech):
        self.told.append(kind)

    def names(self, kind=""):
        return []


def loaded():
    return [name for name in LOADED if name in sys.modules]


class Loading(unittest.TestCase):
    def setUp(self):
        self.central = Central()
        self.profile = CertificateProfile(self.central, self.central, self.central)

    async def test_it_is_loaded_in_a_planned_stall_and_gone_again_with_the_answer(self):
        self.assertEqual(loaded(), [])
        self.assertEqual(await self.profile.on_InstallCertificate(ROOT), {"status": "Rejected"})
        self.assertEqual((self.central.stall.begun, self.central.told), (1, ["InvalidCentralSystemCertificate"]))
        self.assertEqual(loaded(), [])

    async def test_where_it_is_too_soon_for_a_pause_nothing_is_loaded_and_the_answer_comes_at_once(self):
        self.central.stall.may_begin = False
        self.assertEqual(await self.profile.on_InstallCertificate(ROOT), {"status": "Failed"})
        answer, after = await self.profile.on_CertificateSigned({"certificateChain": "nonsense"})
        self.assertEqual((answer, after), ({"status": "Rejected"}, None))
        self.assertEqual((loaded(), self.central.stall.begun, self.central.told), ([], 0, []))

    async def test_while_it_is_there_it_answers_without_another_pause(self):
        self.central.stall.may_begin = False
        ondemand.load("firmware.ocpp.certifying")
        self.assertEqual(await self.profile.on_InstallCertificate(ROOT), {"status": "Rejected"})
        self.assertEqual(len(loaded()), len(LOADED))
        ondemand.release("firmware.ocpp.certifying")
        self.assertEqual((loaded(), self.central.stall.begun), ([], 0))

    async def test_two_at_once_share_it(self):
        both = [self.profile.on_InstallCertificate(ROOT), self.profile.on_InstallCertificate(ROOT)]
        self.assertEqual(await asyncio.gather(*both), [{"status": "Rejected"}] * 2)
        self.assertEqual(loaded(), [])


if __name__ == "__main__":
    unittest.main()
