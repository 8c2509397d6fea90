"""Stage MicroPython's `unittest` for the tests. The firmware needs no module besides MicroPython's own.

The folder serves two ways: on MICROPYPATH of the host, and by `mpremote mip install DIR/package.json` on a board.
"""

import json
import pathlib
import shutil
import tarfile
import tempfile

from tools.deps.sdist import fetch

# requirement, SHA-256 of its sdist, members to keep, licence
TABLE = (
    (
        "micropython-unittest==0.4",
        "83b4a65c44b2f6382bc3dd8fbbe002b5679dbfc3744b99eaa59802e6fd14cf67",
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
    for requirement, sha256, members, _ in table:
        with tempfile.TemporaryDirectory() as scratch:
            contents = _from_sdist(requirement, sha256, members, scratch)
        for name, data in contents.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            names.append(name)
    urls = [[name, name] for name in sorted(names)]
    (folder / "package.json").write_text(json.dumps({"version": "1", "urls": urls, "deps": []}, indent=1) + "\n")


def _from_sdist(requirement, sha256, members, scratch):
    with tarfile.open(fetch(requirement, sha256, scratch)) as sdist:
        root = sdist.getnames()[0].split("/")[0]
        return {member: sdist.extractfile(f"{root}/{member}").read() for member in members}
