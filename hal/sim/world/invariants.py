"""What must hold in every run, checked against the world's truth at every event and every step (SIMULATOR.md, 1 to 5).

The charger's side comes from a view the machinery gives: `view.connectors[i]` with
    command             bool, what the safety core commands
    permit_live         bool, a permit whose lease runs
    latched             bool, a latched fault stands
    session_id          text or None
    faults              names of the faults standing
    limits              dict name -> milliamperes
    self_tested         bool, the residual-current self-test passed since power-on
    stop_commanded_us   instant of a commanded stop that is under way, None without one
Each violation is told once, and again only after the rule held in between.
"""

from boards import in_chip
from hal.sim.world.part import NEVER

REACTION_US = 100000                    # from the vehicle's edge, or a fault, to open contacts
STOP_US = 6000000                       # a commanded stop waits so long for the vehicle (IEC 61851-1 sequence 10.2)
ALARM_US = 1000000                      # a weld is named within
FOLLOW_US = 5000000                     # a sensed limit is on the pilot within
AT_ONCE_US = 1000000                    # one asked for by a person or a server: the supervisor's next round
AT_ONCE = ("user", "profile", "server")
_TOLERANCE_MA = 60
_LIMIT = "more on offer than the limit "
_TOLERANCE_WH = 2


_ENDED = 8
_LOOK_US = 20000                       # between two looks while nothing happens


class _Watch:
    """What is remembered of one connector: since when each rule has been false, and the session whose Wh are counted."""

    def __init__(self):
        self.since = {}                 # rule -> instant it first was false
        self.told = set()
        self.wh = 0                     # the register at the last look
        self.session_id = None
        self.session_from_wh = None     # register up to which this session's Wh are booked


