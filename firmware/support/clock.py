"""The one owner of time above the hal: monotonic milliseconds, seconds since boot, UTC, and its ISO 8601 words."""
from micropython import const

_DAY_S = const(86400)


class Clock:
    """Ticks wrap (at 2**30 ms): compare them with `since` and `passed` only. `up_s` never wraps.

    `up_s` must be asked at least every six days for the wrap to be seen; the heartbeat of any task does that.
    """

    def __init__(self, hal_clock):
        self._hal = hal_clock
        self._up_mark = hal_clock.ticks_ms()
        self._up_s = 0
        self.ticks_ms = hal_clock.ticks_ms
        self.add = hal_clock.add

    def since(self, ticks):
        """Milliseconds from `ticks` until now, negative when it lies ahead."""
        return self._hal.diff(self._hal.ticks_ms(), ticks)

    def up_s(self):
        """Whole seconds since this boot."""
        gone = self._hal.diff(self._hal.ticks_ms(), self._up_mark) // 1000
        if gone > 0:
            self._up_s += gone
            self._up_mark = self._hal.add(self._up_mark, gone * 1000)
        return self._up_s

    def utc_s(self):
        """Seconds since 1970, or None until somebody has told."""
        return self._hal.utc_s()

    def set_utc(self, seconds):
        """Somebody has told the time: seconds since 1970, UTC."""
        self._hal.set_utc(seconds)


def iso8601(utc_s):
    """1795341600 -> "2026-11-22T10:00:00Z"."""
    days, rest = divmod(utc_s, _DAY_S)
    year, month, day = _civil(days)
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (year, month, day, rest // 3600, rest // 60 % 60, rest % 60)


def parse_iso8601(text):
    """Seconds since 1970 of an RFC 3339 date-time; fractions are dropped, offsets applied, no zone means UTC.

    What lies beyond the 32 bits in which times are kept (some write 9999 for never) is their end, and what lies before 1970
    their first second: 0 is kept for none. Raises ValueError that names the text.
    """
    try:
        date, rest = text[:10], text[11:]
        year, month, day = int(date[:4]), int(date[5:7]), int(date[8:10])
        hour, minute, second = int(rest[:2]), int(rest[3:5]), int(rest[6:8])
        if date[4] != "-" or date[7] != "-" or text[10] not in "Tt " or rest[2] != ":" or rest[5] != ":" or "-" in rest[:8]:
            raise ValueError
        if not (1970 <= year and 1 <= month <= 12 and 1 <= day <= _month_days(year, month)):
            raise ValueError
        if hour > 23 or minute > 59 or second > 60:
            raise ValueError
        offset = _offset(rest[8:])
    except (ValueError, IndexError, TypeError):
        raise ValueError("%r is not a date and time like 2026-11-22T10:00:00Z" % (text,))
    return min(max(_days(year, month, day) * _DAY_S + hour * 3600 + minute * 60 + second - offset, 1), 0xFFFFFFFF)


def _offset(zone):
    if zone[:1] == ".":
        n = 1
        while zone[n:n + 1].isdigit():
            n += 1
        if n == 1:
            raise ValueError
        zone = zone[n:]
    if zone in ("", "Z", "z"):
        return 0
    if len(zone) not in (5, 6) or not (zone[1:3] + zone[-2:]).isdigit() or (len(zone) == 6 and zone[3] != ":"):
        raise ValueError
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if zone[0] not in "+-" or hours > 14 or minutes > 59:
        raise ValueError
    return (hours * 3600 + minutes * 60) * (1 if zone[0] == "+" else -1)


def _month_days(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


# Days are counted from 1 March, so that the leap day is a year's last (the common civil calendar identity).
def _days(year, month, day):
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469


def _civil(days):
    days += 719468
    era, doe = divmod(days, 146097)
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (1 if month <= 2 else 0), month, doy - (153 * mp + 2) // 5 + 1
