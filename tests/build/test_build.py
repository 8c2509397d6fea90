"""`make firmware`: what is built is what a board reads, judged by other readers than the one that wrote it.

Code is cross-compiled once into build/mpy-cache; the real MicroPython mounts the images and imports from them.
"""

import ast
import dataclasses
import functools
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

import boards
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tools.build import bundle, chips, code, filesystems, fitted, partitions, tree
from tools.build.board import target
from tools.build.chips import CHIPS, chip
from tools.build.errors import BuildError
from tools.build.make import make
from tools.interpreter import interpreter

ROOT = pathlib.Path(__file__).parents[2]
BOARD = "rudved_ac7"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return make(BOARD, folder=tmp_path_factory.mktemp("built"), settings_text="MaxCurrentA=10\n")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    return make(BOARD, "sim", tmp_path_factory.mktemp("sim"))


@pytest.fixture
def key(tmp_path):
    private = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "maker.pem"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path, private


def micropython(program, *argv):
    p = subprocess.run([interpreter(), "-X", "heapsize=32M", "-c", program, *map(str, argv)], capture_output=True, text=True)
    assert p.returncode == 0, p.stdout + p.stderr
    return json.loads(p.stdout)


@pytest.mark.parametrize("name", boards.names())
def test_every_board_builds_and_two_slots_fit_its_flash(name, tmp_path):
    made = make(name, folder=tmp_path).made
    assert set(made) == {"app.rud", "firmware.romfs", "vfs.img", "partitions.bin"}


@functools.cache
def asked(text):
    """Modules that a module's text imports, or loads on demand by a whole name."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load" and node.args:
            found |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    return {f"{one.replace('.', '/')}.py" for one in found if one.split(".")[0] in ("boards", "firmware", "hal")}


def test_board_carries_every_module_that_one_of_its_own_imports_or_loads_for_what_is_fitted():
    for name in boards.names():
        board, texts = boards.load(name), code.carried(target(name))
        carried = {path.as_posix() for path in texts}
        wanted = set().union(*map(asked, texts.values()))
        missing = {path for path in wanted - carried if (ROOT / path).is_file()}
        assert missing <= fitted.left_out(board) and len(wanted) > 100
        drivers = {path for path in carried if path.startswith("hal/drivers/")}
        assert not board.reader or f"hal/drivers/{board.reader}.py" in drivers
        assert len(drivers) == 1 + bool(board.reader) + bool(board.expanders) + bool(board.metering_chip), drivers


@pytest.mark.parametrize("compiled", ["once", pytest.param("anew", marks=pytest.mark.prove)])
def test_two_builds_in_two_folders_are_equal_to_the_byte(compiled, key, tmp_path, monkeypatch):
    make(BOARD, folder=tmp_path / "one", key=key[0])
    if compiled == "anew":
        monkeypatch.setattr(code, "CACHE", tmp_path / "cache")
    make(BOARD, folder=tmp_path / "two", key=key[0])
    one, two = ({p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
                for name in ("one", "two"))
    assert one == two
    assert len(one) > 100


def test_mpy_files_are_of_the_boards_abi_and_of_no_other(built):
    for path, data in built.files.items():
        code.check_header(path, data, CHIPS["esp32s3"])
    native = built.files["hal/drivers/peaks.mpy"]
    with pytest.raises(BuildError, match="native code 3/10, sim loads 3/"):
        code.check_header("peaks", native, chip("sim"))
    with pytest.raises(BuildError, match="version 6"):
        code.check_header("old", b"M\x05" + native[2:], CHIPS["esp32s3"])


def test_what_this_interpreter_says_it_loads_is_what_the_build_makes_for_it():
    assert micropython("import sys; print(sys.implementation._mpy)") == chip("sim").mpy


def test_interpreter_that_is_none_is_refused_by_name(monkeypatch):
    chips._simulated.cache_clear()
    for named, why in (("/nowhere/micropython", "is no program"), (sys.executable, "it is no MicroPython")):
        monkeypatch.setenv("RUDVED_MICROPYTHON", named)
        with pytest.raises(BuildError, match=f"{named}.*{why}"):
            chip("sim")


def test_a_traceback_names_the_module_which_is_no_name_more_than_the_chip_holds():
    files = code.app(target("rudved_ac7"))
    for path, name in (("firmware/safety/core.mpy", b"firmware.safety.core"), ("boards/__init__.mpy", b"boards")):
        assert name + b"\0" in files[path] and b".py\0" not in files[path]


def test_littlefs_image_is_read_by_micropython_and_by_littlefs_python(built):
    image = built.made["vfs.img"].read_bytes()
    size = built.target.partition("vfs").size
    image += b"\xff" * (size - len(image))
    assert filesystems.read_littlefs(image) == built.root
    found = micropython(_MOUNT, built.made["vfs.img"], size)
    assert found == {path: hashlib.sha256(data).hexdigest() for path, data in built.root.items()}


_MOUNT = """
import vfs, os, sys, json, hashlib, binascii
with open(sys.argv[1], "rb") as f:
    data = bytearray(f.read())
