"""`rudved deploy` over mpremote, to a pseudo-terminal that mpremote takes for a board: changed files only, and never a torn slot."""

import hashlib
import json
import os
import pathlib
import pty
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner

from tests.harness.fakeboard import FakeBoard
from tools.build import deploy
from tools.build.errors import BuildError
from tools.build.make import make
from tools.cli import main

BOARD = "rudved_ac7"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return make(BOARD, folder=tmp_path_factory.mktemp("deploy"), own_version="1.0.0")


FEW = ("boot.py", "main.py", "lib/bootslots.mpy", "slots/a/manifest", "slots/a/firmware/version.mpy", "slots/a/boards/fields.mpy")


def few(root):
    return {name: root[name] for name in FEW}


@pytest.fixture(autouse=True)
def only_a_few_files(request, monkeypatch):
    """Each file takes mpremote a tenth of a second: all of them go over the line in the proofs alone."""
    if request.node.get_closest_marker("prove") is None and "image_holds" not in request.node.name:
        monkeypatch.setattr(deploy, "wanted", lambda built: few(built.root))


@pytest.fixture
def board(tmp_path):
    root = tmp_path / "board"
    root.mkdir()
    with FakeBoard(root) as board:
        board.root = root
        yield board


def run(board, built, *words):
    argv = ["deploy", BOARD, "--port", board.port, "--out", str(built.folder), "--json", *words]
    done = CliRunner().invoke(main, argv)
    answer = json.loads(done.stdout)
    assert answer["ok"] == (done.exit_code == 0), done.stderr
    return answer["result"] if answer["ok"] else answer


def there(board):
    return {path.relative_to(board.root).as_posix(): path.read_bytes() for path in board.root.rglob("*") if path.is_file()}


@pytest.mark.prove
def test_whole_firmware_arrives_on_a_board(board, built):
    run(board, built, "--version", "1.0.0")
    assert there(board) == built.root


def test_empty_board_gets_all_and_then_only_what_changed(board, built):
    first = run(board, built, "--version", "1.0.0")
    assert first["same"] == 0 and first["written"]
    assert there(board) == few(built.root)
    kept = board.root / "data/settings.1"
    kept.write_bytes(b"settings of the unit's own")
    assert run(board, built, "--version", "1.0.0")["changed"] == []
    (board.root / "slots/a/firmware/stale.mpy").write_bytes(b"of an older firmware")
    (board.root / "slots/boot.0").write_bytes(b"RUDVED-BOOT 7 b a -1 0 00000000\n")
    again = run(board, built, "--version", "1.0.1")
    assert again["changed"] == ["slots/a/firmware/version.mpy", "slots/a/manifest"]
    assert again["removed"] == ["slots/a/firmware/stale.mpy"]
    found = there(board)
    assert b"\nversion 1.0.1\n" in found["slots/a/manifest"]
    assert found.pop("data/settings.1") == b"settings of the unit's own"
    assert set(found) == set(few(built.root))


def test_dry_run_reads_and_writes_nothing(board, built):
    said = run(board, built, "--dry-run")
    assert len(said["changed"]) == len(few(built.root)) and not said["written"]
    assert there(board) == {}


def test_transfer_that_is_cut_short_leaves_the_slot_empty_never_torn(board, built, monkeypatch):
    run(board, built, "--version", "1.0.0")
    real, calls = deploy.mpremote, []

    def pulled(device, *words):
        calls.append(words)
        if words[0] == "fs":
            raise BuildError("the cable was pulled", "GONE")
        return real(device, *words)

    monkeypatch.setattr(deploy, "mpremote", pulled)
    assert run(board, built, "--version", "1.0.2")["code"] == "GONE"
    assert "slots/a/manifest" not in there(board)
    monkeypatch.undo()
    run(board, built, "--version", "1.0.2")
    assert b"\nversion 1.0.2\n" in there(board)["slots/a/manifest"]


def test_file_that_is_not_kept_is_found(board, built, monkeypatch):
    real = deploy.mpremote

    def spoils(device, *words):
        said = real(device, *words)
        if words[0] == "fs":
            (board.root / "boot.py").write_bytes(b"flash that forgets")
        return said

    monkeypatch.setattr(deploy, "mpremote", spoils)
    answer = run(board, built)
    assert answer["code"] == "DIFFERS" and "boot.py" in answer["error"]


def test_board_that_does_not_listen_is_told(board, tmp_path):
    (tmp_path / "busy.py").write_text("while True:\n    pass\n")
    argv = [sys.executable, "-m", "mpremote", "connect", board.port, "run", "--no-follow", str(tmp_path / "busy.py")]
    subprocess.run(argv, check=True, capture_output=True)
    with pytest.raises(BuildError, match="no prompt of MicroPython within 1 s"):
        deploy.break_in(board.port, 1)


def test_port_without_a_board_is_told():
    with pytest.raises(BuildError, match="/dev/pts/nothing"):
        deploy.break_in("/dev/pts/nothing", 1)


def test_port_that_goes_away_while_reset_is_pressed_is_waited_for(tmp_path):
    """As USB of the chip's own does."""
    port = tmp_path / "port"
    ends = []

    def plug():
        ends[:] = pty.openpty()
        port.symlink_to(os.ttyname(ends[1]))

    def pressed():
        os.read(ends[0], 1)
        port.unlink()
        for end in ends:
            os.close(end)
        plug()
        os.read(ends[0], 1)
        os.write(ends[0], b"\r\n>>> ")

    plug()
    finger = threading.Thread(target=pressed)
    finger.start()
    deploy.break_in(str(port), 20)
    finger.join()
    for end in ends:
        os.close(end)


def test_slots_manifest_goes_last_and_every_change_of_the_slot_renews_it():
    root = {"slots/a/manifest": b"m", "slots/a/x.mpy": b"x", "zz.py": b"z", "boot.py": b"b"}
    held = {name: hashlib.sha256(data).hexdigest() for name, data in root.items()}
    assert deploy.difference(root, held) == ([], [])
    assert deploy.difference(root, {**held, "slots/a/x.mpy": "0"}) == (["slots/a/x.mpy", "slots/a/manifest"], [])
    assert deploy.difference(root, {**held, "slots/a/old": "0"}) == (["slots/a/manifest"], ["slots/a/old"])
    assert deploy.difference(root, {**held, "boot.py": "0"}) == (["boot.py"], [])
    assert deploy.difference(root, {})[0][-1] == "slots/a/manifest"


def test_what_is_deployed_is_what_the_flash_image_holds(built):
    assert set(deploy.wanted(built)) == {name for name in built.root if not name.startswith("data/")}
    assert pathlib.Path(built.folder / "root/boot.py").read_bytes() == built.root["boot.py"]
