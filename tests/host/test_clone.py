"""Many units from one template: read back, labelled, gone on with after a pulled one."""

import contextlib
import csv
import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
import segno
from PIL import Image

from tests.host.bench import Wire, answer, charger, result, rudved

TEMPLATE = {"MaxCurrentA": "16", "CpoName": "Rud Ved", "CsmsUrl": "ws://127.0.0.1:9/ocpp", "FreeVendActive": "true"}


@pytest.fixture(scope="module")
def untouched():
    """The port of a charger that no test may change."""
    with charger(seed=3) as sim:
        yield sim.ready["console"]


@pytest.fixture
def job(tmp_path):
    """The words of the command: template and list; `write(lines)` makes the list."""
    body = "".join(f"{name}={value}\n" for name, value in TEMPLATE.items())
    (tmp_path / "fleet.cfg").write_text(f"rudved-config 1\n{body}end\n")
    return Job(tmp_path)


class Job:
    def __init__(self, folder):
        self.folder = folder
        self.list = folder / "units.csv"
        self.words = ["clone", folder / "fleet.cfg", self.list, "--no-wait", "--labels", folder / "labels"]

    def write(self, *lines):
        self.list.write_text("\n".join(lines) + "\n")

    def run(self, *ports, words=()):
        return answer(*self.words, *words, *[word for port in ports for word in ("--port", port)])

    def book(self):
        """Row -> its last line in the book."""
        with open(self.folder / "units.results.csv", newline="") as file:
            return {int(line["row"]): line for line in csv.DictReader(file)}


def held(port):
    found = result("config", "export", "--all", port=port)["settings"]
    found["ChargePointId"] = result("config", "get", "ChargePointId", port=port)["value"]
    return found


def test_a_unit_gets_template_and_own_settings_and_they_are_read_back(job):
    job.write("serial,cp_id,password,MaxCurrentA,evse_id", "R0000003,IN-PUN-3,0123456789abcdef,10,IN*RDV*E3")
    with charger(seed=3) as sim:
        status, lines = job.run(sim.ready["console"])
        assert status == 0 and lines[-1]["result"] == {"units": 1, "done": 1, "left": [], "results": str(job.folder / "units.results.csv")}
        now = held(sim.ready["console"])
        assert (now["ChargePointId"], now["MaxCurrentA"], now["CpoName"]) == ("IN-PUN-3", "10", "Rud Ved")
        assert now["CsmsUrl"] == TEMPLATE["CsmsUrl"]
        assert rudved("config", "confirm", port=sim.ready["console"])[0] == 8, "nothing waits to be confirmed any more"
        assert (job.book()[1]["result"], job.book()[1]["serial"]) == ("done", "R0000003")
        again, lines = job.run(sim.ready["console"])
        assert again == 0 and len(lines) == 1


def test_a_pulled_unit_is_named_and_the_same_command_goes_on_with_it_alone(job):
    job.write("serial,cp_id", "R0000003,CP-3", "R0000004,CP-4")
    with charger(seed=3) as three, charger(seed=4) as four:
        with Wire(four.ready["console"], cut_after=1500) as wire:
            status, lines = job.run(three.ready["console"], wire.path)
            assert wire.pulled.is_set(), lines[-1]
        assert status == 9
        assert [(one["row"], one["name"]) for one in lines[-1]["result"]["left"]] == [(2, "CP-4")]
        assert job.book()[2]["result"] == "failed" and "GONE" in job.book()[2]["what"]
        first = job.book()[1]
        status, lines = job.run(three.ready["console"], four.ready["console"])
        assert status == 0
        assert [line["serial"] for line in lines if line.get("event") == "unit"] == ["R0000004"]
        assert job.book()[1] == first
        for sim, name in ((three, "CP-3"), (four, "CP-4")):
            assert held(sim.ready["console"])["ChargePointId"] == name


