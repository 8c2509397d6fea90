"""Reads a connector's measurands into one sample, and decides which samples of a session are kept."""
from micropython import const

from firmware.storage import records
from firmware.storage.journal import JournalFull

_DAY_S = const(86400)


def read(connector, context):
    """`records.Sample` of a connector now; register of its session where one runs."""
    sample = records.Sample()
    meter, session, unit = connector.meter, connector.session, connector.unit
    phases = connector.spec.phases
    known = meter is not None and meter.energy_wh is not None
    sample.session = session.seq if session else 0
    sample.connector = connector.id
    sample.context = context
    sample.wh = session.register_wh if session else meter.energy_wh if known else 0
    sample.export_wh = (meter.export_wh or 0) if known else 0
    sample.power_w = meter.power_w if known else 0
    sample.offered_ma = unit.offered_ma if unit.offered else 0
    sample.frequency_mhz = (meter.frequency_mhz or 0) if known else 0
    sample.power_factor_milli = (meter.power_factor_milli or 0) if known else 0
    sample.temperature_dc = connector.temperature_dc
    sample.volts_mv = list(meter.volts_mv[:phases]) if known else []
    sample.amps_ma = list(meter.amps_ma[:phases]) if known else []
    return sample


class Sampling:
    """Of one session: samples at each MeterValueSampleInterval and at clock-aligned times, and the register as it grows.

    When pages get scarce, samples are thinned to every second, fourth, eighth; what cannot be written is left out, for
    a session's beginning and end must always find room.
    """

    def __init__(self, connector, journal, settings, clock):
        self._connector = connector
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._sample_s = self._growth_s = clock.up_s()
        self._slot = self._aligned_slot()
        self._kept_wh = connector.session.register_wh
        self._turn = 0

    def step(self):
        """To be called a few times a second while the session runs."""
        now = self._clock.up_s()
        interval = self._settings.get("MeterValueSampleInterval")
        if interval and now - self._sample_s >= interval:
            self._sample_s = now if now - self._sample_s >= 2 * interval else self._sample_s + interval
            self._sample(records.PERIODIC)
        slot = self._aligned_slot()
        if slot != self._slot:
            if self._slot is not None and slot is not None:
                self._sample(records.ALIGNED)
            self._slot = slot
        if now - self._growth_s >= self._settings.get("MeterGrowthIntervalS"):
            self._growth_s = now
            if self._connector.session.register_wh != self._kept_wh:
                self.keep()

    def keep(self):
        """Journal the register as it is now."""
        session = self._connector.session
        self._write(records.METER, records.encode_meter(session.seq, session.register_wh))

    def edge(self, context):
        """A sample at the beginning or the end, where the stop message wants them, or when an interrupted session goes on."""
        if context == records.RESUMED or self._settings.get("StopTxnSampledData"):
            self._write(records.SAMPLE, records.encode_sample(read(self._connector, context)))

    def _sample(self, context):
        self._turn += 1
        if self._turn % (1 << self._journal.scarcity) == 0:
            self._write(records.SAMPLE, records.encode_sample(read(self._connector, context)))

    def _write(self, kind, payload):
        try:
            self._journal.append(kind, payload)
        except (JournalFull, OSError):
            return                      # a value in between; the register at the end says it all
        self._kept_wh = self._connector.session.register_wh
        self._growth_s = self._clock.up_s()

    def _aligned_slot(self):
        interval = self._settings.get("ClockAlignedDataInterval")
        utc_s = self._clock.utc_s()
        return None if not interval or utc_s is None else (utc_s // _DAY_S, utc_s % _DAY_S // interval)
