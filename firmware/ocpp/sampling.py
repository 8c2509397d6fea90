"""Meter values outside the journal: of idle connectors at round times of the day, and those that are asked for.

What a session samples is `charging`'s, goes to the journal and is reported from there.
"""
import asyncio

from micropython import const

from firmware.charging import samples
from firmware.ocpp import metervalues
from firmware.ocpp.exchange import Unanswered
from firmware.ocpp.frames import CallError
from firmware.storage import records
from firmware.support.clock import iso8601

_DAY_S = const(86400)
_FRESH_S = const(5)


class Sampler:
    """Sends MeterValues for connectors that nobody charges at; those of a session are the journal's."""

    def __init__(self, central):
        self._central = central
        self._mark = None

    def step(self):
        if self._round_time() and self._central.ready.is_set():
            for connector in self._central.charger.connectors:
                if connector.session is None:
                    asyncio.create_task(self.send(connector, records.ALIGNED, "MeterValuesAlignedData"))

    async def send(self, connector, context, key):
        """Tell what the meter says now, with the transaction if there is one; `key` names the measurands' setting.

        What cannot be told now is not told later.
        """
        central = self._central
        meter, session = connector.meter, connector.session
        if not central.may_answer() or meter is None or meter.energy_wh is None or meter.state != "ok":
            return
        value = metervalues.meter_value(iso8601(central.clock.utc_s()), samples.read(connector, context),
                                        central.settings.get(key), metervalues.lines_of(connector.spec), context)
        if value is None:
            return
        payload = {"connectorId": connector.id, "meterValue": [value]}
        if session and not session.ending:      # else it has its last moment already
            transaction = central.transactions.transaction_of(session.id)
            if transaction is not None:
                payload["transactionId"] = transaction
                connector.keep_register()
        try:
            await central.call("MeterValues", payload)
        except (Unanswered, CallError) as error:
            central.log.info("ocpp", str(error))

    def _round_time(self):
        """True when a multiple of ClockAlignedDataInterval since midnight UTC has just been passed."""
        interval = self._central.settings.get("ClockAlignedDataInterval")
        utc_s = self._central.clock.utc_s()
        if not interval or utc_s is None:
            self._mark = None
            return False
        mark = utc_s - utc_s % _DAY_S % interval
        before, self._mark = self._mark, mark
        return before is not None and mark > before and utc_s - mark < _FRESH_S
