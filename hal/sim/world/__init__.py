"""The world behind the simulated hal: supply, cables, vehicles, contactors, meters, cards, temperature, in one box."""

from hal.sim.world.errors import WorldError
from hal.sim.world.world import World

__all__ = ("World", "WorldError")
