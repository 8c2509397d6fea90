"""The charger does not grow: sessions and reconnects leave the heap as they found it."""

import asyncio

import pytest

from tests.story.scenes import Scene

WARM_UP = 24  # rounds until every ring (the log is the longest) has gone round once
ROUNDS = 24  # after that, compared by halves
BLOCK_B = 16  # the least that can be lost in a round; texts in the log that have grown by a digit are less than one a round


async def settled(site):
    """Bytes in use; the least of a few looks, each after a collection, at different phases of all tasks."""
    used = []
    for _ in range(5):
        await site.sim.advance(0.7)
        used.append((await site.look())["heap"]["used"])
    return min(used)


async def a_session_and_a_reconnect(site):
    """A session that ends while the line is down, and is told when it is back."""
    await site.plug()
    await site.sim.advance(230)  # ten closings an hour and more would be chatter
    await site.do("network", up=False)
    await site.sim.advance(60)
    await site.do("unplug")
    await site.sim.advance(60)
    await site.do("network", up=True)
    await site.sim.advance(40)
    await site.delivered()
    await site.sim.advance(30)


async def a_week():
    """Transactions, and the bytes in use after each round."""
    async with Scene(settings={"FreeVendActive": True, "ReconnectBackoffMaxS": 5}) as site:
        await site.booted()
        used = []
        for _ in range(WARM_UP + ROUNDS):
            await a_session_and_a_reconnect(site)
            used.append(await settled(site))
        return site.transactions, used


@pytest.mark.prove
def test_a_week_of_sessions_and_reconnects_leaves_the_heap_as_it_was():
    transactions, used = asyncio.run(a_week())
    assert len(transactions) == WARM_UP + ROUNDS and not [one for one in transactions if one.open]
    middle = WARM_UP + ROUNDS // 2
    assert min(used[middle:]) - min(used[WARM_UP:middle]) < BLOCK_B * ROUNDS // 2, used
