"""What `make firmware` makes of a board, its image in the flash and switched on: from /boot.py to a charging car."""

import os
import tty

import pytest

from tests.boot.unit import BOARDS, build, flash, switch_on
from tests.csms.fake import run
from tests.ocpp.pki import Pki
from tests.sim.test_meter_pty import Meter
from tools.build.filesystems import read_littlefs
from tools.csms import Behaviour, CentralSystem
from tools.sim import certificates

KEY = "48656c6c6f20527564766564"


@run
@pytest.mark.parametrize("board, journal", [
    (BOARDS[0], False),  # on a stock MicroPython, whose partition table has no journal
    pytest.param(BOARDS[1], True, marks=pytest.mark.prove),
])
async def test_new_unit_opens_its_console_reads_its_meter_and_charges_with_its_central_system(board, journal, tmp_path):
    async with CentralSystem() as csms:
        built = build(board, tmp_path, csms)
        image = flash(built)
        said, told, files = await switch_on(built, image, journal, 24, b"status\r\n")
        assert len(files) > 100 and all(path.startswith(("/slots/a/", "/lib/")) for path in files), files
        assert "installer> status" in said and "connector 1: Available" in said
        assert ("no partition 'journal'" in said) is not journal
        kept = read_littlefs(image.read_bytes())
        assert any(path.startswith("data/journal/") for path in kept) is not journal and kept.items() >= built.root.items()
        charging, ended = (fields for name, fields in told if name == "end")
        assert charging["closed"] and [fields["wh"] for name, fields in told if name == "meter"][-1] > 5
        point = csms.point("NEW-1")
        assert len(point.boots) == 1 and point.status[1] == "Charging", point.status
        (transaction,) = csms.transactions
        assert transaction.open and transaction.last_wh > 5
        assert "stopped: no contactor closes" in said and not told[-2][1]["command"]
        csms.check()


@run
@pytest.mark.prove
@pytest.mark.parametrize("profile", [2, 3])
async def test_new_unit_speaks_tls_to_its_central_system_and_takes_each_wh_from_the_meter_on_its_line(profile, tmp_path):
    pki = Pki(tmp_path)
    store = certificates.store(pki.path, *(pki.client("NEW-1") if profile == 3 else ()))
    behaviour = Behaviour(passwords={"NEW-1": KEY} if profile == 2 else None)
    settings = f"SecurityProfile={profile}\nAuthorizationKey={KEY}\n"
    async with CentralSystem(behaviour, ssl=pki.server(ask=pki if profile == 3 else None)) as csms:
        built = build(BOARDS[1], tmp_path, csms, settings)
        image = flash(built, built.root | {f"data/certs/{name}": data for name, data in store.items()})
        line, far = _terminal()
        async with Sold().on(far) as meter:
            said, told, _ = await switch_on(built, image, True, 40, b"meter read\rocpp\r", meter=line)
        print(said)
        (transaction,) = csms.transactions
        samples = [wh for _, wh in transaction.samples]
        assert 5000 < transaction.meter_start_wh < samples[0] < samples[-1] <= meter.wh, (transaction, meter.wh)
        assert all(wh % 2 == 0 for wh in samples)
        csms.check()


class Sold(Meter):
    """A meter that counts 2 Wh each time its energy is read."""

    async def _answer(self, function, start, address, count, registers, values):
        self.wh += 2
        return await super()._answer(function, start, address, count, registers, values)


def _terminal():
    """(one end's file descriptor, the other's name)."""
    line, far = os.openpty()
    os.set_blocking(line, False)
    tty.setraw(far)
    return line, os.ttyname(far)
