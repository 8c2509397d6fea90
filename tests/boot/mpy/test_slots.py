"""Which firmware runs: slots, trials, falling back, and power cuts at every write on the real littlefs."""
import os
import unittest

from hal.boot.slots import FAILS, TRIES, Slots
from tests.update.norflash import Mounted, made

FS = "/slots_test"
ROOT = FS + "/slots"


def start(bitten=False, cold=False, built_in=False):
    """A start of the selector: (its slots, what it runs)."""
    slots = Slots(ROOT, "sim", built_in)
    return slots, slots.choose(bitten, cold)


def install(slots, name, text="new"):
    """A firmware as an update leaves it."""
    for _ in slots.clear(name):
        pass
    with open(slots.path(name) + "/code", "w") as f:
        f.write(text)
    with open(slots.path(name) + "/manifest.new", "w") as f:
        f.write("manifest of " + text)
    slots.finish(name)


class SlotsTest(unittest.TestCase):
    def setUp(self):
        self.mounted = Mounted(made(24), FS)
        self.device = self.mounted.__enter__()

    def tearDown(self):
        self.mounted.__exit__(None, None, None)

    def factory(self, *names):
        """As left by the factory: slots, but no state yet."""
        slots = Slots(ROOT, "sim")
        for name in names or ("a",):
            install(slots, name, "factory")

    def updated(self):
        self.factory()
        slots, _ = start()
        install(slots, "b")
        slots.activate("b")

    def test_what_the_factory_put_there_runs_and_writes_nothing(self):
        self.factory()
        before = self.device.operations
        slots, running = start()
        self.assertEqual((running, slots.trial, slots.other, slots.back), ("a", False, "b", None))
        self.assertEqual(self.device.operations, before)

    def test_nothing_there_is_safe_mode(self):
        self.assertIsNone(start()[1])

    def test_built_in_firmware_runs_where_there_is_no_slot(self):
        slots, running = start(built_in=True)
        self.assertEqual((running, slots.other), ("-", "a"))

    def test_firmware_that_was_received_but_never_activated_is_not_run(self):
        for built_in in (True, False):
            if not built_in:
                self.factory("b")
            slots, before = start(built_in=built_in)
            install(slots, slots.other, "refused")
            self.assertEqual(start(built_in=built_in)[1], before)
            self.tearDown()
            self.setUp()

    def test_slot_without_manifest_is_not_run(self):
        self.factory("a", "b")
        os.remove(ROOT + "/a/manifest")
        self.assertEqual(start()[1], "b")

    def test_new_firmware_runs_on_trial_and_stays_once_confirmed(self):
        self.updated()
        slots, running = start()
        self.assertEqual((running, slots.trial), ("b", True))
        slots.confirm()
        for _ in range(TRIES + 2):
            slots, running = start()
            self.assertEqual((running, slots.trial, slots.back), ("b", False, "a"))

    def test_new_firmware_that_never_confirms_is_given_up(self):
        self.updated()
        seen = [start()[1] for _ in range(TRIES + 2)]
        self.assertEqual(seen, ["b"] * TRIES + ["a", "a"])
        self.assertFalse(start()[0].trial)

    def test_new_firmware_that_gives_up_is_replaced_at_the_next_start(self):
        self.updated()
        start()[0].give_up()
        self.assertEqual(start()[1], "a")

    def test_trial_whose_manifest_is_gone_falls_back(self):
        self.updated()
        os.remove(ROOT + "/b/manifest")
        self.assertEqual(start()[1], "a")

    def test_proved_firmware_that_dies_again_and_again_makes_room_for_the_one_before(self):
        self.updated()
        start()[0].confirm()
        seen = []
        for _ in range(FAILS + 1):
            slots, running = start()
            seen.append(running)
            slots.crashed(RuntimeError("dies"))
        self.assertEqual(seen, ["b"] * FAILS + ["a"])

    def test_watchdog_counts_as_a_death(self):
        self.updated()
        start()[0].confirm()
        seen = [start(bitten=True)[1] for _ in range(FAILS)]
        self.assertEqual(seen, ["b"] * (FAILS - 1) + ["a"])

    def test_being_well_clears_the_deaths(self):
        self.factory()
        for _ in range(3 * FAILS):
            slots, running = start(bitten=True)
            self.assertEqual((running, slots.fails), ("a", 1))
            slots.confirm()

    def test_what_was_fallen_back_to_and_is_well_stays(self):
        self.updated()
        start()[0].confirm()
        for _ in range(FAILS):
            start()[0].crashed(RuntimeError("dies"))
        slots, running = start()
        self.assertEqual(running, "a")
        slots.confirm()
        self.assertEqual(start()[1], "a")

    def test_when_both_die_there_is_safe_mode_until_power_comes_anew(self):
        self.updated()
        start()[0].confirm()
        for _ in range(2 * FAILS):
            slots, running = start()
            self.assertIsNotNone(running)
            slots.crashed(RuntimeError("dies"))
        self.assertIsNone(start()[1])
        self.assertIsNone(start()[1])
        self.assertEqual(start(cold=True)[1], "b")

    def test_slot_that_runs_is_not_cleared(self):
        self.factory()
        slots, running = start()
        with self.assertRaises(ValueError):
            list(slots.clear(running))
        self.assertTrue(slots.whole("a"))

    def test_nothing_is_activated_during_a_trial_or_without_being_whole(self):
        self.factory()
        slots, _ = start()
        with self.assertRaises(ValueError):
            slots.activate("b")
        install(slots, "b")
        slots.activate("b")
        slots, _ = start()
        with self.assertRaises(ValueError):
            slots.activate("a")

    def test_damaged_state_file_leaves_the_other(self):
        self.updated()
        start()[0].confirm()
        for number in (0, 1):
            path = "%s/boot.%d" % (ROOT, number)
            with open(path, "rb") as f:
                kept = f.read()
            for damage in (b"", kept[:-3], b"\xff" * 80, kept.replace(b" b ", b" a "), b"RUDVED-BOOT x y z\n"):
                with open(path, "wb") as f:
                    f.write(damage)
                self.assertIn(start()[1], ("a", "b"))
            with open(path, "wb") as f:
                f.write(kept)
        self.assertEqual(start()[1], "b")

    def test_flash_that_takes_no_count_runs_the_proved_firmware(self):
        self.updated()
        slots = Slots(ROOT, "sim")
        self.device.cut, self.device.operations, self.device.eighths = 1, 5, 0
        self.assertEqual(slots.choose(), "a")