size = int(sys.argv[2])
class Flash:
    def readblocks(self, block, buf, offset=0):
        at = block * 4096 + offset
        part = memoryview(data)[at:at + len(buf)]
        for i in range(len(buf)):
            buf[i] = 255
        buf[:len(part)] = part
    def writeblocks(self, block, buf, offset=0):
        return -5
    def ioctl(self, op, arg):
        return {4: size // 4096, 5: 4096}.get(op, 0)
vfs.mount(vfs.VfsLfs2(Flash()), "/x")
found = {}
def walk(path):
    for name, kind, _, _ in os.ilistdir(path):
        if kind & 0x4000:
            walk(path + "/" + name)
        else:
            with open(path + "/" + name, "rb") as f:
                found[(path + "/" + name)[3:]] = binascii.hexlify(hashlib.sha256(f.read()).digest()).decode()
walk("/x")
print(json.dumps(found))
"""


def test_romfs_image_is_mounted_and_imported_from_by_micropython(simulated):
    program = """
import vfs, sys, json
with open(sys.argv[1], "rb") as f:
    vfs.mount(vfs.VfsRom(f.read()), "/rom")
sys.path[:] = [".frozen", "/rom"]
import firmware.version, firmware.app, boards
print(json.dumps([firmware.version.VERSION, firmware.app.__file__, boards.load("rudved_ac7").model]))
"""
    assert micropython(program, simulated.made["firmware.romfs"]) == ["0.1.0", "/rom/firmware/app.mpy", "AC7"]


def test_settings_on_a_new_board_are_read_by_the_firmware(built, tmp_path):
    (tmp_path / "settings.1").write_bytes(built.root["data/settings.1"])
    program = f"""
import sys, json
sys.path[:] = [".frozen", {str(ROOT)!r}]
import boards
from firmware.storage.settings import Settings
print(json.dumps(Settings(sys.argv[1], boards.load("rudved_ac7")).get("MaxCurrentA")))
"""
    assert micropython(program, tmp_path) == 10


def test_setting_that_cannot_be_is_named_and_nothing_is_built(tmp_path):
    with pytest.raises(BuildError, match="MaxCurrentA cannot be '99'"):
        make(BOARD, folder=tmp_path / "x", settings_text="MaxCurrentA=99\n")
    with pytest.raises(BuildError, match="line 1: 'MaxCurrentA 10' is not NAME=VALUE"):
        make(BOARD, folder=tmp_path / "x", settings_text="MaxCurrentA 10\n")
    assert not (tmp_path / "x").exists()


def test_boot_keeps_every_contactor_open_before_anything_but_the_prompts_lock(built):
    statements = ast.parse(built.root["boot.py"]).body[1:]  # behind its docstring
    lock = [statement for statement in statements if ast.unparse(statement).startswith("if LOCKED:")]
    assert [ast.unparse(one) for one in statements if one not in lock] == [
        "import micropython", "LOCKED = False", "import machine", f"RELAYS = {built.target.relays}",
        "for _number, _level in RELAYS:\n    machine.Pin(_number, machine.Pin.OUT, value=_level)",
    ]
    board = boards.load(BOARD)
    assert built.target.relays == ((board.pins["contactor_1"], 0),)


def test_board_without_a_named_contactor_pin_is_not_built():
    with pytest.raises(BuildError, match="no contactor's pin"):
        tree.selector(dataclasses.replace(target(BOARD), relays=()))


class TestBundle:
    def test_holds_the_apps_files_and_says_for_what_they_are(self, built):
        head, files = bundle.unpack(built.made["app.rud"].read_bytes())
        assert files == built.files
        assert head == {
            "board": BOARD, "chip": "esp32s3", "mpy": "11014", "version": "0.1.0", "config": "1 1",
            "files": f"{len(files)} {sum(map(len, files.values()))}", "signature": "none",
        }

    def test_signature_holds_over_all_of_the_manifest(self, key, tmp_path):
        data = make(BOARD, folder=tmp_path / "out", key=key[0]).made["app.rud"].read_bytes()
        public = key[1].public_key()
        bundle.unpack(data, public)
        changed = data.replace(b"version 0.1.0", b"version 0.1.1")
        with pytest.raises(BuildError, match="signature"):
            bundle.unpack(changed, public)
        with pytest.raises(BuildError, match="signature"):
            bundle.unpack(data, ec.generate_private_key(ec.SECP256R1()).public_key())

    def test_one_wrong_byte_anywhere_in_the_files_is_found(self, built):
        data = bytearray(built.made["app.rud"].read_bytes())
        begin = data.index(b"\nsignature ")
        for at in range(begin + 20, len(data), 9973):
            data[at] ^= 1
            with pytest.raises(BuildError, match="SHA-256"):
                bundle.unpack(bytes(data))
            data[at] ^= 1

    def test_only_a_p256_key_signs(self, tmp_path):
        other = ec.generate_private_key(ec.SECP384R1())
        path = tmp_path / "other.pem"
        path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with pytest.raises(BuildError, match="P-256"):
            bundle.private_key(path)
        path.write_text("nonsense")
        with pytest.raises(BuildError, match="no private key"):
            bundle.private_key(path)


class TestPartitions:
    def test_table_is_read_by_a_second_reader(self, built):
        data = built.made["partitions.bin"].read_bytes()
        rows, sums = [], None
        for n in range(len(data) // 32):
            row = data[32 * n:32 * n + 32]
            if row.startswith(b"\xaaP"):
                label = row[12:28].split(b"\0")[0].decode()
                rows.append((label, row[2], row[3], *struct.unpack_from("<II", row, 4)))
            elif row.startswith(b"\xeb\xeb"):
                sums = row[16:] == hashlib.md5(data[:32 * n]).digest()
            else:
                assert row == b"\xff" * 32
        assert sums is True
        assert rows == [(p.label, p.type, p.subtype, p.offset, p.size) for p in built.target.partitions()]
        assert partitions.read_table(data) == built.target.partitions()

    @pytest.mark.parametrize("row, told", [
        ("vfs, data, fat, 0x20000, 0x1000", "inside app"),
        ("vfs, data, fat, 0xff000, 0x2000", "outside"),
        ("vfs, data, fat, 0x8000, 0x1000", "outside"),
        ("vfs, data, fat, 0x80800, 0x1000", "multiple"),
        ("two, app, ota_1, 0x81000, 0x10000", "multiple"),
        ("app, data, fat, 0x80000, 0x1000", "one label"),
        ("a_label_far_too_long, data, fat, 0x80000, 0x1000", "16 characters"),
        ("vfs, data, what, 0x80000, 0x1000", "line 2"),
        ("vfs, data, fat", "line 2"),
    ])
    def test_table_that_cannot_be_is_refused(self, row, told):
        with pytest.raises(BuildError, match=told):
            partitions.read_csv("app, app, ota_0, 0x10000, 0x40000\n" + row, 1 << 20)

    def test_damaged_table_is_told(self, built):
        data = bytearray(built.made["partitions.bin"].read_bytes())
        data[5] ^= 1
        with pytest.raises(BuildError, match="MD5"):
            partitions.read_table(bytes(data))
        with pytest.raises(BuildError, match="no partition table"):
            partitions.read_table(b"\xff" * 0xC00)


def test_version_of_a_build_is_in_its_bundle_and_in_its_code(tmp_path):
    done = make(BOARD, "sim", tmp_path, own_version="9.8.7-rc1")
    assert b"\nversion 9.8.7-rc1\n" in done.made["app.rud"].read_bytes()
    (tmp_path / "version.mpy").write_bytes(done.files["firmware/version.mpy"])
    assert micropython(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import version; print('\"%s\"' % version.VERSION)") == "9.8.7-rc1"
    with pytest.raises(BuildError, match="1 to 20"):
        make(BOARD, "sim", tmp_path, own_version='"; import os #')
