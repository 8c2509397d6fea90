import unittest

from firmware.console.editor import LONG, MAX_BYTES, NOISE, TEXT, Editor, columns

WORDS = ("status", "session list", "session show")


class EditorTestCase(unittest.TestCase):
    def setUp(self):
        self.screen = b""
        self.editor = Editor(self.write, self.complete)
        self.editor.begin("> ")

    def write(self, data):
        self.screen += data

    def complete(self, line):
        return [word for word in WORDS if word.startswith(line)], len(line)

    def type(self, data):
        """All lines that come of `data`."""
        lines = []
        for byte in data:
            line = self.editor.feed(byte)
            if line is not None:
                lines.append(line)
        self.editor.show()
        return lines

    def line(self, data):
        return self.type(data + b"\r")[0]


class LineTest(EditorTestCase):
    def test_enter_gives_what_was_typed(self):
        self.assertEqual(self.line(b"why"), (TEXT, "why"))

    def test_cr_lf_and_both_end_one_line_each(self):
        self.assertEqual(self.type(b"a\rb\nc\r\nd\n"), [(TEXT, "a"), (TEXT, "b"), (TEXT, "c"), (TEXT, "d")])

    def test_backspace_takes_one_character_even_of_several_bytes(self):
        self.assertEqual(self.line("aनb".encode() + b"\x7f\x08"), (TEXT, "a"))

    def test_ctrl_u_takes_the_line_ctrl_w_a_word_ctrl_k_the_rest(self):
        self.assertEqual(self.line(b"config set\x15why"), (TEXT, "why"))
        self.assertEqual(self.line(b"config set \x17get"), (TEXT, "config get"))
        self.assertEqual(self.line(b"abc\x01\x06\x0b"), (TEXT, "a"))

    def test_ctrl_a_and_e_and_the_arrows_move_the_cursor(self):
        self.assertEqual(self.line(b"hy\x01w\x05!"), (TEXT, "why!"))
        self.assertEqual(self.line(b"wy\x1b[Dh"), (TEXT, "why"))
        self.assertEqual(self.line(b"wx\x1b[D\x1b[3~hy"), (TEXT, "why"))
        self.assertEqual(self.line(b"hy\x1bOHw\x1b[4~?"), (TEXT, "why?"))

    def test_the_arrow_steps_over_a_whole_character(self):
        self.assertEqual(self.line("नb".encode() + b"\x1b[D\x1b[Da"), (TEXT, "aनb"))

    def test_keys_it_does_not_know_do_nothing(self):
        self.assertEqual(self.line(b"w\x1b[5~h\x1b[1;5Cy\x1bx"), (TEXT, "why"))


class HistoryTest(EditorTestCase):
    def test_arrows_bring_earlier_lines_and_back(self):
        self.type(b"first\rsecond\r")
        self.assertEqual(self.line(b"\x1b[A\x1b[A"), (TEXT, "first"))
        self.type(b"\x1b[A\x1b[A\x1b[B\x1b[B")
        self.assertEqual(self.line(b""), (TEXT, ""))

    def test_the_same_line_twice_is_kept_once(self):
        self.type(b"one\rtwo\rtwo\r")
        self.assertEqual(self.line(b"\x1b[A\x1b[A"), (TEXT, "one"))

    def test_sixteen_lines_are_kept(self):
        for i in range(20):
            self.type(b"line %d\r" % i)
        self.type(b"\x1b[A" * 30)
        self.assertEqual(self.line(b""), (TEXT, "line 4"))

    def test_a_hidden_line_leaves_no_trace(self):
        self.type(b"before\r")
        self.screen = b""
        self.editor.begin("secret: ", hidden=True)
        self.assertEqual(self.line(b"swordfish\x1b[A\t"), (TEXT, "swordfish"))
        self.editor.begin("> ")
        self.assertFalse(b"sword" in self.screen)
        self.assertEqual(self.line(b"\x1b[A"), (TEXT, "before"))


class CompletionTest(EditorTestCase):
    def test_the_only_candidate_is_filled_in(self):
        self.assertEqual(self.line(b"st\t"), (TEXT, "status "))

    def test_several_are_filled_as_far_as_they_agree_then_shown(self):
        self.type(b"se\t")
        self.assertTrue(self.screen.endswith(b"session \x1b[K"))
        self.type(b"\t")
        self.assertTrue(b"session list  session show" in self.screen)

    def test_none_does_nothing(self):
        self.assertEqual(self.line(b"x\t"), (TEXT, "x"))


class NoiseTest(EditorTestCase):
    def test_a_line_too_long_is_told_and_holds_no_memory(self):
        self.type(b"x" * 100000)
        self.assertEqual(len(self.editor._buffer), 0)
        self.assertEqual(self.line(b""), (LONG, ""))
        self.assertEqual(self.line(b"x" * MAX_BYTES)[0], TEXT)

    def test_bytes_that_are_no_text_are_told(self):
        self.assertEqual(self.line(b"\x00\xfe\x81abc"), (NOISE, ""))
        self.assertEqual(self.line(b"\xff\xff"), (NOISE, ""))
        self.assertEqual(self.line(b"why"), (TEXT, "why"))

    def test_ctrl_u_after_noise_begins_anew(self):
        self.assertEqual(self.line(b"\x00\x02\x15why"), (TEXT, "why"))

    def test_every_byte_can_come(self):
        for byte in range(256):
            self.type(bytes((byte,)) * 3)
        self.type(b"\x15\r")
        self.assertEqual(self.line(b"why"), (TEXT, "why"))


class DrawingTest(EditorTestCase):
    def test_a_log_line_between_leaves_the_line_as_it_was(self):
        self.type(b"conf")
        self.screen = b""
        self.editor.wipe()
        self.write(b"log\r\n")
        self.editor.draw()
        self.assertEqual(self.screen, b"\r\x1b[Klog\r\n\r> conf\x1b[K")

    def test_a_line_longer_than_the_screen_shows_the_part_at_the_cursor(self):
        self.type(b"a" * 100 + b"end")
        last = self.screen.split(b"\r")[-1]
        self.assertTrue(last.endswith(b"end\x1b[K"))
        self.assertTrue(len(last) < 85)

    def test_a_long_paste_is_drawn_once_not_for_each_byte(self):
        self.type(b"a" * 70)
        self.screen = b""
        self.type(b"b" * 64)
        self.assertTrue(len(self.screen) < 100)

    def test_without_echo_nothing_is_drawn(self):
        self.editor.echo = False
        self.screen = b""
        self.assertEqual(self.line(b"status\x1b[D\x08\t"), (TEXT, "stats"))
        self.assertEqual(self.screen, b"")

    def test_columns_fit_a_line(self):
        for line in columns(["word%d" % i for i in range(30)]):
            self.assertTrue(len(line) < 80)


if __name__ == "__main__":
    unittest.main()
