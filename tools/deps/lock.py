"""Write requirements.lock and requirements-build.lock from pyproject.toml: `python -m tools.deps.lock PIP_COMPILE`.

Runs on the python that `make lock` was called with; pip-compile does the resolving. No index, mirror or path of this
machine gets into the files.
"""

import pathlib
import re
import subprocess
import sys

BUILD = ("pip", "setuptools")  # what installs everything else, so they are pinned apart and come first
OPTIONS = (
    "--quiet --generate-hashes --allow-unsafe --no-header --no-annotate --strip-extras --no-emit-options "
    "--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --all-extras --output-file"
).split()
_BLOCK = re.compile(r"^[a-z0-9][^\n]* \\\n(?:    --hash=\S+(?: \\)?\n)+", re.M)


def lock(pip_compile, folder=pathlib.Path("build/lock")):
    """Resolve everything at once and split it in two."""
    (folder / "build.in").write_text("\n".join(BUILD) + "\n")
    whole = folder / "whole.lock"
    subprocess.run([pip_compile, *OPTIONS, str(whole), "pyproject.toml", str(folder / "build.in")], check=True)
    blocks = _BLOCK.findall(whole.read_text())
    first = [block for block in blocks if block.split("==")[0] in BUILD]
    rest = [block for block in blocks if block not in first]
    _write("requirements-build.lock", "what installs the packages of requirements.lock", first)
    _write("requirements.lock", "every package the host uses", rest)


def _write(name, what, blocks):
    pathlib.Path(name).write_text(f"# Written by `make lock`: {what}, by version and hash.\n" + "".join(blocks))


if __name__ == "__main__":
    lock(sys.argv[1])
