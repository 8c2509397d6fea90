"""The store of certificates and keys: what is put in comes out, over every power cut; keys only ever reach files."""
import os
import unittest
from binascii import b2a_base64

from firmware.crypto import csr, p256
from firmware.crypto.x509 import Certificate, ids
from firmware.storage import provision
from firmware.storage.credentials import CENTRAL, MAKER, Credentials
from firmware.storage.journal import Journal
from firmware.storage.shelf import Shelf
from tests.crypto.mpy import vectors
from tests.storage.ramflash import FakeClock, RamFlash

FOLDER = "credentials-test"


def wipe(path):
    try:
        names = os.listdir(path)
    except OSError:
        return
    for name in names:
        try:
            os.remove(path + "/" + name)
        except OSError:
            wipe(path + "/" + name)
    os.rmdir(path)


class Store(unittest.TestCase):
    def setUp(self):
        wipe(FOLDER)
        os.mkdir(FOLDER)
        self.flash = RamFlash(8)
        self.may_write = True
        self.draws = 0
        self.boots = 0
        self.boot()

    def tearDown(self):
        wipe(FOLDER)

    def boot(self):
        self.boots += 1
        self.journal = Journal(RamFlash(8, self.flash.data), FakeClock(5, 1795341600), self.boots).open()
        for reader in ("charging", "settings", "security"):
            self.journal.keep(reader, None)
        self.shelf = Shelf(FOLDER + "/shelf", self.journal, lambda: self.may_write)
        self.store = Credentials(self.shelf, FOLDER + "/certs", self.random, 3)

    def random(self, n):
        self.draws += 1
        return bytes([self.draws]) * n

    def test_roots_are_kept_by_kind_in_order_and_once_each(self):
        for kind, data in ((CENTRAL, b"one"), (MAKER, b"two"), (CENTRAL, b"three"), (CENTRAL, b"one")):
            provision.install(self.store, kind, data, "a b c")
        self.boot()
        self.assertEqual(list(self.store.roots(CENTRAL)), [b"one", b"three"])
        self.assertEqual(list(self.store.roots(MAKER)), [b"two"])
        with self.assertRaises(provision.StoreFull):
            provision.install(self.store, MAKER, b"four", "a b c")
        self.store.remove(self.store.names(MAKER)[0])
        provision.install(self.store, MAKER, b"four", "a b c")
        self.assertEqual(list(self.store.roots(MAKER)), [b"four"])

    def test_root_without_what_others_know_it_by_gets_that_at_boot(self):
        provision.install(self.store, CENTRAL, vectors.ROOT, "")
        (name,) = self.store.names()
        self.boot()
        one = Certificate(vectors.ROOT)
        self.assertEqual(self.store.ids(name), ids(one, ()).split(" "))
        self.assertEqual(self.store.ids(name)[2], "%x" % one.serial)
        self.assertEqual(list(self.store.roots(CENTRAL)), [vectors.ROOT])

    def test_certificates_that_come_while_charging_survive_a_cut_and_reach_their_files_later(self):
        self.may_write = False
        provision.install(self.store, CENTRAL, bytes(range(250)) * 8, "a b c")
        self.boot()
        self.assertEqual(list(self.store.roots(CENTRAL)), [bytes(range(250)) * 8])
        self.may_write = True
        self.shelf.flush()
        self.flash = RamFlash(8)
        self.boot()
        self.assertEqual(list(self.store.roots(CENTRAL)), [bytes(range(250)) * 8])

    async def test_keys_are_made_only_when_files_may_be_written_and_never_reach_the_journal(self):
        self.may_write = False
        for make in (provision.new_key, provision.device_key):
            try:
                await make(self.store)
                self.fail("a key was made")
            except OSError:
                pass
        self.may_write = True
        private = await provision.new_key(self.store)
        self.assertEqual(provision.key_of(self.store, await p256.public_of(private)), 1)
        self.assertIsNone(provision.key_of(self.store, b"\x04" + bytes(64)))
        self.assertEqual(bytes(self.flash.data).find(b2a_base64(private)[:20]), -1)
        self.assertEqual(bytes(self.flash.data).find(private), -1)

    async def test_device_key_is_made_once(self):
        first = await provision.device_key(self.store)
        self.boot()
        self.assertEqual(await provision.device_key(self.store), first)
        self.assertEqual(await p256.public_of(first[0]), first[1])

    async def test_new_chain_counts_at_once_and_the_one_before_stays_at_hand_until_one_is_confirmed(self):
        one = await provision.new_key(self.store)
        provision.adopt(self.store, 1, [b"leaf", b"middle"])
        self.assertEqual(self.store.client(), ([b"leaf", b"middle"], csr.private_key_der(one, await p256.public_of(one))))
        self.assertFalse(self.store.turn())
        self.store.confirm()
        two = await provision.new_key(self.store)
        provision.adopt(self.store, provision.key_of(self.store, await p256.public_of(two)), [b"new"])
        self.boot()
        for expected in (two, one, two):
            self.assertEqual(provision.private_of(self.store.client()[1]), expected)
            self.assertTrue(self.store.turn())
        self.may_write = False          # as while charging
        self.store.confirm()
        self.assertFalse(self.store.turn())
        self.boot()
        self.assertEqual(provision.private_of(self.store.client()[1]), one)

    async def test_keys_nobody_certified_make_room_for_a_new_one_and_those_in_use_do_not(self):
        await provision.new_key(self.store)
        provision.adopt(self.store, 1, [b"leaf"])
        self.store.confirm()
        await provision.new_key(self.store)
        self.store.confirm()
        self.assertEqual(sorted(os.listdir(FOLDER + "/certs")), ["key.1", "key.2"])     # it may be certified yet
        third = await provision.new_key(self.store)
        self.assertEqual(sorted(os.listdir(FOLDER + "/certs")), ["key.1", "key.2"])
        self.assertEqual(provision.key_of(self.store, await p256.public_of(third)), 2)

    def test_chain_whose_key_is_lost_is_none(self):
        provision.adopt(self.store, 7, [b"leaf"])
        self.assertIsNone(self.store.client())

    def test_files_laid_into_the_folder_are_taken_in_at_boot(self):
        for name, data in (("ca0.der", vectors.ROOT), ("ca1.der", b"no certificate"), ("client0.der", b"leaf"),
                           ("client1.der", b"middle"), ("client.key", b"key")):
            with open(FOLDER + "/certs/" + name, "wb") as f:
                f.write(data)
        self.boot()
        roots, client = self.store.tls()
        self.assertEqual((list(roots), client), ([vectors.ROOT], ([b"leaf", b"middle"], b"key")))
        self.assertEqual(self.store.tls(False)[1], None)
        self.assertEqual(sorted(os.listdir(FOLDER + "/certs")), ["ca1.der", "key.1"])


if __name__ == "__main__":
    unittest.main()
