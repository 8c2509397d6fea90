"""Whether a hal keeps the contract of `hal/__init__.py`: asked once, at boot, and not held after that."""

_HAL = {
    "": ("board", "identity", "reset_cause", "boots", "random", "every", "reset", "inputs", "temperatures", "buttons", "files"),
    "clock": ("ticks_ms", "ticks_us", "diff", "add", "wait_us", "utc_s", "set_utc"),
    "indicator": ("show",),
    "buzzer": ("beep",),
    "ventilation": ("drive", "running"),
    "reader": ("poll", "alive"),
    "energy": ("read", "start", "alive"),
    "rs485": ("configure", "send", "receive", "flush"),
    "console": ("read", "write"),
    "flash": ("pages", "page_size", "read", "program", "erase"),
    "network": ("up", "rssi_dbm", "connect"),
    "wifi": ("status", "scan", "join", "access_point"),
    "watchdog": ("feed",),
    "guard": ("token", "make", "promise_ms"),
}
_CONNECTOR = {
    "pilot": ("drive", "sample", "trim", "high_mv", "low_mv", "n_high", "n_low", "spread_mv", "interval_us"),
    "proximity": ("ohm",),
    "contactor": ("command", "feedback"),
    "residual": ("tripped", "test"),
    "lock": ("drive", "closed"),
    "plug_switch": ("pressed",),
}


def missing(hal):
    """Names of the contract that `hal` does not keep, as "clock.wait_us" or "connectors.0.pilot.sample"; [] when whole.

    `reader`, `indicator`, `buzzer`, `ventilation`, `wifi`, `energy` and a connector's parts may be None where the board says they are not
    fitted; so may `rs485`, where no meter is on a line.
    """
    gone = []
    absent = ["buzzer", "indicator", "reader", "ventilation", "wifi"]
    absent.append("rs485" if hal.board.metering_chip and not hal.board.rs485 else "energy")
    _parts(hal, "", _HAL, absent, gone)
    if len(hal.connectors) != len(hal.board.connectors):
        gone.append("connectors: %d for a board of %d" % (len(hal.connectors), len(hal.board.connectors)))
    for i, spec in enumerate(hal.board.connectors):
        absent = ["proximity", "residual", "lock", "plug_switch"]
        if not spec.pilot:
            absent.append("pilot")
        _parts(hal.connectors[i], "connectors.%d." % i, _CONNECTOR, absent, gone)
    return gone


def _parts(whole, path, table, optional, gone):
    for part in table:
        thing = getattr(whole, part, None) if part else whole
        if thing is None:
            if part not in optional:
                gone.append(path + part)
            continue
        for name in table[part]:
            if not hasattr(thing, name):
                gone.append(path + (part + "." if part else "") + name)
