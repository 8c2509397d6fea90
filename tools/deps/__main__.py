"""`python -m tools.deps DIR` stages the table of stage.py into DIR."""

import sys

from tools.deps.stage import stage

if __name__ == "__main__":
    stage(sys.argv[1])
