"""The receiver of bundles on the real littlefs: pieces of any size, hostile heads, and the supply cut inside every flash operation."""
import asyncio
import binascii
import gc
import hashlib
import random
import unittest

from firmware.crypto import p256
from firmware.update.receiver import BundleError, Receiver
from hal.boot.slots import Slots
from tests.update.norflash import Mounted, made

FS = "/receiver_test"
ROOT = FS + "/slots"
FILES = {"boards/x.mpy": b"board" * 40, "firmware/app.mpy": bytes(range(256)) * 9, "firmware/empty.mpy": b"", "hal/esp32/main.mpy": b"m"}
HEAD = {"board": "b1", "chip": "c1", "mpy": "2822", "version": "2.0", "config": "1 1"}
PRIVATE = b"\x11" * 32


def bundle(files=None, rows=None, signature=None, counts=None, **head):
    """A bundle's bytes; `rows` replaces the lines of files."""
    files = FILES if files is None else files
    said = dict(HEAD)
    said.update(head)
    lines = ["RUDVED-BUNDLE 1"] + ["%s %s" % (name, said[name]) for name in ("board", "chip", "mpy", "version", "config")]
    if rows is None:
        rows = ["%s %d %s" % (binascii.hexlify(hashlib.sha256(files[path]).digest()).decode(), len(files[path]), path)
                for path in sorted(files)]
    lines.append(counts or "files %d %d" % (len(rows), sum(len(files[path]) for path in files)))
    text = "".join([line + "\n" for line in lines + rows]).encode()
    if signature is None:
        signature = "none"
    elif signature == "sign":
        signature = binascii.hexlify(asyncio.run(p256.sign(PRIVATE, hashlib.sha256(text).digest()))).decode()
    return text + ("signature %s\n" % signature).encode() + b"".join([files[path] for path in sorted(files)])


def receive(data, piece=97, key="", config=1):
    """Through a receiver in pieces; the receiver."""
    slots = Slots(ROOT, "c1")
    slots.choose()
    receiver = Receiver(slots, {"board": "b1", "chip": "c1", "mpy": "2822", "config": config, "key": key})
    for _ in receiver.clear():
        pass

    async def go():
        at = 0
        while at < len(data):
            await receiver.feed(data[at:at + piece])
            at += piece

    try:
        asyncio.run(go())
    finally:
        receiver.close()
    return receiver


def factory():
    """Slot a as the factory leaves it."""
    slots = Slots(ROOT, "c1")
    for _ in slots.clear("a"):
        pass
    with open(ROOT + "/a/code", "w") as f:
        f.write("factory")
    with open(ROOT + "/a/manifest.new", "w") as f:
        f.write("m")
    slots.finish("a")


