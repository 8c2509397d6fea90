"""Figures of a commissioning step as a person reads them: the ending of a name tells the unit."""

import json
import time

# ending -> (divisor, digits, unit)
_UNITS = {
    "mv": (1000, 1, "V"), "ma": (1000, 2, "A"), "ms": (1, 0, "ms"), "mohm": (1000, 2, "ohm"), "mhz": (1000, 2, "Hz"),
    "dc": (10, 1, "°C"), "dbm": (1, 0, "dBm"), "w": (1, 0, "W"), "wh": (1, 0, "Wh"), "s": (1, 0, "s"), "permille": (10, 1, "%"),
}  # fmt: skip


def shown(name, value):
    """`high_mv`, 6010 -> "6.0 V"; what has no unit as it is."""
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(shown(name, one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    scale = _UNITS.get(name.rpartition("_")[2]) if "_" in name else None
    if scale is None or not isinstance(value, int | float):
        return value if isinstance(value, str) else json.dumps(value)
    return f"{value / scale[0]:.{scale[1]}f} {scale[2]}"


def title(name):
    """`rest_high_mv` -> "rest high"."""
    stem, _, ending = name.rpartition("_")
    return (stem if stem and ending in _UNITS else name).replace("_", " ")


def rows(step):
    """(what, figure, limits) of each figure of a step, by name; limits "" where there are none."""
    for name, value in sorted(step["figures"].items()):
        limits = [shown(name, limit) for limit in step["limits"].get(name, ())]
        yield title(name), shown(name, value), " to ".join(limits if len(set(limits)) > 1 else limits[:1])


def when(utc_s):
    return "-" if utc_s is None else time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(utc_s))
