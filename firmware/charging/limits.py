"""The current a connector may offer: the smallest of named limits, and which one it is."""


class Limits:
    """`board_ma` is always there; others come and go by name ("user", "profile", "supply", "meter", ...).

    Safety has limits of its own below this one (cable, temperature, voltage); it takes the smallest again.
    """

    def __init__(self, board_ma):
        self._named = [["board", board_ma]]

    def set(self, name, current_ma):
        """Limit to `current_ma` (0 pauses) in that name; None: no longer."""
        for row in self._named:
            if row[0] == name:
                if current_ma is None:
                    self._named.remove(row)
                else:
                    row[1] = current_ma
                return
        if current_ma is not None:
            self._named.append([name, current_ma])

    def current(self):
        """(milliamperes, name of the limit that rules); of equals the one that was there first."""
        least = self._named[0]
        for row in self._named:
            if row[1] < least[1]:
                least = row
        return least[1], least[0]

    def all(self):
        """{name: milliamperes}, for people who ask why."""
        return dict(self._named)
