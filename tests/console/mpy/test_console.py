import asyncio
import binascii
import json
import unittest

from fakes import ConsoleTestCase

from firmware.console.commands import function, rows, split
from firmware.console.helping import TABLE, complete, texts
from firmware.console.looking import without_secrets


def seal(line):
    return "%s*%08x" % (line, binascii.crc32(line.encode()))


class LineTest(ConsoleTestCase):
    def test_an_unknown_word_is_named(self):
        self.assertIn('ERR UNKNOWN "nonsense: no such command', self.type("nonsense"))

    def test_a_question_mark_is_help(self):
        self.assertIn("New here?", self.type("?"))
        self.assertIn("e.g. why", self.type("? why"))

    def test_a_word_that_takes_others_says_which(self):
        self.assertIn('ERR USAGE "session what? list, show"', self.type("session"))

    def test_json_is_one_line_with_a_stable_code_and_the_callers_number(self):
        line = self.type("nonsense --json @17").split("\r\n")[1]
        told = json.loads(line)
        self.assertEqual((told["ok"], told["code"], told["seq"]), (False, "UNKNOWN", 17))

    def test_every_command_explains_itself_with_an_example_that_is_a_command(self):
        for row in rows():
            shown, (about, example) = self.type("help " + row[0]), texts(row[0])
            self.assertTrue(about and about in shown and "e.g. " + example in shown, row[0])
            self.assertTrue(example == row[0] or example.startswith(row[0] + " "), row[0])

    def test_nothing_is_told_of_commands_that_there_are_not(self):
        told = [line.split("~")[0] for line in str(TABLE, "utf-8").split("\n")[:-1]]
        self.assertEqual(told, [row[0] for row in rows()])

    def test_every_row_names_a_function(self):
        for row in rows():
            self.assertTrue(callable(function(row, self.app.console.load)), row[0])

    def test_words_too_many_or_too_few_are_refused_with_what_the_command_takes(self):
        for line, told in (("status now", "it is: status"),
                           ("config set", "it is: config set KEY [VALUE]"), ("clear", "NAME [CONNECTOR]"),
                           ("config set CpoName Rud Ved", "in quotes what has spaces"), ("ocpp set", "URL [NAME]"),
                           ("wifi on", "it is: wifi"), ("session show", "it is: session show ID")):
            shown = self.type(line)
            self.assertIn('ERR USAGE "', shown)
            self.assertIn(told, shown)

    def test_tab_knows_families_choices_and_settings(self):
        for line, found in (("wi", ["wifi"]), ("wifi ", ["scan", "join", "leave", "ap"]), ("wifi ap ", ["on", "off"]),
                            ("help wifi a", ["ap"]),
                            ("config export ", ["changed", "all", "secrets"]), ("config set WifiS", ["WifiSsid"]), ("why ", []),
                            ("log w", ["warning"]), ("test r", ["rcd", "reader"]), ("nonsense ", [])):
            self.assertEqual(complete(self.app, line)[0], found)

    def test_quotes_keep_spaces_and_make_an_empty_word(self):
        self.assertEqual(split('config set CpoName "Rud Ved"'), ["config", "set", "CpoName", "Rud Ved"])
        self.assertEqual(split('a "" b'), ["a", "", "b"])
        self.assertIn("a quote is not closed", self.type('config set CpoName "Rud'))

    def test_a_command_that_breaks_says_so_and_the_console_stays(self):
        def broken():
            raise MemoryError("no room")

        self.app.report = broken
        self.assertIn("ERR INSIDE", self.type("status"))
        self.assertIn("no such command", self.type("help x"))

    def test_machine_mode_has_no_echo_no_prompt_no_log(self):
        self.type("machine on")
        self.app.log.error("app", "noise between")
        shown = self.type("faults")
        self.assertEqual(json.loads(shown), {"ok": True, "result": []})

    def test_a_line_damaged_on_the_way_is_not_run_and_the_answer_can_be_checked(self):
        told = self.type(seal("config set MaxCurrentA 16 @5"))
        line = told.split("\r\n")[1]
        self.assertIn("staged", line)
        told = self.type(seal("config diff --json @6")).split("\r\n")[1]
        body, _, crc = told.rpartition(', "crc": "')
        self.assertEqual(crc, '%08x"}' % binascii.crc32(body.encode()))
        self.assertEqual(json.loads(told)["seq"], 6)
        self.assertIn("ERR NOISE", self.type(seal("config set MaxCurrentA 16 @7").replace("16", "10")))
        self.assertIn("ERR NOISE", self.type(seal("config commit @8")[:-1]))
        self.assertEqual(self.get("MaxCurrentA"), 32)

    def test_machine_mode_begun_with_a_crc_runs_no_line_without_one(self):
        self.type(seal("machine on @1"))
        told = json.loads(self.type("config set MaxCurrentA 16"))
        self.assertEqual((told["code"], told.get("seq")), ("NOISE", None))
        self.assertEqual(json.loads(self.type(seal("config diff @2")))["result"], [])
        self.type(seal("machine off @3"))
        self.assertIn("no faults", self.type("faults"))

    def test_machine_mode_ends_by_itself_when_nobody_sends(self):
        async def silence():
            reading = asyncio.create_task(self.app.console.run())
            for _ in range(4):
                await asyncio.sleep_ms(0)
            reading.cancel()
        self.type(seal("machine on @1"))
        self.app.hal.console.given = b"\r"
        asyncio.run(silence())
        self.assertTrue(self.app.console.strict)
        self.app.later(900)
        asyncio.run(silence())
        self.assertIn("no faults", self.type("faults"))

    def test_a_log_line_comes_above_the_line_being_typed(self):
        self.app.type("conf")
        self.app.hal.console.screen = b""
        self.app.log.warning("meter", "silent")
        self.assertEqual(self.app.hal.console.screen, b"\r\x1b[K0:00:00 warning meter: silent\r\n\rinstaller> conf\x1b[K")

    def test_lines_below_the_chosen_level_are_not_shown(self):
        self.app.hal.console.screen = b""
        self.app.log.info("app", "quiet")
        self.assertEqual(self.app.hal.console.screen, b"")
        self.type("log info")
        self.app.log.info("app", "loud")
        self.assertTrue(b"loud" in self.app.hal.console.screen)

    def test_ctrl_c_drops_the_line(self):
        self.app.type("config set Ma\x03")
        self.assertIn("no faults", self.type("faults"))