@pytest.mark.prove
@pytest.mark.parametrize("cut_after", range(300, 6001, 800))
def test_wherever_a_unit_is_pulled_the_next_run_makes_it_whole(job, cut_after):
    job.write("serial,cp_id,installer_secret", ",CP-8,generate")
    with charger(seed=8) as sim:
        with Wire(sim.ready["console"], cut_after=cut_after) as wire:
            job.run(wire.path)
        status, lines = job.run(sim.ready["console"])
        assert status == 0, lines
        secret = next(csv.DictReader(open(job.folder / "units.secrets.csv")))["value"]
        assert rudved("config", "set", "MaxCurrentA=12", "--yes", port=sim.ready["console"])[0] == 5
        assert rudved("config", "set", "MaxCurrentA=12", "--yes", port=sim.ready["console"], env={"RUDVED_SECRET": secret})[0] == 0
        assert held(sim.ready["console"])["ChargePointId"] == "CP-8"


def test_a_unit_without_a_row_is_left_as_it_was(job, untouched):
    job.write("serial,cp_id", "R0000099,CP-99")
    status, lines = job.run(untouched)
    assert status == 9
    assert held(untouched)["ChargePointId"] == ""


def test_a_setting_the_charger_refuses_fails_the_unit_and_changes_nothing(job, untouched):
    job.write("serial,cp_id,MaxCurrentA", ",CP-3,99")
    status, _ = job.run(untouched)
    assert status == 9
    assert "MaxCurrentA cannot be '99'" in job.book()[1]["what"]
    now = held(untouched)
    assert (now["ChargePointId"], now["CpoName"], now["MaxCurrentA"]) == ("", "", "32")
    assert result("config", "diff", port=untouched) == []


@pytest.mark.prove
def test_a_unit_the_central_system_does_not_accept_is_taken_back(job, untouched):
    job.write("serial,cp_id", ",CP-3")
    status, _ = job.run(untouched, words=("--check-central", "1"))
    assert status == 9 and "central system did not accept" in job.book()[1]["what"]
    assert held(untouched)["ChargePointId"] == ""


def test_labels_say_the_unit_and_their_code_too_and_secrets_are_for_their_owner(job):
    job.write("serial,cp_id,password,installer_secret,evse_id,location", ",IN-PUN-3,generate,generate,IN*RDV*E3,Pune & co")
    with charger(seed=3) as sim:
        assert job.run(sim.ready["console"], words=("--qr", "https://x.example/{name}?s={serial}"))[0] == 0
    labels = job.folder / "labels"
    svg = (labels / "R0000003.svg").read_text()
    for text in ("IN-PUN-3", "S/N R0000003", "IN*RDV*E3", "Pune &amp; co"):
        assert text in svg
    expected = segno.make("https://x.example/IN-PUN-3?s=R0000003", error="m", micro=False)
    assert modules_of_svg(svg, len(expected.matrix)) == [list(map(bool, row)) for row in expected.matrix]
    assert modules_of_png(labels / "R0000003.png", len(expected.matrix)) == [list(map(bool, row)) for row in expected.matrix]
    kept = {line["name"]: line["value"] for line in csv.DictReader(open(job.folder / "units.secrets.csv"))}
    assert len(kept["AuthorizationKey"]) == 40 and kept["installer_secret"] in (labels / "R0000003-sealed.svg").read_text()
    for name in ("units.secrets.csv", "labels/R0000003-sealed.svg", "labels/R0000003-sealed.png"):
        assert stat.S_IMODE((job.folder / name).stat().st_mode) == 0o600
    for name in ("units.results.csv", "labels/R0000003.svg"):
        assert not any(secret in (job.folder / name).read_text() for secret in kept.values())


def modules_of_svg(svg, side):
    dark = {(int(x) - 4, int(y) - 4) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg)}
    return [[(x, y) in dark for x in range(side)] for y in range(side)]


