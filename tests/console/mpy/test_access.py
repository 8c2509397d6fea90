import unittest

import vfs
from fakes import FOLDER, App

from firmware.console import access, secrets
from firmware.console.answers import Refusal
from tests.charging.bench import RamFiles


def refusal(call, *args):
    try:
        call(*args)
    except Refusal as error:
        return error.code
    return None


class AccessTest(unittest.TestCase):
    def setUp(self):
        vfs.mount(RamFiles(), FOLDER)
        self.app = App()

    def tearDown(self):
        vfs.umount(FOLDER)

    @property
    def door(self):
        return self.app.console.access

    def locked(self):
        """A console with both secrets set and nobody logged in."""
        self.app.settings.apply({"InstallerSecret": "technician-7", "FactorySecret": "maker-secret"})
        self.door.logout()

    def test_without_a_secret_the_cable_makes_an_installer_and_no_more(self):
        self.assertEqual(self.door.role, "installer")
        self.assertEqual(refusal(self.door.need, "factory"), "DENIED")
        self.assertEqual(refusal(self.door.may_try, "factory"), "NOTHING")

    def test_with_a_secret_whoever_comes_is_a_viewer(self):
        self.locked()
        self.assertEqual(self.door.role, "viewer")
        self.assertEqual(refusal(self.door.need, "installer"), "DENIED")

    def test_the_secret_opens_its_own_role_only(self):
        self.locked()
        self.assertEqual(refusal(self.door.login, "factory", "technician-7"), "WRONG")
        self.door.login("installer", "technician-7")
        self.assertEqual(self.door.role, "installer")
        self.door.login("factory", "maker-secret")
        self.assertEqual(self.door.role, "factory")

    def test_an_empty_secret_never_opens(self):
        self.app.settings.set("FactorySecret", "maker-secret")
        self.assertEqual(refusal(self.door.login, "installer", ""), "WRONG")

    def test_the_fourth_wrong_try_waits_and_each_further_one_twice_as_long(self):
        self.locked()
        for _ in range(3):
            self.assertEqual(refusal(self.door.login, "installer", "guess"), "WRONG")
        waits = []
        for _ in range(9):
            waited = 0
            while refusal(self.door.may_try, "installer") == "WAIT":
                self.app.clock.advance(1000)
                waited += 1
            waits.append(waited)
            self.door_tries("guess")
        self.assertEqual(waits, [10, 20, 40, 80, 160, 320, 640, 900, 900])

    def door_tries(self, given):
        self.assertEqual(refusal(self.door.login, "installer", given), "WRONG")

    def test_while_it_waits_the_right_secret_does_not_open_either(self):
        self.locked()
        for _ in range(3):
            self.door_tries("guess")
        self.assertEqual(refusal(self.door.login, "installer", "technician-7"), "WAIT")

    def test_a_restart_does_not_forget_wrong_tries(self):
        self.locked()
        for _ in range(4):
            self.app.clock.advance(20000)
            self.door_tries("guess")
        self.app.boot()
        self.assertEqual(refusal(self.door.may_try, "installer"), "WAIT")
        self.app.clock.advance(20000)
        self.door.login("installer", "technician-7")
        self.app.boot()
        self.assertIsNone(refusal(self.door.may_try, "installer"))

    def test_flash_that_keeps_nothing_makes_guessing_no_cheaper(self):
        self.locked()

        def broken(name, value, inside=False):
            raise OSError(5)

        self.app.settings.set = broken
        for _ in range(3):
            self.door_tries("guess")
        self.assertEqual(refusal(self.door.may_try, "installer"), "WAIT")

    def test_a_login_ends_fifteen_minutes_after_the_last_key(self):
        self.locked()
        self.door.login("installer", "technician-7")
        self.app.later(800)
        self.door.used()
        self.app.later(800)
        self.assertEqual(self.door.role, "installer")
        self.app.later(101)
        self.assertEqual(self.door.role, "viewer")

    def test_the_makers_answer_to_a_challenge_opens_once(self):
        self.locked()
        challenge = secrets.challenge(self.app.console, "installer")
        code = secrets.answer("maker-secret", "R0000001", "installer", challenge)
        self.door.login("installer", " %s " % code.lower())
        self.assertEqual(self.door.role, "installer")
        self.door.logout()
        self.assertEqual(refusal(self.door.login, "installer", code), "WRONG")

    def test_a_code_is_for_one_charger_one_role_and_72_hours(self):
        self.locked()
        challenge = secrets.challenge(self.app.console, "installer")
        code = secrets.answer("maker-secret", "R0000001", "installer", challenge)
        other = secrets.answer("maker-secret", "R0000002", "installer", challenge)
        self.assertEqual(refusal(self.door.login, "factory", code), "WRONG")
        self.assertEqual(refusal(self.door.login, "installer", other), "WRONG")
        self.app.clock.advance(259201000)
        self.assertEqual(refusal(self.door.login, "installer", code), "WRONG")

    def test_the_code_is_the_published_formula(self):
        # HMAC-SHA256("maker-secret", "rudved-code 1 R0000001 installer 0123ABCD"), 50 bits of it, as hmac of CPython tells
        self.assertEqual(secrets.answer("maker-secret", "R0000001", "installer", "0123ABCD"), "4GHSER7A8E")

    def test_the_factory_secret_is_set_once_by_whoever_holds_the_cable_then_by_the_factory(self):
        secrets.keep(self.app.console, "factory", "maker-secret")
        self.assertEqual(refusal(secrets.keep, self.app.console, "factory", "another-one"), "DENIED")
        self.assertEqual(self.app.settings.get("FactorySecret"), "maker-secret")

    def test_another_factory_secret_ends_what_the_one_before_would_have_answered(self):
        self.locked()
        code = secrets.answer("maker-secret", "R0000001", "installer", secrets.challenge(self.app.console, "installer"))
        self.door.login("factory", "maker-secret")
        secrets.keep(self.app.console, "factory", "another-one")
        self.door.logout()
        self.assertEqual(refusal(self.door.login, "installer", code), "WRONG")

    def test_whoever_sets_the_first_secret_stays_installer(self):
        secrets.keep(self.app.console, "installer", "technician-7")
        self.assertEqual((self.door.role, self.door.open_door), ("installer", False))
        self.door.logout()
        self.assertEqual(self.door.role, "viewer")

    def test_secrets_compare_whole(self):
        self.assertTrue(access.same("abc", "abc"))
        for other in ("", "ab", "abcd", "abd"):
            self.assertFalse(access.same("abc", other))


if __name__ == "__main__":
    unittest.main()
