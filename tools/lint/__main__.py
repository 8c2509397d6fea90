"""`python -m tools.lint [ROOT]`: prints `file:line: rule: what is wrong` for each finding; exit status 1 if any."""

import ast
import pathlib
import subprocess
import sys

from tools.lint import code, files, types

DIALECT = ("firmware/", "hal/", "boards/")


def names(root):
    """Every file of the checkout that is, or would be, committed."""
    git = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(git, capture_output=True, text=True)
    if listed.returncode:  # an unpacked archive
        found = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
        return sorted(n for n in found if not n.startswith((".venv/", "build/", "node_modules/")))
    return sorted(n for n in set(listed.stdout.split("\0")) if n and (root / n).is_file())


def findings(root):
    """(file, line, rule, what is wrong), in order of files."""
    for name in names(root):
        try:
            text = (root / name).read_text()
        except UnicodeDecodeError:
            text = ""
        for line, rule, what in files.check(name, text):
            yield name, line, rule, what
        # a board folder's manifest.py is read by MicroPython's build and is no module of ours
        if name.endswith(".py") and name.startswith(DIALECT) and not name.endswith("/manifest.py"):
            module = name[:-3].replace("/", ".").removesuffix(".__init__")
            for line, rule, what in code.check(module, ast.parse(text, name)):
                yield name, line, rule, what
    yield from types.findings(root)


def main(root):
    """Print the findings below `root`; gives the exit status."""
    count = 0
    for name, line, rule, what in findings(pathlib.Path(root)):
        print(f"{name}:{line}: {rule}: {what}")
        count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] or ["."])))
