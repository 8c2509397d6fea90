"""One charge point as the central system sees it, over all its connections."""

import asyncio
import json
import uuid
from contextlib import suppress

from websockets.exceptions import ConnectionClosed

from tools.csms.answers import Answers
from tools.csms.audit import Conversation, times
from tools.csms.frames import CALL, ERROR, RESULT, BadFrame, Frame, parse, validate

CHARGE_POINT, CENTRAL_SYSTEM = "charge point", "central system"


class CallFailed(Exception):
    """The charge point answered with a CALLERROR (`code`, `text`), or not at all (`code` is "NoAnswer")."""

    def __init__(self, action, code, text):
        super().__init__(f"{action}: {code}: {text}")
        self.action, self.code, self.text = action, code, text


class ChargePoint:
    """Calls it with `call`, and records what it says. `log` holds (direction, Frame) of every frame that parsed."""

    def __init__(self, system, identity):
        self.system, self.id = system, identity
        self.conversation = Conversation()
        self.boots = []
        self.log = []
        self.connections = 0
        self._answers = Answers(self)
        self._connection = None
        self._turn = asyncio.Lock()
        self._expected = {}  # message id -> (Future, action) of our calls
        self._overdue = {}  # message id -> action of our calls nobody waits for any more
        self._told = {}  # ("Start" or "Stop", transaction) -> message id of the answer that named it
        self._heard = set()  # message ids of ours that the charge point has shown to have received
        self._delivered = []  # answers sent on this connection since its last call
        self._late = set()  # answers still being prepared

    @property
    def behaviour(self):
        return self.system.behaviour

    @property
    def ledger(self):
        return self.system.ledger

    @property
    def connected(self):
        return self._connection is not None

    @property
    def status(self):
        """Connector -> the last status it told on this connection."""
        return self.conversation.status

    def now(self):
        return self.system.clock()

    def calls(self, action):
        """Payloads of every call of this action received so far, in order."""
        return [
            frame.payload for way, frame in self.log if way == "in" and frame.kind == CALL and frame.action == action
        ]

    async def received(self, action, count=1, timeout_s=30):
        """Wait until so many calls of this action have come; their payloads."""
        await self.system.wait(lambda: len(self.calls(action)) >= count, timeout_s)
        return self.calls(action)

    # ---- our calls

    async def call(self, action, payload=None, timeout_s=30, strict=True):
        """Call the charge point, one at a time; its answer's payload. CallFailed on a CALLERROR or on silence.

        `strict=False` sends what a schema forbids, to see what the charge point makes of it."""
        async with self._turn:
            unique_id = str(uuid.uuid4())
            frame = Frame(CALL, unique_id, action, payload or {})
            answer = asyncio.get_running_loop().create_future()
            self._expected[unique_id] = answer, action
            try:
                if strict and action.endswith("TriggerMessage"):
                    self.conversation.triggered += 1
                await self._send([CALL, unique_id, action, frame.payload], frame, strict)
                async with asyncio.timeout(timeout_s):
                    return await answer
            except TimeoutError:
                self._overdue[unique_id] = action
                raise CallFailed(action, "NoAnswer", f"nothing for {timeout_s} s") from None
            finally:
                del self._expected[unique_id]

    async def send_raw(self, text):
        """Send any text as it is, unchecked and unrecorded. ConnectionError when the charge point is away."""
        if self._connection is None:
            raise ConnectionError(f"{self.id} is not connected")
        await self._connection.send(text)

    async def close(self, code=1000):
        """Close its connection from this side."""
        if self._connection is not None:
            await self._connection.close(code)

    async def _send(self, message, frame, strict=True):
        text = json.dumps(message, separators=(",", ":"), default=str)
        if strict:
            try:
                validate(frame, from_charge_point=False)
            except BadFrame as bad:
                self.system.violate(self, CENTRAL_SYSTEM, bad.reason, text)
        await self.send_raw(text)
        self.system.frames_out += 1
        self._note("out", frame, text)

    # ---- its side

    async def attach(self, connection):
        before, self._connection = self._connection, connection
        if before is not None:  # half open: its other end was cut off, or thinks this one was
            self._forget_calls()
            self._later(before.close(1001))
        self.connections += 1
        self.conversation.connected()
        self._delivered = []
        await self.system.tell()

    async def detach(self, connection):
        if self._connection is connection:
            self._connection = None
            self._forget_calls()
        await self.system.tell()

    def _forget_calls(self):
        for answer, action in self._expected.values():
            if not answer.done():
                answer.set_exception(CallFailed(action, "NoAnswer", "the connection was lost"))

    async def take(self, text, connection):
        """One frame from the charge point."""
        self.system.frames_in += 1
        frame = None
        try:
            frame = parse(text)
            if frame.kind != CALL:
                frame.action = self._action_of(frame)
            validate(frame, from_charge_point=True)
        except BadFrame as bad:
            self._note("in", frame, text)
            self._blame(bad.reason, text)
            await self._refuse(bad, frame)
            if frame is not None and frame.kind != CALL:
                self._settle(frame, bad)
        else:
            self._note("in", frame, text)
            if frame.kind == CALL:
                self._take_call(frame, text, connection)
            else:
                self._settle(frame)
        if self.system.nods and frame is not None and frame.kind != CALL:
            with suppress(ConnectionClosed):
                await connection.pong()
        await self.system.tell()

    def _action_of(self, frame):
        if frame.unique_id in self._expected:
            return self._expected[frame.unique_id][1]
        if frame.unique_id in self._overdue:
            return self._overdue.pop(frame.unique_id)
        raise BadFrame(f"an answer to {frame.unique_id!r}, which nobody asked", unique_id=frame.unique_id)

    def _settle(self, frame, bad=None):
        if self.conversation.registration == "Rejected" and bad is None:
            self._blame(f"it answers {frame.action} while Rejected", frame.unique_id)
        answer, action = self._expected.get(frame.unique_id, (None, ""))
        if answer is None or answer.done():
            return
        if bad is not None:
            answer.set_exception(CallFailed(action, "BadAnswer", bad.reason))
        elif frame.kind == ERROR:
            answer.set_exception(CallFailed(action, frame.error_code, frame.error_text))
        else:
            answer.set_result(frame.payload)

    async def _refuse(self, bad, frame):
        """A bad CALL has a right to its CALLERROR; a bad answer has not."""
        if bad.unique_id and (frame is None or frame.kind == CALL):
            refusal = Frame(ERROR, bad.unique_id, frame.action if frame else "", {}, bad.code, bad.reason[:255])
            with suppress(ConnectionError, ConnectionClosed):
                await self._send([ERROR, bad.unique_id, bad.code, bad.reason[:255], {}], refusal)

    def _take_call(self, frame, text, connection):
        now = self.now()
        self._heard.update(self._delivered)  # it would not call again without our last answer
        self._delivered = []
        for reason in self.conversation.call(frame, now, self.behaviour.patience_s):
            self._blame(reason, text)
        for reason in times(frame.payload, now, self.behaviour.ahead_s):
            self._blame(reason, text)
        behaviour, action = self.behaviour, frame.action
        if behaviour.takes(behaviour.errors, action):
            refusal = Frame(ERROR, frame.unique_id, action, {}, behaviour.error_code, "as told to")
            message = [ERROR, frame.unique_id, behaviour.error_code, "as told to", {}]
            self._later(self._answer(frame, message, refusal, connection))
            return
        payload, broken = self._answers.answer(frame)
        for reason in broken:
            self._blame(reason, text)
        if behaviour.takes(behaviour.silent, action):
            self.conversation.answered(frame.unique_id)
            if self.system.nods:
                self._later(connection.pong())
            return
        if behaviour.takes(behaviour.hang_up, action):
            self._later(connection.close(1011))
            return
        if behaviour.takes(behaviour.malformed, action):
            # Not held against the schema, and not what "the charge point has heard" goes by.
            self.conversation.answered(frame.unique_id)
            self._later(connection.send(json.dumps([RESULT, frame.unique_id, {"currentTime": 7, "idTagInfo": []}])))
            return
        answer = Frame(RESULT, frame.unique_id, action, payload)
        self._later(self._answer(frame, [RESULT, frame.unique_id, payload], answer, connection))

    async def _answer(self, call, message, answer, connection):
        behaviour = self.behaviour
        delay_s = behaviour.delay_s.get(call.action, behaviour.delay_s.get("*", 0))
        if delay_s:
            await asyncio.sleep(delay_s)
        if self._connection is not connection:
            return
        if answer.kind == RESULT:
            self._delivered.append(call.unique_id)
        self.conversation.answered(call.unique_id)
        times_sent = 2 if behaviour.takes(behaviour.twice, call.action) else 1
        with suppress(ConnectionError, ConnectionClosed):
            for _ in range(times_sent):
                await self._send(message, answer)
        await self.system.tell()

    def tells(self, what, transaction, unique_id):
        """The answer to this call names the transaction: whoever has it need not ask again."""
        self._told[what, transaction.id] = unique_id

    def has_heard(self, what):
        """A predicate: has the charge point shown that our answer about this transaction reached it?"""
        return lambda transaction: self._told.get((what, transaction.id)) in self._heard

    def _later(self, work):
        task = asyncio.ensure_future(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _blame(self, reason, text):
        self.system.violate(self, CHARGE_POINT, reason, text if isinstance(text, str) else repr(text))

    def _note(self, way, frame, text):
        if frame is not None:
            self.log.append((way, frame))
        if self.system.on_frame:
            self.system.on_frame(self, way, frame, text)
