"""Updates of the firmware: received into the other slot, run at the next idle restart, kept only once it has proved itself.

Whoever brings it (console, OCPP) asks here. Flash is written with every contactor open; a bundle that comes while a
vehicle charges waits. The slots themselves, and what runs after a death, are `hal.slots`. What receives a bundle
(`receiver`) and what watches over a new firmware (`proving`) are loaded for as long as that takes.
"""
import asyncio
import json
import os
import sys

from micropython import const

from firmware.support import neterrors, ondemand
from firmware.version import CONFIG, VERSION

_HOUSE_MS = const(1000)
_STALE_S = const(120)           # a bundle that stopped coming (console) makes room for another


class BundleError(Exception):
    """The bundle is not taken; the text says why. The slot is empty."""


class Updater:
    """`app` is `firmware.app.App`; `get` fetches a file, as `firmware.ocpp.download.get`; `may_write()` is true with contactors open.

    `settled` is set once it is known how the last update ended: `outcome` is "Installed", "InstallationFailed" or None
    where none was made, and `note` then its {"version", "by", ...}. `error` says why the last try failed.

    Of the bundle that comes or has come: `at`, bytes taken, None without one; `size`, of the whole, once known. Of one that lies
    ready in the other slot: `ready`, its version, and `digest`, the SHA-256 of the whole, 32 bytes; else None.
    """

    def __init__(self, app, get, may_write):
        self.app = app
        self.slots = app.hal.slots
        self._get = get
        self.may_write = may_write
        self._receiver = self._url = None
        self.at = self.size = self.ready = self.digest = None
        self._busy = False
        self._told_s = 0
        self.error = ""
        self.outcome = None
        self.note = self._read_note()
        self.settled = asyncio.Event()

    def status(self):
        """What there is to know, as a dict."""
        slots = self.slots
        return {
            "version": VERSION, "slot": slots.running, "trial": slots.trial, "back": slots.back, "at": self.at, "size": self.size,
            "ready": self.ready, "error": self.error, "outcome": self.outcome,
        }

    async def begin(self):
        """Make the other slot ready for a new bundle. BundleError, OSError say why not."""
        app = self.app
        if self.slots.trial:
            raise BundleError("the firmware that runs has yet to prove itself; wait, or restart")
        self.cancel()
        self.error = ""
        wants = {"board": app.hal.board.name, "chip": self.slots.chip, "mpy": str(sys.implementation._mpy), "config": CONFIG,
                 "key": app.settings.get("FirmwareKey")}
        await self.opened()
        receiver = ondemand.load("firmware.update.receiver").Receiver(self.slots, wants)
        try:
            for _ in receiver.clear():
                await self.opened()
        except BaseException:
            ondemand.release("firmware.update.receiver")
            raise
        self._receiver = receiver
        self.at = 0

    async def feed(self, data):
        """Take the next bytes of the bundle; waits while a contactor is closed. BundleError, OSError: it is over."""
        self._told_s = self.app.clock.up_s()
        await self.opened()
        receiver = self._receiver
        try:
            if receiver is None:
                raise BundleError("bytes stand behind the last file")
            await receiver.feed(data)
        except (BundleError, OSError) as error:
            self.error = str(error)
            self.cancel()
            raise
        if receiver is self._receiver:      # else it was dropped meanwhile
            self.at, self.size = receiver.at, receiver.size
            if receiver.done:
                self._let_go()
                self.ready, self.digest = receiver.version, receiver.digest

    def cancel(self):
        """Drop what has come, or lies ready."""
        if self._receiver:
            self._receiver.close()
            self._let_go()
        self._url = self.at = self.size = self.ready = self.digest = None

    def _let_go(self):
        self._receiver = None
        ondemand.release("firmware.update.receiver")

    @property
    def taken(self):
        """Somebody is bringing a bundle right now."""
        idle_s = self.app.clock.up_s() - self._told_s
        return self._busy or (self._receiver is not None and idle_s < _STALE_S)

    async def fetch(self, url):
        """Download a bundle from http:// or https:// and check all of it. False: `error` says why.

        Asked again for the same URL it goes on where the connection broke; another URL takes the place of what came.
        """
        if self._busy or (self._url is None and self.taken):
            self.error = "another bundle is being received"
            return False
        self._busy = True
        try:
            await self.opened()
            if self._receiver is None or self._url != url:
                await self.begin()
                self._url = url
            await self._get(self.app.hal.network, url, self.at, self.feed)
            if not self.ready:
                raise OSError("it ends after %d bytes" % self.at)
        except (BundleError, OSError, ValueError, asyncio.TimeoutError) as error:
            self.error = neterrors.told(error) or "no answer in time"
            self.app.log.warning("update", "%s: %s" % (url.split("?")[0], self.error))
            return False
        finally:
            self._busy = False
        self.app.log.info("update", "firmware %s is ready" % self.ready)
        return True

    async def install(self, by="console"):
        """Run what lies ready from the next start on, and start anew as soon as no session runs.

        `by` is kept over the restart, in `note`: who is to be told how it ended (anything JSON takes).
        True: it is on its way, and `outcome` after the start tells. False: `error` says why not.
        """
        if not self.ready:
            self.error = "nothing lies ready"
            return False
        central = self.app.central
        note = {"slot": self.slots.other, "version": self.ready, "was": VERSION, "by": by,
                "online": bool(central and central.accepted)}
        try:
            await self.opened()
            with open(self._note_path(), "w") as f:
                json.dump(note, f)
            self.slots.activate(note["slot"])
        except (OSError, ValueError) as error:
            self.error = str(error)
            return False
        self.app.log.info("update", "firmware %s runs from the next start on" % self.ready)
        asyncio.create_task(self.restart())
        return True

    async def go_back(self):
        """Run the firmware before this one, on trial. BundleError where there is none."""
        if not self.slots.back or self.slots.trial:
            raise BundleError("there is no other firmware to go back to")
        await self.opened()
        self.slots.activate(self.slots.back)
        asyncio.create_task(self.restart())

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
        await self.opened()
        proving = ondemand.load("firmware.update.proving")
        try:
            await proving.prove(self)
        finally:
            proving = None
            ondemand.release("firmware.update.proving")
        self.settled.set()
        await asyncio.Event().wait()

    async def restart(self):
        """As soon as no session runs."""
        while any(one.session for one in self.app.charger.connectors):
            await asyncio.sleep_ms(_HOUSE_MS)
        self.app.restart("soft")

    async def opened(self):
        """Until flash may be written, and modules loaded."""
        while True:
            await asyncio.sleep_ms(0)
            if self.may_write():
                return
            await asyncio.sleep_ms(_HOUSE_MS)

    def _note_path(self):
        return self.slots.root + "/note"

    def _read_note(self):
        try:
            with open(self._note_path()) as f:
                note = json.load(f)
            return note if isinstance(note, dict) else None
        except (OSError, ValueError):
            return None
