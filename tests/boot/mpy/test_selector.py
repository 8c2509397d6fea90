"""`/main.py` as the chip runs it: a firmware that dies at any step of its start is fallen back from, with every contactor open.

The chip is a stand-in for `machine`; slots are real, on the real littlefs.
"""
import io
import os
import sys
import unittest

from hal.boot import safe, slots
from tests.update.norflash import Mounted, made

FS = "/selector_test"
ROOT = FS + "/slots"
RELAYS = ((6, 0), (7, 1))
STEPS = ("import", "build", "storage", "tasks", "running")


class Reset(BaseException):
    pass


class Chip:
    """What main.py asks of `machine`."""

    WDT_RESET, PWRON_RESET, SOFT_RESET = 3, 1, 5

    def __init__(self, cause):
        self.cause, self.pins, self.dogs = cause, {}, []
        chip = self

        class Pin:
            OUT = 1

            def __init__(self, number, mode, value):
                chip.pins[number] = value

        self.Pin = Pin

    def reset_cause(self):
        return self.cause

    def WDT(self, timeout):
        self.dogs.append(timeout)

    def reset(self):
        raise Reset


class Firmware:
    """Stands for hal/esp32/main.py of a slot: goes through its steps with the contactor closed, and dies at one of them."""

    def __init__(self, dies=None, how=RuntimeError):
        self.dies, self.how, self.done = dies, how, []

    def run(self, board, given):
        for step in STEPS[1:]:
            sys.modules["machine"].pins[6] = 1
            self.done.append(step)
            if step == self.dies:
                raise self.how("dies at " + step)
        given.confirm()
        raise KeyboardInterrupt  # it would run for ever; this ends the test and is booked as no death


def power(firmwares, cause=Chip.SOFT_RESET, said=None):
    """One start of the chip; `firmwares` by slot. The chip as it stood when it ended, and which slot ran."""
    chip = Chip(cause)
    ran = []
    with open("hal/boot/main.py") as f:
        text = f.read()
    text = text.replace('ROOT = "/slots"', "ROOT = %r" % ROOT).replace("RELAYS = ()", "RELAYS = %r" % (RELAYS,))

    def load(name, *rest):
        if name == "bootsafe":
            ran.append("safe")
            return Safe(said)
        ran.append(sys.path[0][-1])
        firmware = firmwares[sys.path[0][-1]]
        if firmware.dies == "import":
            raise firmware.how("dies at import")
        return firmware

    class Safe:
        def __init__(self, said):
            self.said = said

        def run(self, given):
            safe.run(given, io.StringIO(self.said or "again\n"), lambda text: None)

    path = list(sys.path)
    sys.modules["machine"], sys.modules["bootslots"] = chip, slots
    real = safe.select
    safe.select = AlwaysReady
    ended = None
    try:
        exec(text, {"__name__": "__main__", "__import__": load})
    except Reset:
        ended = "reset"
    finally:
        sys.path[:] = path
        safe.select = real
        del sys.modules["machine"], sys.modules["bootslots"]
    return chip, ran, ended


class AlwaysReady:
    """`select` for streams that are no files."""

    POLLIN = 1

    class poll:
        def register(self, *args):
            pass

        def poll(self, ms):
            return [1]


def install(given, name):
    for _ in given.clear(name):
        pass
    with open(given.path(name) + "/manifest.new", "w") as f:
        f.write("x")
    given.finish(name)


class SelectorTest(unittest.TestCase):
    def setUp(self):
        self.mounted = Mounted(made(24), FS)
        self.mounted.__enter__()
        install(slots.Slots(ROOT, ""), "a")

    def tearDown(self):
        self.mounted.__exit__(None, None, None)

    def update(self):
        given = slots.Slots(ROOT, "")
        given.choose()
        install(given, "b")
        given.activate("b")

    def assertOpen(self, chip):
        self.assertEqual([chip.pins[number] for number, _ in RELAYS], [level for _, level in RELAYS])

    def test_firmware_of_the_chosen_slot_runs_under_a_watchdog(self):
        chip, ran, ended = power({"a": Firmware()})
        self.assertEqual((ran, ended, chip.dogs[0]), (["a"], None, 60000))

    def test_new_firmware_that_dies_at_any_step_is_fallen_back_from_with_the_contactors_open(self):
        for step in STEPS:
            for how in (RuntimeError, MemoryError, ImportError, SystemExit, OSError):
                self.update()
                seen = []
                for _ in range(slots.TRIES + 1):
                    chip, ran, ended = power({"a": Firmware(), "b": Firmware(step, how)})
                    self.assertEqual(ended, "reset" if ran == ["b"] else None)
                    self.assertOpen(chip)
                    seen += ran
                self.assertEqual(seen, ["b"] * slots.TRIES + ["a"])

    def test_proved_firmware_that_begins_to_die_makes_room_then_safe_mode_then_anew(self):
        self.update()
        power({"b": Firmware()})
        both = {"a": Firmware("storage"), "b": Firmware("import")}
        seen = []
        for _ in range(2 * slots.FAILS + 1):
            seen += power(both)[1]
        self.assertEqual(seen, ["b"] * slots.FAILS + ["a"] * slots.FAILS + ["safe"])
        self.assertEqual(power(both)[1], ["b"])

    def test_death_is_written_down_and_safe_mode_shows_it(self):
        power({"a": Firmware("storage")})
        with open(ROOT + "/crash") as f:
            self.assertIn("RuntimeError: dies at storage", f.read())
        shown = []
        safe.select, real = AlwaysReady, safe.select
        try:
            safe.run(slots.Slots(ROOT, ""), io.StringIO("status\nnonsense\nuse b\nuse a\n"), shown.append)
        finally:
            safe.select = real
        text = "".join(shown)
        for part in ("slot a: whole", "slot b: empty", "dies at storage", "prompt", "ERR there is no other firmware in slot b"):
            self.assertIn(part, text)

    def test_watchdog_that_bites_during_the_start_counts_as_a_death(self):
        self.update()
        power({"b": Firmware()})
        seen = []
        for _ in range(slots.FAILS):
            seen += power({"a": Firmware(), "b": Firmware("build", KeyboardInterrupt)}, Chip.WDT_RESET)[1]
        self.assertEqual(seen, ["b"] * (slots.FAILS - 1) + ["a"])

    def test_ctrl_c_ends_at_the_prompt_with_the_contactors_open_and_books_no_death(self):
        chip, ran, ended = power({"a": Firmware("tasks", KeyboardInterrupt)})
        self.assertIsNone(ended)
        self.assertOpen(chip)
        self.assertEqual(chip.dogs[-1], 86400000)
        self.assertEqual(slots.Slots(ROOT, "").fails, 0)

    def test_safe_mode_lets_one_out_to_the_prompt(self):
        os.remove(ROOT + "/a/manifest")
        chip, ran, ended = power({}, said="prompt\n")
        self.assertEqual((ran, ended), (["safe"], None))
        self.assertOpen(chip)

    def test_without_any_firmware_safe_mode_comes_at_once_and_starts_no_watchdog(self):
        os.remove(ROOT + "/a/manifest")
        chip, ran, ended = power({})
        self.assertEqual((ran, ended, chip.dogs), (["safe"], "reset", []))

    def test_firmware_that_returns_is_a_death_too(self):
        class Returns(Firmware):
            def run(self, board, given):
                pass

        power({"a": Returns()})
        self.assertEqual(slots.Slots(ROOT, "").fails, 1)
