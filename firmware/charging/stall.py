"""A planned stall: everything open and at rest while the interpreter is busy for a second, as with a TLS handshake.

The vehicle is asked to stop (steady pilot), the contactor opens, the work is done, the sessions go on. It is done at most
once in half an hour; whoever comes sooner waits until no contactor is closed. An open contactor makes a late tick no
fault, so a planned stall counts towards no latch.
"""
import asyncio

from micropython import const

_PAUSE_S = const(1800)
_LOOK_MS = const(50)
_LONGEST_MS = const(15000)              # a vehicle has six seconds to stop; a contactor that stays closed is a fault


class PlannedStall:
    """`async with` it around the work; OSError where the contactor does not open. `name` stands in the limits."""

    NAME = "stall"

    def __init__(self, charger):
        self._charger = charger
        self._turn = asyncio.Lock()
        self._last_s = None

    def closed(self):
        """A contactor is closed, or is told to be."""
        for unit in self._charger.core.units:
            if unit.command:
                return True
        return False

    def free(self):
        """It may begin now."""
        now_s = self._charger.clock.up_s()
        return self._last_s is None or now_s - self._last_s >= _PAUSE_S or not self.closed()

    async def wait(self):
        """Until it may begin."""
        while not self.free():
            await asyncio.sleep(1)

    async def __aenter__(self):
        while True:
            await self.wait()           # without the turn: others may need none of it
            await self._turn.acquire()
            if self.free():
                break
            self._turn.release()
        try:
            await self._open()
        except BaseException:
            self._limit(None)
            self._turn.release()
            raise

    async def __aexit__(self, *error):
        self._limit(None)
        self._turn.release()

    async def _open(self):
        charger = self._charger
        if self.closed():
            self._last_s = charger.clock.up_s()
            charger.log.info("charging", "pauses for a planned stall")
        self._limit(0)
        began = charger.clock.ticks_ms()
        while self.closed():
            if charger.clock.since(began) > _LONGEST_MS:
                raise OSError("a contactor stays closed")
            await asyncio.sleep_ms(_LOOK_MS)
        while self._live() and charger.clock.since(began) <= _LONGEST_MS:
            await asyncio.sleep_ms(_LOOK_MS)    # welded contacts stay live whatever we wait for
        charger.core.plan_stall()

    def _live(self):
        return any([unit.contactor.poles for unit in self._charger.core.units])

    def _limit(self, current_ma):
        for connector in self._charger.connectors:
            connector.limits.set(self.NAME, current_ma)
