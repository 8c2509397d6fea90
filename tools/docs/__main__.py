"""`python -m tools.docs` writes what is stale of the generated parts; `--check` only tells what that is (exit status 1)."""

import sys

from tools.docs.tables import PARTS, ROOT, stale, write


def main():
    if "--check" in sys.argv[1:]:
        old = [part.title for part in PARTS if stale(part)]
        for title in old:
            print(f"stale: {title}; run: .venv/bin/python -m tools.docs")
        return 1 if old else 0
    for part in PARTS:
        if stale(part):
            write(part)
            print(f"written: {part.path.relative_to(ROOT)} ({part.title})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
