"""The charger's side of the world's invariants: what the running firmware believes and commands, read when asked."""


class Seen:
    """One connector as hal/sim/world/invariants.py wants to see it."""

    def __init__(self, unit, connector, core, clock):
        self._unit = unit
        self._connector = connector
        self._core = core
        self._clock = clock
        self._limits = {}
        self._tested = False
        self._stop_us = None
        self._closing = 0               # which closing that stop is of

    @property
    def command(self):
        return self._unit.command

    @property
    def permit_live(self):
        return self._unit.permit.live

    @property
    def latched(self):
        return bool(self._unit.book.latched)

    @property
    def session_id(self):
        session = self._connector.session
        return session.id if session else None

    @property
    def faults(self):
        return [row.name for row in self._unit.faults]

    @property
    def limits(self):
        limits = self._limits
        limits.clear()
        limits.update(self._connector.limits.all())
        limits["temperature"] = self._core.thermal.limit_ma
        limits["voltage"] = self._unit.supply.limit_ma
        return limits

    @property
    def self_tested(self):
        """Once since this boot."""
        self._tested = self._tested or self._unit.residual.passed
        return self._tested

    @property
    def stop_commanded_us(self):
        """Since when the contactor is only held for the vehicle to let go."""
        unit = self._unit
        if not unit.command or (unit.permit.live and unit.limit_ma >= unit.floor_ma):
            self._stop_us = None
        elif self._stop_us is None or self._closing != unit.contactor.closings:
            self._stop_us = self._clock.now_us
            self._closing = unit.contactor.closings
        return self._stop_us


class View:
    """`connectors` in the order of the board's."""

    def __init__(self, app, clock):
        self.connectors = [Seen(app.core.unit(one.id), one, app.core, clock) for one in app.charger.connectors]
