"""Days nobody has planned: cards, apps, pauses, leaks, outages, cuts and resets in any order. The account must balance."""

import asyncio
import random

import pytest

from tests.csms.fake import run
from tests.story.scenes import CARD, OTHER_CARD, STRANGER, Scene, known_cards
from tools.csms import CallFailed
from tools.demo.simclient import SimulatorError

SETTINGS = {
    "ReconnectBackoffMinS": 1, "ReconnectBackoffMaxS": 4, "TransactionMessageRetryInterval": 2, "MessageTimeoutS": 5,
    "MeterValueSampleInterval": 20, "AllowOfflineTxForUnknownId": True,
    "MinimumStatusDuration": 0,
}  # fmt: skip


class Day:
    """`live(steps)` does so many random things; the seed says which."""

    def __init__(self, site, seed):
        self._site, self._dice = site, random.Random(seed)
        self.done = []

    async def _pause(self):
        await self._site.advance(self._dice.choice((0.03, 0.4, 2, 7, 15)))

    async def live(self, steps):
        deeds = [name for name in dir(self) if name.startswith("do_")]
        for _ in range(steps):
            name = self._dice.choice(deeds)
            self.done.append(name[3:])
            await getattr(self, name)()
            await self._pause()

    async def end(self):
        """Everything is put right, the car leaves, and the charger has told all."""
        site = self._site
        await site.do("network", up=True, half_open=False, latency_ms=0, drop=0)
        for fault in ("rcd_dc", "pilot_short"):
            await site.do("fault", name=fault, on=False)
        await site.do("unplug")
        behaviour = site.csms.behaviour
        for trouble in (behaviour.errors, behaviour.silent, behaviour.hang_up, behaviour.twice,
                        behaviour.malformed):  # fmt: skip
            trouble.clear()
        while True:  # a cut that waits for a flash write may still come
            await site.do("power", on=True)
            try:
                await site.booted(120)
                await site.until(60, session=None, letter="A")
                await site.delivered()
                await site.advance(5)
            except SimulatorError:
                if (await site.look())["power"]:
                    raise
            if (await site.look())["power"]:
                return

    async def do_plug(self):
        await self._site.plug(ready=self._dice.random() < 0.7)

    do_plug_again = do_plug

    async def do_unplug(self):
        await self._site.do("unplug")

    async def do_tap(self):
        await self._site.tap(self._dice.choice((CARD, CARD, OTHER_CARD, STRANGER)))

    do_tap_again = do_tap_once_more = do_tap

    async def do_pause_or_resume(self):
        await self._site.do("vehicle", ready=self._dice.random() < 0.6)

    async def do_power_cut(self):
        await self._site.do("power", on=False)
        await self._site.advance(self._dice.choice((0.01, 1, 5)))
        await self._site.do("power", on=True)

    async def do_power_cut_in_flash(self):
        operation = self._dice.choice(("flash_write", "flash_erase"))
        await self._site.do("power_cut_at", **{operation: self._dice.randint(1, 4)}, byte=self._dice.randint(0, 40))

    async def do_power_on(self):
        await self._site.do("power", on=True)

    async def do_network(self):
        await self._site.do("network", up=self._dice.random() < 0.6)

    async def do_fault(self):
        name = self._dice.choice(("rcd_dc", "pilot_short"))
        await self._site.do("fault", name=name)
        await self._site.advance(1)
        await self._site.do("fault", name=name, on=False)

    async def do_trouble(self):
        behaviour = self._site.csms.behaviour
        trouble = self._dice.choice((behaviour.errors, behaviour.silent, behaviour.hang_up, behaviour.twice))
        trouble[self._dice.choice(("StartTransaction", "StopTransaction", "MeterValues", "Authorize"))] = 1

    async def do_app(self):
        site = self._site
        if not site.point.connected or not (await site.look())["power"]:
            return
        running = [one.id for one in site.transactions if one.open]
        try:
            if running and self._dice.random() < 0.5:
                await site.call("RemoteStopTransaction", {"transactionId": running[-1]}, timeout_s=0.5)
            elif self._dice.random() < 0.8:
                await site.call("RemoteStartTransaction", {"idTag": OTHER_CARD, "connectorId": 1}, timeout_s=0.5)
            else:
                await site.call("Reset", {"type": self._dice.choice(("Soft", "Hard"))}, timeout_s=0.5)
        except (CallFailed, ConnectionError):
            pass  # the line is down just now


class Days(Day):
    """The same over days: hours pass between two deeds, and the line is bad in more ways."""

    async def _pause(self):
        left_s = self._dice.choice((0.4, 15, 120, 900, 3600, 7200))
        while left_s > 0:
            await self._site.sim.advance(min(left_s, 30))
            await asyncio.sleep(0)
            left_s -= 30

    async def do_weather(self):
        dice = self._dice
        await self._site.do("network", latency_ms=dice.choice((0, 200, 3000)), drop=dice.choice((0, 0, 0.2, 0.5)))

    async def do_half_open(self):
        await self._site.do("network", half_open=self._dice.random() < 0.5)

    async def do_bad_answer(self):
        behaviour = self._site.csms.behaviour
        behaviour.malformed[self._dice.choice(("StartTransaction", "StopTransaction", "Heartbeat", "BootNotification"))] = 1


async def live_a_day(seed, steps, days=Day, grace=500, **behaviour):
    async with Scene(known_cards(**behaviour), settings=SETTINGS, seed=seed, grace=grace) as site:
        await site.booted()
        day = days(site, seed)
        try:
            await day.live(steps)
            await day.end()
            await site.balance()
            assert not [one for one in site.transactions if one.open]
            began = [one.began for one in site.transactions]
            assert began == sorted(began), "sessions were told out of order"
        except Exception as error:
            error.add_note(f"seed {seed}: {' '.join(day.done)}")
            raise


@pytest.mark.parametrize("seed", range(1, 3))
@run
async def test_every_wh_is_accounted_for_on_any_day(seed):
    await live_a_day(seed, 30)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(100, 130))
@run
async def test_every_wh_is_accounted_for_on_thirty_days(seed):
    await live_a_day(seed, 60)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(200, 204))
def test_every_wh_is_accounted_for_over_days_of_bad_lines_and_power_cuts(seed):
    # The central system's clock lags by up to 30 s here; what half a minute hides from it the ledger does not need.
    asyncio.run(live_a_day(seed, 25, Days, 100, ahead_s=120.0, patience_s=0.0))
