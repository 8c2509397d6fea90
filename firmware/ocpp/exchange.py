"""CALLs and their answers over the link: ours one at a time, those of the central system checked and answered."""
import asyncio

from firmware.ocpp import frames, schema
from firmware.ocpp.frames import BadMessage, CallError


class Unanswered(Exception):
    """No answer: the time is over or the connection is lost. Nobody knows whether the other side has the message."""


class Exchange:
    """`handle(action, payload)` answers a CALL of the central system: with a payload, with (payload, after) where
    `after()` runs once the answer is on its way, or with a coroutine that ends in either. CallError refuses it.
    While `deaf` every CALL is ignored.
    """

    def __init__(self, link, settings, log, random):
        self._link = link
        self._settings = settings
        self._log = log
        self._random = random
        self.handle = self.on_bad = None
        self.deaf = False
        self._turn = asyncio.Lock()
        self._wanted = ()
        self._answer = None
        self._came = asyncio.Event()
        self._overdue = ()
        self._late_answer = None
        self._late = asyncio.Event()
        self._observers = []
        link.on_text = self._text

    def observe(self, callback):
        """Have `callback(direction, text)` called for every frame, direction "in" or "out"."""
        self._observers.append(callback)

    async def call(self, action, payload, id=None, earlier=()):
        """The answer's payload, checked. Waits its turn first: one CALL is outstanding at a time (OCPP-J 4.1.1).

        `earlier` are ids this very message was sent under before: an answer to one of those is one to this as well.
        Raises CallError (the central system refused, or answered something malformed) or Unanswered.
        """
        async with self._turn:
            id = id or frames.new_id(self._random)
            self._answer = None
            self._came.clear()
            self._wanted = (id,) + tuple(earlier)
            try:
                self._send(frames.call(id, action, payload))
                await asyncio.wait_for_ms(self._came.wait(), self._settings.get("MessageTimeoutS") * 1000)
            except asyncio.TimeoutError:
                self._link.probe()
                raise Unanswered("%s: no answer in time" % action)
            except OSError as error:
                raise Unanswered("%s: %s" % (action, error))
            finally:
                self._wanted = ()
            return self._judge(action, self._answer)

    async def late(self, action, ids, wait_ms):
        """Wait for an answer to a CALL given up before, sent under one of `ids`; raises like `call`."""
        self._late_answer = None
        self._late.clear()
        self._overdue = ids
        try:
            await asyncio.wait_for_ms(self._late.wait(), wait_ms)
        except asyncio.TimeoutError:
            raise Unanswered("%s: no late answer" % action)
        finally:
            self._overdue = ()
        return self._judge(action, self._late_answer)

    def lost(self):
        """The connection is gone: nobody needs to wait any longer."""
        self._came.set()
        self._late.set()

    def _judge(self, action, answer):
        if answer is None:
            raise Unanswered("%s: connection lost" % action)
        if answer[0] == frames.ERROR:
            raise CallError(answer[2], answer[3])
        schema.check(action + ".conf", answer[2], "", False)
        return answer[2]

    def _send(self, text):
        self._link.send(text)
        for callback in self._observers:
            callback("out", text)

    def _text(self, text):
        for callback in self._observers:
            callback("in", text)
        try:
            message = frames.decode(text)
        except BadMessage as bad:
            self._log.warning("ocpp", "bad frame: " + bad.text)
            if self.on_bad:
                self.on_bad(bad.text)
            if bad.id is not None and not self.deaf:
                self._reply(frames.error(bad.id, bad.code, bad.text))
            return
        id = message[1]
        if message[0] == frames.CALL:
            if not self.deaf:
                self._serve(id, message[2], message[3])
        elif id in self._wanted:
            self._wanted = ()
            self._answer = message
            self._came.set()
        elif id in self._overdue:
            self._overdue = ()
            self._late_answer = message
            self._late.set()
        else:
            self._log.debug("ocpp", "an answer nobody waits for: " + id)

    def _serve(self, id, action, payload):
        try:
            answer = self.handle(action, payload)
        except Exception as error:
            self._refuse(id, action, error)
            return
        if hasattr(answer, "send"):  # a coroutine: it takes time, others must not wait for it
            asyncio.create_task(self._serve_slowly(id, action, answer))
        else:
            self._accept(id, answer)

    async def _serve_slowly(self, id, action, work):
        try:
            answer = await work
        except Exception as error:
            self._refuse(id, action, error)
        else:
            self._accept(id, answer)

    def _accept(self, id, answer):
        after = None
        if isinstance(answer, tuple):
            answer, after = answer
        self._reply(frames.result(id, answer))
        if after:
            after()

    def _refuse(self, id, action, error):
        if isinstance(error, CallError):
            code, text = error.code, error.description
        else:
            code, text = "InternalError", "%s failed" % action
            self._log.error("ocpp", "%s: %r" % (action, error))
        self._reply(frames.error(id, code, text))

    def _reply(self, text):
        try:
            self._send(text)
        except OSError:
            pass  # the connection went while it was being prepared: whoever asked has gone too
