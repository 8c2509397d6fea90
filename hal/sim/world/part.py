"""What all parts of the world share: an instant at which they change by themselves, and a state that can be kept."""

NEVER = 1 << 60


class Part:
    """A part of the world. `due_us` is when it next changes by itself; `kept` names the attributes that are its state.

    Everything kept is an integer, a boolean, a string, None or a list of these, so that it survives JSON exactly.
    """

    kept = ()
    due_us = NEVER

    def step(self, now_us):
        """Do what was due at `now_us` and set the next `due_us`."""
        self.due_us = NEVER

    def dump(self):
        """The part's state as a dict for JSON."""
        state = {}
        for name in self.kept:
            value = getattr(self, name)
            state[name] = list(value) if isinstance(value, list) else value
        return state

    def load(self, state):
        """Take back what `dump` gave; attributes an older dump does not know keep their values."""
        for name in self.kept:
            if name in state:
                value = state[name]
                setattr(self, name, list(value) if isinstance(value, list) else value)
