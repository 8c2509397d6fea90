"""The interpreter that is configured like the chip: how it is had, and that it is what it says."""

import re
import shutil
import subprocess

import pytest

from tools.chip import build, source
from tools.chip.source import Unbuilt


def test_without_apt_the_files_that_are_wanted_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unbuilt, match=r"no apt-get here.*micropython_1.25.0\+ds-1.dsc"):
        source.fetch(tmp_path / "packages")


def test_an_archive_that_cannot_be_reached_is_told(tmp_path, monkeypatch):
    if not shutil.which("apt-get"):
        pytest.skip("apt-get is not installed")
    monkeypatch.setattr(source, "ARCHIVE", f"deb-src [trusted=yes] file:{tmp_path}/nowhere trixie main")
    with pytest.raises(Unbuilt, match="could not ask Debian's archive"):
        source.fetch(tmp_path / "packages")


def test_a_file_that_is_not_the_pinned_one_is_refused_and_goes(tmp_path):
    for name in source.FILES:
        (tmp_path / name).write_text("something else")
    with pytest.raises(Unbuilt, match="is not the file it should be"):
        source.fetch(tmp_path)
    assert not (tmp_path / next(iter(source.FILES))).exists()


@pytest.mark.parametrize(("fails", "package"), [("", "gcc-multilib"), ("mbedtls", "libmbedtls-dev:i386")])
def test_what_the_compiler_lacks_is_told_by_its_package(tmp_path, monkeypatch, fails, package):
    gcc = tmp_path / "gcc"
    gcc.write_text(f'#!/bin/sh\ntext=$(cat)\ncase "$text" in *"{fails}"*) exit 1;; esac\n')
    gcc.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(Unbuilt, match=package):
        build.make(tmp_path, "none")


def test_it_is_built_once_and_anew_only_when_its_inputs_change(tmp_path, monkeypatch):
    built = []

    def make(tree, name):
        built.append(name)
        (tmp_path / "made").write_text("#!/bin/sh\n")
        (tmp_path / "made").chmod(0o755)
        return tmp_path / "made"

    monkeypatch.setattr(build, "make", make)
    monkeypatch.setattr(build, "_compiler", lambda: None)
    monkeypatch.setattr(build, "tree", lambda folder: folder)
    once = build.interpreter.__wrapped__
    for inputs, times in (("a", 1), ("a", 1), ("b", 2)):
        monkeypatch.setattr(build, "_inputs", lambda inputs=inputs: inputs)
        assert once(tmp_path / "chip") == tmp_path / "chip/micropython"
        assert len(built) == times
    (tmp_path / "chip/micropython").write_text("no longer runs")
    once(tmp_path / "chip")
    assert len(built) == 3


@pytest.fixture(scope="module")
def chip():
    try:
        return build.interpreter()
    except Unbuilt as why:
        pytest.skip(str(why))


@pytest.mark.prove
def test_it_has_the_chips_words_floats_and_queue(chip):
    code = """
import micropython, sys, tls, vfs
assert sys.maxsize == 0x7FFFFFFF
assert 1e8 + 1 == 1e8                           # 24 bits
micropython.heap_lock()
1 << 29
try:
    [sys.maxsize + 0]
except MemoryError:
    print("words")
micropython.heap_unlock()
queued = 0
try:
    while True:
        micropython.schedule(print, "")
        queued += 1
        if queued > 100:
            break
except RuntimeError:
    pass
print(hasattr(vfs, "VfsRom"), hasattr(vfs, "VfsLfs2"))
@micropython.native
def native():
    return 1
print(native())
"""
    said = subprocess.run([chip, "-c", code], capture_output=True, text=True)
    assert said.stderr == ""
    assert [line for line in said.stdout.splitlines() if line] == ["words", "True True", "1"]


@pytest.mark.prove
def test_its_options_are_those_of_the_esp32_port_but_for_the_ones_it_names(chip):
    tree = source.tree()
    header = (build.VARIANT / "mpconfigvariant.h").read_text().replace("\n// ", " ")
    named = " ".join(re.findall(r"Not as there: ((?:MICROPY_\w+\*?[ .,])+)", header)).replace(".", "").replace(",", "").split()
    differing = [name for name, ours, theirs in _options(tree) if ours != theirs]
    unnamed = [name for name in differing if not any(_meant(each, name) for each in named)]
    stale = [each for each in named if not any(_meant(each, name) for name in differing)]
    assert (unnamed, stale) == ([], [])


def _meant(named, option):
    return option.startswith(named[:-1]) if named.endswith("*") else option == named


def _options(tree):
    """(name, value here or -1, value there) of each option that the esp32 port sets to a plain number or choice."""
    port = tree / "ports/unix"
    text = (tree / "ports/esp32/mpconfigport.h").read_text()
    plain = r"^#define (MICROPY_\w+)[ \t]+(\((?:\d+|\d+ \* \d+|MICROPY_(?:LONGINT|FLOAT|ERROR|CONFIG|OBJ_REPR)_\w+)\))"
    lines = ['#include "py/mpconfig.h"', "#include <limits.h>", "#include <stdio.h>", "int main(void) {"]
    for name, value in dict(re.findall(plain, text, re.M)).items():
        lines += [f"#ifdef {name}", f'printf("%s %d %d\\n", "{name}", (int)({name}), (int){value});', "#else"]
        lines += [f'printf("%s -1 %d\\n", "{name}", (int){value});', "#endif"]
    compiled = subprocess.run(
        ["make", "-n", "-B", "V=1", "VARIANT=rudved", "build-rudved/main.o"], cwd=port, capture_output=True, text=True, check=True
    )
    (line,) = [each for each in compiled.stdout.splitlines() if " -c " in each and " main.c" in each]
    program = tree / "options"
    argv = ["gcc", "-m32", "-w", "-x", "c", "-", "-o", program, *re.findall(r"(?<= )-[DI]\S+", line)]
    subprocess.run(argv, input="\n".join([*lines, "}", ""]), text=True, cwd=port, check=True)
    for row in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines():
        name, ours, theirs = row.split()
        yield name, int(ours), int(theirs)
