"""After the story: the world runs on in real time, and does what is typed."""

import asyncio
import json
import sys

from tools.csms import CallFailed
from tools.demo.simclient import SimulatorError
from tools.demo.stage import CARD

STEP_S = 0.1

HELP = f"""\
  plug, unplug                 the cable
  ready, pause                 the car wants energy, or does not
  tap [uid]                    a card on the reader ({CARD} is welcome)
  start [idTag], stop          the app, through the central system
  fault NAME [off] [k=v ...]   rcd_dc, rcd_ac, weld pole=L1, pilot_short, estop, meter_silent …
  power off|on                 the charger's supply
  network off|on               its line to the central system
  mains v=[180,230,230]        any command of the simulator with k=v
  state                        what it looks like now
  speed N                      N world seconds a second
  help, quit                   Ctrl-C does as well"""


async def along(stage, console):
    """Let time pass and obey typed lines until `quit`, the end of the input or Ctrl-C."""
    console.print("\nThe charger is yours. Type help for the commands; Ctrl-C ends.", markup=False)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    player = Player(stage, console)
    tasks = [asyncio.ensure_future(player.tick()), asyncio.ensure_future(player.read(reader))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


class Player:
    """Turns typed lines into commands of the simulator and calls of the central system."""

    def __init__(self, stage, console):
        self._stage, self._console = stage, console
        self._speed = 1.0

    async def tick(self):
        while True:
            begun = asyncio.get_running_loop().time()
            await self._stage.sim.advance(STEP_S * self._speed)
            await self._stage.look()
            await asyncio.sleep(max(0.0, begun + STEP_S - asyncio.get_running_loop().time()))

    async def read(self, reader):
        while line := await reader.readline():
            if line.strip() == b"quit":
                return
            await self.take(line.decode("utf-8", "replace"))

    async def take(self, line):
        """Obey one typed line, or print why not."""
        words = line.split()
        if not words:
            return
        try:
            await self.obey(*words)
        except (SimulatorError, CallFailed, ConnectionError) as error:
            self._console.print(f"  {error}", style="yellow", markup=False)
        except (ValueError, TypeError) as error:
            self._console.print(f"  {' '.join(words)}: {error}; try help", style="yellow", markup=False)

    async def obey(self, verb, *rest):
        """One typed line. ValueError, SimulatorError or CallFailed tell why not."""
        sim, point = self._stage.sim, self._stage.point
        if verb == "help":
            self._console.print(HELP, markup=False)
        elif verb == "speed":
            (self._speed,) = (min(max(float(word), 0.1), 600.0) for word in rest)
        elif verb == "state":
            self._show(await sim.state())
        elif verb in ("ready", "pause"):
            await sim.do("vehicle", ready=verb == "ready")
        elif verb == "tap":
            await sim.do("tap", uid=rest[0] if rest else CARD)
        elif verb == "start":
            id_tag = rest[0] if rest else CARD
            answer = await point.call("RemoteStartTransaction", {"idTag": id_tag, "connectorId": 1})
            self._console.print(f"  {answer['status']}", markup=False)
        elif verb == "stop":
            running = [one.id for one in self._stage.csms.transactions if one.open]
            if not running:
                raise ValueError("no transaction is open")
            await point.call("RemoteStopTransaction", {"transactionId": running[-1]})
        elif verb in ("power", "network"):
            (how,) = rest
            await sim.do(verb, **{"on" if verb == "power" else "up": _on(how)})
        elif verb == "fault":
            name, *more = rest
            switch = {"on": _on(more.pop(0))} if more and "=" not in more[0] else {}
            await sim.do("fault", name=name, **switch, **_fields(more))
        elif verb in ("advance", "wait", "watch", "quit"):
            raise ValueError("time passes by itself here")
        else:
            await sim.do(verb, **_fields(rest))

    def _show(self, state):
        if not state["power"]:
            self._console.print("  the charger has no supply", markup=False)
        for one in state["connectors"]:
            contactor = "closed" if one["contactor"]["closed"] else "open"
            self._console.print(
                f"  connector {one['id']}: {one['status']}, pilot {one['letter']}, "
                f"contactor {contactor} ({one['why']}), "
                f"{max(one['amps']):.1f} A of {one['limit_a']} A by {one['limit_by']}, register {one['meter_wh']} Wh",
                markup=False,
            )
            if one["session"]:
                session = one["session"]
                self._console.print(
                    f"    session of {session['id_tag']}, transaction {session['transaction']}: {session['wh']} Wh",
                    markup=False,
                )
            if one["faults"]:
                self._console.print(f"    faults: {', '.join(one['faults'])}", markup=False)
        ocpp = state["ocpp"] or {}
        link = "accepted" if ocpp.get("accepted") else "connected" if ocpp.get("connected") else "not connected"
        self._console.print(
            f"  central system: {link}, {ocpp.get('queued', 0)} messages wait; light {state['led']}; {state['utc']}",
            markup=False,
        )


def _on(word):
    try:
        return {"on": True, "off": False}[word]
    except KeyError:
        raise ValueError(f"{word!r} is neither on nor off") from None


def _fields(words):
    fields = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is not name=value")
        try:
            fields[name] = json.loads(value)
        except ValueError:
            fields[name] = value
    return fields
