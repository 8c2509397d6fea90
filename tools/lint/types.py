"""The type checker over what runs on the chip, against the stubs of the ESP32-S3's MicroPython.

`hal/esp32` is held to all of it. Elsewhere nothing is annotated, so the checker takes an attribute that begins as None to be
None for ever, and a list that begins full of None to hold nothing else: lines of which it says so are left out. A wrong
name, a wrong argument or a mix of ticks is found everywhere.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import sysconfig

WHOLE = "hal/esp32/"
CHECKED = ("hal/esp32", "hal/drivers", "hal/boot", "firmware", "boards")
RULES = {
    "typeCheckingMode": "standard", "pythonVersion": "3.11", "pythonPlatform": "Linux", "reportMissingModuleSource": False,
    "reportPossiblyUnboundVariable": False,  # it does not see that two conditions are one
}


def findings(root):
    """(file, line, rule, what is wrong) below `root`. Nothing is asked twice: what was found clean is remembered by its text."""
    root = root.resolve()
    site = sysconfig.get_paths()["purelib"]
    files = sorted(file for folder in CHECKED for file in (root / folder).rglob("*.py"))
    digest = hashlib.sha256(pathlib.Path(__file__).read_bytes() + site.encode())
    for file in files:
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    stamp = root / "build/lint/types"
    if not files or (stamp.exists() and stamp.read_text() == digest.hexdigest()):
        return
    stamp.parent.mkdir(parents=True, exist_ok=True)
    project = stamp.with_name("pyrightconfig.json")
    project.write_text(json.dumps(RULES | {
        "include": [str(root / folder) for folder in CHECKED], "extraPaths": [str(root), site],
        "exclude": [f"{root}/boards/*/manifest.py"],  # in the language of MicroPython's build
        "typeshedPath": site, "stubPath": str(pathlib.Path(__file__).with_name("stubs")),
    }))
    checker = pathlib.Path(sys.executable).with_name("basedpyright")
    ran = subprocess.run([checker, "--project", project, "--outputjson"], capture_output=True, text=True, cwd=root)
    try:
        told = json.loads(ran.stdout)["generalDiagnostics"]
    except (ValueError, KeyError):
        yield "pyproject.toml", 1, "types", "the type checker has failed: " + (ran.stderr or ran.stdout).strip()[:500]
        return
    found = [(pathlib.Path(one["file"]).relative_to(root).as_posix(), one["range"]["start"]["line"] + 1, one) for one in told]
    of_none = {(name, line) for name, line, one in found if not name.startswith(WHOLE) and _of_none(one["message"])}
    clean = True
    for name, line, one in found:
        if (name, line) not in of_none:
            clean = False
            yield name, line, "types", f"{' '.join(one['message'].split())} ({one.get('rule', one['severity'])})"
    if clean:
        stamp.write_text(digest.hexdigest())


def _of_none(text):
    return "None" in text or '"Never"' in text
