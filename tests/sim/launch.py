"""The simulator with another program than the real firmware: `launch.py MODULE [options of rudved sim]`."""

import functools
import sys

from tools.sim import command


def main():
    program = sys.argv.pop(1)
    command.Options = functools.partial(command.Options, app=program)
    command.sim()


main()
