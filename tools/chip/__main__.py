"""`python -m tools.chip`: builds the interpreter where that has not been done, and prints its path. Status 2: why it cannot be had."""

import sys

from tools.chip.build import interpreter
from tools.chip.source import Unbuilt

if __name__ == "__main__":
    try:
        print(interpreter())
    except Unbuilt as why:
        print(f"no interpreter configured like the chip: {why}", file=sys.stderr)
        sys.exit(2)