class Invariants:
    """Looks at every event, and at `due_us` while the mere passing of time can break a rule."""

    def __init__(self, world):
        self.view = None
        self.due_us = NEVER
        self.session_wh = {}            # session id -> Wh the meter counted in it with the contactor closed
        self.imposed_in = []            # sessions whose register was tampered with: not compared
        self.forgetful = []             # sessions cut off on a metering chip: what was not journaled yet is lost, never made up
        self._ended = []
        self._world = world
        self._watches = [_Watch() for _ in world.connectors]
        self._stalled_until_us = 0
        self._stall_us = 0

    def stall(self, us):
        """The interpreter stands still for `us` from now; never more than the guard promises counts."""
        world = self._world
        self._stall_us = min(us, world.board.guard.promise_ms * 1000)
        self._stalled_until_us = world.now_us + us

    def imposed(self, connector):
        """The register was set from outside or its meter was broken: this session's Wh prove nothing."""
        watch = self._watches[self._world.connectors.index(connector)]
        watch.wh = connector.meter.wh(self._world.now_us)
        if watch.session_from_wh is not None:
            watch.session_from_wh = watch.wh
        if watch.session_id is not None:
            self.imposed_in.append(watch.session_id)

    def reset(self):
        """The charger restarts: what it believed is gone. Its sessions' Wh stay booked, by their ids."""
        self._book_all()
        for watch, connector in zip(self._watches, self._world.connectors):
            watch.since = {}
            if watch.session_id is not None and connector.spec.meter and in_chip(connector.spec.meter):
                self.forgetful.append(watch.session_id)
            watch.session_id = None
            watch.session_from_wh = None

    def session_ended(self, session_id, wh):
        """A session says it took `wh`; compare with what the meter counted in it. Returns the difference in Wh."""
        self._book_all()
        self._forget_others(session_id)
        counted = self.session_wh.get(session_id, 0)
        lost = session_id in self.forgetful and wh < counted
        if session_id not in self.imposed_in and not lost and abs(wh - counted) > _TOLERANCE_WH:
            self._world.violation("invariant 5: session %s reports %d Wh, the meter counted %d Wh in it" % (session_id, wh, counted))
        return wh - counted

    def _forget_others(self, ended):
        """The last few sessions that ended stay, should one be told again; whoever counts them for ever grows."""
        if ended in self._ended:
            return
        self._ended.append(ended)
        if len(self._ended) > _ENDED:
            old = self._ended.pop(0)
            self.session_wh.pop(old, None)
            for told in (self.imposed_in, self.forgetful):
                while old in told:
                    told.remove(old)

    def _book_all(self):
        for i, connector in enumerate(self._world.connectors):
            watch = self._watches[i]
            wh = connector.meter.wh(self._world.now_us)
            if watch.session_from_wh is not None:
                self._count(watch.session_id, wh - watch.session_from_wh)
                watch.session_from_wh = wh

    def _count(self, session_id, wh):
        self.session_wh[session_id] = self.session_wh.get(session_id, 0) + wh

    def check(self, now_us):
        """Look at every connector now."""
        view = self.view
        watching = False
        for i, connector in enumerate(self._world.connectors):
            watch = self._watches[i]
            contactor = connector.contactor
            offers = connector.pilot is not None and connector.pilot.offered_ma
            if contactor.closed or contactor.command or offers or watch.since or watch.session_from_wh is not None:
                watching = True
                seen = view.connectors[i] if view else None
                if watch.since or not _in_order(connector, watch, seen):
                    self._check(now_us, connector, watch, seen)
        self.due_us = now_us + _LOOK_US if watching else NEVER

    def calm(self):
        """True while no rule is false that is allowed to be so for a while: only events can break one then."""
        for watch in self._watches:
            if watch.since:
                return False
        if self.view:
            for seen in self.view.connectors:
                if seen.stop_commanded_us is not None:
                    return False
        return True

    def _check(self, now_us, connector, watch, seen):
        contactor = connector.contactor
        made = contactor.made
        self._register(now_us, connector, watch)
        plugged = connector.vehicle.plugged
        self._within(now_us, watch, connector, 2, "live contacts without a plug", made and not plugged and connector.live, REACTION_US)
        if seen is None:
            return
        self._book(now_us, connector, watch, seen)
        powered = self._world.powered
        if made:
            self._closed(now_us, connector, watch, seen)
        elif watch.since:
            for rule in ("no energy asked for", "no live permit", "a latched fault"):
                watch.since.pop(rule, None)
                watch.told.discard(rule)
        coil = contactor.command and powered
        self._within(now_us, watch, connector, 4, "commanded closed before the self-test", coil and not seen.self_tested, 0)
        bad = contactor.welded and connector.spec.feedback and powered and not contactor.coil
        alarm = seen.command is False and _has_weld(seen.faults)
        self._within(now_us, watch, connector, 2, "a weld without an alarm", bad and not alarm, ALARM_US)
        self._offers(now_us, connector, watch, seen)

    def _closed(self, now_us, connector, watch, seen):
        """Rule 1, while the contacts are made by the coil (a weld is nobody's command)."""
        asks = connector.vehicle.asking or (connector.pilot is None and connector.vehicle.plugged)
        stop_us = seen.stop_commanded_us
        self._within(now_us, watch, connector, 1, "no energy asked for", not asks and connector.vehicle.plugged, REACTION_US)
        self._within(now_us, watch, connector, 1, "no live permit", not seen.permit_live, STOP_US + REACTION_US)
        self._within(now_us, watch, connector, 1, "a latched fault", seen.latched, REACTION_US)
        late = stop_us is not None and now_us - stop_us > STOP_US + REACTION_US
        self._within(now_us, watch, connector, 1, "a stop commanded 6 s ago", late, 0)

    def _offers(self, now_us, connector, watch, seen):
        """Rule 3: what the wire says against every limit, the world's own knowledge of board and cable included."""
        offered_ma = connector.pilot.offered_ma if connector.pilot is not None else 0
        spec = connector.spec
        over = offered_ma > spec.rating_ma + _TOLERANCE_MA
        self._within(now_us, watch, connector, 3, "more on offer than the board's rating", over, 0)
        if spec.proximity and connector.cable.amps:
            over = offered_ma > connector.cable.amps * 1000 + _TOLERANCE_MA
            self._within(now_us, watch, connector, 3, "more on offer than the cable carries", over, FOLLOW_US)
        for name in seen.limits:
            over = offered_ma > seen.limits[name] + _TOLERANCE_MA
            patience_us = AT_ONCE_US if name in AT_ONCE else FOLLOW_US
            self._within(now_us, watch, connector, 3, _LIMIT + name, over, patience_us)
        if watch.since:     # a limit that was lifted begins anew when it comes again
            for rule in list(watch.since):
                if rule.startswith(_LIMIT) and rule[len(_LIMIT):] not in seen.limits:
                    self._within(now_us, watch, connector, 3, rule, False, 0)

    def _register(self, now_us, connector, watch):
        wh = connector.meter.wh(now_us)
        if wh < watch.wh:
            self._tell(watch, connector, 5, "the register went back", "from %d to %d Wh" % (watch.wh, wh))
        watch.wh = wh

    def _book(self, now_us, connector, watch, seen):
        """Rule 5: keep the Wh of each session while its contactor is closed."""
        counting = seen.session_id if connector.contactor.closed else None
        if counting == watch.session_id and (watch.session_from_wh is None) == (counting is None):
            return
        if watch.session_from_wh is not None:
            self._count(watch.session_id, watch.wh - watch.session_from_wh)
        watch.session_id = counting
        watch.session_from_wh = watch.wh if counting is not None else None

    def _within(self, now_us, watch, connector, number, rule, wrong, patience_us):
        """`wrong` may hold for `patience_us` (and a stall) from when it began."""
        since = watch.since
        if not wrong:
            if rule in since:
                del since[rule]
                watch.told.discard(rule)
            return
        if rule not in since:
            since[rule] = now_us
        began_us = since[rule]
        if number < 3 and self._stalled_until_us > began_us:
            patience_us += self._stall_us
        if now_us - began_us > patience_us and rule not in watch.told:
            watch.told.add(rule)
            self._tell(watch, connector, number, rule, "for %d ms, allowed %d ms" % ((now_us - began_us) // 1000, patience_us // 1000))

    def _tell(self, watch, connector, number, rule, facts):
        spec_id = connector.spec.id
        self._world.violation("invariant %d: connector %d: %s: %s at %d us" % (number, spec_id, rule, facts, self._world.now_us))

    def dump(self):
        """What outlives the charger's process: the Wh of its sessions."""
        self._book_all()
        return {"session_wh": self.session_wh, "imposed_in": self.imposed_in, "forgetful": self.forgetful,
                "wh": [watch.wh for watch in self._watches]}

    def load(self, state):
        self.session_wh = dict(state["session_wh"])
        self.imposed_in = list(state["imposed_in"])
        self.forgetful = list(state.get("forgetful", ()))
        for watch, wh in zip(self._watches, state["wh"]):
            watch.wh = wh


def _in_order(connector, watch, seen):
    """True for the common cases, a plain charge or a plain offer with nothing near any rule: the short way round `_check`."""
    contactor = connector.contactor
    vehicle = connector.vehicle
    if contactor.welded or contactor.made != contactor.command:
        return False
    if contactor.made and not (vehicle.plugged and (vehicle.asking or vehicle.plain)):
        return False
    if seen is None:
        return True
    if contactor.made:
        if not seen.permit_live or seen.latched or not seen.self_tested or seen.stop_commanded_us is not None:
            return False
        if watch.session_from_wh is None or seen.session_id != watch.session_id:
            return False
    elif watch.session_from_wh is not None:
        return False
    offered_ma = connector.pilot.offered_ma if connector.pilot is not None else 0
    if connector.cable.amps and offered_ma > connector.cable.amps * 1000:
        return False
    for limit_ma in seen.limits.values():
        if offered_ma > limit_ma:
            return False
    return offered_ma <= connector.spec.rating_ma


def _has_weld(faults):
    for name in faults:
        if "weld" in name:
            return True
    return False
