"""`rudved deploy`: bring a developer's board up to date over mpremote, changed files only; settings and sessions stay."""

import contextlib
import hashlib
import json
import subprocess
import sys
import time

import click
import serial as pyserial

from tools.build.command import build, build_options
from tools.build.errors import BuildError
from tools.build.tree import DATA
from tools.host import ports
from tools.host.output import guarded

_BREAK_S = 20
_PROMPT = b">>>"
_AT_ONCE = 40  # files in one run of mpremote: its command line is a limit

# Runs on the board: every file of ours with its SHA-256.
_LIST = """
import os, json, hashlib, binascii
found = {}
def walk(path):
    for entry in os.ilistdir(path or "/"):
        name = path + "/" + entry[0]
        if entry[1] & 0x4000:
            walk(name)
        else:
            h = hashlib.sha256()
            with open(name, "rb") as f:
                while True:
                    data = f.read(1024)
                    if not data:
                        break
                    h.update(data)
            found[name[1:]] = binascii.hexlify(h.digest()).decode()
for top in ("slots/a", "lib"):
    try:
        os.stat("/" + top)
    except OSError:
        continue
    walk("/" + top)
for name in ("boot.py", "main.py"):
    try:
        os.stat("/" + name)
    except OSError:
        continue
    with open("/" + name, "rb") as f:
        found[name] = binascii.hexlify(hashlib.sha256(f.read()).digest()).decode()
print("FILES" + json.dumps(found))
"""
# Runs on the board: takes away what is stale, makes folders. The manifest goes first: until it is back the slot is empty.
_PREPARE = """
import os
def remove(name):
    try:
        os.remove("/" + name)
    except OSError:
        pass
for name in {stale!r}:
    remove(name)
for name in {folders!r}:
    try:
        os.mkdir("/" + name)
    except OSError:
        pass
"""
_RESTART = "import machine; machine.reset()"


@click.command()
@click.argument("board")
@click.option("--port", metavar="PORT", help="Default: RUDVED_PORT, or the only port with a charger's USB bridge.")
@click.option("--chip", metavar="NAME", help="For a chip other than the board's.")
@click.option("--dry-run", is_flag=True, help="Say what would change; the board is read, nothing is written.")
@click.option("--no-restart", is_flag=True, help="Leave it at MicroPython's prompt.")
@build_options
@guarded("deploy")
def deploy(out, board, port, chip, dry_run, no_restart, **options):
    """Put the firmware of this checkout into slot a of the BOARD at PORT, with its selector; only files that differ."""
    built = build(board, chip, **options)
    device = ports.find(port)
    root = wanted(built)
    out.note(f"{device}: waiting for MicroPython's prompt (press RESET on the board if this takes long)")
    break_in(device)
    there = listing(device)
    changed, stale = difference(root, there)
    result = {"board": board, "version": built.version, "port": device, "changed": changed, "removed": stale,
              "same": len(root) - len(changed), "bytes": sum(len(root[name]) for name in changed), "written": not dry_run}
    if not dry_run:
        with out.progress() as bar:
            job = bar.add_task("files", total=len(changed))
            send(device, built, root, changed, stale, lambda n: bar.advance(job, n))
        again = listing(device)
        wrong = [name for name in root if again.get(name) != _sum(root[name])]
        if wrong:
            raise BuildError(f"{device}: {wrong[0]} and {len(wrong) - 1} more are not what was written", "DIFFERS")
        if not no_restart:
            mpremote(device, "exec", "--no-follow", _RESTART)
    out.answer(result, lambda console: show(console, result))


def wanted(built):
    """What deploying manages: selector and slot a. Settings are the unit's own."""
    if not built.root:
        raise BuildError(f"{built.target.chip.name} is no chip to deploy to")
    return {name: data for name, data in built.root.items() if not name.startswith(DATA + "/")}


def difference(root, there):
    """(names to write, names to remove). The slot's manifest, if anything of the slot changes, stands last."""
    changed = sorted(name for name, data in root.items() if there.get(name) != _sum(data))
    stale = sorted(name for name in there if name.startswith("slots/a/") and name not in root)
    manifest = "slots/a/manifest"
    if manifest not in changed and any(name.startswith("slots/a/") for name in changed + stale):
        changed.append(manifest)
    elif manifest in changed:
        changed.remove(manifest)
        changed.append(manifest)
    return changed, stale


def send(device, built, root, changed, stale, done=lambda n: None):
    """Write what changed. Cut short at any moment, the slot has no manifest and is not run."""
    if not changed and not stale:
        return
    first = ["slots/a/manifest", "slots/boot.0", "slots/boot.1"] if any(name.startswith("slots/") for name in changed + stale) else []
    folders = {DATA, "slots", *(name.rpartition("/")[0][:at] for name in changed for at in _ends(name))}
    mpremote(device, "exec", _PREPARE.format(stale=first + stale, folders=sorted(folders - {""})))
    for at in range(0, len(changed), _AT_ONCE):
        batch = changed[at:at + _AT_ONCE]
        words = [word for name in batch for word in ("fs", "cp", str(built.folder / "root" / name), f":/{name}", "+")]
        mpremote(device, *words[:-1])
        done(len(batch))


def listing(device):
    """{path: SHA-256 in hex} of what lies on the board."""
    said = mpremote(device, "exec", _LIST)
    for line in said.splitlines():
        if line.startswith("FILES"):
            return json.loads(line[5:])
    raise BuildError(f"{device}: the board did not list its files", "STRANGE")


def mpremote(device, *words):
    """One run of mpremote; what it said. BuildError."""
    argv = [sys.executable, "-m", "mpremote", "connect", device, *words]
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise BuildError(f"{device}: mpremote: {said[-1] if said else 'no word'}", "GONE")
    return done.stdout


def break_in(device, within_s=_BREAK_S):
    """Restart the board by its serial lines where it has them, and stop the firmware while it starts. BuildError.

    USB of the chip's own has no such lines, and its port goes away for a second when somebody presses RESET: waited out.
    """
    until = time.monotonic() + within_s
    heard, opened, gone = b"", False, None
    while time.monotonic() < until:
        try:
            with pyserial.Serial(device, 115200, timeout=0.1) as line:
                if not opened:
                    _restart(line)
                opened, gone = True, None
                while time.monotonic() < until:
                    line.write(b"\r\x03\x02")  # stop what runs; be for people, not in raw mode
                    heard = (heard + line.read(4096))[-200:]
                    if heard.rstrip().endswith(_PROMPT):
                        return
        except OSError as error:
            gone = error
            if not opened:
                break
            time.sleep(0.1)
    if gone:
        raise BuildError(f"{device}: {gone.strerror or gone}", "GONE") from None
    raise BuildError(f"{device}: no prompt of MicroPython within {within_s:g} s; it last said {heard[-60:]!r} (a unit that was built locked has none)", "SILENT")


def _restart(line):
    with contextlib.suppress(OSError):  # a pseudo-terminal has no such lines
        line.dtr, line.rts = False, True
        time.sleep(0.1)
        line.rts = False


def _ends(name):
    """Where each folder of a path ends."""
    return [at for at, c in enumerate(name) if c == "/"]


def _sum(data):
    return hashlib.sha256(data).hexdigest()


def show(console, result):
    for name in result["changed"]:
        console.print(f"{'write' if result['written'] else 'would write'}  {name}")
    for name in result["removed"]:
        console.print(f"{'remove' if result['written'] else 'would remove'}  {name}")
    console.print(f"{len(result['changed'])} files, {result['bytes']:,} bytes; {result['same']} are the same already")
