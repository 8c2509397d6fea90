"""The book of certification cases: what a case is, the bench it runs on, and how a chapter of them is run.

The numbers are those of the Open Charge Alliance's compliance test tool for OCPP 1.6, charge point under test. Its texts are
not public; what a case asks for here is what its title and the standard say. Cases of a chapter that want the same board and
central system share one simulated charger; between two of them everything is put back, and the bill must agree.
"""

import traceback
from dataclasses import dataclass, field

from tests.story.scenes import CARD, OTHER_CARD, Scene, known_cards

GROUP, GROUP_CARD = "GROUP-1", "04AABBCC"
STRANGER, BLOCKED, EXPIRED = "0BADBADB", "0B10C4ED", "0E8912ED"
SETTINGS = {
    "ReconnectBackoffMinS": 1, "ReconnectBackoffMaxS": 2, "TransactionMessageRetryInterval": 1, "MessageTimeoutS": 5,
    "MinimumStatusDuration": 0, "ConnectionTimeOut": 20, "MeterValueSampleInterval": 0, "WebSocketPingInterval": 10,
}  # fmt: skip
CLOSINGS = 8
SOCKET, TETHERED = "rudved_ac22", "rudved_ac7"


@dataclass
class Case:
    """One case. `board` it wants; `settings` are made before it and taken back after it."""

    number: str
    title: str
    run: object
    board: str = SOCKET
    settings: dict = field(default_factory=dict)

    @property
    def chapter(self):
        return self.run.__module__.rpartition(".")[2]


CASES = []


def case(number, title, board=SOCKET, **settings):
    """Enter a coroutine `case(site)` into the book."""

    def enter(function):
        CASES.append(Case(number, title, function, board, settings))
        return function

    return enter


def central():
    """A central system that knows three cards, two of them in a group, and has a bad word for others."""
    behaviour = known_cards(tags={BLOCKED: "Blocked", EXPIRED: "Expired"}, interval_s=120, retry_s=10)
    behaviour.accept.add(GROUP_CARD)
    behaviour.parents.update({CARD: GROUP, GROUP_CARD: GROUP})
    return behaviour


