"""The one way a build says no."""

from tools.host.exits import Trouble


class BuildError(Trouble):
    """Something cannot be built, flashed or deployed; the text says what and why."""

    def __init__(self, text, code="FILE"):
        super().__init__(code, text)
