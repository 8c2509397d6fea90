"""Checks a board file's values against `boards/fields.py`, then against the rules that tie fields to one another."""

from boards import BoardError, fields, in_chip


def is_name(name):
    """Whether it is a name: lower-case letters, digits, underscore."""
    return bool(name) and type(name) is str and all(c in "abcdefghijklmnopqrstuvwxyz0123456789_" for c in name)


def check(values):
    """A new dict of a board file's `values` with every default filled in; raises `BoardError`."""
    full = _table("", values, fields.BOARD)
    for rule in _RULES:
        rule(full)
    for index, connector in enumerate(full["connectors"]):
        for rule in _CONNECTOR_RULES:
            rule("connectors.%d." % index, connector, full)
    return full


def allowed_text(kind, allowed):
    """What a field allows, in words."""
    if kind == "int":
        return "%d..%d" % allowed
    if kind == "text":
        return "text of %d..%d characters" % allowed
    if kind == "bool":
        return "True or False"
    if kind == "one":
        return ", ".join(str(one) for one in allowed)
    if kind == "some":
        choices, low, high = allowed
        words = "names" if choices is None else "out of " + ", ".join(str(one) for one in choices)
        return "a tuple of %d..%d distinct %s" % (low, high, words)
    if kind == "tables":
        return "a list of %d..%d tables" % allowed[1:]
    return "a table" if kind == "table" else "a dict of names"


def _table(path, values, rows):
    """A new dict with every field of `rows` in it, checked."""
    if type(values) is not dict:
        raise BoardError("%s is %r; allowed a table" % (path[:-1] or "BOARD", values))
    known = [row[0] for row in rows]
    for name in values:
        if name not in known:
            raise BoardError("%s%s is no field; did you mean %s?" % (path, name, " or ".join(_nearest(str(name), known))))
    full = {}
    for name, kind, allowed, default in rows:
        if name in values:
            full[name] = _value(path + name, values[name], kind, allowed, default is None)
        elif default is fields.REQUIRED:
            raise BoardError("%s%s is missing; allowed %s" % (path, name, allowed_text(kind, allowed)))
        elif kind == "table" and default is not None:
            full[name] = _table(path + name + ".", default, allowed)
        else:
            full[name] = dict(default) if kind == "map" else default
    return full


def _value(path, value, kind, allowed, may_be_none):
    if value is None and may_be_none:
        return None
    if kind == "table":
        return _table(path + ".", value, allowed)
    if kind == "tables":
        rows, low, high = allowed
        if type(value) not in (list, tuple) or not low <= len(value) <= high:
            raise _wrong(path, value, kind, allowed)
        return [_table("%s.%d." % (path, index), one, rows) for index, one in enumerate(value)]
    if not _fits(value, kind, allowed):
        raise _wrong(path, value, kind, allowed, " or None" if may_be_none else "")
    return tuple(value) if kind == "some" else value


def _fits(value, kind, allowed):
    if kind == "int":
        return type(value) is int and allowed[0] <= value <= allowed[1]
    if kind == "text":
        return type(value) is str and allowed[0] <= len(value) <= allowed[1] and all(" " <= c <= "~" for c in value)
    if kind == "bool":
        return type(value) is bool
    if kind == "one":
        return any(type(value) is type(one) and value == one for one in allowed)
    if kind == "map":
        return type(value) is dict and all(type(name) is str for name in value)
    choices, low, high = allowed
    if type(value) not in (list, tuple) or not low <= len(value) <= high:
        return False
    if any(not is_name(one) if choices is None else one not in choices for one in value):
        return False
    return len(set(value)) == len(value)


def _wrong(path, value, kind, allowed, more=""):
    return BoardError("%s is %r; allowed %s%s" % (path, value, allowed_text(kind, allowed), more))


def _nearest(name, known):
    """The two known names with the fewest letters to change (Levenshtein)."""
    scored = sorted((_distance(name, one), one) for one in known)
    return [one for _, one in scored[:2]]


def _distance(one, other):
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one):
        last = row[0]
        row[0] = i + 1
        for j, there in enumerate(other):
            last, row[j + 1] = row[j + 1], min(row[j] + 1, row[j + 1] + 1, last + (letter != there))
    return row[len(other)]


# Rules between fields. Each raises with the path of the field a person would change.


def _refuse(path, value, allowed):
    raise BoardError("%s is %r; allowed %s" % (path, value, allowed))


def _ids_count_up(board):
    for index, connector in enumerate(board["connectors"]):
        if connector["id"] != index + 1:
            _refuse("connectors.%d.id" % index, connector["id"], "%d: connectors are numbered 1..N in order" % (index + 1))


