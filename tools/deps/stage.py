"""Stage the modules a board needs besides MicroPython itself, and `unittest` for its tests.

The folder serves three ways: on MICROPYPATH of the host, by `mpremote mip install DIR/package.json` on a board,
and as `package(..., base_path=DIR)` in a board build's manifest.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from tools.deps.sdist import fetch

# requirement, SHA-256 of the one file it comes in, what that is, members to keep, licence
TABLE = (
    (
        "microdot==2.7.0",
        "1e9b7b825372e1ba8ebd4c59b6180e15c71f4b5200ec4bcbf8c9f9b5652db379",
        "wheel",
        ("microdot/__init__.py", "microdot/microdot.py", "microdot/helpers.py"),
        "MIT",
    ),
    (
        "micropython-unittest==0.4",
        "83b4a65c44b2f6382bc3dd8fbbe002b5679dbfc3744b99eaa59802e6fd14cf67",
        "sdist",
        ("unittest.py",),
        "MIT",
    ),
)


def stage(folder, table=TABLE):
    """Fetch every row of `table` and lay its members out in `folder`, which is replaced as a whole."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = []
    for requirement, sha256, kind, members, _ in table:
        with tempfile.TemporaryDirectory() as scratch:
            contents = {"wheel": _from_wheel, "sdist": _from_sdist}[kind](requirement, sha256, members, scratch)
        for name, data in contents.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            names.append(name)
    urls = [[name, name] for name in sorted(names)]
    (folder / "package.json").write_text(json.dumps({"version": "1", "urls": urls, "deps": []}, indent=1) + "\n")


def _from_wheel(requirement, sha256, members, scratch):
    wanted = pathlib.Path(scratch, "wanted.txt")
    wanted.write_text(f"{requirement} --hash=sha256:{sha256}\n")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    download = ["download", "--no-deps", "--require-hashes", "--dest", scratch, "--requirement", str(wanted)]
    done = subprocess.run(pip + download, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{requirement}: pip could not fetch it\n{done.stderr}")
    with zipfile.ZipFile(next(pathlib.Path(scratch).glob("*.whl"))) as wheel:
        return {member: wheel.read(member) for member in members}


def _from_sdist(requirement, sha256, members, scratch):
    with tarfile.open(fetch(requirement, sha256, scratch)) as sdist:
        root = sdist.getnames()[0].split("/")[0]
        return {member: sdist.extractfile(f"{root}/{member}").read() for member in members}
