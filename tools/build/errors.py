"""The one way a build says no."""


class BuildError(Exception):
    """Something cannot be built, flashed or deployed; the text says what and why."""
