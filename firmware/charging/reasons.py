"""Why a session began and why it ended, in charging's own words; what central systems call it is decided at their door.

BEGAN:

    free_vend        the charger serves whoever plugs in
    server           a card the central system accepted
    list             a card of the local list
    own              a card of the charger's own list
    cache            a card the central system had accepted before
    offline_unknown  a card nobody knows, while the central system could not be asked
    remote           the central system or an app asked for it
    local            an authorised person at the console, for a test

ENDED:

    card            the card that began it, or one of its group, was tapped again
    button          the stop button of the outlet
    local           a person at the console or on the local page
    remote          the central system or an app asked for it
    unplugged       the vehicle was unplugged
    deauthorised    the central system refused the card after the session had begun
    idle            the vehicle took nothing for longer than SuspendedIdleMaxS
    no_load         the vehicle at an outlet took nothing for longer than OutletEndS: full, or gone
    unlock          the central system asked to unlock the connector
    emergency_stop  the emergency stop was pressed
    fault           a fault that does not pass by itself; written with its name: fault:residual
    power_loss      the supply was cut while it ran; found at the next boot
    watchdog        the controller hung and was restarted; found at the next boot
    reboot          the controller restarted for another cause; found at the next boot
    soft_reset      an orderly restart was asked for
    hard_reset      a restart at once was asked for
"""

# hal.reset_cause -> how a session ended that was found open at boot
AFTER_RESET = {"watchdog": "watchdog", "soft": "soft_reset", "hard": "hard_reset"}


def of_fault(name):
    """The reason of a session that the fault `name` (safety.faults) ended."""
    return name if name == "emergency_stop" else "fault:" + name