class PowerCutTest(unittest.TestCase):
    """Update, trial, confirm: the supply is cut inside every flash operation on the way, at several of its bytes."""

    def _life(self, data, cut=None, eighths=4):
        """From the factory's state to the confirmed update. The device it ran on."""
        mounted = Mounted(data, FS, cut, eighths)
        with mounted:
            slots, _ = start()
            install(slots, "b")
            slots.activate("b")
            slots, _ = start()
            slots.confirm()
        return mounted.device

    def _check(self, data, where):
        """However it ended: something whole runs, with its own code, and a further update goes through."""
        with Mounted(data, FS):
            slots, running = start(cold=True)
            self.assertIn(running, ("a", "b"), where)
            with open(slots.path(running) + "/code") as f:
                self.assertEqual(f.read(), {"a": "factory", "b": "new"}[running], where)
            self.assertTrue(slots.whole(slots.back or running), where)
            if slots.trial:
                slots.confirm()
            install(slots, slots.other, "third")
            slots.activate(slots.other)
            slots, running = start()
            with open(slots.path(running) + "/code") as f:
                self.assertEqual(f.read(), "third", where)

    def test_cut_at_every_write_leaves_a_firmware_that_runs(self):
        base = made(24)
        with Mounted(base, FS):
            install(Slots(ROOT, "sim"), "a", "factory")
        whole = self._life(bytearray(base)).operations
        self.assertTrue(whole > 10)
        for cut in range(1, whole + 1):
            for eighths in (0, 3, 8):
                data = bytearray(base)
                device = self._life(data, cut, eighths)
                self.assertTrue(device.dead)
                self._check(data, (cut, eighths))
