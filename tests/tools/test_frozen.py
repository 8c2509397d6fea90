"""What frozen code would spare, counted in a file, is what the interpreter takes for the same when it loads it from ROMFS."""

import json
import subprocess

import pytest

from tests.harness.targets import ROOT
from tools.bench import frozen, heap
from tools.build import code, filesystems
from tools.build.board import target

COUNT = 256
CASES = {
    "texts": "y('some text that is too long for a name, {i:03d}')",
    "tuples": "y((1, 'a text that is no name at all {i:03d}', 3, {i}))",
    "large numbers": "y(0x123456789abcdef0{i:03d})",
    "lambdas": "y(lambda: 1)",
    "comprehensions in lambdas": "y(lambda: [x for x in y])",
}


def module(line, count):
    return "def f(y):\n" + "".join(f"    {line.format(i=n)}\n" for n in range(count))


def test_what_is_counted_is_what_the_interpreter_takes(tmp_path):
    if heap.missing():
        pytest.skip(heap.missing())
    # the first module has so many names that none of the others makes the interpreter take room for more
    sources = {"names": module("y.name{i:03d}", 400)}
    for i, line in enumerate(CASES.values()):
        sources |= {f"few{i}": module(line, COUNT), f"many{i}": module(line, 2 * COUNT)}
    files = {f"{name}.mpy": code.cross(target("rudved_ac7").chip, f"{name}.py", text.encode()) for name, text in sources.items()}
    image = tmp_path / "image"
    image.write_bytes(filesystems.romfs(files))
    argv = ["node", str(ROOT / "tools/bench/heap32.mjs"), "romfs", str(image), "import", *sources]
    kept = json.loads(subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout)["modules"]
    for i, case in enumerate(CASES):
        counted = {name: frozen.spared(files[f"{name}.mpy"], sources[name]) for name in (f"few{i}", f"many{i}")}
        more, taken = counted[f"many{i}"] - counted[f"few{i}"], kept[f"many{i}"] - kept[f"few{i}"]
        # the interpreter's own list of modules grows now and then, by some hundred bytes
        assert abs(more - taken) <= 256 and more > 5000, (case, more, taken)
