"""`rudved sim` itself: keeps one interpreter running, hands worlds from one to the next, and serves the control port."""

import asyncio
import dataclasses
import json
import os
import pty
import signal
import sys
import tty

from tools.sim.child import Child
from tools.sim.data import Data
from tools.sim.events import EventLog, in_order
from tools.sim.play import play
from tools.sim.requests import BadRequest, own_fields
from tools.sim.secrets import Secrets
from tools.sim.server import Server

_END_S = 3
_HISTORY_S = 2

FINE, BROKEN, REFUSED = 0, 1, 2


@dataclasses.dataclass
class Options:
    """What `rudved sim` was asked for. `speed` None is max; `heap` in bytes of the chip; `app` the module of the firmware's App."""

    board: str = "rudved_ac7"
    csms: str | None = None
    cp_id: str | None = None
    certificates: dict = dataclasses.field(default_factory=dict)
    data: str | None = None
    control: int = 0
    speed: float | None = 1.0
    grace_ms: int = 50
    heap: int = 1_000_000
    meter_pty: bool = False
    seed: int = 1
    settings: dict = dataclasses.field(default_factory=dict)
    lenient: bool = False
    ticks: str = "skip"  # quiet ticks at speed max: see hal/sim/rest.py
    play: list = dataclasses.field(default_factory=list)  # requests to send by itself, and then quit
    guard: str | None = None  # another make of guard than the board's
    silence_s: float = 20  # an interpreter that says nothing for so long hangs: it is broken into
    hal: str = "sim"  # or "esp32": hal/esp32 on the virtual chip
    app: str = "firmware.app"


# On the virtual chip the charger's only way out is the radio: it comes commissioned to a network of hal/sim/wifi.py.
WIFI = {"WifiSsid": "Rudved-Depot", "WifiPassword": "depot-password"}


