"""What the scenario tests have people and cars do, and the account every scenario ends with."""

from tests.sim import nursery
from tools.csms import Behaviour
from tools.demo.site import Site

CARD, OTHER_CARD, STRANGER = "04A1B2C3", "04D4E5F6", "0BADBADB"


def known_cards(**more):
    """A central system that knows two cards and no stranger."""
    return Behaviour(accept={CARD, OTHER_CARD, "FREEVEND"}, **more)


class Scene(Site):
    """A site whose every end is an account: frames valid, transactions closed, every Wh in one of them."""

    simulator = nursery.Simulator

    def __init__(self, behaviour=None, board="rudved_ac7", settings=None, **options):
        super().__init__(behaviour or known_cards(), board=board, set=settings or {}, **options)
        self._began_wh = 0

    async def __aenter__(self):
        await super().__aenter__()
        self._began_wh = await self.register_wh()
        return self

    @property
    def transactions(self):
        return self.csms.transactions

    async def connector(self):
        return (await self.look())["connectors"][0]

    async def register_wh(self):
        return (await self.connector())["meter_wh"]

    async def plug(self, ready=True):
        """The cable goes in; the car wants energy as soon as it is offered."""
        await self.do("plug")
        await self.do("vehicle", ready=ready)

    async def tap(self, uid=CARD):
        await self.do("tap", uid=uid)

    async def begin(self, uid=CARD):
        """A car is plugged in, a card tapped, and energy flows."""
        await self.plug()
        await self.advance(2)
        await self.tap(uid)
        await self.until(20, closed=True)

    async def leave(self):
        """The car is gone and the connector free again."""
        await self.do("unplug")
        await self.until(10, letter="A", session=None, status="Available")

    async def cut(self, dark_s=10):
        """The supply goes without warning, and comes back."""
        await self.do("power", on=False)
        await self.advance(dark_s)
        await self.do("power", on=True)
        await self.booted(90)

    async def account(self, *expected):
        """As `balance`, and `expected` (idTag, reason) are the transactions."""
        billed_wh = await self.balance()
        assert [(one.id_tag, one.reason) for one in self.transactions] == list(expected)
        return billed_wh

    async def balance(self):
        """Deliver what is queued; then no rule is broken and the meter agrees with the book to the Wh. The transactions'
        Wh, in order."""
        await self.delivered()
        await self.advance(2)
        self.csms.check()
        billed_wh = [one.wh for one in self.transactions]
        assert sum(billed_wh) == await self.register_wh() - self._began_wh
        return billed_wh

    def closings(self):
        """World times at which the contactor closed."""
        return self._turns(True)

    def openings(self):
        """World times at which it opened."""
        return self._turns(False)

    def _turns(self, to):
        closed, times = False, []
        for event in self.sim.events:
            if event["event"] == "contactor" and event["closed"] != closed:
                closed = event["closed"]
                if closed == to:
                    times.append(event["t"])
        return times
