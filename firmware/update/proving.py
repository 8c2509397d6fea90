"""After a start: a new firmware proves itself or goes, and it becomes known how the last update ended."""
import asyncio
import os

from micropython import const

from firmware.version import VERSION

_WELL_S = const(30)             # a new firmware is well for so long without a break ...
_PATIENCE_S = const(600)        # ... within so long, or the one before it comes back


async def prove(updater):
    """Sets `updater.outcome`."""
    slots, app = updater.slots, updater.app
    log = app.log
    _tell_death(slots, log)
    if slots.trial or slots.fails:
        if await _proved(updater):
            await updater.opened()
            if slots.trial:
                app.security.put("FirmwareUpdated", VERSION)
            slots.confirm()
            log.info("update", "firmware %s is well and stays" % VERSION)
        elif slots.trial:
            log.error("update", "firmware %s did not prove itself (%s): back to the one before" % (VERSION, _unwell(updater)))
            await updater.opened()
            slots.give_up()
            await updater.restart()
    note = updater.note
    if note:
        updater.outcome = "Installed" if note.get("slot") == slots.running else "InstallationFailed"
        log.info("update", "update to %s: %s" % (note.get("version"), updater.outcome))
        if note.get("by") == "console" or app.central is None:
            await updater.opened()
            updater.forget()


async def _proved(updater):
    well = 0
    for _ in range(_PATIENCE_S):
        await asyncio.sleep(1)
        well = 0 if _unwell(updater) else well + 1
        if well >= _WELL_S:
            return True
    return False


def _unwell(updater):
    """What keeps this firmware from being well; "" for nothing. The health gate: ticks, pilots, and whoever was there before."""
    core, central = updater.app.core, updater.app.central
    if core.dead or not core.ticks:
        return "the safety tick does not run"
    for unit in core.units:
        for row in unit.faults:
            if row.name.startswith("pilot"):
                return row.text
    if updater.slots.trial and updater.note and updater.note.get("online") and not (central and central.accepted):
        return "the central system has not accepted it"
    return ""


def _tell_death(slots, log):
    path = slots.root + "/crash"
    try:
        with open(path) as f:
            lines = f.read(2000).strip().split("\n")
        os.remove(path)
    except OSError:
        return
    for line in lines[-4:]:
        log.error("update", "died before: " + line.strip()[:100])
