"""OCPP-J framing: what is a message, what is refused, what is ignored."""
import json
import unittest

from firmware.ocpp import frames
from firmware.ocpp.frames import BadMessage


class Taken(unittest.TestCase):
    def test_call_has_four_elements(self):
        self.assertEqual(frames.decode('[2,"192","Reset",{"type":"Hard"}]'), [2, "192", "Reset", {"type": "Hard"}])

    def test_result_and_error_are_told_apart(self):
        self.assertEqual(frames.decode('[3,"a",{}]'), [3, "a", {}])
        self.assertEqual(frames.decode('[4,"a","InternalError","no",{}]'), [4, "a", "InternalError", "no"])

    def test_answer_that_is_no_object_ends_the_waiting_as_an_error(self):
        self.assertEqual(frames.decode('[3,"a",null]')[:3], [4, "a", "FormationViolation"])

    def test_error_without_its_tail_is_taken(self):
        self.assertEqual(frames.decode('[4,"a"]'), [4, "a", "GenericError", ""])

    def test_surrogate_pairs_become_one_character(self):
        text = frames.decode('[2,"a","DataTransfer",{"vendorId":"\\ud83d\\ude00 \\\\ud83d"}]')[3]["vendorId"]
        self.assertEqual(text, chr(0x1F600) + " \\ud83d")


class Decimals(unittest.TestCase):
    def test_every_tenth_is_written_as_it_is(self):
        for tenths in range(1, 2000):
            text = frames.result("a", {"limit": frames.Tenths(tenths)})
            self.assertEqual(text, '[3,"a",{"limit":%d.%d}]' % (tenths // 10, tenths % 10))


class Refused(unittest.TestCase):
    def refused(self, text):
        try:
            frames.decode(text)
        except BadMessage as bad:
            return bad.id, bad.code
        self.fail("taken: " + text)

    def test_text_that_is_no_json_is_dropped(self):
        for text in ("", "{", "nonsense", '[2,"a","Reset",{"type":"Hard"}', '[2,"a"] x', '"\\ud800"', "\x00"):
            self.assertIsNone(self.refused(text)[0])

    def test_unknown_message_type_is_ignored(self):
        for text in ('[5,"a","Reset",{}]', '["2","a","Reset",{}]', '[true,"a"]', '[null,"a"]', "{}", "[]", "[2]", "2"):
            self.assertIsNone(self.refused(text)[0])

    def test_message_id_must_be_a_string_of_at_most_36(self):
        for id in ("7", '""', '"%s"' % ("x" * 37), "null", "{}"):
            self.assertIsNone(self.refused('[2,%s,"Reset",{}]' % id)[0])

    def test_incomplete_call_is_a_protocol_error(self):
        self.assertEqual(self.refused('[2,"a","Reset"]'), ("a", "ProtocolError"))
        self.assertEqual(self.refused('[2,"a"]'), ("a", "ProtocolError"))

    def test_action_that_is_no_string_violates_its_type(self):
        self.assertEqual(self.refused('[2,"a",7,{}]'), ("a", "TypeConstraintViolation"))

    def test_payload_that_is_no_object_violates_the_formation(self):
        for payload in ("[]", "null", '"x"', "7"):
            self.assertEqual(self.refused('[2,"a","Reset",%s]' % payload), ("a", "FormationViolation"))


class Written(unittest.TestCase):
    def test_error_description_is_cut_at_255(self):
        self.assertEqual(len(json.loads(frames.error("a", "InternalError", "x" * 300))[3]), 255)

    def test_ids_are_random_and_fit(self):
        count = [0]

        def random(n):
            count[0] += 1
            return bytes([count[0]] * n)

        a, b = frames.new_id(random), frames.new_id(random)
        self.assertNotEqual(a, b)
        self.assertTrue(len(a) <= 36)


if __name__ == "__main__":
    unittest.main()
