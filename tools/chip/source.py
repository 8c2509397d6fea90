"""MicroPython's C source as Debian packs it: fetched once by apt, held against its hashes, unpacked below build/."""

import hashlib
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build/chip"
VERSION = "1.25.0+ds-1"
ARCHIVE = "deb-src [trusted=yes] http://deb.debian.org/debian trixie main"  # trusted: the hashes here are what is checked
FILES = {  # name: SHA-256
    "micropython_1.25.0+ds-1.dsc": "8c7c406be88a6f3bc19e694eb0bbc5841112243fdf2b5a296e000d8fdc5f3c34",
    "micropython_1.25.0+ds.orig.tar.xz": "7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea",
    "micropython_1.25.0+ds-1.debian.tar.xz": "87cd89f7900c86b963885dabe25acf3e5348815993f1500278ad8f6464465af4",
}
_APT_S = 600


class Unbuilt(Exception):
    """The interpreter cannot be had here; the text says what is missing and what would help."""


def tree(folder=FOLDER):
    """The folder with the source, fetched and unpacked if it is not there yet. Wants apt, dpkg-dev and, once, a network."""
    made = folder / f"micropython-{VERSION}"
    if not made.is_dir():
        fetch(folder / "packages")
        if not shutil.which("dpkg-source"):
            raise Unbuilt("dpkg-source is not installed: apt-get install dpkg-dev")
        fresh = folder / "packages/unpacking"
        shutil.rmtree(fresh, ignore_errors=True)
        _run(["dpkg-source", "--no-check", "-x", next(iter(FILES)), str(fresh.resolve())], folder / "packages", "unpack the source")
        fresh.rename(made)
    return made


def fetch(packages):
    """Have every file of FILES in the folder `packages`. Files laid there by hand do as well; a wrong one is refused."""
    packages.mkdir(parents=True, exist_ok=True)
    if any(not (packages / name).is_file() for name in FILES):
        if not shutil.which("apt-get"):
            raise Unbuilt(f"no apt-get here to fetch Debian's source of MicroPython; {', '.join(FILES)} may be laid into {packages}")
        _apt(packages)
    for name, sha256 in FILES.items():
        path = packages / name
        if not path.is_file():
            raise Unbuilt(f"apt-get did not bring {name}")
        if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            path.unlink()
            raise Unbuilt(f"{name} is not the file it should be (its SHA-256 differs); removed")


def _apt(packages):
    # lists and caches of its own: the machine's package sources stay as they are, and nobody needs to be root
    own = packages / "apt"
    for part in ("lists/partial", "cache/archives/partial"):
        (own / part).mkdir(parents=True, exist_ok=True)
    (own / "sources.list").write_text(ARCHIVE + "\n")
    own = own.resolve()
    options = {
        "Dir::Etc::sourcelist": f"{own}/sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": f"{own}/lists",
        "Dir::Cache": f"{own}/cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
    }
    apt = ["apt-get", "-qq", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    # a list that cannot be had is but a warning to apt
    _run([*apt, "-o", "APT::Update::Error-Mode=any", "update"], packages, "ask Debian's archive for its source packages")
    _run([*apt, "source", "--download-only", f"micropython={VERSION}"], packages, "fetch the source package")
    shutil.rmtree(own)


def _run(argv, folder, what):
    try:
        done = subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_APT_S)
    except subprocess.TimeoutExpired:
        raise Unbuilt(f"could not {what}: no end within {_APT_S} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unbuilt(f"could not {what}: {argv[0]} says {' / '.join(said[-3:]) or 'nothing'}")