class Bench(Scene):
    """A scene that remembers where the case began."""

    def __init__(self, board, heap=None):
        super().__init__(central(), board=board, settings=SETTINGS, heap=heap)
        self._frames = self._transactions = 0

    async def prepare(self, settings):
        """Everything as it was when the charger was new, and then `settings`."""
        await self.do("fault", name="rcd_dc", on=False)
        await self.do("temperature", c=25)
        if (await self.connector())["faults"]:
            await self.advance(400)  # what is hot must be cool for five minutes
        await self.do("network", up=True, half_open=False)
        await self.do("unplug")
        await self.do("power", on=True)
        await self.booted(60)
        await self.until(60, letter="A", session=None, ocpp__connected=True, ocpp__queued=0)
        await self.do("config", set={"LocalAuthListEnabled": True, "AuthorizationCacheEnabled": True})
        await self.call("ChangeAvailability", {"connectorId": 0, "type": "Operative"})
        await self.call("ClearChargingProfile", {})
        await self.call("ClearCache")
        version = (await self.call("GetLocalListVersion"))["listVersion"]
        if version:
            await self.call("SendLocalList", {"listVersion": version + 1, "updateType": "Full"})
        for number in range(1, 4):
            await self.call("CancelReservation", {"reservationId": number})
        defaults = {name: value for name, value in self.defaults.items() if name not in SETTINGS}
        await self.do("config", set=defaults | SETTINGS | settings)
        await self.until(30, status="Available")
        await self.advance(5)
        self.begin_case()

    async def learn_defaults(self):
        """Remember the standard keys that may be changed, as they are."""
        keys = (await self.call("GetConfiguration"))["configurationKey"]
        wanted = [one["key"] for one in keys if not one["readonly"] and one.get("value") is not None]
        wanted = [name for name in wanted if name not in ("HeartbeatInterval", "SecurityProfile")]
        self.defaults = await self.do("config", get=wanted)

    def begin_case(self):
        """What is asked below is asked of what comes from now on."""
        self._frames, self._transactions = len(self.point.log), len(self.csms.transactions)

    @property
    def mine(self):
        """The transactions of this case."""
        return self.csms.transactions[self._transactions :]

    def told(self, action):
        """Payloads of every call of this action since the case began."""
        return [f.payload for way, f in self.point.log[self._frames :] if way == "in" and f.kind == 2 and f.action == action]

    def order(self, *actions):
        """Which of these actions came, in order."""
        return [f.action for way, f in self.point.log[self._frames :] if way == "in" and f.kind == 2 and f.action in actions]

    def statuses(self, connector=1):
        """Statuses of a connector since the case began, each change once."""
        seen = []
        for payload in self.told("StatusNotification"):
            if payload["connectorId"] == connector and seen[-1:] != [payload["status"]]:
                seen.append(payload["status"])
        return seen

    async def ask(self, action, **payload):
        """A call of the central system; the status of the answer."""
        return (await self.call(action, payload))["status"]

    async def configure(self, **keys):
        for name, value in keys.items():
            assert await self.ask("ChangeConfiguration", key=name, value=str(value)) == "Accepted", name

    async def status(self, *wanted, timeout_s=30):
        """Let time pass until connector 1 has told these statuses, in this order."""
        until = self.sim.t + timeout_s
        while not _in_order(wanted, self.statuses()):
            assert self.sim.t < until, f"{self.statuses()}, not {wanted}"
            await self.advance(0.5)

    async def charge(self, card=CARD):
        """A car is plugged in, a card tapped; the connector says Charging, the transaction has its number, which is returned."""
        await self.begin(card)
        await self.status("Charging")
        await self.started()
        return self.mine[-1].id

    async def started(self, timeout_s=60):
        """Let time pass until the case has a transaction."""
        until = self.sim.t + timeout_s
        while not self.mine:
            assert self.sim.t < until, "no StartTransaction"
            await self.advance(0.5)

    async def bill(self, *expected):
        """`expected` (idTag, reason) are the transactions of this case, all delivered and none open."""
        await self.until(15, session=None)
        await self.delivered()
        await self.advance(1)
        assert [(one.id_tag, one.reason) for one in self.mine] == list(expected)

    async def bill_after_opening(self, *expected):
        await self.until(15, closed=False, session=None)
        await self.bill(*expected)

    async def leave_for(self, status):
        """The car goes; then the connector is that."""
        await self.do("unplug")
        await self.until(10, letter="A", session=None, status=status)

    async def offline(self):
        await self.do("network", up=False)
        await self.until(30, ocpp__connected=False)

    async def online(self):
        await self.do("network", up=True)
        await self.until(60, ocpp__connected=True)


def _in_order(wanted, told):
    left = iter(told)
    return all(one in left for one in wanted)


async def run_chapter(name, heap=None):
    """[(number, title, "" or what went wrong)] of every case of a chapter; `heap` bytes of the simulated interpreter."""
    outcome = []
    cases = [one for one in CASES if one.chapter == name]
    for board in dict.fromkeys(one.board for one in cases):
        waiting = [one for one in cases if one.board == board]
        while waiting:
            async with Bench(board, heap) as site:
                await site.booted()
                await site.learn_defaults()
                wrong = ""
                # After one that fails the next gets a charger of its own; ten closings in an hour are a fault.
                while waiting and not wrong and len(site.closings()) < CLOSINGS:
                    one = waiting.pop(0)
                    wrong = await _run(site, one)
                    outcome.append((one.number, one.title, wrong))
    return outcome


async def _run(site, one):
    try:
        await site.prepare(one.settings)
        await one.run(site)
        await site.do("unplug")
        await site.online()
        await site.balance()
    except Exception as error:  # the table tells it, and the chapter fails
        return "".join(traceback.format_exception(error))
    return ""



__all__ = [
    "BLOCKED", "CARD", "CASES", "EXPIRED", "GROUP", "GROUP_CARD", "OTHER_CARD", "SOCKET", "STRANGER", "TETHERED", "Bench",
    "case", "run_chapter",
]  # fmt: skip