class ReceiverTest(unittest.TestCase):
    def setUp(self):
        self.mounted = Mounted(made(40), FS)
        self.mounted.__enter__()
        factory()

    def tearDown(self):
        self.mounted.__exit__(None, None, None)

    def assertRefused(self, told, data, **how):
        try:
            receive(data, **how)
        except BundleError as error:
            self.assertIn(told, str(error))
        else:
            self.fail("taken: %r" % told)
        slots = Slots(ROOT, "c1")
        self.assertFalse(slots.whole("b"))
        self.assertEqual(slots.choose(), "a")

    def test_pieces_of_any_size_give_the_same_slot(self):
        data = bundle()
        for piece in (1, 2, 63, 64, 500, 100000):
            receiver = receive(data, piece)
            self.assertTrue(receiver.done)
            self.assertEqual((receiver.at, receiver.size, receiver.version), (len(data), len(data), "2.0"))
            self.assertEqual(receiver.digest, hashlib.sha256(data).digest())
            for path in FILES:
                with open(ROOT + "/b/" + path, "rb") as f:
                    self.assertEqual(f.read(), FILES[path])
            with open(ROOT + "/b/manifest", "rb") as f:
                self.assertTrue(data.startswith(f.read()))

    def test_what_is_not_for_this_charger_is_refused_by_name(self):
        self.assertRefused("it is for board b9, this is b1", bundle(board="b9"))
        self.assertRefused("it is for chip esp32, this is c1", bundle(chip="esp32"))
        self.assertRefused("it is for mpy 11014, this is 2822", bundle(mpy="11014"))
        self.assertRefused("they would be lost", bundle(config="2 3"))
        self.assertRefused("they would be lost", bundle(), config=2)
        self.assertRefused("config", bundle(config="one"))

    def test_signature_is_asked_for_where_a_key_is_set(self):
        key = binascii.hexlify(asyncio.run(p256.public_of(PRIVATE))).decode()
        self.assertTrue(receive(bundle(signature="sign"), key=key).done)
        self.assertRefused("not signed", bundle(), key=key)
        self.assertRefused("not the maker's", bundle(signature="00"), key=key)
        signed = bundle(signature="sign")
        self.assertRefused("not the maker's", signed.replace(b"version 2.0", b"version 2.1"), key=key)

    def test_file_that_came_damaged_is_named(self):
        data = bytearray(bundle())
        data[-2] ^= 1
        self.assertRefused("firmware/app.mpy came damaged", bytes(data))

    def test_head_that_is_none_is_refused_and_no_path_leads_out_of_the_slot(self):
        digest = "0" * 64
        for row in ("x", "", digest + " 5", digest + " -1 firmware/a", digest + " 5 /etc/x", digest + " 5 firmware/../../boot.py",
                    digest + " 5 boot.py", digest + " 5 firmware//x", digest + " 5 slots/a/x", digest + " 5 firmware/a b",
                    digest + " 9999999 firmware/big", digest + " 1 firmware/a/b/c/d/e/f/g", "é" * 20):
            self.assertRefused("bundle", bundle(files={}, rows=[row]))
        self.assertRefused("no bundle", b"<html>" * 100)
        self.assertRefused("too long", b"RUDVED-BUNDLE 1\n" + b"x" * 300)
        self.assertRefused("no text", b"RUDVED-BUNDLE 1\nboard \xff\xfe\n")
        self.assertRefused("does not hold what it says", bundle(counts="files 2 9"))
        self.assertRefused("where chip should stand", bundle().replace(b"chip c1\n", b""))

    def test_bytes_behind_the_end_are_refused(self):
        with self.assertRaises(BundleError):
            receive(bundle() + b"x")

    def test_what_does_not_fit_is_told_before_it_is_written(self):
        row = "0" * 64 + " 200000 firmware/big.mpy"
        self.assertRefused("do not fit", bundle({}, [row], counts="files 1 200000"))

    def test_noise_is_refused_and_memory_comes_back(self):
        random.seed(7)
        good = bundle()
        gc.collect()
        before = None
        for round in range(40):
            data = bytearray(good)
            for _ in range(1 + random.getrandbits(3)):
                data[random.getrandbits(16) % len(data)] = random.getrandbits(8)
            try:
                receive(bytes(data))
            except BundleError:
                pass
            gc.collect()
            if round == 5:
                before = gc.mem_alloc()
        self.assertTrue(gc.mem_alloc() < before + 3000, "%d" % (gc.mem_alloc() - before))
        self.assertEqual(Slots(ROOT, "c1").choose(), "a")


class Cuts:
    def _cuts(self, step, eighths):
        base = made(40)
        with Mounted(base, FS):
            factory()
        data = bundle()
        mounted = Mounted(bytearray(base), FS)
        with mounted:
            receive(data)
            self._activate()
        whole = mounted.device.operations
        self.assertTrue(whole > 30, "%d" % whole)
        for cut in range(1, whole + 1, step):
            for part in eighths:
                flash = bytearray(base)
                with Mounted(flash, FS, cut, part):
                    receive(data)
                    self._activate()
                with Mounted(flash, FS):
                    self._runs_something_whole((cut, part))
                    receive(data)  # and the next try goes through
                    self._activate()

    def _activate(self):
        slots = Slots(ROOT, "c1")
        slots.choose()
        slots.activate("b")
        slots.choose()

    def _runs_something_whole(self, where):
        slots = Slots(ROOT, "c1")
        running = slots.choose(cold=True)
        if running == "a":
            with open(ROOT + "/a/code") as f:
                self.assertEqual(f.read(), "factory", where)
            return
        self.assertEqual(running, "b", where)
        for path in FILES:
            with open(ROOT + "/b/" + path, "rb") as f:
                self.assertEqual(f.read(), FILES[path], where)
        slots.give_up()  # so that b is free for the next try
        Slots(ROOT, "c1").choose()


class CutTest(Cuts, unittest.TestCase):
    def test_supply_cut_inside_an_update_leaves_a_whole_firmware_and_a_charger_that_can_be_updated(self):
        self._cuts(3, (4,))


class ProveCuts(Cuts, unittest.TestCase):
    def test_supply_cut_inside_an_update_leaves_a_whole_firmware_and_a_charger_that_can_be_updated(self):
        self._cuts(1, (0, 1, 4, 7, 8))
