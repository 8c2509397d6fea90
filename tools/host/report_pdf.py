"""A commissioning record as a PDF of A4 pages: what was found, the curves, and how to check that nobody changed it."""

import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from tools.host import figures, label, pdf_plot
from tools.host import record as records
from tools.host.exits import Trouble

_FONT = "Helvetica"  # one every reader has; its letters are Latin-1
_INK, _PALE, _LINE = 30, 120, 200
_COLOURS = {"PASS": (20, 120, 60), "FAIL": (190, 30, 30), "SKIP": (150, 110, 20)}
_QR_MM = 30
_COLUMNS = (62, 42, 60)  # what, figure, limits
_INDENT = 22


def write(record, path):
    """Write the report. Trouble FILE when it cannot be written."""
    page = _Report(record)
    page.head()
    page.summary()
    page.steps()
    page.curves()
    page.settings()
    page.proof()
    try:
        Path(path).write_bytes(bytes(page.output()))
    except OSError as error:
        raise Trouble("FILE", f"{path} cannot be written: {error}") from None


class _Report(FPDF):
    def __init__(self, record):
        super().__init__(format="A4")
        self.record = record
        self.set_title(f"Commissioning report {record.head['serial']} no. {record.head['number']}")
        self.set_creator("rudved commission")
        at = (record.signoff or record.head).get("at")
        if at is not None:  # the same record gives the same file
            self.set_creation_date(datetime.datetime.fromtimestamp(at, datetime.UTC))
        self.set_auto_page_break(True, 18)
        self.add_page()

    def footer(self):
        self.set_y(-12)
        self._font(7, _PALE)
        serial, number = self.record.head["serial"], self.record.head["number"]
        self.cell(0, 5, f"{serial}   record {number}   SHA-256 {self.record.hash[:32]}...   page {self.page_no()}", align="C")

    # Parts

    def head(self):
        record, head = self.record, self.record.head
        side = label.code(f"RUDVED-COMMISSIONING;SN={head['serial']};NO={head['number']};SHA256={record.hash}").matrix
        self._code(side, self.w - self.r_margin - _QR_MM, self.t_margin)
        self._font(18, _INK, "B")
        self._line("Commissioning report", 9)
        self._font(11, _INK)
        self._line(f"{head.get('vendor', '')} {head['model']}, serial number {head['serial']}".strip(), 6)
        self._font(9, _PALE)
        facts = (("board", head["board"]), ("firmware", head["firmware"]), ("record", str(head["number"])),
                 ("begun", figures.when(head.get("at"))), ("follows", (head.get("previous") or "none before")[:24]))
        for name, value in facts:
            self._line(f"{name}: {value}", 4.5)
        self.set_y(max(self.get_y(), self.t_margin + _QR_MM) + 3)

    def summary(self):
        verdict = self.record.verdict
        counts = {name: sum(step["verdict"] == name for step in self.record.results.values()) for name in _COLOURS}
        self._font(13, _COLOURS.get(verdict, (_PALE,) * 3), "B")
        self._line({"PASS": "PASSED", "FAIL": "FAILED"}.get(verdict, "OPEN: not signed off"), 7)
        self._font(9, _INK)
        by = f"; signed off by {self.record.signoff.get('by', '-')}" if self.record.signoff else ""
        self._line(f"{counts['PASS']} steps passed, {counts['FAIL']} failed, {counts['SKIP']} left out{by}", 5)
        if self.record.signoff and self.record.signoff.get("remarks"):
            self._text(f"Remarks: {self.record.signoff['remarks']}")
        self.ln(2)

    def steps(self):
        for step in self.record.results.values():
            rows = list(figures.rows(step))
            if self.will_page_break(8 + 4.2 * min(len(rows), 8)):
                self.add_page()
            self.set_draw_color(_LINE)
            self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
            self._font(9, _COLOURS.get(step["verdict"], (_INK,) * 3), "B")
            self.cell(_INDENT - 8, 5.5, step["verdict"])
            self._font(9, _INK, "B")
            self.cell(26, 5.5, _latin(step["step"]))
            self._font(9, _INK)
            self.multi_cell(0, 5.5, _latin(step["text"]), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            for row in rows:
                self._row(row)
            if step.get("at") is not None:
                self._font(7, _PALE)
                self.set_x(self.l_margin + _INDENT)
                self._line(f"{figures.when(step['at'])}, took {step.get('took_s', 0)} s", 3.8)
            self.ln(1)
        earlier = [step for step in self.record.steps if step is not self.record.results[step["step"]]]
        if earlier:
            self._title("Earlier tries")
            for step in earlier:
                self._text(f"{step['verdict']} {step['step']}: {step['text']}")

    def curves(self):
        for name, curve in self.record.curves.items():
            kind = name.split(".")[0]
            if kind == "pilot" and curve:
                self._plot(f"Control pilot while PWM was on ({name})", *pdf_plot.pilot(curve))
            elif kind == "load" and len(curve) > 1:
                self._plot(f"Load test ({name})", *pdf_plot.load(curve))

    def settings(self):
        settings = (self.record.signoff or {}).get("settings")
        if settings:
            self._title("Settings that differ from the factory's")
            for name, value in sorted(settings.items()):
                self._row((name, value, ""))
        self._title("Photographs (attach)")
        self._text("[ ] nameplate and label   [ ] supply terminals and earth   [ ] upstream protection   [ ] charger as mounted")

    def proof(self):
        state, why = self.record.check()
        if self.will_page_break(50):
            self.add_page()
        self._title("Proof")
        self._font(9, _COLOURS["PASS" if state == records.SIGNED else "FAIL" if state == records.BROKEN else "SKIP"], "B")
        self._line(f"Record {state}", 5)
        self._text(why[0].upper() + why[1:] + ".")
        for name, value in (("SHA-256", self.record.hash), ("signature", self.record.signature), ("public key", self.record.public_key)):
            self._font(7, _INK)
            self.cell(_INDENT, 3.8, name)
            self.set_font("Courier", size=7)
            self.multi_cell(0, 3.8, value or "-", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._font(8, _PALE)
        text = (
            "The hash covers every line of the record (h0 = SHA-256(line 0), hn = SHA-256(hn-1 + line n)); the signature is ECDSA P-256 "
            f"over it. `rudved verify {self.record.name}.json` checks both. Curves are what the host saw; they are not signed."
        )
        self.multi_cell(0, 4, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    # Pieces

    def _font(self, size, colour, style=""):
        self.set_font(_FONT, style, size)
        self.set_text_color(*(colour if isinstance(colour, tuple) else (colour,)))

    def _line(self, text, high):
        self.cell(0, high, _latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _text(self, text):
        self._font(9, _INK)
        self.multi_cell(0, 4.5, _latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _title(self, text):
        self.ln(3)
        self._font(11, _INK, "B")
        self._line(text, 6)

    def _row(self, row):
        what, figure, limits = row
        self._font(8, _INK)
        self.set_x(self.l_margin + _INDENT)
        self.cell(_COLUMNS[0], 4.2, _latin(what))
        wide = _COLUMNS[1] if limits else _COLUMNS[1] + _COLUMNS[2]
        self.multi_cell(wide, 4.2, _latin(figure), new_x=XPos.RIGHT, new_y=YPos.TOP if limits else YPos.LAST)
        if limits:
            self.set_text_color(_PALE)
            self.cell(0, 4.2, _latin("must be " + limits))
        self.ln(4.2)

    def _code(self, matrix, left, top):
        dot = _QR_MM / len(matrix)
        self.set_fill_color(0)
        for y, row in enumerate(matrix):
            for x, dark in enumerate(row):
                if dark:
                    self.rect(left + x * dot, top + y * dot, dot, dot, "F")

    def _plot(self, title, *plot):
        if self.will_page_break(78):
            self.add_page()
        self._title(title)
        pdf_plot.draw(self, *plot)


def _latin(text):
    """The font's letters; what it lacks is a question mark (the JSON beside the report has it)."""
    return str(text).encode("latin-1", "replace").decode("latin-1")
