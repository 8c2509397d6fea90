"""Randomness of the world: xorshift32 streams grown from one seed, the same numbers on every host."""

from hal.sim.world.part import Part

_MASK = 0xFFFFFFFF


def sprout(seed, stream):
    """A 32-bit state for the named stream (FNV-1a over its name and the seed), never zero."""
    state = 0x811C9DC5
    for byte in ("%d/%s" % (seed, stream)).encode():
        state = ((state ^ byte) * 0x01000193) & _MASK
    return state or 1


class Prng(Part):
    """One stream of numbers. Each part has its own, so that what one part does never disturbs another."""

    kept = ("state",)

    def __init__(self, seed, stream):
        self.state = sprout(seed, stream)

    def bits(self):
        """The next 32 random bits."""
        state = self.state
        state ^= (state << 13) & _MASK
        state ^= state >> 17
        state ^= (state << 5) & _MASK
        self.state = state
        return state

    def below(self, n):
        """A number in 0..n-1."""
        return (self.bits() >> 3) % n

    def about(self, centre, reach):
        """A number in centre-reach..centre+reach."""
        return centre - reach + self.below(2 * reach + 1)
