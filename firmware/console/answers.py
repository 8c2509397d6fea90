"""What a command answers: lines for a person or one line of JSON for a program, and every way to say no."""
import binascii
import json


class Refusal(Exception):
    """A command says no. `code` is one of those in README.md: programs act on it; `text` a complete sentence for people; `data` what
    a program may want besides."""

    def __init__(self, code, text, data=None):
        super().__init__(text)
        self.code = code
        self.text = text
        self.data = data


class Answer:
    """`data` for programs (anything JSON takes, None: nothing), `lines` for people."""

    def __init__(self, data=None, lines=()):
        self.data = data
        self.lines = lines


def good(answer, seq):
    """An answer as one line of JSON."""
    return '{"ok": true%s%s}' % (_result(answer.data), _number(seq))


def bad(code, text, seq, data=None):
    """The one line of JSON that says no: `code` for programs, `text` for people."""
    return '{"ok": false, "code": "%s", "error": %s%s%s}' % (code, json.dumps(text), _result(data), _number(seq))


def _result(data):
    return "" if data is None else ', "result": ' + json.dumps(data)


def sealed(line):
    """An answer with the CRC32 of all before it as its last member."""
    line = line[:-1]
    return '%s, "crc": "%08x"}' % (line, binascii.crc32(line.encode()))


def _number(seq):
    return "" if seq is None else ', "seq": %d' % seq


def table(rows, indent=""):
    """Rows of texts under one another, the first being the head."""
    wides = [max([len(row[i]) for row in rows]) for i in range(len(rows[0]))]
    out = []
    for row in rows:
        cells = [cell + " " * (wides[i] - len(cell)) for i, cell in enumerate(row)]
        out.append((indent + "  ".join(cells)).rstrip())
    return out


def words(value):
    """One value as a person reads it."""
    if value is None or value == "" or value == []:
        return "-"
    if value is True:
        return "yes"
    if value is False:
        return "no"
    if isinstance(value, (list, tuple)):
        return ", ".join([words(one) for one in value])
    return str(value)


def number(value, scale, digits, unit):
    """12345, 1000, 1, "V" -> "12.3 V"; "-" for None."""
    if value is None:
        return "-"
    return "%.*f %s" % (digits, value / scale, unit)
