"""Updates of the firmware: received into the other slot, run at the next idle restart, kept only once it has proved itself.

Whoever brings it (console, OCPP) asks here. Flash is written with every contactor open; a bundle that comes while a
vehicle charges waits. The slots themselves, and what runs after a death, are `hal.slots`.
"""
import asyncio
import json
import os

from micropython import const

from firmware.update.receiver import BundleError, Receiver, mpy
from firmware.version import CONFIG, VERSION

_WELL_S = const(30)             # a new firmware is well for so long without a break ...
_PATIENCE_S = const(600)        # ... within so long, or the one before it comes back
_HOUSE_MS = const(1000)
_STALE_S = const(120)           # a bundle that stopped coming (console) makes room for another


class Updater:
    """`app` is `firmware.app.App`; `get` fetches a file, as `firmware.ocpp.http.get`; `may_write()` is true with contactors open.

    `settled` is set once it is known how the last update ended: `outcome` is "Installed", "InstallationFailed" or None
    where none was made, and `note` then its {"version", "by", ...}. `error` says why the last try failed.
    """

    def __init__(self, app, get, may_write):
        self._app = app
        self._slots = app.hal.slots
        self._get = get
        self.may_write = may_write
        self._receiver = None
        self._url = None
        self._busy = False
        self._told_s = 0
        self.error = ""
        self.outcome = None
        self.note = self._read_note()
        self.settled = asyncio.Event()

    def status(self):
        """What there is to know, as a dict."""
        slots, receiver = self._slots, self._receiver
        return {
            "version": VERSION, "slot": slots.running, "trial": slots.trial, "back": slots.back,
            "at": receiver.at if receiver else None, "size": receiver.size if receiver else None,
            "ready": self.ready, "error": self.error, "outcome": self.outcome,
        }

    @property
    def ready(self):
        """The version that lies ready in the other slot, or None."""
        return self._receiver.version if self._receiver and self._receiver.done else None

    @property
    def digest(self):
        """SHA-256 of the whole bundle that lies ready, 32 bytes; None without one."""
        return self._receiver.digest if self._receiver else None

    @property
    def at(self):
        """Bytes of the bundle that have been taken; None without one."""
        return self._receiver.at if self._receiver else None

    async def begin(self):
        """Make the other slot ready for a new bundle. BundleError, OSError say why not."""
        app = self._app
        if self._slots.trial:
            raise BundleError("the firmware that runs has yet to prove itself; wait, or restart")
        self.cancel()
        self.error = ""
        wants = {"board": app.hal.board.name, "chip": self._slots.chip, "mpy": mpy(), "config": CONFIG,
                 "key": app.settings.get("FirmwareKey")}
        receiver = Receiver(self._slots, wants)
        for _ in receiver.clear():
            await self._open()
        self._receiver = receiver

    async def feed(self, data):
        """Take the next bytes of the bundle; waits while a contactor is closed. BundleError, OSError: it is over."""
        self._told_s = self._app.clock.up_s()
        await self._open()
        try:
            await self._receiver.feed(data)
        except (BundleError, OSError) as error:
            self.error = str(error)
            self.cancel()
            raise

    def cancel(self):
        """Drop what has come, or lies ready."""
        if self._receiver:
            self._receiver.close()
        self._receiver = self._url = None

    @property
    def taken(self):
        """Somebody is bringing a bundle right now."""
        idle_s = self._app.clock.up_s() - self._told_s
        return self._busy or (self._receiver is not None and not self._receiver.done and idle_s < _STALE_S)

    async def fetch(self, url):
        """Download a bundle from http:// or https:// and check all of it. False: `error` says why.

        Asked again for the same URL it goes on where the connection broke; another URL takes the place of what came.
        """
        if self._busy or (self._url is None and self.taken):
            self.error = "another bundle is being received"
            return False
        self._busy = True
        try:
            await self._open()
            if self._receiver is None or self._url != url or self._receiver.done:
                await self.begin()
                self._url = url
            await self._get(self._app.hal.network, url, self._receiver.at, self.feed)
            if not self._receiver.done:
                raise OSError("it ends after %d bytes" % self._receiver.at)
        except (BundleError, OSError, ValueError, asyncio.TimeoutError) as error:
            self.error = str(error) or "no answer in time"
            self._app.log.warning("update", "%s: %s" % (url.split("?")[0], self.error))
            return False
        finally:
            self._busy = False
        self._app.log.info("update", "firmware %s is ready" % self.ready)
        return True

    async def install(self, by="console"):
        """Run what lies ready from the next start on, and start anew as soon as no session runs.

        `by` is kept over the restart, in `note`: who is to be told how it ended (anything JSON takes).
        True: it is on its way, and `outcome` after the start tells. False: `error` says why not.
        """
        if not self.ready:
            self.error = "nothing lies ready"
            return False
        central = self._app.central
        note = {"slot": self._slots.other, "version": self.ready, "was": VERSION, "by": by,
                "online": bool(central and central.accepted)}
        try:
            await self._open()
            with open(self._note_path(), "w") as f:
                json.dump(note, f)
            self._slots.activate(note["slot"])
        except (OSError, ValueError) as error:
            self.error = str(error)
            return False
        self._app.log.info("update", "firmware %s runs from the next start on" % self.ready)
        asyncio.create_task(self._restart())
        return True

    async def go_back(self):
        """Run the firmware before this one, on trial. BundleError where there is none."""
        if not self._slots.back or self._slots.trial:
            raise BundleError("there is no other firmware to go back to")
        await self._open()
        self._slots.activate(self._slots.back)
        asyncio.create_task(self._restart())

    def forget(self):
        """The last update's end has been told."""
        self.note = None
        try:
            os.remove(self._note_path())
        except OSError:
            pass

    # After the start

    async def run(self):
        """For ever: see that a new firmware proves itself, and tell how the last update ended."""
        slots, log = self._slots, self._app.log
        self._tell_death()
        if slots.trial or slots.fails:
            if await self._proved():
                await self._open()
                if slots.trial:
                    self._app.security.put("FirmwareUpdated", VERSION)
                slots.confirm()
                log.info("update", "firmware %s is well and stays" % VERSION)
            elif slots.trial:
                log.error("update", "firmware %s did not prove itself (%s): back to the one before" % (VERSION, self._unwell()))
                await self._open()
                slots.give_up()
                await self._restart()
        if self.note:
            self.outcome = "Installed" if self.note.get("slot") == slots.running else "InstallationFailed"
            log.info("update", "update to %s: %s" % (self.note.get("version"), self.outcome))
            if self.note.get("by") == "console" or self._app.central is None:
                await self._open()
                self.forget()
        self.settled.set()
        await asyncio.Event().wait()

    async def _proved(self):
        well = 0
        for _ in range(_PATIENCE_S):
            await asyncio.sleep_ms(_HOUSE_MS)
            well = 0 if self._unwell() else well + 1
            if well >= _WELL_S:
                return True
        return False

    def _unwell(self):
        """What keeps this firmware from being well; "" for nothing. The health gate: ticks, pilots, and whoever was there before."""
        core, central = self._app.core, self._app.central
        if core.dead or not core.ticks:
            return "the safety tick does not run"
        for unit in core.units:
            for row in unit.faults:
                if row.name.startswith("pilot"):
                    return row.text
        if self._slots.trial and self.note and self.note.get("online") and not (central and central.accepted):
            return "the central system has not accepted it"
        return ""

    async def _restart(self):
        while any(one.session for one in self._app.charger.connectors):
            await asyncio.sleep_ms(_HOUSE_MS)
        self._app.restart("soft")

    async def _open(self):
        """Until flash may be written."""
        while True:
            await asyncio.sleep_ms(0)
            if self.may_write():
                return
            await asyncio.sleep_ms(_HOUSE_MS)

    def _tell_death(self):
        path = self._slots.root + "/crash"
        try:
            with open(path) as f:
                lines = f.read(2000).strip().split("\n")
            os.remove(path)
        except OSError:
            return
        for line in lines[-4:]:
            self._app.log.error("update", "died before: " + line.strip()[:100])

    def _note_path(self):
        return self._slots.root + "/note"

    def _read_note(self):
        try:
            with open(self._note_path()) as f:
                note = json.load(f)
            return note if isinstance(note, dict) else None
        except (OSError, ValueError):
            return None