class SettingsTest(ConsoleTestCase):
    def test_nothing_changes_before_the_commit(self):
        self.set("MaxCurrentA", "16")
        self.assertEqual(self.get("MaxCurrentA"), 32)
        self.assertIn("MaxCurrentA: 32 -> 16", self.type("config diff"))
        self.type("config commit")
        self.assertEqual(self.get("MaxCurrentA"), 16)

    def test_what_does_not_fit_together_is_not_committed(self):
        self.set("ReconnectBackoffMinS", "60")
        self.set("ReconnectBackoffMaxS", "50")
        self.assertIn("ERR SETTING", self.type("config diff"))
        self.assertIn("ERR SETTING", self.type("config commit"))
        self.assertEqual(self.get("ReconnectBackoffMinS"), 2)

    def test_a_bad_value_is_refused_with_key_value_and_what_is_allowed(self):
        self.assertIn("MaxCurrentA cannot be '90': allowed is a whole number from 6 to 32 A or 0", self.type("config set MaxCurrentA 90"))

    def test_the_firmwares_own_memory_is_nobodys_to_set(self):
        for name in ("Unconfirmed", "Latched", "InstallerSecret", "LoginFailures"):
            self.assertIn("there is no such setting", self.type("config set %s 1" % name))
            self.assertIn("there is no such setting", self.type("config get " + name))

    def test_a_change_that_can_cut_off_is_taken_back_after_two_minutes(self):
        self.set("CsmsUrl", "ws://wrong.example")
        self.assertIn("config confirm", self.type("config commit"))
        self.app.later(119)
        self.assertEqual(self.get("CsmsUrl"), "ws://wrong.example")
        self.app.later(1)
        self.assertEqual(self.get("CsmsUrl"), "")

    def test_confirmed_it_stays(self):
        self.set("CsmsUrl", "ws://right.example")
        self.type("config commit")
        self.type("config confirm")
        self.app.later(1000)
        self.assertEqual(self.get("CsmsUrl"), "ws://right.example")
        self.assertIn("ERR NOTHING", self.type("config confirm"))

    def test_over_a_restart_the_two_minutes_begin_anew_and_taking_back_restarts(self):
        self.set("CsmsUrl", "ws://wrong.example")
        self.type("config commit")
        self.app.later(100)
        self.app.boot()
        self.app.later(100)
        self.assertEqual(self.get("CsmsUrl"), "ws://wrong.example")
        self.app.later(20)
        self.app.later(1)
        self.assertEqual((self.get("CsmsUrl"), self.app.restarted), ("", "soft"))

    def test_confirmed_after_the_restart_it_stays(self):
        self.set("CsmsUrl", "ws://right.example")
        self.type("config commit")
        self.app.boot()
        self.type("config confirm")
        self.app.later(1000)
        self.assertEqual((self.get("CsmsUrl"), self.app.restarted), ("ws://right.example", None))

    def test_while_one_change_waits_no_other_is_committed(self):
        self.set("CsmsUrl", "ws://right.example")
        self.type("config commit")
        self.set("MaxCurrentA", "10")
        self.assertIn("ERR BUSY", self.type("config commit"))

    def test_rollback_drops_what_is_staged_then_takes_back_what_waits(self):
        self.set("CsmsUrl", "ws://wrong.example")
        self.type("config commit")
        self.set("MaxCurrentA", "10")
        self.assertIn("dropped", self.type("config rollback"))
        self.assertIn("taken back: CsmsUrl", self.type("config rollback"))
        self.assertEqual(self.get("CsmsUrl"), "")
        self.assertIn("ERR NOTHING", self.type("config rollback"))

    async def test_an_older_change_can_be_undone_by_its_number(self):
        for value in ("10", "12"):
            self.set("MaxCurrentA", value)
            self.type("config commit")
        self.assertIn("2  -     installer  MaxCurrentA  10   12", await self.ask("config history"))
        self.assertIn("MaxCurrentA: 12 -> 32", await self.ask("config rollback 1"))
        self.type("config commit")
        self.assertEqual(self.get("MaxCurrentA"), 32)

    def test_export_has_neither_secrets_nor_identity(self):
        self.app.settings.apply({"AuthorizationKey": "0123456789abcdef", "ChargePointId": "BENCH-1", "MaxCurrentA": 9})
        for line in ("config export", "config export all", "config export --json", "config get"):
            shown = self.type(line)
            self.assertNotIn("0123456789abcdef", shown)
            self.assertNotIn("BENCH-1", shown if "export" in line else "")
        self.assertIn("ERR DENIED", self.type("config export secrets"))

    def assertNotIn(self, part, whole):
        self.assertFalse(part in whole)