def _addresses_differ(board):
    seen, chip = [], []
    for index, connector in enumerate(board["connectors"]):
        meter = connector["meter"]
        if meter and in_chip(meter):
            # its phases A, B, C are its addresses; with three phases it takes all
            wanted = [1, 2, 3] if connector["phases"] == 3 else [meter["address"]]
            free = [n for n in (1, 2, 3) if n not in chip]
            if meter["address"] != wanted[0] or any(n not in free for n in wanted):
                _refuse("connectors.%d.meter.address" % index, meter["address"], "a free phase of the metering chip: %s" % free)
            if meter["profile"].endswith("_3p") != (connector["phases"] == 3):
                _refuse("connectors.%d.meter.profile" % index, meter["profile"], "atm90e36 for one phase, atm90e36_3p for three")
            chip += wanted
        elif meter:
            if meter["address"] in seen:
                _refuse("connectors.%d.meter.address" % index, meter["address"], "1..247 but those taken: %s" % seen)
            seen.append(meter["address"])
    if seen and not board["rs485"]:
        _refuse("rs485", None, "a table: there are meters on it")


def _first_temperature_is_the_boards(board):
    if board["temperatures"][0] != "board":
        _refuse("temperatures.0", board["temperatures"][0], "board")


def _guard_can_keep_its_promise(board):
    guard = board["guard"]
    longest = fields.GUARD_PROMISE_MS[guard["make"]]
    if guard["promise_ms"] > longest:
        _refuse("guard.promise_ms", guard["promise_ms"], "at most %d for make %r" % (longest, guard["make"]))
    if guard["make"] == "watchdog" and not guard["bench_only"]:
        _refuse("guard.bench_only", False, "True for make 'watchdog': a reset is too slow to protect a person")


def _ethernet_has_a_bus(board):
    if board["ethernet"] and any(one["meter"] and in_chip(one["meter"]) for one in board["connectors"]):
        _refuse("ethernet", board["ethernet"], "None: its bus is the metering chip's")


def _uart_has_one_user(board):
    fitted = ("guard", board["guard"]["make"] == "mcu"), ("reader", "reader_tx" in board["pins"]), ("modem", board["modem"])
    users = [name for name, there in fitted if there]
    if len(users) > 1:
        _refuse(users[1], board[users[1]], "None: its UART is the %s's" % users[0])


def _pilot_within_converter(board):
    # The converter reads from nearly 0 to 3.05 V, that of the ESP32 from 0.142 V (ESP-IDF's calibration at 11 dB); a pilot of
    # -13 V and +13 V must still lie inside, or faults look like ends.
    zero_mv, span_mv = board["circuit"]["pilot_zero_mv"], board["circuit"]["pilot_span_mv"]
    least_mv = 142 if board["module"] in ("esp32_wroom", "esp32_wrover") else 0
    longest_mv = min(zero_mv - least_mv, 3050 - zero_mv) * 12 // 13
    if span_mv > longest_mv:
        _refuse("circuit.pilot_span_mv", span_mv, "at most %d with a zero at %d mV" % (longest_mv, zero_mv))


def _rating_within_board(path, connector, board):
    if connector["rating_ma"] > board["rating_ma"]:
        _refuse(path + "rating_ma", connector["rating_ma"], "at most the board's %d" % board["rating_ma"])


def _phases_within_board(path, connector, board):
    if connector["phases"] > board["phases"]:
        _refuse(path + "phases", connector["phases"], "at most the board's %d" % board["phases"])


def _line_named_for_one_phase(path, connector, board):
    if connector["phases"] == 3 and connector["line"] is not None:
        _refuse(path + "line", connector["line"], "None with three phases")
    if connector["phases"] == 1 and connector["line"] is None:
        _refuse(path + "line", None, ", ".join(fields.LINES))
    if board["phases"] == 1 and connector["line"] != "L1":
        _refuse(path + "line", connector["line"], "L1: the board has one phase")


def _poles_match_phases(path, connector, board):
    # All live conductors with the neutral are broken: IEC 61851-1 and CEA practice (floating neutrals are common).
    must = fields.LINES + ("N",) if connector["phases"] == 3 else (connector["line"], "N")
    if connector["poles"] != must:
        _refuse(path + "poles", connector["poles"], "%r for these phases" % (must,))


# What each kind of connector has (True), has not (False) or may have (absent).
_FITTED = {
    "tethered": {"pilot": True, "proximity": False, "lock": False, "plug_switch": False},
    "socket": {"pilot": True, "proximity": True, "lock": True, "plug_switch": False},
    "outlet": {"pilot": False, "proximity": False},
}


def _kind_has_what_it_needs(path, connector, board):
    for name, fitted in _FITTED[connector["kind"]].items():
        if connector[name] is not fitted:
            _refuse(path + name, connector[name], "%r for kind %r" % (fitted, connector["kind"]))


_RULES = (
    _ids_count_up,
    _addresses_differ,
    _first_temperature_is_the_boards,
    _guard_can_keep_its_promise,
    _ethernet_has_a_bus,
    _uart_has_one_user,
    _pilot_within_converter,
)
_CONNECTOR_RULES = (
    _rating_within_board,
    _phases_within_board,
    _line_named_for_one_phase,
    _poles_match_phases,
    _kind_has_what_it_needs,
)
