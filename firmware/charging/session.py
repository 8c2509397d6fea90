"""One charging session: who, why, from when to when, how much. Its facts go into the journal before they count."""
from micropython import const

from firmware.charging import reasons
from firmware.storage import records

_SLACK_S = const(120)                   # after the last journaled register, before the supply went
_DAY_S = const(86400)

STARTING, CHARGING, SUSPENDED_VEHICLE, SUSPENDED_CHARGER = "starting", "charging", "suspended_vehicle", "suspended_charger"


class Session:
    """id            text, unique over all boots
    seq           journal sequence of its BEGIN: its name in records
    connector     number of the connector, from 1
    id_tag, parent, why_began (reasons.BEGAN), reservation (None: none)
    began         (boot, seconds since that boot, UTC seconds or None)
    meter_start_wh, register_wh, wh   register at the beginning, now, and their difference
    state         STARTING until the vehicle has been offered energy, then one of the other three
    state_why     who or what suspended it
    ending, reason  True once it is to end, and why (reasons.ENDED); `ended_by` the card that ended it, "" none
    ended         True once its end is in the journal
    ended_at      as `began`, None while it runs
    sure          False where the register could not be read at the end: the last known one stands
    invalid       the central system refused the card after the session had begun
    """

    def __init__(self, record, resumed=False):
        begin = records.decode_begin(record.payload)
        self.seq = record.seq
        self.id = "%d-%08x" % (record.seq, begin.salt)
        self.connector = begin.connector
        self.id_tag = begin.id_tag
        self.parent = begin.parent
        self.why_began = begin.why
        self.reservation = begin.reservation
        self.began = (record.boot, record.up_s, record.utc_s)
        self.resumed = resumed
        self.meter_start_wh = begin.wh
        self.register_wh = begin.wh
        self.state = STARTING
        self.state_why = ""
        self.ending = False
        self.reason = ""
        self.ended_by = ""
        self.ended = False
        self.ended_at = None
        self.sure = True
        self.invalid = False
        self.invalid_at_wh = 0
        self._rebased_wh = 0

    @property
    def wh(self):
        """Watt-hours so far, by the meter."""
        return self.register_wh - self.meter_start_wh

    def follow(self, meter):
        """From now on the register is read from `meter`, whose count may be set anew meanwhile."""
        self._rebased_wh = meter.rebased_wh if meter else 0

    def read(self, meter):
        """Take in the meter's register as it is; never backwards, and without what it was set anew by."""
        if meter is not None and meter.energy_wh is not None:
            register_wh = meter.energy_wh - (meter.rebased_wh - self._rebased_wh)
            if register_wh > self.register_wh:
                self.register_wh = register_wh

    def end(self, reason, by=""):
        """It is to end; the first reason stays."""
        if not self.ending:
            self.ending = True
            self.reason = reason
            self.ended_by = by


class Found:
    """An open session: its BEGIN `record`, the last register `wh` and when `at` (boot, up_s, utc_s) it was journaled.

    `ending` is its reason where it was about to end, "" where it was running; `reason` what the reset makes of it.
    """

    def __init__(self, record, reset_cause):
        self.record = record
        self.session = Session(record)
        self.connector = self.session.connector
        self.wh = self.session.meter_start_wh
        self.at = self.session.began
        self.ending = ""
        self.ended_by = ""
        power = reset_cause in ("power_on", "brownout")
        self.reason = "power_loss" if power else reasons.AFTER_RESET.get(reset_cause, "reboot")

    def saw(self, record, wh):
        """Take in a later record of that session."""
        self.wh = max(self.wh, wh)
        self.at = (record.boot, record.up_s, record.utc_s)

    def settle(self, meter, spec, settings, scarcity):
        """The session with its register as it must have been when the supply went.

        The meter counts what flowed before the cut; it is believed where its register is not behind the last journaled
        one and no further ahead than the connector could have delivered since. Else the last journaled one stands.
        """
        session = self.session
        session.register_wh = self.wh
        # With few pages left, growth may not have been written: then a day may have passed.
        since_s = (_DAY_S if scarcity > 2 else settings.get("MeterGrowthIntervalS")) + _SLACK_S
        most_wh = spec.rating_ma // 1000 * spec.phases * 276 // 60 * since_s // 60 + 20
        session.sure = (meter is not None and meter.state == "ok" and meter.energy_wh is not None
                        and self.wh <= meter.energy_wh <= self.wh + most_wh)
        if session.sure:
            session.register_wh = meter.energy_wh
        session.follow(meter)
        return session
