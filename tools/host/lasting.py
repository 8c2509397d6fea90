"""Looking at a charger again and again, over restarts and pulled cables."""

import time

from tools.host.exits import Trouble

_FOR_EVER_S = 10 * 365 * 86400
LOST = ("GONE", "SILENT", "STRANGE", "UNSURE", "NOISE")


def lasting(charger, out, look, every_s, most=None):
    """`look()` each `every_s`, at most `most` times. Where the charger is lost, waits until it is back."""
    count = 0
    while most is None or count < most:
        begun = time.monotonic()
        try:
            yield look()
            count += 1
        except Trouble as error:
            back(charger, out, error)
            continue
        if most is None or count < most:
            time.sleep(max(0, every_s - (time.monotonic() - begun)))


def back(charger, out, error):
    """Wait for a charger that was lost; any other Trouble is raised again."""
    if error.code not in LOST:
        raise error
    out.note(f"{error}; waiting (Ctrl-C ends)")
    charger.reopen(_FOR_EVER_S)
    out.note(f"{charger.device} is back")
