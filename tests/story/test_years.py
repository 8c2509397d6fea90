"""A charger that has been in use for long: its journal goes round, whoever it tells of its sessions and when."""

import asyncio
import os

import pytest

from tests.harness.programs import told
from tests.story.scenes import Scene
from tools.demo.simclient import BlockingSimulator

FILLED = """
from firmware.storage import records
from firmware.storage.journal import Journal, JournalFull
from tests.storage.ramflash import FakeClock, RamFlash
flash = RamFlash({pages})
journal = Journal(flash, FakeClock(5, 1795341600), 1).open()
try:
    while True:
        journal.append(records.METER, bytes(2000))
except JournalFull:
    print("full", journal.free_pages)
with open({path!r}, "wb") as file:
    file.write(flash.data)
"""


def fill(path):
    """Write over a journal's image one in which no session has room any more."""
    code = FILLED.format(pages=os.stat(path).st_size // 4096, path=str(path))
    assert told("-c", code, heap="2M") == "full 2\n"


def charge(sim):
    sim.do("plug")
    sim.do("vehicle", ready=True)
    sim.wait({"connectors.0.contactor.closed": True}, 30)


def test_a_full_journal_makes_room_while_no_contactor_is_closed_and_only_then(tmp_path):
    with BlockingSimulator.launch(speed="max", set={"FreeVendActive": True}, data=tmp_path) as sim:
        sim.wait({"connectors.0.letter": "A"}, 5)
    fill(tmp_path / "journal.img")
    with BlockingSimulator.launch(speed="max", data=tmp_path) as sim:
        sim.advance(5)
        before = sim.state()["flash"]["erases"]
        charge(sim)
        closed = sim.state()["flash"]["erases"]
        sim.advance(60)
        assert sim.state()["flash"]["erases"] == closed
        sim.do("unplug")
        sim.advance(60)
        erased = sim.state()["flash"]["erases"] - before
        assert 40 <= erased <= 50, f"{erased} pages: three quarters of 64 are kept ready"


SESSIONS = 7


async def years(**site):
    """Sessions with a sample a second, so many that the journal goes round and begins anew."""
    async with Scene(settings={"FreeVendActive": True, "MeterValueSampleInterval": 1}, **site) as site:
        for _ in range(SESSIONS):
            await site.plug()
            await site.until(30, closed=True)
            await site.advance(900)
            await site.do("unplug")
            await site.advance(40)
        return (await site.look())["flash"], len(site.transactions)


# A minute each: a session of a quarter of an hour fills 13 to 20 of the 64 pages.
@pytest.mark.prove
@pytest.mark.parametrize("told", [True, False], ids=["with a central system", "without one"])
def test_no_session_is_refused_however_often_the_journal_goes_round(told):
    flash, transactions = asyncio.run(years(**{} if told else {"csms": None}))
    assert flash["bytes"] > 64 * 4096 * 5 // 4
    assert transactions == (SESSIONS if told else 0)
