"""The desk: requests come in from the parent, one after another, answers go out with the world's time on them."""

from hal.sim.world import WorldError
from hal.sim.world.part import NEVER


class Promise:
    """An `advance` or `wait` that is under way: kept at `until_us`, or before when `shown()` is true.

    `shows()` is what there is to see instead when the time is over, as {path: value}.
    """

    def __init__(self, seq, until_us, shown=None, shows=None):
        self.seq = seq
        self.until_us = until_us
        self.shown = shown
        self.shows = shows


class Desk:
    """`commands` maps a request's name to callable(request) -> result or Promise; WorldError refuses.

    `in_turn`: a request is only looked at when the one before is answered and the firmware has come to rest (what makes
    a run at `--speed max` repeatable); otherwise as soon as it is there.
    """

    def __init__(self, link, clock, commands, in_turn):
        self._link = link
        self._clock = clock
        self._commands = commands
        self._in_turn = in_turn
        self._inbox = []
        self._promises = []
        self.due_us = NEVER  # when the next promise is due; 0 where each look counts, because one may be kept before its time
        self.until_us = NEVER  # as far as the clock may go for them
        self._rested = False
        self.report = None  # report(where, exception): a fault in the program
        self.end = None  # called when the parent wants to end
        self.before = None  # called before a request is done
        self.seq = None  # of the request being done
        self.interrupted = None  # of one that a cut fell into

    def fetch(self):
        """Take in what has come; what must not wait its turn is done at once."""
        for request in self._link.receive():
            if "forget" in request:
                self._forget(request["forget"])
            elif "end" in request:
                self.end()
            else:
                self._inbox.append(request)

    def busy(self):
        return bool(self._promises)

    def next_us(self):
        """When the next promise is due."""
        return self.until_us

    def rests(self):
        """True while there is nothing to serve."""
        return self._clock.now_us < self.due_us and self._rested and not self._inbox

    def serve(self):
        """Keep promises, do requests; True when anything was done (tasks may have become ready)."""
        if not self._rested:
            self._rested = True
            self._link.send({"rest": True})
        did = False
        if self._clock.now_us >= self.due_us:
            did = self._keep()
        while self._inbox and not (self._in_turn and self._promises):
            self._do(self._inbox.pop(0))
            did = True
            if self._in_turn:
                break
        return did

    def promises(self):
        """seq -> until_us of what is under way, for the interpreter that comes after this one."""
        return {str(promise.seq): promise.until_us for promise in self._promises}

    def _keep(self):
        did = False
        for promise in list(self._promises):
            if promise.shown is not None and promise.shown():
                self._answer(promise.seq, {})
            elif self._clock.now_us < promise.until_us:
                continue
            elif promise.shows is None:
                self._answer(promise.seq, {})
            else:
                self._link.send({"answer": promise.seq, "t": self._clock.now_us, "shows": promise.shows()})
            self._promises.remove(promise)
            self._plan()
            did = True
        return did

    def _plan(self):
        self.until_us = NEVER
        waiting = False
        for promise in self._promises:
            self.until_us = min(self.until_us, promise.until_us)
            waiting = waiting or promise.shown is not None
        self.due_us = 0 if waiting else self.until_us

    def _do(self, request):
        self.seq = request["seq"]
        if self.before:
            self.before()
        try:
            command = self._commands[request["do"]]
            result = command(request)
        except WorldError as error:
            self._answer(self.seq, None, str(error))
        except Exception as error:
            self.report("desk", error)
            self._answer(self.seq, None, "%s failed inside: %r" % (request["do"], error))
        else:
            if isinstance(result, Promise):
                self._promises.append(result)
                self._plan()
            else:
                self._answer(self.seq, {} if result is None else result)
        self.seq = None

    def _forget(self, seq):
        self._promises = [promise for promise in self._promises if promise.seq != seq]
        self._plan()
        self._inbox = [request for request in self._inbox if request["seq"] != seq or request["do"] not in ("advance", "wait")]

    def _answer(self, seq, result, error=None):
        message = {"answer": seq, "t": self._clock.now_us}
        if error is None:
            message["result"] = result
        else:
            message["error"] = error
        self._link.send(message)
