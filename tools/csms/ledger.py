"""The book of transactions, and the rules a charger's bill must keep: order, identity, energy and time."""

from dataclasses import dataclass, field
from datetime import datetime

from tools.csms.frames import moment

ENERGY = "Energy.Active.Import.Register"


@dataclass
class Transaction:
    """One charging transaction as the charge point told it."""

    id: int
    charge_point: str
    connector: int
    id_tag: str
    meter_start_wh: int
    began: datetime
    status: str = "Accepted"
    meter_stop_wh: int | None = None
    ended: datetime | None = None
    reason: str | None = None
    stop_id_tag: str | None = None
    samples: list = field(default_factory=list)  # of (datetime, Wh)
    repeats: int = 0  # how often Start or Stop came again because an answer was lost

    @property
    def open(self):
        return self.ended is None

    @property
    def wh(self):
        """Energy of the finished transaction, or what the last sample says of an open one."""
        last = self.samples[-1][1] if self.samples else self.meter_start_wh
        return (last if self.meter_stop_wh is None else self.meter_stop_wh) - self.meter_start_wh

    @property
    def last_moment(self):
        return max([self.began] + [when for when, _ in self.samples])

    @property
    def last_wh(self):
        return max([self.meter_start_wh] + [wh for _, wh in self.samples])


class Ledger:
    """Takes in what charge points say of their transactions. Every method returns the rules that were broken."""

    def __init__(self, first_id=1001):
        self.transactions = []
        self._next_id = first_id

    def find(self, transaction_id):
        return next((one for one in self.transactions if one.id == transaction_id), None)

    def start(self, charge_point, payload, answered):
        """(transaction, broken rules). The same Start again is the same transaction: an answer may get lost.
        `answered(transaction)` tells whether the charge point is known to have had its answer."""
        began, connector = moment(payload["timestamp"]), payload["connectorId"]
        id_tag, meter_wh = payload["idTag"], payload["meterStart"]
        here = [t for t in self.transactions if t.charge_point == charge_point and t.connector == connector]
        for one in here:
            if (one.began, one.id_tag, one.meter_start_wh) == (began, id_tag, meter_wh) and (
                one.open or not answered(one)
            ):
                one.repeats += 1
                return one, [f"StartTransaction of {one.id} again, though it was answered"] if answered(one) else []
        broken = []
        if connector < 1:
            broken.append(f"StartTransaction on connector {connector}")
        if meter_wh < 0:
            broken.append(f"meterStart {meter_wh} Wh is negative")
        if here:
            before = here[-1]
            if before.open:
                broken.append(f"StartTransaction on connector {connector}, where {before.id} is not stopped")
            elif began < before.ended:
                broken.append(f"starts at {payload['timestamp']}, before {before.id} ended")
            reached = before.last_wh if before.open else before.meter_stop_wh
            if meter_wh < reached:
                broken.append(f"meterStart {meter_wh} Wh; the register of connector {connector} had {reached} Wh")
        one = Transaction(self._next_id, charge_point, connector, id_tag, meter_wh, began)
        self._next_id += 1
        self.transactions.append(one)
        return one, broken

    def values(self, charge_point, payload):
        """Broken rules of one MeterValues."""
        if "transactionId" not in payload:
            return _readings(payload["meterValue"])[1]
        one = self.find(payload["transactionId"])
        if one is None or one.charge_point != charge_point:
            return [f"MeterValues of an unknown transaction {payload['transactionId']}"]
        broken = []
        if payload["connectorId"] != one.connector:
            broken.append(f"MeterValues of {one.id} on connector {payload['connectorId']}; it runs on {one.connector}")
        if not one.open:
            broken.append(f"MeterValues of {one.id} after its StopTransaction")
        return broken + self._take(one, payload["meterValue"])

    def stop(self, charge_point, payload, answered):
        """(transaction or None, broken rules)."""
        one = self.find(payload["transactionId"])
        if one is None or one.charge_point != charge_point:
            return None, [f"StopTransaction of an unknown transaction {payload['transactionId']}"]
        ended, meter_wh = moment(payload["timestamp"]), payload["meterStop"]
        if not one.open:
            if (ended, meter_wh) != (one.ended, one.meter_stop_wh):
                return one, [f"a second, different StopTransaction of {one.id}"]
            one.repeats += 1
            return one, [f"StopTransaction of {one.id} again, though it was answered"] if answered(one) else []
        broken = self._take(one, payload.get("transactionData", []), inside_stop=True)
        if meter_wh < one.last_wh:
            broken.append(f"meterStop {meter_wh} Wh of {one.id}; its register had reached {one.last_wh} Wh")
        if ended < one.last_moment:
            broken.append(f"{one.id} ends at {payload['timestamp']}, before its last reading or its start")
        one.meter_stop_wh, one.ended = meter_wh, ended
        one.reason, one.stop_id_tag = payload.get("reason", "Local"), payload.get("idTag")
        return one, broken

    def _take(self, one, meter_values, inside_stop=False):
        readings, broken = _readings(meter_values)
        last_wh, last_moment = one.meter_start_wh, one.began
        if not inside_stop:  # the data of a Stop starts again from the transaction's begin
            last_wh, last_moment = one.last_wh, one.last_moment
        for when, wh in readings:
            if when < last_moment:
                broken.append(f"a reading of {one.id} at {when:%H:%M:%S} after one at {last_moment:%H:%M:%S}")
            if wh is not None and wh < last_wh:
                broken.append(f"the register went back in {one.id}: {wh} Wh after {last_wh} Wh")
            last_moment = max(when, last_moment)
            last_wh = last_wh if wh is None else max(wh, last_wh)
            if wh is not None:
                one.samples.append((when, wh))
        return broken


def _readings(meter_values):
    """([(moment, register in Wh or None)], broken rules) of a list of MeterValue."""
    readings, broken = [], []
    for meter_value in meter_values:
        when, wh = moment(meter_value["timestamp"]), None
        if not meter_value["sampledValue"]:
            broken.append("a MeterValue without any sampledValue")
        for sample in meter_value["sampledValue"]:
            if sample.get("format") == "SignedData":
                continue
            try:
                number = float(sample["value"])
            except ValueError:
                broken.append(f"the value {sample['value']!r} is not a number")
                continue
            if sample.get("measurand", ENERGY) == ENERGY and "phase" not in sample:
                wh = number * (1000 if sample.get("unit") == "kWh" else 1)
        readings.append((when, wh))
    return readings, broken
