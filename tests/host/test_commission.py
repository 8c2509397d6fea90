"""`rudved commission` on a whole simulated charger: stopped, gone on with, signed; and its report read back."""

import hashlib
import json
import re
import threading
import time
import zlib
from contextlib import contextmanager

import pytest

from tests.host.bench import Wire, answer, charger, result, rudved
from tools.host import record as records
from tools.host.label import code

ANSWERS = {"label": "R0000001", "rating_ma": "32", "n_pe_mv": "0.8", "loop_mohm": "0.43", "seen": "yes", "minutes": "1", "load_w": "",
           "by": "A. Technician", "remarks": "bay 7", "ready": ""}  # fmt: skip


def words(folder, **changed):
    return ["commission", "-o", folder, *[word for key, text in (ANSWERS | changed).items() for word in ("--answer", f"{key}={text}")]]


@contextmanager
def site(speed=20):
    """A charger with a vehicle that asks for energy, and somebody who holds a card to the reader again and again."""
    over = threading.Event()
    with charger(speed=speed) as sim:
        sim.do("plug")
        sim.do("vehicle", ready=True, max_a=16)
        sim.do("advance", s=35)
        port = sim.another()

        def tap():
            while not over.wait(0.1):
                port.do("tap", uid="04A1B2C3")

        tapping = threading.Thread(target=tap)
        tapping.start()
        try:
            yield sim
        finally:
            over.set()
            tapping.join()
            port.close()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A commissioning from beginning to end, broken off twice: (folder, the result, events of all runs)."""
    folder = tmp_path_factory.mktemp("report")
    events = []
    with site() as sim:
        port = sim.ready["console"]
        status, lines = answer(*words(folder, label="R7777777"), port=port)
        events += lines
        assert (status, lines[-1]["code"]) == (1, "FAILED"), lines[-1]
        assert lines[-1]["result"]["failed"] == ["identity"] and lines[-1]["result"]["stopped_at"] == "identity"
        assert {line["step"]: line["verdict"] for line in lines if line.get("event") == "step"}["load"] == "PASS"
        status, lines = answer(*words(folder), port=port)
        events += lines
        assert status == 0, lines[-1]
        told = lines[-1]["result"]
        assert result("commission", "--report", "-o", folder, port=port)["hash"] == told["hash"]
        pdf, made = (folder / f"commissioning-R0000001-1.{ending}" for ending in ("pdf", "json"))
        made.with_suffix(".curves.json").write_text(json.dumps(json.loads(made.read_text())["curves"]))
        pdf.unlink()  # as if it had been stopped between the signature and the report
        assert result("commission", "-o", folder, port=port)["hash"] == told["hash"] and pdf.exists()
    return folder, told, events


def test_a_charger_is_commissioned_and_the_record_signed_by_its_own_key(done):
    folder, told, _ = done
    assert (told["verdict"], told["record"]) == ("PASS", records.SIGNED)
    assert [file.rpartition(".")[2] for file in told["files"]] == ["txt", "json", "pdf"]
    made = records.read(folder / "commissioning-R0000001-1.json")
    assert made.hash == told["hash"] and made.check()[0] == records.SIGNED
    assert made.signoff["by"] == "A. Technician"
    assert all(abs(at - time.time()) < 86400 for at in (made.head["at"], made.signoff["at"])), "no central system told the time"
    tries = [step["verdict"] for step in made.steps if step["step"] == "identity"]
    assert tries == ["FAIL", "PASS"], "a step that was repaired stands there twice"


def test_what_the_host_saw_while_steps_ran_outlives_a_stopped_run(done):
    made = records.read(done[0] / "commissioning-R0000001-1.json")
    assert len(made.curves["load"]) >= 10 and made.curves["load"][-1]["wh"] > 0
    assert max(made.curves["pilot"]["mv"]) > 5000 and min(made.curves["pilot"]["mv"]) < -10500
    assert not list(done[0].glob("*.curves.json"))


def test_the_text_says_every_step_with_its_figures_and_limits(done):
    text = (done[0] / "commissioning-R0000001-1.txt").read_text()
    for words in ("RESULT: PASS", "PASS  mains", "must be 207.0 V to 253.0 V", "0.43 ohm", "SKIP  lock", "Earlier tries:", "FAIL  identity",
                  "Signed off by: A. Technician", done[1]["hash"]):  # fmt: skip
        assert words in text, words


def pages_of(path):
    """(text, drawing) of each page of a PDF: its streams inflated, what stands in its strings taken out."""
    data = path.read_bytes()
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")
    pages = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL):
        try:
            drawing = zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue
        if " Tf" in drawing:
            shown = re.findall(r"\(((?:[^()\\]|\\.)*)\) Tj", drawing)
            pages.append(("\n".join(re.sub(r"\\(.)", r"\1", one) for one in shown), drawing))
    return pages


def test_the_pdf_says_the_same_and_draws_both_curves_and_the_code_of_the_hash(done):
    pages = pages_of(done[0] / "commissioning-R0000001-1.pdf")
    text = "\n".join(page for page, _ in pages)
    for shown in ("Commissioning report", "serial number R0000001", "PASSED", "must be 207.0 V to 253.0 V", "0.43 ohm",
                  "Load test (load)", "Control pilot while PWM was on (pilot)", "Remarks: bay 7", "Record signed", done[1]["hash"],
                  "Earlier tries"):  # fmt: skip
        assert shown in text, shown
    made = records.read(done[0] / "commissioning-R0000001-1.json")
    lines = sum(drawing.count(" l\n") for _, drawing in pages)
    assert lines >= len(made.curves["load"]) - 1, "the load test's curve"
    arcs = sum(drawing.count(" c\n") for _, drawing in pages)
    assert arcs >= 3 * len(made.curves["pilot"]["mv"]), "the pilot's dots"
    matrix = code(f"RUDVED-COMMISSIONING;SN=R0000001;NO=1;SHA256={made.hash}").matrix
    assert qr_of(pages[0][1], len(matrix)) == [list(map(bool, row)) for row in matrix]


def qr_of(drawing, side):
    """The modules of the code, out of the filled rectangles of the page."""
    boxes = [tuple(map(float, box)) for box in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) -([\d.]+) re f", drawing)]
    step = boxes[0][2]
    boxes = [box for box in boxes if abs(box[2] - step) < 0.02 and abs(box[3] - step) < 0.02]
    left, top = min(box[0] for box in boxes), max(box[1] for box in boxes)
    dark = {(round((x - left) / step), round((top - y) / step)) for x, y, _, _ in boxes}
    return [[(x, y) in dark for x in range(side)] for y in range(side)]


def test_anybody_can_check_the_record_and_any_change_is_found(done, tmp_path):
    file = done[0] / "commissioning-R0000001-1.json"
    assert result("verify", file)["verdict"] == "PASS"
    good = json.loads(file.read_text())
    for number in range(len(good["lines"])):
        bad = json.loads(json.dumps(good))
        bad["lines"][number] = bad["lines"][number].replace('"took_s": ', '"took_s": 1').replace("R0000001", "R0000002")
        assert refused(tmp_path, bad) == 1, good["lines"][number]
    shorter = good | {"lines": good["lines"][:-1]}
    assert refused(tmp_path, shorter) == 1
    shorter["hash"] = records.chain(shorter["lines"])
    assert refused(tmp_path, shorter) == 1, "a hash made anew is not signed"
    assert refused(tmp_path, good | {"signature": None}) == 1
    assert rudved("verify", file, "--key", good["public_key"])[0] == 0
    assert rudved("verify", file, "--key", "04" + "11" * 64)[0] == 1


def refused(folder, data):
    (folder / "bad.json").write_text(json.dumps(data))
    return rudved("verify", folder / "bad.json")[0]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"lines": ["{}"], "hash": "", "signature": null, "public_key": null}', "nonsense"])
def test_a_file_that_is_no_record_is_told_so(tmp_path, text):
    (tmp_path / "no.json").write_text(text)
    status, lines = answer("verify", tmp_path / "no.json")
    assert (status, lines[-1]["code"]) == (6, "FILE")


def test_the_pdf_can_be_made_anew_from_the_record_and_is_the_same(done, tmp_path):
    stem = done[0] / "commissioning-R0000001-1"
    assert rudved("verify", f"{stem}.json", "--pdf", tmp_path / "again.pdf")[0] == 0
    assert [text for text, _ in pages_of(tmp_path / "again.pdf")] == [text for text, _ in pages_of(stem.with_name(stem.name + ".pdf"))]


QUICK = [word for step in ("contactor", "rcd", "pilot", "rfid", "indicator", "load") for word in ("--skip", f"{step}=bench")]


def steps(lines):
    return [line["step"] for line in lines if line.get("event") == "step"]


@pytest.mark.prove
def test_a_pulled_cable_costs_the_step_that_ran_and_no_more(tmp_path):
    with site() as sim:
        with Wire(sim.ready["console"], cut_after=12000) as wire:
            status, lines = answer(*words(tmp_path), "--patience", "1", "--port", wire.path)
            assert (status, lines[-1]["code"]) == (4, "GONE"), lines[-1]
            assert wire.pulled.is_set(), lines[-1]
        before = steps(lines)
        assert before, "it was pulled before anything was done"
        status, lines = answer(*words(tmp_path), *QUICK, port=sim.ready["console"])
        assert status == 0, lines[-1]
        assert not set(before) & set(steps(lines)) and len(before) + len(steps(lines)) >= 16


@pytest.mark.prove
@pytest.mark.parametrize("cut_after", range(3000, 45000, 7000))
def test_a_cable_plugged_in_again_lets_the_same_run_go_on_to_the_end(tmp_path, cut_after):
    with site() as sim, Wire(sim.ready["console"], cut_after=cut_after) as wire:

        def replug():
            assert wire.pulled.wait(100)
            wire.mend()

        somebody = threading.Thread(target=replug)
        somebody.start()
        status, lines = answer(*words(tmp_path), *QUICK, port=wire.path)
        somebody.join()
        assert status == 0, lines[-1]
        booked = [step["step"] for step in records.read(tmp_path / "commissioning-R0000001-1.json").steps]
        assert len(booked) == len(set(booked)) == 17, booked


def test_a_question_nobody_answers_beforehand_is_told_and_nothing_is_booked(tmp_path):
    with charger() as sim:
        status, lines = answer("commission", "-o", tmp_path, port=sim.ready["console"])
        assert (status, lines[-1]["code"]) == (2, "USAGE") and "--answer identity.label=TEXT" in lines[-1]["error"]
        assert result("ask", "commission", "status", port=sim.ready["console"])["next"] == "identity"


def test_the_chain_is_the_one_the_charger_makes():
    first = hashlib.sha256(b"a").digest()
    assert records.chain(["a", "b"]) == hashlib.sha256(first + b"b").hexdigest()
