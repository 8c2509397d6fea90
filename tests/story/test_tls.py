"""`wss://`: the charger checks the central system against its certificate store, and refuses a stranger."""

import pytest

from tests.csms.certificates import authority
from tests.csms.fake import run
from tests.story.scenes import CARD, Scene
from tools.demo.simclient import SimulatorError


@run
async def test_a_session_over_tls(tmp_path):
    certificate, context = authority(tmp_path, "ours")
    async with Scene(ca=certificate, tls=context, grace=50) as site:
        await site.booted()
        await site.begin()
        await site.advance(10)
        await site.leave()
        await site.account((CARD, "EVDisconnected"))


@run
async def test_a_stranger_is_not_spoken_to(tmp_path):
    ours, _ = authority(tmp_path, "ours")
    _, stranger = authority(tmp_path, "stranger")
    async with Scene(ca=ours, tls=stranger, grace=50) as site:
        with pytest.raises(SimulatorError):
            await site.booted(15)
        assert site.point.boots == [] and site.point.log == []
