"""Builds the interpreter of the folder variant/ below build/chip, once: again only when what it is made from has changed."""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tools.chip.source import FOLDER, VERSION, Unbuilt, tree

VARIANT = Path(__file__).parent / "variant"
_MAKE_S = 900
_LIBRARIES = ("-lmbedtls", "-lmbedx509", "-lmbedcrypto")


@functools.cache
def interpreter(folder=FOLDER):
    """The path of the interpreter, built if need be. Unbuilt says what is missing."""
    made = folder / "micropython"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a test run all ask at once
        inputs = _inputs()
        stamp = folder / "inputs"
        if stamp.is_file() and stamp.read_text() == inputs and _runs(made):
            return made
        _compiler()  # before anything is fetched
        source = tree(folder)
        shutil.rmtree(source / "ports/unix/build-rudved", ignore_errors=True)  # make does not look at a changed .mk
        fresh = folder / "fresh"
        shutil.copy(make(source, "rudved"), fresh)
        fresh.replace(made)  # the old one may be running
        stamp.write_text(inputs)
    return made


def make(source, name, manifest=None):
    """Build the variant in the tree `source` into its ports/unix/build-NAME; the interpreter's path there.

    `manifest`: a file of what is frozen, instead of the variant's own.
    """
    _compiler()
    port = source / "ports/unix"
    # in the tree, named without a folder: make cannot handle a path with spaces
    shutil.copytree(VARIANT, port / "variants" / name, dirs_exist_ok=True)
    if manifest:
        shutil.copy(manifest, port / "variants" / name / "manifest.py")
    if not (source / "mpy-cross/build/mpy-cross").is_file():
        _make(source / "mpy-cross")
    _make(port, f"VARIANT={name}")
    return port / f"build-{name}/micropython"


def _inputs():
    """What the interpreter is made from, as one text: it is built anew when that differs."""
    files = sorted(VARIANT.iterdir())
    digests = [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files if path.is_file()]
    try:
        compiler = subprocess.run(["gcc", "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    except OSError:
        compiler = "none"
    return "\n".join([VERSION, compiler, *digests]) + "\n"


def _runs(path):
    try:
        return subprocess.run([path, "-c", ""], capture_output=True).returncode == 0  # its libraries may have gone
    except OSError:
        return False


def _compiler():
    """Unbuilt, by name of the Debian package, where this machine cannot compile for 32 bits."""
    for word in ("gcc", "make"):
        if not shutil.which(word):
            raise Unbuilt(f"{word} is not installed: apt-get install build-essential")
    if not _compiles("int main(void) { return 0; }"):
        raise Unbuilt("gcc cannot build programs of 32 bits: apt-get install gcc-multilib")
    if not _compiles("#include <mbedtls/ssl.h>\nint main(void) { mbedtls_ssl_init(0); return 0; }", *_LIBRARIES):
        raise Unbuilt(
            "there is no Mbed TLS of 32 bits: dpkg --add-architecture i386; apt-get update; apt-get install libmbedtls-dev:i386"
        )


def _compiles(text, *libraries):
    argv = ["gcc", "-m32", "-x", "c", "-", "-o", os.devnull, *libraries]
    return subprocess.run(argv, input=text, capture_output=True, text=True).returncode == 0


def _make(folder, *words):
    # without the flags of a `make` that may have called us
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "CFLAGS", "LDFLAGS")}
    argv = ["make", f"-j{os.cpu_count()}", *words]
    try:
        done = subprocess.run(
            argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_MAKE_S, env=environment
        )
    except subprocess.TimeoutExpired:
        raise Unbuilt(f"make in {folder}: no end within {_MAKE_S} s") from None
    if done.returncode:
        wrong = [line for line in done.stderr.splitlines() if "error" in line.lower()] or done.stderr.splitlines()
        raise Unbuilt(f"make in {folder} failed: {' / '.join(wrong[:3])}")