class Simulator:
    def __init__(self, options):
        self._options = options
        self._data = Data(options.data, options.board)
        self._secrets = Secrets()
        self._log = EventLog(self._secrets)
        self._server = Server(self._request, self._bad, self._gone)
        self._child = None
        self._waiting = {}  # seq -> (client, Request or None, message to the board), in the order they came
        self._seq = 0
        self._t_us = 0
        self._first = True
        self._status = None
        self._over = asyncio.Event()
        self._playing = None
        self._handed_over = asyncio.Event()
        self._heard = 0.0
        self._console = _Pty()
        self._meter = _Pty() if options.meter_pty else None

    async def run(self):
        """Until `quit`, a signal or a broken invariant; the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._finish, FINE)
        watchman = asyncio.create_task(self._watch_silence())
        try:
            self._port = await self._server.listen(self._options.control)
            await self._start("power_on")
            await self._over.wait()
            if self._status == FINE:
                await self._end()
        finally:
            watchman.cancel()
            if self._child:
                await self._child.kill()
            await self._server.close()
            self._data.close()
        return self._status

    def _finish(self, status):
        if self._status is None:
            self._status = status
            self._over.set()

    # Interpreters

    async def _start(self, cause):
        options = self._options
        child = Child(options.heap, self._message, self._died)
        fds = [self._console.fd] + ([self._meter.fd] if self._meter else [])
        await child.start(fds)
        self._child = child  # from here on requests reach it by themselves; those from before are sent below
        preset = None
        if self._first:
            preset = {"CsmsUrl": options.csms or ""}
            if options.cp_id:
                preset["ChargePointId"] = options.cp_id
            if options.hal == "esp32":
                preset |= WIFI
            preset |= options.settings
        self._heard = asyncio.get_running_loop().time()
        self._child.send({
            "board": options.board, "seed": options.seed, "speed": options.speed, "grace_ms": options.grace_ms, "heap": options.heap,
            "lenient": options.lenient, "ticks": options.ticks, "guard": options.guard, "app": options.app, "hal": options.hal,
            "serial": f"R{options.seed % 10**7:07d}", "files": self._data.files,
            "journal": self._data.journal, "console": self._console.fd, "meter": self._meter.fd if self._meter else None, "preset": preset,
            "certificates": {name: der.hex() for name, der in options.certificates.items()} if self._first else {},
            "state": self._data.state, "cause": cause,
        })
        for _, _, message in self._waiting.values():
            self._child.send(message)

    async def _died(self, status):
        print(f"rudved sim: the interpreter ended by itself (status {status})", file=sys.stderr)
        self._finish(BROKEN)

    async def _end(self):
        """Switch off as a cut would; what is then goes into the data folder."""
        self._child.send({"end": True})
        try:
            await asyncio.wait_for(self._handed_over.wait(), _END_S)
        except TimeoutError:
            print("rudved sim: the interpreter does not answer; its world is lost", file=sys.stderr)

    async def _watch_silence(self):
        loop, silence_s = asyncio.get_running_loop(), self._options.silence_s
        while True:
            await asyncio.sleep(min(1, silence_s))
            if self._child and loop.time() - self._heard > silence_s:
                print(f"rudved sim: the interpreter has said nothing for {silence_s:g} s; breaking in", file=sys.stderr)
                self._heard = loop.time()
                self._child.interrupt()

    # What an interpreter says

    async def _message(self, message):
        self._heard = asyncio.get_running_loop().time()
        self._t_us = message.get("t", self._t_us)
        if "event" in message:
            self._event(message["event"], message["t"], message["fields"])
        elif "answer" in message:
            self._answer(message)
        elif "handover" in message:
            await self._hand_over(message)
        elif "secrets" in message:
            self._secrets.keys(message["secrets"])
            if self._first:
                self._secrets.learn(self._options.settings)
        elif "boot" in message:
            self._data.save(message["state"])
        elif "rest" in message:
            if self._first:
                self._ready()
            self._first = False
        elif "violation" in message:
            self._violation(message["t"], message["violation"])
        elif "refused" in message:
            print(f"rudved sim: {message['refused']}", file=sys.stderr)
            self._finish(REFUSED)

    def _ready(self):
        line = {
            "ready": True, "control": self._port, "console": self._console.path, "meter": self._meter.path if self._meter else None,
            "web": None, "pid": os.getpid(),
        }
        print(json.dumps(line), flush=True)
        if self._options.play:
            self._playing = asyncio.create_task(play(self._port, self._options.play))

    async def _hand_over(self, message):
        child, self._child = self._child, None
        await child.kill()
        self._data.save(message["handover"])
        if message["then"] == "end":
            self._handed_over.set()
            return
        for seq in (message["done"], message["interrupted"]):
            if seq in self._waiting:
                lost = {} if seq == message["done"] else {"error": "the supply was cut in the middle of it"}
                self._answer({"answer": seq, "t": message["t"], "result": {}} | lost)
        for seq, until_us in message["promises"].items():
            if int(seq) in self._waiting:
                self._waiting[int(seq)][2]["until_us"] = until_us
        await self._start(message["then"])

    def _event(self, name, t_us, fields):
        text, leak = self._log.add(name, t_us, fields)
        for client in self._server.clients:
            if client.watches:
                client.say(text)
        if leak:
            self._violation(t_us, f"invariant 6: a secret stood in a {name} event")

    def _violation(self, t_us, text):
        if self._options.lenient:
            self._event("violation", t_us, {"text": text})
            return
        print(f"rudved sim: broken at {t_us / 1e6:.6f} s: {text}; the last {_HISTORY_S} s:", file=sys.stderr)
        for line in self._log.since(t_us - _HISTORY_S * 1_000_000):
            print(line, file=sys.stderr)
        self._finish(BROKEN)

    # What clients say

    def _request(self, client, request):
        if request.do in ("watch", "log", "quit"):
            try:
                own_fields(request)
            except BadRequest as error:
                self._bad(client, request.id, str(error))
                return
            self._put(client, request, "pass", {})
            return
        if request.do == "config" and isinstance(request.fields.get("set"), dict):
            self._secrets.learn(request.fields["set"])
        self._put(client, request, request.do, request.fields)

    def _bad(self, client, id, text):
        self._put(client, id, "refuse", {"error": text})

    def _put(self, client, request, do, fields):
        """Everything goes to the board in the order it came, even what is only to be refused: so the answers' times are right."""
        self._seq += 1
        message = {"seq": self._seq, "do": do, "fields": fields}
        self._waiting[self._seq] = (client, request, message)
        client.took()
        if self._child:
            self._child.send(message)

    def _gone(self, client):
        for seq, (one, _, message) in list(self._waiting.items()):
            if one is client and message["do"] in ("advance", "wait"):
                del self._waiting[seq]
                if self._child:
                    self._child.send({"forget": seq})

    def _answer(self, message):
        if message["answer"] not in self._waiting:
            return
        client, request, asked = self._waiting.pop(message["answer"])
        own = asked["do"] == "pass"
        id = request if asked["do"] == "refuse" else request.id
        answer = {"id": id, "ok": "result" in message and "error" not in message, "t": message["t"] / 1e6}
        if answer["ok"]:
            answer["result"] = self._serve_own(client, request) if own else in_order(message["result"])
        elif "shows" in message:
            shows, wanted = message["shows"], request.fields["for"]
            found = [f"{path} is {json.dumps(shows[path])} (wanted {json.dumps(wanted[path])})" for path in wanted]
            answer |= {"error": f"time-out after {request.fields.get('timeout_s', 30)} s: {', '.join(found)}", "shows": shows}
        else:
            answer["error"] = message["error"]
        text, leak = self._secrets.hide(json.dumps(answer))
        client.answered(text)
        if leak:
            self._violation(message["t"], f"invariant 6: a secret stood in the answer to {request.do}")
        if own and request.do == "quit":
            self._finish(FINE)

    def _serve_own(self, client, request):
        fields = own_fields(request)
        if request.do == "watch":
            client.watches = fields["on"]
        elif request.do == "log":
            return self._log.answer(fields["since"])
        return {}


class _Pty:
    """A pseudo-terminal whose near end (`fd`) the interpreter holds; `path` is the far one, for whoever opens it."""

    def __init__(self):
        self.fd, self._far = pty.openpty()  # the far end stays open here, so that the near one never sees a hang-up
        tty.setraw(self._far)
        os.set_blocking(self.fd, False)
        self.path = os.ttyname(self._far)
