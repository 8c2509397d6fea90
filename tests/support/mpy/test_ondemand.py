"""Modules loaded on demand: there when wanted, refused while a contactor is closed, and gone again with their memory."""
import gc
import sys
import unittest

import vfs

from firmware.support import ondemand
from tests.storage.littlefs import FOLDER, BlockDevice, mount, unmount

# what each module of the little program is, by its name
PROGRAM = {
    "od_base": "class Fault(Exception):\n    pass\nTABLE = {('key', i): [i] * 40 for i in range(40)}\n",
    "od_one": "import od_base\nfrom od_base import Fault\n",
    "od_two": "from od_base import Fault\n",
    "od_torn": "import od_base\nraise OSError(5)\n",
}


def there(name):
    return name in sys.modules


class OnDemandTest(unittest.TestCase):
    def setUp(self):
        self.may = True
        ondemand.gate(lambda: self.may)
        device = BlockDevice()
        vfs.VfsLfs2.mkfs(device)
        mount(device)
        for name in PROGRAM:
            with open("%s/%s.py" % (FOLDER, name), "w") as f:
                f.write(PROGRAM[name])
        sys.path.append(FOLDER)

    def tearDown(self):
        sys.path.remove(FOLDER)
        unmount()
        ondemand.gate(None)
        self.assertFalse([name for name in sys.modules if name.startswith("od_")])

    def test_it_is_loaded_with_all_it_imports_and_goes_with_them(self):
        module = ondemand.load("od_one")
        self.assertTrue(issubclass(module.Fault, Exception))
        self.assertTrue(there("od_one") and there("od_base"))
        ondemand.release("od_one")
        self.assertFalse(there("od_one") or there("od_base"))

    def test_nothing_is_loaded_while_a_contactor_is_closed(self):
        self.may = False
        with self.assertRaises(ondemand.Busy):
            ondemand.load("od_one")
        self.assertFalse(there("od_one") or there("od_base"))

    def test_what_is_there_already_is_given_while_a_contactor_is_closed(self):
        module = ondemand.load("od_one")
        self.may = False
        self.assertTrue(ondemand.load("od_one") is module)
        ondemand.release("od_one")
        self.assertTrue(there("od_one"))
        ondemand.release("od_one")

    def test_what_a_later_load_uses_stays_until_both_are_released(self):
        first, second = ondemand.load("od_one"), ondemand.load("od_two")
        self.assertTrue(first.Fault is second.Fault)
        ondemand.release("od_one")
        self.assertTrue(ondemand.load("od_one").Fault is second.Fault)
        ondemand.release("od_one")
        self.assertTrue(there("od_base"))
        ondemand.release("od_two")

    def test_a_load_that_fails_leaves_nothing_behind_and_says_why(self):
        with self.assertRaises(OSError):
            ondemand.load("od_torn")
        with self.assertRaises(ImportError):
            ondemand.load("od_nowhere")
        self.assertFalse(there("od_torn") or there("od_base"))

    def test_a_module_that_was_there_before_all_loads_stays(self):
        name = "firmware.support.ondemand"
        self.assertTrue(ondemand.load(name) is ondemand)
        ondemand.release(name)
        self.assertTrue(there(name))
        ondemand.release(name)          # once too often: nobody has loaded it

    def test_a_package_forgets_its_module_too(self):
        import firmware.storage

        there_before = hasattr(firmware.storage, "ring")
        ondemand.load("firmware.storage.ring")
        self.assertTrue(hasattr(firmware.storage, "ring"))
        ondemand.release("firmware.storage.ring")
        self.assertEqual(hasattr(firmware.storage, "ring"), there_before)

    def test_the_memory_comes_back_each_time(self):
        kept = []
        for _ in range(6):
            ondemand.load("od_one")
            gc.collect()
            loaded = gc.mem_alloc()
            ondemand.release("od_one")
            gc.collect()
            kept.append(gc.mem_alloc())
            self.assertTrue(loaded - kept[-1] > 5000)
        self.assertTrue(max(kept[1:]) - min(kept[1:]) < 500, kept)  # names and tables have grown once, with the first
