"""The world behind the simulated hal: supply, cables, vehicles, contactors, meters, cards, temperature, in one box."""

from hal.sim.world.commands import do
from hal.sim.world.errors import WorldError
from hal.sim.world.world import World as _World

__all__ = ("World", "WorldError")


class World(_World):
    """The world with its commands: see `hal.sim.world.world.World` for everything else."""

    def do(self, name, fields):
        """Carry out a command of SIMULATOR.md that acts on the world; the result is a dict, a bad one a `WorldError`."""
        return do(self, name, fields)
