"""Which storey may import from which: an import only ever goes down.

A file belongs to the row with the longest name it lies below; its own row it may always use. What `ondemand.load("...")` names
is an import like any other.
"""

_BELOW_FACES = (
    "boards",
    "firmware.support",
    "firmware.crypto",
    "firmware.storage",
    "firmware.metering",
    "firmware.cards",
    "firmware.charging",
    "firmware.update",
)

ONDEMAND = "firmware.support.ondemand"

MAY_IMPORT = {
    "boards": (),
    "hal": ("boards",),
    "hal.boot": (),  # chooses a firmware, and so belongs to none
    "hal.drivers": (),
    "hal.esp32": ("boards", "hal", "firmware.version", "firmware.support", "firmware.crypto"),
    "hal.esp32.main": ("boards", "hal", "firmware.version", "firmware.app"),
    # the world behind the simulated hal measures the firmware by its own tables, and starts it
    "hal.sim": ("boards", "hal", "firmware.app", "firmware.version", "firmware.safety.limits", "firmware.safety.faults"),
    "firmware.version": (),
    "firmware.support": (),
    "firmware.crypto": ("firmware.support",),
    "firmware.storage": ("firmware.support", "firmware.crypto"),
    "firmware.safety": (),  # tables of its own; the hal comes in as an object
    "firmware.metering": ("boards", "firmware.support", "firmware.storage"),
    "firmware.cards": ("boards", "firmware.support", "firmware.storage"),
    "firmware.charging": (
        "boards",
        "firmware.support",
        "firmware.storage",
        "firmware.safety",
        "firmware.metering",
        "firmware.cards",
    ),
    "firmware.update": ("firmware.support", "firmware.crypto", "firmware.version"),
    # the faces ask charging; safety and each other they do not know
    "firmware.ocpp": _BELOW_FACES,
    "firmware.console": _BELOW_FACES,
    "firmware.app": ("boards", "firmware", "hal"), # of hal the contract alone
    "firmware.report": ("boards", "firmware"),
    "firmware.light": (),
}

# What comes with MicroPython and still has no place in a storey: name -> what to use instead.
_CHIP = "ask the hal that is passed in"
_ABSENT = "MicroPython does not have it"
_FIRMWARE = {
    "machine": _CHIP,
    "network": _CHIP,
    "esp32": _CHIP,
    "time": "all time comes from the clock that is passed in",
    "random": "hal.random(n), which a seed repeats",
    "_thread": "there are no threads in firmware",
    "typing": _ABSENT,
    "dataclasses": _ABSENT,
    "enum": _ABSENT,
}
NOT_HERE = {
    "boards": _FIRMWARE,
    "firmware": _FIRMWARE,
    "firmware.safety": dict.fromkeys(("asyncio", "os", "json", "re"), "the tick is synchronous and allocates nothing")
    | _FIRMWARE,
}


def row(table, module):
    """The longest name in `table` that `module` lies below, or None."""
    parts = module.split(".")
    for n in range(len(parts), 0, -1):
        name = ".".join(parts[:n])
        if name in table:
            return name
    return None
