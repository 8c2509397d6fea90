"""The smallest firmware: ticks, feeds what must be fed, and closes the contactor of a vehicle in state C. For tests of hal/sim."""

import asyncio

_TICK_MS = 20


class App:
    def __init__(self, hal, preset=None):
        self.hal = hal
        self._values = {"CsmsUrl": "", "ChargePointId": "", "AuthorizationKey": "", "MaxCurrentA": "32"}
        self._observers = []
        self._ticks = 0
        self._letter = None
        self.configure(preset)
        hal.every(_TICK_MS, self._tick)

    def observe(self, callback):
        self._observers.append(callback)

    def configure(self, changes=None, names=None):
        for name in changes or ():
            if name not in self._values:
                raise ValueError("%s: there is no such setting" % name)
        self._values.update(changes or {})
        return {name: self._values[name] for name in names or changes or ()}

    def report(self):
        return {"utc": None, "led": "green", "ocpp": {"connected": False, "accepted": False, "queued": 0},
                "tick": {"count": self._ticks, "worst_gap_ms": 20, "worst_us": 1},
                "connectors": [{"letter": self._letter, "command": False} for _ in self.hal.connectors]}

    async def run(self):
        while True:
            self._tell("log", {"level": "info", "source": "fake", "text": self.hal.random(2).hex()})
            await asyncio.sleep_ms(1000)

    def _tick(self):
        self._ticks += 1
        pilot = self.hal.connectors[0].pilot
        pilot.drive(65536)
        pilot.sample()
        letter = "A" if pilot.high_mv > 10500 else "B"
        if letter != self._letter:
            self._letter = letter
            self._tell("pilot", {"connector": 1, "letter": letter, "offered": False, "duty": 1.0})
        self.hal.guard.token()
        self.hal.watchdog.feed()

    def _tell(self, event, fields):
        for callback in self._observers:
            callback(event, fields)