def modules_of_png(path, side):
    """Found in the picture alone: the dark box around the code, then the middle of each module."""
    image = Image.open(path).convert("L").point(lambda level: 255 * (level < 128))
    left, top, right, bottom = image.crop((0, 0, 320, image.height)).getbbox()  # beside it stands text
    step = (bottom - top) / side
    assert right - left == bottom - top
    return [[image.getpixel((left + int((x + 0.5) * step), top + int((y + 0.5) * step))) > 0 for x in range(side)] for y in range(side)]


BAD = {
    "serial,cp_id\nR1,A\nR1,B\n": "serial R1 is in rows 1 and 2",
    "serial,cp_id\nR1,A\nR2,A\n": "ChargePointId A is in rows 1 and 2",
    "serial,cp_id\nR1\n": "line 2: 1 cells, the first line names 2 columns",
    "serial,cp_id,cp_id\nR1,A,A\n": "column 'ChargePointId' is there twice",
    "serial,CpoName\nR1,generate\n": "CpoName cannot be generated",
    "serial,cp_id\n": "a line for each unit",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_list_is_told_before_any_charger_is_touched(job, text):
    job.list.write_text(text)
    status, lines = job.run("/dev/nowhere")
    assert status == 6 and BAD[text] in lines[0]["error"] and "units.csv" in lines[0]["error"]


@pytest.mark.prove
def test_a_column_that_is_no_setting_fails_the_unit_by_its_name(job, untouched):
    job.write("serial,Colour", ",blue")
    assert job.run(untouched)[0] == 9
    assert "Colour: there is no such setting" in job.book()[1]["what"]


@pytest.mark.prove
def test_a_book_cut_short_by_a_crash_is_gone_on_with(job):
    job.write("serial,cp_id", ",CP-3", ",CP-4")
    with charger(seed=3) as three, charger(seed=4) as four:
        assert job.run(three.ready["console"])[0] == 9
        book = job.folder / "units.results.csv"
        book.write_bytes(book.read_bytes() + b"2026-11-22T10:00:00Z,2,R00")
        assert job.run(three.ready["console"], four.ready["console"])[0] == 0
    assert {line["serial"] for line in job.book().values()} == {"R0000003", "R0000004"}


def fleet(job, count, pulled, at_once):
    """`count` units, `at_once` on the bench; those in `pulled` lose their cable in the middle of the first run."""
    job.write("serial,cp_id,password", *[f"R{seed:07d},IN-PUN-{seed:03d},generate" for seed in range(1, count + 1)])
    for first in range(1, count + 1, at_once):
        seeds = range(first, min(first + at_once, count + 1))
        with contextlib.ExitStack() as stack, ThreadPoolExecutor(at_once) as pool:
            sims = [stack.enter_context(sim) for sim in pool.map(lambda seed: charger(seed=seed), seeds)]
            ports = [sim.ready["console"] for sim in sims]
            wired = [
                stack.enter_context(Wire(port, cut_after=2000)).path if seed in pulled else port for seed, port in zip(seeds, ports)
            ]
            status, _ = job.run(*wired)
            assert status == (0 if seeds[-1] == count and not pulled & set(seeds) else 9)
            book = job.book()
            for seed in seeds:
                assert book[seed]["result"] == ("failed" if seed in pulled else "done"), book[seed]
            if pulled & set(seeds):
                status, lines = job.run(*ports)
                done = [line["row"] for line in lines if line.get("event") == "unit"]
                assert done == [str(seed) for seed in sorted(pulled & set(seeds))]
            for seed, port in zip(seeds, ports):
                now = held(port)
                assert now["ChargePointId"] == f"IN-PUN-{seed:03d}"
                assert {name: now[name] for name in TEMPLATE} == TEMPLATE
    assert {line["result"] for line in job.book().values()} == {"done"}
    assert len(list((job.folder / "labels").glob("*.png"))) == count


@pytest.mark.prove
def test_fifty_units_two_of_them_pulled_in_the_middle(job):
    fleet(job, 50, {17, 38}, at_once=5)