class AskedTest(ConsoleTestCase):
    async def test_a_secret_is_asked_for_and_never_shown(self):
        shown = await self.ask("config set AuthorizationKey", "0123456789abcdef", "config diff", "config commit", "config history",
                               "config get AuthorizationKey", "log")
        self.assertFalse("0123456789abcdef" in shown)
        self.assertIn("AuthorizationKey: (secret) -> (secret)", shown)
        self.assertEqual(self.get("AuthorizationKey"), "0123456789abcdef")

    async def test_a_secret_on_the_line_is_refused(self):
        self.assertIn("ERR USAGE", await self.ask("config set AuthorizationKey 0123456789abcdef"))

    async def test_login_after_secret_and_logout(self):
        await self.ask("secret installer", "technician-7", "technician-7", "logout")
        self.assertIn("ERR DENIED", await self.ask("config set MaxCurrentA 9"))
        self.assertIn("You are installer", await self.ask("login", "technician-7"))

    async def test_a_viewer_is_refused_whatever_is_not_for_viewers(self):
        await self.ask("secret installer", "technician-7", "technician-7", "logout")
        refused = 0
        for row in rows():
            if row[1] != "v":
                words = row[0] + "".join([" x" for word in row[3].split(" ") if word and word[0] != "["])
                self.assertIn("ERR DENIED", self.type(words))
                refused += 1
        self.assertTrue(refused > 25)

    async def test_a_wrong_login_is_a_security_event_that_shows_nothing_of_what_was_typed(self):
        await self.ask("secret installer", "technician-7", "technician-7", "logout")
        self.assertEqual(self.app.security.events, [])
        await self.ask("login", "guess-no-1")
        self.assertEqual(self.app.security.events, [("LoginFailed", "console, installer")])

    async def test_two_different_secrets_set_none(self):
        self.assertIn("ERR WRONG", await self.ask("secret installer", "technician-7", "technician-8"))
        self.assertEqual(self.get("InstallerSecret"), "")

    async def test_an_export_imported_elsewhere_makes_the_same(self):
        self.app.settings.apply({"MaxCurrentA": 9, "CpoName": "Rud = Ved", "FreeVendActive": True})
        export = self.type("config export").split("\r\n")[1:-1]
        self.app.settings.apply({"MaxCurrentA": 32, "CpoName": "", "FreeVendActive": False})
        shown = await self.ask("config import", *export)
        self.assertIn("change  MaxCurrentA: 32 -> 9", shown)
        self.assertEqual(self.get("MaxCurrentA"), 32)
        await self.ask("config commit")
        self.assertEqual((self.get("MaxCurrentA"), self.get("CpoName"), self.get("FreeVendActive")), (9, "Rud = Ved", True))

    async def test_one_wrong_line_and_nothing_is_staged(self):
        for bad in ("MaxCurrentA=99", "Nonsense=1", "NumberOfConnectors=2", "no equals", "CpoName=again", "\x00\x01", "end 9 00000000",
                    "end 1 00000000", "x" * 600, "ReconnectBackoffMinS=3600",
                    "cponame=Other"):
            shown = await self.ask("config import", "rudved-config 1", "CpoName=Ved", bad, "end")
            self.assertIn("ERR ", shown)
            self.assertEqual(self.app.settings.staged(), {})
            await self.ask("\x03")

    async def test_an_import_of_another_version_is_refused(self):
        for version in ("0", "3", "99999999999999999999"):
            self.assertIn("version " + version, await self.ask("config import", "rudved-config " + version))

    async def test_an_export_of_version_1_is_migrated_and_says_so(self):
        shown = await self.ask("config import", "rudved-config 1", "ConnectorPhaseRotation=RST,1.RTS", "MaxCurrentA=9", "end 2 7cd8be83")
        self.assertIn("older   ConnectorPhaseRotation: written as version 1", shown)
        self.assertIn("change  ConnectorPhaseRotation: - -> 1.RTS", shown)
        await self.ask("config commit")
        self.assertEqual((self.get("ConnectorPhaseRotation"), self.get("MaxCurrentA")), (("1.RTS",), 9))
        self.assertIn("rudved-config 2", self.type("config export"))

    async def test_ctrl_c_ends_an_import_and_changes_nothing(self):
        self.assertIn("ERR CANCELLED", await self.ask("config import", "rudved-config 1", "CpoName=Ved", "\x03"))
        self.assertEqual(self.app.settings.staged(), {})

    async def test_what_is_typed_during_a_command_comes_after_it(self):
        shown = await self.ask("secret installer\rtechnician-7\rtechnician-7\rfaults")
        self.assertIn("The installer secret is set.", shown)
        self.assertIn("no faults", shown)


class TraceTest(ConsoleTestCase):
    def test_a_frame_that_sets_a_secret_does_not_show_it(self):
        frame = '[2,"1","ChangeConfiguration",{"key":"authorizationkey","value":"0123456789abcdef"}]'
        self.assertFalse("0123456789abcdef" in without_secrets(self.app.settings, frame))
        plain = '[2,"1","ChangeConfiguration",{"key":"MaxCurrentA","value":"9"}]'
        self.assertEqual(without_secrets(self.app.settings, plain), plain)

    def test_what_is_no_frame_is_told_by_its_length(self):
        for bad in ("{", "[2]", "12", "null"):
            self.assertTrue(isinstance(without_secrets(self.app.settings, bad), str))


if __name__ == "__main__":
    unittest.main()
