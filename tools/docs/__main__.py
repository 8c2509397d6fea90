"""`python -m tools.docs` writes the generated parts anew; `--check` only tells whether one is stale (exit status 1)."""

import sys

from tools.docs.tables import PARTS, stale, write


def main():
    if "--check" in sys.argv[1:]:
        old = [part.title for part in PARTS if stale(part)]
        for title in old:
            print(f"stale: {title}; run: .venv/bin/python -m tools.docs")
        return 1 if old else 0
    for part in PARTS:
        write(part)
        print(f"written: {part.title} in {part.path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
