"""What the world says to a command it cannot carry out."""


class WorldError(ValueError):
    """A complete sentence for the answer's "error"; nothing was changed."""
