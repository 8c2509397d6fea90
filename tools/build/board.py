"""What a build has to know of a board: its folder, its chip and flash, and which pins must be low before anything else."""

import dataclasses
import pathlib
import runpy

import boards
from boards import wiring
from boards import BoardError
from tools.build.chips import MODULES, Chip, chip
from tools.build.errors import BuildError
from tools.build.partitions import named, read_csv

ROOT = pathlib.Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Target:
    """One board for one chip. `relays` is ((pin, level at which no contactor closes), ...)."""

    name: str
    chip: Chip
    folder: pathlib.Path
    flash_size: int
    relays: tuple

    def partitions(self):
        """Its partition table, checked."""
        path = self.folder / "partitions.csv"
        try:
            return read_csv(path.read_text(), self.flash_size)
        except OSError as error:
            raise BuildError(f"{path}: {error.strerror}; a board has its own, the nearest board's to begin with") from None

    def partition(self, label):
        return named(self.partitions(), label)


def target(name, chip_name=None):
    """The `Target` of a board's name; `chip_name` overrides its own (`sim`). BuildError."""
    try:
        board = boards.load(name)
        wiring.check(board)
    except BoardError as error:
        raise BuildError(str(error)) from None
    own, flash_size = MODULES[board.module]
    relays = tuple((board.pins[pin], int(pin in board.active_low)) for pin in sorted(board.pins) if pin.startswith("contactor_"))
    return Target(name, chip(chip_name or own), ROOT / "boards" / name, flash_size, relays)


def version():
    """(version, config, oldest config) that the firmware of this checkout says."""
    said = runpy.run_path(str(ROOT / "firmware/version.py"))
    return said["VERSION"], said["CONFIG"], said["OLDEST_CONFIG"]
